#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The same input gives the same database: run twice, on a processor without FMA and AVX2, with other devices beside
# it, and with same-time events in the other order. The scenario makes many events at one instant: everything starts at
# 0 s, joins included, with confirmed traffic, ADR, four networks and several gateways. Left open: other machines.
set -euo pipefail

castbed=$BUILD_DIR/castbed
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# scenario [GROUP...]: the base groups, each GROUP put before, between or behind them as its first word says.
scenario()
{
    local before='' between='' behind='' g
    for g in "$@"; do
        case $g in
        before*) before+=$(group "$g") ;;
        between*) between+=$(group "$g") ;;
        *) behind+=$(group "$g") ;;
        esac
    done
    cat <<END
run: {duration: 2h, seed: 7}
radio:
  region: EU868
  shadowing: {sigma: 6dB, correlation_distance: 100m}
  fading: {model: rayleigh}
  random_loss: 1%
networks:
  - name: home
    net_id: "000013"
    channels: [867.1MHz, 867.3MHz]
    gateways:
      - name: roofs
        count: 3
        placement: {kind: disc, radius: 2km, z: 20m}
        clock: {fails: [{from: 10min, to: 50min}], drift: "uniform(-1ppm, 1ppm)", wander: 2ppb}
    server:
      adr_history: 3
      dev_status_period: 30min
      dedup_window: 100ms
      clock: {offset: 100ms, drift: 5ppm, wander: 5ppb}
      clock_sync: {requests: [{at: 30min, ask: resync, value: 2}, {at: 50min, ask: periodicity, value: 1}]}
  - name: other
    net_id: "000024"
    gateways:
      - {name: masts, count: 2, demodulators: 2, placement: {kind: grid, spacing_x: 1km, z: 20m}}
    server: {rx2_data_rate: 3, adr_history: 3}
  - name: late
    net_id: "000046"
    gateways:
      - {name: barn, placement: {kind: list, points: [{x: 500km, y: 0m}]}}
    server: {rx_window: rx2}
  - name: far
    net_id: "000035"
    gateways:
      - {name: hut, placement: {kind: list, points: [{x: 900km, y: 0m}]}}
devices:
$before
  - name: joiners
    network: home
    count: 40
    tx_power: 13dBm
    activation: otaa
    adr: true
    data_rate: 3
    placement: {kind: disc, radius: 3km}
    traffic: {kind: periodic, period: 5min, phase: 0s, size: 10B, confirmed: 30%}
    log_windows: true
    link_check_every: 3
    device_time_every: 4
    packages: {clock_sync: 1, time_requests: {first: 10s, period: 10min, spacing: 5min}}
    clock: # a device on its own time, with everything that can be wrong with it
      offset: "uniform(-5min, 5min)"
      drift: "normal(0ppm, 20ppm)"
      radio_drift: "uniform(-10ppm, 10ppm)"
      temperature: {kind: daily, mean: 15degC}
      wander: 10ppb
      granularity: 30517ns
      jitter: "uniform(-1ms, 1ms)"
$between
  - name: confirmed
    network: other
    count: 40
    tx_power: 13dBm
    version: 1.0.3
    data_rate: auto
    placement: {kind: disc, radius: 3km}
    traffic: {kind: periodic, period: 5min, phase: 0s, size: "uniform(5B, 30B)", confirmed: 100%}
  - name: slow # an acknowledgement in RX2 lasts longer than the time to the next try
    network: late
    count: 40
    tx_power: 13dBm
    version: 1.0.3
    placement: {kind: disc, x: 500km, radius: 3km}
    traffic: {kind: periodic, period: 10min, size: 10B, confirmed: 100%}
  - name: old
    network: home
    count: 20
    tx_power: 13dBm
    activation: otaa
    version: 1.0.3
    adr: true
    nb_trans: 2
    placement: {kind: rectangle, width: 40km, height: 40km} # some out of reach
    traffic: {kind: poisson, period: 3min, size: 12B, confirmed: 20%}
$behind
faults:
  - {node: roofs/1, from: 20min, to: 25min}
  - {node: other, from: 30min, to: 32min}
END
}

# A group that no other can hear: its network is 900 km away. It may transmit with more power than all others.
group()
{
    cat <<END

  - name: $1
    network: far
    count: 30
    activation: otaa
    placement: {kind: disc, x: 900km, y: 1km, radius: 2km}
    traffic: {kind: periodic, period: 2min, phase: 0s, size: 10B, confirmed: 50%}
END
}

# run_to FILE.db SCENARIO [OPTION...]
run_to()
{
    local db=$1 file=$2
    shift 2
    "$castbed" run "$file" -o "$db" --set store.level=all --quiet "$@"
}

# Every row of a table without its run, sorted; only those of a node (its column is $3) that is not in a far group.
rows()
{
    local keep=1
    [ $# -lt 3 ] || keep="$3 NOT IN (SELECT id FROM node WHERE name LIKE 'b%/%' OR name LIKE 'hut/%')"
    sqlite3 "$1" "SELECT * FROM $2 WHERE $keep" | sort
}

same()
{
    cmp -s "$1" "$2" && return
    echo "$3:" >&2
    diff "$1" "$2" | head -n 20 >&2
    exit 1
}

scenario >base.yaml
run_to base.db base.yaml
sqlite3 base.db .dump >base.dump
n=$(sqlite3 base.db 'SELECT count(*) FROM tx')
[ "$n" -gt 1000 ] || { echo "only $n transmissions" >&2; exit 1; }

# 1. Twice, and without the processor's newer instructions.
run_to twice.db base.yaml
sqlite3 twice.db .dump >twice.dump
same base.dump twice.dump "the same run twice"
GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2 run_to plain.db base.yaml
sqlite3 plain.db .dump >plain.dump
same base.dump plain.dump "without FMA and AVX2"

# 2. Other groups before, between and behind.
per_node=(node:id tx:node rx:node loss:node device_stat:device energy:device link:device mac_command:device downlink:device
    window:device clock_sample:device)
scenario behind >with.yaml
for place in before between behind "before between behind"; do
    # shellcheck disable=SC2086 # one word a group
    scenario $place >with.yaml
    rm -f with.db
    run_to with.db with.yaml
    for table in "${per_node[@]}"; do
        rows base.db "${table%:*}" "${table#*:}" >base.rows
        rows with.db "${table%:*}" "${table#*:}" >with.rows
        [ "$table" = link:device ] || [ -s base.rows ] || { echo "no rows of $table" >&2; exit 1; }
        same base.rows with.rows "$table with a group $place"
    done
done

# same_backwards SCENARIO [OPTION...]: the same set of rows when same-time events run the other way round.
same_backwards()
{
    rm -f fifo.db lifo.db
    run_to fifo.db "$@"
    run_to lifo.db "$@" --set run.tie_order=lifo
    for table in $(sqlite3 fifo.db "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('run', 'param')"); do
        rows fifo.db "$table" >fifo.rows
        rows lifo.db "$table" >lifo.rows
        same fifo.rows lifo.rows "$table of $1 with run.tie_order: lifo"
    done
}

# over_the_air: groups that are set up by packets that meet messages, requests and sessions at the same instants.
over_the_air()
{
    cat <<END
run: {duration: 2h, seed: 3}
radio: {interference: none}
networks:
  - name: home
    gateways:
      - {name: roofs, count: 2, demodulators: unlimited, placement: {kind: disc, radius: 2km, z: 20m}}
devices:
  - name: meters
    count: 30
    tx_power: 13dBm
    nb_trans: 2
    device_time_every: 5
    clock: {offset: "uniform(-20s, 20s)", drift: "uniform(-200ppm, 200ppm)", granularity: 1ms, jitter: "uniform(-5ms, 5ms)"}
    placement: {kind: disc, radius: 3km}
    traffic: {kind: periodic, period: 5min, size: 10B}
    downlink: {kind: periodic, period: 10min, phase: 0s, size: 8B}
    packages: {multicast_setup: 2}
  - name: clash
    count: 6
    placement: {kind: disc, radius: 3km}
    traffic: {kind: periodic, period: 5min, phase: 0s, size: 10B}
    downlink: {kind: periodic, period: 10min, phase: 0s, size: 8B}
    packages: {multicast_setup: 2}
  - name: lamps
    count: 10
    class: C
    placement: {kind: disc, radius: 3km}
    traffic: {kind: periodic, period: 5min, phase: 0s, size: 10B}
    downlink: {kind: periodic, period: 10min, phase: 0s, size: 8B}
    packages: {multicast_setup: 1, groups: 1}
multicast:
  - {name: one, members: [{devices: meters}, {devices: clash}, {devices: lamps}], setup: over_the_air, data_rate: 3,
     setup_plan: {start: 5min, spacing: 5min}, session: {start: 40min, timeout: 9}, traffic: {count: 20, period: 20s}}
  - {name: two, members: [{devices: meters, count: 20}, {devices: clash}, {devices: lamps}], setup: over_the_air, data_rate: 3,
     setup_plan: {start: 5min, spacing: 5min}, session: {start: 60min, timeout: 9}, traffic: {count: 20, period: 20s}}
END
}

# 3. Same-time events the other way round; where channels are listened to, and where acknowledgements outlast the
# time to the next try, too.
same_backwards base.yaml
over_the_air >over.yaml
same_backwards over.yaml
n=$(sqlite3 fifo.db 'SELECT count(*) FROM group_member WHERE ready')
[ "$n" -gt 20 ] || { echo "only $n members are ready" >&2; exit 1; }
for region in kr920 cn470; do
    same_backwards "$SOURCE_DIR/scenarios/region-$region.yaml" --set run.duration=3h --set devices.meters.start=0s \
        --set devices.meters.traffic.phase=0s --set devices.meters.traffic.jitter=0s \
        --set devices.sensors.traffic.kind=periodic --set devices.sensors.traffic.phase=0s
done

# 4. Sessions on clocks that are corrected before, in and behind them, several at once, from gateways that send
# together; frames, uplinks and session starts at the same instants.
same_backwards "$SOURCE_DIR/scenarios/clock-drift.yaml" --set run.duration=26h
same_backwards "$SOURCE_DIR/scenarios/multicast-clock-sync.yaml" --set run.duration=21h
cat >sessions.yaml <<'END'
run: {duration: 30min}
networks:
  - name: home
    net_id: "000013"
    gateways:
      - {name: masts, count: 2, placement: {kind: grid, spacing_x: 1km, z: 20m}}
devices:
  - name: members
    count: 60
    placement: {kind: disc, radius: 2km}
    device_time_every: 1
    clock: {offset: "uniform(-3min, 3min)", drift: "uniform(-500ppm, 500ppm)", granularity: 1ms, jitter: "uniform(-5ms, 5ms)"}
    traffic: {kind: periodic, period: 1min, phase: 2s, jitter: 30s, size: 10B}
multicast:
  - {name: one, members: [{devices: members}], gateways: all, schedule: simultaneous, data_rate: 3,
     session: {start: 5min, timeout: 8}, traffic: {count: 60, period: 4s}}
  - {name: two, members: [{devices: members}], gateways: all, frequency: 869.525MHz, data_rate: 5,
     session: {start: 10min, timeout: 9}, traffic: {count: 60, period: 5s}}
END
same_backwards sessions.yaml

# 5. Class C, application downlinks and multicast groups, where as much as can be begins at one instant: gateways send
# together while devices transmit, a gateway fails, two sessions overlap.
cat >multicast.yaml <<'END'
run: {duration: 30min}
networks:
  - name: home
    net_id: "000013"
    gateways:
      - {name: roofs, count: 4, placement: {kind: grid, columns: 2, rows: 2, spacing_x: 2km, spacing_y: 2km}}
    server: {rx2_data_rate: 3}
devices:
  - name: lights
    count: 60
    class: C
    activation: otaa
    placement: {kind: disc, radius: 3km}
    traffic: {kind: periodic, period: 5min, phase: 0s, confirmed: 20%}
    downlink: {kind: periodic, period: 2min, phase: 0s, size: 10B, confirmed: 30%}
  - name: meters
    count: 60
    placement: {kind: disc, radius: 5km}
    data_rate: 5
    traffic: {kind: periodic, period: 1min, phase: 2s}
    downlink: {kind: periodic, period: 4min, phase: 0s, size: 10B, confirmed: 50%}
multicast:
  - name: one
    members: [{devices: lights}, {devices: meters}]
    data_rate: 3
    gateways: all
    schedule: simultaneous
    session: {start: 5min, timeout: 10}
    traffic: {count: 100, period: 5s, size: 20B}
    loss: {kind: gilbert_elliott, p: 5%, r: 30%, loss_good: 1%}
  - name: two
    members: [{devices: meters}]
    data_rate: 3
    session: {start: 6min, timeout: 9}
    traffic: {count: 60, period: 5s, size: 20B, repeats: 2}
    loss: {kind: bernoulli, loss_ratio: 20%}
faults:
  - {node: roofs/1, from: 10min, to: 12min}
  - {node: home, from: 14min, to: 15min}
END
same_backwards multicast.yaml
n=$(sqlite3 fifo.db "SELECT count(*) FROM (SELECT end_ns, lead(start_ns) OVER (PARTITION BY node ORDER BY start_ns) AS next
    FROM tx WHERE node IN (SELECT id FROM node WHERE group_name = 'roofs')) WHERE next < end_ns")
[ "$n" -eq 0 ] || { echo "$n times a gateway transmits two frames at once" >&2; exit 1; }
run_to twice-multicast.db multicast.yaml
run_to again-multicast.db multicast.yaml
sqlite3 twice-multicast.db .dump >twice.dump
sqlite3 again-multicast.db .dump >again.dump
same twice.dump again.dump "multicast, the same run twice"

# Class C messages at GPS times, several at one instant, while gateways lose GPS, fail and are out of duty cycle.
sed -e '/^multicast:/,/^faults:/{/^faults:/!d}' \
    -e '/name: lights/,/name: meters/s/confirmed: 30%}/confirmed: 30%, lead: 3s}/' \
    -e 's/spacing_y: 2km}}/spacing_y: 2km}, clock: {fails: [{from: 17min, to: 25min}], holdover: 60s, drift: "uniform(-5ppm, 5ppm)"}}/' \
    multicast.yaml >timed.yaml
same_backwards timed.yaml
n=$(sqlite3 fifo.db "SELECT count(*) FROM downlink WHERE result = (SELECT code FROM code WHERE column_name = 'result' AND name = 'gps_unlocked')")
[ "$n" -gt 10 ] || { echo "only $n downlinks at a GPS time are refused without GPS" >&2; exit 1; }
n=$(sqlite3 fifo.db "SELECT count(*) FROM downlink WHERE window = 3 AND result = (SELECT code FROM code WHERE column_name = 'result' AND name = 'sent') AND planned_start_ns = made_ns + 3000000000")
[ "$n" -gt 20 ] || { echo "only $n downlinks start at their GPS time" >&2; exit 1; }

# The same with datagrams between gateways and server: both groups to all gateways at once, one by GPS, one at once with
# offsets, while gateways lose GPS.
sed -e '/- name: home/,/gateways:/s/gateways:/backhaul: {transport: delay, keepalive: 5s, stat_period: 7s}\n    gateways:/' \
    -e '/- name: one/,/- name: two/s/schedule: simultaneous/schedule: simultaneous\n    backhaul: {downlink: multicast}/' \
    -e '/- name: two/,/^faults/s/repeats: 2}/repeats: 2}\n    gateways: all\n    timing: server_clock\n    backhaul: {downlink: multicast}/' \
    -e 's/spacing_y: 2km}}/spacing_y: 2km}, clock: {fails: [{from: 17min, to: 25min}], holdover: 60s, drift: "uniform(-5ppm, 5ppm)"}}/' \
    multicast.yaml >backhaul.yaml
same_backwards backhaul.yaml
n=$(sqlite3 fifo.db "SELECT sum(n_received) FROM backhaul_stat WHERE kind = (SELECT code FROM code WHERE table_name = 'backhaul_stat' AND name = 'pull_resp')")
[ "$n" -gt 800 ] || { echo "only $n orders reach gateways" >&2; exit 1; }

# 6. Class B: beacons, ping slots and class A windows at the same instants, groups of all schedules with and without the
# devices' own class B, gateways that fail; and each device's beacons in an event of its own.
cat >class-b.yaml <<'END'
run: {duration: 2h, seed: 11}
radio: {fading: {model: rayleigh}}
networks:
  - name: home
    net_id: "000013"
    beacons: position
    gateways:
      - {name: roofs, count: 3, placement: {kind: disc, radius: 2km, z: 20m}}
    server: {ping_slot_frequency: 869.6MHz, mac_commands: [{at: 30min, hex: "06"}, {at: 40min, hex: "13000000"}]}
devices:
  - name: valves
    count: 40
    class: B
    class_b: {periodicity: 2, beacon_loss: 20%}
    tx_power: 13dBm
    placement: {kind: disc, radius: 3km}
    clock: {drift: "uniform(-30ppm, 30ppm)", granularity: 30us, jitter: "uniform(-1ms, 1ms)"}
    traffic: {kind: periodic, period: 10min, phase: 0s, size: 10B, confirmed: 20%}
    downlink: {kind: periodic, period: 5min, phase: 0s, size: 10B, confirmed: 30%}
  - name: perfect
    count: 20
    class: B
    activation: otaa
    class_b: {periodicity: 1}
    placement: {kind: disc, radius: 1km}
    traffic: {kind: periodic, period: 5min, phase: 0s, size: 10B}
    downlink: {kind: periodic, period: 2min, phase: 0s, size: 10B, confirmed: 50%}
    packages: {multicast_setup: 2}
  - name: meters
    count: 20
    placement: {kind: disc, radius: 1km}
    clock: {offset: "uniform(-5s, 5s)", drift: "uniform(-30ppm, 30ppm)"}
    traffic: {kind: periodic, period: 10min, phase: 0s, size: 10B, jitter: 10min}
    downlink: {kind: periodic, period: 20min, phase: 0s, size: 8B}
    packages: {multicast_setup: 1}
  - name: lamps
    count: 10
    class: C
    placement: {kind: disc, radius: 3km}
    traffic: {kind: periodic, period: 5min, phase: 0s, size: 10B}
    downlink: {kind: periodic, period: 5min, phase: 0s, size: 8B}
multicast:
  - {name: one, members: [{devices: valves}], class: B, periodicity: 1, gateways: all, schedule: simultaneous,
     session: {start: 2414s, timeout: 3}, traffic: {count: 80, period: 5s}}
  - {name: two, members: [{devices: valves, count: 20}], class: B, periodicity: 2, gateways: all,
     session: {start: 2798s, timeout: 3}, traffic: {count: 80, period: 5s}}
  - {name: air, members: [{devices: perfect}], class: B, periodicity: 0, setup: over_the_air, gateways: all,
     setup_plan: {start: 20min, spacing: 3min}, session: {start: 3054s, timeout: 2}, traffic: {count: 80, period: 3s, repeats: 2}}
  - {name: lent, members: [{devices: meters}], class: B, periodicity: 1, setup: over_the_air,
     setup_plan: {start: 5min, spacing: 5min}, session: {start: 3950s, timeout: 3}, traffic: {count: 80, period: 3s}}
  - {name: given, members: [{devices: meters, count: 10}], class: B, periodicity: 2,
     session: {start: 2158s, timeout: 2}, traffic: {count: 40, period: 3s}}
faults:
  - {node: roofs/1, from: 50min, to: 55min}
  - {node: home, from: 65min, to: 66min}
END
same_backwards class-b.yaml
n=$(sqlite3 fifo.db 'SELECT count(*) FROM rx WHERE window = 4')
[ "$n" -gt 4000 ] || { echo "only $n frames are heard in ping slots" >&2; exit 1; }
rm -f events.db
run_to events.db class-b.yaml --set run.beacons=events
for table in $(sqlite3 fifo.db "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('run', 'param')"); do
    rows fifo.db "$table" >fifo.rows
    rows events.db "$table" >events.rows
    same fifo.rows events.rows "$table of class-b.yaml with run.beacons: events"
done

# 7. Firmware campaigns: set up over the air on wrong clocks, asked as groups and one by one, with repair in sessions and
# by single downlinks; another one provisioned.
cat >campaigns.yaml <<'END'
run: {duration: 9h}
radio: {interference: none}
networks:
  - name: home
    gateways:
      - {name: roofs, count: 2, demodulators: unlimited, placement: {kind: disc, radius: 1km, z: 20m}}
devices:
  - name: meters
    count: 30
    data_rate: auto
    clock: {offset: "uniform(-40s, 40s)", drift: "uniform(-100ppm, 100ppm)", granularity: 1ms, jitter: "uniform(-5ms, 5ms)"}
    placement: {kind: disc, radius: 3km}
    traffic: {kind: periodic, period: 5min, jitter: 10s, size: 10B}
    packages: {clock_sync: 2, multicast_setup: 2, fragmentation: 2, firmware: 1}
  - name: lamps
    count: 20
    class: C
    placement: {kind: disc, radius: 2km}
    traffic: {kind: periodic, period: 10min, phase: 0s, jitter: 1s, size: 10B}
    packages: {fragmentation: 1}
multicast:
  - {name: one, members: [{devices: meters}], setup: over_the_air, data_rate: 3, gateways: all, loss: {kind: bernoulli, loss_ratio: 20%}}
  - {name: two, members: [{devices: lamps}], data_rate: 3, loss: {kind: gilbert_elliott}}
campaigns:
  - {name: update, group: one, size: 2kB, fragment_size: 40B, redundancy: 5%, end: status, clock: {check: ts003},
     session: {lead: 15min, timeout: 9}, repair: {rounds: 4, unicast: 3}, firmware: {version: 2}}
  - {name: table, group: two, descriptor: "00000002", size: 1kB, fragment_size: 30B, redundancy: 5%, session: {lead: 10min, timeout: 4},
     status: none, firmware: {check: false, reboot: none, verify: false}}
END
same_backwards campaigns.yaml
n=$(sqlite3 fifo.db 'SELECT count(*) FROM campaign_device WHERE reason = 0')
[ "$n" -gt 40 ] || { echo "only $n devices are updated" >&2; exit 1; }
run_to twice-campaigns.db campaigns.yaml
run_to again-campaigns.db campaigns.yaml
sqlite3 twice-campaigns.db .dump >twice.dump
sqlite3 again-campaigns.db .dump >again.dump
same twice.dump again.dump "campaigns, the same run twice"
