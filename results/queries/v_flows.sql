-- What became of datagrams to IP groups? Per flow and receiver that was a member when they were sent.
SELECT r.id AS run, r.scenario, r.seed, r.run_number, s.flow, n.name AS receiver, f.group_addr,
       s.n_expected, s.n_received, s.n_lost, 1.0 * s.n_received / nullif(s.n_expected, 0) AS delivery_ratio,
       s.n_duplicate, s.n_unexpected,
       s.delay_min_ns / 1e6 AS delay_min_ms,
       s.delay_sum_ns / 1e6 / nullif(s.n_received + s.n_unexpected, 0) AS delay_mean_ms,
       s.delay_max_ns / 1e6 AS delay_max_ms
FROM ip_flow_stat s
JOIN run r ON r.id = s.run AND r.status = 'complete'
LEFT JOIN ip_flow f ON f.run = s.run AND f.name = s.flow
LEFT JOIN node n ON n.run = s.run AND n.id = s.node
ORDER BY r.id, s.flow, n.group_name, n.index_in_group;
