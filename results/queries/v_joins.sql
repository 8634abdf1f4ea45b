-- How long did members of IP groups wait for the first datagram, and how long did the last ones come after they had left?
SELECT r.id AS run, r.scenario, r.seed, r.run_number, n.name AS receiver, j.iface, j.group_addr, j.port,
       j.join_ns / 1e9 AS join_s, (j.first_ns - j.join_ns) / 1e6 AS first_after_ms,
       EXISTS (SELECT 1 FROM ip_flow f WHERE f.run = j.run AND f.group_addr = j.group_addr AND f.first_ns <= j.join_ns) AS in_stream,
       j.leave_ns / 1e9 AS leave_s, (j.last_ns - j.leave_ns) / 1e6 AS last_after_ms, j.n_after, j.n_missed
FROM ip_join j
JOIN run r ON r.id = j.run AND r.status = 'complete'
LEFT JOIN node n ON n.run = j.run AND n.id = j.node
ORDER BY r.id, n.group_name, n.index_in_group, j.join_ns;
