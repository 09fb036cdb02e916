"""
What calls.py submits: python calls_job.py (scan PATH | jdbc URL) REPEATS. Prints one line of JSON: wall and the JVM's CPU of the
repeats alone, after one to warm up, and the rows read. Local mode: the driver's JVM does all the work.
"""
import json
import os
import sys
import time

from pyspark.sql import SparkSession

what, where, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3])
spark = SparkSession.builder.appName("calls").getOrCreate()


def cpu():
    """Seconds of CPU of the driver's JVM, our parent."""
    with open(f"/proc/{os.getppid()}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def read():
    if what == "scan":
        return spark.read.parquet(where).selectExpr("count(*)", "sum(a)", "sum(b)", "sum(c)", "max(d)").collect()[0][0]
    table = spark.read.format("jdbc").option("url", where).option("dbtable", "rows").option("fetchsize", 10_000)
    return table.option("partitionColumn", "id").option("lowerBound", 0).option("upperBound", 1_000_000).option("numPartitions", 4).load() \
        .selectExpr("count(*)", "sum(id)", "max(text)").collect()[0][0]


read()
used, begun = cpu(), time.monotonic()
rows = sum(read() for _ in range(repeats))
print("calls", json.dumps({"wall": time.monotonic() - begun, "cpu": cpu() - used, "rows": rows}))
spark.stop()
