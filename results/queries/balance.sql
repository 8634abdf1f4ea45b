-- Does every frame have exactly one outcome? Lists every network, kind of frame and data rate for which
-- frames sent differ from frames received plus losses; no row means that all is well.
SELECT t.run, coalesce(n.name, t.network) AS network, c.name AS kind, t.dr, t.n_sent, t.n_received, t.n_lost
FROM (SELECT run, network, kind, dr, sum(n_sent) AS n_sent, sum(n_received) AS n_received, sum(n_lost) AS n_lost
      FROM (SELECT run, network, kind, dr, n_sent, n_received, 0 AS n_lost FROM traffic_stat
            UNION ALL
            SELECT run, network, kind, dr, 0, 0, n FROM loss_stat)
      GROUP BY run, network, kind, dr) t
LEFT JOIN node n ON n.run = t.run AND n.id = t.network
LEFT JOIN code c ON c.table_name = 'tx' AND c.column_name = 'kind' AND c.code = t.kind
WHERE t.n_sent <> t.n_received + t.n_lost
ORDER BY t.run, t.network, t.kind, t.dr;
