#!/usr/bin/env bash
# Shows sparkobs on a machine that has only the .NET SDK: builds it, and replays the event log of a real application that failed.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

command -v dotnet > /dev/null || { echo "demo: needs the .NET 10 SDK (dotnet) on the PATH" >&2; exit 2; }

log="$top/tests/eventlogs/3.5.3-failures"
cat <<TEXT
The event log of a PySpark application on Spark 3.5.3, recorded as it ran (tests/eventlogs/3.5.3-failures):
jobs whose tasks fail, a query that was cancelled, and queries that went well.

  scripts/sparkobs replay tests/eventlogs/3.5.3-failures

(the first run builds sparkobs, which takes about half a minute)

TEXT
"$top/scripts/sparkobs" replay "$log"
cat <<'TEXT'

The same as OpenTelemetry spans, into a collector or Jaeger (OTLP over gRPC):
  scripts/sparkobs replay --output otlp --endpoint http://localhost:4317 tests/eventlogs/3.5.3-failures
and as lines of OTLP/JSON:
  scripts/sparkobs replay --output otlp-json -o spans.jsonl tests/eventlogs/3.5.3-failures
TEXT
