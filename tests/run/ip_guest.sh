#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What becomes of a run with IP nodes when ns-3 cannot be opened, is of another build, or ends with an error: a message,
# exit code 3 and an incomplete run; and runs without IP nodes never open it. The guest is played by a small object.
set -euo pipefail
castbed=$BUILD_DIR/castbed
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >ip.yaml <<'END'
run: {duration: 1min}
ip:
  nodes: [{name: r, kind: router}, {name: h}]
  links: [{name: lan, nodes: "r h"}]
END

# fails TEXT DB COMMAND...: exit code 3 with a text, and the run in the database is incomplete.
fails()
{
    local text=$1 db=$2 code=0
    shift 2
    "$@" 2>err || code=$?
    if [ "$code" -ne 3 ] || ! grep -qF -- "$text" err ||
        [ "$(sqlite3 "$db" 'SELECT status FROM run ORDER BY id DESC LIMIT 1')" != incomplete ]; then
        echo "exit code $code, not 3, or no \"$text\", or no incomplete run: $*" >&2
        cat err >&2
        exit 1
    fi
}

fails 'the ns-3 bridge cannot be opened' a.db env CASTBED_NS3_BRIDGE="$dir/none.so" "$castbed" run ip.yaml -o a.db

# guest FILE.so VERSION: its network ends with an error in the run.
guest()
{
    cat >guest.c <<'END'
#include "sim/ns3/bridge.h"
static const char *error(void) { return "ns-3: the guest has had enough"; }
static int open_net(const struct ns3_host *host) { (void)host; return 0; }
static int number;
static int node(void) { return number++; }
static int link_up(const struct ns3_link_spec *s, int *ifaces)
{
    for (size_t i = 0; i < s->n_nodes; i++)
        ifaces[i] = 0;
    return 0;
}
static int send_frame(const struct ns3_frame *f) { (void)f; return 1; }
static int run(int (*loop)(void *arg), void *arg) { (void)loop; (void)arg; return -1; }
static void run_event(void *event, uint32_t zero) { (void)event; (void)zero; }
static uint64_t n_events(void) { return 0; }
static int close_net(void) { return 0; }
const struct ns3_bridge *castbed_ns3_bridge(void)
{
    static const struct ns3_bridge b = {.version = VERSION, .ns3_version = "0", .error = error,
        .net_open = open_net, .net_node = node, .net_link = link_up, .net_send = send_frame,
        .net_run = run, .run_event = run_event, .net_n_events = n_events, .net_close = close_net};
    return &b;
}
END
    "$CC" -shared -fPIC -I"$SOURCE_DIR" -DVERSION="$2" guest.c -o "$1"
}
guest old.so 0
guest bad.so NS3_BRIDGE_VERSION
fails 'is of another build' a.db env CASTBED_NS3_BRIDGE="$dir/old.so" "$castbed" run ip.yaml -o a.db
fails 'the guest has had enough' a.db env CASTBED_NS3_BRIDGE="$dir/bad.so" "$castbed" run ip.yaml -o a.db
[ "$(sqlite3 a.db 'SELECT count(*) FROM run')" -eq 3 ]

# Runs without IP nodes, and checks of those with, never ask for it.
cat >cell.yaml <<'END'
run: {duration: 1min}
networks: [{name: net, gateways: [{name: gw, placement: {kind: list, points: [{x: 0m, y: 0m}]}}]}]
devices: [{name: dev, placement: {kind: list, points: [{x: 0m, y: 0m}]}}]
END
CASTBED_NS3_BRIDGE=$dir/none.so "$castbed" run cell.yaml -o cell.db --quiet
CASTBED_NS3_BRIDGE=$dir/none.so "$castbed" check ip.yaml >out
grep -q 'IP nodes: 2' out

# Tree fidelity has no ns-3 in it, and cannot be run on its simulator.
sed 's/^ip:/ip:\n  fidelity: tree/' ip.yaml >tree.yaml
CASTBED_NS3_BRIDGE=$dir/none.so "$castbed" run tree.yaml -o tree.db --quiet
[ "$(sqlite3 tree.db 'SELECT count(*) FROM ip_link_stat')" -gt 0 ]
code=0
"$castbed" run tree.yaml -o tree.db --engine ns3-default 2>err || code=$?
if [ "$code" -ne 2 ] || ! grep -q "does not go with ip.fidelity: tree" err; then
    echo "exit code $code, not 2, or another message" >&2
    cat err >&2
    exit 1
fi

# Both halves in one run, on one clock.
[ -r "$BUILD_DIR/castbed-ns3.so" ] || { echo "skipped: no bridge"; exit 77; }
sed 1d ip.yaml >>cell.yaml
"$castbed" run cell.yaml -o both.db 2>err
grep -q 'devices: 1, gateways: 1, IP nodes: 2' err
[ "$(sqlite3 both.db 'SELECT (SELECT count(*) FROM device_stat) || (SELECT count(*) FROM ip_interface)')" = 12 ]
