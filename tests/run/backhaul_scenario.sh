#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The scenario that sends a campaign to fifty gateways one by one and as IP multicast: what its comment says is so, another
# process gives the same database, and a capture of the server's line has datagrams of the protocol.
set -euo pipefail
[ -r "$BUILD_DIR/castbed-ns3.so" ] || { echo "skipped: no bridge"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
scenario=$SOURCE_DIR/scenarios/lorawan-backhaul-unicast-vs-multicast.yaml

run_to()
{
    "$BUILD_DIR/castbed" run "$scenario" -o "$dir/$1.db" --quiet "${@:2}"
}

ask()
{
    sqlite3 "$dir/$1.db" "$2"
}

expect()
{
    [ "$2" "$3" "$4" ] || { echo "$1: $2, expected $3 $4" >&2; exit 1; }
}

sum="SELECT coalesce(sum(n), 0) FROM downlink_stat WHERE window = 3 AND result =
    (SELECT code FROM code WHERE table_name = 'downlink' AND name ="
octets="SELECT sum(n_bytes) FROM backhaul_stat WHERE kind = (SELECT code FROM code WHERE table_name = 'backhaul_stat' AND name = 'pull_resp')"
complete="SELECT count(*) FROM campaign_device WHERE reason = 0"

run_to multicast
run_to unicast --set multicast.fleet.backhaul.downlink=unicast
expect "multicast, refused" "$(ask multicast "$sum 'too_late')")" -eq 0
expect "multicast, complete" "$(ask multicast "$complete")" -eq 400
refused=$(ask unicast "$sum 'too_late')") sent=$(ask unicast "$sum 'sent')")
expect "unicast, refused" "$((100 * refused / (refused + sent)))" -ge 40
expect "unicast, refused" "$((100 * refused / (refused + sent)))" -le 60
expect "unicast, complete" "$(ask unicast "$complete")" -lt 360
expect "octets, unicast by multicast" "$(($(ask unicast "$octets") / $(ask multicast "$octets")))" -ge 50

run_to at_once --set multicast.fleet.timing=server_clock
expect "at once, refused" "$(ask at_once "$sum 'too_late')")" -eq 0
expect "at once, complete" "$(ask at_once "$complete")" -lt 200

run_to again
ask multicast .dump >"$dir/a"
ask again .dump >"$dir/b"
cmp "$dir/a" "$dir/b"
