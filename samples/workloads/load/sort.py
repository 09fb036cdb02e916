"""A sort of all rows by a random key: everything is shuffled, after a job that samples the keys."""
from figures import arguments, load

tasks, _ = arguments()
partitions = max(2, tasks // 3)
with load("sort", partitions) as spark:
    rows = spark.range(0, partitions * 20_000, 1, partitions).selectExpr("xxhash64(id) AS key", "cast(id AS string) AS text")
    rows.orderBy("key").write.format("noop").mode("overwrite").save()
