-- share of devices that have the block against redundancy sent, a curve per loss rate, with what the code alone can do
-- runs: many
-- varies: campaigns.%.redundan%
-- varies: campaigns.%.version
-- varies: campaigns.%size
-- varies: devices.%.packages.fragmentation
-- varies: multicast.%.loss.%
-- needs: recovery: campaigns make them
-- needs: campaign: campaigns make them

-- table key: what is asked below, so that it is found fast
SELECT run, path, value FROM param
WHERE run IN (SELECT id FROM run) AND (path LIKE 'campaigns.%' OR path LIKE 'multicast.%.loss.%' OR path LIKE 'devices.%.packages.%');

-- table sent: fragments that a campaign sent before repair rounds, and until when
SELECT c.run, c.campaign, max(c.last_n) AS last_n, max(c.end_ns) AS end_ns
FROM campaign c JOIN run r ON r.id = c.run
WHERE c.phase = 'transmit' AND c.round = 0 AND c.last_n IS NOT NULL
GROUP BY c.run, c.campaign;

-- table outcome: devices, and those that had the block then
SELECT s.run, s.campaign, s.last_n, max(b.m) AS m, min(n.group_name) AS devices, count(DISTINCT d.device) AS n_devices,
       count(DISTINCT CASE WHEN b.complete_ns <= s.end_ns
                            AND b.result = (SELECT code FROM code WHERE table_name = 'recovery' AND column_name = 'result' AND name = 'complete')
                      THEN d.device END) AS n_complete
FROM sent s JOIN campaign_device d ON d.run = s.run AND d.campaign = s.campaign
JOIN node n ON n.run = d.run AND n.id = d.device
LEFT JOIN key i ON i.run = s.run AND i.path = 'campaigns.' || s.campaign || '.session_index'
LEFT JOIN recovery b ON b.run = d.run AND b.device = d.device AND b.frag_index = coalesce(i.value, 0)
GROUP BY s.run, s.campaign HAVING max(b.m) > 0;

-- table setting: with the code and the loss model of each
WITH known AS
    (SELECT o.*, 'multicast.' || g.value || '.loss.' AS loss, 'devices.' || o.devices || '.packages.fragment' AS package,
            v.value AS own_version, w.value AS own_rows
     FROM outcome o JOIN key g ON g.run = o.run AND g.path = 'campaigns.' || o.campaign || '.group'
     LEFT JOIN key v ON v.run = o.run AND v.path = 'campaigns.' || o.campaign || '.version'
     LEFT JOIN key w ON w.run = o.run AND w.path = 'campaigns.' || o.campaign || '.rows')
SELECT k.run, k.campaign, k.last_n - k.m AS n_coded, k.m, k.n_devices, k.n_complete, kind.value AS kind,
       CASE WHEN k.own_version IN ('1', '2') THEN k.own_version ELSE pack.value END + 0 AS version, k.own_rows AS rows,
       CASE WHEN lost.value = 'all' THEN k.m ELSE lost.value + 0 END AS max_lost, ratio.value + 0.0 AS ratio,
       p.value + 0.0 AS p, r.value + 0.0 AS r, good.value + 0.0 AS good, bad.value + 0.0 AS bad
FROM known k
LEFT JOIN key kind ON kind.run = k.run AND kind.path = k.loss || 'kind'
LEFT JOIN key ratio ON ratio.run = k.run AND ratio.path = k.loss || 'loss_ratio'
LEFT JOIN key p ON p.run = k.run AND p.path = k.loss || 'p'
LEFT JOIN key r ON r.run = k.run AND r.path = k.loss || 'r'
LEFT JOIN key good ON good.run = k.run AND good.path = k.loss || 'loss_good'
LEFT JOIN key bad ON bad.run = k.run AND bad.path = k.loss || 'loss_bad'
LEFT JOIN key pack ON pack.run = k.run AND pack.path = k.package || 'ation'
LEFT JOIN key lost ON lost.run = k.run AND lost.path = k.package || 's.memory.lost';

-- table curve: settings that differ only in redundancy and seed
SELECT s.*, CASE kind WHEN 'bernoulli' THEN printf('%g %% loss', 100 * ratio)
                      WHEN 'gilbert_elliott' THEN printf('bursts, %g %% loss', 100 * (p * bad + r * good) / (p + r))
                      WHEN 'none' THEN 'no loss model' WHEN 'per_device' THEN 'loss per device'
                      ELSE coalesce(kind, 'no loss model') END
            || CASE WHEN (SELECT count(DISTINCT m) FROM setting) > 1 THEN ', M = ' || m ELSE '' END
            || CASE WHEN (SELECT count(DISTINCT version) FROM setting) > 1 THEN ', version ' || version ELSE '' END AS series,
       dense_rank() OVER (ORDER BY kind, version, m, CASE kind WHEN 'bernoulli' THEN ratio END,
                          CASE kind WHEN 'gilbert_elliott' THEN p || ' ' || r || ' ' || good || ' ' || bad END) AS place
FROM setting s;

-- vars
SELECT min(m) AS m_min, max(m) AS m_max, min(version) AS version_min, max(version) AS version_max, count(DISTINCT run) AS n_runs,
       sum(n_devices) AS n_devices, sum(n_complete) AS n_complete, max(100.0 * n_coded / m) AS x_max,
       (SELECT count(DISTINCT seed) FROM run) AS n_seeds FROM curve;

-- $curves: loss, redundancy in %, mean share, lower and upper end of its 95 % interval (Student's t; the mean for one run), runs
WITH t(df, quantile) AS (VALUES
    (1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (6, 2.447), (7, 2.365), (8, 2.306), (9, 2.262),
    (10, 2.228), (11, 2.201), (12, 2.179), (13, 2.160), (14, 2.145), (15, 2.131), (16, 2.120), (17, 2.110),
    (18, 2.101), (19, 2.093), (20, 2.086), (21, 2.080), (22, 2.074), (23, 2.069), (24, 2.064), (25, 2.060),
    (26, 2.056), (27, 2.052), (28, 2.048), (29, 2.045), (30, 2.042)),
shares AS (SELECT place, series, 100.0 * n_coded / m AS redundancy, 1.0 * n_complete / n_devices AS share FROM curve),
with_mean AS (SELECT *, avg(share) OVER (PARTITION BY place, redundancy) AS mean FROM shares),
points AS (SELECT place, series, redundancy, avg(share) AS mean, count(*) AS n, sum((share - mean) * (share - mean)) AS squares
           FROM with_mean GROUP BY place, series, redundancy)
SELECT series, redundancy, mean, coalesce(max(0, mean - coalesce(t.quantile, 1.96) * sqrt(squares / (n - 1) / n)), mean) AS low,
       coalesce(min(1, mean + coalesce(t.quantile, 1.96) * sqrt(squares / (n - 1) / n)), mean) AS high, n
FROM points LEFT JOIN t ON t.df = n - 1
ORDER BY place, redundancy;

-- $reference: loss, redundancy in %, share that the code alone recovers at this loss (NaN: another loss model)
WITH RECURSIVE grid(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM grid WHERE i < 120),
last AS (SELECT c.*, max(c.n_coded) OVER (PARTITION BY c.m) AS max_coded, row_number() OVER (PARTITION BY c.place ORDER BY c.run) AS k
         FROM curve c),
wanted AS (SELECT DISTINCT l.*, l.max_coded * grid.i / 120 AS n FROM last l JOIN grid WHERE l.k = 1)
SELECT series, 100.0 * n / m AS redundancy,
       expected_recovery(version, rows, m, max_lost, kind, ratio, p, r, good, bad, max_coded, n) AS share
FROM wanted ORDER BY place, n;
