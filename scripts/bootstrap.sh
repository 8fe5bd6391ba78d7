#!/bin/sh
# Makes .venv with the locked dependencies and this package in it. Usage: bootstrap.sh [run|dev]
# Needs Python 3.11, 3.12 or 3.13 and access to a package registry; repeated calls do nothing until something changed.
set -eu
cd "$(dirname "$0")/.."

want=${1:-run}
case $want in
    run) lock=requirements.lock ;;
    dev) lock=requirements-dev.lock ;;
    *) echo "bootstrap: '$want' is neither run nor dev" >&2; exit 2 ;;
esac

say() { printf '%s\n' "$*" >&2; }

# Is this a command that runs, and a Python that we support?
fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; }

find_python() {
    for candidate in ${COMITY_PYTHON:-} python3.11 python3.12 python3.13 python3 python; do
        if fits "$candidate"; then
            echo "$candidate"
            return 0
        fi
    done
    say "bootstrap: no Python 3.11, 3.12 or 3.13 found. Install one (on Debian 12: apt-get install python3),"
    say "or name it: COMITY_PYTHON=/path/to/python3.12"
    return 1
}

apt_install() {
    if ! command -v apt-get >/dev/null 2>&1; then return 1; fi
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root=sudo
    else
        return 1
    fi
    $as_root apt-get update -q >&2 || true
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends "$@" >&2
}

make_venv() {
    python=$1
    rm -rf .venv
    if "$python" -c 'import ensurepip' >/dev/null 2>&1 && "$python" -m venv .venv >/dev/null 2>&1; then return 0; fi
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    say "bootstrap: $python cannot make environments by itself; installing python$version-venv"
    if apt_install "python$version-venv" || apt_install python3-venv; then
        rm -rf .venv
        "$python" -m venv .venv
        return 0
    fi
    rm -rf .venv
    if "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m venv --without-pip .venv
        return 0
    fi
    say "bootstrap: Python's venv and pip are missing and cannot be installed without administrator's rights."
    say "Ask for: apt-get install python3-venv"
    return 1
}

# The environment's own pip, or another's that works on it.
pip_install() {
    if .venv/bin/python -m pip --version >/dev/null 2>&1; then
        .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"
    else
        "$python" -m pip --python .venv/bin/python install --quiet --disable-pip-version-check "$@"
    fi
}

# What the environment must agree with; it also holds the place, since an environment cannot be moved.
state() { { pwd; cat "$1" pyproject.toml scripts/bootstrap.sh; } | cksum; }

ready() {
    [ -x .venv/bin/python ] && fits .venv/bin/python &&
        [ -f ".venv/.ready-$want" ] && [ "$(cat ".venv/.ready-$want")" = "$(state "$lock")" ]
}

if ready; then exit 0; fi
python=$(find_python)
if [ ! -x .venv/bin/python ] || ! fits .venv/bin/python || [ ! -f .venv/.place ] || [ "$(cat .venv/.place)" != "$(pwd)" ]; then
    say "Making .venv with $("$python" --version)"
    make_venv "$python"
    pwd >.venv/.place
fi
rm -f .venv/.ready-*
say "Installing the locked dependencies ($lock)"
pip_install --require-hashes --requirement "$lock"
pip_install --no-deps --no-build-isolation --editable .
state "$lock" >".venv/.ready-$want"
if [ "$want" = dev ]; then state requirements.lock >.venv/.ready-run; fi
