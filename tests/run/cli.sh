#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The command line as a user meets it: usage, typing errors, interruption, databases and folders that cannot be used.
# Exit codes: 0 done, 2 bad usage or input, 3 could not finish; what was complete stays so.
set -euo pipefail

castbed=$BUILD_DIR/castbed
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
chmod 755 "$dir"
cd "$dir"
cat >cell.yaml <<'EOT'
run: {duration: 10min}
networks: [{name: net, gateways: [{name: gw, placement: {kind: list, points: [{x: 0m, y: 0m}]}}]}]
devices: [{name: dev, count: 5, placement: {kind: disc}}]
EOT
long=(--set run.duration=20000h --set devices.dev.count=2000)
large=(--set run.duration=20h --set devices.dev.count=300 --set store.level=frames)

# expect CODE TEXT COMMAND...: the exit code, and a text in standard error ('' for silence there).
expect()
{
    local wanted=$1 text=$2 code=0
    shift 2
    "$@" >out 2>err </dev/null || code=$?
    if [ "$code" -ne "$wanted" ] || { [ -n "$text" ] && ! grep -qF -- "$text" err; } ||
        { [ -z "$text" ] && [ -s err ]; }; then
        echo "exit code $code, not $wanted, or no \"$text\" in: $*" >&2
        cat err >&2
        exit 1
    fi
}

runs()
{
    sqlite3 "$1" "SELECT group_concat(id || status, ' ') FROM run"
}

# 1. Usage.
expect 2 'usage: castbed COMMAND' "$castbed"
expect 2 'did you mean run?' "$castbed" rnu
expect 2 'castbed -h lists them' "$castbed" --colour
for command in run check plot calc sweep; do
    expect 0 '' "$castbed" "$command" -h
    [ -s out ]
    expect 2 "castbed $command" "$castbed" "$command"
done
expect 0 '' "$castbed" -h
expect 0 '' "$castbed" --version
expect 2 'did you mean --seed?' "$castbed" run --sed 3 cell.yaml
expect 2 'option --seed needs a value' "$castbed" run cell.yaml --seed
expect 2 'there is no option -z' "$castbed" run -qz cell.yaml
expect 2 'option --quiet=1 takes no value' "$castbed" run --quiet=1 cell.yaml
expect 2 'did you mean --quiet?' "$castbed" check --quit cell.yaml
expect 2 'one scenario at a time, found 2' "$castbed" run cell.yaml cell.yaml
expect 2 'nofile.yaml: cannot read the scenario' "$castbed" run nofile.yaml
expect 2 'nofile.yaml: cannot read the scenario' "$castbed" check nofile.yaml cell.yaml

# 2. Overrides.
expect 2 '--set nonsense: found no =' "$castbed" run cell.yaml --set nonsense
expect 2 '--set =3: found an empty name' "$castbed" run cell.yaml --set =3
expect 2 'did you mean "count"?' "$castbed" run cell.yaml --set devices.dev.cuont=3
expect 2 'found no item "foo"' "$castbed" run cell.yaml --set devices.foo.count=3
expect 2 'found index [3]' "$castbed" run cell.yaml --set 'devices[3].count=3'
expect 2 '--set run.seed=-5: run.seed: found "-5"' "$castbed" run cell.yaml --seed -5
[ "$(ls)" = "$(printf 'cell.yaml\nerr\nout')" ]

# 3. A run: silence in pipes but for the summary; from standard input too.
expect 0 'devices: 5' "$castbed" run cell.yaml
[ "$(wc -l <err)" -eq 1 ] && [ ! -s out ]
expect 0 '' "$castbed" run cell.yaml --quiet
[ "$(runs cell.db)" = '1complete 2complete' ]
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then # a progress line on a terminal
    script -qec "'$castbed' run cell.yaml ${long[*]} --set run.duration=200h -o tty.db" /dev/null </dev/null >out
    grep -q 'h simulated' out && grep -q 'run 1 in tty.db' out
fi
"$castbed" run cell.yaml --run 7 -o seven.db --quiet
[ "$(sqlite3 seven.db 'SELECT run_number FROM run')" -eq 7 ]
"$castbed" run - --quiet <cell.yaml
[ "$(runs stdin.db)" = 1complete ]
"$castbed" check - <cell.yaml | "$castbed" check - --quiet
expect 2 '<stdin>:1:1: the file is empty' "$castbed" run -

# 4. Databases and folders that cannot be used.
printf 'this is not a database, but long enough to be taken for one' >text.db
sqlite3 foreign.db 'CREATE TABLE t(a)'
sha256sum text.db foreign.db >sums
expect 3 'is not a castbed database' "$castbed" run cell.yaml -o text.db
expect 3 'a database of another program' "$castbed" run cell.yaml -o foreign.db
sha256sum --quiet -c sums
expect 3 'No such file or directory' "$castbed" run cell.yaml -o nowhere/x.db
expect 3 'Is a directory' "$castbed" run cell.yaml -o .
expect 3 'cannot be used as a folder' "$castbed" run cell.yaml -o y.db --pcap cell.yaml
[ ! -e y.db ]
[ ! -w /dev/full ] || {
    code=0
    "$castbed" check cell.yaml >/dev/full 2>err || code=$?
    [ "$code" -eq 3 ] && grep -q 'cannot be written' err
}
if [ "$(id -u)" -ne 0 ]; then
    mkdir ro
    cp cell.db ro
    chmod 444 ro/cell.db
    chmod 555 ro
    expect 3 'cannot be written' "$castbed" run cell.yaml -o ro/cell.db
    expect 3 'Permission denied' "$castbed" run cell.yaml -o ro/new.db
fi
(
    sqlite3 cell.db <<<'BEGIN IMMEDIATE;
.shell touch locked; while [ ! -e unlock ]; do sleep 0.05; done'
) &
while [ ! -e locked ]; do sleep 0.02; done
expect 3 'locked by another program' "$castbed" run cell.yaml
touch unlock
wait
[ "$(runs cell.db)" = '1complete 2complete' ]

# 5. No room: the run before stays.
"$castbed" run cell.yaml -o small.db --quiet
(
    ulimit -f 600
    expect 3 'no room left' "$castbed" run cell.yaml "${large[@]}" -o small.db
)
sqlite3 small.db 'PRAGMA integrity_check' | grep -qx ok
[ "$(runs small.db)" = '1complete 2incomplete' ]

# 6. Stopped by hand and killed.
# begin DB RUNS: a long run in the background; returns when it stands in the database.
begin()
{
    "$castbed" run cell.yaml "${long[@]}" -o "$1" 2>err &
    pid=$!
    while [ "$(sqlite3 "$1" 'SELECT count(*) FROM run' 2>/dev/null || echo 0)" -lt "$2" ]; do
        sleep 0.02
    done
}
begin cell.db 3
kill -INT "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 3 ] && grep -q 'run 3 in cell.db is marked incomplete' err
begin cell.db 4
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
expect 0 '' "$castbed" run cell.yaml --quiet
[ "$(runs cell.db)" = '1complete 2complete 3incomplete 4incomplete 5complete' ]
[ "$(sqlite3 cell.db 'SELECT count(*) FROM node WHERE run = 5')" -eq 7 ]
