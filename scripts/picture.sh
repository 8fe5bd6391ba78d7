#!/bin/sh
# Takes the README's picture: the first page of the report that `make up` wrote.
set -eu
cd "$(dirname "$0")/.."
report=out/global-2040/report.html
[ -f "$report" ] || sh scripts/up.sh
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
mkdir -p docs/images
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$profile" --window-size=1280,1560 \
    --virtual-time-budget=5000 --screenshot="$(pwd)/docs/images/report.png" "file://$(pwd)/$report" 2>/dev/null
echo docs/images/report.png
