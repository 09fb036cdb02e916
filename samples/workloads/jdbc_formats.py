"""Every way that Spark reads and writes a table over JDBC, with rows printed in a stable order: two runs can be compared.

    spark-submit --jars <driver's jar> jdbc_formats.py jdbc:h2:mem:shop;DB_CLOSE_DELAY=-1 [driver class] [user] [password]
"""
import hashlib
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import col

url, driver, user, password = (sys.argv[1:] + [""] * 4)[:4]
options = {key: value for key, value in (("driver", driver), ("user", user), ("password", password)) if value}

spark = SparkSession.builder.appName("jdbc_formats").config("spark.sql.shuffle.partitions", 3).getOrCreate()
orders = spark.range(0, 1000, 1, 3).select(
    col("id").cast("int"), (col("id") % 7).cast("int").alias("customer"), (col("id") * 1.5).alias("amount"),
    col("id").cast("string").alias("note"))


def say(what, frame):
    rows = sorted(str(tuple(row)) for row in frame.collect())
    print("RESULT", what, len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16])


def read(table="orders", **more):
    return spark.read.format("jdbc").options(url=url, dbtable=table, **options, **more).load()


def write(frame, mode, table="orders", **more):
    frame.write.format("jdbc").mode(mode).options(url=url, dbtable=table, **options, **more).save()


def fails(what, action):
    try:
        action()
        print("RESULT", what, "did not fail")
    except Exception as failure:
        java = getattr(failure, "java_exception", None)
        print("RESULT", what, java.getClass().getName() if java else type(failure).__name__)


spark.range(3).count()
write(orders, "overwrite")
say("overwritten", read())
write(orders.where("id < 10"), "append", batchsize=4)
say("appended", read())
write(orders.where("id < 500"), "overwrite", truncate="true")
say("truncated", read())
say("filtered", read().where("customer = 3 AND amount > 20.5 AND note <> '17'").select("id", "note"))
say("in a list", read().where(col("customer").isin(1, 2, 5)))
say("aggregated", read().groupBy("customer").count())
say("partitioned", read(partitionColumn="id", lowerBound="0", upperBound="500", numPartitions="4"))
say("query", spark.read.format("jdbc").options(
    url=url, query='SELECT "customer", "note" FROM orders WHERE "id" < 20', **options).load())
say("spark.read.jdbc", spark.read.jdbc(url, "orders", predicates=['"customer" = 1', '"customer" = 2'], properties=options))
say("prepared", read(fetchsize="7", sessionInitStatement="SELECT 1"))
write(orders, "overwrite", "orders2", isolationLevel="NONE")
write(orders, "ignore", "orders2")
say("without transactions", read("orders2"))
say("joined", read().join(read("orders2"), "id").select("id"))
fails("table that is not there", lambda: read("nosuch").count())
fails("table that is there", lambda: write(orders, "errorifexists", "orders2"))
fails("wrong statement", lambda: spark.read.format("jdbc").options(url=url, query="SELECT nosuch FROM orders", **options).load().count())

# Code of the user's own, which asks by URL alone.
manager = spark._jvm.java.sql.DriverManager
properties = spark._jvm.java.util.Properties()
for key in ("user", "password"):
    if key in options:
        properties.setProperty(key, options[key])
try:
    connection = manager.getConnection(url, properties)
    rows = connection.createStatement().executeQuery("SELECT count(*) FROM orders")
    rows.next()
    print("RESULT own connection", connection.getClass().getName(), rows.getInt(1))
    connection.close()
except Exception as failure:
    print("RESULT own connection", type(failure).__name__)
spark.stop()
