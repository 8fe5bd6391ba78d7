#!/bin/sh
# Sets everything up, checks the code, and runs the tests; more arguments go to pytest. Fails if any of it does.
set -u
cd "$(dirname "$0")/.."
sh scripts/bootstrap.sh dev || exit 1

if ! command -v chromium >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing chromium, for the tests that look at the report"
    apt-get update -q >/dev/null 2>&1
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium >/dev/null 2>&1
fi
command -v chromium >/dev/null 2>&1 || echo "No chromium: the tests that look at the report are skipped (apt-get install chromium)"

if ! command -v initdb >/dev/null 2>&1 && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 &&
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing postgresql, for the tests of records kept in it"
    apt-get update -q >/dev/null 2>&1
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends postgresql >/dev/null 2>&1
fi

if ! command -v hledger >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing hledger, for the tests that read a ledger's export with it"
    apt-get update -q >/dev/null 2>&1
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends hledger >/dev/null 2>&1
fi
command -v hledger >/dev/null 2>&1 || echo "No hledger: the tests of exports to it are skipped (apt-get install hledger)"

if ! command -v stilts >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing stilts, for the tests that check the archive's protocols with it"
    apt-get update -q >/dev/null 2>&1
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends stilts >/dev/null 2>&1
fi
command -v stilts >/dev/null 2>&1 || echo "No stilts: the tests of the archive with it are skipped (apt-get install stilts)"

sh scripts/lint.sh
lint=$?
[ $lint = 0 ] || echo "The checks above failed; the tests run all the same."
.venv/bin/python -m pytest -n 2 "$@"
tests=$?
[ $tests != 0 ] && exit $tests
exit $lint
