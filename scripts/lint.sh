#!/bin/sh
# Style, types and the direction of imports. All checks run; fails if any of them does.
set -u
cd "$(dirname "$0")/.."
bin=.venv/bin
failed=
check() {
    name=$1
    shift
    echo "== $name"
    "$@" || failed="$failed $name;"
}
check "ruff check" $bin/ruff check --quiet src tests benchmarks
check "ruff format" $bin/ruff format --check --quiet src tests benchmarks
check "mypy" $bin/mypy --no-error-summary
check "import-linter" $bin/lint-imports --no-logo
if [ -n "$failed" ]; then
    echo "failed:$failed" >&2
    exit 1
fi
