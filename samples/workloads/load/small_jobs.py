"""Many small jobs, of two tasks that do nothing."""
from figures import arguments, load

tasks, _ = arguments()
with load("small jobs") as spark:
    java = spark.sparkContext._jsc
    ones = spark.sparkContext._jvm.java.util.Collections.nCopies(2, 1)
    for _ in range(max(1, tasks // 2)):
        java.parallelize(ones, 2).count()
