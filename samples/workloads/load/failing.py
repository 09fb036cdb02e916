"""A job of which one task in ten fails once, then a job that fails for good; ends with exit code 3.

Failed tasks are tried again on local[N,F] and clusters.
"""
import sys

from figures import arguments, load
from pyspark import TaskContext

tasks, _ = arguments()
partitions = max(2, tasks - tasks // 10)


def fail_once(index, rows):
    if index % 10 == 0 and TaskContext.get().attemptNumber() == 0:
        raise ValueError(f"partition {index} fails at first")
    return rows


def fail(index, rows):
    raise ValueError("this job always fails")


with load("failing job") as spark:
    context = spark.sparkContext
    failures = 0
    for function, count in ((fail_once, partitions), (fail, 1)):
        try:
            context.parallelize(range(count), count).mapPartitionsWithIndex(function).count()
        except Exception as failure:
            print("failed:", str(failure).splitlines()[0][:200])
            failures += 1
sys.exit(3 if failures else 0)
