"""A streaming query over some files, in micro-batches of one file each, with an aggregation that keeps state."""
import os
import tempfile

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("stream").config("spark.sql.shuffle.partitions", 2).getOrCreate()
folder = tempfile.mkdtemp()
for i in range(3):
    with open(os.path.join(folder, f"{i}.csv"), "w") as f:
        f.write("".join(f"{x % 5},{x}\n" for x in range(i * 100, (i + 1) * 100)))

lines = spark.readStream.schema("key INT, value INT").option("maxFilesPerTrigger", 1).csv(folder)
query = (lines.groupBy("key").sum("value").writeStream.queryName("sums").outputMode("complete").format("memory")
         .trigger(availableNow=True).start())
query.awaitTermination()
print("sums", sorted(tuple(row) for row in spark.table("sums").collect()))
spark.stop()
