-- beacons at class B devices: state of the devices, beacons received and missed, clock error before correction; of many devices shares
-- runs: one
-- needs: beacon: class B devices with class_b.log_beacons make them at level frames, all at level all

-- table named: the devices to choose from
SELECT n.run, n.id, n.name, n.group_name, n.index_in_group FROM node n JOIN run r ON r.id = n.run
WHERE n.kind = (SELECT code FROM code WHERE table_name = 'node' AND name = 'device')
  AND (:devices IS NULL OR instr(',' || :devices || ',', ',' || n.name || ',')
       OR instr(',' || :devices || ',', ',' || n.group_name || ','))
  AND EXISTS (SELECT 1 FROM class_b b WHERE b.run = n.run AND b.device = n.id);

-- table span: what is shown
SELECT coalesce(:begin_ns, 0) AS from_ns, CASE WHEN :span_ns IS NULL THEN max(r.duration_ns, coalesce(:begin_ns, 0) + 1)
                                          ELSE coalesce(:begin_ns, 0) + :span_ns END AS to_ns
FROM run r;

-- table expected: beacons that these devices expected then
SELECT n.id AS device, b.number, b.start_ns, b.reason, b.error_before_ns FROM beacon b JOIN named n ON n.run = b.run AND n.id = b.device JOIN span
WHERE b.start_ns >= span.from_ns AND b.start_ns < span.to_ns;

-- table lane: from the top
SELECT id, name, row_number() OVER (ORDER BY length(group_name), group_name, index_in_group) AS lane
FROM named WHERE id IN (SELECT device FROM expected);

-- table stay: from when to when a device was in a state: 1 locked, 2 beaconless, 3 class A and searching, 4 class A
WITH numbered AS (SELECT b.device, b.at_ns, c.name, row_number() OVER () AS k FROM class_b b JOIN run r ON r.id = b.run
                  JOIN code c ON c.table_name = 'class_b' AND c.column_name = 'step' AND c.code = b.step),
classed AS (SELECT device, at_ns, k, CASE WHEN name IN ('lock', 'class_b') THEN 1 WHEN name = 'beaconless' THEN 2
                                          WHEN name IN ('class_a', 'session_over') THEN 4 ELSE 3 END AS state FROM numbered)
SELECT c.device, c.state, c.at_ns AS from_ns, lead(c.at_ns, 1, r.duration_ns) OVER (PARTITION BY c.device ORDER BY c.at_ns, c.k) AS to_ns
FROM classed c JOIN run r WHERE c.device IN (SELECT id FROM lane);

-- table slot: beacons taken together so that there are at most 240 of them; only of many devices
SELECT e.*, (e.start_ns - s.from_ns) / max(128000000000, (s.to_ns - s.from_ns) / 240) AS slot FROM expected e JOIN span s
WHERE (SELECT count(*) FROM lane) > 8;

-- table miss: which share of each was missed
SELECT slot, avg(reason <> (SELECT code FROM code WHERE table_name = 'beacon' AND name = 'none')) AS share FROM slot GROUP BY slot;

-- vars
SELECT replace(r.scenario, '.yaml', '') AS scenario, s.from_ns / 1e9 AS from_s, s.to_ns / 1e9 AS to_s,
       (SELECT count(*) FROM lane) AS n_devices, (SELECT max(length(name)) FROM lane) AS label_len,
       (SELECT count(*) FROM expected) AS n_expected,
       (SELECT count(*) FROM expected WHERE reason = (SELECT code FROM code WHERE table_name = 'beacon' AND name = 'none')) AS n_received,
       (SELECT coalesce(max(share), 0) FROM miss) AS missed_max
FROM run r JOIN span s WHERE n_expected > 0;

-- $counts: reason (none: received), beacons
SELECT c.name, count(*) AS n FROM expected e JOIN code c ON c.table_name = 'beacon' AND c.column_name = 'reason' AND c.code = e.reason
GROUP BY e.reason ORDER BY e.reason;

-- $errors: device, time in s, clock error before the beacon in s, 1: received; only of few devices
SELECT lane.name AS series, e.start_ns / 1e9 AS at_s, e.error_before_ns / 1e9 AS error_s,
       e.reason = (SELECT code FROM code WHERE table_name = 'beacon' AND name = 'none') AS received
FROM expected e JOIN lane ON lane.id = e.device WHERE (SELECT count(*) FROM lane) <= 8 ORDER BY lane.lane, e.start_ns;

-- $states: state, lane, from and to in s; only of few devices
SELECT CASE s.state WHEN 1 THEN 'locked' WHEN 2 THEN 'beaconless' WHEN 3 THEN 'class A, searching' ELSE 'class A' END AS series, lane.lane,
       max(s.from_ns, p.from_ns) / 1e9 AS from_s, min(s.to_ns, p.to_ns) / 1e9 AS to_s
FROM stay s JOIN lane ON lane.id = s.device JOIN span p
WHERE (SELECT count(*) FROM lane) <= 8 AND s.to_ns > s.from_ns AND s.to_ns > p.from_ns AND s.from_ns < p.to_ns
ORDER BY s.state, lane.lane, s.from_ns;

-- $lanes: lane, device; only of few devices
SELECT lane, name FROM lane WHERE (SELECT count(*) FROM lane) <= 8 ORDER BY lane;

-- $beacons: received or missed, time in s, lane; only of few devices
SELECT CASE c.name WHEN 'none' THEN 'received' ELSE 'missed' END AS series, e.start_ns / 1e9 AS at_s, lane.lane
FROM expected e JOIN lane ON lane.id = e.device JOIN code c ON c.table_name = 'beacon' AND c.column_name = 'reason' AND c.code = e.reason
WHERE (SELECT count(*) FROM lane) <= 8 ORDER BY 1 DESC, e.start_ns, lane.lane;

-- $shares: state, time in s, lower and upper end as a share of the devices; only of many devices
WITH RECURSIVE grid(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM grid WHERE i < 480),
step AS (SELECT from_ns, (to_ns - from_ns) / 480.0 AS ns FROM span),
change AS (SELECT state, from_ns AS at_ns, 1 AS n FROM stay UNION ALL SELECT state, to_ns, -1 FROM stay),
placed AS (SELECT c.state, max(0, CAST(ceil((c.at_ns - s.from_ns) / s.ns - 1e-9) AS INT)) AS i, sum(c.n) AS n
           FROM change c JOIN step s WHERE (SELECT count(*) FROM lane) > 8 GROUP BY 1, 2),
level AS (SELECT p.state, grid.i, sum(coalesce(placed.n, 0)) OVER (PARTITION BY p.state ORDER BY grid.i) AS n
          FROM grid JOIN (SELECT DISTINCT state FROM placed) p LEFT JOIN placed ON placed.state = p.state AND placed.i = grid.i
          WHERE grid.i < 480)
SELECT CASE l.state WHEN 1 THEN 'locked' WHEN 2 THEN 'beaconless' WHEN 3 THEN 'class A, searching' ELSE 'class A' END AS series,
       (s.from_ns + l.i * s.ns) / 1e9 AS at_s, 1.0 * (sum(l.n) OVER stack - l.n) / (SELECT count(*) FROM lane) AS low,
       1.0 * sum(l.n) OVER stack / (SELECT count(*) FROM lane) AS high
FROM level l JOIN step s WHERE l.state IN (SELECT state FROM level WHERE n > 0) WINDOW stack AS (PARTITION BY l.i ORDER BY l.state) ORDER BY l.state, l.i;

-- $missed: reason, from and to in s, lower and upper end as a share of the beacons expected; only of many devices
WITH size AS (SELECT slot, count(*) AS n, min(start_ns) AS at_ns FROM slot GROUP BY slot),
lost AS (SELECT slot, reason, count(*) AS n FROM slot GROUP BY slot, reason),
weight AS (SELECT reason, sum(n) AS total FROM lost GROUP BY reason)
SELECT c.name AS series, z.at_ns / 1e9 AS from_s, (z.at_ns + max(128000000000, (s.to_ns - s.from_ns) / 240)) / 1e9 AS to_s,
       1.0 * (sum(l.n) OVER stack - l.n) / z.n AS low, 1.0 * sum(l.n) OVER stack / z.n AS high
FROM lost l JOIN size z ON z.slot = l.slot JOIN weight w ON w.reason = l.reason JOIN span s
JOIN code c ON c.table_name = 'beacon' AND c.column_name = 'reason' AND c.code = l.reason
WHERE c.name <> 'none'
WINDOW stack AS (PARTITION BY l.slot ORDER BY w.total DESC, l.reason) ORDER BY w.total DESC, l.reason, z.slot;

-- $bands: time in s, clock error before the beacon in s: 5 %, median, 95 %; only of many devices
WITH ranked AS (SELECT slot, start_ns, error_before_ns, row_number() OVER (PARTITION BY slot ORDER BY error_before_ns) AS k,
                       count(*) OVER (PARTITION BY slot) AS n FROM slot)
SELECT min(start_ns) / 1e9 AS at_s, max(CASE WHEN k = 1 + CAST(round(0.05 * (n - 1)) AS INT) THEN error_before_ns END) / 1e9 AS low_s,
       max(CASE WHEN k = 1 + CAST(round(0.50 * (n - 1)) AS INT) THEN error_before_ns END) / 1e9 AS median_s,
       max(CASE WHEN k = 1 + CAST(round(0.95 * (n - 1)) AS INT) THEN error_before_ns END) / 1e9 AS high_s
FROM ranked GROUP BY slot ORDER BY slot;
