"""A job whose tasks fail, a query with a division by nothing, a group that is cancelled; ends with exit code 3."""
import sys
import time
from threading import Thread

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("failures").getOrCreate()
sc = spark.sparkContext


def broken(x):
    if x == 7:
        raise ValueError("seven is not liked here")
    return x


def failed(name, run):
    try:
        run()
        print(name, "went well")
    except Exception as e:
        print(name, "failed:", type(e).__name__)


def slow():
    sc.setJobGroup("slow", "a group that is cancelled", interruptOnCancel=True)
    failed("slow", lambda: sc.parallelize(range(4), 4).map(lambda x: time.sleep(60)).count())


failed("rdd", lambda: sc.parallelize(range(10), 3).map(broken).sum())
failed("sql", lambda: spark.range(0, 10, 1, 2).selectExpr("raise_error('no row is good')").collect())

thread = Thread(target=slow)
thread.start()
while not sc.statusTracker().getActiveJobsIds():
    time.sleep(0.05)
time.sleep(1)
sc.cancelJobGroup("slow")
thread.join()
print("after", spark.range(100).count())
spark.stop()
sys.exit(3)
