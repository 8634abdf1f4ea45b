#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The scenarios that show what clock synchronisation is good for do show it: sessions missed without it are heard with
# it, and errors behind each correction stay under a second and the drift of the exchange.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
for name in multicast-clock-sync clock-drift; do
    "$BUILD_DIR/castbed" run "$SOURCE_DIR/scenarios/$name.yaml" -o "$name.db" --quiet
done

# holds DATABASE CONDITION: of what the query of standard input gives
holds()
{
    local found
    found=$(sqlite3 "$1")
    [ "$found" = 1 ] || { echo "$1: $2: $found" >&2; exit 1; }
}

for name in multicast-clock-sync clock-drift; do
    holds $name.db "error behind a correction" <<'END'
SELECT count(*) > 15 AND max(abs(error_after_ns)) < 1001000000 FROM clock_sample
WHERE source = (SELECT code FROM code WHERE table_name = 'clock_sample' AND name = 'ts003');
END
done

# Of twenty clocks up to 5 min wrong about 11 lie more than the 128 s of the session off.
holds multicast-clock-sync.db "sessions missed alone, heard when synced" <<'END'
SELECT sum(n.group_name = 'alone' AND d.n_multicast = 0) >= 5 AND
       min(CASE WHEN n.group_name = 'synced' THEN d.n_multicast END) >= 45
FROM device_stat d JOIN node n ON n.id = d.device;
END

# Share of the frames heard on the ninth day: crystals of up to 100 ppm need more than two corrections a day.
holds clock-drift.db "frames of day 9" <<'END'
WITH heard AS
(SELECT n.group_name AS g, 1.0 * sum(w.n_caught) / sum(w.n_frames) AS share
 FROM window w JOIN session s ON s.devaddr = w.devaddr AND s.group_name = 'day-9' JOIN node n ON n.id = w.device
 GROUP BY 1)
SELECT sum(g IN ('alone-1ppm', 'synced-1ppm', 'synced-10ppm', 'asked-1ppm', 'asked-10ppm', 'asked-30ppm')
           AND share >= 0.99) = 6
       AND sum(g = 'alone-100ppm' AND share < 0.6) = 1 AND sum(g = 'alone-30ppm' AND share < 0.9) = 1
       AND sum(g LIKE 'synced-100ppm' AND share BETWEEN 0.9 AND 0.995) = 1
FROM heard;
END
