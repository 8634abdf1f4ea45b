-- How regularly do devices send? Time between the starts of two uplinks of a device: shortest, mean and longest per group.
SELECT r.id AS run, r.scenario, r.seed, r.run_number, n.group_name, count(*) AS n_devices,
       min(d.gap_min_ns) / 1e9 AS gap_min_s,
       sum(d.gap_sum_ns) / 1e9 / sum(d.n_tx - 1) AS gap_mean_s,
       max(d.gap_max_ns) / 1e9 AS gap_max_s
FROM device_stat d
JOIN run r ON r.id = d.run AND r.status = 'complete'
JOIN node n ON n.run = d.run AND n.id = d.device
WHERE d.gap_min_ns IS NOT NULL
GROUP BY r.id, n.group_name
ORDER BY r.id, n.group_name;
