-- copies of a datagram on the links between IP routers, and on the busiest of them, for unicast and multicast against receivers
-- runs: many
-- varies: ip.%
-- needs: ip_flow_stat: ip.traffic to groups with members makes them

-- table router: IP routers
SELECT n.run, n.id FROM node n JOIN run r ON r.id = n.run
WHERE n.kind = (SELECT code FROM code WHERE table_name = 'node' AND column_name = 'kind' AND name = 'ip_router');

-- table ends: links; core: between routers
SELECT i.run, i.link, count(*) > 1 AND count(n.id) = count(*) AS core
FROM ip_interface i LEFT JOIN router n ON n.run = i.run AND n.id = i.node GROUP BY i.run, i.link;

-- table core: links between routers; where there is none in any run all links
SELECT run, link FROM ends WHERE core OR NOT EXISTS (SELECT 1 FROM ends WHERE core);

-- table carried: copies of all datagrams on each of these links
SELECT s.run, s.link, sum(s.n_packets) AS n FROM ip_link_stat s JOIN core c ON c.run = s.run AND c.link = s.link
WHERE s.kind IN (SELECT code FROM code WHERE table_name = 'ip_link_stat' AND column_name = 'kind' AND name IN ('data', 'unicast'))
GROUP BY s.run, s.link;

-- table total: on all of them together, and on the busiest
SELECT run, sum(n) AS n, max(n) AS busiest FROM carried GROUP BY run;

-- table sent: datagrams of a run
SELECT run, sum(n_sent) AS n FROM ip_flow GROUP BY run HAVING sum(n_sent) > 0;

-- table expected: receivers of a flow in the mean
SELECT run, 1.0 * count(*) / count(DISTINCT flow) AS m FROM ip_flow_stat WHERE n_expected > 0 GROUP BY run;

-- table key: how flows are delivered, and what was asked for
SELECT run, path, value FROM param WHERE run IN (SELECT id FROM run) AND (path LIKE 'ip.traffic.%.delivery' OR path = :by);

-- table delivered: the same for all flows of a run?
SELECT run, CASE WHEN count(DISTINCT value) = 1 THEN min(value) ELSE 'both' END AS delivery FROM key WHERE path LIKE 'ip.traffic.%.delivery' GROUP BY run;

-- table load: copies of one datagram
SELECT r.id AS run, x.m, d.delivery || CASE WHEN b.value IS NOT NULL THEN ', ' || b.value
           WHEN (SELECT count(DISTINCT scenario) FROM run) > 1 THEN ', ' || replace(r.scenario, '.yaml', '') ELSE '' END AS series, d.delivery, r.scenario,
       coalesce(t.n, 0) * 1.0 / s.n AS copies, coalesce(t.busiest, 0) * 1.0 / s.n AS busiest
FROM run r JOIN expected x ON x.run = r.id JOIN sent s ON s.run = r.id JOIN delivered d ON d.run = r.id
LEFT JOIN total t ON t.run = r.id LEFT JOIN key b ON b.run = r.id AND b.path = :by;

-- vars
SELECT count(*) AS n_runs, min(m) AS m_min, max(m) AS m_max, count(DISTINCT m) AS n_sizes, max(copies) AS copies_max, max(busiest) AS busiest_max,
       min(copies) AS copies_min, min(busiest) AS busiest_min, max(length(series)) AS label_len,
       count(DISTINCT scenario) AS n_scenarios, replace(min(scenario), '.yaml', '') AS scenario,
       NOT EXISTS (SELECT 1 FROM ends WHERE core) AS all_links
FROM load HAVING count(*) > 0;

-- $loads: curve, receivers, copies: mean and ends of its 95 % interval (Student's t over runs; the mean for one run), on the busiest link: the same
WITH t(df, quantile) AS (VALUES
    (1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (6, 2.447), (7, 2.365), (8, 2.306), (9, 2.262),
    (10, 2.228), (11, 2.201), (12, 2.179), (13, 2.160), (14, 2.145), (15, 2.131), (16, 2.120), (17, 2.110),
    (18, 2.101), (19, 2.093), (20, 2.086), (21, 2.080), (22, 2.074), (23, 2.069), (24, 2.064), (25, 2.060),
    (26, 2.056), (27, 2.052), (28, 2.048), (29, 2.045), (30, 2.042)),
with_mean AS (SELECT *, avg(copies) OVER w AS mean, avg(busiest) OVER w AS mean_busiest FROM load WINDOW w AS (PARTITION BY series, m)),
grouped AS (SELECT series, min(delivery) AS delivery, m, avg(copies) AS mean, avg(busiest) AS mean_busiest, count(*) AS n,
                   sum((copies - mean) * (copies - mean)) AS squares, sum((busiest - mean_busiest) * (busiest - mean_busiest)) AS squares_busiest
            FROM with_mean GROUP BY series, m),
half AS (SELECT g.*, coalesce(coalesce(t.quantile, 1.96) * sqrt(squares / (n - 1) / n), 0) AS h,
                coalesce(coalesce(t.quantile, 1.96) * sqrt(squares_busiest / (n - 1) / n), 0) AS h_busiest FROM grouped g LEFT JOIN t ON t.df = n - 1)
SELECT series, m, mean, mean - h AS low, mean + h AS high, mean_busiest, mean_busiest - h_busiest AS low_busiest, mean_busiest + h_busiest AS high_busiest
FROM half ORDER BY delivery DESC, series, m;
