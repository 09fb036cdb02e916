"""Queries that Spark re-plans while they run (adaptive execution), a cached table read twice, a table written and read again."""
import sys
import tempfile

from pyspark.sql import SparkSession
from pyspark.sql.functions import broadcast, col

spark = SparkSession.builder.appName("queries").config("spark.sql.shuffle.partitions", 8).getOrCreate()
orders = spark.range(0, 50_000, 1, 4).withColumn("customer", col("id") % 1000).withColumn("amount", col("id") % 97)
customers = spark.range(0, 1000, 1, 2).withColumnRenamed("id", "customer").withColumn("country", col("customer") % 5)

joined = orders.join(customers, "customer").groupBy("country").sum("amount").orderBy("country").collect()
print("joined", [tuple(row) for row in joined])
print("broadcast", orders.join(broadcast(customers), "customer").where("country = 3").count())

cached = orders.groupBy("customer").sum("amount").cache()
print("cached", cached.count(), cached.where("customer < 10").count())
cached.unpersist()

folder = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()
orders.repartition(3).write.mode("overwrite").parquet(folder)
spark.read.parquet(folder).createOrReplaceTempView("orders")
print("written", spark.sql("SELECT max(amount), count(DISTINCT customer) FROM orders").collect()[0])
spark.stop()
