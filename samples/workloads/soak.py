"""Jobs, queries, failures and micro-batches for so many seconds: python soak.py SECONDS."""
import sys
import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("soak").config("spark.sql.shuffle.partitions", 8).getOrCreate()
context = spark.sparkContext
ones = context._jvm.java.util.Collections
query = (
    spark.readStream.format("rate").option("rowsPerSecond", 100).load()
    .groupBy("value").count().writeStream.format("noop").outputMode("update").trigger(processingTime="2 seconds").start()
)
rounds, end = 0, time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    context._jsc.parallelize(ones.nCopies(500, 1), 500).count()
    spark.range(10_000).selectExpr("id % 100 AS k", "id").groupBy("k").sum("id").collect()
    try:
        spark.sql("SELECT raise_error('on purpose')").collect()
    except Exception:
        pass
    rounds += 1
    time.sleep(0.2)
query.stop()
print("rounds", rounds)
spark.stop()
