#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What becomes of a run with IP nodes when ns-3 cannot be opened, is of another build, or ends with an error: a message,
# exit code 3 and an incomplete run; and runs without IP nodes never open it. The guest is played by a small object, then by
# the real one with a harmful event in between.
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

# guest FILE.so VERSION NS3-VERSION: its network ends with an error in the run.
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
    static const struct ns3_bridge b = {.version = VERSION, .ns3_version = NS3, .error = error,
        .net_open = open_net, .net_node = node, .net_link = link_up, .net_send = send_frame,
        .net_run = run, .run_event = run_event, .net_n_events = n_events, .net_close = close_net};
    return &b;
}
END
    "$CC" -shared -fPIC -I"$SOURCE_DIR" -DVERSION="$2" -DNS3="\"$3\"" guest.c -o "$1"
}
guest old.so 0 3.37
guest other.so NS3_BRIDGE_VERSION 3.370
guest bad.so NS3_BRIDGE_VERSION 3.37.1
fails 'is of another build' a.db env CASTBED_NS3_BRIDGE="$dir/old.so" "$castbed" run ip.yaml -o a.db
fails 'other.so is for ns-3 3.370, allowed 3.37;' a.db env CASTBED_NS3_BRIDGE="$dir/other.so" "$castbed" run ip.yaml -o a.db
fails 'the guest has had enough' a.db env CASTBED_NS3_BRIDGE="$dir/bad.so" "$castbed" run ip.yaml -o a.db
[ "$(sqlite3 a.db 'SELECT count(*) FROM run')" -eq 4 ]

# A propagation model without its object: refused before anything is written.
cat >loss.yaml <<'END'
run: {duration: 1min}
radio: {path_loss: {model: ns3, ns3_model: "ns3::FriisPropagationLossModel"}}
networks: [{name: net, gateways: [{name: gw, placement: {kind: list, points: [{x: 0m, y: 0m}]}}]}]
devices: [{name: dev, placement: {kind: list, points: [{x: 10m, y: 0m}]}}]
END
code=0
CASTBED_NS3_BRIDGE=$dir/other.so "$castbed" run loss.yaml -o loss.db 2>err || code=$?
if [ "$code" -ne 2 ] || ! grep -q 'is for ns-3 3.370, allowed 3.37;' err || [ -e loss.db ]; then
    echo "exit code $code, not 2, or no text, or a database" >&2
    cat err >&2
    exit 1
fi

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

[ -r "$BUILD_DIR/castbed-ns3.so" ] || { echo "skipped: no bridge"; exit 77; }

# The real one, but for its tenth event: an event at a bad address, a fatal error of ns-3, a full stack.
cat >harm.c <<'END'
#include "sim/ns3/bridge.h"
#include <dlfcn.h>
#include <string.h>
static const struct ns3_bridge *real;
static struct ns3_bridge mine;
static int n;
struct waiting {
    void *event;
    uint32_t context, uid;
    struct waiting *next;
};
#if HARM == 2
static int deeper(int n_calls);
static int (*volatile call)(int) = deeper;
static int deeper(int n_calls)
{
    volatile char room[65536];
    room[n_calls % 65536] = 1;
    return call(n_calls + 1) + room[n_calls % 65536];
}
#endif
static void run_event(void *event, uint32_t zero)
{
    static struct waiting bad = {.event = (void *)16};
    if (++n == 10) {
#if HARM == 0
        event = &bad;
#elif HARM == 1
        real->engine_run(); /* which our simulator answers with NS_FATAL_ERROR */
#else
        bad.uid = (uint32_t)call(0);
#endif
    }
    real->run_event(event, zero);
}
const struct ns3_bridge *castbed_ns3_bridge(void)
{
    void *so = dlopen(BRIDGE, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    const struct ns3_bridge *(*get)(void) = NULL;
    void *symbol = so ? dlsym(so, "castbed_ns3_bridge") : NULL;
    memcpy(&get, &symbol, sizeof get);
    if (!get)
        return NULL;
    real = get();
    mine = *real;
    mine.run_event = run_event;
    return &mine;
}
END
harms=('castbed: ns-3 ended with a segmentation fault; a run that was under way stays incomplete'
    'ns-3: the program runs the queue, not ns-3'
    'castbed: ns-3 ended with a segmentation fault; a run that was under way stays incomplete')
for i in 0 1 2; do
    "$CC" -w -shared -fPIC -I"$SOURCE_DIR" -DHARM=$i -DBRIDGE="\"$BUILD_DIR/castbed-ns3.so\"" harm.c -o harm$i.so
    fails "${harms[i]}" harm.db env CASTBED_NS3_BRIDGE="$dir/harm$i.so" "$castbed" run ip.yaml -o harm.db --quiet
    [ "$(wc -l <err)" -le 2 ] || { echo "more than a message:" >&2; cat err >&2; exit 1; }
done
"$castbed" run ip.yaml -o harm.db --quiet # the database is as good as before
[ "$(sqlite3 harm.db "PRAGMA integrity_check; SELECT group_concat(status) FROM run" | tr '\n' ' ')" = \
    'ok incomplete,incomplete,incomplete,complete ' ]

# Both halves in one run, on one clock.
sed 1d ip.yaml >>cell.yaml
"$castbed" run cell.yaml -o both.db 2>err
grep -q 'devices: 1, gateways: 1, IP nodes: 2' err
[ "$(sqlite3 both.db 'SELECT (SELECT count(*) FROM device_stat) || (SELECT count(*) FROM ip_interface)')" = 12 ]
