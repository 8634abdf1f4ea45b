#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Licence line first, short functions, short files, no work left for later.
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

licence='SPDX-License-Identifier: GPL-2.0-only'
max_file=600
max_function=80
max_dispatch=120 # where the comment above the function says "dispatch"

while read -r file; do
    line=1
    [ "$(head -c 2 "$file")" != '#!' ] || line=2
    sed -n "${line}p" "$file" | grep -qF "$licence" || fail "$file:$line: no line '$licence'"
done < <(c_files '*.c' '*.h' '*.cc' '*.hh' '*.sh' '*.bash' '*.cmake' 'CMakeLists.txt')

# Tests are lists of cases: their lengths are free.
while read -r n file; do
    [ "$n" -le $max_file ] || fail "$file: $n lines, at most $max_file"
done < <(c_files | grep -v '^tests/' | xargs wc -l | grep -v ' total$')

# A function's body stands between a { and a } in the first column.
# shellcheck disable=SC2016
while read -r complaint; do
    fail "$complaint"
done < <(c_files '*.c' | grep -v '^tests/' | xargs awk -v short=$max_function -v long=$max_dispatch '
    FNR == 1 { above = ""; start = 0 }
    /^{/ { start = FNR; limit = above ~ /dispatch/ ? long : short }
    /^}/ && start {
        if (FNR - start + 1 > limit)
            printf "%s:%d: function of %d lines, at most %d\n", FILENAME, start, FNR - start + 1, limit
        start = 0
    }
    /^}/ || /^$/ { above = "" }
    !/^}/ { above = above $0 }')

# gcc lets it pass, clang does not (the fuzz targets are built with it).
if wide=$(c_files '*.c' '*.h' | xargs grep -nE '^(enum .*|    [A-Z0-9_]+ )= *UINT(32|64)_MAX' /dev/null); then
    fail "enumerators above INT_MAX are no ISO C; use #define:"$'\n'"$wide"
fi
if todo=$(c_files '*.c' '*.h' '*.cc' '*.hh' | xargs grep -nwE 'TODO|FIXME|XXX' /dev/null); then
    fail "work left for later:"$'\n'"$todo"
fi
finish
