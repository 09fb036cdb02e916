"""Every way that Spark reads and writes a table over JDBC, with rows printed in a stable order: two runs can be compared.

    spark-submit --driver-class-path <driver's jar> jdbc_formats.py jdbc:h2:mem:shop;DB_CLOSE_DELAY=-1 org.h2.Driver [URL DRIVER ...]
"""
import hashlib
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import col

spark = SparkSession.builder.appName("jdbc_formats").config("spark.sql.shuffle.partitions", 3).getOrCreate()
orders = spark.range(0, 1000, 1, 3).select(
    col("id").cast("int"), (col("id") % 7).cast("int").alias("customer"), (col("id") * 1.5).alias("amount"),
    col("id").cast("string").alias("note"))


def say(what, frame):
    rows = sorted(str(tuple(row)) for row in frame.collect())
    print("RESULT", what, len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16])


class Database:
    def __init__(self, url, driver):
        self.url = url
        self.options = {"url": url, "driver": driver}

    def read(self, table="orders", **more):
        return spark.read.format("jdbc").options(dbtable=table, **self.options, **more).load()

    def query(self, text):
        return spark.read.format("jdbc").options(query=text, **self.options).load()

    def write(self, frame, mode, table="orders", **more):
        frame.write.format("jdbc").mode(mode).options(dbtable=table, **self.options, **more).save()

    def all(self):
        self.writes()
        self.reads()
        self.failures()
        self.own_connection()

    def writes(self):
        self.write(orders, "overwrite")
        say("overwritten", self.read())
        self.write(orders.where("id < 10"), "append", batchsize=4)
        say("appended", self.read())
        self.write(orders.where("id < 500"), "overwrite", truncate="true")
        say("truncated", self.read())
        self.write(orders, "overwrite", "orders2", isolationLevel="NONE")
        self.write(orders, "ignore", "orders2")
        say("without transactions", self.read("orders2"))

    def reads(self):
        say("filtered", self.read().where("customer = 3 AND amount > 20.5 AND note <> '17'").select("id", "note"))
        say("in a list", self.read().where(col("customer").isin(1, 2, 5)))
        say("aggregated", self.read().groupBy("customer").count())
        say("partitioned", self.read(partitionColumn="id", lowerBound="0", upperBound="500", numPartitions="4"))
        say("query", self.query('SELECT "customer", "note" FROM orders WHERE "id" < 20'))
        say("spark.read.jdbc", spark.read.jdbc(
            self.url, "orders", predicates=['"customer" = 1', '"customer" = 2'], properties={"driver": self.options["driver"]}))
        say("prepared", self.read(fetchsize="7", sessionInitStatement="SELECT 1"))
        say("joined", self.read().join(self.read("orders2"), "id").select("id"))

    def failures(self):
        fails("table that is not there", lambda: self.read("nosuch").count())
        fails("table that is there", lambda: self.write(orders, "errorifexists", "orders2"))
        fails("wrong statement", lambda: self.query("SELECT nosuch FROM orders").count())

    def own_connection(self):
        """Code of the user's own, which asks by URL alone, and cleans up."""
        connection = spark._jvm.java.sql.DriverManager.getConnection(self.url)
        statement = connection.createStatement()
        rows = statement.executeQuery("SELECT count(*) FROM orders")
        rows.next()
        print("RESULT own connection", connection.getClass().getName(), statement.getClass().getName(), rows.getInt(1))
        statement.execute("DROP TABLE orders")
        statement.execute("DROP TABLE orders2")
        connection.close()


def fails(what, action):
    try:
        action()
        print("RESULT", what, "did not fail")
    except Exception as failure:
        java = getattr(failure, "java_exception", None)
        print("RESULT", what, java.getClass().getName() if java else type(failure).__name__)


spark.range(3).count()
for url, driver in zip(sys.argv[1::2], sys.argv[2::2]):
    Database(url, driver).all()
spark.stop()
