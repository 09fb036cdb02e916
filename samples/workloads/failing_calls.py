"""
Calls that fail, one after the other: failing_calls.py BUCKET JDBC-URL. Of the bucket's prefixes "busy" fails for a while, "broken" always
does, and of "gone" an object goes away between listing and reading; the bucket "nowhere" has no server; the table unique_ids has a key.
"""
import sys

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

bucket, url = sys.argv[1:3]
spark = SparkSession.builder.appName("failing calls").getOrCreate()

# The driver's connections are recorded once Spark's listeners have heard of its first SQL execution.
spark.range(1).count()
spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()


def root(failure):
    cause = failure
    while cause.getCause() is not None:
        cause = cause.getCause()
    return cause.getClass().getName()


def attempt(what, action):
    try:
        print(what, action())
    except Py4JJavaError as failure:
        print(what, "failed:", root(failure.java_exception))
    except Exception as failure:
        print(what, "failed:", type(failure).__name__)


def text(path):
    return spark.read.text(path).collect()[0][0]


def query(sql):
    return spark.read.format("jdbc").options(url=url, query=sql, driver="org.postgresql.Driver").load().collect()


def insert(ids):
    ids.write.format("jdbc").options(url=url, dbtable="unique_ids", driver="org.postgresql.Driver").mode("append").save()


attempt("busy", lambda: text(f"s3a://{bucket}/busy"))
attempt("write", lambda: spark.range(1).selectExpr("cast(id as string)").coalesce(1).write.text(f"s3a://{bucket}/written"))
attempt("gone", lambda: text(f"s3a://{bucket}/gone"))
attempt("broken", lambda: text(f"s3a://{bucket}/broken"))
attempt("nowhere", lambda: text("s3a://nowhere/object"))
attempt("query", lambda: query("SELECT nosuch FROM unique_ids WHERE id < 1234567"))
attempt("insert", lambda: insert(spark.range(3, 7).coalesce(1)))
try:
    query("SELECT 7654321 / 0")
finally:
    spark.stop()
