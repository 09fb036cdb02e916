"""A small job with one shuffle: how often each word stands in a text."""
from operator import add

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("daily report").getOrCreate()
words = spark.sparkContext.parallelize("to be or not to be".split(), 2)
counts = words.map(lambda word: (word, 1)).reduceByKey(add, 2).collect()
print("counts", sorted(counts))
spark.stop()
