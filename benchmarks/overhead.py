#!/usr/bin/env python3
"""What a live trace costs a job: the same jobs of no-op tasks without anything, with Spark's event log, and under sparkobs submit.

    benchmarks/overhead.py [--tasks 100000] [--job 1000] [--rounds 5] [--master 'local[2]'] [--modes none,eventlog,sparkobs]

Needs SPARK_HOME, and sparkobs built in Release with its jar. The modes take turns in each round. Wall and the driver's CPU are those of
the jobs alone, after a warm-up of a tenth; CPU of all is that of every process from start to end. A run's CPU differs from the next by more
than what is measured here, so the threads that a mode adds to the driver are counted by themselves, beside the thread of a queue of the
bus that does nothing but wake up. Tasks that do nothing are the worst case: per task, Spark itself is all there is.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
CLI = ["dotnet", str(TOP / "src/SparkObs.Cli/bin/Release/net10.0/sparkobs.dll")]
JOB = str(TOP / "benchmarks/overhead_job.py")


def command(mode, spark, master, folder):
    """The command line up to the job."""
    common = ["--master", master, "--conf", "spark.ui.enabled=false"]
    submit = [f"{spark}/bin/spark-submit", *common]
    return {
        "none": submit,
        "eventlog": [*submit, "--conf", "spark.eventLog.enabled=true", "--conf", f"spark.eventLog.dir={folder}"],
        "sparkobs": [*CLI, "submit", "--output", "otlp-json", "-o", "/dev/null", "--", *common],
    }[mode]


def run(mode, spark, arguments):
    """What the job says of itself, the CPU of all processes, and what sparkobs says of losses."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        whole = [*command(mode, spark, arguments.master, folder), JOB, str(arguments.tasks // arguments.job), str(arguments.job)]
        process = subprocess.Popen(whole, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said, errors = out.read(), err.read()
    line = next((line for line in said.splitlines() if line.startswith("overhead ")), None)
    if process.returncode != 0 or line is None:
        sys.exit(f"{' '.join(whole)} ended with {process.returncode}:\n{errors[-4000:]}")
    result = json.loads(line.removeprefix("overhead "))
    result["all"] = usage.ru_utime + usage.ru_stime
    result["notes"] = [line for line in errors.splitlines() if line.startswith("sparkobs:") and "did not arrive" in line]
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--job", type=int, default=1_000, help="tasks a job")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--modes", default="none,eventlog,sparkobs")
    arguments = parser.parse_args()
    spark = os.environ.get("SPARK_HOME") or sys.exit("overhead: set SPARK_HOME")
    modes = arguments.modes.split(",")
    results = {mode: [] for mode in modes}
    for turn in range(arguments.rounds):
        for mode in modes[turn % len(modes):] + modes[:turn % len(modes)]:
            result = run(mode, spark, arguments)
            results[mode].append(result)
            print(f"round {turn + 1} {mode}: wall {result['wall']:.2f} s, driver {result['cpu']:.2f} s, own threads {result['own']:.2f} s,"
                  f" idle queue {result['idle']:.2f} s, all {result['all']:.1f} s, dropped {result['dropped']}"
                  f" {' '.join(result['notes'])}", file=sys.stderr)

    print(f"{arguments.tasks:,} tasks in jobs of {arguments.job:,}, {arguments.master}, {arguments.rounds} rounds, medians\n")
    print(f"| | wall s | ratio to {modes[0]} | driver CPU s | ratio | own threads' CPU s | an idle queue's | CPU of all s"
          " | events dropped by the bus |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for mode in modes:
        def median(key):
            return statistics.median(result[key] for result in results[mode])

        def ratio(key):
            """Median of the ratios within each round: what slows the machine for a while slows both."""
            return statistics.median(mine[key] / other[key] for mine, other in zip(results[mode], results[modes[0]]))

        dropped = sum(sum(result["dropped"].values()) for result in results[mode])
        print(f"| {mode} | {median('wall'):.2f} | {ratio('wall'):.3f} | {median('cpu'):.2f} | {ratio('cpu'):.3f}"
              f" | {median('own'):.2f} | {median('idle'):.2f} | {median('all'):.1f} | {dropped:,} |")


if __name__ == "__main__":
    main()
