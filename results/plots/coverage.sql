-- map of the devices, coloured by the best data rate that a gateway can hear, and of the gateways
-- runs: one
-- vars
SELECT replace(r.scenario, '.yaml', '') AS scenario, min(n.x_mm) / 1e6 AS x_min, max(n.x_mm) / 1e6 AS x_max,
       min(n.y_mm) / 1e6 AS y_min, max(n.y_mm) / 1e6 AS y_max, count(*) AS n_nodes,
       sum(n.kind = (SELECT code FROM code WHERE table_name = 'node' AND name = 'gateway')) AS n_gateways
FROM run r JOIN node n ON n.run = r.id
WHERE n.kind IN (SELECT code FROM code WHERE table_name = 'node' AND name IN ('device', 'gateway'));

-- $devices: best data rate or out of reach, x and y in km
SELECT coalesce('DR' || d.best_dr, 'out of reach') || ' (' || count(*) OVER (PARTITION BY d.best_dr) || ')' AS series,
       n.x_mm / 1e6 AS x_km, n.y_mm / 1e6 AS y_km
FROM device_stat d JOIN run r ON r.id = d.run JOIN node n ON n.run = d.run AND n.id = d.device
ORDER BY d.best_dr IS NULL, d.best_dr DESC, n.group_name, n.index_in_group;

-- $gateways: x and y in km, name
SELECT n.x_mm / 1e6 AS x_km, n.y_mm / 1e6 AS y_km, n.name
FROM node n JOIN run r ON r.id = n.run
WHERE n.kind = (SELECT code FROM code WHERE table_name = 'node' AND name = 'gateway')
ORDER BY n.name;
