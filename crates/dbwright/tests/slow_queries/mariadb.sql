-- A shop, a ticket desk, telemetry and a social site, with the primary keys that come by themselves and little more.
CREATE TABLE customers (
  id int PRIMARY KEY, email varchar(100) NOT NULL, phone varchar(20), name varchar(80) NOT NULL, country char(2) NOT NULL, born date,
  vip tinyint(1) NOT NULL, token char(32) NOT NULL);
INSERT INTO customers
  SELECT seq, concat('Customer', seq, '@example.org'), concat('+49', seq * 7919 % 1000003), concat('Name ', md5(seq)),
         elt(seq % 5 + 1, 'de', 'fr', 'nl', 'pl', 'it'), '1950-01-01' + INTERVAL seq % 20000 DAY, seq % 4000 = 0, md5(seq * 3)
  FROM seq_1_to_200000;

CREATE TABLE orders (
  id int PRIMARY KEY, customer_id int NOT NULL, status varchar(12) NOT NULL, total decimal(10, 2) NOT NULL, placed_at datetime NOT NULL,
  shipped_at datetime, `order` varchar(20) NOT NULL, note text);
INSERT INTO orders
  SELECT seq, seq * 7919 % 20011, CASE WHEN seq % 1500 = 0 THEN 'refunded' WHEN seq % 3 = 0 THEN 'open' ELSE 'done' END,
         (seq * 31 % 1000000) / 100.0, '2025-01-01' + INTERVAL seq MINUTE, IF(seq % 2000 = 0, NULL, '2025-01-02' + INTERVAL seq MINUTE),
         concat('R-', seq), concat('note ', seq % 30011)
  FROM seq_1_to_300000;

CREATE TABLE order_items (
  id int PRIMARY KEY, order_id int NOT NULL, product_id int NOT NULL, quantity int NOT NULL, price decimal(10, 2) NOT NULL);
INSERT INTO order_items SELECT seq, seq % 300000 + 1, seq * 101 % 150000 + 1, seq % 5 + 1, seq % 97 FROM seq_1_to_300000;

CREATE TABLE `Support Tickets` (
  id int PRIMARY KEY, assignee int NOT NULL, `created at` datetime NOT NULL, state varchar(10) NOT NULL, priority tinyint NOT NULL,
  `group` varchar(20) NOT NULL, subject varchar(100) NOT NULL);
INSERT INTO `Support Tickets`
  SELECT seq, seq * 7919 % 2003, '2025-01-01' + INTERVAL seq * 2 MINUTE, elt(seq % 3 + 1, 'open', 'waiting', 'closed'), seq % 7,
         concat('group ', seq % 601), concat('Ticket about ', md5(seq))
  FROM seq_1_to_250000;

CREATE TABLE events (
  id bigint PRIMARY KEY, device_id int NOT NULL, kind enum('heartbeat', 'reading', 'warning', 'alarm') NOT NULL, happened_at datetime NOT NULL,
  value double NOT NULL, handled_at datetime);
INSERT INTO events
  SELECT seq, seq * 7919 % 4001, CASE WHEN seq % 1000 = 0 THEN 'alarm' WHEN seq % 2 = 0 THEN 'reading' ELSE 'heartbeat' END,
         '2025-06-01' + INTERVAL seq * 20 SECOND, seq % 100, IF(seq % 3000 = 0, NULL, '2025-07-01')
  FROM seq_1_to_400000;

CREATE TABLE readings (device int NOT NULL, taken_at datetime NOT NULL, metric varchar(20) NOT NULL, value double NOT NULL)
  PARTITION BY RANGE COLUMNS (taken_at) (
    PARTITION q1 VALUES LESS THAN ('2025-04-01'), PARTITION q2 VALUES LESS THAN ('2025-07-01'), PARTITION q3 VALUES LESS THAN ('2025-10-01'));
INSERT INTO readings
  SELECT seq * 7919 % 1009, '2025-01-01' + INTERVAL seq * 100 SECOND, concat('metric ', seq % 20), seq % 1000 FROM seq_1_to_220000;

CREATE TABLE posts (
  id int PRIMARY KEY, author_id int NOT NULL, published_at datetime NOT NULL, body varchar(200) NOT NULL, hidden tinyint(1) NOT NULL,
  likes int NOT NULL);
INSERT INTO posts
  SELECT seq, seq * 7919 % 5003, '2025-01-01' + INTERVAL (seq * 7919 % 350003) MINUTE, concat('word', seq % 1009, ' make a post ', seq),
         seq % 2500 = 0, seq % 1000
  FROM seq_1_to_350000;
CREATE TABLE follows (follower int NOT NULL, followee int NOT NULL, since date NOT NULL, PRIMARY KEY (follower, followee));
INSERT IGNORE INTO follows SELECT seq % 20011, seq DIV 20011 * 37 + seq % 31, '2024-01-01' + INTERVAL seq % 600 DAY FROM seq_1_to_300000;
CREATE TABLE jobs (id int PRIMARY KEY, queue varchar(20) NOT NULL, run_at datetime NOT NULL, done_at datetime, attempts int NOT NULL);
INSERT INTO jobs
  SELECT seq, concat('queue ', seq % 7), '2025-01-01' + INTERVAL seq SECOND, IF(seq % 1000 = 0, NULL, '2025-02-01'), seq % 4 FROM seq_1_to_300000;
CREATE TABLE sessions (id int PRIMARY KEY, account int NOT NULL, token char(32) NOT NULL, seen_at datetime NOT NULL);
INSERT INTO sessions SELECT seq, seq % 50021, md5(seq), '2025-01-01' + INTERVAL seq SECOND FROM seq_1_to_150000;
ANALYZE TABLE customers, orders, order_items, `Support Tickets`, events, readings, posts, follows, jobs, sessions;
