-- Who decoded which frame, how strong? (level frames or all)
SELECT x.run, t.start_ns / 1e9 AS start_s, n.name AS sender, x.seq, receiver.name AS receiver, c.name AS kind,
       t.sf, x.power_cdbm / 100.0 AS power_dbm, x.snr_cdb / 100.0 AS snr_db, x.window
FROM rx x
JOIN run r ON r.id = x.run AND r.status = 'complete'
JOIN tx t ON t.run = x.run AND t.node = x.node AND t.seq = x.seq
LEFT JOIN node n ON n.run = x.run AND n.id = x.node
LEFT JOIN node receiver ON receiver.run = x.run AND receiver.id = x.receiver
LEFT JOIN code c ON c.table_name = 'tx' AND c.column_name = 'kind' AND c.code = t.kind
ORDER BY x.run, t.start_ns, x.node, x.seq, receiver.name;
