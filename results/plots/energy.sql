-- energy of devices by state (and phase of a campaign): median and 5..95 % of each group, battery life
-- needs: energy

-- table entry: groups of devices, or what was asked for, and their devices
SELECT DISTINCT r.id AS run, n.id AS device,
       CASE WHEN (SELECT count(DISTINCT scenario) FROM run) > 1 THEN replace(r.scenario, '.yaml', '') || ' ' ELSE '' END
       || CASE WHEN :devices IS NOT NULL AND instr(',' || :devices || ',', ',' || n.name || ',') THEN n.name ELSE n.group_name END AS name,
       n.group_name
FROM node n JOIN run r ON r.id = n.run
WHERE n.kind = (SELECT code FROM code WHERE table_name = 'node' AND name = 'device')
  AND (:devices IS NULL OR instr(',' || :devices || ',', ',' || n.name || ',')
       OR instr(',' || :devices || ',', ',' || n.group_name || ','));

-- table used: energy of a device in a phase, J
SELECT e.run, e.device, entry.name, e.phase, sum(e.tx_uj) / 1e6 AS tx, sum(e.rx_uj) / 1e6 AS rx, sum(e.join_uj) / 1e6 AS joining,
       sum(e.rxc_uj) / 1e6 AS rxc, sum(e.idle_uj) / 1e6 AS idle, sum(e.sleep_uj) / 1e6 AS sleep,
       sum(e.tx_uj + e.rx_uj + e.join_uj + e.rxc_uj + e.idle_uj + e.sleep_uj) / 1e6 AS total
FROM energy e JOIN entry ON entry.run = e.run AND entry.device = e.device
GROUP BY e.run, e.device, e.phase HAVING sum(e.length_ns) > 0;

-- table bar: a bar a group and phase, from the left
SELECT name, phase, count(*) AS n, row_number() OVER (ORDER BY length(name), name, phase)
       + 0.6 * (dense_rank() OVER (ORDER BY length(name), name) - 1) * ((SELECT count(DISTINCT phase) FROM used) > 1) AS x,
       avg(tx) AS tx, avg(rx) AS rx, avg(joining) AS joining, avg(rxc) AS rxc, avg(idle) AS idle, avg(sleep) AS sleep, avg(total) AS total
FROM used GROUP BY name, phase;

-- table ranked: devices of a bar by their energy
SELECT name, phase, total, row_number() OVER bar AS k, count(*) OVER (PARTITION BY name, phase) AS n
FROM used WINDOW bar AS (PARTITION BY name, phase ORDER BY total);

-- table life: battery life of a device of a group in days, of the middle one
SELECT name, days FROM (SELECT entry.name, d.battery_days AS days, row_number() OVER w AS k, count(*) OVER (PARTITION BY entry.name) AS n
                        FROM entry JOIN device_stat d ON d.run = entry.run AND d.device = entry.device
                        WINDOW w AS (PARTITION BY entry.name ORDER BY d.battery_days))
WHERE k = (n + 1) / 2;

-- table assumed: values of devices[].energy of the groups shown, as they were written
SELECT substr(p.path, length('devices.' || g.group_name || '.energy.') + 1) AS key,
       CASE WHEN count(DISTINCT p.value) = 1 THEN trim(min(p.value), '[]') ELSE '(differs)' END AS value
FROM (SELECT DISTINCT run, group_name FROM entry) g
JOIN param p ON p.run = g.run AND substr(p.path, 1, length('devices.' || g.group_name || '.energy.')) = 'devices.' || g.group_name || '.energy.'
GROUP BY key;

-- vars
SELECT (SELECT count(DISTINCT scenario) FROM run) AS n_scenarios, (SELECT replace(min(scenario), '.yaml', '') FROM run) AS scenario,
       (SELECT count(DISTINCT phase) FROM used) AS n_phases, (SELECT count(*) FROM bar) AS n_bars,
       (SELECT max(n) FROM bar) AS n_most, (SELECT max(length(name)) FROM bar) AS label_len,
       (SELECT max(duration_ns) / 1e9 FROM run) AS duration_s, (SELECT count(DISTINCT duration_ns) FROM run) AS n_durations,
       (SELECT min(total) FROM ranked WHERE total > 0) AS total_min, (SELECT max(total) FROM ranked) AS total_max,
       coalesce('Assumed: ' || (SELECT value FROM assumed WHERE key = 'voltage') || '; receiving ' || (SELECT value FROM assumed WHERE key = 'rx')
       || ', waiting ' || (SELECT value FROM assumed WHERE key = 'idle') || ', asleep ' || (SELECT value FROM assumed WHERE key = 'sleep')
       || ', transmitting',
                'Assumed: currents are not known') AS assumed_rest,
       coalesce((SELECT value FROM assumed WHERE key = 'tx') || ' at ' || (SELECT value FROM assumed WHERE key = 'tx_at'), '') AS assumed_tx,
       coalesce('less antenna gain ' || (SELECT value FROM assumed WHERE key = 'antenna_gain') || '; always ' || (SELECT value FROM assumed WHERE key = 'mcu')
       || ' beside the radio; battery ' || (SELECT value FROM assumed WHERE key = 'battery') || ', self-discharge '
       || (SELECT CASE value WHEN '(differs)' THEN value ELSE printf('%g', 100 * value) END FROM assumed WHERE key = 'self_discharge')
       || ' % a year', '') AS assumed_battery;

-- $bars: state, place on the x axis, lower and upper end as a share of the bar's mean energy
WITH part AS (SELECT x, total, 1 AS k, 'transmitting' AS state, tx AS j FROM bar
              UNION ALL SELECT x, total, 2, 'RX1 and RX2', rx FROM bar
              UNION ALL SELECT x, total, 3, 'joining', joining FROM bar
              UNION ALL SELECT x, total, 4, 'RXC and sessions', rxc FROM bar
              UNION ALL SELECT x, total, 5, 'waiting for RX', idle FROM bar
              UNION ALL SELECT x, total, 6, 'asleep', sleep FROM bar)
SELECT state AS series, x, (sum(j) OVER stack - j) / total AS low, sum(j) OVER stack / total AS high
FROM part WHERE total > 0 AND k IN (SELECT k FROM part WHERE j > 0)
WINDOW stack AS (PARTITION BY x ORDER BY k) ORDER BY k, x;

-- $totals: place on the x axis, median, 5 and 95 %, number of devices, battery life (empty: a phase of a campaign)
SELECT b.x, max(CASE WHEN r.k = (r.n + 1) / 2 THEN r.total END) AS median, max(CASE WHEN r.k = (r.n + 19) / 20 THEN r.total END) AS low,
       max(CASE WHEN r.k = (r.n * 19 + 19) / 20 THEN r.total END) AS high, b.n,
       CASE WHEN b.phase <> (SELECT code FROM code WHERE table_name = 'energy' AND column_name = 'phase' AND name = 'run') THEN ''
            WHEN l.days >= 730.5 THEN printf('%.3g years', l.days / 365.25) ELSE printf('%.3g days', l.days) END AS life
FROM bar b JOIN ranked r ON r.name = b.name AND r.phase = b.phase JOIN life l ON l.name = b.name GROUP BY b.x ORDER BY b.x;

-- $ticks: place on the x axis, label
SELECT x, CASE WHEN (SELECT count(DISTINCT phase) FROM used) > 1 THEN CASE c.name WHEN 'run' THEN 'whole run' WHEN 'set_up' THEN 'set-up' ELSE c.name END ELSE bar.name END AS label
FROM bar JOIN code c ON c.table_name = 'energy' AND c.column_name = 'phase' AND c.code = bar.phase ORDER BY x;

-- $groups: group, place of each of its bars; empty when there is one phase
SELECT name AS series, x FROM bar WHERE (SELECT count(DISTINCT phase) FROM used) > 1 ORDER BY x;
