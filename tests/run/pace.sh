#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# run.pace: wall takes as long as it simulates, ends at Ctrl-C with what there is, and changes no row; it is refused on ns-3's
# simulator, and taps are refused without it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >s.yaml <<'END'
run: {duration: 1200ms}
networks: [{name: net, gateways: [{name: gw, placement: {kind: list, points: [{x: 0m, y: 0m}]}}]}]
devices:
  - name: dev
    count: 20
    placement: {kind: disc, radius: 1km}
    traffic: {kind: periodic, period: 300ms, size: 10B}
END
"$BUILD_DIR/castbed" run s.yaml -o free.db --set store.level=all --quiet
before=$(date +%s%N)
"$BUILD_DIR/castbed" run s.yaml -o wall.db --set store.level=all --set run.pace=wall 2>said
took=$((($(date +%s%N) - before) / 1000000))
[ "$took" -ge 1200 ] || { echo "1200 ms took $took ms" >&2; exit 1; }
grep -q '^events late by [0-9.]* ms on average, [0-9.]* ms at most$' said || { cat said >&2; exit 1; }

# All tables but those of how it was run.
rows()
{
    sqlite3 "$1" .dump | grep -v '^INSERT INTO \(run\|param\) '
}
[ "$(sqlite3 free.db 'SELECT count(*) >= 20 FROM tx')" = 1 ] || { echo "too few rows" >&2; exit 1; }
cmp <(rows free.db) <(rows wall.db)

"$BUILD_DIR/castbed" run s.yaml -o stopped.db --set run.pace=wall --set run.duration=1h --quiet &
sleep 0.4
kill -INT $!
code=0
wait $! || code=$?
[ "$code" = 3 ] || { echo "exit code $code, not 3" >&2; exit 1; }
[ "$(sqlite3 stopped.db 'SELECT status FROM run')" = incomplete ] || { sqlite3 stopped.db 'SELECT * FROM run' >&2; exit 1; }
