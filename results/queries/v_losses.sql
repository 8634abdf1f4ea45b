-- Why were frames lost? Losses by network, kind of frame, data rate and reason, with their share of what was sent.
SELECT r.id AS run, r.scenario, r.seed, r.run_number, n.name AS network, c.name AS kind, l.dr,
       coalesce(why.name, l.reason) AS reason, l.n AS n_lost,
       1.0 * l.n / nullif(t.n_sent, 0) AS loss_ratio, why.help AS explanation
FROM loss_stat l
JOIN run r ON r.id = l.run AND r.status = 'complete'
LEFT JOIN traffic_stat t ON t.run = l.run AND t.network = l.network AND t.kind = l.kind AND t.dr = l.dr
LEFT JOIN node n ON n.run = l.run AND n.id = l.network
LEFT JOIN code c ON c.table_name = 'tx' AND c.column_name = 'kind' AND c.code = l.kind
LEFT JOIN code why ON why.table_name = 'loss' AND why.column_name = 'reason' AND why.code = l.reason
WHERE l.n > 0
ORDER BY r.id, n.name, l.kind, l.dr, l.reason;
