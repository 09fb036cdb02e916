"""Tasks kill the JVM of their executor (kill -9), so many times; Spark runs the lost work again. For local-cluster[2,1,1024]."""
import os
import signal
import sys
import tempfile
import time

from pyspark import TaskContext
from pyspark.sql import SparkSession

deaths = int(sys.argv[1])
sc = SparkSession.builder.appName("dying executors").getOrCreate().sparkContext
killed = tempfile.mkdtemp()


def parent(pid):
    with open(f"/proc/{pid}/stat") as f:
        return int(f.read().rsplit(")", 1)[1].split()[1])


def work(x):
    if TaskContext.get().partitionId() < 2 and x % 75 == 0:
        for death in range(deaths):
            try:
                os.close(os.open(os.path.join(killed, str(death)), os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                continue
            os.kill(parent(os.getppid()), signal.SIGKILL)  # the worker's parent is Python's daemon, whose parent is the JVM
            time.sleep(60)  # until the worker is gone, too
    return (x % 3, x)


print("sums", sorted(sc.parallelize(range(300), 4).map(work).reduceByKey(lambda a, b: a + b, 3).collect()))
