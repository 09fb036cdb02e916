"""Python code in a task finds the task's span: prints the traceparent that each partition of an RDD and of a query computed.

Run it with the helper beside it: --py-files samples/python/sparkobs_task.py
"""
from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("udf span").getOrCreate()


def parents(rows):
    from pyspark import TaskContext
    from sparkobs_task import below_task, traceparent
    with below_task():  # spans of the job's own tracer would start here
        count = sum(1 for _ in rows)
    yield TaskContext.get().taskAttemptId(), traceparent(), count


for row in sorted(spark.sparkContext.parallelize(range(100), 2).mapPartitions(parents).collect()):
    print("rdd", *row)
for row in sorted(spark.range(0, 100, 1, 2).rdd.mapPartitions(parents).collect()):
    print("query", *row)
spark.stop()
