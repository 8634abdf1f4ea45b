-- How much of the duty cycle was used? Per gateway and sub-band; node 'devices' is the mean of all devices.
-- mean_of_limit: 1 would be the whole allowance all the time. max_hour_of_limit: the fullest clock hour (of any one device).
SELECT r.id AS run, r.scenario, r.seed, r.run_number,
       CASE WHEN d.node IS NULL THEN 'devices' ELSE n.name END AS node, d.sub_band,
       d.limit_ppm / 1e6 AS limit_ratio,
       d.airtime_ns / 1e9 AS airtime_s,
       1e6 * d.airtime_ns / r.duration_ns / d.limit_ppm
           / (CASE WHEN d.node IS NULL THEN devices.n ELSE 1 END) AS mean_of_limit,
       1e6 * d.max_hour_ns / 3600e9 / d.limit_ppm AS max_hour_of_limit,
       d.n_refused
FROM duty_stat d
JOIN run r ON r.id = d.run AND r.status = 'complete'
LEFT JOIN node n ON n.run = d.run AND n.id = d.node
LEFT JOIN (SELECT run, count(*) AS n FROM device_stat GROUP BY run) AS devices ON devices.run = d.run
ORDER BY r.id, node, d.sub_band;
