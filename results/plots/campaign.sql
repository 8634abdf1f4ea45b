-- devices of a firmware campaign by what they are at, over time (store: frames)
-- runs: one
-- vars
SELECT c.campaign AS campaign, replace(r.scenario, '.yaml', '') AS scenario, count(DISTINCT c.device) AS n_devices,
       sum(c.state = (SELECT code FROM code WHERE table_name = 'campaign_device' AND column_name = 'state' AND name = 'updated')) AS n_updated
FROM run r JOIN campaign_device c ON c.run = r.id
WHERE c.campaign = (SELECT min(campaign) FROM campaign_device);

-- $bands: what devices are at, hours, devices at it or further
WITH band(name, place, title) AS (VALUES
    ('waiting', 9, 'waiting'), ('inventory', 8, 'versions, clock'), ('clock', 8, 'versions, clock'),
    ('group', 7, 'group, fragments'), ('fragments', 7, 'group, fragments'),
    ('set_up', 6, 'session asked for'), ('invited', 6, 'session asked for'), ('receiving', 5, 'in a session'),
    ('sent', 4, 'status asked for'), ('status', 4, 'status asked for'), ('missing', 3, 'fragments missing'),
    ('complete', 2, 'image complete'), ('image', 2, 'image complete'), ('reboot', 2, 'image complete'),
    ('rebooting', 2, 'image complete'), ('verify', 2, 'image complete'), ('updated', 1, 'updated'),
    ('failed', 0, 'given up')),
bin AS (SELECT max(at_ns) / 400 + 1 AS ns FROM campaign_state), -- finer than a picture shows
step AS (SELECT s.at_ns / bin.ns * bin.ns AS at_ns, b.place, lag(b.place) OVER (PARTITION BY s.device ORDER BY s.seq) AS before
         FROM campaign_state s JOIN bin
         JOIN code c ON c.table_name = 'campaign_device' AND c.column_name = 'state' AND c.code = s.state
         JOIN band b ON b.name = c.name
         WHERE s.campaign = (SELECT min(campaign) FROM campaign_device)),
stack AS (SELECT DISTINCT place, title FROM band),
change AS (SELECT k.place, k.title, e.at_ns,
                  sum((e.place <= k.place) - (e.before IS NOT NULL AND e.before <= k.place)) AS n
           FROM step e JOIN stack k GROUP BY k.place, e.at_ns)
SELECT title AS series, at_ns / 3.6e12 AS hours, sum(n) OVER (PARTITION BY place ORDER BY at_ns) AS devices
FROM change ORDER BY place DESC, at_ns;

-- $sessions: start and end of each transmission, hours
SELECT start_ns / 3.6e12 AS from_hours, end_ns / 3.6e12 AS to_hours FROM campaign
WHERE phase = 'transmit' AND campaign = (SELECT min(campaign) FROM campaign_device);
