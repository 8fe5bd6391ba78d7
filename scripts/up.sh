#!/bin/sh
# Sets everything up, plans the bundled real programme within a minute, and opens its report.
set -eu
cd "$(dirname "$0")/.."
sh scripts/bootstrap.sh run
exec .venv/bin/comity plan programmes/global-2040 --time 60 --out out/global-2040 --open
