#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# castbed sweep: the same content for any --jobs, after a kill too; wrong options and scenarios are refused; failed runs
# are told and made up for.
set -euo pipefail

castbed=$BUILD_DIR/castbed
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >cell.yaml <<'EOF'
run: {duration: 10min}
networks:
  - name: net
    gateways:
      - {name: gw, placement: {kind: list, points: [{x: 0m, y: 0m}]}}
devices:
  - name: meters
    count: 10
    placement: {kind: disc, radius: 1km}
    traffic: {kind: poisson, period: 60s}
store: {level: frames}
EOF
varied=(--seeds 1..4 --vary "devices.meters.count=10,20")

dump()
{
    sqlite3 "$1" .dump | sha256sum
}

expect()
{
    local wanted=$1 code=0
    shift
    "$@" >out 2>err || code=$?
    if [ "$code" -ne "$wanted" ]; then
        echo "exit code $code, not $wanted: $*" >&2
        cat err >&2
        exit 1
    fi
}

# 1. Any number of jobs.
expect 0 "$castbed" sweep cell.yaml "${varied[@]}" --jobs 1 -o one.db
expect 0 "$castbed" sweep cell.yaml "${varied[@]}" --jobs 4 -o four.db
[ ! -s err ] && [ ! -s out ]
[ "$(dump one.db)" = "$(dump four.db)" ]
[ "$(sqlite3 one.db "SELECT count(*) || ' ' || sum(status = 'complete') FROM run")" = '8 8' ]
[ ! -e one.db.parts ] && [ ! -e four.db.parts ]

# 2. A run of the sweep is the run that castbed run makes.
expect 0 "$castbed" run cell.yaml --seed 1 --set devices.meters.count=10 -o single.db --quiet
for table in node tx rx loss traffic_stat device_stat gateway_stat; do
    [ "$(sqlite3 one.db "SELECT * FROM $table WHERE run = 1")" = "$(sqlite3 single.db "SELECT * FROM $table")" ]
done

# 3. Killed and taken up again. The wrapper kills the sweep when the third run starts, once.
cat >wrapper <<EOF
#!/usr/bin/env bash
echo "\$1" >>starts
if [ "\$1" = run ] && [ "\$(grep -c run starts)" -eq 3 ]; then
    kill -9 \$PPID
fi
exec "$castbed" "\$@"
EOF
chmod +x wrapper
"$castbed" sweep cell.yaml "${varied[@]}" --jobs 1 --program ./wrapper -o killed.db 2>/dev/null &&
    { echo "the sweep was not killed" >&2; exit 1; }
[ -d killed.db.parts ] && [ ! -s killed.db ]
expect 0 "$castbed" sweep cell.yaml "${varied[@]}" --jobs 2 --program ./wrapper -o killed.db
grep -q 'of 8 runs are there already' err
[ "$(dump one.db)" = "$(dump killed.db)" ]

# 4. A run that fails: told, the others are there, and the same command makes up for it.
cat >flaky <<EOF
#!/usr/bin/env bash
if [ "\$1" = run ] && [ ! -e mended ]; then
    case "\$*" in *"--seed 2 "*) echo "boom" >&2; exit 3 ;; esac
fi
exec "$castbed" "\$@"
EOF
chmod +x flaky
expect 3 "$castbed" sweep cell.yaml --seeds 1..3 --program ./flaky -o flaky.db
grep -q 'seed 2' err && grep -q boom err
[ "$(sqlite3 flaky.db 'SELECT group_concat(seed) FROM run')" = 1,3 ]
touch mended
expect 0 "$castbed" sweep cell.yaml --seeds 1..3 --program ./flaky -o flaky.db
[ "$(sqlite3 flaky.db 'SELECT group_concat(seed) FROM run')" = 1,3,2 ]

# 5. Nothing twice.
expect 0 "$castbed" sweep cell.yaml "${varied[@]}" -o one.db
[ "$(dump one.db)" = "$(dump four.db)" ]

# 6. Bad usage and bad input: exit code 2, nothing made.
expect 2 "$castbed" sweep
expect 2 "$castbed" sweep cell.yaml
expect 2 "$castbed" sweep cell.yaml -o x.db --seeds 3..1
expect 2 "$castbed" sweep cell.yaml -o x.db --vary nothing
expect 2 "$castbed" sweep cell.yaml -o x.db --vary run.duratoin=1min,2min
grep -q 'duration' err # did you mean
expect 2 "$castbed" sweep cell.yaml -o x.db --vary run.duration=1min,blue
expect 2 "$castbed" sweep missing.yaml -o x.db
[ ! -e x.db ] && [ ! -e x.db.parts ]

# 7. A database that is not ours stays as it is: exit code 3.
printf 'this is not a database, but long enough to be taken for one' >foreign.db
expect 3 "$castbed" sweep cell.yaml -o foreign.db
[ "$(cat foreign.db)" = 'this is not a database, but long enough to be taken for one' ]
