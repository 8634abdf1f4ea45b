# SPDX-License-Identifier: GPL-2.0-only
# What the scripts here share: a private network, mount and process namespace for each, reasons to skip, and polling.
# A script begins with:  . "$(dirname "$0")/peers.bash"; peers_begin PROGRAM...
# and goes on as root of namespaces that end with it. States are polled with a deadline; how late they come is not judged.

# skip REASON
skip()
{
    echo "skipped: $*"
    exit 77
}

fail()
{
    echo "failed: $*" >&2
    peers_show >&2
    exit 1
}

# Everything that the processes of a test have said.
peers_show()
{
    local f
    for f in "$dir"/*.log; do
        [ -s "$f" ] && { echo "--- ${f##*/}"; tail -n 30 "$f"; }
    done
    return 0
}

# peers_begin PROGRAM...: skip what cannot run here; run the script again inside of its namespaces; a folder in $dir.
peers_begin()
{
    local program
    set -euo pipefail
    PATH=$PATH:/usr/sbin:/sbin:/usr/lib/frr
    for program in ip unshare sqlite3 "$@"; do
        command -v "$program" >/dev/null || skip "no $program"
    done
    [ -r "$BUILD_DIR/castbed-ns3.so" ] || skip "no bridge to ns-3"
    if [ -z "${PEERS_INSIDE-}" ]; then
        [ "$(id -u)" = 0 ] || skip "network namespaces and taps take root"
        [ -c /dev/net/tun ] || skip "no /dev/net/tun"
        unshare -n -m -p -f --mount-proc true 2>/dev/null || skip "no private network, mount and process namespaces"
        PEERS_INSIDE=1 exec unshare -n -m -p -f --mount-proc --kill-child bash "$0"
    fi
    dir=$(mktemp -d)
    chmod 755 "$dir" # FRR's programs have a user of their own
    trap 'rm -rf "$dir"' EXIT
    mkdir -p /run/netns
    mount -t tmpfs peers /run/netns || skip "no private /run/netns"
    ip link set lo up
    ip tuntap add dev probe0 mode tap 2>/dev/null || skip "no tap devices"
    ip tuntap del dev probe0 mode tap
}

# poll SECONDS TEXT COMMAND...: until the command succeeds; fails with TEXT after SECONDS.
poll()
{
    local until=$((SECONDS + $1)) text=$2
    shift 2
    until "$@" >"$dir/poll.out" 2>&1; do
        [ "$SECONDS" -lt "$until" ] || { cp "$dir/poll.out" "$dir/poll.log"; fail "$text: not within the time"; }
        sleep 0.1
    done
    echo "ok: $text"
}

# tap NAME ADDRESS...: a tap device, up, with addresses; without duplicate address detection, which takes
# seconds.
tap()
{
    local name=$1 a
    shift
    ip tuntap add dev "$name" mode tap
    echo 0 >"/proc/sys/net/ipv6/conf/$name/accept_dad"
    for a; do
        ip address add "$a" dev "$name"
    done
    ip link set "$name" up
}

# castbed_start: run $dir/scenario.yaml, which is taken from standard input, into $dir/run.db; captures in $dir/air.
castbed_start()
{
    cat >"$dir/scenario.yaml"
    (cd "$dir" && exec "$BUILD_DIR/castbed" run scenario.yaml -o run.db --pcap air --set store.level=frames) \
        >"$dir/castbed.log" 2>&1 &
    castbed_pid=$!
}

# End the run, as Ctrl-C does: what has been stored stays, the run is marked incomplete.
castbed_stop()
{
    local code=0
    kill -INT "$castbed_pid" 2>/dev/null || fail "castbed has ended by itself"
    wait "$castbed_pid" || code=$?
    [ "$code" = 3 ] || fail "castbed: exit code $code"
    echo "castbed: $(grep -o 'events late.*' "$dir/castbed.log")"
}

# frr_start: zebra and pimd with the configuration of pimd on standard input; routes are those of the kernel.
frr_start()
{
    [ -n "$(id -u frr 2>/dev/null)" ] || skip "no user frr"
    mount -t tmpfs peers /var/tmp # FRR keeps folders there by process number, and these begin at 1 in each test
    mkdir -p "$dir/frr" /var/tmp/frr
    chown frr:frr /var/tmp/frr
    cat >"$dir/frr/pimd.conf"
    : >"$dir/frr/zebra.conf"
    chown -R frr:frr "$dir/frr"
    local program
    for program in zebra pimd; do
        "$program" -u frr -g frr -f "$dir/frr/$program.conf" -i "$dir/frr/$program.pid" -z "$dir/frr/zserv.api" \
            --vty_socket "$dir/frr" -P 0 >"$dir/$program.log" 2>&1 &
        poll 10 "$program has begun" test -S "$dir/frr/$program.vty"
    done
}

# frr COMMAND: what it shows.
frr()
{
    vtysh --vty_socket "$dir/frr" -c "$1" 2>&1
}

# frr_shows COMMAND PATTERN...: one of its lines has all these words.
frr_shows()
{
    local found word
    found=$(frr "$1")
    shift
    for word; do
        found=$(grep -E -- "$word" <<<"$found") || return 1
    done
}

# rows SQL: of the run, columns with | between.
rows()
{
    sqlite3 "$dir/run.db" "$1"
}

# expect WHAT WANTED FOUND
expect()
{
    [ "$2" = "$3" ] || fail "$1: found '$3', not '$2'"
    echo "ok: $1"
}
