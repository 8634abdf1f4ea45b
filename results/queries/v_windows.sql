-- When did receive windows open against their plan, and what came in? (level frames; late_us negative: too early)
SELECT w.run, n.name AS device, kind.name AS kind, w.planned_ns / 1e9 AS planned_s,
       (w.start_ns - w.planned_ns) / 1e3 AS late_us, w.length_ns / 1e6 AS length_ms, w.length_sym,
       sender.name AS sender, w.seq, w.n_frames, w.n_caught
FROM window w
JOIN run r ON r.id = w.run AND r.status = 'complete'
LEFT JOIN node n ON n.run = w.run AND n.id = w.device
LEFT JOIN node sender ON sender.run = w.run AND sender.id = w.node
LEFT JOIN code kind ON kind.table_name = 'window' AND kind.column_name = 'kind' AND kind.code = w.kind
ORDER BY w.run, w.planned_ns, n.name, w.kind;
