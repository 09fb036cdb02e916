"""A join where one key has nine of ten rows, so that one task of the join does nearly all of its work."""
from figures import arguments, load

tasks, _ = arguments()
partitions = max(2, tasks // 4)
with load("skewed join", 2 * partitions) as spark:
    facts = spark.range(0, partitions * 20_000, 1, partitions).selectExpr("if(id % 10 = 0, id % 1000, 0) AS key", "id")
    names = spark.range(0, 1000, 1, partitions).selectExpr("id AS key", "concat('name ', id) AS name")
    facts.join(names, "key").selectExpr("id", "upper(name)").write.format("noop").mode("overwrite").save()
