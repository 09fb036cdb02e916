"""
Many small tasks, then a query with a shuffle: python many_tasks.py TASKS [FILE]. Runs in the JVM alone; its output depends on nothing else.
With FILE, it ends only when that is there.
"""
import os
import sys
import time

from pyspark.sql import SparkSession

tasks = int(sys.argv[1])
spark = SparkSession.builder.appName("many tasks").getOrCreate()
context = spark.sparkContext._jsc
ones = spark.sparkContext._jvm.java.util.Collections
for begun in range(0, tasks, 500):
    some = min(500, tasks - begun)
    print("counted", context.parallelize(ones.nCopies(some, 1), some).count(), flush=True)
spark.range(1000).selectExpr("id % 7 AS k", "id").createOrReplaceTempView("numbers")
print("sums", [row.s for row in spark.sql("SELECT k, sum(id) AS s FROM numbers GROUP BY k ORDER BY k").collect()], flush=True)
while len(sys.argv) > 2 and not os.path.exists(sys.argv[2]):
    time.sleep(0.1)
spark.stop()
print("done", flush=True)
