-- distribution tree of an IP flow over the topology at a time, with what each link carried
-- runs: one
-- needs: ip_membership: memberships of IP hosts make them
-- needs: ip_flow: ip.traffic makes them

-- table flow: what is shown: the first that somebody receives
SELECT f.run, f.name, f.node, f.source, f.group_addr, f.last_ns, r.duration_ns, r.scenario FROM ip_flow f JOIN run r ON r.id = f.run
WHERE f.source IS NOT NULL AND (:flow IS NULL OR f.name = :flow)
ORDER BY EXISTS (SELECT 1 FROM ip_flow_stat s WHERE s.run = f.run AND s.flow = f.name AND s.n_expected > 0) DESC, f.name LIMIT 1;

-- table ends: interfaces with the number of ends of their links; box: a switch or hub
SELECT i.node, i.iface, i.link, i.ipv4, i.ipv6, i.ipv6_link, c.name AS kind, c.name IN ('hub', 'switch', 'snooping_switch') AS box,
       count(*) OVER (PARTITION BY i.link) AS n_ends
FROM flow f JOIN ip_interface i ON i.run = f.run JOIN node n ON n.run = f.run AND n.id = i.node
JOIN code c ON c.table_name = 'node' AND c.column_name = 'kind' AND c.code = n.kind;

-- table port: those of switches and hubs
SELECT * FROM ends WHERE box;

-- table wish: what hosts' interfaces want of the flow, from when to when
WITH m AS (SELECT m.*, f.source, f.duration_ns, row_number() OVER () AS i FROM flow f JOIN ip_membership m ON m.run = f.run AND m.group_addr = f.group_addr
           WHERE m.side = (SELECT code FROM code WHERE table_name = 'ip_membership' AND column_name = 'side' AND name = 'host'))
SELECT node, iface, at_ns AS from_ns, coalesce(lead(at_ns) OVER (PARTITION BY node, iface ORDER BY at_ns, i), duration_ns) AS to_ns,
       mode <> 'none' AND (mode = 'include') = (instr(' ' || coalesce(sources, '') || ' ', ' ' || source || ' ') > 0) AS wants
FROM m;

-- table moment: when: as asked, or the end of the last time with most members while it was sent
WITH t AS (SELECT from_ns AS t FROM wish UNION SELECT to_ns FROM wish UNION SELECT 0),
n AS (SELECT t.t, (SELECT count(*) FROM wish w WHERE w.wants AND w.from_ns <= t.t AND t.t < w.to_ns) AS n,
             coalesce(lead(t.t) OVER (ORDER BY t.t), f.duration_ns) - 1 AS until FROM t JOIN flow f WHERE t.t <= f.last_ns)
SELECT coalesce(:at_ns, (SELECT min(n.until, f.last_ns) FROM n JOIN flow f ORDER BY n.n DESC, n.t DESC LIMIT 1)) AS at_ns;

-- table member: interfaces that want it then
SELECT w.node, w.iface FROM wish w JOIN moment m WHERE w.wants AND w.from_ns <= m.at_ns AND m.at_ns < w.to_ns;

-- table entry: entries of forwarding tables in force then; those of all sources where there is none of this one
WITH r AS (SELECT e.*, row_number() OVER () AS i FROM flow f JOIN moment m
           JOIN ip_forwarding e ON e.run = f.run AND e.group_addr = f.group_addr AND e.source IN (f.source, '*') AND e.at_ns <= m.at_ns),
last AS (SELECT *, row_number() OVER (PARTITION BY node, source ORDER BY at_ns DESC, i DESC) AS k FROM r),
alive AS (SELECT * FROM last WHERE k = 1 AND in_iface IS NOT NULL)
SELECT a.node, a.source, a.in_iface, a.out_ifaces FROM alive a
WHERE a.source <> '*' OR NOT EXISTS (SELECT 1 FROM alive b WHERE b.node = a.node AND b.source <> '*');

-- table output: links that it leaves by: those of entries, and the source's
SELECT e.node, n.link FROM entry e JOIN json_each('[' || replace(e.out_ifaces, ' ', ',') || ']') o
JOIN ends n ON n.node = e.node AND n.iface = o.value
UNION
SELECT n.node, n.link FROM flow f JOIN ends n ON n.node = f.node AND f.source IN (n.ipv4, n.ipv6, n.ipv6_link);

-- table hop: ways from an output over its link, and on through switches
WITH RECURSIVE hop(out_node, out_link, link, before, from_node, to_node, to_iface) AS
    (SELECT o.node, o.link, o.link, NULL, o.node, e.node, e.iface FROM output o JOIN ends e ON e.link = o.link AND e.node <> o.node
     UNION ALL
     SELECT h.out_node, h.out_link, p.link, h.link, h.to_node, e.node, e.iface FROM hop h
     JOIN port p ON p.node = h.to_node AND p.link <> h.link JOIN ends e ON e.link = p.link AND e.node <> p.node)
SELECT * FROM hop;

-- table useful: those that end where it is wanted or forwarded, and those before them
WITH RECURSIVE useful AS
    (SELECT h.* FROM hop h JOIN member m ON m.node = h.to_node AND m.iface = h.to_iface
     UNION SELECT h.* FROM hop h JOIN entry e ON e.node = h.to_node AND e.in_iface = h.to_iface AND e.out_ifaces IS NOT NULL
     UNION SELECT h.* FROM useful u JOIN hop h ON h.out_node = u.out_node AND h.out_link = u.out_link AND h.link = u.before AND h.to_node = u.from_node)
SELECT * FROM useful;

-- table way: the tree's links, from the source on, and from an RP, which Registers reach
WITH RECURSIVE reach(node) AS (SELECT node FROM flow UNION SELECT node FROM entry WHERE source = '*' AND in_iface = 0
    UNION SELECT u.to_node FROM reach r JOIN useful u ON u.out_node = r.node)
SELECT DISTINCT u.link, u.from_node, u.to_node FROM useful u JOIN reach r ON r.node = u.out_node;

-- table edge: lines of the picture; links of more than two ends meet in a point of their own, the negative of their number
WITH l AS (SELECT id, row_number() OVER () AS i FROM ip_link WHERE run = (SELECT run FROM flow))
SELECT l.i, e.link, e.node AS a, CASE WHEN e.n_ends = 2 THEN o.node ELSE -1 - l.i END AS b
FROM ends e JOIN l ON l.id = e.link LEFT JOIN ends o ON o.link = e.link AND o.node > e.node AND e.n_ends = 2
WHERE e.n_ends <> 2 OR o.node IS NOT NULL;

-- layout place: where nodes are
SELECT a, b FROM (SELECT 0 AS i, node AS a, NULL AS b FROM flow UNION ALL SELECT i, a, b FROM edge) ORDER BY i, a;

-- table carried: datagrams of the run on a link, of all groups
SELECT s.link, s.n_packets FROM ip_link_stat s JOIN flow f ON f.run = s.run
WHERE s.kind = (SELECT code FROM code WHERE table_name = 'ip_link_stat' AND column_name = 'kind' AND name = 'data') AND s.n_packets > 0;

-- table line: lines with their places, in the tree's direction where they belong to it
WITH d AS (SELECT e.link, e.a, e.b, coalesce(c.n_packets, 0) AS n,
                  EXISTS (SELECT 1 FROM way w WHERE w.link = e.link AND w.from_node = e.a AND (e.b < 0 OR w.to_node = e.b)) AS there,
                  EXISTS (SELECT 1 FROM way w WHERE w.link = e.link AND w.to_node = e.a AND (e.b < 0 OR w.from_node = e.b)) AS back
           FROM edge e LEFT JOIN carried c ON c.link = e.link)
SELECT d.link, CASE WHEN back AND NOT there THEN q.x ELSE p.x END AS x, CASE WHEN back AND NOT there THEN q.y ELSE p.y END AS y,
       CASE WHEN back AND NOT there THEN p.x ELSE q.x END AS to_x, CASE WHEN back AND NOT there THEN p.y ELSE q.y END AS to_y,
       d.n, there OR back AS in_tree
FROM d JOIN place p ON p.node = d.a JOIN place q ON q.node = d.b;

-- vars
SELECT replace(f.scenario, '.yaml', '') AS scenario, f.name AS flow, n.name AS source, f.group_addr AS group_text, m.at_ns / 1e9 AS at_s,
       (SELECT count(DISTINCT node) FROM member) AS n_members, (SELECT count(DISTINCT link) FROM way) AS n_tree_links,
       (SELECT count(*) FROM edge WHERE b >= 0) + (SELECT count(DISTINCT link) FROM edge WHERE b < 0) AS n_links,
       (SELECT count(*) FROM place WHERE node >= 0) AS n_nodes, (SELECT coalesce(max(n_packets), 0) FROM carried) AS n_most,
       (SELECT count(DISTINCT group_addr) FROM ip_flow WHERE run = f.run) AS n_groups,
       (SELECT min(x) FROM place) AS x_min, (SELECT max(x) FROM place) AS x_max, (SELECT min(y) FROM place) AS y_min,
       (SELECT max(y) FROM place) AS y_max, (SELECT max(style) FROM place) AS style,
       (SELECT count(*) FROM ends WHERE box) > 0 AS has_boxes, (SELECT count(*) FROM ends WHERE kind IN ('ip_router', 'ip_proxy')) > 0 AS has_routers,
       EXISTS (SELECT 1 FROM line WHERE n > 0 AND NOT in_tree) AS any_other,
       (SELECT max(length(name)) FROM node WHERE run = f.run) AS label_len
FROM flow f JOIN moment m JOIN node n ON n.run = f.run AND n.id = f.node;

-- $lines: place of one end, place of the other, datagrams of the link, in the tree
SELECT x, y, to_x, to_y, n, in_tree FROM line ORDER BY in_tree, n, x, y, to_x;

-- $nodes: kind or role, place, name, is it a leaf
WITH kind AS (SELECT DISTINCT node, kind FROM ends), deg AS (SELECT node, count(*) AS n FROM ends GROUP BY node)
SELECT CASE WHEN p.node = f.node THEN 'source' WHEN p.node IN (SELECT node FROM member) THEN 'member'
            WHEN k.kind IN ('hub', 'switch', 'snooping_switch') THEN 'box' WHEN k.kind = 'ip_host' THEN 'host' ELSE 'router' END AS series,
       p.x, p.y, CASE WHEN g.n = 1 AND n.index_in_group = 0 THEN n.group_name ELSE n.name END AS name, d.n = 1 AND p.node <> f.node AS leaf
FROM place p JOIN flow f JOIN kind k ON k.node = p.node JOIN deg d ON d.node = p.node JOIN node n ON n.run = f.run AND n.id = p.node
JOIN (SELECT group_name, count(*) AS n FROM node WHERE run = (SELECT run FROM flow) GROUP BY group_name) g ON g.group_name = n.group_name
ORDER BY 1, n.group_name, n.index_in_group;
