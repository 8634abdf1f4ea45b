#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Every header compiles alone, with the warnings of the build, and carries its own guard.
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

read -ra libraries < <(pkg-config --cflags nettle libfyaml sqlite3 libuv jansson cmocka; echo)
flags=(-std=c17 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -Werror -D_POSIX_C_SOURCE=200809L -I. "${libraries[@]}")

while read -r header; do
    case $header in sim/ns3/*) continue ;; esac
    # Twice: the second time only the guard keeps it from failing.
    printf '#include "%s"\n#include "%s"\nint compiles_alone;\n' "$header" "$header" |
        "$CC" "${flags[@]}" -fsyntax-only -x c - || fail "$header: does not compile alone"
done < <(c_files '*.h')
finish
