"""A task kills the JVM of its executor (kill -9), once; Spark runs the lost work again. For a master with executors: local-cluster[2,1,1024]."""
import os
import signal
import tempfile

from pyspark import TaskContext
from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("lost executor").getOrCreate()
sc = spark.sparkContext
done = os.path.join(tempfile.mkdtemp(), "killed")


def parent(pid):
    with open(f"/proc/{pid}/stat") as f:
        return int(f.read().rsplit(")", 1)[1].split()[1])


def work(x):
    if TaskContext.get().partitionId() == 1 and not os.path.exists(done):
        open(done, "w").close()
        os.kill(parent(os.getppid()), signal.SIGKILL)  # the worker's parent is Python's daemon, whose parent is the JVM
    return (x % 3, x)


pairs = sc.parallelize(range(300), 4).map(lambda x: (x % 5, x)).reduceByKey(lambda a, b: a + b, 3)
print("before", sorted(pairs.collect()))
print("after", sorted(sc.parallelize(range(300), 4).map(work).reduceByKey(lambda a, b: a + b, 3).collect()))
spark.stop()
