"""
Reads a table over JDBC in partitions, joins it with Parquet on S3, and writes to both: python s3_jdbc.py BUCKET JDBC-URL ROWS.
Large enough files go up in parts.
"""
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

bucket, url, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
spark = SparkSession.builder.appName("s3 and jdbc").config("spark.sql.shuffle.partitions", 4).getOrCreate()

# The driver's connections are recorded once Spark's listeners have heard of its first SQL execution.
spark.range(1).count()
spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()


def table(name):
    return {"url": url, "dbtable": name, "driver": "org.postgresql.Driver"}


customers = spark.range(1000).select(f.col("id").alias("customer"), f.concat(f.lit("name "), f.col("id")).alias("name"), (f.col("id") % 5).cast("int").alias("region"))
customers.repartition(2).write.format("jdbc").options(**table("customers")).mode("overwrite").save()

# Numbers without a pattern: Parquet cannot make them small.
orders = spark.range(rows).select("id", (f.col("id") % 1000).alias("customer"), f.xxhash64("id").alias("number"), f.xxhash64("id", f.lit(1)).alias("other"))
orders.repartition(2).write.mode("overwrite").parquet(f"s3a://{bucket}/orders")

read = spark.read.format("jdbc").options(**table("customers"), partitionColumn="customer", lowerBound=0, upperBound=1000, numPartitions=4).load()
totals = spark.read.parquet(f"s3a://{bucket}/orders").join(read.where("region < 3"), "customer").groupBy("region").agg(f.count("*").alias("orders"), f.max("id").alias("last"))
totals.write.mode("overwrite").partitionBy("region").parquet(f"s3a://{bucket}/totals")
spark.read.parquet(f"s3a://{bucket}/totals").select("region", "orders", "last").coalesce(1).write.format("jdbc").options(**table("totals")).mode("append").save()
print("totals", sorted(tuple(row) for row in spark.read.format("jdbc").options(**table("totals")).load().collect()))
spark.stop()
