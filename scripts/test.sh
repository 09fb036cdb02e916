#!/usr/bin/env bash
# The one test command: builds everything in Release, runs every suite, and prints as its last line
#   N passed, N failed, N skipped
# over all of them. Where CI=true and the toolbox stands beside the project, an integration test that skips is a failure:
# there is nothing that it could lack.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
results="$top/artifacts/test-results"
rm -rf "$results"
mkdir -p "$results"

command -v python3 > /dev/null || { echo "test.sh: needs python3, to read the suites' results" >&2; exit 2; }

passed=0 failed=0 skipped=0

# What failed, told once more at the end: the logs between are long.
failures="$results/failures.txt"
: > "$failures"

toolbox=no
if [ -x "$top/../shared/toolbox/unpack" ]; then
  environment=$("$top/../shared/toolbox/unpack")
  eval "$environment"
  toolbox=yes
fi

# Real servers that tests run against, where Debian has them and this may install them. What is missing is told by the tests' skips.
debian_packages() {
  local missing=()
  [ -d /usr/lib/postgresql ] || missing+=(postgresql)
  [ -x /usr/bin/prometheus ] || missing+=(prometheus)
  if [ ${#missing[@]} -eq 0 ] || [ "$(id -u)" -ne 0 ] || ! command -v apt-get > /dev/null; then
    return
  fi
  echo "== apt-get install ${missing[*]}"
  for _ in 1 2 3; do
    if { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}"; } > "$results/apt.log" 2>&1; then
      return
    fi
    sleep 5
  done
  tail -n 20 "$results/apt.log"
}

# count <suite> <passed> <failed> <skipped>
count() {
  passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
  printf '%s: %s passed, %s failed, %s skipped\n' "$1" "$2" "$3" "$4"
}

# breaks <suite> <why>: a suite that tells nothing is a failure, whatever it printed.
breaks() {
  printf '%s: %s\n' "$1" "$2" | tee -a "$failures" >&2
  failed=$((failed + 1))
}

# What a suite's results say after their first line, which has the numbers.
tell_notes() {
  tail -n +2 <<< "$1" | sed '/^$/d'
  tail -n +2 <<< "$1" | grep '^  failed ' >> "$failures" || true
}

# Reads a trx (Visual Studio's test results): "passed failed skipped" on the first line, then each skipped or failed test with its reason.
read_trx() {
  python3 - "$1" <<'PYTHON'
import sys
import xml.etree.ElementTree as xml

ns = {"t": "http://microsoft.com/schemas/VisualStudio/TeamTest/2010"}
run = xml.parse(sys.argv[1]).getroot()
tally = {"passed": 0, "failed": 0, "skipped": 0}
notes = []
for result in run.iterfind(".//t:UnitTestResult", ns):
    outcome = result.get("outcome", "")
    kind = {"Passed": "passed", "NotExecuted": "skipped"}.get(outcome, "failed")
    tally[kind] += 1
    if kind != "passed":
        reason = result.findtext("t:Output/t:ErrorInfo/t:Message", None, ns) or result.findtext("t:Output/t:StdOut", "no reason given", ns)
        notes.append(f"  {kind} {result.get('testName')}: {' '.join(reason.split())[:2000]}")
print(tally["passed"], tally["failed"], tally["skipped"])
print("\n".join(notes))
PYTHON
}

dotnet_suite() {
  local project=$1 name trx read numbers status=0
  name=$(basename "$project" .csproj)
  trx="$results/$name.trx"
  echo "== $name"
  dotnet test "$project" -c Release --no-build --nologo -v quiet --logger "trx;LogFileName=$trx" || status=$?
  if [ ! -s "$trx" ] || ! read=$(read_trx "$trx"); then
    breaks "$name" "the run left no results"
    return
  fi
  numbers=$(head -n 1 <<< "$read")
  tell_notes "$read"
  # shellcheck disable=SC2086  # three numbers
  count "$name" $numbers
  if [ "$status" -ne 0 ] && [[ "$numbers" == *" 0 "* ]]; then
    breaks "$name" "dotnet test ended with $status although no test failed"
  fi
  if [ "${CI:-}" = true ] && [ "$toolbox" = yes ] && [[ "$name" == *Integration* ]] && [ "${numbers##* }" -gt 0 ]; then
    breaks "$name" "skipped tests although the toolbox is here"
  fi
}

maven=(mvn -B -q)
if [ -n "${SPARKOBS_M2:-}" ]; then
  maven+=(-o "-Dmaven.repo.local=$SPARKOBS_M2")
fi

# The jar becomes a part of the CLI and of the library's package. Sets why_no_jar where it cannot be built.
why_no_jar=
build_jar() {
  echo "== jvm-shim's jar"
  if ! command -v mvn > /dev/null; then
    why_no_jar="no mvn on the PATH"
  elif ! "${maven[@]}" -f "$top/jvm-shim/pom.xml" package -Dmaven.test.skip=true; then
    why_no_jar="mvn package failed (without the toolbox it needs Maven Central)"
  fi
  if [ -n "$why_no_jar" ]; then
    echo "  skipped jvm-shim: $why_no_jar; sparkobs is built without its jar, and live traces are not tested"
    count jvm-shim 0 0 1
    if [ "${CI:-}" = true ]; then
      breaks jvm-shim "$why_no_jar"
    fi
  fi
}

# Surefire and failsafe write one XML a class.
maven_suite() {
  local module=$1 read numbers status=0
  echo "== $module"
  rm -rf "$top/$module"/target/{surefire,failsafe}-reports
  "${maven[@]}" -f "$top/$module/pom.xml" verify > "$results/$module.log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    tail -n 300 "$results/$module.log"
  fi
  read=$(python3 - "$top/$module" <<'PYTHON'
import pathlib
import sys
import xml.etree.ElementTree as xml

total = failed = skipped = 0
notes = []
for report in pathlib.Path(sys.argv[1]).glob("target/*-reports/TEST-*.xml"):
    for case in xml.parse(report).getroot().iter("testcase"):
        total += 1
        broken = next((child for child in case if child.tag in ("failure", "error")), None)
        if broken is not None:
            failed += 1
            notes.append(f"  failed {case.get('classname')}.{case.get('name')}: {' '.join((broken.get('message') or broken.text or '').split())[:2000]}")
        elif (skip := case.find("skipped")) is not None:
            skipped += 1
            notes.append(f"  skipped {case.get('classname')}.{case.get('name')}: {skip.get('message') or 'no reason given'}")
print(total - failed - skipped, failed, skipped)
print("\n".join(notes))
PYTHON
  )
  numbers=$(head -n 1 <<< "$read")
  tell_notes "$read"
  # shellcheck disable=SC2086  # three numbers
  count "$module" $numbers
  if [ "$numbers" = "0 0 0" ]; then
    breaks "$module" "the run left no results"
  elif [ "$status" -ne 0 ] && [[ "$numbers" == *" 0 "* ]]; then
    breaks "$module" "mvn verify ended with $status although no test failed"
  fi
}

has_jar() {
  [ -n "$(find "$1/tools" -name sparkobs-shim.jar)" ] \
    && python3 -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).getinfo("buildTransitive/sparkobs-shim.jar")' "$1"/feed/SparkObs.Spark.*.nupkg
}

brings_no_spark() {
  python3 - "$1"/feed/SparkObs.Spark.{Tasks,MicrosoftSpark}.*.nupkg <<'PYTHON'
import sys
import zipfile

for path in sys.argv[1:]:
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
        nuspec = package.read(next(name for name in names if name.endswith(".nuspec"))).decode()
        if "Microsoft.Spark\"" in nuspec or any(name.endswith("/Microsoft.Spark.dll") for name in names):
            sys.exit(f"{path} brings Microsoft.Spark")
PYTHON
}

# One test: the CLI as a .NET tool, packed, installed from a local folder and run; the jar in it and in the library's package; the packages
# for .NET for Apache Spark, which bring no Microsoft.Spark.
package_suite() {
  local at said
  echo "== package"
  at=$(mktemp -d)
  if dotnet pack src/SparkObs.Cli -c Release --no-build --nologo -v quiet -o "$at/feed" \
    && dotnet tool install SparkObs.Cli --tool-path "$at/tools" --source "$at/feed" > "$at/log" 2>&1 \
    && said=$("$at/tools/sparkobs" replay tests/eventlogs/3.5.3-failures) \
    && [[ "$said" == *"What stands out"* ]] \
    && dotnet pack src/SparkObs.Spark -c Release --no-build --nologo -v quiet -o "$at/feed" \
    && { [ -n "$why_no_jar" ] || has_jar "$at"; } \
    && dotnet pack src/SparkObs.Spark.Tasks -c Release --no-build --nologo -v quiet -o "$at/feed" \
    && dotnet pack src/SparkObs.Spark.MicrosoftSpark -c Release --no-build --nologo -v quiet -o "$at/feed" \
    && brings_no_spark "$at"; then
    count package 1 0 0
  else
    cat "$at/log" >&2 || true
    count package 0 1 0
    echo "  failed package: the CLI packed, installed and run" >> "$failures"
  fi
  rm -rf "$at"
}

if [ "$toolbox" = yes ]; then
  debian_packages
fi
build_jar
echo "== build"
if dotnet build SparkObs.Spark.sln -c Release --nologo -v quiet; then
  for project in tests/*/*Tests.csproj; do
    dotnet_suite "$project"
  done
  package_suite
else
  breaks build "dotnet build failed"
fi
if [ -z "$why_no_jar" ]; then
  maven_suite jvm-shim
fi

echo
cat "$failures"
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
