"""A small set of queries like those of TPC-H (1, 3, 5 and 6) over Parquet that it writes itself."""
from figures import arguments, load

tasks, folder = arguments()
partitions = max(2, tasks // 16)
lines = partitions * 5_000

QUERIES = {
    "pricing summary": """
        SELECT returnflag, sum(quantity), sum(price * (1 - discount)), avg(price), count(*)
        FROM lineitem WHERE shipday < 2400 GROUP BY returnflag ORDER BY returnflag""",
    "shipping priority": """
        SELECT l.orderkey, sum(l.price * (1 - l.discount)) AS revenue, o.orderday
        FROM customer c JOIN orders o ON c.custkey = o.custkey JOIN lineitem l ON l.orderkey = o.orderkey
        WHERE c.segment = 1 AND o.orderday < 1200 AND l.shipday > 1200 GROUP BY l.orderkey, o.orderday ORDER BY revenue DESC, l.orderkey LIMIT 10""",
    "volume by nation": """
        SELECT c.nation, sum(l.price * (1 - l.discount)) AS revenue
        FROM customer c JOIN orders o ON c.custkey = o.custkey JOIN lineitem l ON l.orderkey = o.orderkey
        WHERE o.orderday BETWEEN 365 AND 730 GROUP BY c.nation ORDER BY revenue DESC, c.nation""",
    "forecast revenue": """
        SELECT sum(price * discount) FROM lineitem WHERE shipday BETWEEN 365 AND 730 AND discount BETWEEN 0.05 AND 0.07 AND quantity < 24""",
}
TABLES = {
    "customer": (lines // 40, "id AS custkey", "pmod(hash(id), 5) AS segment", "pmod(hash(id, 1), 25) AS nation"),
    "orders": (lines // 4, "id AS orderkey", f"pmod(xxhash64(id), {lines // 40}) AS custkey", "pmod(hash(id), 2400) AS orderday"),
    "lineitem": (
        lines, "id div 4 AS orderkey", "pmod(hash(id), 50) + 1 AS quantity", "pmod(hash(id, 1), 100000) / 100 AS price",
        "pmod(hash(id, 2), 11) / 100 AS discount", "pmod(hash(id, 3), 2500) AS shipday", "pmod(hash(id, 4), 3) AS returnflag"),
}

with load("queries like TPC-H", partitions) as spark:
    for table, (rows, *columns) in TABLES.items():
        spark.range(0, rows, 1, partitions).selectExpr(*columns).write.parquet(f"{folder}/{table}")
        spark.read.parquet(f"{folder}/{table}").createOrReplaceTempView(table)
    for name, query in QUERIES.items():
        print(name, len(spark.sql(query).collect()), "rows")
