# SPDX-License-Identifier: GPL-2.0-only
# Shared by the checks: where the sources are, and how a check ends. Sourced, not run.
set -euo pipefail
SOURCE_DIR=${SOURCE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
BUILD_DIR=${BUILD_DIR:-$SOURCE_DIR/build}
CC=${CC:-gcc}
cd "$SOURCE_DIR"

# c_files [NAME-PATTERN]...: our C sources, sorted; without patterns *.c and *.h.
c_files()
{
    [ $# -gt 0 ] || set -- '*.c' '*.h'
    local args=(-name "$1")
    shift
    local pattern
    for pattern; do
        args+=(-o -name "$pattern")
    done
    find sim models results tools tests -type f \( "${args[@]}" \) | LC_ALL=C sort
}

n_failed=0
fail()
{
    echo "$*" >&2
    n_failed=$((n_failed + 1))
}

finish()
{
    if [ "$n_failed" -gt 0 ]; then
        echo "$n_failed failed" >&2
        exit 1
    fi
    exit 0
}

skip()
{
    echo "skipped: $*"
    exit 77
}
