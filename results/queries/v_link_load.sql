-- What does each link of the IP network carry? Packets and bytes of IP by kind, and how they got lost on it.
SELECT r.id AS run, r.scenario, r.seed, r.run_number, l.name AS link, c.name AS kind, s.n_packets, s.n_bytes,
       8e9 * s.n_bytes / r.duration_ns AS mean_bps, 8e9 * s.n_bytes / r.duration_ns / l.rate_bps AS load_ratio,
       s.n_queue, s.n_down, s.n_lost, s.n_cut
FROM ip_link_stat s
JOIN run r ON r.id = s.run AND r.status = 'complete'
LEFT JOIN ip_link l ON l.run = s.run AND l.id = s.link
LEFT JOIN code c ON c.table_name = 'ip_link_stat' AND c.column_name = 'kind' AND c.code = s.kind
ORDER BY r.id, l.name, s.kind;
