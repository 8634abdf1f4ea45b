-- IP networks: octets per second of each protocol beside data, for each link, or of many links for each group of links
-- runs: many
-- varies: run.duration
-- needs: ip_link_stat: IP networks make them

-- table carried: octets per second of a protocol on a link
SELECT s.run, l.name AS link, CASE WHEN instr(l.name, '/') THEN substr(l.name, 1, instr(l.name, '/') - 1) ELSE l.name END AS links,
       c.name AS kind, s.kind AS k, 1e9 * s.n_bytes / r.duration_ns AS rate, 1.0 * s.n_bytes AS n_bytes
FROM ip_link_stat s JOIN run r ON r.id = s.run JOIN ip_link l ON l.run = s.run AND l.id = s.link
JOIN code c ON c.table_name = 'ip_link_stat' AND c.column_name = 'kind' AND c.code = s.kind
WHERE s.n_bytes > 0;

-- table lane: a lane for each link, or for each group of links when there are more than 24
SELECT run, CASE WHEN (SELECT count(DISTINCT link) FROM carried) <= 24 THEN link ELSE links END AS name, kind, k, rate, link
FROM carried;

-- table place: order of the lanes: those that carry most first, by what the mean link of a group carries
SELECT name, row_number() OVER (ORDER BY total DESC, name) AS y, n_links FROM
    (SELECT name, sum(rate) / count(DISTINCT run || ' ' || link) AS total, count(DISTINCT link) AS n_links FROM lane GROUP BY name);

-- vars
SELECT (SELECT count(DISTINCT scenario) FROM run) AS n_scenarios, (SELECT replace(min(scenario), '.yaml', '') FROM run) AS scenario,
       (SELECT count(*) FROM run) AS n_runs, (SELECT count(DISTINCT link) FROM carried) AS n_links, (SELECT count(*) FROM place) AS n_lanes,
       (SELECT sum(n_bytes) FROM carried WHERE kind NOT IN ('data', 'unicast')) AS control_bytes,
       (SELECT sum(n_bytes) FROM carried) AS all_bytes,
       (SELECT min(rate) FROM carried) AS rate_min, (SELECT max(rate) FROM carried) AS rate_max, max(length(name)) AS label_len
FROM place;

-- $lanes: place, name with the number of links behind it
SELECT y, name || CASE WHEN (SELECT count(DISTINCT link) FROM carried) > 24 AND n_links > 1 THEN ' (' || n_links || ')' ELSE '' END AS label
FROM place ORDER BY y;

-- $points: protocol, place, octets per second: mean, least and most of the links and runs of the lane that carried it
SELECT l.kind AS series, p.y, avg(l.rate) AS mean, min(l.rate) AS low, max(l.rate) AS high
FROM lane l JOIN place p ON p.name = l.name GROUP BY l.k, p.y ORDER BY l.k, p.y;
