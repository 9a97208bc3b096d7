-- Four schemas with the indexes their queries want: a bank (pgbench), a music store (chinook), a wholesaler (TPC-H), a
-- web application (users, posts, sessions). Blank lines separate statements.
-- {key}: a big surrogate key; {n N}: numbers 1..N as s (n); {day E}: a day E days after 2024-01-01.

CREATE TABLE accounts (aid BIGINT PRIMARY KEY, bid BIGINT NOT NULL, abalance BIGINT NOT NULL, filler VARCHAR(84))

CREATE TABLE tellers (tid BIGINT PRIMARY KEY, bid BIGINT NOT NULL, tbalance BIGINT NOT NULL)

CREATE TABLE branches (bid BIGINT PRIMARY KEY, bbalance BIGINT NOT NULL)

CREATE TABLE history (hid {key}, tid BIGINT NOT NULL, bid BIGINT NOT NULL, aid BIGINT NOT NULL, delta BIGINT NOT NULL, mday DATE NOT NULL)

INSERT INTO branches (bid, bbalance) {n 10} SELECT n, 0 FROM s

INSERT INTO tellers (tid, bid, tbalance) {n 100} SELECT n, 1 + n % 10, 0 FROM s

INSERT INTO accounts (aid, bid, abalance, filler) {n 60000} SELECT n, 1 + n % 10, (n * 31) % 5000, 'account' FROM s

INSERT INTO history (tid, bid, aid, delta, mday) {n 30000} SELECT 1 + n % 100, 1 + n % 10, 1 + (n * 7919) % 60000, n % 900 - 450, {day n % 360} FROM s

CREATE INDEX history_aid ON history (aid, mday)

CREATE INDEX history_mday ON history (mday)

CREATE INDEX accounts_bid ON accounts (bid)

CREATE TABLE artist (id BIGINT PRIMARY KEY, name VARCHAR(120) NOT NULL)

CREATE TABLE album (id BIGINT PRIMARY KEY, artist_id BIGINT NOT NULL REFERENCES artist (id), title VARCHAR(160) NOT NULL)

CREATE TABLE genre (id BIGINT PRIMARY KEY, name VARCHAR(120) NOT NULL)

CREATE TABLE track (id BIGINT PRIMARY KEY, album_id BIGINT NOT NULL, genre_id BIGINT NOT NULL, name VARCHAR(200) NOT NULL, ms INTEGER NOT NULL, price DECIMAL(10, 2) NOT NULL)

CREATE TABLE buyer (id BIGINT PRIMARY KEY, country VARCHAR(40) NOT NULL, mail VARCHAR(80) NOT NULL)

CREATE TABLE invoice (id BIGINT PRIMARY KEY, buyer_id BIGINT NOT NULL, billed DATE NOT NULL, total DECIMAL(10, 2) NOT NULL)

CREATE TABLE invoice_line (id BIGINT PRIMARY KEY, invoice_id BIGINT NOT NULL, track_id BIGINT NOT NULL, quantity INTEGER NOT NULL, price DECIMAL(10, 2) NOT NULL)

INSERT INTO artist (id, name) {n 300} SELECT n, CONCAT('Artist ', n) FROM s

INSERT INTO album (id, artist_id, title) {n 1500} SELECT n, 1 + (n * 13) % 300, CONCAT('Album ', n) FROM s

INSERT INTO genre (id, name) {n 25} SELECT n, CONCAT('Genre ', n) FROM s

INSERT INTO track (id, album_id, genre_id, name, ms, price) {n 15000} SELECT n, 1 + (n * 17) % 1500, 1 + n % 25, CONCAT('Track ', n), 120000 + (n * 7919) % 300000, 0.99 + n % 2 FROM s

INSERT INTO buyer (id, country, mail) {n 3000} SELECT n, CONCAT('Country ', n % 24), CONCAT('b', n, '@example.com') FROM s

INSERT INTO invoice (id, buyer_id, billed, total) {n 20000} SELECT n, 1 + (n * 7919) % 3000, {day n % 720}, 1 + n % 20 FROM s

INSERT INTO invoice_line (id, invoice_id, track_id, quantity, price) {n 60000} SELECT n, 1 + (n - n % 3) / 3 % 20000, 1 + (n * 7919) % 15000, 1, 0.99 FROM s

CREATE INDEX album_artist ON album (artist_id)

CREATE INDEX track_album ON track (album_id)

CREATE INDEX track_genre ON track (genre_id, ms)

CREATE INDEX track_name ON track (name)

CREATE UNIQUE INDEX buyer_mail ON buyer (mail)

CREATE INDEX buyer_country ON buyer (country)

CREATE INDEX invoice_buyer ON invoice (buyer_id, billed)

CREATE INDEX invoice_billed ON invoice (billed)

CREATE INDEX line_invoice ON invoice_line (invoice_id)

CREATE INDEX line_track ON invoice_line (track_id)

CREATE TABLE region (r_regionkey BIGINT PRIMARY KEY, r_name VARCHAR(25) NOT NULL)

CREATE TABLE nation (n_nationkey BIGINT PRIMARY KEY, n_regionkey BIGINT NOT NULL, n_name VARCHAR(25) NOT NULL)

CREATE TABLE supplier (s_suppkey BIGINT PRIMARY KEY, s_nationkey BIGINT NOT NULL, s_name VARCHAR(25) NOT NULL, s_acctbal DECIMAL(12, 2) NOT NULL)

CREATE TABLE part (p_partkey BIGINT PRIMARY KEY, p_name VARCHAR(55) NOT NULL, p_brand VARCHAR(10) NOT NULL, p_type VARCHAR(25) NOT NULL, p_size INTEGER NOT NULL, p_retailprice DECIMAL(12, 2) NOT NULL)

CREATE TABLE partsupp (ps_partkey BIGINT NOT NULL, ps_suppkey BIGINT NOT NULL, ps_availqty INTEGER NOT NULL, ps_supplycost DECIMAL(12, 2) NOT NULL, PRIMARY KEY (ps_partkey, ps_suppkey))

CREATE TABLE customer (c_custkey BIGINT PRIMARY KEY, c_nationkey BIGINT NOT NULL, c_name VARCHAR(25) NOT NULL, c_mktsegment VARCHAR(10) NOT NULL, c_acctbal DECIMAL(12, 2) NOT NULL)

CREATE TABLE orders (o_orderkey BIGINT PRIMARY KEY, o_custkey BIGINT NOT NULL, o_orderstatus CHAR(1) NOT NULL, o_totalprice DECIMAL(12, 2) NOT NULL, o_orderdate DATE NOT NULL, o_orderpriority VARCHAR(15) NOT NULL)

CREATE TABLE lineitem (l_orderkey BIGINT NOT NULL, l_linenumber INTEGER NOT NULL, l_partkey BIGINT NOT NULL, l_suppkey BIGINT NOT NULL, l_quantity INTEGER NOT NULL, l_extendedprice DECIMAL(12, 2) NOT NULL, l_discount DECIMAL(12, 2) NOT NULL, l_returnflag CHAR(1) NOT NULL, l_linestatus CHAR(1) NOT NULL, l_shipdate DATE NOT NULL, l_commitdate DATE NOT NULL, l_receiptdate DATE NOT NULL, l_shipmode VARCHAR(10) NOT NULL, PRIMARY KEY (l_orderkey, l_linenumber))

INSERT INTO region (r_regionkey, r_name) {n 5} SELECT n, CONCAT('Region ', n) FROM s

INSERT INTO nation (n_nationkey, n_regionkey, n_name) {n 25} SELECT n, 1 + n % 5, CONCAT('Nation ', n) FROM s

INSERT INTO supplier (s_suppkey, s_nationkey, s_name, s_acctbal) {n 300} SELECT n, 1 + (n * 7) % 25, CONCAT('Supplier ', n), (n * 37) % 9000 FROM s

INSERT INTO part (p_partkey, p_name, p_brand, p_type, p_size, p_retailprice) {n 6000} SELECT n, CONCAT('Part ', n), CONCAT('Brand ', n % 25), CONCAT('Type ', n % 130), 1 + n % 50, 900 + n % 1000 FROM s

INSERT INTO partsupp (ps_partkey, ps_suppkey, ps_availqty, ps_supplycost) {n 23990} SELECT 1 + (n - n % 4) / 4, 1 + ((n - n % 4) / 4 + (n % 4) * 75) % 300, (n * 31) % 9999, (n * 7) % 1000 FROM s

INSERT INTO customer (c_custkey, c_nationkey, c_name, c_mktsegment, c_acctbal) {n 4500} SELECT n, 1 + (n * 11) % 25, CONCAT('Customer ', n), CONCAT('Segment ', n % 5), (n * 41) % 9999 - 999 FROM s

INSERT INTO orders (o_orderkey, o_custkey, o_orderstatus, o_totalprice, o_orderdate, o_orderpriority) {n 40000} SELECT n, 1 + (n * 7919) % 4500, CASE WHEN n % 2 = 0 THEN 'F' ELSE 'O' END, 1000 + (n * 7919) % 300000, {day (n * 7919) % 720}, CONCAT('Priority ', n % 5) FROM s

INSERT INTO lineitem (l_orderkey, l_linenumber, l_partkey, l_suppkey, l_quantity, l_extendedprice, l_discount, l_returnflag, l_linestatus, l_shipdate, l_commitdate, l_receiptdate, l_shipmode) {n 120000} SELECT 1 + (n - n % 3) / 3 % 40000, n % 3 + CASE WHEN n < 120000 THEN 0 ELSE 9 END, 1 + (n * 7919) % 6000, 1 + (n * 7919) % 300, 1 + n % 50, 900 + n % 1000, n % 11 * 0.01, CASE WHEN n % 4 = 0 THEN 'R' WHEN n % 4 = 1 THEN 'A' ELSE 'N' END, CASE WHEN n % 2 = 0 THEN 'O' ELSE 'F' END, {day (n * 7919) % 720 + 20}, {day (n * 7919) % 720 + 30}, {day (n * 7919) % 720 + 22 + n % 20}, CONCAT('Mode ', n % 7) FROM s

CREATE INDEX supplier_nation ON supplier (s_nationkey)

CREATE INDEX part_brand ON part (p_brand, p_type)

CREATE INDEX partsupp_supplier ON partsupp (ps_suppkey)

CREATE INDEX customer_nation ON customer (c_nationkey)

CREATE INDEX orders_customer ON orders (o_custkey)

CREATE INDEX orders_date ON orders (o_orderdate)

CREATE INDEX lineitem_part ON lineitem (l_partkey)

CREATE INDEX lineitem_supplier ON lineitem (l_suppkey)

CREATE INDEX lineitem_shipmode ON lineitem (l_shipmode, l_shipdate)

CREATE INDEX lineitem_shipdate ON lineitem (l_shipdate)

CREATE TABLE users (id BIGINT PRIMARY KEY, mail VARCHAR(80) NOT NULL, team_id BIGINT NOT NULL, active BOOLEAN NOT NULL, joined DATE NOT NULL)

CREATE TABLE posts (id BIGINT PRIMARY KEY, user_id BIGINT NOT NULL, parent_id BIGINT, title VARCHAR(120) NOT NULL, score INTEGER NOT NULL, written DATE NOT NULL)

CREATE TABLE votes (post_id BIGINT NOT NULL, user_id BIGINT NOT NULL, up INTEGER NOT NULL, PRIMARY KEY (post_id, user_id))

CREATE TABLE sessions (token VARCHAR(40) PRIMARY KEY, user_id BIGINT NOT NULL, seen DATE NOT NULL)

INSERT INTO users (id, mail, team_id, active, joined) {n 10000} SELECT n, CONCAT('u', n, '@example.com'), 1 + n % 200, n % 10 > 0, {day n % 700} FROM s

INSERT INTO posts (id, user_id, parent_id, title, score, written) {n 40000} SELECT n, 1 + (n * 7919) % 10000, CASE WHEN n % 3 > 0 THEN 1 + n % 4000 END, CONCAT('Post ', n), (n * 31) % 500, {day (n - n % 60) / 60} FROM s

INSERT INTO votes (post_id, user_id, up) {n 60000} SELECT 1 + (n - n % 2) / 2, 1 + (n * 7919) % 9990, n % 5 - 2 FROM s

INSERT INTO sessions (token, user_id, seen) {n 20000} SELECT CONCAT('token-', n), 1 + (n * 7919) % 10000, {day n % 30} FROM s

CREATE UNIQUE INDEX users_mail ON users (mail)

CREATE INDEX users_team ON users (team_id)

CREATE INDEX posts_user ON posts (user_id, written)

CREATE INDEX posts_parent ON posts (parent_id)

CREATE INDEX posts_written ON posts (written)

CREATE INDEX posts_score ON posts (score)

CREATE INDEX votes_user ON votes (user_id)

CREATE INDEX sessions_user ON sessions (user_id)

CREATE INDEX sessions_seen ON sessions (seen)
