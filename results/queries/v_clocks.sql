-- How wrong are the clocks? Per group and source of a correction: errors before and after, in ms. (level frames)
SELECT r.id AS run, r.scenario, r.seed, r.run_number, n.group_name, c.name AS source, count(*) AS n_samples,
       min(s.error_before_ns) / 1e6 AS before_min_ms, max(s.error_before_ns) / 1e6 AS before_max_ms,
       min(s.error_after_ns) / 1e6 AS after_min_ms, max(s.error_after_ns) / 1e6 AS after_max_ms,
       min(s.rate_ppb) / 1e3 AS rate_min_ppm, max(s.rate_ppb) / 1e3 AS rate_max_ppm
FROM clock_sample s
JOIN run r ON r.id = s.run AND r.status = 'complete'
JOIN node n ON n.run = s.run AND n.id = s.device
JOIN code c ON c.table_name = 'clock_sample' AND c.column_name = 'source' AND c.code = s.source
GROUP BY r.id, n.group_name, s.source
ORDER BY r.id, n.group_name, s.source;
