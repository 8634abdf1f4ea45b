-- What does a message cost? Energy per group: mean per device and per delivered message, and where it goes.
SELECT r.id AS run, r.scenario, r.seed, r.run_number, n.group_name, count(*) AS n_devices,
       avg(d.energy_uj) / 1e3 AS device_mean_mj,
       max(d.energy_uj) / 1e3 AS device_max_mj,
       sum(d.energy_uj) / 1e3 / nullif(sum(d.n_messages_delivered), 0) AS per_message_mj,
       1.0 * sum(d.tx_energy_uj) / nullif(sum(d.energy_uj), 0) AS tx_ratio,
       1.0 * sum(d.rx_energy_uj) / nullif(sum(d.energy_uj), 0) AS rx_ratio,
       1e6 * avg(d.energy_uj) / r.duration_ns AS mean_power_mw,
       min(d.battery_days) AS battery_min_days, avg(d.battery_days) AS battery_mean_days
FROM device_stat d
JOIN run r ON r.id = d.run AND r.status = 'complete'
JOIN node n ON n.run = d.run AND n.id = d.device
GROUP BY r.id, n.group_name
ORDER BY r.id, n.group_name;
