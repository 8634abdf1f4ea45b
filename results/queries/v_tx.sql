-- Which frames were sent, in order of time? (level frames or all)
SELECT t.run, t.start_ns / 1e9 AS start_s, (t.end_ns - t.start_ns) / 1e6 AS airtime_ms, n.name AS sender,
       t.seq, target.name AS target, network.name AS network, c.name AS kind,
       t.frequency_hz / 1e6 AS frequency_mhz, t.dr, t.sf, t.power_cdbm / 100.0 AS power_dbm, t.size_bytes,
       CASE WHEN t.devaddr IS NOT NULL THEN printf('%08X', t.devaddr) END AS devaddr, t.fcnt, t.fport
FROM tx t
JOIN run r ON r.id = t.run AND r.status = 'complete'
LEFT JOIN node n ON n.run = t.run AND n.id = t.node
LEFT JOIN node target ON target.run = t.run AND target.id = t.target
LEFT JOIN node network ON network.run = t.run AND network.id = t.network
LEFT JOIN code c ON c.table_name = 'tx' AND c.column_name = 'kind' AND c.code = t.kind
ORDER BY t.run, t.start_ns, t.node, t.seq;
