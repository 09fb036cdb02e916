"""
What calls.py submits: python calls_job.py (scan PATH | jdbc URL) REPEATS [PAIRS]. Prints one line of JSON: wall and the JVM's CPU of
the repeats alone, after one to warm up, and the rows read. With PAIRS the JVM's CPU of that many pairs of repeats, with SparkObs taken
out of this JVM and put back in, by turns. Local mode: the driver's JVM does all the work.
"""
import json
import os
import sys
import time

from pyspark.sql import SparkSession

what, where, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3])
spark = SparkSession.builder.appName("calls").getOrCreate()


def cpu():
    """Seconds of CPU of the driver's JVM, our parent, by Linux's clock for a process (clock_getcpuclockid): /proc has it in hundredths."""
    return time.clock_gettime(~os.getppid() << 3 | 2)


def read():
    if what == "scan":
        return spark.read.parquet(where).selectExpr("count(*)", "sum(a)", "sum(b)", "sum(c)", "max(d)").collect()[0][0]
    table = spark.read.format("jdbc").option("url", where).option("dbtable", "rows").option("fetchsize", 10_000)
    return table.option("partitionColumn", "id").option("lowerBound", 0).option("upperBound", 1_000_000).option("numPartitions", 4).load() \
        .selectExpr("count(*)", "sum(id)", "max(text)").collect()[0][0]


def measured():
    """CPU in seconds, wall and rows of the repeats, and of what follows of them in threads of the bus and of ours."""
    used, begun = cpu(), time.monotonic()
    rows = sum(read() for _ in range(repeats))
    wall = time.monotonic() - begun
    if pairs:
        bus.waitUntilEmpty()
        time.sleep(0.2)
    return {"wall": wall, "cpu": cpu() - used, "rows": rows}


class Switch:
    """Takes SparkObs out of a JVM that runs: the listener and its queue, and what sees calls. An executor's hooks of task starts stay."""

    def __init__(self):
        self.listener = next(listener for listener in bus.listeners() if listener.getClass().getName().startswith("io.sparkobs."))
        self.hadoop = spark._jsc.hadoopConfiguration()
        self.file_system = self.hadoop.get("fs.file.impl")
        owner = load("org.apache.spark.sql.execution.datasources.jdbc.connection.ConnectionProvider$")
        self.module = owner.getField("MODULE$").get(None)
        self.field = owner.getSuperclass().getDeclaredField("providers")
        self.field.setAccessible(True)
        # Before the first SQL execution these are Spark's own.
        self.plain = self.field.get(self.module)
        read()
        self.traced = self.field.get(self.module)
        if what == "jdbc" and self.traced.equals(self.plain):
            sys.exit("calls_job.py: JDBC calls are not seen")
        if what == "scan" and "sparkobs" not in (self.file_system or ""):
            sys.exit("calls_job.py: calls of file systems are not seen")
        self.on = True

    def turn(self, on):
        if on == self.on:
            return
        self.on = on
        if on:
            bus.addToQueue(self.listener, "sparkobs")
        else:
            bus.removeListener(self.listener)
        self.field.set(self.module, self.traced if on else self.plain)
        if what == "scan":
            if on:
                self.hadoop.set("fs.file.impl", self.file_system)
            else:
                self.hadoop.unset("fs.file.impl")
            spark._jvm.org.apache.hadoop.fs.FileSystem.closeAll()
        read()


def load(name):
    return spark._jvm.java.lang.Thread.currentThread().getContextClassLoader().loadClass(name)


pairs = int(sys.argv[4]) if len(sys.argv) > 4 else 0
if pairs:
    bus = spark._jsc.sc().listenerBus()
    switch = Switch()
    for on in (False, True) * 3:
        switch.turn(on)
        measured()
    ratios = []
    for pair in range(pairs):
        both = {}
        for on in (pair % 2 == 0, pair % 2 == 1):
            switch.turn(on)
            both[on] = measured()["cpu"]
        ratios.append((both[False], both[True]))
        print(f"pair {pair + 1}: without {both[False]:.2f} s, with {both[True]:.2f} s", file=sys.stderr)
    switch.turn(True)
    print("calls", json.dumps({"pairs": ratios}))
else:
    read()
    print("calls", json.dumps(measured()))
spark.stop()
