#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Every source is formatted as .clang-format says.
source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

command -v clang-format >/dev/null || skip "no clang-format"
c_files | xargs -r clang-format --dry-run -Werror || fail "mend it with: clang-format -i FILE..."
finish
