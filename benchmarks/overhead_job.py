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


def cpu_of(stat):
    """Name and seconds of CPU of a process or thread."""
    with open(stat) as file:
        name, rest = file.read().split("(", 1)[1].rsplit(")", 1)
    fields = rest.split()
    return name, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def driver_cpu():
    """Of the driver's JVM, our parent."""
    return cpu_of(f"/proc/{os.getppid()}/stat")[1]


def thread_cpu():
    """
    Of the threads that a mode adds, and of one that Spark has anyway. The bus's threads have names that are cut to the same 15
    characters; in order of their making they are appStatus's, executorManagement's (which does next to nothing but wake up for each
    event), and then the mode's own.
    """
    threads = [cpu_of(f"/proc/{os.getppid()}/task/{thread}/stat") for thread in sorted(map(int, os.listdir(f"/proc/{os.getppid()}/task")))]
    queues = [seconds for name, seconds in threads if name == "spark-listener-"]
    senders = [seconds for name, seconds in threads if name == "sparkobs-sender"]
    return {"own": sum(queues[2:]) + sum(senders), "idle": queues[1]}


def run(count):
    for _ in range(count):
        java.parallelize(numbers, tasks).count()


run(max(1, jobs // 10))  # the JVM compiles what is hot
cpu, threads, begun = driver_cpu(), thread_cpu(), time.monotonic()
run(jobs)
result = {"wall": time.monotonic() - begun, "cpu": driver_cpu() - cpu}
result.update({name: seconds - threads[name] for name, seconds in thread_cpu().items()})
counters = java.sc().listenerBus().metrics().metricRegistry().getCounters()
result["dropped"] = {
    name.split(".")[1]: counters.get(name).getCount() for name in counters.keySet() if name.endswith(".numDroppedEvents")
}
print("overhead", json.dumps(result))
SparkSession.getActiveSession().stop()
