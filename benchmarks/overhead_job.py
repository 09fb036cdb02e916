"""What overhead.py submits: jobs of 1,000 tasks that do nothing, in the JVM alone. Prints one line of JSON about them."""
import json
import os
import sys
import time

from pyspark.sql import SparkSession

jobs, tasks = int(sys.argv[1]), int(sys.argv[2])
context = SparkSession.builder.appName("overhead").getOrCreate().sparkContext
java = context._jsc
numbers = context._jvm.java.util.Collections.nCopies(tasks, 1)


def driver_cpu():
    """Seconds of CPU that the driver's JVM, our parent, has used."""
    with open(f"/proc/{os.getppid()}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(count):
    for _ in range(count):
        java.parallelize(numbers, tasks).count()


run(max(1, jobs // 10))  # the JVM compiles what is hot
cpu, begun = driver_cpu(), time.monotonic()
run(jobs)
result = {"wall": time.monotonic() - begun, "cpu": driver_cpu() - cpu}
counters = java.sc().listenerBus().metrics().metricRegistry().getCounters()
result["dropped"] = {
    name.split(".")[1]: counters.get(name).getCount() for name in counters.keySet() if name.endswith(".numDroppedEvents")
}
print("overhead", json.dumps(result))
SparkSession.getActiveSession().stop()
