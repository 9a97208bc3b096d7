-- One query a line. %i a positive integer, %z one of either sign, %n a decimal number of either sign, %s a string, %e a
-- string with backslashes or double quotes, %d a date, %l and %L lists of integers and strings, %v and %w rows of values,
-- %j a JSON text, %x 1 to 3. Keywords are upper case.
SELECT * FROM users WHERE id = %i
SELECT * FROM users WHERE id = %i LIMIT 1
SELECT name, email FROM users WHERE email = %s
SELECT name, email FROM users WHERE LOWER(email) = %s
SELECT name, email FROM users WHERE lower(email) = %s
SELECT name FROM users WHERE name = %e
SELECT name FROM users WHERE name = %e OR name = %e
SELECT name FROM users WHERE name LIKE %s
SELECT name FROM users WHERE name NOT LIKE %s
SELECT name FROM users WHERE name LIKE %s ESCAPE '!'
SELECT name FROM users WHERE name REGEXP 'a.c'
SELECT name FROM users WHERE name NOT REGEXP 'a.c'
SELECT COUNT(*) FROM users
SELECT COUNT(*) FROM users WHERE active = TRUE
SELECT COUNT(*) FROM users WHERE active = FALSE
SELECT COUNT(*) FROM users WHERE active
SELECT COUNT(*) FROM users WHERE NOT active
SELECT COUNT(*) FROM users WHERE active IS TRUE
SELECT COUNT(*) FROM users WHERE score IS NULL
SELECT COUNT(*) FROM users WHERE score IS NOT NULL
SELECT COUNT(*) FROM users WHERE score <=> NULL
SELECT COUNT(*) FROM users WHERE score <=> %i
SELECT COUNT(DISTINCT age) FROM users WHERE created > %d
SELECT * FROM users WHERE age > %z
SELECT * FROM users WHERE age < %z
SELECT * FROM users WHERE age >= %z AND age <= %z
SELECT * FROM users WHERE age <> %z
SELECT * FROM users WHERE age BETWEEN %z AND %z
SELECT * FROM users WHERE age NOT BETWEEN %z AND %z
SELECT * FROM users WHERE score > %n
SELECT age - %i FROM users
SELECT age + %i FROM users
SELECT age -%i FROM users WHERE id = %i
SELECT -age FROM users
SELECT - age, %z FROM users
SELECT age * %z, age / %i, age MOD %i, age DIV %i FROM users
SELECT %z AS one
SELECT %z, %s
SELECT (%z)
SELECT ((%z))
SELECT %z + %z
SELECT %i - %z
SELECT * FROM users WHERE id IN %l
SELECT * FROM users WHERE id NOT IN %l
SELECT * FROM users WHERE name IN %L
SELECT * FROM users WHERE name IN %L AND id IN %l
SELECT * FROM users WHERE id IN %l ORDER BY id LIMIT %i
SELECT * FROM users WHERE id IN (SELECT user_id FROM orders WHERE total > %n)
SELECT * FROM users WHERE id IN (SELECT user_id FROM orders WHERE status IN %L)
SELECT * FROM users WHERE (id, age) IN ((%i, %i), (%i, %i))
SELECT * FROM users WHERE (id, name) = (%i, %s)
SELECT * FROM users WHERE id = ANY (SELECT user_id FROM orders WHERE id = %i)
SELECT * FROM users WHERE id = SOME (SELECT user_id FROM orders WHERE id = %i)
SELECT * FROM users u JOIN orders o ON o.user_id = u.id WHERE u.id = %i
SELECT * FROM users u INNER JOIN orders o ON o.user_id = u.id WHERE u.id = %i
SELECT * FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE u.id = %i
SELECT * FROM users u LEFT OUTER JOIN orders o ON o.user_id = u.id WHERE u.id = %i
SELECT * FROM users u, orders o WHERE o.user_id = u.id AND u.id = %i
SELECT STRAIGHT_JOIN * FROM users u JOIN orders o ON o.user_id = u.id WHERE u.id = %i
SELECT /*! STRAIGHT_JOIN */ u.id FROM users u JOIN orders o ON o.user_id = u.id WHERE u.id = %i
SELECT u.name, SUM(o.total) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.name
SELECT u.name, SUM(o.total) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.name HAVING SUM(o.total) > %n
SELECT u.name, SUM(o.total) FROM users u JOIN orders o USING (id) GROUP BY u.name ORDER BY 2 DESC LIMIT %i
SELECT u.name FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id AND o.total > %n)
SELECT u.name FROM users u WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id)
SELECT * FROM orders ORDER BY placed DESC LIMIT %i OFFSET %i
SELECT * FROM orders ORDER BY placed DESC LIMIT %i, %i
SELECT * FROM orders ORDER BY placed ASC LIMIT %i
SELECT * FROM orders WHERE placed > NOW() - INTERVAL %i DAY
SELECT * FROM orders WHERE placed > DATE_SUB(NOW(), INTERVAL %i HOUR)
SELECT * FROM orders WHERE placed > CURDATE()
SELECT * FROM orders WHERE placed > CURRENT_DATE
SELECT * FROM orders WHERE placed > CURRENT_TIMESTAMP
SELECT * FROM orders WHERE placed BETWEEN %d AND %d
SELECT * FROM orders WHERE DATE(placed) = %d
SELECT * FROM orders WHERE YEAR(placed) = %i AND MONTH(placed) = %i
SELECT * FROM orders WHERE placed = DATE '2024-01-01'
SELECT DATE_FORMAT(placed, '%Y'), SUM(total) FROM orders WHERE user_id = %i GROUP BY 1
SELECT status, COUNT(*) FROM orders GROUP BY status ORDER BY COUNT(*) DESC
SELECT status, COUNT(*) FROM orders GROUP BY status ORDER BY NULL
SELECT CASE WHEN total > %n THEN %s ELSE %s END FROM orders
SELECT CASE status WHEN %s THEN %i WHEN %s THEN %i ELSE %z END FROM orders
SELECT COALESCE(total, %n), NULLIF(status, %s), IFNULL(total, %z) FROM orders
SELECT IF(total > %n, %s, NULL) FROM orders
SELECT GREATEST(total, %n, %n) FROM orders
SELECT ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY placed) FROM orders WHERE id = %i
SELECT SUM(total) OVER (ORDER BY id ROWS BETWEEN %i PRECEDING AND CURRENT ROW) FROM orders
SELECT LAG(total, %i) OVER w FROM orders WINDOW w AS (ORDER BY id)
WITH big AS (SELECT * FROM orders WHERE total > %n) SELECT * FROM big WHERE status = %s
WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT SUM(n) FROM t
SELECT id FROM users WHERE id = %i UNION SELECT id FROM orders WHERE id = %i
SELECT id FROM users WHERE id = %i UNION ALL SELECT id FROM orders WHERE id = %i
(SELECT id FROM users WHERE id = %i) UNION (SELECT id FROM orders WHERE id = %i) LIMIT %i
SELECT JSON_EXTRACT(data, '$.a') FROM users WHERE id = %i
SELECT JSON_UNQUOTE(JSON_EXTRACT(data, '$.a')) FROM users WHERE JSON_CONTAINS(data, %j)
SELECT CONCAT(name, %s, email) FROM users
SELECT CONCAT_WS(%s, name, email) FROM users
SELECT CAST(id AS CHAR) FROM users WHERE id = %i
SELECT CONVERT(name USING utf8mb4) FROM users WHERE id = %i
SELECT name COLLATE utf8mb4_bin FROM users WHERE id = %i
SELECT BINARY name FROM users WHERE id = %i
SELECT SUBSTRING(name, %i, %i) FROM users
SELECT SUBSTR(name, %i) FROM users
SELECT LEFT(name, %i), RIGHT(name, %i) FROM users
SELECT REPLACE(name, %s, %s) FROM users
SELECT TRIM(BOTH 'x' FROM name) FROM users
SELECT EXTRACT(YEAR FROM created) FROM users WHERE id = %i
SELECT EXTRACT(DAY FROM created) FROM users WHERE id = %i
SELECT TIMESTAMPDIFF(DAY, created, NOW()) FROM users WHERE id = %i
SELECT DATE_ADD(created, INTERVAL %i DAY) FROM users
SELECT DATE_ADD(created, INTERVAL %i MONTH) FROM users
SELECT GROUP_CONCAT(name ORDER BY id SEPARATOR ',') FROM users
SELECT STD(age), STDDEV(age), VARIANCE(age), MIN(age), MAX(age), AVG(age) FROM users
SELECT DATABASE(), VERSION(), CONNECTION_ID(), LAST_INSERT_ID()
SELECT USER(), CURRENT_USER()
SELECT @@version
SELECT @@session.autocommit
SELECT @@global.max_connections
SELECT @a%x
SELECT @a%x := %i
SET @a%x = %z
SELECT 1 FROM dual
SELECT Id, Name FROM Mixed WHERE Id = %i
SELECT `Id`, `Name` FROM `Mixed` WHERE `order` = %z
SELECT m.`Name` FROM Mixed m WHERE m.`user` = %s
SELECT m.user FROM Mixed m WHERE m.order = %i
SELECT status FROM users WHERE id = %i
SELECT `users`.`id`, `users`.`name` FROM `users` WHERE `users`.`id` = %i LIMIT %i
SELECT `users`.* FROM `users` WHERE `users`.`name` = %s ORDER BY `users`.`id` ASC LIMIT %i
SELECT `orders`.* FROM `orders` WHERE `orders`.`user_id` = %i
SELECT `orders`.* FROM `orders` WHERE `orders`.`user_id` IN %l
SELECT `orders`.`id` AS t0_r0, `orders`.`user_id` AS t0_r1 FROM `orders` LEFT OUTER JOIN `users` ON `users`.`id` = `orders`.`user_id` WHERE `users`.`name` = %s
SELECT 1 AS one FROM `users` WHERE `users`.`email` = %s LIMIT %i
SELECT COUNT(*) FROM `orders` WHERE `orders`.`user_id` = %i AND `orders`.`status` = %s
UPDATE `users` SET `users`.`name` = %s, `users`.`created` = %d WHERE `users`.`id` = %i
DELETE FROM `orders` WHERE `orders`.`id` = %i
select u1_0.id,u1_0.name from users u1_0 where u1_0.id=%i
select o1_0.user_id,o1_0.id,o1_0.total from orders o1_0 where o1_0.user_id=%i
SELECT users.id AS users_id FROM users WHERE users.id = %i
SELECT * FROM shop.users WHERE id = %i
SELECT shop.users.id FROM shop.users WHERE id = %i
SELECT c FROM sbtest1 WHERE id=%i
SELECT c FROM sbtest2 WHERE id=%i
SELECT c FROM sbtest12 WHERE id=%i
SELECT c FROM 2024_log WHERE id=%i
SELECT c FROM shop.2024_log WHERE k=%i
SELECT c FROM log_2025 WHERE id=%i
SELECT c FROM sbtest1 WHERE id BETWEEN %i AND %i
SELECT c FROM sbtest2 WHERE id BETWEEN %i AND %i
SELECT SUM(k) FROM sbtest1 WHERE id BETWEEN %i AND %i
SELECT c FROM sbtest1 WHERE id BETWEEN %i AND %i ORDER BY c
SELECT DISTINCT c FROM sbtest1 WHERE id BETWEEN %i AND %i ORDER BY c
UPDATE sbtest1 SET k=k+1 WHERE id=%i
UPDATE sbtest2 SET k=k+1 WHERE id=%i
UPDATE sbtest1 SET c=%s WHERE id=%i
DELETE FROM sbtest1 WHERE id=%i
DELETE FROM sbtest2 WHERE id=%i
INSERT IGNORE INTO sbtest1 (id, k, c, pad) VALUES (%i, %i, %s, %s)
INSERT IGNORE INTO sbtest2 (id, k, c, pad) VALUES (%i, %i, %s, %s)
REPLACE INTO sbtest1 (id, k, c, pad) VALUES (%i, %i, %s, %s)
INSERT IGNORE INTO events (id, ts, kind) VALUES (%i, NOW(), %s)
INSERT INTO events (id, ts, kind, payload) VALUES (%i, %d, %s, %j) ON DUPLICATE KEY UPDATE kind = VALUES(kind)
INSERT INTO events (id, ts, kind) VALUES (%i, %d, %s) ON DUPLICATE KEY UPDATE kind = VALUES(kind), ts = VALUES(ts)
INSERT IGNORE INTO events (id, kind) VALUES (%i, NULL)
INSERT IGNORE INTO events (id, kind) VALUES (%i, DEFAULT)
INSERT IGNORE INTO items (order_id, sku, qty) VALUES %v
INSERT IGNORE INTO items (order_id, sku, qty, price) VALUES %w
INSERT IGNORE INTO items (order_id) VALUES (%i)
INSERT IGNORE INTO items (order_id, sku, qty) SELECT id, status, %i FROM orders WHERE id = %i
INSERT IGNORE INTO items SET order_id = %i, sku = %s
INSERT IGNORE INTO 2024_log SELECT id, k, c FROM sbtest1 WHERE id > %i
UPDATE users SET name = %s, email = %s WHERE id = %i
UPDATE users SET name = %s WHERE id = %i
UPDATE users SET score = NULL WHERE id = %i
UPDATE users SET age = %z WHERE id = %i
UPDATE users SET age = age - %i WHERE id = %i
UPDATE users SET active = TRUE, created = NOW() WHERE id IN %l
UPDATE users SET name = %s ORDER BY id LIMIT %i
UPDATE users u JOIN orders o ON o.user_id = u.id SET u.score = o.total WHERE o.id = %i
UPDATE orders SET total = total * %n WHERE status = %s
UPDATE LOW_PRIORITY users SET name = %s WHERE id = %i
DELETE FROM users WHERE id = %i
DELETE FROM users WHERE id IN %l
DELETE u FROM users u JOIN orders o ON o.user_id = u.id WHERE o.id = %i
DELETE FROM orders WHERE placed < %d LIMIT %i
SELECT * FROM users WHERE id = %i FOR UPDATE
SELECT * FROM users WHERE id = %i LOCK IN SHARE MODE
SELECT * FROM users WHERE id = %i FOR UPDATE SKIP LOCKED
SELECT * FROM users FORCE INDEX (PRIMARY) WHERE id = %i
SELECT * FROM users USE INDEX (PRIMARY) WHERE id = %i
SELECT SQL_NO_CACHE * FROM users WHERE id = %i
SELECT SQL_CALC_FOUND_ROWS * FROM users WHERE id > %i LIMIT %i
SELECT FOUND_ROWS()
SELECT HIGH_PRIORITY id FROM users WHERE id = %i
SELECT SLEEP(0)
SELECT GET_LOCK(%s, 0)
SELECT a.n FROM (SELECT COUNT(*) AS n FROM users WHERE age > %z) AS a
SELECT (SELECT COUNT(*) FROM orders o WHERE o.user_id = u.id) FROM users u WHERE u.id = %i
SELECT n'abc', _utf8mb4'abc', %s
SELECT %n * age FROM users WHERE age > %z
SELECT 1.5e3 * %n
SELECT 1e5
SELECT .5 + %n
SELECT age & %i, age | %i, age ^ %i, ~age, age << %i FROM users
SELECT age != %z FROM users
SELECT !age FROM users
SELECT id FROM users WHERE age = %i AND age = %i
SELECT id FROM users WHERE age = %i && age = %i
SELECT id FROM users WHERE age = %i OR age = %i
SELECT id FROM users WHERE age = %i XOR age = %i
SELECT id FROM users WHERE NOT (age = %i)
SELECT id FROM users WHERE age IN (%i, age)
SELECT id FROM users GROUP BY id WITH ROLLUP
SELECT id AS a FROM users WHERE name = %s
SELECT id AS b FROM users WHERE name = %s
SELECT id b FROM users WHERE name = %s
SELECT TRUE
SELECT NULL
SELECT 'a' 'b'
SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s
SELECT table_name, column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position
SHOW TABLES
SHOW TABLES LIKE %s
SHOW FULL COLUMNS FROM users
SHOW INDEX FROM users
SHOW CREATE TABLE users
SHOW VARIABLES LIKE 'max%'
SHOW GLOBAL STATUS
SHOW WARNINGS
SHOW PROCESSLIST
DESCRIBE users
EXPLAIN SELECT * FROM users WHERE id = %i
BEGIN
START TRANSACTION
START TRANSACTION READ ONLY
COMMIT
ROLLBACK
SET autocommit = 0
SET autocommit = 1
SET NAMES utf8mb4
SET SESSION sql_mode = 'STRICT_ALL_TABLES'
SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ
SET @@session.wait_timeout = %i
SET SESSION sort_buffer_size = 32768, SESSION join_buffer_size = 32768
USE shop
DO SLEEP(0)
ANALYZE TABLE users
TRUNCATE TABLE items
FLUSH TABLES
UNLOCK TABLES
CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, a VARCHAR(1%x) NOT NULL DEFAULT '', b DECIMAL(10, 2) DEFAULT NULL)
ALTER TABLE sbtest12 COMMENT = %s
DROP TABLE IF EXISTS nothing
CREATE USER IF NOT EXISTS app@localhost IDENTIFIED BY %s
GRANT SELECT ON shop.* TO app@localhost
PREPARE s FROM 'SELECT 1'
SELECT k, COUNT(*) FROM sbtest1 WHERE id BETWEEN %i AND %i GROUP BY k ORDER BY COUNT(*) DESC, k LIMIT %i
SELECT s1.id FROM sbtest1 s1 JOIN sbtest2 s2 ON s1.id = s2.id WHERE s1.k = %i AND s2.k <> %z
UPDATE sbtest1 SET k = CASE WHEN k > %z THEN %z ELSE k - %i END
UPDATE sbtest1 SET k = k WHERE id IN (SELECT id FROM sbtest2 WHERE k = %z)
SELECT id, k FROM sbtest1 WHERE k IN %l AND c LIKE %s
SELECT * FROM events WHERE kind = %s AND id > %i ORDER BY id LIMIT %i
SELECT * FROM events WHERE ts >= %d AND ts < %d
SELECT HOUR(ts), COUNT(*) FROM events GROUP BY HOUR(ts) ORDER BY 1
SELECT MAX(id) FROM events
SELECT MIN(ts) FROM events WHERE kind = %s
SELECT kind, AVG(id) FROM events WHERE ts > %d GROUP BY kind HAVING COUNT(*) > %i
SELECT * FROM users NATURAL JOIN orders WHERE id = %i
SELECT * FROM users CROSS JOIN orders WHERE users.id = %i
SELECT * FROM users RIGHT JOIN orders ON users.id = orders.user_id WHERE users.id = %i
SELECT FIELD(id, %i, %i, %i) FROM users
SELECT FIND_IN_SET(%s, name) FROM users
SELECT ELT(%i, 'a', 'b'), CHAR(%i, %i)
SELECT RAND(), UUID() IS NULL, UNIX_TIMESTAMP(%d)
SELECT STR_TO_DATE(%d, '%Y')
SELECT INET_ATON('10.0.0.1'), CRC32(%s)
SELECT round(score, %i), abs(%z), floor(%n), pow(%n, 2) FROM users WHERE id < 0
SELECT IFNULL(MAX(id), 0) + 1 FROM users
SELECT SUM(IF(status = %s, 1, 0)), SUM(status = %s) FROM orders
-- Marked by ~: where we differ, and mean to. What the program calls a savepoint does not make it another query.
~ SAVEPOINT active_record_%x
-- Word that says nothing.
~ COMMIT WORK
-- A list of one is a list; MySQL 9 agrees.
~ SELECT * FROM users WHERE id IN (%i)
-- MariaDB has no name for a string of digits.
~ SELECT x'4D', X'4d', 0x4D, b'101'
