"""Jobs on several threads at once, each with a group and a description, some of RDDs and some of SQL."""
from threading import Thread

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("threads").getOrCreate()
sc = spark.sparkContext
results = {}


def rdd(name):
    sc.setJobGroup(name, f"squares of {name}")
    results[name] = sc.parallelize(range(1000), 4).map(lambda x: (x % 7, x * x)).reduceByKey(lambda a, b: a + b).values().sum()


def sql(name):
    sc.setJobGroup(name, f"a query for {name}")
    results[name] = spark.range(0, 10_000, 1, 4).selectExpr("id % 10 AS key", "id").groupBy("key").sum("id").count()


threads = [Thread(target=rdd if i % 2 else sql, args=(f"thread-{i}",)) for i in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for name in sorted(results):
    print(name, results[name])
spark.stop()
