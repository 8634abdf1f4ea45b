-- Which frame was lost, and why? (level frames; at level all also each gateway that did not decode a frame, final = 0)
SELECT l.run, t.start_ns / 1e9 AS start_s, n.name AS sender, l.seq, receiver.name AS receiver, c.name AS kind,
       t.sf, why.name AS reason, l.final, l.power_cdbm / 100.0 AS power_dbm, l.miss_us, why.help AS explanation
FROM loss l
JOIN run r ON r.id = l.run AND r.status = 'complete'
JOIN tx t ON t.run = l.run AND t.node = l.node AND t.seq = l.seq
LEFT JOIN node n ON n.run = l.run AND n.id = l.node
LEFT JOIN node receiver ON receiver.run = l.run AND receiver.id = l.receiver
LEFT JOIN code c ON c.table_name = 'tx' AND c.column_name = 'kind' AND c.code = t.kind
LEFT JOIN code why ON why.table_name = 'loss' AND why.column_name = 'reason' AND why.code = l.reason
ORDER BY l.run, t.start_ns, l.node, l.seq, l.final, receiver.name;
