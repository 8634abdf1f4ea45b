-- How were the receive windows used? Downlinks by window (1, 2; 0: none could be chosen) and what became of them.
SELECT r.id AS run, r.scenario, r.seed, r.run_number, n.name AS network, d.window,
       coalesce(c.name, d.result) AS result, d.n AS n_downlinks,
       1.0 * d.n / nullif(sum(d.n) OVER (PARTITION BY d.run, d.network), 0) AS share_ratio,
       c.help AS explanation
FROM downlink_stat d
JOIN run r ON r.id = d.run AND r.status = 'complete'
LEFT JOIN node n ON n.run = d.run AND n.id = d.network
LEFT JOIN code c ON c.table_name = 'downlink' AND c.column_name = 'result' AND c.code = d.result
WHERE d.n > 0
ORDER BY r.id, n.name, d.window, d.result;
