# SPDX-License-Identifier: GPL-2.0-only
# Opens captures with tshark and their keys, and checks each frame. Sourced, not run.
#
# Wireshark 4.0's LoRaWAN dissector takes the octet behind FOpts for FPort in every data frame. A frame without
# FPort (an acknowledgement, commands in FOpts alone) it therefore calls malformed, and commands on FPort 0
# it opens with the AppSKey. Such frames are told from the others by their length and are only
# counted here; the unit tests of the codec check them. A join-accept it cannot decrypt, and a counter over 65,535 it
# cannot know.
command -v tshark >/dev/null || { echo "skipped: no tshark"; exit 77; }

# tshark_fields FOLDER FILE: one line a frame, with the keys of FOLDER and nothing of the user's configuration.
# Columns: frame, length, mtype, fctrl, fcnt, fport, mic status (1: good), decrypted payload, malformed, sync word
tshark_fields()
{
    local config=$1/config
    mkdir -p "$config/wireshark"
    cp "$1/encryption_keys_lorawan" "$config/wireshark/"
    HOME=$config XDG_CONFIG_HOME=$config WIRESHARK_CONFIG_DIR=$config/wireshark TZ=UTC \
        tshark -r "$2" -T fields -E separator='|' -e frame.number -e frame.len \
        -e lorawan.mhdr.mtype -e lorawan.fhdr.fctrl -e lorawan.fhdr.fcnt -e lorawan.fport \
        -e lorawan.mic.status -e lorawan.frmpayload_decrypted -e _ws.malformed -e loratap.syncword 2>"$config/errors" ||
        { cat "$config/errors" >&2; return 1; }
}

# Judge the lines of tshark_fields: print what is wrong and the counts; fails when a frame is wrong or none was judged.
# A data frame is LoRaTap 15, MHDR 1, FHDR 7 + FOptsLen, [FPort 1, FRMPayload N], MIC 4.
judge_frames()
{
    awk -F'|' '
        function hex(text,    i, v) {
            text = tolower(substr(text, 3))
            for (i = 1; i <= length(text); i++)
                v = 16 * v + index("0123456789abcdef", substr(text, i, 1)) - 1
            return v
        }
        function wrong(what) { print "frame " $1 ": " what ": " $0; n_wrong++ }
        $10 ~ /^0x0*$/ { # a beacon
            n["beacons"]++
            if ($2 < 15 + 17 || $2 > 15 + 23 || $3 != "" || $9 != "") wrong("no beacon")
            next
        }
        $3 == 1 { n["join-accepts, not verified"]++; next }
        $3 == 0 {
            n["join-requests"]++
            if ($9 != "") wrong("malformed")
            else if ($7 != 1) wrong("MIC is not good")
            next
        }
        $3 >= 2 && $3 <= 5 {
            behind_fopts = $2 - 15 - 12 - hex($4) % 16
            if (behind_fopts == 0) { n["data without FPort, not verified"]++; next }
            if ($6 ~ /^(0x0*|0)$/) {
                n["data on FPort 0"]++
                if ($7 != 1 && $9 == "") wrong("MIC is not good")
                next
            }
            n["data"]++
            if ($9 != "") wrong("malformed")
            else if ($7 != 1) wrong("MIC is not good")
            else if (behind_fopts > 1 && $8 == "") wrong("no decrypted payload")
            next
        }
        { wrong("not LoRaWAN") }
        END {
            for (kind in n) printf "%d %s\n", n[kind], kind | "sort -k2"
            close("sort -k2")
            exit n_wrong > 0 || n["data"] + n["join-requests"] == 0
        }'
}

# check_run SCENARIO OPTION...: run it with --pcap and judge every packet; there must be as many as its gateways
# decoded and transmitted.
check_run()
{
    local dir file n_packets n_expected
    dir=$(mktemp -d)
    # shellcheck disable=SC2064
    trap "rm -rf '$dir'" EXIT
    "$BUILD_DIR/castbed" run "$@" --quiet --pcap "$dir/pcap" -o "$dir/run.db"
    for file in "$dir"/pcap/*.pcap; do
        tshark_fields "$dir/pcap" "$file" >>"$dir/fields"
    done
    judge_frames <"$dir/fields"
    n_packets=$(wc -l <"$dir/fields")
    n_expected=$(sqlite3 "$dir/run.db" 'SELECT sum(n_rx + n_tx) FROM gateway_stat')
    if [ "$n_packets" -ne "$n_expected" ]; then
        echo "$n_packets packets in the captures, $n_expected in the database" >&2
        return 1
    fi
}
