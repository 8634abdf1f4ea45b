-- receive windows of devices, planned against real, with the frames on the air (Gantt)
-- runs: one
-- needs: window: only downlinks and multicast sessions make them

-- table named: the devices to choose from
SELECT n.run, n.id, n.name FROM node n JOIN run r ON r.id = n.run
WHERE n.kind = (SELECT code FROM code WHERE table_name = 'node' AND name = 'device')
  AND (:devices IS NULL OR instr(',' || :devices || ',', ',' || n.name || ',')
       OR instr(',' || :devices || ',', ',' || n.group_name || ','));

-- table opened: their windows; a session is planned as long as the server means it
SELECT w.device, w.kind, w.planned_ns, w.planned_ns + coalesce(s.length_ns, w.length_ns) AS planned_end_ns, w.start_ns,
       w.start_ns + w.length_ns AS end_ns, w.n_frames, w.n_caught, w.devaddr,
       min(w.planned_ns, coalesce(w.start_ns, w.planned_ns)) AS first_ns,
       max(w.planned_ns + coalesce(s.length_ns, w.length_ns), coalesce(w.start_ns + w.length_ns, 0)) AS last_ns
FROM window w JOIN named n ON n.run = w.run AND n.id = w.device
LEFT JOIN session s ON s.run = w.run AND s.devaddr = w.devaddr AND s.planned_ns = w.planned_ns;

-- table span: what is shown: --from and --span, or the first window with the uplink before it, or the first session whole
WITH first AS (SELECT *, (last_ns - first_ns) / 20 AS pad_ns FROM opened
               WHERE :begin_ns IS NULL OR last_ns > :begin_ns ORDER BY first_ns, device LIMIT 1),
begin AS (SELECT coalesce(:begin_ns, CASE WHEN f.devaddr IS NOT NULL THEN max(0, (f.first_ns - f.pad_ns) / 1000000000 * 1000000000)
                                     ELSE max(0, coalesce((SELECT max(t.start_ns) FROM tx t JOIN run r ON r.id = t.run
                                                           WHERE t.node = f.device AND t.start_ns < f.first_ns),
                                                          f.first_ns) / 100000000 * 100000000 - 100000000) END) AS from_ns, f.* FROM first f)
SELECT from_ns, from_ns + coalesce(:span_ns, CASE WHEN devaddr IS NOT NULL AND :begin_ns IS NULL
                                             THEN last_ns + pad_ns - from_ns
                                             ELSE max(3000000000, 1300000000 + last_ns - from_ns) END) AS to_ns
FROM begin;

-- table lane: devices with windows then, from the top; the first eight unless they were asked for
SELECT id, name, row_number() OVER (ORDER BY length(name), name) AS lane
FROM (SELECT DISTINCT n.id, n.name FROM named n JOIN opened o ON o.device = n.id JOIN span
      WHERE o.first_ns < span.to_ns AND o.last_ns > span.from_ns
      ORDER BY length(n.name), n.name LIMIT CASE WHEN :devices IS NULL THEN 8 ELSE 40 END);

-- vars
SELECT replace(r.scenario, '.yaml', '') AS scenario, span.from_ns / 1e9 AS from_s, (span.to_ns - span.from_ns) / 1e9 AS span_s,
       (SELECT count(*) FROM lane) AS n_lanes, (SELECT max(length(name)) FROM lane) AS label_len, (SELECT count(DISTINCT device) FROM opened o
        WHERE o.first_ns < span.to_ns AND o.last_ns > span.from_ns) AS n_devices
FROM run r JOIN span;

-- $lanes: lane, device
SELECT lane, name FROM lane ORDER BY lane;

-- $windows: kind, planned from and to, real from and to (NaN: never opened), all in s since the begin; lane, what it caught
WITH seen AS (SELECT o.*, lane.lane, span.from_ns, coalesce(o.start_ns - o.planned_ns, 0) AS late_ns
              FROM opened o JOIN lane ON lane.id = o.device JOIN span
              WHERE o.first_ns < span.to_ns AND o.last_ns > span.from_ns)
SELECT c.name AS series, (s.planned_ns - s.from_ns) / 1e9 AS planned_s, (s.planned_end_ns - s.from_ns) / 1e9 AS planned_end_s,
       (s.start_ns - s.from_ns) / 1e9 AS start_s, (s.end_ns - s.from_ns) / 1e9 AS end_s, s.lane,
       CASE WHEN s.start_ns IS NULL THEN 'never opened' WHEN s.late_ns = 0 THEN 'on time'
            WHEN abs(s.late_ns) < 1000000 THEN printf('%.3g us', abs(s.late_ns) / 1e3)
            WHEN abs(s.late_ns) < 1000000000 THEN printf('%.3g ms', abs(s.late_ns) / 1e6)
            ELSE printf('%.3g s', abs(s.late_ns) / 1e9) END
       || CASE WHEN s.late_ns < 0 THEN ' early' WHEN s.late_ns > 0 THEN ' late' ELSE '' END
       || CASE s.n_frames WHEN 0 THEN ', nothing sent' ELSE ', ' || s.n_caught || ' of ' || s.n_frames || ' caught' END AS label
FROM seen s JOIN code c ON c.table_name = 'window' AND c.column_name = 'kind' AND c.code = s.kind
ORDER BY s.kind, s.planned_ns, s.lane;

-- $frames: start and end in s since the begin, lane, state: 0 its own uplink, 1 heard, 2 another copy was heard, 3 missed
WITH member AS (SELECT DISTINCT o.device, o.devaddr, lane.lane FROM opened o JOIN lane ON lane.id = o.device),
down AS (SELECT t.run, t.node, t.seq, t.devaddr, t.fcnt, t.start_ns, t.end_ns, m.device, m.lane
         FROM tx t JOIN run r ON r.id = t.run JOIN span JOIN (SELECT DISTINCT device, lane FROM member) m ON m.device = t.target
         WHERE t.start_ns < span.to_ns AND t.end_ns > span.from_ns
         UNION ALL
         SELECT t.run, t.node, t.seq, t.devaddr, t.fcnt, t.start_ns, t.end_ns, m.device, m.lane
         FROM tx t JOIN run r ON r.id = t.run JOIN span JOIN member m ON m.devaddr = t.devaddr
         WHERE t.target IS NULL AND t.start_ns < span.to_ns AND t.end_ns > span.from_ns
           AND t.kind = (SELECT code FROM code WHERE table_name = 'tx' AND name = 'multicast_down')),
heard AS (SELECT d.*, x.receiver IS NOT NULL AS yes FROM down d
          LEFT JOIN rx x ON x.run = d.run AND x.node = d.node AND x.seq = d.seq AND x.receiver = d.device)
SELECT (h.start_ns - span.from_ns) / 1e9 AS start_s, (h.end_ns - span.from_ns) / 1e9 AS end_s, h.lane,
       CASE WHEN h.yes THEN 1 WHEN max(h.yes) OVER (PARTITION BY h.device, h.devaddr, h.fcnt) THEN 2 ELSE 3 END AS state
FROM heard h JOIN span
UNION ALL
SELECT (t.start_ns - span.from_ns) / 1e9, (t.end_ns - span.from_ns) / 1e9, lane.lane, 0
FROM tx t JOIN run r ON r.id = t.run JOIN span JOIN lane ON lane.id = t.node
WHERE t.start_ns < span.to_ns AND t.end_ns > span.from_ns
ORDER BY 1, 3;
