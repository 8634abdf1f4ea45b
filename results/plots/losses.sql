-- lost uplinks by reason, stacked: per number of devices, or per data rate when there is one run
-- runs: many
-- vars
SELECT count(*) AS n_runs, min(replace(scenario, '.yaml', '')) AS scenario,
       (SELECT count(DISTINCT scenario) FROM run) AS n_scenarios FROM run;

-- $bars: reason, place on the x axis, lower and upper end as a share of all frames sent
WITH up AS (SELECT code FROM code
            WHERE table_name = 'tx' AND name IN ('join_request', 'unconfirmed_up', 'confirmed_up')),
one AS (SELECT count(*) = 1 AS yes FROM run),
size AS (SELECT run, count(*) AS n FROM device_stat GROUP BY run),
bar_of AS (SELECT r.id AS run, t.dr,
                  CASE WHEN one.yes THEN '' WHEN (SELECT count(DISTINCT scenario) FROM run) > 1
                       THEN replace(r.scenario, '.yaml', '') ELSE '' END AS name,
                  CASE WHEN one.yes THEN t.dr ELSE size.n END AS number
           FROM run r JOIN one JOIN size ON size.run = r.id
           JOIN (SELECT DISTINCT run, dr FROM traffic_stat WHERE kind IN up) t ON t.run = r.id),
place AS (SELECT name, number, row_number() OVER (ORDER BY name, number)
                              + 0.6 * (dense_rank() OVER (ORDER BY name) - 1) AS x
          FROM (SELECT DISTINCT name, number FROM bar_of)),
sent AS (SELECT p.x, sum(t.n_sent) AS n FROM traffic_stat t
         JOIN bar_of b ON b.run = t.run AND b.dr = t.dr JOIN place p ON p.name = b.name AND p.number = b.number
         WHERE t.kind IN up GROUP BY p.x),
lost AS (SELECT p.x, l.reason, sum(l.n) AS n FROM loss_stat l
         JOIN bar_of b ON b.run = l.run AND b.dr = l.dr JOIN place p ON p.name = b.name AND p.number = b.number
         WHERE l.kind IN up AND l.n > 0 GROUP BY p.x, l.reason),
weight AS (SELECT reason, sum(n) AS total FROM lost GROUP BY reason)
SELECT c.name AS series, lost.x,
       1.0 * (sum(lost.n) OVER stack - lost.n) / sent.n AS low,
       1.0 * sum(lost.n) OVER stack / sent.n AS high
FROM lost JOIN sent ON sent.x = lost.x JOIN weight ON weight.reason = lost.reason
JOIN code c ON c.table_name = 'loss' AND c.column_name = 'reason' AND c.code = lost.reason
WINDOW stack AS (PARTITION BY lost.x ORDER BY weight.total DESC, lost.reason)
ORDER BY weight.total DESC, lost.reason, lost.x;

-- $ticks: place on the x axis, label (data rate or number of devices), share lost
WITH up AS (SELECT code FROM code
            WHERE table_name = 'tx' AND name IN ('join_request', 'unconfirmed_up', 'confirmed_up')),
one AS (SELECT count(*) = 1 AS yes FROM run),
size AS (SELECT run, count(*) AS n FROM device_stat GROUP BY run),
bar AS (SELECT CASE WHEN one.yes THEN '' WHEN (SELECT count(DISTINCT scenario) FROM run) > 1
                    THEN replace(r.scenario, '.yaml', '') ELSE '' END AS name,
               CASE WHEN one.yes THEN t.dr ELSE size.n END AS number,
               sum(t.n_sent) AS n_sent, sum(t.n_received) AS n_received
        FROM run r JOIN one JOIN size ON size.run = r.id JOIN traffic_stat t ON t.run = r.id AND t.kind IN up
        GROUP BY 1, 2)
SELECT row_number() OVER (ORDER BY name, number) + 0.6 * (dense_rank() OVER (ORDER BY name) - 1) AS x,
       CASE WHEN one.yes THEN 'DR' ELSE '' END || number AS label,
       1.0 - 1.0 * n_received / nullif(n_sent, 0) AS lost_ratio
FROM bar JOIN one ORDER BY x;

-- $groups: scenario, place of each of its bars; empty when there is one scenario
WITH size AS (SELECT run, count(*) AS n FROM device_stat GROUP BY run),
bar AS (SELECT DISTINCT replace(r.scenario, '.yaml', '') AS name, size.n AS number
        FROM run r JOIN size ON size.run = r.id
        WHERE (SELECT count(DISTINCT scenario) FROM run) > 1)
SELECT name AS series, row_number() OVER (ORDER BY name, number)
                       + 0.6 * (dense_rank() OVER (ORDER BY name) - 1) AS x
FROM bar ORDER BY name, number;
