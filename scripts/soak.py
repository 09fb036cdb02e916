#!/usr/bin/env python3
"""Runs one driver and one bridge for a long time, and tells memory, file handles and threads of both, ten times."""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
WARM_UP = 60  # seconds: the JVM compiles, pools fill
SAMPLES = 10


def resources(pid):
    status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return {
        "memory MiB": int(status["VmRSS"].split()[0]) // 1024,
        "handles": len(os.listdir(f"/proc/{pid}/fd")),
        "threads": int(status["Threads"]),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog="Needs SPARK_HOME, the built CLI and its jar (scripts/test.sh builds both).")
    parser.add_argument("--minutes", type=float, default=20, help="how long; 20")
    parser.add_argument("--endpoint", help="a collector's OTLP address; without one, spans go to a file that nobody reads")
    options = parser.parse_args()
    spark = os.environ.get("SPARK_HOME") or sys.exit("soak.py: set SPARK_HOME")
    cli = next((TOP / "src/SparkObs.Cli/bin/Release").glob("*/sparkobs.dll"), None) or sys.exit("soak.py: build the CLI first: dotnet build -c Release src/SparkObs.Cli")

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        out = ["--endpoint", options.endpoint] if options.endpoint else ["--output", "otlp-json", "-o", "/dev/null"]
        bridge = subprocess.Popen(["dotnet", cli, "listen", "--listen-on", "tcp://127.0.0.1:4329", "--token-file", folder / "token",
                                   "--data-dir", folder / "data", *out])
        while not (folder / "token").exists():
            time.sleep(0.1)
        driver = subprocess.Popen(
            [f"{spark}/bin/spark-submit", "--master", "local[2]", "--jars", cli.parent / "sparkobs-shim.jar",
             "--conf", "spark.ui.enabled=false", "--conf", "spark.plugins=io.sparkobs.SparkObsPlugin",
             "--conf", "spark.sparkobs.endpoint=127.0.0.1:4329", "--conf", f"spark.sparkobs.token.file={folder / 'token'}",
             "--conf", f"spark.sparkobs.spool.dir={folder / 'spool'}", TOP / "samples/workloads/soak.py", str(options.minutes * 60)],
            stderr=subprocess.DEVNULL)
        watched = {"bridge": bridge.pid, "driver": driver.pid}
        try:
            time.sleep(min(WARM_UP, options.minutes * 60 / 3))
            seen = []
            end = time.monotonic() + options.minutes * 60 * 2
            while driver.poll() is None and time.monotonic() < end:
                seen.append({name: resources(pid) for name, pid in watched.items()})
                time.sleep(options.minutes * 60 / SAMPLES)
        finally:
            driver.kill()
            bridge.terminate()
            code = bridge.wait(30)
        print(f"soak of {options.minutes:g} minutes: driver ended with {driver.returncode}, bridge with {code}")
        for name in watched:
            for what in seen[0][name]:
                print(f"  {name:7} {what:10} after the warm-up {seen[0][name][what]}, then {' '.join(str(one[name][what]) for one in seen[1:])}")
        sys.exit(0 if driver.returncode == 0 and code == 0 else 1)


main()
