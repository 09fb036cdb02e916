"""One stage of all tasks, which do nothing."""
from figures import arguments, load

tasks, _ = arguments()
with load("huge stage") as spark:
    ones = spark.sparkContext._jvm.java.util.Collections.nCopies(tasks, 1)
    spark.sparkContext._jsc.parallelize(ones, tasks).count()
