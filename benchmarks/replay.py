#!/usr/bin/env python3
"""Replays generated event logs of 10,000 to 1,000,000 tasks end to end, and prints speed, memory and how time grows.

    benchmarks/replay.py RECORDED_LOG [--tasks 10000,100000,1000000] [--rounds 3] [--keep FOLDER]

RECORDED_LOG is a plain event log of a local-mode application, such as 3.5.3's many-tasks. Needs about 5 kB of disk a task.
"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
CLI = ["dotnet", str(TOP / "src/SparkObs.Cli/bin/Release/net10.0/sparkobs.dll"), "replay"]
BENCHMARKS = ["dotnet", str(TOP / "benchmarks/SparkObs.Benchmarks/bin/Release/net10.0/SparkObs.Benchmarks.dll")]
MODES = {
    "otlp-json, all tasks": ["--output", "otlp-json", "--tasks", "all", "-o", "/dev/null"],
    "otlp-json, selected": ["--output", "otlp-json", "-o", "/dev/null"],
    "tree": ["--output", "tree"],
}


def run(command):
    """Wall seconds, CPU seconds and peak resident MB of one run."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return time.monotonic() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("recorded")
    arguments.add_argument("--tasks", default="10000,100000,1000000")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--keep")
    options = arguments.parse_args()
    for project in ("src/SparkObs.Cli", "benchmarks/SparkObs.Benchmarks"):
        subprocess.run(["dotnet", "build", "-c", "Release", "--nologo", "-v", "quiet", str(TOP / project)], check=True)

    folder = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="sparkobs-replay-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        print(f"{'log':<16}{'mode':<24}{'wall s':>8}{'CPU s':>8}{'MB/s':>8}{'tasks/s':>10}{'peak MB':>9}{'µs/task':>9}")
        for tasks in (int(count) for count in options.tasks.split(",")):
            log = folder / f"{tasks}.log"
            if not log.exists():
                subprocess.run([*BENCHMARKS, "generate", "--from", options.recorded, "--tasks", str(tasks), "-o", str(log)], check=True, stdout=subprocess.DEVNULL)
            megabytes = log.stat().st_size / 1e6
            for mode, flags in MODES.items():
                runs = [run([*CLI, str(log), *flags]) for _ in range(options.rounds)]
                wall, cpu, peak = (statistics.median(column) for column in zip(*runs))
                print(f"{tasks:<16,}{mode:<24}{wall:>8.2f}{cpu:>8.2f}{megabytes / wall:>8.0f}{tasks / wall:>10,.0f}{peak:>9.0f}{wall / tasks * 1e6:>9.2f}", flush=True)
    finally:
        if not options.keep:
            shutil.rmtree(folder)


main()
