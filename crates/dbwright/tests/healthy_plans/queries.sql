-- What the schemas were made for, a statement a paragraph. {N}: a number from 1 to N; {from N}: one of the first N days,
-- {to K}: K days later.

SELECT abalance FROM accounts WHERE aid = {60000}

UPDATE accounts SET abalance = abalance + 5 WHERE aid = {60000}

UPDATE tellers SET tbalance = tbalance + 5 WHERE tid = {100}

UPDATE branches SET bbalance = bbalance + 5 WHERE bid = {10}

INSERT INTO history (tid, bid, aid, delta, mday) VALUES ({100}, {10}, {60000}, 5, DATE '2024-12-01')

DELETE FROM history WHERE hid = {30000}

SELECT * FROM history WHERE aid = {60000} ORDER BY mday DESC LIMIT 10

SELECT bid, SUM(delta) FROM history WHERE mday BETWEEN {from 300} AND {to 2} GROUP BY bid

SELECT bid, SUM(abalance) FROM accounts GROUP BY bid

SELECT COUNT(*) FROM accounts WHERE bid = {10}

SELECT t.tid, t.tbalance, b.bbalance FROM tellers t JOIN branches b ON b.bid = t.bid WHERE t.tid = {100}

SELECT a.aid, a.abalance, h.delta FROM history h JOIN accounts a ON a.aid = h.aid WHERE h.mday = {from 300} ORDER BY h.delta DESC LIMIT 20

SELECT a.aid FROM accounts a WHERE a.aid BETWEEN {50000} AND 60000 AND NOT EXISTS (SELECT 1 FROM history h WHERE h.aid = a.aid) ORDER BY a.aid LIMIT 50

SELECT * FROM accounts WHERE aid IN ({60000}, {60000}, {60000}, {60000}, {60000})

SELECT * FROM album WHERE artist_id = {300} ORDER BY title

SELECT t.name, a.title, r.name FROM track t JOIN album a ON a.id = t.album_id JOIN artist r ON r.id = a.artist_id WHERE t.id = {15000}

SELECT a.title, COUNT(*), SUM(t.ms) FROM album a JOIN track t ON t.album_id = a.id WHERE a.artist_id = {300} GROUP BY a.id, a.title

SELECT g.name, COUNT(*), AVG(t.ms) FROM genre g JOIN track t ON t.genre_id = g.id GROUP BY g.id, g.name ORDER BY 2 DESC

SELECT * FROM track WHERE genre_id = {25} ORDER BY ms DESC LIMIT 10

SELECT id, name FROM track WHERE name = 'Track {15000}'

SELECT * FROM buyer WHERE mail = 'b{3000}@example.com'

SELECT i.id, i.billed, i.total FROM invoice i WHERE i.buyer_id = {3000} ORDER BY i.billed DESC

SELECT i.id, l.quantity, t.name FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id JOIN track t ON t.id = l.track_id WHERE i.id = {20000}

SELECT b.country, SUM(i.total) FROM buyer b JOIN invoice i ON i.buyer_id = b.id GROUP BY b.country ORDER BY 2 DESC

SELECT r.name, SUM(l.price * l.quantity) AS sold FROM invoice_line l JOIN track t ON t.id = l.track_id JOIN album a ON a.id = t.album_id JOIN artist r ON r.id = a.artist_id GROUP BY r.id, r.name ORDER BY sold DESC LIMIT 10

SELECT billed, SUM(total) FROM invoice WHERE billed BETWEEN {from 600} AND {to 7} GROUP BY billed ORDER BY billed

SELECT b.id, b.mail FROM buyer b WHERE b.country = 'Country {23}' AND EXISTS (SELECT 1 FROM invoice i WHERE i.buyer_id = b.id AND i.billed >= {from 600})

SELECT t.id, t.name FROM track t LEFT JOIN invoice_line l ON l.track_id = t.id WHERE t.album_id = {1500} AND l.id IS NULL

SELECT b.id, (SELECT MAX(i.billed) FROM invoice i WHERE i.buyer_id = b.id) FROM buyer b WHERE b.id BETWEEN {2900} AND 3000 ORDER BY b.id LIMIT 20

UPDATE track SET price = 1.99 WHERE album_id = {1500}

DELETE FROM invoice_line WHERE invoice_id = {20000}

SELECT id, title FROM album ORDER BY id LIMIT 20

SELECT l_returnflag, l_linestatus, SUM(l_quantity), SUM(l_extendedprice), AVG(l_discount), COUNT(*) FROM lineitem WHERE l_shipdate <= {from 700} GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus

SELECT s.s_acctbal, s.s_name, n.n_name, p.p_partkey FROM part p JOIN partsupp ps ON ps.ps_partkey = p.p_partkey JOIN supplier s ON s.s_suppkey = ps.ps_suppkey JOIN nation n ON n.n_nationkey = s.s_nationkey JOIN region r ON r.r_regionkey = n.n_regionkey WHERE p.p_brand = 'Brand {24}' AND p.p_size = {50} AND r.r_name = 'Region {5}' ORDER BY s.s_acctbal DESC LIMIT 100

SELECT l_orderkey, SUM(l_extendedprice * (1 - l_discount)) AS revenue, o_orderdate FROM customer JOIN orders ON o_custkey = c_custkey JOIN lineitem ON l_orderkey = o_orderkey WHERE c_mktsegment = 'Segment {4}' AND o_orderdate BETWEEN {from 600} AND {to 7} GROUP BY l_orderkey, o_orderdate ORDER BY revenue DESC LIMIT 10

SELECT o_orderpriority, COUNT(*) FROM orders WHERE o_orderdate BETWEEN {from 600} AND {to 90} AND EXISTS (SELECT 1 FROM lineitem WHERE l_orderkey = o_orderkey AND l_commitdate < l_receiptdate) GROUP BY o_orderpriority ORDER BY o_orderpriority

SELECT n_name, SUM(l_extendedprice * (1 - l_discount)) AS revenue FROM customer JOIN orders ON c_custkey = o_custkey JOIN lineitem ON l_orderkey = o_orderkey JOIN supplier ON l_suppkey = s_suppkey AND c_nationkey = s_nationkey JOIN nation ON s_nationkey = n_nationkey JOIN region ON n_regionkey = r_regionkey WHERE r_name = 'Region {5}' AND o_orderdate BETWEEN {from 300} AND {to 365} GROUP BY n_name ORDER BY revenue DESC

SELECT SUM(l_extendedprice * l_discount) AS revenue FROM lineitem WHERE l_shipdate BETWEEN {from 600} AND {to 30} AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24

SELECT c_custkey, c_name, SUM(l_extendedprice * (1 - l_discount)) AS revenue, c_acctbal, n_name FROM customer JOIN orders ON c_custkey = o_custkey JOIN lineitem ON l_orderkey = o_orderkey JOIN nation ON c_nationkey = n_nationkey WHERE o_orderdate BETWEEN {from 600} AND {to 30} AND l_returnflag = 'R' GROUP BY c_custkey, c_name, c_acctbal, n_name ORDER BY revenue DESC LIMIT 20

SELECT l_shipmode, SUM(CASE WHEN o_orderpriority = 'Priority 1' THEN 1 ELSE 0 END) FROM orders JOIN lineitem ON o_orderkey = l_orderkey WHERE l_shipmode IN ('Mode 1', 'Mode 2') AND l_shipdate BETWEEN {from 600} AND {to 60} GROUP BY l_shipmode ORDER BY l_shipmode

SELECT orders_of, COUNT(*) FROM (SELECT c_custkey, COUNT(o_orderkey) AS orders_of FROM customer LEFT JOIN orders ON c_custkey = o_custkey GROUP BY c_custkey) AS c GROUP BY orders_of ORDER BY 2 DESC

SELECT 100.00 * SUM(CASE WHEN p_type = 'Type 7' THEN l_extendedprice ELSE 0 END) / SUM(l_extendedprice) FROM lineitem JOIN part ON l_partkey = p_partkey WHERE l_shipdate BETWEEN {from 600} AND {to 30}

SELECT p_brand, p_type, COUNT(DISTINCT ps_suppkey) AS suppliers FROM partsupp JOIN part ON p_partkey = ps_partkey WHERE p_brand = 'Brand {24}' GROUP BY p_brand, p_type ORDER BY suppliers DESC

SELECT c_name, o_orderkey, o_totalprice, SUM(l_quantity) FROM customer JOIN orders ON c_custkey = o_custkey JOIN lineitem ON o_orderkey = l_orderkey WHERE o_orderkey BETWEEN {39000} AND 40000 GROUP BY c_name, o_orderkey, o_totalprice ORDER BY o_totalprice DESC LIMIT 100

SELECT SUM(l_extendedprice) FROM lineitem JOIN part ON p_partkey = l_partkey WHERE p_brand = 'Brand {24}' AND p_type = 'Type {130}' AND l_quantity < 30

SELECT COUNT(*), SUM(c_acctbal) FROM customer WHERE c_nationkey IN ({25}, {25}) AND NOT EXISTS (SELECT 1 FROM orders WHERE o_custkey = c_custkey)

SELECT * FROM orders WHERE o_custkey = {4500} ORDER BY o_orderdate DESC LIMIT 5

SELECT * FROM lineitem WHERE l_orderkey = {40000}

SELECT o_orderkey, o_totalprice FROM orders WHERE o_orderdate BETWEEN {from 600} AND {to 3} ORDER BY o_totalprice DESC LIMIT 10

SELECT EXTRACT(YEAR FROM o_orderdate) AS y, COUNT(*), SUM(o_totalprice) FROM orders GROUP BY EXTRACT(YEAR FROM o_orderdate)

SELECT s_name, COUNT(*) FROM supplier JOIN lineitem ON l_suppkey = s_suppkey WHERE s_suppkey = {300} GROUP BY s_name

SELECT * FROM users WHERE id = {10000}

SELECT * FROM users WHERE mail = 'u{10000}@example.com'

SELECT u.* FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token = 'token-{20000}'

UPDATE sessions SET seen = DATE '2024-02-01' WHERE token = 'token-{20000}'

DELETE FROM sessions WHERE user_id = {10000}

SELECT * FROM posts WHERE user_id = {10000} ORDER BY written DESC LIMIT 20

SELECT * FROM posts ORDER BY written DESC LIMIT 20

SELECT p.id, p.title, u.mail FROM posts p JOIN users u ON u.id = p.user_id ORDER BY p.id DESC LIMIT 25

SELECT p.id, p.title, COUNT(v.user_id) FROM posts p LEFT JOIN votes v ON v.post_id = p.id WHERE p.user_id = {10000} GROUP BY p.id, p.title

SELECT post_id, SUM(up) FROM votes WHERE post_id IN ({30000}, {30000}, {30000}, {30000}) GROUP BY post_id

SELECT COUNT(*) FROM votes WHERE user_id = {9990}

SELECT EXISTS (SELECT 1 FROM votes WHERE post_id = {30000} AND user_id = {9990})

SELECT u.id, u.mail, COUNT(p.id) FROM users u LEFT JOIN posts p ON p.user_id = u.id WHERE u.team_id = {200} GROUP BY u.id, u.mail

WITH RECURSIVE thread (id, depth) AS (SELECT id, 0 FROM posts WHERE id = {4000} UNION ALL SELECT p.id, t.depth + 1 FROM posts p JOIN thread t ON p.parent_id = t.id WHERE t.depth < 2) SELECT COUNT(*) FROM thread

SELECT id, title FROM posts WHERE score >= 499 ORDER BY score DESC, id LIMIT 10

SELECT user_id, MAX(written) FROM posts WHERE user_id BETWEEN {9900} AND 10000 GROUP BY user_id ORDER BY user_id LIMIT 50

SELECT id FROM users WHERE team_id = {200} UNION ALL SELECT user_id FROM sessions WHERE seen = {from 30}

SELECT p.id, p.title FROM posts p WHERE p.id IN (SELECT v.post_id FROM votes v WHERE v.user_id = {9990})

SELECT * FROM (SELECT p.*, ROW_NUMBER() OVER (PARTITION BY p.user_id ORDER BY p.written DESC) AS nth FROM posts p WHERE p.user_id IN ({10000}, {10000}, {10000})) AS ranked WHERE nth <= 3

SELECT active, COUNT(*) FROM users GROUP BY active

SELECT written, COUNT(*) FROM posts WHERE written BETWEEN {from 600} AND {to 14} GROUP BY written ORDER BY written

INSERT INTO votes (post_id, user_id, up) SELECT p.id, 9999, 1 FROM posts p WHERE p.user_id = {10000}

SELECT id FROM posts WHERE id > {39000} ORDER BY id LIMIT 100

SELECT MIN(written), MAX(written) FROM posts

SELECT 1
