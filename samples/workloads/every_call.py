"""A few calls of every kind: files, objects on S3 and a table, written and read on executors and the driver, and one of each that
fails. Ends with exit code 3.

    spark-submit every_call.py <folder> <bucket> <JDBC URL> <driver>
"""
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

folder, bucket, url, driver = sys.argv[1:]
spark = SparkSession.builder.appName("every_call").config("spark.sql.shuffle.partitions", 2).getOrCreate()
rows = spark.range(0, 1000, 1, 2).select("id", (f.col("id") % 7).alias("part"))
table = {"url": url, "driver": driver, "dbtable": "every_call"}

for place in (folder, f"s3a://{bucket}"):
    rows.write.mode("overwrite").parquet(f"{place}/rows")
rows.write.format("jdbc").options(**table).mode("overwrite").save()

read = spark.read.format("jdbc").options(**table, partitionColumn="id", lowerBound=0, upperBound=1000, numPartitions=2).load()
joined = spark.read.parquet(f"{folder}/rows").join(spark.read.parquet(f"s3a://{bucket}/rows"), "id").join(read.where("id < 900"), "id")
print("joined", joined.agg(f.count("*"), f.sum("id")).collect()[0])

for name, fail in (("file", lambda: spark.read.parquet(f"{folder}/nosuch")), ("object", lambda: spark.read.parquet(f"s3a://{bucket}/nosuch")),
                   ("table", lambda: spark.read.format("jdbc").options(**{**table, "dbtable": "nosuch"}).load())):
    try:
        fail()
    except Exception as failure:
        print("no such", name, type(failure).__name__)
spark.stop()
sys.exit(3)
