-- Which state takes how much? Energy of the mean device of a group in each phase, and each state's share of it.
SELECT r.id AS run, r.scenario, r.seed, r.run_number, n.group_name, c.name AS phase, count(DISTINCT e.device) AS n_devices,
       sum(e.length_ns) / 1e9 / count(DISTINCT e.device) AS mean_s,
       sum(e.tx_uj + e.rx_uj + e.join_uj + e.rxc_uj + e.idle_uj + e.sleep_uj) / 1e3 / count(DISTINCT e.device) AS mean_mj,
       1.0 * sum(e.tx_uj) / nullif(sum(e.tx_uj + e.rx_uj + e.join_uj + e.rxc_uj + e.idle_uj + e.sleep_uj), 0) AS tx_ratio,
       1.0 * sum(e.rx_uj) / nullif(sum(e.tx_uj + e.rx_uj + e.join_uj + e.rxc_uj + e.idle_uj + e.sleep_uj), 0) AS rx_ratio,
       1.0 * sum(e.join_uj) / nullif(sum(e.tx_uj + e.rx_uj + e.join_uj + e.rxc_uj + e.idle_uj + e.sleep_uj), 0) AS join_ratio,
       1.0 * sum(e.rxc_uj) / nullif(sum(e.tx_uj + e.rx_uj + e.join_uj + e.rxc_uj + e.idle_uj + e.sleep_uj), 0) AS rxc_ratio,
       1.0 * sum(e.idle_uj) / nullif(sum(e.tx_uj + e.rx_uj + e.join_uj + e.rxc_uj + e.idle_uj + e.sleep_uj), 0) AS idle_ratio,
       1.0 * sum(e.sleep_uj) / nullif(sum(e.tx_uj + e.rx_uj + e.join_uj + e.rxc_uj + e.idle_uj + e.sleep_uj), 0) AS sleep_ratio
FROM energy e
JOIN run r ON r.id = e.run AND r.status = 'complete'
JOIN node n ON n.run = e.run AND n.id = e.device
JOIN code c ON c.table_name = 'energy' AND c.column_name = 'phase' AND c.code = e.phase
GROUP BY r.id, n.group_name, e.phase
ORDER BY r.id, n.group_name, e.phase;
