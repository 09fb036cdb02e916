#!/usr/bin/env bash
# Shows sparkobs: runs a real job on Spark through `sparkobs submit` where there is a Spark (SPARK_HOME, or the toolbox beside the
# project), and replays the event log of an application that failed. Needs the .NET SDK; for the live part Spark, Java and Maven.
# With OTEL_EXPORTER_OTLP_ENDPOINT the spans of both go to that collector, without it trees are drawn.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jar=("$top"/jvm-shim/target/sparkobs-shim-*.jar)
log="$top/tests/eventlogs/3.5.3-failures"

command -v dotnet > /dev/null || { echo "demo: needs the .NET 10 SDK (dotnet) on the PATH" >&2; exit 2; }

# Why the live part cannot be shown; nothing when it can.
live_lacks() {
  if [ -z "${SPARK_HOME:-}" ] && [ -x "$top/../shared/toolbox/unpack" ]; then
    eval "$("$top/../shared/toolbox/unpack")"
  fi
  if [ ! -x "${SPARK_HOME:-}/bin/spark-submit" ]; then
    why="no Spark here: set SPARK_HOME"
  elif ! command -v java > /dev/null && [ -z "${JAVA_HOME:-}" ]; then
    why="no Java here"
  elif [ ! -e "${jar[0]}" ] && ! build_jar; then
    why="the jar for Spark's JVMs is not built: mvn -f jvm-shim package"
  fi
}

build_jar() {
  local maven=(mvn -B -q)
  command -v mvn > /dev/null || return 1
  [ -z "${SPARKOBS_M2:-}" ] || maven+=(-o "-Dmaven.repo.local=$SPARKOBS_M2")
  echo "(building the jar for Spark's JVMs)"
  "${maven[@]}" -f "$top/jvm-shim/pom.xml" package -Dmaven.test.skip=true
}

live() {
  cat <<'TEXT'
A PySpark job with tasks that fail, a query that fails and a group of jobs that is cancelled; it ends with exit code 3:

  scripts/sparkobs submit -- --master 'local[2]' --conf spark.log.level=OFF samples/workloads/failures.py

What it prints itself comes first; lines that begin with sparkobs: and the tree are ours.

TEXT
  local code=0
  "$top/scripts/sparkobs" submit -- --master 'local[2]' --conf spark.log.level=OFF "$top/samples/workloads/failures.py" || code=$?
  [ "$code" -eq 3 ] || { echo "demo: the job ended with exit code $code, not 3" >&2; exit 1; }
}

replay() {
  cat <<'TEXT'

The event log of such an application, recorded as it ran on Spark 3.5.3, some time ago:

  scripts/sparkobs replay tests/eventlogs/3.5.3-failures

TEXT
  local output=tree
  [ -z "${OTEL_EXPORTER_OTLP_ENDPOINT:-}" ] || output=otlp
  "$top/scripts/sparkobs" replay --output "$output" "$log"
}

echo "(the first run builds sparkobs, which takes about half a minute)"
echo
why=
live_lacks
if [ -z "$why" ]; then
  live
else
  echo "The live part is left out: $why"
fi
replay
if [ -z "${OTEL_EXPORTER_OTLP_ENDPOINT:-}" ]; then
  cat <<'TEXT'

The same as OpenTelemetry spans, into a collector or Jaeger (OTLP over gRPC):
  OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 scripts/demo.sh
TEXT
fi
