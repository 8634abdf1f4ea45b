#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# IP networks, ns-3's links included: two processes give the same database, and a group of nodes behind the others
# changes no row of theirs. (Other orders of same-time events are not for ns-3's models.)
set -euo pipefail
[ -r "$BUILD_DIR/castbed-ns3.so" ] || { echo "skipped: no bridge"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

run_to()
{
    local db=$1
    shift
    "$BUILD_DIR/castbed" run "$@" -o "$db" --set store.level=all --quiet
}

same()
{
    cmp -s "$1" "$2" && return
    echo "$3:" >&2
    diff "$1" "$2" | head -n 20 >&2
    exit 1
}

ip_net()
{
    cat <<END
run: {duration: 3min, seed: 5}
ip:
  nodes:
    - {name: r, kind: router}
    - {name: sw, kind: snooping_switch}
    - {name: hosts, count: 12}
    - {name: source}
    $1
  links:
    - {name: lan, each: hosts, to: sw, rate: 10Mbps, loss: 10%}
    - {name: trunk, nodes: "r sw", loss: 5%}
    - {name: wan, nodes: "r source", kind: point_to_point, rate: 2Mbps, delay: 3ms}
    $2
  memberships: [{nodes: hosts, group: ff15::1, join: 10s, leave: 2min}]
  traffic: [{name: t, source: source, group: ff15::1, period: 50ms, size: 400B}]
  faults: [{link: lan/3, from: 30s, to: 50s}]
END
}
ip_net '' '' >ip.yaml
run_to ip-1.db ip.yaml
run_to ip-2.db ip.yaml
sqlite3 ip-1.db .dump >ip-1.dump
sqlite3 ip-2.db .dump >ip-2.dump
same ip-1.dump ip-2.dump "an IP network in two processes"
ip_net '- {name: others, count: 3}' '- {name: barn, nodes: others, loss: 50%}' >ip-with.yaml
run_to ip-3.db ip-with.yaml
for table in ip_received ip_membership ip_forwarding ip_flow_stat ip_join ip_drop; do
    sqlite3 ip-1.db "SELECT * FROM $table" | sort >ip-1.rows
    sqlite3 ip-3.db "SELECT * FROM $table WHERE node NOT IN (SELECT id FROM node WHERE group_name = 'others')" | sort >ip-3.rows
    [ -s ip-1.rows ] || { echo "no rows of $table" >&2; exit 1; }
    same ip-1.rows ip-3.rows "$table with other nodes behind"
done

# in_both_orders NAME OPTION...: at tree fidelity the order of same-time events changes no row.
in_both_orders()
{
    local name=$1 order table
    shift
    for order in fifo lifo; do
        rm -f order.db
        run_to order.db "$@" --set ip.fidelity=tree --set run.tie_order=$order
        for table in $(sqlite3 order.db "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'ip_%'"); do
            echo "$table"
            sqlite3 order.db "SELECT * FROM $table" | sort
        done >$order.rows
    done
    [ "$(wc -l <fifo.rows)" -gt 50 ] || { echo "$name: hardly a row" >&2; exit 1; }
    same fifo.rows lifo.rows "$name with ties first in, first out and last in, first out"
}

# PIM: the same again, and at tree fidelity in either order of same-time events.
for scenario in ip-room-a ip-pim-sm-spt ip-pim-lan-override ip-assert ip-link-failure; do
    file=$SOURCE_DIR/scenarios/$scenario.yaml
    for run in 1 2; do
        rm -f pim-$run.db
        run_to pim-$run.db "$file" --set run.duration=65s
        sqlite3 pim-$run.db .dump >pim-$run.dump
    done
    same pim-1.dump pim-2.dump "$scenario in two processes"
    in_both_orders "$scenario" "$file" --set run.duration=65s
done

# Everything takes whole milliseconds here: Registers, Bootstrap messages, data and timers meet at one instant all the time.
cat >mesh.yaml <<'END'
run: {duration: 200s, seed: 1}
ip:
  pim: {candidate_bsrs: [{nodes: "r/0 r/5", priority: 70}, {nodes: r/8}], candidate_rps: [{nodes: "r/2 r/4 r/7"}]}
  nodes:
    - {name: r, kind: router, multicast_routing: pim, count: 9}
    - {name: source, count: 3}
    - {name: member, count: 4}
  links:
    - {name: campus, nodes: "source r/0 r/1", delay: 1ms}
    - {name: a, nodes: "r/0 r/1", kind: point_to_point, delay: 1ms}
    - {name: b, nodes: "r/0 r/2", kind: point_to_point, delay: 1ms}
    - {name: c, nodes: "r/0 r/3", kind: point_to_point, delay: 1ms}
    - {name: d, nodes: "r/1 r/2", kind: point_to_point, delay: 1ms}
    - {name: e, nodes: "r/1 r/4", kind: point_to_point, delay: 1ms}
    - {name: f, nodes: "r/2 r/3", kind: point_to_point, delay: 1ms}
    - {name: g, nodes: "r/3 r/6", kind: point_to_point, delay: 1ms}
    - {name: h, nodes: "r/4 r/7", kind: point_to_point, delay: 1ms}
    - {name: i, nodes: "r/6 r/8", kind: point_to_point, delay: 1ms}
    - {name: j, nodes: "r/7 r/8", kind: point_to_point, delay: 1ms}
    - {name: lan, nodes: "r/2 r/4 r/5 r/6 member/1", delay: 1ms}
    - {name: room-0, nodes: "r/5 member/0", delay: 1ms}
    - {name: room-2, nodes: "r/7 member/2", delay: 1ms}
    - {name: room-3, nodes: "r/8 member/3", delay: 1ms}
  memberships:
    - {nodes: member, group: "ff15::7", join: 30s, leave: 180s}
    - {nodes: "member/0 member/1", group: 239.1.1.1, join: 30s, leave: 180s}
    - {nodes: "member/0 member/2", group: 239.1.1.9, join: 30s}
  traffic:
    - {name: a, source: source/0, group: "ff15::7", period: 20ms, start: 50s, size: 200B}
    - {name: b, source: source/1, group: 239.1.1.1, period: 20ms, start: 50s, size: 200B}
    - {name: c, source: source/2, group: 239.1.1.9, period: 20ms, start: 50s, size: 200B}
  faults:
    - {link: b, from: 60s, mean_up: 40s, mean_down: 20s}
    - {link: e, from: 60s, mean_up: 40s, mean_down: 20s}
    - {link: h, from: 100s, to: 120s}
    - {link: i, from: 100s, to: 120s}
END
in_both_orders mesh mesh.yaml
