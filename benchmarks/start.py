#!/usr/bin/env python3
"""What starting the library adds to a program: a .NET program that does nothing, plain and with SparkObservability.Start() and its end.

    benchmarks/start.py [--runs 20] [--limit 150]

Needs benchmarks/SparkObs.StartCost built in Release. The two take turns. The whole process's wall time holds what start and end add,
loading and compiling code included; the call's own time is told by the program. Exit code 1 when the median added is above the limit.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ["dotnet", str(TOP / "benchmarks/SparkObs.StartCost/bin/Release/net10.0/SparkObs.StartCost.dll")]


def run(mode):
    """Wall and CPU of the process in ms, and what the call took, if there was one."""
    before = time.monotonic()
    process = subprocess.Popen([*PROGRAM, mode], stdout=subprocess.PIPE, text=True)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = (time.monotonic() - before) * 1000
    if process.returncode != 0:
        sys.exit(f"{' '.join(PROGRAM)} {mode} ended with {process.returncode}")
    call = float(said.split()[1]) if said.startswith("start ") else None
    return wall, (usage.ru_utime + usage.ru_stime) * 1000, call


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--limit", type=float, default=150, help="milliseconds that may be added to the process's wall time")
    arguments = parser.parse_args()
    results = {"plain": [], "with": []}
    run("plain"), run("with")  # The files are in the system's cache from now on.
    for turn in range(arguments.runs):
        for mode in (["plain", "with"] if turn % 2 == 0 else ["with", "plain"]):
            results[mode].append(run(mode))

    def numbers(mode, what):
        return [result[what] for result in results[mode]]

    print(f"{arguments.runs} runs each, interleaved, medians (10 % to 90 %)\n")
    print("| | wall ms | CPU ms | the call ms |")
    print("|---|--:|--:|--:|")
    for mode, rows in results.items():
        cells = []
        for what in range(3):
            values = [row[what] for row in rows if row[what] is not None]
            deciles = statistics.quantiles(values, n=10) if len(values) > 1 else []
            cells.append(f"{statistics.median(values):.0f} ({deciles[0]:.0f} to {deciles[-1]:.0f})" if deciles else "-")
        print(f"| {mode} | {' | '.join(cells)} |")
    added = statistics.median(b - a for a, b in zip(numbers("plain", 0), numbers("with", 0)))
    print(f"\nadded to the process: {added:.0f} ms, of {arguments.limit:.0f} ms allowed")
    return 0 if added <= arguments.limit else 1


if __name__ == "__main__":
    sys.exit(main())
