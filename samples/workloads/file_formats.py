"""Files of every common format, written in every mode, read and streamed; on S3 with its committers, too. Prints a stable digest of
what was read, so that two runs can be compared.

    spark-submit file_formats.py <folder, file:///… or a URL of another scheme>
"""
import hashlib
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import col

root = sys.argv[1].rstrip("/")
spark = SparkSession.builder.appName("file_formats").config("spark.sql.shuffle.partitions", 3).getOrCreate()
rows = spark.range(0, 2000, 1, 3).select(
    col("id"), (col("id") % 5).alias("part"), (col("id") / 4).alias("value"), col("id").cast("string").alias("text"))


def say(what, frame):
    values = sorted(str(tuple(row)) for row in frame.collect())
    print("RESULT", what, len(values), hashlib.sha256("\n".join(values).encode()).hexdigest()[:16])


def formats():
    for fmt in ("csv", "json", "orc", "parquet"):
        folder = f"{root}/{fmt}"

        def read():
            return spark.read.format(fmt).schema(rows.schema).load(folder)

        rows.write.format(fmt).mode("errorifexists").save(folder)
        say(fmt, read())
        rows.where("id < 1000").write.format(fmt).mode("overwrite").save(folder)
        rows.where("id < 10").write.format(fmt).mode("append").save(folder)
        rows.write.format(fmt).mode("ignore").save(folder)
        say(fmt + " again", read().where("id > 5"))
        try:
            rows.write.format(fmt).mode("errorifexists").save(folder)
        except Exception as failure:
            print("RESULT", fmt, "exists", type(failure).__name__)


def partitions():
    for mode in ("static", "dynamic"):
        spark.conf.set("spark.sql.sources.partitionOverwriteMode", mode)
        folder = f"{root}/{mode}"
        rows.write.partitionBy("part").parquet(folder)
        rows.where("part = 2 AND id < 100").write.partitionBy("part").mode("overwrite").parquet(folder)
        say(f"{mode} overwrite", spark.read.parquet(folder))
        say("one partition", spark.read.parquet(folder).where("part = 2"))


def texts():
    spark.sparkContext.parallelize(range(100), 2).map(str).saveAsTextFile(f"{root}/text")
    print("RESULT text", spark.sparkContext.textFile(f"{root}/text").count(), spark.sparkContext.wholeTextFiles(f"{root}/text").count())


def arrive(number):
    """One file more for the streams, each in a folder of its own: so their order is sure."""
    rows.where(f"id % 4 = {number}").coalesce(1).write.parquet(f"{root}/arrived/{number}")


def streams():
    def arrived():
        return spark.readStream.schema(rows.schema).option("maxFilesPerTrigger", 1).parquet(f"{root}/arrived/*")

    def sink():
        return arrived().writeStream.format("parquet").option("checkpointLocation", f"{root}/checkpoint-sink")

    def counts():
        return arrived().groupBy("part").count().writeStream.format("memory").queryName("counts").outputMode("complete") \
            .option("checkpointLocation", f"{root}/checkpoint-counts")

    arrive(0)
    arrive(1)
    query = sink().start(f"{root}/sink")
    query.processAllAvailable()
    query.stop()
    say("before the stop", spark.read.parquet(f"{root}/sink"))
    arrive(2)
    for name, start in (("sink", lambda: sink().trigger(availableNow=True).start(f"{root}/sink")),
                        ("counts", lambda: counts().trigger(availableNow=True).start())):
        query = start()
        query.awaitTermination()
        print("RESULT", name, "batches", query.lastProgress["batchId"])
    arrive(3)
    query = counts().trigger(availableNow=True).start()
    query.awaitTermination()
    print("RESULT counts again, batches", query.lastProgress["batchId"])
    say("sink", spark.read.parquet(f"{root}/sink"))
    say("counts", spark.table("counts"))


def committers():
    for name in ("directory", "magic"):
        folder = f"{root}/committed-{name}"
        spark.sparkContext.parallelize(range(1000), 3).map(lambda i: (str(i % 7), str(i))).saveAsNewAPIHadoopFile(
            folder, "org.apache.hadoop.mapreduce.lib.output.TextOutputFormat", "org.apache.hadoop.io.Text", "org.apache.hadoop.io.Text",
            conf={
                "mapreduce.outputcommitter.factory.scheme.s3a": "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
                "fs.s3a.committer.name": name,
                "fs.s3a.committer.magic.enabled": "true",
                "mapreduce.output.fileoutputformat.outputdir": folder,
            })
        say(f"committed by {name}", spark.read.text(folder))


formats()
partitions()
texts()
streams()
if root.startswith("s3a:"):
    committers()
try:
    spark.read.parquet(f"{root}/nosuch").count()
except Exception as failure:
    print("RESULT nosuch", type(failure).__name__)
spark.stop()
