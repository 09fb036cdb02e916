"""
One of several clients of Spark Connect: python client.py PORT USER SESSION TRACE FOLDER USERS. Each of its operations is below a caller's
span of its own, which has the step's number in TRACE, or below none. Prints a line a step.
"""
import os
import sys
import threading
import time

from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

port, user, session, trace, folder, users = sys.argv[1:]
spark = SparkSession.builder.remote(f"sc://127.0.0.1:{port}/;user_id={user};session_id={session}").getOrCreate()


def tag(number, flags="01"):
    return f"traceparent=00-{trace}-{number:016x}-{flags}"


def below(number, run, flags="01"):
    """Below the caller's span of that number."""
    spark.addTag(tag(number, flags))
    try:
        return run()
    finally:
        spark.removeTag(tag(number, flags))


def rows(run):
    try:
        return [tuple(row) for row in run()]
    except Exception as e:
        return type(e).__name__


def sql(text):
    return spark.sql(text).collect()


def wait_for(name):
    while not os.path.exists(f"{folder}/{name}"):
        time.sleep(0.05)


def interrupted(number, stop):
    """An operation on a thread of its own, stopped by this one while those of all clients run."""
    begun = f"{folder}/{user}-{number}"

    @udf("long")
    def slow(x):
        open(begun, "w").close()
        time.sleep(120)
        return x

    outcomes = []
    query = spark.range(0, 1, 1, 1).select(slow("id"))
    thread = threading.Thread(target=lambda: outcomes.append(rows(lambda: below(number, query.collect))))
    thread.start()
    for other in users.split(","):
        wait_for(f"{other}-{number}")
    stopped = len(stop())
    thread.join()
    return stopped, outcomes


def streamed():
    stream = spark.readStream.schema("id long").parquet(f"{folder}/{user}")
    query = stream.writeStream.format("noop").option("checkpointLocation", f"{folder}/{user}-checkpoint").trigger(availableNow=True).start()
    return query.awaitTermination()


def step(name, run):
    print(name, run(), flush=True)


numbers = spark.range(0, 1000, 1, 2)
step("before", lambda: rows(spark.range(0, 2, 1, 2).collect))
step("query", lambda: rows(lambda: below(1, numbers.selectExpr("id % 3 AS k").groupBy("k").count().orderBy("k").collect)))
step("view", lambda: below(2, lambda: numbers.createOrReplaceTempView("numbers")))
step("of the view", lambda: rows(lambda: below(3, lambda: sql("SELECT count(*) FROM numbers"))))
step("write", lambda: below(4, lambda: numbers.write.parquet(f"{folder}/{user}")))
step("without jobs", lambda: rows(lambda: below(5, lambda: sql("SHOW TABLES"))))
step("failing", lambda: rows(lambda: below(6, lambda: sql("SELECT raise_error('not this one') FROM range(0, 1, 1, 1)"))))
step("by tag", lambda: interrupted(7, lambda: spark.interruptTag(tag(7))))
step("all", lambda: interrupted(8, spark.interruptAll))
step("stream", lambda: below(9, streamed))
step("unsampled", lambda: rows(lambda: below(10, spark.range(0, 2, 1, 2).collect, flags="00")))
step("after", lambda: rows(lambda: sql("SELECT sum(id) FROM numbers")))
spark.stop()
