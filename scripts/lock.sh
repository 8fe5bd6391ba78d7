#!/bin/sh
# Chooses the versions of all dependencies anew, for every supported Python, with the hash of every file.
set -eu
cd "$(dirname "$0")/.."
compile() {
    env -u PIP_FIND_LINKS -u UV_FIND_LINKS .venv/bin/python -m uv pip compile --quiet --upgrade --universal --python-version 3.11 \
        --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links "$@"
}
compile pyproject.toml --group build --output-file requirements.lock
compile pyproject.toml --group build --group dev --constraint requirements.lock --output-file requirements-dev.lock
if grep -nE '://|--find-links|--index|/opt/' requirements.lock requirements-dev.lock; then
    echo "lock: an address or a path of this machine stands in the lock" >&2
    exit 1
fi
