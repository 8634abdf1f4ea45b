#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Plots of firmware campaigns: drawn from whole runs without a word, the same bytes twice, at both widths, with the counts that the
# run stored and next to what the code alone gives. How they look is not pinned.
. "$(dirname "$0")/plots.bash"

near()
{
    awk -v a="$1" -v b="$2" -v d="$3" 'BEGIN { exit !(a - b <= d && b - a <= d) }' || fail "$4: $1, not $2 within $3"
}

ask()
{
    sqlite3 -separator $'\t' "$@"
}

"$castbed" run "$scenarios/fuota-class-c.yaml" --set store.level=all -o big.db --quiet
"$castbed" run "$scenarios/fuota-interop.yaml" --set store.level=all -o small.db --quiet

# Devices by state: nobody is lost on the way, and the end is the stored one.
draws campaign big.db
same "$(value n_devices)" "$(ask big.db 'SELECT count(*) FROM campaign_device')" "devices"
for state in updated failed; do
    same "$(value n_$state)" "$(ask big.db "SELECT count(*) FROM campaign_device d JOIN code c ON c.table_name = 'campaign_device'
        AND c.column_name = 'state' AND c.code = d.state WHERE c.name = '$state'")" "$state"
done
[ "$(value n_updated)" -gt 150 ] || fail "only $(value n_updated) devices updated"
tops=$(block states | awk -F '\t' '{ if ($4 > top[$2]) top[$2] = $4 } END { for (t in top) print top[t] }' | sort -u)
same "$tops" "$(value n_devices)" "devices in some state at each time"
same "$(block phases | wc -l)" "$(ask big.db 'SELECT count(*) FROM campaign')" "phases"
draws campaign big.db --campaign update --from 3h --span 2h
same "$(block states | tail -n 1 | cut -f 2)" 18000.0 "end of the span"
refused 2 'no campaign called "upgrade"' campaign big.db --campaign upgrade

# Fragments of devices that did not restart: received is what the decoder counted.
draws fragments small.db
same "$(value n_received)" "$(ask small.db 'SELECT sum(n_uncoded) FROM recovery')" "received"
same $(($(value n_received) + $(value n_repaired) + $(value n_missing))) \
    "$(ask small.db 'SELECT sum(m) FROM recovery')" "received, repaired and missing"
same "$(value n_missing)" 0 "missing"
same "$(block runs | awk -F '\t' '$1 ~ /used/ { n += $4 - $3 + 1 } END { print n }')" \
    "$(ask small.db "SELECT count(DISTINCT device || ' ' || n) FROM fragment WHERE n > 20 AND result IN (0, 1)")" "parity that was used"
same "$(block shares | awk -F '\t' '{ n += 8 * (1 - $2) } END { print n }')" \
    "$(ask small.db "SELECT count(DISTINCT device || ' ' || n) FROM fragment")" "fragments that came"
draws fragments big.db
same $(($(value n_received) + $(value n_repaired) + $(value n_missing))) $(($(value m) * $(value n_lanes))) "cells"
draws fragments small.db --devices boards/2,boards/3
same "$(value n_devices)" 2 "chosen devices"

# When blocks were complete.
draws completion big.db
complete="SELECT count(DISTINCT device) FROM recovery WHERE result = 0 AND complete_ns IS NOT NULL"
same "$(value n_whole)" "$(ask big.db "$complete")" "whole blocks"
near "$(block ends | awk -F '\t' '{ split($1, n, /[()]/); sum += n[2] * $3 } END { print sum }')" "$(value n_whole)" 1e-6 "sum over data rates"
near "$(value last_s)" "$(ask big.db "SELECT (max(complete_ns) - (SELECT min(start_ns) FROM campaign WHERE phase = 'transmit')) / 1e9
    FROM recovery WHERE result = 0")" 1e-6 "the last one"

# Fragments needed beyond M.
draws overhead big.db
same "$(block bars | cut -f 1,2)" "$(ask big.db 'SELECT min(overhead, 10), count(*) FROM recovery WHERE result = 0 AND complete_ns IS NOT NULL
    AND n_uncoded < m GROUP BY 1 ORDER BY 1')" "overhead"
near "$(block expected | awk -F '\t' '{ n += $2 } END { print n }')" "$(awk -v x="$(value expected_never)" 'BEGIN { print 1 - x }')" 1e-9 "expected shares"

# Recovery of M = 100 in version 1 at 10 % loss is known.
cat >sweep.yaml <<EOF
run: {duration: 10min}
networks:
  - name: city
    net_id: "000013"
    gateways:
      - {name: gateway, placement: {kind: list, points: [{x: 0m, y: 0m, z: 30m}]}}
devices:
  - name: meters
    count: 400
    data_rate: auto
    placement: {kind: disc, radius: 1km}
    traffic: {kind: none}
    packages: {fragmentation: 1, fragments: {real_bytes: 0%}}
multicast:
  - name: fleet
    members: [{devices: meters}]
    data_rate: 5
    loss: {kind: bernoulli, loss_ratio: 10%}
campaigns:
  - name: update
    group: fleet
    size: 10kB
    fragment_size: 100B
    redundancy: 10%
    session: {start: 10s}
    status: none
    repair: {rounds: 0}
    firmware: {check: false, reboot: none, verify: false}
EOF
"$castbed" sweep sweep.yaml -o sweep.db --seeds 1..3 --vary campaigns.update.redundancy=10%,15%,20% \
    --vary multicast.fleet.loss.loss_ratio=10%,20% --quiet
draws loss-recovery sweep.db
same "$(block curves | wc -l)" 6 "points"
same "$(value n_complete)" "$(ask sweep.db 'SELECT count(*) FROM recovery WHERE result = 0 AND complete_ns IS NOT NULL')" "complete devices"
while read -r redundancy known; do
    mean=$(block curves | awk -F '\t' -v r="$redundancy" '$1 == "\"10 % loss\"" && $2 == r { print $3 }')
    reference=$(block reference | awk -F '\t' -v r="$redundancy" '$1 == "\"10 % loss\"" && $2 == r { print $3; exit }')
    near "$mean" "$known" 0.05 "recovered at $redundancy % redundancy"
    near "$reference" "$known" 0.03 "expected at $redundancy % redundancy"
    band=$(block curves | awk -F '\t' -v r="$redundancy" '$1 == "\"10 % loss\"" && $2 == r { print ($4 <= $3 && $3 <= $5 && $4 < $5) }')
    same "$band" 1 "band at $redundancy % redundancy"
done <<EOF
10.0 0.254
15.0 0.677
20.0 0.950
EOF

"$castbed" run sweep.yaml --set store.level=summary -o summary.db --quiet
refused 1 --set\ store.level=frames campaign summary.db
refused 1 --set\ store.level=all fragments summary.db
draws completion summary.db
draws overhead summary.db
"$castbed" run "$scenarios/class-a-cell.yaml" --set devices.meters.count=5 --set run.duration=1h --set store.level=all -o none.db --quiet
refused 1 "nothing happened" loss-recovery none.db
refused 1 "nothing happened" overhead none.db
