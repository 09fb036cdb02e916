"""Files of every common format, written, overwritten, read and streamed; prints a stable digest of rows and files, so that
two runs can be compared.

    spark-submit file_formats.py <folder, file:///… or a URL of another scheme>
"""
import hashlib
import re
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import col

root = sys.argv[1].rstrip("/")
spark = SparkSession.builder.appName("file_formats").config("spark.sql.shuffle.partitions", 3).getOrCreate()
hadoop = spark._jvm.org.apache.hadoop.fs
conf = spark._jsc.hadoopConfiguration()
rows = spark.range(0, 2000, 1, 3).select(
    col("id"), (col("id") % 5).alias("part"), (col("id") / 4).alias("value"), col("id").cast("string").alias("text"))


def digest(values):
    return hashlib.sha256("\n".join(sorted(values)).encode()).hexdigest()[:16]


def say(what, frame):
    values = [str(tuple(row)) for row in frame.collect()]
    print("RESULT", what, len(values), digest(values))


def files(what, folder):
    """Names without what is random in them, and sizes; checksum files too, which listings hide."""
    path = hadoop.Path(folder)
    fs = path.getFileSystem(conf)
    if hasattr(fs, "getRawFileSystem") and path.toUri().getScheme() in (None, "file"):
        fs = fs.getRawFileSystem()
    found = []
    listing = fs.listFiles(path, True)
    while listing.hasNext():
        status = listing.next()
        name = status.getPath().toUri().getPath().split("/" + folder.split("/")[-1] + "/", 1)[-1]
        name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", name)
        # Offsets and metadata of a stream hold times and ids.
        size = "" if "checkpoint" in folder or "_spark_metadata" in name else f" {status.getLen()}"
        found.append(name + size)
    print("RESULT files of", what, len(found), digest(found))


for fmt in ("csv", "json", "orc", "parquet"):
    folder = f"{root}/{fmt}"
    schema = rows.schema
    rows.write.format(fmt).save(folder)
    say(fmt, spark.read.format(fmt).schema(schema).load(folder))
    rows.where("id < 1000").write.format(fmt).mode("overwrite").save(folder)
    rows.where("id < 10").write.format(fmt).mode("append").save(folder)
    rows.write.format(fmt).mode("ignore").save(folder)
    say(fmt + " again", spark.read.format(fmt).schema(schema).load(folder).where("id > 5"))
    files(fmt, folder)
    try:
        rows.write.format(fmt).save(folder)
    except Exception as failure:
        print("RESULT", fmt, "exists", type(failure).__name__)

spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
folder = f"{root}/partitioned"
rows.write.partitionBy("part").parquet(folder)
rows.where("part = 2 AND id < 100").write.partitionBy("part").mode("overwrite").parquet(folder)
say("dynamic overwrite", spark.read.parquet(folder))
say("one partition", spark.read.parquet(folder).where("part = 3"))
files("dynamic overwrite", folder)

spark.sparkContext.parallelize(range(100), 2).map(str).saveAsTextFile(f"{root}/text")
print("RESULT text", spark.sparkContext.textFile(f"{root}/text").count(), spark.sparkContext.wholeTextFiles(f"{root}/text").count())

for name, output in (("stream", "parquet"), ("counts", "memory")):
    source = spark.readStream.schema(rows.schema).option("maxFilesPerTrigger", 1).parquet(f"{root}/parquet")
    checkpoint = f"{root}/checkpoint-{name}"
    if output == "parquet":
        query = source.writeStream.format("parquet").option("checkpointLocation", checkpoint).trigger(availableNow=True) \
            .start(f"{root}/stream")
    else:
        query = source.groupBy("part").count().writeStream.format("memory").queryName("counts").outputMode("complete") \
            .option("checkpointLocation", checkpoint).trigger(availableNow=True).start()
    query.awaitTermination()
    print("RESULT", name, "batches", query.lastProgress["batchId"])
say("stream", spark.read.parquet(f"{root}/stream"))
say("counts", spark.table("counts"))
files("stream", f"{root}/stream")
files("checkpoint", f"{root}/checkpoint-stream")

try:
    spark.read.parquet(f"{root}/nosuch").count()
except Exception as failure:
    print("RESULT nosuch", type(failure).__name__)
spark.stop()
