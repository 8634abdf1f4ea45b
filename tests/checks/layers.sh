#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Who may include whom (see README.md): read from the include lines.
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

# Folder and what it may include besides itself; the longest matching folder counts.
allowed_by()
{
    case $1 in
    sim/*) echo sim ;;
    models/radio/* | models/clock/*) echo sim ;;
    models/lorawan/*) echo models/radio models/clock sim ;;
    models/server/*) echo models/lorawan models/packages models/radio models/clock sim ;;
    models/packages/*) echo models/lorawan models/radio models/clock sim ;;
    models/ip/*) echo sim ;;
    results/*) echo sim ;;
    tools/* | tests/*) echo sim models results tools tests ;;
    *) echo nothing ;;
    esac
}

while IFS=: read -r file line text; do
    [[ $text =~ [\"\<]([^\"\>]*)[\"\>] ]] || continue
    target=${BASH_REMATCH[1]}
    case $target in
    ns3/*) case $file in sim/ns3/* | tests/cross/*.cc) ;; *) fail "$file:$line: only sim/ns3 and its tests in tests/cross may include $target" ;; esac ;;
    esac
    [[ $text == *\"* ]] || continue # a library's header
    if [[ $target != */* || ! -e $target ]]; then
        fail "$file:$line: \"$target\" is not a path from the root of the sources"
        continue
    fi
    [ "${file%/*}" != "${target%/*}" ] || continue
    good=
    for folder in $(allowed_by "$file"); do
        [[ $target != "$folder"/* ]] || good=1
    done
    [ -n "$good" ] || fail "$file:$line: $(dirname "$file") may not include $target (only: $(allowed_by "$file"))"
done < <(c_files '*.c' '*.h' '*.cc' '*.hh' | xargs grep -nE '^[[:space:]]*#[[:space:]]*include' /dev/null)
finish
