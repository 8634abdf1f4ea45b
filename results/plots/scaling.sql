-- links of IP multicast trees between routers against the number of receivers, with the closed form of k-ary trees and m^0.8
-- runs: many
-- varies: ip.%
-- needs: ip_flow_stat: ip.traffic to groups with members makes them

-- table router: IP routers
SELECT n.run, n.id, n.index_in_group FROM node n JOIN run r ON r.id = n.run
WHERE n.kind = (SELECT code FROM code WHERE table_name = 'node' AND column_name = 'kind' AND name = 'ip_router');

-- table core: links between routers
SELECT i.run, i.link FROM ip_interface i LEFT JOIN router n ON n.run = i.run AND n.id = i.node
GROUP BY i.run, i.link HAVING count(*) > 1 AND count(n.id) = count(*);

-- table key: what is asked below
SELECT run, path, value FROM param
WHERE run IN (SELECT id FROM run) AND (path LIKE 'ip.topologies.%' OR path LIKE 'ip.traffic.%.delivery' OR path = :by);

-- table copied: copies of datagrams to groups on them
SELECT s.run, sum(s.n_packets) AS n FROM ip_link_stat s JOIN core c ON c.run = s.run AND c.link = s.link
WHERE s.kind = (SELECT code FROM code WHERE table_name = 'ip_link_stat' AND column_name = 'kind' AND name = 'data') GROUP BY s.run;

-- table sent: flows and datagrams of a run
SELECT run, sum(n_sent) AS n, count(*) AS n_flows FROM ip_flow GROUP BY run;

-- table expected: receivers of a flow in the mean
SELECT run, 1.0 * count(*) / count(DISTINCT flow) AS m FROM ip_flow_stat WHERE n_expected > 0 GROUP BY run;

-- table source: who sends
SELECT DISTINCT run, node FROM ip_flow;

-- table aside: runs in which a source stands elsewhere than at a first node
SELECT DISTINCT i.run FROM source s JOIN ip_interface i ON i.run = s.run AND i.node = s.node
JOIN ip_interface o ON o.run = i.run AND o.link = i.link AND o.node <> i.node JOIN router n ON n.run = o.run AND n.id = o.node WHERE n.index_in_group > 0;

-- table net: the topology of a run that has one; runs that send otherwise than to groups are left out
SELECT run, substr(min(path), 1, length(min(path)) - 8) AS path, min(value) AS kind FROM key WHERE path LIKE 'ip.topologies.%.topology'
GROUP BY run HAVING count(*) = 1;

-- table other: runs with unicast flows
SELECT DISTINCT run FROM key WHERE path LIKE 'ip.traffic.%.delivery' AND value <> 'multicast';

-- table shape: runs that only send to groups, with their topology's keys
SELECT r.id AS run, r.scenario, x.m, s.n AS n_sent, s.n_flows, p.n AS n_copies, b.value AS by_value, t.kind, c.value + 0 AS n_nodes,
       a.value + 0 AS arity, d.value + 0 AS depth,
       coalesce(h.value = 'leaves' AND t.kind = 'k_ary_tree' AND r.id NOT IN (SELECT run FROM aside), 0) AS closed
FROM run r JOIN expected x ON x.run = r.id JOIN sent s ON s.run = r.id JOIN copied p ON p.run = r.id LEFT JOIN key b ON b.run = r.id AND b.path = :by
LEFT JOIN net t ON t.run = r.id
LEFT JOIN key c ON c.run = r.id AND c.path = t.path || 'count' LEFT JOIN key a ON a.run = r.id AND a.path = t.path || 'arity'
LEFT JOIN key d ON d.run = r.id AND d.path = t.path || 'depth' LEFT JOIN key h ON h.run = r.id AND h.path = t.path || 'hosts'
WHERE r.id NOT IN (SELECT run FROM other) AND s.n > 0;

-- table curve: links of a tree in the mean of a run's flows, with the name of the curve
SELECT *, 1.0 * n_copies / n_sent AS links,
       CASE WHEN by_value IS NOT NULL THEN by_value
            WHEN kind = 'k_ary_tree' THEN CASE arity WHEN 2 THEN 'binary' ELSE arity || '-ary' END || ' tree, depth ' || depth
            WHEN kind = 'barabasi_albert' THEN 'Barabasi-Albert, ' || n_nodes || ' routers'
            WHEN kind = 'waxman' THEN 'Waxman, ' || n_nodes || ' routers'
            ELSE replace(scenario, '.yaml', '') END AS series
FROM shape;

-- table length: of a path to one receiver: a k-ary tree's depth, or what was counted with one receiver
SELECT series, CASE WHEN max(closed) THEN max(depth) ELSE avg(CASE WHEN m = 1 THEN links END) END AS u, min(m) AS m_min, max(m) AS m_max,
       max(closed) AS closed, max(arity) AS arity, max(depth) AS depth FROM curve GROUP BY series;

-- vars
SELECT count(*) AS n_curves, (SELECT count(*) FROM curve) AS n_runs, (SELECT max(n) FROM (SELECT sum(n_flows) AS n FROM curve GROUP BY series, m)) AS n_sets_max,
       (SELECT min(n) FROM (SELECT sum(n_flows) AS n FROM curve GROUP BY series, m)) AS n_sets_min,
       min(m_min) AS m_min, max(m_max) AS m_max, sum(u IS NULL) = 0 AS has_u, max(closed) AS any_closed, max(length(series)) AS label_len,
       (SELECT replace(min(scenario), '.yaml', '') FROM curve) AS scenario, (SELECT count(DISTINCT scenario) FROM curve) AS n_scenarios
FROM length HAVING count(*) > 0;

-- $points: curve, receivers, links: mean, lower and upper end of its 95 % interval (Student's t over runs; the mean for one run), path to one receiver
WITH t(df, quantile) AS (VALUES
    (1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (6, 2.447), (7, 2.365), (8, 2.306), (9, 2.262),
    (10, 2.228), (11, 2.201), (12, 2.179), (13, 2.160), (14, 2.145), (15, 2.131), (16, 2.120), (17, 2.110),
    (18, 2.101), (19, 2.093), (20, 2.086), (21, 2.080), (22, 2.074), (23, 2.069), (24, 2.064), (25, 2.060),
    (26, 2.056), (27, 2.052), (28, 2.048), (29, 2.045), (30, 2.042)),
with_mean AS (SELECT *, avg(links) OVER (PARTITION BY series, m) AS mean FROM curve),
grouped AS (SELECT series, m, avg(links) AS mean, count(*) AS n, sum((links - mean) * (links - mean)) AS squares FROM with_mean GROUP BY series, m)
SELECT g.series, g.m, g.mean, coalesce(g.mean - coalesce(t.quantile, 1.96) * sqrt(squares / (n - 1) / n), g.mean) AS low,
       coalesce(g.mean + coalesce(t.quantile, 1.96) * sqrt(squares / (n - 1) / n), g.mean) AS high, l.u
FROM grouped g JOIN length l ON l.series = g.series LEFT JOIN t ON t.df = n - 1
ORDER BY g.series, g.m;

-- $closed: curve, receivers, links by the closed form of k-ary trees (section 3 of Phillips, Shenker and Tangmunarunkit, SIGCOMM 1999), path to one
WITH RECURSIVE grid(m) AS (SELECT 1 UNION ALL SELECT max(m + 1, cast(m * 1.08 AS INTEGER)) FROM grid WHERE m < (SELECT max(m_max) FROM length))
SELECT l.series, g.m, k_ary_tree_links(l.arity, l.depth, g.m) AS links, l.u
FROM length l JOIN grid g ON g.m <= l.m_max WHERE l.closed ORDER BY l.series, g.m;
