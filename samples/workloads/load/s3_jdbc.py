"""Writes a table over JDBC and Parquet to S3, joins them, and writes the result to both.

spark.load.jdbc.url, spark.load.jdbc.driver and spark.load.bucket say where.
"""
from figures import arguments, load

tasks, _ = arguments()
partitions = max(2, tasks // 8)
with load("S3 and JDBC", partitions) as spark:
    conf, run = spark.conf, spark.sparkContext.applicationId.replace("-", "_")
    folder = f"s3a://{conf.get('spark.load.bucket')}/{run}"

    def table(name):
        return {"url": conf.get("spark.load.jdbc.url"), "driver": conf.get("spark.load.jdbc.driver"), "dbtable": f"{name}_{run}"}

    spark.range(0, 1000, 1, 2).selectExpr("id AS customer", "concat('name ', id) AS name").write.format("jdbc").options(**table("customers")).save()
    orders = spark.range(0, partitions * 1000, 1, partitions).selectExpr("id", "id % 1000 AS customer", "xxhash64(id) AS number")
    orders.write.parquet(f"{folder}/orders")
    ranges = {"partitionColumn": "customer", "lowerBound": 0, "upperBound": 1000, "numPartitions": 2}
    customers = spark.read.format("jdbc").options(**table("customers"), **ranges).load()
    joined = spark.read.parquet(f"{folder}/orders").join(customers, "customer").groupBy("customer").count()
    joined.write.parquet(f"{folder}/counts")
    joined.coalesce(1).write.format("jdbc").options(**table("counts")).save()
