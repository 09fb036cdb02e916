#!/usr/bin/env bash
# Injects each fault of docs/reliability.md on a real Spark and prints what came of it as a table.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"

usage() {
  cat <<'TEXT'
usage: scripts/faults.sh [--all] [--only WORD]

Kills, stops and starves the bridge, the collector, the driver, the executors and the disk while jobs run on a real Spark, and checks
the jobs' results, the spans against the event logs, and the ledger. Needs the toolbox and the right to mount a tmpfs.

  --all         at full length (about half an hour); without it, shortened where waiting is all it does
  --only WORD   only the faults whose test has the word in its name

Exit code: 0 when every fault was survived, 1 when one was not, 2 for wrong usage.
TEXT
}

filter='FullyQualifiedName~FaultTests'
while [ $# -gt 0 ]; do
  case $1 in
    --all) export SPARKOBS_FAULTS=full ;;
    --only) [ $# -ge 2 ] || { usage >&2; exit 2; }; filter="$filter&FullyQualifiedName~$2"; shift ;;
    --help | -h) usage; exit 0 ;;
    *) printf 'faults.sh: %s is no option\n' "$1" >&2; usage >&2; exit 2 ;;
  esac
  shift
done

if [ -x ../shared/toolbox/unpack ]; then
  environment=$(../shared/toolbox/unpack)
  eval "$environment"
fi
[ -n "${SPARKOBS_TOOLBOX:-}" ] || { echo "faults.sh: no toolbox: set SPARKOBS_TOOLBOX to a folder with spark-3.5.3, spark-4.3.0 and so on" >&2; exit 2; }

offline=()
if [ -n "${SPARKOBS_M2:-}" ]; then
  offline=(-o "-Dmaven.repo.local=$SPARKOBS_M2")
fi
mvn -B -q "${offline[@]}" -f jvm-shim/pom.xml package -Dmaven.test.skip=true
dotnet build tests/SparkObs.IntegrationTests -c Release --nologo -v quiet

mkdir -p artifacts
SPARKOBS_FAULTS_REPORT="$top/artifacts/faults.tsv"
export SPARKOBS_FAULTS_REPORT
rm -f "$SPARKOBS_FAULTS_REPORT"
status=0
CI=true dotnet test tests/SparkObs.IntegrationTests -c Release --no-build --nologo --filter "$filter" --logger 'console;verbosity=normal' || status=1

echo
echo '| | fault | injected | spans | events | s |'
echo '|--:|---|---|---|---|--:|'
[ ! -f "$SPARKOBS_FAULTS_REPORT" ] || sort -n "$SPARKOBS_FAULTS_REPORT" | sed 's/\t/ | /g; s/^/| /; s/$/ |/'
exit $status
