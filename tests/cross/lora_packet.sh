#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# npm's lora-packet, an independent decoder, checks what tshark cannot: join-accepts of a capture of
# class-a-city.yaml (MIC, session keys), data frames of that capture, and frames with counters over 65,535.
# Skipped without node and npm, or when the package cannot be had.
set -euo pipefail

version=0.9.3
command -v node >/dev/null && command -v npm >/dev/null || { echo "skipped: no node or no npm"; exit 77; }
modules=$BUILD_DIR/npm
if [ ! -d "$modules/node_modules/lora-packet" ]; then
    mkdir -p "$modules"
    timeout 60 npm install --prefix "$modules" --no-audit --no-fund --silent "lora-packet@$version" >/dev/null 2>&1 ||
        { echo "skipped: lora-packet $version could not be installed"; exit 77; }
fi

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$BUILD_DIR/castbed" run "$SOURCE_DIR/scenarios/class-a-city.yaml" --quiet -o "$dir/city.db" --pcap "$dir" \
    --set run.duration=90min --set store.level=summary --set devices.water.count=300 \
    --set devices.parking.count=150 --set devices.alarms.count=50

# Frames with large counters, both ways, from the program's own encoder.
nwkskey=000102030405060708090a0b0c0d0e0f
appskey=f0e0d0c0b0a090807060504030201000
for uplink in true false; do
    for fcnt32 in 65536 70000 16777221 4294967294; do
        json="{\"uplink\":$uplink,\"confirmed\":false,\"devaddr\":\"01020304\",\"fcnt32\":$fcnt32,\"fport\":5,"
        json+="\"frmpayload_plain\":\"48656c6c6f\",\"nwkskey\":\"$nwkskey\",\"appskey\":\"$appskey\"}"
        printf '%s ' "$fcnt32"
        "$BUILD_DIR/castbed" calc frame --encode "$json" | sed -n 's/.*"phypayload": "\([0-9a-f]*\)".*/\1/p'
    done
done >"$dir/large"

NODE_PATH=$modules/node_modules node "$SOURCE_DIR/tests/cross/lora_packet.js" "$dir" "$nwkskey" "$appskey"
