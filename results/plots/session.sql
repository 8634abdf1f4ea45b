-- who was listening when in a multicast session, and what they heard and missed
-- runs: one
-- needs: session: the scenario has no group under multicast
-- needs: tx: no frame was sent
-- table chosen: the session shown, of the group asked for, or the first one
SELECT s.run, s.group_name, s.devaddr, s.planned_ns, s.length_ns
FROM session s JOIN run r ON r.id = s.run
WHERE (:group IS NULL OR s.group_name = :group) AND (:begin_ns IS NULL OR s.planned_ns + s.length_ns > :begin_ns)
ORDER BY s.planned_ns, s.group_name LIMIT 1;

-- table copy: transmissions of its frames
SELECT t.node, t.seq, t.fcnt, t.start_ns, t.end_ns FROM chosen c JOIN tx t ON t.run = c.run AND t.devaddr = c.devaddr
WHERE t.kind = (SELECT code FROM code WHERE table_name = 'tx' AND name = 'multicast_down')
  AND t.start_ns >= c.planned_ns AND t.start_ns < c.planned_ns + c.length_ns;

-- table frame: from the start of the first copy to the end of the last
SELECT fcnt, min(start_ns) AS start_ns, max(end_ns) AS end_ns FROM copy GROUP BY fcnt;

-- table heard: device and frame
SELECT DISTINCT x.receiver AS device, copy.fcnt FROM chosen c JOIN rx x ON x.run = c.run
JOIN copy ON copy.node = x.node AND copy.seq = x.seq;

-- table listened: devices with the real span of their session; NULL: it never opened
SELECT w.device, min(w.start_ns) AS open_ns, max(w.start_ns + w.length_ns) AS close_ns
FROM chosen c JOIN window w ON w.run = c.run AND w.devaddr = c.devaddr AND w.planned_ns = c.planned_ns
GROUP BY w.device;

-- table missed: device, frame and why
SELECT l.receiver AS device, f.fcnt, f.start_ns,
       CASE why.name WHEN 'window' THEN CASE WHEN w.open_ns IS NULL THEN 'session never opened'
                                             WHEN f.start_ns < w.open_ns THEN 'not yet listening'
                                             WHEN f.end_ns > w.close_ns THEN 'no longer listening'
                                             ELSE 'own RX1 or RX2' END
                     WHEN 'device_tx' THEN 'own uplink' WHEN 'no_link' THEN 'out of reach'
                     WHEN 'sensitivity' THEN 'below sensitivity' WHEN 'receiver_busy' THEN 'busy with another frame'
                     WHEN 'gateway_down' THEN 'gateway down' WHEN 'random' THEN 'random loss' ELSE why.name END AS reason
FROM chosen c JOIN loss l ON l.run = c.run AND l.final = 1 JOIN copy ON copy.node = l.node AND copy.seq = l.seq
JOIN frame f ON f.fcnt = copy.fcnt LEFT JOIN listened w ON w.device = l.receiver
JOIN code why ON why.table_name = 'loss' AND why.column_name = 'reason' AND why.code = l.reason;

-- table member: devices asked for, in groups, by the time at which they opened
SELECT n.id, n.name, n.group_name, w.open_ns, w.close_ns, coalesce(m.n, 0) AS n_missed,
       row_number() OVER (ORDER BY length(n.group_name), n.group_name, w.open_ns IS NULL, w.open_ns, m.n DESC, n.index_in_group) AS k,
       count(*) OVER () AS n
FROM (SELECT device FROM heard UNION SELECT device FROM missed UNION SELECT device FROM listened) all_of
JOIN chosen c JOIN node n ON n.run = c.run AND n.id = all_of.device
LEFT JOIN listened w ON w.device = n.id
LEFT JOIN (SELECT device, count(*) AS n FROM missed GROUP BY device) m ON m.device = n.id
WHERE :devices IS NULL OR instr(',' || :devices || ',', ',' || n.name || ',')
      OR instr(',' || :devices || ',', ',' || n.group_name || ',');

-- table lane: at most 600 of them, evenly over that order, from the top
SELECT *, row_number() OVER (ORDER BY k) AS lane FROM member WHERE n <= 600 OR k * 600 / n <> (k - 1) * 600 / n;

-- table share: share of the devices that missed a frame, stacked by reason
WITH expected AS (SELECT fcnt, count(*) AS n FROM (SELECT device, fcnt FROM heard UNION SELECT device, fcnt FROM missed) e
                  JOIN member ON member.id = e.device GROUP BY fcnt),
weight AS (SELECT reason, count(*) AS total FROM missed GROUP BY reason),
part AS (SELECT m.reason, m.fcnt, m.start_ns, w.total, 1.0 * count(*) / e.n AS part
         FROM missed m JOIN member ON member.id = m.device JOIN expected e ON e.fcnt = m.fcnt
         JOIN weight w ON w.reason = m.reason GROUP BY m.reason, m.fcnt)
SELECT *, sum(part) OVER (PARTITION BY fcnt ORDER BY total DESC, reason) AS high FROM part;

-- table span: what is shown
SELECT coalesce(:begin_ns, max(planned_ns - length_ns, min(planned_ns, coalesce((SELECT min(open_ns) FROM lane), planned_ns)))) AS from_ns,
       CASE WHEN :span_ns IS NOT NULL THEN coalesce(:begin_ns, planned_ns) + :span_ns
       ELSE max(coalesce(:begin_ns, 0), min(planned_ns + 2 * length_ns,
                max(planned_ns + length_ns, coalesce((SELECT max(close_ns) FROM lane), 0),
                    coalesce((SELECT max(end_ns) FROM frame), 0)))) END AS to_ns
FROM chosen;

-- vars: times in s since the planned start of the session
SELECT replace(r.scenario, '.yaml', '') AS scenario, c.group_name AS mc_group, c.planned_ns / 1e9 AS planned_s,
       (span.from_ns - c.planned_ns) / 1e9 AS from_s, (span.to_ns - c.planned_ns) / 1e9 AS to_s, c.length_ns / 1e9 AS length_s,
       (SELECT count(*) FROM lane) AS n_lanes, (SELECT count(*) FROM member) AS n_members,
       (SELECT count(*) FROM frame) AS n_frames,
       coalesce((SELECT min(next_ns - start_ns) / 1e9 FROM (SELECT start_ns, lead(start_ns) OVER (ORDER BY start_ns) AS next_ns
                                                            FROM frame)), c.length_ns / 1e9) AS gap_s,
       (SELECT count(*) FROM heard JOIN member ON member.id = heard.device) AS n_heard,
       (SELECT count(*) FROM (SELECT device, fcnt FROM heard UNION SELECT device, fcnt FROM missed) e
        JOIN member ON member.id = e.device) AS n_expected,
       coalesce((SELECT max(high) FROM share), 0) AS share_max,
       (SELECT CASE WHEN count(*) <= 40 THEN max(length(name)) ELSE max(length(group_name)) END FROM lane) AS label_len
FROM chosen c JOIN run r ON r.id = c.run JOIN span;

-- $spans: lane, real opening and close, device
SELECT lane.lane, (lane.open_ns - c.planned_ns) / 1e9 AS open_s, (lane.close_ns - c.planned_ns) / 1e9 AS close_s, lane.name
FROM lane JOIN chosen c ORDER BY lane.lane;

-- $groups: name of a group of devices, its first and last lane
SELECT group_name AS series, min(lane) AS first, max(lane) AS last FROM lane GROUP BY group_name ORDER BY 2;

-- $labels: lane, name of the device, or of the group when there are many
SELECT lane, name FROM lane WHERE (SELECT count(*) FROM lane) <= 40
UNION ALL SELECT (min(lane) + max(lane)) / 2.0, group_name FROM lane WHERE (SELECT count(*) FROM lane) > 40 GROUP BY group_name
ORDER BY 1;

-- $heard: start of the frame, lane; only of few devices
SELECT (f.start_ns - c.planned_ns) / 1e9 AS at_s, lane.lane
FROM heard h JOIN lane ON lane.id = h.device JOIN frame f ON f.fcnt = h.fcnt JOIN chosen c
WHERE (SELECT count(*) FROM lane) <= 40 ORDER BY lane.lane, f.start_ns;

-- $missed: reason, start of the frame, lane
WITH weight AS (SELECT reason, count(*) AS n FROM missed GROUP BY reason)
SELECT m.reason AS series, (m.start_ns - c.planned_ns) / 1e9 AS at_s, lane.lane
FROM missed m JOIN lane ON lane.id = m.device JOIN weight ON weight.reason = m.reason JOIN chosen c
ORDER BY weight.n DESC, m.reason, lane.lane, m.start_ns;

-- $shares: reason, start of the frame, lower and upper end of the share of the devices that missed it
SELECT s.reason AS series, (s.start_ns - c.planned_ns) / 1e9 AS at_s, s.high - s.part AS low, s.high
FROM share s JOIN chosen c ORDER BY s.total DESC, s.reason, s.start_ns;

-- $frames: start of each frame
SELECT (f.start_ns - c.planned_ns) / 1e9 AS at_s FROM frame f JOIN chosen c ORDER BY f.start_ns;
