-- IP groups: distributions of the times from joining to the first datagram, and from leaving to the last one on the member's link
-- runs: many
-- varies: %
-- needs: ip_join: memberships of IP hosts make them

-- table sent: when sending to a group began
SELECT run, group_addr, min(first_ns) AS first_ns FROM ip_flow WHERE first_ns IS NOT NULL GROUP BY run, group_addr;

-- table entry: stays in groups, named by the group of hosts or by the value of a key, and whether something was sent before joining
SELECT CASE WHEN :by IS NULL THEN n.group_name ELSE coalesce(p.value, 'not set') END AS label, j.*,
       coalesce(f.first_ns <= j.join_ns, 0) AS in_stream
FROM ip_join j JOIN run r ON r.id = j.run JOIN node n ON n.run = j.run AND n.id = j.node
LEFT JOIN sent f ON f.run = j.run AND f.group_addr = j.group_addr LEFT JOIN param p ON p.run = j.run AND p.path = :by;

-- table wait: panel (1: joins into a stream; 2: leaves after which it ended on the link, three datagrams later), time in s (NULL: never)
SELECT 1 AS panel, label, (first_ns - join_ns) / 1e9 AS s FROM entry WHERE in_stream
UNION ALL
SELECT 2, label, (coalesce(last_ns, leave_ns) - leave_ns) / 1e9 FROM entry WHERE n_missed >= 3;

-- table axis: ends of the panels' axes
SELECT panel, count(*) AS n, count(s) AS n_ended, max(min(s), 1e-6) AS first_s, max(max(s), 2e-6) AS last_s FROM wait GROUP BY panel;

-- vars
SELECT (SELECT count(DISTINCT scenario) FROM run) AS n_scenarios, (SELECT replace(min(scenario), '.yaml', '') FROM run) AS scenario,
       (SELECT count(*) FROM run) AS n_runs, coalesce(:by, '') AS by_key,
       (SELECT count(*) FROM entry WHERE n_after > 0 AND n_missed < 3) AS n_carried_on,
       coalesce((SELECT n FROM axis WHERE panel = 1), 0) AS n_joins, coalesce((SELECT n_ended FROM axis WHERE panel = 1), 0) AS n_joins_ended,
       coalesce((SELECT first_s FROM axis WHERE panel = 1), 0) AS join_first_s,
       coalesce((SELECT last_s FROM axis WHERE panel = 1), 0) AS join_last_s,
       coalesce((SELECT n FROM axis WHERE panel = 2), 0) AS n_leaves,
       coalesce((SELECT first_s FROM axis WHERE panel = 2), 0) AS leave_first_s,
       coalesce((SELECT last_s FROM axis WHERE panel = 2), 0) AS leave_last_s,
       (SELECT count(DISTINCT label) FROM entry) AS n_labels, (SELECT max(length(label)) FROM entry) AS label_len
WHERE EXISTS (SELECT 1 FROM wait);

-- $labels: number and name of each curve
SELECT printf('%02d', row_number() OVER (ORDER BY label)) || label AS series, 0 AS x FROM (SELECT DISTINCT label FROM wait) ORDER BY label;

-- $joins: number and name of the curve, time in s, share of its joins that had a datagram by then
WITH place AS (SELECT label, row_number() OVER (ORDER BY label) AS k FROM (SELECT DISTINCT label FROM wait)),
ranked AS (SELECT p.k, w.label, w.s, row_number() OVER (PARTITION BY w.label ORDER BY w.s IS NULL, w.s) AS i, count(*) OVER (PARTITION BY w.label) AS n
           FROM wait w JOIN place p ON p.label = w.label WHERE w.panel = 1),
step AS (SELECT k, label, s, max(1.0 * i / n) AS share FROM ranked WHERE s IS NOT NULL GROUP BY k, label, s
         UNION ALL SELECT k, label, min(s), 0 FROM ranked WHERE s IS NOT NULL GROUP BY k, label
         UNION ALL SELECT k, label, (SELECT last_s FROM axis WHERE panel = 1) * 10, sum(s IS NOT NULL) * 1.0 / n FROM ranked
                   GROUP BY k, label HAVING count(s) > 0)
SELECT printf('%02d', k) || label AS series, s, share FROM step ORDER BY k, s, share;

-- $leaves: the same of leaves; share after which the last datagram had come by then
WITH place AS (SELECT label, row_number() OVER (ORDER BY label) AS k FROM (SELECT DISTINCT label FROM wait)),
ranked AS (SELECT p.k, w.label, w.s, row_number() OVER (PARTITION BY w.label ORDER BY w.s) AS i, count(*) OVER (PARTITION BY w.label) AS n
           FROM wait w JOIN place p ON p.label = w.label WHERE w.panel = 2),
step AS (SELECT k, label, s, max(1.0 * i / n) AS share FROM ranked GROUP BY k, label, s
         UNION ALL SELECT k, label, min(s), 0 FROM ranked GROUP BY k, label
         UNION ALL SELECT k, label, (SELECT last_s FROM axis WHERE panel = 2) * 10, 1 FROM ranked GROUP BY k, label)
SELECT printf('%02d', k) || label AS series, s, share FROM step ORDER BY k, s, share;
