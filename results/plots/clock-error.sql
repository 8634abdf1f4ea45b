-- error of clocks over time: median and 5..95 % band of each group; up to eight devices singly, with corrections
-- runs: one
-- needs: clock_sample
-- vars
SELECT replace(r.scenario, '.yaml', '') AS scenario, r.duration_ns / 1e9 AS span_s,
       (SELECT count(DISTINCT device) FROM clock_sample s WHERE s.run = r.id) AS n_devices
FROM run r;

-- $bands: group, time in s, error in s: 5 %, median, 95 %; at most 1000 devices of a group; straight between samples
WITH RECURSIVE grid(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM grid WHERE i < 240),
segment AS MATERIALIZED
    (SELECT n.group_name, s.at_ns, s.error_after_ns AS from_ns,
            lead(s.at_ns) OVER w AS to_at_ns, lead(s.error_before_ns) OVER w AS to_ns
     FROM clock_sample s JOIN run r ON r.id = s.run JOIN node n ON n.run = s.run AND n.id = s.device
     WHERE n.index_in_group < 1000
     WINDOW w AS (PARTITION BY s.device ORDER BY s.at_ns, s.source)),
shown AS (SELECT g.group_name, r.duration_ns / 240 * grid.i AS t_ns,
                 (g.from_ns + 1.0 * (g.to_ns - g.from_ns) * (r.duration_ns / 240 * grid.i - g.at_ns)
                  / (g.to_at_ns - g.at_ns)) / 1e9 AS error_s
          FROM run r JOIN grid JOIN segment g
               ON r.duration_ns / 240 * grid.i >= g.at_ns AND r.duration_ns / 240 * grid.i < g.to_at_ns),
ranked AS (SELECT group_name, t_ns, error_s,
                  row_number() OVER (PARTITION BY group_name, t_ns ORDER BY error_s) AS k,
                  count(*) OVER (PARTITION BY group_name, t_ns) AS n
           FROM shown)
SELECT group_name AS series, t_ns / 1e9 AS at_s,
       max(CASE WHEN k = 1 + CAST(round(0.05 * (n - 1)) AS INT) THEN error_s END) AS low_s,
       max(CASE WHEN k = 1 + CAST(round(0.50 * (n - 1)) AS INT) THEN error_s END) AS median_s,
       max(CASE WHEN k = 1 + CAST(round(0.95 * (n - 1)) AS INT) THEN error_s END) AS high_s
FROM ranked GROUP BY group_name, t_ns ORDER BY length(group_name), group_name, t_ns;

-- $lines: device, time in s, error in s before and behind each sample; only of few devices
SELECT n.name AS series, s.at_ns / 1e9 AS at_s, p.error_ns / 1e9 AS error_s
FROM clock_sample s JOIN run r ON r.id = s.run JOIN node n ON n.run = s.run AND n.id = s.device
JOIN (SELECT run, device, at_ns, source, 0 AS side, error_before_ns AS error_ns FROM clock_sample
      UNION ALL SELECT run, device, at_ns, source, 1, error_after_ns FROM clock_sample) p
     ON p.run = s.run AND p.device = s.device AND p.at_ns = s.at_ns AND p.source = s.source
WHERE (SELECT count(DISTINCT device) FROM clock_sample WHERE run = r.id) <= 8
ORDER BY length(n.name), n.name, s.at_ns, s.source, p.side;

-- $marks: device, time in s of a correction, error in s behind it; only of few devices
SELECT n.name AS series, s.at_ns / 1e9 AS at_s, s.error_after_ns / 1e9 AS error_s
FROM clock_sample s JOIN run r ON r.id = s.run JOIN node n ON n.run = s.run AND n.id = s.device
WHERE s.source NOT IN (SELECT code FROM code WHERE table_name = 'clock_sample' AND name IN ('start', 'end'))
  AND (SELECT count(DISTINCT device) FROM clock_sample WHERE run = r.id) <= 8
ORDER BY length(n.name), n.name, s.at_ns;
