#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Every scenario of scenarios/ is valid and says first which question it answers;
# scenarios/README.md is what the tables of keys print.
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

castbed=$BUILD_DIR/castbed
shopt -s nullglob
files=(scenarios/*.yaml)
[ ${#files[@]} -gt 0 ] || fail "no scenarios/*.yaml"

for file in "${files[@]}"; do
    [ "$(head -c 2 "$file")" = '# ' ] || fail "$file:1: the first line is no comment that says what it answers"
    "$castbed" check "$file" >/dev/null || fail "$file: not valid"
done

"$castbed" check --reference | diff -u scenarios/README.md - ||
    fail "scenarios/README.md is old: build/castbed check --reference > scenarios/README.md"
finish
