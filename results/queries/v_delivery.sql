-- How many frames arrived? Frames sent and received by network, kind of frame and data rate.
SELECT r.id AS run, r.scenario, r.seed, r.run_number, n.name AS network, c.name AS kind, t.dr,
       t.n_sent, t.n_received, 1.0 * t.n_received / nullif(t.n_sent, 0) AS delivery_ratio
FROM traffic_stat t
JOIN run r ON r.id = t.run AND r.status = 'complete'
LEFT JOIN node n ON n.run = t.run AND n.id = t.network
LEFT JOIN code c ON c.table_name = 'tx' AND c.column_name = 'kind' AND c.code = t.kind
ORDER BY r.id, n.name, t.kind, t.dr;
