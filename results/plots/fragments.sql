-- fragments of a block at each device: received, repaired or missing (a heat map), and the share of devices that each did not reach
-- runs: one
-- needs: fragment: blocks and campaigns make them

-- table chosen: the campaign if there is one, and the index of its block
SELECT r.id AS run, c.campaign, coalesce(i.value + 0, (SELECT min(frag_index) FROM recovery b WHERE b.run = r.id)) AS frag_index
FROM run r
LEFT JOIN (SELECT run, campaign, min(start_ns) AS first_ns FROM campaign
           WHERE :campaign IS NULL OR campaign = :campaign GROUP BY run, campaign) c ON c.run = r.id
LEFT JOIN param i ON i.run = r.id AND i.path = 'campaigns.' || c.campaign || '.session_index'
ORDER BY c.first_ns, c.campaign LIMIT 1;

-- table block: devices and what became of their block
SELECT b.device, max(b.m) AS m, max(b.complete_ns IS NOT NULL AND b.result = (SELECT code FROM code
    WHERE table_name = 'recovery' AND column_name = 'result' AND name = 'complete')) AS whole
FROM recovery b JOIN chosen c ON c.run = b.run AND c.frag_index = b.frag_index JOIN node n ON n.run = b.run AND n.id = b.device
WHERE (c.campaign IS NULL OR EXISTS (SELECT 1 FROM campaign_device d WHERE d.run = c.run AND d.campaign = c.campaign AND d.device = b.device))
  AND (:devices IS NULL OR instr(',' || :devices || ',', ',' || n.name || ',') OR instr(',' || :devices || ',', ',' || n.group_name || ','))
GROUP BY b.device;

-- table size: uncoded fragments, the last number that was sent, how many rows are shown
SELECT m, n_last, n_devices, max(1, min(n_devices, 400, 1200000 / n_last)) AS n_lanes
FROM (SELECT (SELECT max(m) FROM block) AS m, (SELECT count(*) FROM block) AS n_devices,
             max((SELECT max(m) FROM block), coalesce((SELECT max(p.last_n) FROM campaign p JOIN chosen c ON c.run = p.run AND c.campaign = p.campaign), 0),
                 coalesce((SELECT max(f.n) FROM fragment f JOIN chosen c ON c.run = f.run AND c.frag_index = f.frag_index), 0)) AS n_last);

-- table lane: from the top; evenly chosen when they are many
WITH ordered AS (SELECT n.name, b.device, b.whole, row_number() OVER (ORDER BY length(n.group_name), n.group_name, n.index_in_group) - 1 AS k
                 FROM block b JOIN chosen c JOIN node n ON n.run = c.run AND n.id = b.device)
SELECT device, whole, name, row_number() OVER (ORDER BY k) AS lane
FROM ordered JOIN size WHERE (k + 1) * n_lanes / n_devices > k * n_lanes / n_devices;

-- table cell: 1 received, 2 repaired, 3 missing; of coded ones 4 used, 5 not needed, 6 not received
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number JOIN size WHERE n < n_last),
told AS (SELECT name, code FROM code WHERE table_name = 'fragment' AND column_name = 'result'),
got AS (SELECT f.device, f.n, max(f.result IN (SELECT code FROM told WHERE name IN ('used', 'complete'))) AS used,
               max(f.result IN (SELECT code FROM told WHERE name = 'nothing')) AS known
        FROM fragment f JOIN chosen c ON c.run = f.run AND c.frag_index = f.frag_index
        WHERE f.result <> (SELECT code FROM told WHERE name = 'refused') GROUP BY f.device, f.n)
SELECT l.lane, number.n,
       CASE WHEN number.n > s.m THEN CASE WHEN g.used THEN 4 WHEN g.device IS NOT NULL THEN 5 ELSE 6 END
            WHEN g.used OR g.known THEN 1 WHEN l.whole THEN 2 ELSE 3 END AS state,
       g.device IS NULL AS absent
FROM lane l JOIN number JOIN size s LEFT JOIN got g ON g.device = l.device AND g.n = number.n;

-- vars
SELECT replace(r.scenario, '.yaml', '') AS scenario, coalesce(c.campaign, '') AS campaign, s.m, s.n_last, s.n_devices, s.n_lanes,
       (SELECT count(*) FROM cell WHERE state = 1) AS n_received, (SELECT count(*) FROM cell WHERE state = 2) AS n_repaired,
       (SELECT count(*) FROM cell WHERE state = 3) AS n_missing, (SELECT sum(whole) FROM lane) AS n_whole,
       (SELECT max(length(name)) FROM lane) AS label_len
FROM run r JOIN chosen c ON c.run = r.id JOIN size s;

-- $runs: state, lane, first and last fragment of a run of equal ones
WITH island AS (SELECT *, n - row_number() OVER (PARTITION BY lane, state ORDER BY n) AS k FROM cell)
SELECT CASE state WHEN 1 THEN 'received' WHEN 2 THEN 'lost, repaired' WHEN 3 THEN 'missing' WHEN 4 THEN 'parity, used'
                  ELSE 'parity, not needed' END AS series, lane, min(n) AS first_n, max(n) AS last_n
FROM island WHERE state <> 6 GROUP BY state, lane, k ORDER BY state, lane, first_n;

-- $lanes: lane, device
SELECT lane, name FROM lane ORDER BY lane;

-- $shares: fragment, share of these devices that it did not reach
SELECT n, avg(absent) AS share FROM cell GROUP BY n ORDER BY n;

-- $rounds: first fragment of a repair round, its name if there is room for it
WITH first AS (SELECT p.round, min(p.first_n) AS n FROM campaign p JOIN chosen c ON c.run = p.run AND c.campaign = p.campaign
               WHERE p.phase = 'transmit' AND p.round > 0 AND p.first_n IS NOT NULL GROUP BY p.round)
SELECT f.n, CASE WHEN lead(f.n, 1, s.n_last + 1) OVER (ORDER BY f.round) - f.n > 0.085 * s.n_last THEN 'round ' ELSE '' END || f.round AS label
FROM first f JOIN size s ORDER BY f.round;
