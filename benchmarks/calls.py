#!/usr/bin/env python3
"""What seeing calls costs a job: the same reads without SparkObs, and under sparkobs submit without and with its calls recorded.

    benchmarks/calls.py scan FOLDER [--rounds 5] [--repeats 3]     1 GB of Parquet in FOLDER, written there first if there is nothing
    benchmarks/calls.py jdbc URL --jar DRIVER.jar [...]            1,000,000 rows of the table rows, written there first (drop it to write anew)
    benchmarks/calls.py ... --alternate 300                        in one JVM, from which SparkObs is taken out and put back in by turns

Needs SPARK_HOME, and sparkobs built in Release with its jar. They take turns; wall and the driver's CPU are those of the reads alone,
after one to warm up. One JVM differs from the next by 10 %, whatever runs in it; --alternate tells differences of 1 %.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
CLI = ["dotnet", str(TOP / "src/SparkObs.Cli/bin/Release/net10.0/sparkobs.dll")]
JOB = str(TOP / "benchmarks/calls_job.py")

WRITE_SCAN = """
from pyspark.sql import SparkSession
import sys
spark = SparkSession.builder.getOrCreate()
h = ["xxhash64(id, %d) AS %s" % (n, c) for n, c in enumerate("abcd")]
spark.range(0, 33_000_000, 1, 16).selectExpr("id", *h).write.parquet(sys.argv[1])
"""

WRITE_JDBC = """
from pyspark.sql import SparkSession
import sys
spark = SparkSession.builder.getOrCreate()
spark.range(1_000_000).selectExpr("id", "concat('row ', id) AS text").write.format("jdbc").option("url", sys.argv[1]).option("dbtable", "rows").mode("ignore").save()
"""


def submit(arguments, before, *job):
    options = ["--master", "local[2]", "--conf", "spark.ui.enabled=false"] + (["--jars", arguments.jar, "--driver-class-path", arguments.jar] if arguments.jar else [])
    process = subprocess.run([*before, *options, *job], capture_output=True, text=True)
    if process.returncode != 0:
        sys.exit(f"{' '.join(job)} ended with {process.returncode}:\n{process.stderr[-4000:]}")
    return process.stdout


def result_of(said):
    return json.loads(next(line for line in said.splitlines() if line.startswith("calls ")).removeprefix("calls "))


def alternate(arguments, before):
    pairs = result_of(submit(arguments, before, JOB, arguments.what, arguments.where, str(arguments.repeats), str(arguments.alternate)))["pairs"]
    ratios = sorted(traced / without for without, traced in pairs)
    # The median lies between these two with a probability of 95 % (order statistics of a binomial).
    reach = round(0.98 * len(ratios) ** 0.5)
    middle = len(ratios) // 2
    print(f"{arguments.what}, {len(pairs)} pairs of {arguments.repeats} reads in one JVM: without {statistics.median(a for a, _ in pairs):.2f} s of CPU,"
          f" with {statistics.median(b for _, b in pairs):.2f} s (medians)\nratio: median {statistics.median(ratios):.4f}"
          f" (95 %: {ratios[max(0, middle - reach)]:.4f} to {ratios[min(len(ratios) - 1, middle + reach)]:.4f}),"
          f" of the sums {sum(b for _, b in pairs) / sum(a for a, _ in pairs):.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["scan", "jdbc"])
    parser.add_argument("where", help="a folder, or a JDBC URL")
    parser.add_argument("--jar", help="the JDBC driver's")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--alternate", type=int, metavar="PAIRS", default=0)
    arguments = parser.parse_args()
    spark = os.environ.get("SPARK_HOME") or sys.exit("calls.py: set SPARK_HOME")
    plain = [f"{spark}/bin/spark-submit"]
    calls = "fs:file" if arguments.what == "scan" else "jdbc"
    traced = [*CLI, "submit", "--output", "otlp-json", "-o", "/dev/null", "--", "--conf"]
    modes = {
        "without": plain,
        "traced, no calls": [*traced, "spark.sparkobs.calls=none"],
        f"with {calls}": [*traced, f"spark.sparkobs.calls={calls}"],
    }
    if arguments.what == "jdbc" or not pathlib.Path(arguments.where).exists():
        writer = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"sparkobs-calls-{os.getpid()}.py"
        writer.write_text(WRITE_SCAN if arguments.what == "scan" else WRITE_JDBC)
        submit(arguments, plain, str(writer), arguments.where)
        writer.unlink()
    if arguments.alternate:
        alternate(arguments, [*traced, f"spark.sparkobs.calls={calls}"])
        return
    results = {mode: [] for mode in modes}
    for turn in range(arguments.rounds):
        for mode in list(modes)[:: 1 if turn % 2 == 0 else -1]:
            said = submit(arguments, modes[mode], JOB, arguments.what, arguments.where, str(arguments.repeats))
            result = result_of(said)
            results[mode].append(result)
            print(f"round {turn + 1} {mode}: wall {result['wall']:.2f} s, CPU {result['cpu']:.2f} s, {result['rows']:,} rows", file=sys.stderr)
    print(f"{arguments.what}, {arguments.rounds} rounds of {arguments.repeats} reads, medians\n\n| | wall s | driver CPU s |\n|---|--:|--:|")
    for mode in modes:
        print(f"| {mode} | {statistics.median(r['wall'] for r in results[mode]):.2f} | {statistics.median(r['cpu'] for r in results[mode]):.2f} |")
    for mode in list(modes)[1:]:
        ratios = sorted(b["cpu"] / a["cpu"] for a, b in zip(results["without"], results[mode]))
        print(f"\nCPU {mode} to without, of each round: {', '.join(f'{ratio:.3f}' for ratio in ratios)}; median {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    main()
