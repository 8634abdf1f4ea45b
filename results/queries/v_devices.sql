-- How did each device fare? One line a device: where it stands, what it sent, what arrived, what it cost.
SELECT d.run, n.name AS device, n.group_name, network.name AS network, n.eui,
       CASE WHEN d.devaddr IS NOT NULL THEN printf('%08X', d.devaddr) END AS devaddr, n.x_mm / 1e3 AS x_m, n.y_mm / 1e3 AS y_m,
       gateway.name AS best_gateway, d.best_gain_cdb / 100.0 AS best_gain_db, d.best_dr,
       d.dr, d.tx_power_cdbm / 100.0 AS tx_power_dbm, d.joined_ns / 1e9 AS joined_s, d.n_join_requests,
       d.n_messages, d.n_messages_dropped, d.n_messages_delivered,
       1.0 * d.n_messages_delivered / nullif(d.n_messages, 0) AS delivery_ratio,
       d.n_tx, d.n_tx_received, d.n_rx, d.airtime_ns / 1e9 AS airtime_s, d.energy_uj / 1e3 AS energy_mj
FROM device_stat d
JOIN run r ON r.id = d.run AND r.status = 'complete'
JOIN node n ON n.run = d.run AND n.id = d.device
LEFT JOIN node network ON network.run = d.run AND network.id = n.network
LEFT JOIN node gateway ON gateway.run = d.run AND gateway.id = d.best_gateway
ORDER BY d.run, n.group_name, n.index_in_group;
