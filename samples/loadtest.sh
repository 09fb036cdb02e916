#!/usr/bin/env bash
# Prepares a load test and runs it: samples/loadtest.py says how (--help). Finds Spark (SPARK_HOME, or the toolbox beside the project) and
# sparkobs (SPARKOBS, else this checkout's, which is built).
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

missing() {
  echo "loadtest: $1" >&2
  exit 2
}

command -v python3 > /dev/null || missing "needs python3 on the PATH"
for argument in "$@"; do
  case $argument in
    --) break ;;
    -h | --help) exec python3 "$top/samples/loadtest.py" --help ;;
  esac
done

if [ -z "${SPARK_HOME:-}" ] && [ -x "$top/../shared/toolbox/unpack" ]; then
  eval "$("$top/../shared/toolbox/unpack")"
fi
[ -x "${SPARK_HOME:-}/bin/spark-submit" ] || missing "no Spark here: set SPARK_HOME to a folder with bin/spark-submit"
command -v java > /dev/null || [ -n "${JAVA_HOME:-}" ] || missing "no Java here: put java on the PATH, or set JAVA_HOME"
if [ -z "${SPARKOBS:-}" ]; then
  jar=("$top"/jvm-shim/target/sparkobs-shim-*.jar)
  [ -e "${jar[0]}" ] || missing "the jar for Spark's JVMs is not built: mvn -f jvm-shim package"
  SPARKOBS=$top/scripts/sparkobs
  "$SPARKOBS" --version > /dev/null # builds it, so that no run has to
fi
export SPARK_HOME SPARKOBS
exec python3 "$top/samples/loadtest.py" "$@"
