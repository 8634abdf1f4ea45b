# SPDX-License-Identifier: GPL-2.0-only
# What the tests of plots share: a folder that goes with the script, and checks of pictures and of the scripts behind them.
# A test begins with:  . "$(dirname "$0")/plots.bash"

set -euo pipefail
castbed=$BUILD_DIR/castbed
scenarios=$SOURCE_DIR/scenarios
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

fail()
{
    echo "$*" >&2
    exit 1
}

# draws KIND FILE.db [OPTION...]: and leaves the script in script.gp
draws()
{
    "$castbed" plot "$@" -o script.gp 2>said || { cat said >&2; fail "plot $*"; }
    [ ! -s said ] || fail "plot $* says: $(cat said)"
    command -v gnuplot >/dev/null || return 0
    "$castbed" plot "$@" -o one.svg 2>said || { cat said >&2; fail "plot $*"; }
    [ ! -s said ] || fail "plot $* says: $(cat said)"
    "$castbed" plot "$@" -o two.svg
    cmp one.svg two.svg
    [ "$(grep -c "<svg" one.svg)" -eq 1 ] || fail "plot $*: not one picture"
    "$castbed" plot "$@" --width 85 -o narrow.svg 2>said || { cat said >&2; fail "plot $* --width 85"; }
    [ ! -s said ] || fail "plot $* --width 85 says: $(cat said)"
}

# refused CODE PART KIND FILE.db [OPTION...]
refused()
{
    local wanted=$1 part=$2 code=0
    shift 2
    "$castbed" plot "$@" -o none.svg 2>said || code=$?
    [ "$code" -eq "$wanted" ] || fail "plot $*: exit code $code, not $wanted"
    grep -qF -- "$part" said || fail "plot $* says: $(cat said)"
    [ ! -e none.svg ] || fail "plot $* left a picture"
}

# value NAME [FILE.gp]: a variable of a script; not given: of the last that was drawn.
value()
{
    sed -n "s/^$1 = //p" "${2:-script.gp}"
}

# block NAME: a data block of the script.
block()
{
    sed -n "/^\\\$$1 << EOD/,/^EOD/p" script.gp | sed '1d;$d;/^$/d'
}

same()
{
    [ "$1" = "$2" ] || fail "$3: $1, not $2"
}
