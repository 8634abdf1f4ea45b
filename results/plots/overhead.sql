-- fragments that devices needed beyond M, with what random parity rows would need; of IP runs what ip-overhead shows
-- runs: many
-- varies: %
-- otherwise: ip-overhead
-- needs: recovery: blocks and campaigns make them

-- table later: runs whose campaigns sent more in repair rounds, until the block was there
SELECT DISTINCT c.run FROM campaign c JOIN run r ON r.id = c.run WHERE c.phase IN ('transmit', 'feed') AND c.round > 0;

-- table block: blocks of which an uncoded fragment was lost: how many, parity fragments received, fragments needed beyond M
SELECT b.m - b.n_uncoded AS n_lost, b.overhead,
       CASE WHEN b.run IN (SELECT run FROM later) THEN 1000000 ELSE b.n_coded + b.n_late END - (b.m - b.n_uncoded) AS n_spare,
       b.complete_ns IS NOT NULL AND b.result = (SELECT code FROM code WHERE table_name = 'recovery' AND column_name = 'result' AND name = 'complete') AS whole
FROM recovery b JOIN run r ON r.id = b.run
WHERE b.first_ns IS NOT NULL AND b.n_uncoded < b.m;

-- table chance: that n_lost + k random rows over GF(2) have rank n_lost
WITH RECURSIVE k(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM k WHERE k < 11),
q(n_lost, k, p) AS (SELECT 0, k, 1.0 FROM k UNION ALL
                    SELECT n_lost + 1, k, p * (1 - 1.0 / (1 << (n_lost + 1 + k))) FROM q WHERE n_lost < 48)
SELECT n_lost, k, p FROM q;

-- table expected: share of these blocks that would be whole with k fragments beyond M at most
WITH classes AS (SELECT min(n_lost, 48) AS n_lost, min(max(n_spare, -1), 11) AS n_spare, count(*) AS n FROM block GROUP BY 1, 2),
ks AS (SELECT DISTINCT k FROM chance)
SELECT ks.k, sum(CASE WHEN c.n_spare < 0 THEN 0 ELSE c.n * h.p END) / sum(c.n) AS share
FROM ks JOIN classes c LEFT JOIN chance h ON h.n_lost = c.n_lost AND h.k = min(ks.k, c.n_spare) GROUP BY ks.k;

-- vars
SELECT replace(min(r.scenario), '.yaml', '') AS scenario, count(DISTINCT r.scenario) AS n_scenarios, count(*) AS n_runs,
       (SELECT count(*) FROM block) AS n_blocks, (SELECT coalesce(sum(whole), 0) FROM block) AS n_whole,
       (SELECT coalesce(avg(n_lost), 0) FROM block) AS mean_lost,
       (SELECT coalesce(avg(overhead), 0) FROM block WHERE whole) AS mean_overhead,
       (SELECT coalesce(sum(1 - whole), 0) FROM block) AS n_never, 1 - (SELECT share FROM expected WHERE k = 11) AS expected_never,
       (SELECT max(4, min(10, max(overhead))) FROM block WHERE whole) AS k_max
FROM run r HAVING n_blocks > 0;

-- $bars: fragments beyond M (the last: as many or more), blocks, share of all
SELECT min(b.overhead, 10) AS k, count(*) AS n, 1.0 * count(*) / (SELECT count(*) FROM block) AS share
FROM block b WHERE b.whole GROUP BY 1 ORDER BY 1;

-- $expected: the same, expected
SELECT e.k, e.share - coalesce(f.share, 0) AS share FROM expected e LEFT JOIN expected f ON f.k = e.k - 1
WHERE e.k < 10 UNION ALL
SELECT 10, (SELECT share FROM expected WHERE k = 11) - (SELECT share FROM expected WHERE k = 9) ORDER BY 1;
