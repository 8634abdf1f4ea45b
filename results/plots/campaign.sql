-- devices of a firmware campaign by state over time, stacked, with the campaign's phases
-- runs: one
-- needs: campaign_state: campaigns make them

-- table chosen: the campaign, its begin and end
SELECT c.run, c.campaign, min(c.start_ns) AS first_ns, max(c.end_ns) AS last_ns
FROM campaign c JOIN run r ON r.id = c.run
WHERE :campaign IS NULL OR c.campaign = :campaign
GROUP BY c.run, c.campaign ORDER BY min(c.start_ns), c.campaign LIMIT 1;

-- table span: what is shown
SELECT coalesce(:begin_ns, first_ns) AS from_ns,
       CASE WHEN :span_ns IS NULL THEN max(last_ns, coalesce(:begin_ns, first_ns) + 1) ELSE coalesce(:begin_ns, first_ns) + :span_ns END AS to_ns
FROM chosen;

-- table class: states that are shown as one, from the bottom
WITH c(state, place, label) AS (VALUES
    ('updated', 1, 'updated'), ('verify', 2, 'restarted'), ('rebooting', 3, 'told to reboot'), ('reboot', 3, 'told to reboot'),
    ('image', 4, 'image checked'), ('complete', 5, 'block complete'), ('missing', 6, 'fragments missing'),
    ('status', 7, 'asked for status'), ('sent', 7, 'asked for status'), ('receiving', 8, 'has the session'),
    ('invited', 9, 'invited'), ('set_up', 10, 'ready for a session'), ('fragments', 11, 'fragmentation set-up'),
    ('group', 12, 'group set-up'), ('clock', 13, 'clock set'), ('inventory', 14, 'asked for versions'),
    ('waiting', 15, 'waiting'), ('failed', 16, 'given up'))
SELECT code.code AS state, coalesce(c.place, 100 + code.code) AS place, coalesce(c.label, code.name) AS label
FROM code LEFT JOIN c ON c.state = code.name
WHERE code.table_name = 'campaign_state' AND code.column_name = 'state';

-- table stay: from when to when a device was in a state; of states entered at one instant the last counts
SELECT s.device, class.place, s.at_ns AS from_ns, lead(s.at_ns) OVER (PARTITION BY s.device ORDER BY s.at_ns, s.seq) AS to_ns
FROM campaign_state s JOIN chosen c ON c.run = s.run AND c.campaign = s.campaign JOIN class ON class.state = s.state;

-- table level: devices of each class at 601 times
WITH RECURSIVE grid(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM grid WHERE i < 600),
step AS (SELECT from_ns, (to_ns - from_ns) / 600.0 AS ns FROM span),
change AS (SELECT place, from_ns AS at_ns, 1 AS n FROM stay UNION ALL SELECT place, to_ns, -1 FROM stay WHERE to_ns IS NOT NULL),
placed AS (SELECT c.place, max(0, CAST(ceil((c.at_ns - s.from_ns) / s.ns - 1e-9) AS INT)) AS i, sum(c.n) AS n
           FROM change c JOIN step s GROUP BY 1, 2)
SELECT p.place, grid.i, s.from_ns + grid.i * s.ns AS at_ns,
       sum(coalesce(placed.n, 0)) OVER (PARTITION BY p.place ORDER BY grid.i) AS n
FROM grid JOIN step s JOIN (SELECT DISTINCT place FROM stay) p LEFT JOIN placed ON placed.place = p.place AND placed.i = grid.i;

-- vars
SELECT replace(r.scenario, '.yaml', '') AS scenario, c.campaign, s.from_ns / 1e9 AS from_s, s.to_ns / 1e9 AS to_s,
       (SELECT count(DISTINCT device) FROM stay) AS n_devices,
       (SELECT coalesce(sum(level.n), 0) FROM level JOIN class ON class.place = level.place
        WHERE level.i = 600 AND class.label = 'updated') AS n_updated,
       (SELECT coalesce(sum(level.n), 0) FROM level JOIN class ON class.place = level.place
        WHERE level.i = 600 AND class.label = 'given up') AS n_failed
FROM run r JOIN chosen c ON c.run = r.id JOIN span s;

-- $states: state, time in s, lower and upper end in devices
SELECT class.label AS series, l.at_ns / 1e9 AS at_s, sum(l.n) OVER stack - l.n AS low, sum(l.n) OVER stack AS high
FROM level l JOIN (SELECT DISTINCT place, label FROM class) class ON class.place = l.place
WHERE l.place IN (SELECT place FROM level WHERE n > 0)
WINDOW stack AS (PARTITION BY l.i ORDER BY l.place)
ORDER BY l.place, l.i;

-- $phases: phase, begin and end in s (within what is shown), label
SELECT c.phase AS series, max(c.start_ns, s.from_ns) / 1e9 AS from_s, min(c.end_ns, s.to_ns) / 1e9 AS to_s,
       CASE c.phase WHEN 'set_up' THEN 'set-up' WHEN 'feed' THEN 'unicast' ELSE c.phase END
       || CASE WHEN c.round > 0 AND c.phase IN ('invite', 'transmit') THEN ' ' || c.round ELSE '' END AS label
FROM campaign c JOIN chosen k ON k.run = c.run AND k.campaign = c.campaign JOIN span s
WHERE c.start_ns < s.to_ns AND c.end_ns >= s.from_ns
ORDER BY c.phase, c.start_ns;
