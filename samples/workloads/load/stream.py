"""A streaming count over files, in micro-batches of one file each; Spark 3.3 and later."""
import os

from figures import arguments, load

tasks, folder = arguments()
with load("streaming count") as spark:
    os.makedirs(f"{folder}/in")
    for i in range(max(1, tasks // 3)):
        with open(f"{folder}/in/{i:06}.csv", "w") as file:
            file.writelines(f"{x % 7},{x}\n" for x in range(1000))
    lines = spark.readStream.schema("key INT, value INT").option("maxFilesPerTrigger", 1).csv(f"{folder}/in")
    query = (lines.groupBy("key").count().writeStream.queryName("counts").outputMode("complete").format("noop")
             .option("checkpointLocation", f"{folder}/checkpoint").trigger(availableNow=True).start())
    query.awaitTermination()
