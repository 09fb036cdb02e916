"""
Runs a workload of samples/workloads/load on Spark, with and without sparkobs, and says what came of it: tasks a second, events that were
dropped, and what the trace cost. The applications of a run work at once and have one bridge (sparkobs listen), which writes spans to a file.
"""
import argparse
import contextlib
import glob
import json
import os
import pathlib
import re
import resource
import secrets
import shlex
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

LOADS = pathlib.Path(__file__).resolve().parent / "workloads" / "load"
EXIT_CODES = {"failing": 3}
NOTES = """
workloads:
{workloads}

variables:
  SPARK_HOME        Spark; without it that of the toolbox, where there is one
  SPARKOBS          the command sparkobs; default: that of this checkout
  SPARKOBS_TOOLBOX  for s3_jdbc: servers/gofakes3, s3a-3.3.4/, jars/h2-*.jar (H2 in the driver's memory: --master local[...] alone).
                    With storage of your own: -- --conf spark.load.jdbc.url=... --conf spark.load.jdbc.driver=...
                    --conf spark.load.bucket=... --conf spark.hadoop.fs.s3a... --jars ...

examples:
  samples/loadtest.sh small_jobs --tasks 20000 --apps 4
  samples/loadtest.sh sort --tasks 3000 --rounds 5 -- --conf spark.driver.memory=4g

exit codes: 0 all ran and nothing was dropped; 1 an application did not end as it should; 2 wrong usage, or something is missing;
3 events or tasks are missing in the traces
"""


class LoadError(Exception):
    """What went wrong, and the exit code."""

    def __init__(self, message, code=1):
        super().__init__(message)
        self.code = code


def workloads():
    """Each one's source by its name; a Java class has the name of a script."""
    return {re.sub("(?<=[a-z])(?=[A-Z])", "_", file.stem).lower(): file for file in LOADS.iterdir() if file.suffix in (".py", ".java") and file.stem != "figures"}


def title(source):
    """Its first line says what it does."""
    return source.read_text().splitlines()[0].strip('/*" ')


def program(name, folder):
    """What spark-submit runs: a script, or a jar of the Java source that is compiled here."""
    source = workloads()[name]
    if source.suffix == ".py":
        return [str(source)]
    javac = shutil.which("javac", path=os.pathsep.join([f"{os.environ.get('JAVA_HOME', '')}/bin", os.environ["PATH"]]))
    if javac is None:
        raise LoadError(f"{name} needs a JDK: there is no javac in JAVA_HOME or on the PATH", 2)
    classes = f"{folder}/classes"
    compiled = subprocess.run([javac, "-cp", f"{os.environ['SPARK_HOME']}/jars/*", "-d", classes, source], capture_output=True, text=True)
    if compiled.returncode != 0:
        raise LoadError(f"{source} does not compile:\n{compiled.stderr}")
    return ["--class", source.stem, shutil.move(shutil.make_archive(f"{folder}/{name}", "zip", classes), f"{folder}/{name}.jar")]


def parse(arguments):
    known = workloads()
    parser = argparse.ArgumentParser(
        prog="samples/loadtest.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="samples/loadtest.sh NAME [options] [-- what spark-submit gets too]",
        epilog=NOTES.format(workloads="\n".join(f"  {name:<17} {title(known[name])}" for name in sorted(known))))

    def positive(text):
        if not text.isdecimal() or int(text) < 1:
            raise argparse.ArgumentTypeError(f"'{text}' is no number of 1 or more")
        return int(text)

    parser.add_argument("name", metavar="NAME", choices=known, help="the workload")
    parser.add_argument("--tasks", type=positive, default=1000, metavar="N", help="about so many tasks an application; default 1000")
    parser.add_argument("--apps", type=positive, default=1, metavar="M", help="so many applications at once; default 1")
    parser.add_argument(
        "--rounds", type=positive, default=1, metavar="R", help="each runs without and with sparkobs, in turns; figures are medians; default 1")
    parser.add_argument("--master", default="local[2,4]", help="default local[2,4]: two tasks at once, each tried up to four times")
    parser.add_argument("--timeout", type=positive, default=3600, metavar="SECONDS", help="after which a run is given up; default 3600")
    own, spark = (arguments[:arguments.index("--")], arguments[arguments.index("--") + 1:]) if "--" in arguments else (arguments, [])
    options = parser.parse_args(own)
    options.spark = spark
    return options


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stop(process, seconds=30):
    """SIGTERM, and after a while SIGKILL."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    if process.poll() is None:
        process.kill()
        process.wait()


def children_cpu():
    """Seconds of all processes that were started here and have ended, and of theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Bridge:
    """sparkobs listen."""

    def __init__(self, command, environment, folder):
        self.spans, self.url, self.log = f"{folder}/spans.jsonl", f"127.0.0.1:{free_port()}", f"{folder}/bridge.log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [*command, "listen", "--listen-on", "tcp://127.0.0.1:0", "--http", self.url, "--data-dir", f"{folder}/bridge",
                 "--output", "otlp-json", "-o", self.spans], env=environment, stdout=subprocess.DEVNULL, stderr=log)
        self.endpoint = self.wait_for(r"listening on (\S+) ")

    def wait_for(self, pattern):
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            if found := re.search(pattern, pathlib.Path(self.log).read_text()):
                return found[1]
            time.sleep(0.05)
        stop(self.process)
        raise LoadError(f"the bridge did not start:\n{pathlib.Path(self.log).read_text()}")

    def metrics(self):
        """By name and the value of its own label."""
        with urllib.request.urlopen(f"http://{self.url}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        sample = r'^(sparkobs_bridge_\w+)\{otel_scope_name="[^"]*",otel_scope_version="[^"]*"(?:,\w+="([^"]*)")?\} (\S+)'
        return {(name, label): int(float(value)) for name, label, value in re.findall(sample, text, re.MULTILINE)}

    def settled(self):
        """The metrics, once all applications are closed and their spans written."""
        end = time.monotonic() + 90
        while True:
            metrics = self.metrics()
            waiting = metrics["sparkobs_bridge_applications", ""] + metrics["sparkobs_bridge_spans_waiting", ""]
            if waiting == 0 or time.monotonic() > end:
                return metrics
            time.sleep(0.1)

    def cpu(self):
        """Seconds; 0 where there is no /proc."""
        try:
            fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except OSError:
            return 0.0

    def tasks(self):
        """All task attempts of all applications, as the traces have them."""
        total = 0
        with open(self.spans) as lines:
            for line in lines:
                scopes = (scope for spans in json.loads(line)["resourceSpans"] for scope in spans["scopeSpans"])
                for span in (span for scope in scopes for span in scope["spans"] if span["name"] == "application"):
                    total += sum(int(a["value"]["intValue"]) for a in span["attributes"] if a["key"] == "spark.app.tasks")
        return total


def storage(options, folder, started):
    """What s3_jdbc needs beside Spark, as arguments of spark-submit; the server is added to started."""
    if any(argument.startswith("spark.load.jdbc.url=") for argument in options.spark):
        return []
    toolbox = os.environ.get("SPARKOBS_TOOLBOX", "")
    server = f"{toolbox}/servers/gofakes3"
    jars = [*glob.glob(f"{toolbox}/s3a-3.3.4/*.jar"), *glob.glob(f"{toolbox}/jars/h2-*.jar")]
    for what, there in (
        ("SPARKOBS_TOOLBOX, or storage of your own (see --help)", toolbox),
        (server, os.access(server, os.X_OK)),
        (f"{toolbox}/s3a-3.3.4/*.jar and {toolbox}/jars/h2-*.jar", len(jars) > 1),
        ("a Spark with Hadoop 3.3.4, as 3.5.3 is, for the toolbox's s3a",
         glob.glob(f"{os.environ['SPARK_HOME']}/jars/hadoop-client-api-3.3.4.jar")),
        ("--master local[...], or storage of your own: H2 is in the driver's memory", re.match(r"local(\[|$)", options.master)),
    ):
        if not there:
            raise LoadError(f"s3_jdbc needs {what}", 2)
    port = free_port()
    with open(f"{folder}/s3.log", "w") as log:
        started.append(subprocess.Popen(
            [server, "-backend", "memory", "-host", f"127.0.0.1:{port}", "-initialbucket", "lake"], stdout=log, stderr=log))
    conf = {
        "hadoop.fs.s3a.endpoint": f"http://127.0.0.1:{port}", "hadoop.fs.s3a.access.key": "any", "hadoop.fs.s3a.secret.key": "any",
        "hadoop.fs.s3a.path.style.access": "true", "hadoop.fs.s3a.signing-algorithm": "S3SignerType",
        "load.bucket": "lake", "load.jdbc.url": "jdbc:h2:mem:load;DB_CLOSE_DELAY=-1", "load.jdbc.driver": "org.h2.Driver",
    }
    return ["--jars", ",".join(jars), *(part for key, value in conf.items() for part in ("--conf", f"spark.{key}={value}"))]


class Application:
    """One spark-submit."""

    def __init__(self, command, environment, folder, arguments, expected):
        os.makedirs(f"{folder}/data")
        self.command, self.expected, self.folder = [*command, *arguments, f"{folder}/data"], expected, folder
        with open(f"{folder}/out", "w") as out, open(f"{folder}/err", "w") as err:
            self.process = subprocess.Popen(self.command, env=environment, stdout=out, stderr=err)

    def figures(self):
        said, errors = (pathlib.Path(self.folder, name).read_text(errors="replace") for name in ("out", "err"))
        line = next((line for line in said.splitlines() if line.startswith("load ")), None)
        if self.process.returncode != self.expected or line is None:
            errors = [line for line in errors.splitlines() if not re.match(r"\d\d/\d\d/\d\d .* INFO |\s+at ", line)]
            told = "\n".join([*said.splitlines()[-20:], *errors[-40:]])
            raise LoadError(f"{shlex.join(self.command)}\nended with {self.process.returncode}, not {self.expected}:\n{told}")
        return json.loads(line.removeprefix("load "))


def run(options, command, environment, folder):
    """All applications at once; their figures added up, but the seconds are those of the slowest."""
    arguments = ["--master", options.master, "--conf", "spark.ui.enabled=false", *options.spark, *options.program, str(options.tasks)]
    applications, cpu, end = [], children_cpu(), time.monotonic() + options.timeout
    try:
        for i in range(options.apps):
            applications.append(Application(command, environment, f"{folder}/{i}", arguments, EXIT_CODES.get(options.name, 0)))
        for application in applications:
            application.process.wait(max(0, end - time.monotonic()))
    except subprocess.TimeoutExpired as late:
        raise LoadError(f"{shlex.join(late.cmd)}\ndid not end within {options.timeout} s; --timeout gives it longer") from None
    finally:
        for application in applications:
            stop(application.process)
    figures = [application.figures() for application in applications]
    shutil.rmtree(folder)  # rounds of much data would fill the disk
    total = {key: (max if key == "seconds" else sum)(one[key] for one in figures) for key in figures[0]}
    return {**total, "all": children_cpu() - cpu}


def measure(options, folder, started):
    """The figures of all rounds, without and with, and the bridge when all is told."""
    sparkobs = shlex.split(os.environ["SPARKOBS"])
    environment = {**os.environ, "SPARKOBS_TOKEN": secrets.token_hex(16), "SPARKOBS_DATA_DIR": f"{folder}/state"}
    options.program = program(options.name, folder)
    if options.name == "s3_jdbc":
        options.spark = [*storage(options, folder, started), *options.spark]
    bridge = Bridge(sparkobs, environment, folder)
    started.append(bridge.process)
    commands = {
        "without": [f"{os.environ['SPARK_HOME']}/bin/spark-submit"],
        "with": [*sparkobs, "submit", "--bridge", bridge.endpoint, "--",
                 "--conf", f"spark.sparkobs.spool.dir={folder}/spool", "--conf", "spark.sparkobs.calls=s3,jdbc"],
    }
    results = {mode: [] for mode in commands}
    for turn in range(options.rounds):
        for mode in list(commands)[::-1 if turn % 2 else 1]:
            cpu = bridge.cpu()
            result = run(options, commands[mode], environment, f"{folder}/{turn}-{mode}")
            if mode == "with":
                bridge.settled()
                result["bridge"] = bridge.cpu() - cpu
                result["all"] += result["bridge"]
            results[mode].append(result)
            print(f"round {turn + 1} {mode}: {result['tasks']:,} tasks in {result['seconds']:.2f} s", file=sys.stderr)
    return results, bridge


def report(options, results, bridge):
    """Prints it; true when nothing is missing."""
    events = {label: count for (name, label), count in bridge.settled().items() if name == "sparkobs_bridge_events_total"}
    dropped = {term: count for term, count in events.items() if term not in ("posted", "ignored", "delivered") and count}
    ran, traced = sum(result["tasks"] for result in results["with"]), bridge.tasks()

    def median(mode, key):
        return statistics.median(result[key] for result in results[mode])

    def ratio(key):
        """Median of the ratios within each round: what slows the machine for a while slows both."""
        return statistics.median(ours[key] / theirs[key] if theirs[key] else 1 for ours, theirs in zip(results["with"], results["without"]))

    def count(number, thing):
        return f"{number:,} {thing}{'' if number == 1 else 's'}"

    print(f"{options.name}: {count(options.apps, 'application')} at once, {options.master}, {count(options.rounds, 'round')}, medians")
    rate = statistics.median(result["tasks"] / result["seconds"] for result in results["with"])
    print(f"tasks    {ran:,} ran with sparkobs, {traced:,} are in the traces; {rate:,.1f} a second")
    became = {"delivered": events["delivered"], "without a place in a trace": events["ignored"], **dropped}
    became = ", ".join(f"{number:,} {what}" for what, number in became.items())
    print(f"dropped  {sum(dropped.values()):,} of {events['posted']:,} events ({became})")
    print(f"\n{'seconds':<40}{'without':>10}{'with':>10}{'ratio':>8}")
    for key, text in (
        ("seconds", "the work, slowest application"),
        ("cpu", "CPU of the drivers during the work"),
        ("all", "CPU of all processes, start to end"),
    ):
        print(f"{text:<40}{median('without', key):>10.2f}{median('with', key):>10.2f}{ratio(key):>8.3f}")
    print(f"{'  of these the bridge':<40}{'':>10}{median('with', 'bridge'):>10.2f}")
    return not dropped and ran == traced


def main():
    options = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    started = []
    with tempfile.TemporaryDirectory(prefix="sparkobs-load-") as folder:
        try:
            complete = report(options, *measure(options, folder, started))
        finally:
            for process in reversed(started):
                stop(process)
    if not complete:
        raise LoadError("events or tasks are missing in the traces", 3)


if __name__ == "__main__":
    try:
        main()
    except LoadError as error:
        print(f"loadtest: {error}", file=sys.stderr)
        sys.exit(error.code)
    except OSError as error:  # a command that is not there, a full disk
        print(f"loadtest: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
