-- Which links did the routers forward an IP group onto, and from when to when? An edge a row: the trees of all sources over time.
WITH state AS (SELECT f.*, lead(f.at_ns) OVER (PARTITION BY f.run, f.node, f.source, f.group_addr ORDER BY f.at_ns, f.rowid) AS to_ns
               FROM ip_forwarding f)
SELECT r.id AS run, r.scenario, r.seed, r.run_number, s.source, s.group_addr, n.name AS router,
       s.at_ns / 1e9 AS from_s, s.to_ns / 1e9 AS to_s, li.name AS in_link, lo.name AS out_link,
       (SELECT group_concat(t.name, ' ') FROM ip_interface o JOIN node t ON t.run = o.run AND t.id = o.node
        WHERE o.run = s.run AND o.link = oi.link AND o.node <> s.node) AS to_nodes
FROM state s
JOIN run r ON r.id = s.run AND r.status = 'complete'
JOIN json_each('[' || replace(s.out_ifaces, ' ', ',') || ']') e
JOIN ip_interface oi ON oi.run = s.run AND oi.node = s.node AND oi.iface = e.value
LEFT JOIN ip_link lo ON lo.run = s.run AND lo.id = oi.link
LEFT JOIN ip_interface ii ON ii.run = s.run AND ii.node = s.node AND ii.iface = s.in_iface
LEFT JOIN ip_link li ON li.run = s.run AND li.id = ii.link
LEFT JOIN node n ON n.run = s.run AND n.id = s.node
WHERE s.to_ns IS NULL OR s.to_ns > s.at_ns
ORDER BY r.id, s.group_addr, s.source, s.at_ns, n.name, e.value;
