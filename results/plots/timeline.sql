-- frames of a time span as one gateway sees them, by channel and spreading factor: received or lost
-- runs: one
-- needs: tx
-- vars
WITH gw AS (SELECT n.id, n.name FROM node n JOIN run r ON r.id = n.run
            WHERE n.kind = (SELECT code FROM code WHERE table_name = 'node' AND name = 'gateway')
              AND (:gateway IS NULL OR n.name = :gateway) ORDER BY n.name LIMIT 1)
SELECT replace(r.scenario, '.yaml', '') AS scenario, gw.name AS gateway,
       :from_ns / 1e9 AS from_s, :to_ns / 1e9 AS to_s
FROM run r JOIN gw;

-- $frames: start and end in s, channel from the top (1, 2, ...), spreading factor (0: FSK),
-- state: 0 decoded by this gateway, 1 only by others, 2 lost, 3 downlink of this gateway
WITH gw AS (SELECT n.id, n.name FROM node n JOIN run r ON r.id = n.run
            WHERE n.kind = (SELECT code FROM code WHERE table_name = 'node' AND name = 'gateway')
              AND (:gateway IS NULL OR n.name = :gateway) ORDER BY n.name LIMIT 1),
frame AS MATERIALIZED
    (SELECT t.run, t.node, t.seq, t.start_ns, t.end_ns, t.frequency_hz, t.sf, t.node = gw.id AS down
     FROM tx t JOIN run r ON r.id = t.run JOIN gw
     WHERE t.start_ns < :to_ns AND t.end_ns > :from_ns
       AND (t.node = gw.id OR t.kind IN (SELECT code FROM code WHERE table_name = 'tx'
                                         AND name IN ('join_request', 'unconfirmed_up', 'confirmed_up')))),
heard AS (SELECT f.run, f.node, f.seq, max(x.receiver = gw.id) AS here
          FROM rx x CROSS JOIN frame f ON f.run = x.run AND f.node = x.node AND f.seq = x.seq JOIN gw
          GROUP BY f.run, f.node, f.seq),
lane AS (SELECT frequency_hz, row_number() OVER (ORDER BY frequency_hz DESC) AS number
         FROM (SELECT DISTINCT frequency_hz FROM frame))
SELECT f.start_ns / 1e9 AS start_s, f.end_ns / 1e9 AS end_s, lane.number AS lane, f.sf,
       CASE WHEN f.down THEN 3 WHEN h.here THEN 0 WHEN h.here IS NOT NULL THEN 1 ELSE 2 END AS state
FROM frame f JOIN lane ON lane.frequency_hz = f.frequency_hz
LEFT JOIN heard h ON h.run = f.run AND h.node = f.node AND h.seq = f.seq
ORDER BY f.start_ns, f.node, f.seq;

-- $lanes: channel from the top, label
WITH gw AS (SELECT n.id FROM node n JOIN run r ON r.id = n.run
            WHERE n.kind = (SELECT code FROM code WHERE table_name = 'node' AND name = 'gateway')
              AND (:gateway IS NULL OR n.name = :gateway) ORDER BY n.name LIMIT 1)
SELECT row_number() OVER (ORDER BY frequency_hz DESC) AS lane, printf('%.3f', frequency_hz / 1e6) AS label
FROM (SELECT DISTINCT t.frequency_hz FROM tx t JOIN run r ON r.id = t.run JOIN gw
      WHERE t.start_ns < :to_ns AND t.end_ns > :from_ns
        AND (t.node = gw.id OR t.kind IN (SELECT code FROM code WHERE table_name = 'tx'
                                          AND name IN ('join_request', 'unconfirmed_up', 'confirmed_up'))));

-- $sfs: spreading factors that occur
SELECT DISTINCT CASE WHEN t.sf = 0 THEN 'FSK' ELSE 'SF' || t.sf END AS series, t.sf FROM tx t JOIN run r ON r.id = t.run
WHERE t.start_ns < :to_ns AND t.end_ns > :from_ns
  AND t.kind IN (SELECT code FROM code WHERE table_name = 'tx'
                 AND name IN ('join_request', 'unconfirmed_up', 'confirmed_up'))
ORDER BY t.sf;
