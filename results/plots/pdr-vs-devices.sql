-- delivery of data uplinks against the number of devices: mean and 95 % confidence interval over the runs
-- runs: many
-- vars
WITH size AS (SELECT run, count(*) AS n FROM device_stat GROUP BY run)
SELECT min(size.n) AS x_min, max(size.n) AS x_max, count(*) AS n_runs
FROM size JOIN run r ON r.id = size.run;

-- $pdr: series, devices, mean ratio, lower and upper end of the 95 % interval (Student's t; the mean itself for one run), runs
WITH t(df, quantile) AS (VALUES
    (1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (6, 2.447), (7, 2.365), (8, 2.306), (9, 2.262),
    (10, 2.228), (11, 2.201), (12, 2.179), (13, 2.160), (14, 2.145), (15, 2.131), (16, 2.120), (17, 2.110),
    (18, 2.101), (19, 2.093), (20, 2.086), (21, 2.080), (22, 2.074), (23, 2.069), (24, 2.064), (25, 2.060),
    (26, 2.056), (27, 2.052), (28, 2.048), (29, 2.045), (30, 2.042)),
size AS (SELECT run, count(*) AS n FROM device_stat GROUP BY run),
sent AS (SELECT run, sum(n_sent) AS n_sent, sum(n_received) AS n_received FROM traffic_stat
         WHERE kind IN (SELECT code FROM code WHERE table_name = 'tx' AND name IN ('unconfirmed_up', 'confirmed_up'))
         GROUP BY run),
per_run AS (SELECT replace(r.scenario, '.yaml', '') || coalesce(', ' || p.value, '') AS series,
                   size.n AS devices, 1.0 * sent.n_received / sent.n_sent AS ratio
            FROM run r
            JOIN size ON size.run = r.id
            JOIN sent ON sent.run = r.id AND sent.n_sent > 0
            LEFT JOIN param p ON p.run = r.id AND p.path = :by),
with_mean AS (SELECT series, devices, ratio, avg(ratio) OVER (PARTITION BY series, devices) AS mean FROM per_run),
grouped AS (SELECT series, devices, avg(ratio) AS mean, count(*) AS n,
                   sum((ratio - mean) * (ratio - mean)) AS squares
            FROM with_mean GROUP BY series, devices)
SELECT series, devices, mean,
       coalesce(max(0, mean - coalesce(t.quantile, 1.96) * sqrt(squares / (n - 1) / n)), mean) AS low,
       coalesce(min(1, mean + coalesce(t.quantile, 1.96) * sqrt(squares / (n - 1) / n)), mean) AS high, n
FROM grouped LEFT JOIN t ON t.df = n - 1
ORDER BY series, devices;
