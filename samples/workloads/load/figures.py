"""What the workloads of load tests share: a session, and at its end one line of figures for loadtest.py."""
import contextlib
import json
import os
import sys
import time

from pyspark.sql import SparkSession

# What a batch of files, a shuffle and so on come to is then the workload's to say.
CONF = {
    "spark.sql.adaptive.coalescePartitions.enabled": "false",
    "spark.sql.adaptive.skewJoin.enabled": "false",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.files.openCostInBytes": "128m",  # each file is a partition of its own
}


def arguments():
    """About how many tasks are wanted, and a folder that is the application's own."""
    return int(sys.argv[1]), sys.argv[2]


@contextlib.contextmanager
def load(name, partitions=2):
    """A session with so many partitions a shuffle."""
    builder = SparkSession.builder.appName(name).config("spark.sql.shuffle.partitions", partitions)
    for key, value in CONF.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    begun, cpu = time.monotonic(), driver_cpu()
    try:
        yield spark
    finally:
        seconds, tasks = time.monotonic() - begun, count_tasks(spark)
        print("load", json.dumps({"seconds": seconds, "cpu": driver_cpu() - cpu, "tasks": tasks}), flush=True)
        spark.stop()


def count_tasks(spark):
    """All task attempts, as Spark itself counts them, once none runs any more."""
    store, end = spark.sparkContext._jsc.sc().statusStore(), time.monotonic() + 30
    while True:
        executors = store.executorList(False)
        executors = [executors.apply(i) for i in range(executors.size())]
        if time.monotonic() > end or not any(executor.activeTasks() for executor in executors):
            return sum(executor.totalTasks() for executor in executors)
        time.sleep(0.05)


def driver_cpu():
    """Seconds of the driver's JVM, our parent; 0 where there is no /proc."""
    try:
        with open(f"/proc/{os.getppid()}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0.0
