-- distribution of the times at which devices had the block, by data rate: of the group over several runs, the devices' best in one
-- runs: many
-- varies: multicast.%.data_rate
-- needs: recovery: blocks and campaigns make them

-- table key: what is asked below
SELECT run, path, value FROM param
WHERE run IN (SELECT id FROM run) AND (path LIKE 'campaigns.%' OR path LIKE 'multicast.%.data_rate');

-- table chosen: a campaign of each run, its block, the data rate of its group, and its first fragment
WITH c AS (SELECT run, campaign, min(start_ns) AS first_ns,
                  row_number() OVER (PARTITION BY run ORDER BY min(start_ns), campaign) AS k
           FROM campaign WHERE phase = 'transmit' AND (:campaign IS NULL OR campaign = :campaign) GROUP BY run, campaign)
SELECT r.id AS run, c.campaign, dr.value AS dr,
       coalesce(i.value + 0, (SELECT min(b.frag_index) FROM recovery b WHERE b.run = r.id)) AS frag_index,
       coalesce(c.first_ns, (SELECT min(b.first_ns) FROM recovery b WHERE b.run = r.id)) AS first_ns
FROM run r LEFT JOIN c ON c.run = r.id AND c.k = 1
LEFT JOIN key i ON i.run = r.id AND i.path = 'campaigns.' || c.campaign || '.session_index'
LEFT JOIN key g ON g.run = r.id AND g.path = 'campaigns.' || c.campaign || '.group'
LEFT JOIN key dr ON dr.run = r.id AND dr.path = 'multicast.' || g.value || '.data_rate'
WHERE :campaign IS NULL OR c.campaign IS NOT NULL;

-- table taking_part: devices of the campaigns; without a campaign those that had a block
SELECT c.run, d.device FROM chosen c JOIN campaign_device d ON d.run = c.run AND d.campaign = c.campaign
UNION
SELECT c.run, b.device FROM chosen c JOIN recovery b ON b.run = c.run AND b.frag_index = c.frag_index WHERE c.campaign IS NULL;

-- table done: devices, and when they had the block (NULL: never)
SELECT t.run, t.device, min(b.complete_ns) - c.first_ns AS after_ns,
       CASE WHEN (SELECT count(DISTINCT dr) FROM chosen) > 1 THEN 'group at DR' || c.dr
            WHEN s.best_dr IS NULL THEN 'out of reach' ELSE 'DR' || s.best_dr END AS label
FROM taking_part t JOIN chosen c ON c.run = t.run JOIN device_stat s ON s.run = t.run AND s.device = t.device
LEFT JOIN recovery b ON b.run = t.run AND b.device = t.device AND b.frag_index = c.frag_index
     AND b.result = (SELECT code FROM code WHERE table_name = 'recovery' AND column_name = 'result' AND name = 'complete')
GROUP BY t.run, t.device;

-- vars
SELECT replace(min(r.scenario), '.yaml', '') AS scenario, count(DISTINCT r.scenario) AS n_scenarios, count(*) AS n_runs,
       (SELECT count(*) FROM done) AS n_devices, (SELECT count(after_ns) FROM done) AS n_whole,
       (SELECT max(1e-3, min(after_ns) / 1e9) FROM done) AS first_s, (SELECT max(1e-3, max(after_ns) / 1e9) FROM done) AS last_s,
       (SELECT count(DISTINCT dr) FROM chosen) AS n_rates
FROM run r;

-- $times: data rate, time since the first fragment in s, share of its devices that had the block then
WITH ranked AS (SELECT label, after_ns, row_number() OVER (PARTITION BY label ORDER BY after_ns) AS k,
                       count(after_ns) OVER (PARTITION BY label) AS n_whole FROM done WHERE after_ns IS NOT NULL),
size AS (SELECT label, count(*) AS n FROM done GROUP BY label),
thin AS (SELECT label, after_ns, max(k) AS k FROM ranked
         WHERE n_whole <= 500 OR k = 1 OR k = n_whole OR k * 500 / n_whole > (k - 1) * 500 / n_whole GROUP BY label, after_ns)
SELECT t.label || ' (' || s.n || ')' AS series, t.after_ns / 1e9 AS at_s, 1.0 * t.k / s.n AS share
FROM thin t JOIN size s ON s.label = t.label
ORDER BY t.label DESC, t.after_ns;

-- $ends: data rate, time since the first fragment in s of its last device, share of its devices that had the block then
SELECT label || ' (' || count(*) || ')' AS series, max(after_ns) / 1e9 AS at_s, 1.0 * count(after_ns) / count(*) AS share
FROM done GROUP BY label HAVING count(after_ns) > 0 ORDER BY label DESC;
