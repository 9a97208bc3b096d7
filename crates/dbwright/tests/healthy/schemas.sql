-- Four well-made schemas: a bank (pgbench), a film rental (sakila), a music store (chinook), a wholesaler (TPC-H).
-- {key}: a big surrogate key; {time}: a point in time with zone where the engine has one; {n N}: numbers 1..N as s(n).
-- Blank lines separate statements. Every foreign key has its index.

CREATE TABLE bank_branches (bid {key}, bbalance BIGINT NOT NULL, filler VARCHAR(88))

CREATE TABLE bank_tellers (tid {key}, bid BIGINT NOT NULL, tbalance BIGINT NOT NULL, filler VARCHAR(84), CONSTRAINT teller_branch FOREIGN KEY (bid) REFERENCES bank_branches (bid))

CREATE INDEX tellers_bid ON bank_tellers (bid)

CREATE TABLE bank_accounts (aid {key}, bid BIGINT NOT NULL, abalance BIGINT NOT NULL, filler VARCHAR(84), CONSTRAINT account_branch FOREIGN KEY (bid) REFERENCES bank_branches (bid))

CREATE INDEX accounts_bid ON bank_accounts (bid)

CREATE TABLE bank_history (hid {key}, tid BIGINT NOT NULL, bid BIGINT NOT NULL, aid BIGINT NOT NULL, delta BIGINT NOT NULL, mtime {time} NOT NULL)

INSERT INTO bank_branches (bbalance) {n 5} SELECT 0 FROM s

INSERT INTO bank_tellers (bid, tbalance) {n 50} SELECT 1 + n % 5, 0 FROM s

INSERT INTO bank_accounts (bid, abalance, filler) {n 40000} SELECT 1 + n % 5, 0, 'account' FROM s

CREATE TABLE film_language (id {key}, name VARCHAR(20) NOT NULL)

CREATE TABLE film_film (id {key}, title VARCHAR(128) NOT NULL, language_id BIGINT NOT NULL, year INTEGER NOT NULL, rate DECIMAL(4, 2) NOT NULL, changed {time} NOT NULL, CONSTRAINT film_speaks FOREIGN KEY (language_id) REFERENCES film_language (id))

CREATE INDEX film_film_language ON film_film (language_id)

CREATE INDEX film_film_title ON film_film (title)

CREATE TABLE film_actor (id {key}, first_name VARCHAR(45) NOT NULL, last_name VARCHAR(45) NOT NULL)

CREATE INDEX film_actor_last_name ON film_actor (last_name)

CREATE TABLE film_cast (actor_id BIGINT NOT NULL, film_id BIGINT NOT NULL, PRIMARY KEY (actor_id, film_id), CONSTRAINT cast_actor FOREIGN KEY (actor_id) REFERENCES film_actor (id), CONSTRAINT cast_film FOREIGN KEY (film_id) REFERENCES film_film (id))

CREATE INDEX film_cast_film ON film_cast (film_id)

CREATE TABLE film_store (id {key}, city VARCHAR(50) NOT NULL)

CREATE TABLE film_customer (id {key}, store_id BIGINT NOT NULL, mail VARCHAR(120) NOT NULL, since {time} NOT NULL, CONSTRAINT customer_store FOREIGN KEY (store_id) REFERENCES film_store (id))

CREATE INDEX film_customer_store ON film_customer (store_id)

CREATE UNIQUE INDEX film_customer_mail ON film_customer (mail)

CREATE TABLE film_rental (id {key}, film_id BIGINT NOT NULL, customer_id BIGINT NOT NULL, rented {time} NOT NULL, returned {time}, CONSTRAINT rental_film FOREIGN KEY (film_id) REFERENCES film_film (id), CONSTRAINT rental_customer FOREIGN KEY (customer_id) REFERENCES film_customer (id))

CREATE INDEX film_rental_film ON film_rental (film_id)

CREATE INDEX film_rental_customer ON film_rental (customer_id, rented)

INSERT INTO film_language (name) VALUES ('English'), ('Hindi'), ('French')

INSERT INTO film_film (title, language_id, year, rate, changed) {n 3000} SELECT CONCAT('Film ', n), 1 + n % 3, 1980 + n % 40, 2.99, CURRENT_TIMESTAMP FROM s

INSERT INTO film_actor (first_name, last_name) {n 500} SELECT CONCAT('First', n), CONCAT('Last', n % 200) FROM s

INSERT INTO film_cast (actor_id, film_id) {n 9000} SELECT 1 + n % 500, 1 + (n * 7) % 3000 FROM s GROUP BY 1, 2

INSERT INTO film_store (city) VALUES ('Pune'), ('Lyon')

INSERT INTO film_customer (store_id, mail, since) {n 6000} SELECT 1 + n % 2, CONCAT('c', n, '@example.com'), CURRENT_TIMESTAMP FROM s

INSERT INTO film_rental (film_id, customer_id, rented, returned) {n 20000} SELECT 1 + n % 3000, 1 + n % 6000, CURRENT_TIMESTAMP, CASE WHEN n % 9 > 0 THEN CURRENT_TIMESTAMP END FROM s

CREATE TABLE music_artist (id {key}, name VARCHAR(120) NOT NULL)

CREATE TABLE music_album (id {key}, artist_id BIGINT NOT NULL, title VARCHAR(160) NOT NULL, CONSTRAINT album_artist FOREIGN KEY (artist_id) REFERENCES music_artist (id))

CREATE INDEX music_album_artist ON music_album (artist_id)

CREATE TABLE music_track (id {key}, album_id BIGINT NOT NULL, name VARCHAR(200) NOT NULL, ms INTEGER NOT NULL, price DECIMAL(10, 2) NOT NULL, CONSTRAINT track_album FOREIGN KEY (album_id) REFERENCES music_album (id))

CREATE INDEX music_track_album ON music_track (album_id)

CREATE TABLE music_invoice (id {key}, buyer VARCHAR(80) NOT NULL, billed {time} NOT NULL, total DECIMAL(10, 2) NOT NULL)

CREATE TABLE music_line (id {key}, invoice_id BIGINT NOT NULL, track_id BIGINT NOT NULL, quantity INTEGER NOT NULL, CONSTRAINT line_invoice FOREIGN KEY (invoice_id) REFERENCES music_invoice (id), CONSTRAINT line_track FOREIGN KEY (track_id) REFERENCES music_track (id))

CREATE INDEX music_line_invoice ON music_line (invoice_id)

CREATE INDEX music_line_track ON music_line (track_id)

INSERT INTO music_artist (name) {n 300} SELECT CONCAT('Artist ', n) FROM s

INSERT INTO music_album (artist_id, title) {n 1000} SELECT 1 + n % 300, CONCAT('Album ', n) FROM s

INSERT INTO music_track (album_id, name, ms, price) {n 12000} SELECT 1 + n % 1000, CONCAT('Track ', n), 180000 + n, 0.99 FROM s

INSERT INTO music_invoice (buyer, billed, total) {n 4000} SELECT CONCAT('buyer ', n % 700), CURRENT_TIMESTAMP, 9.9 FROM s

INSERT INTO music_line (invoice_id, track_id, quantity) {n 16000} SELECT 1 + n % 4000, 1 + n % 12000, 1 FROM s

CREATE TABLE tpch_region (id {key}, name VARCHAR(25) NOT NULL)

CREATE TABLE tpch_nation (id {key}, region_id BIGINT NOT NULL, name VARCHAR(25) NOT NULL, CONSTRAINT nation_region FOREIGN KEY (region_id) REFERENCES tpch_region (id))

CREATE INDEX tpch_nation_region ON tpch_nation (region_id)

CREATE TABLE tpch_supplier (id {key}, nation_id BIGINT NOT NULL, name VARCHAR(25) NOT NULL, CONSTRAINT supplier_nation FOREIGN KEY (nation_id) REFERENCES tpch_nation (id))

CREATE INDEX tpch_supplier_nation ON tpch_supplier (nation_id)

CREATE TABLE tpch_part (id {key}, name VARCHAR(55) NOT NULL, size INTEGER NOT NULL, price DECIMAL(12, 2) NOT NULL)

CREATE TABLE tpch_customer (id {key}, nation_id BIGINT NOT NULL, name VARCHAR(25) NOT NULL, CONSTRAINT tpch_customer_nation_fk FOREIGN KEY (nation_id) REFERENCES tpch_nation (id))

CREATE INDEX tpch_customer_nation ON tpch_customer (nation_id)

CREATE TABLE tpch_orders (id {key}, customer_id BIGINT NOT NULL, ordered DATE NOT NULL, total DECIMAL(12, 2) NOT NULL, CONSTRAINT tpch_orders_customer_fk FOREIGN KEY (customer_id) REFERENCES tpch_customer (id))

CREATE INDEX tpch_orders_customer ON tpch_orders (customer_id)

CREATE INDEX tpch_orders_ordered ON tpch_orders (ordered)

CREATE TABLE tpch_lineitem (order_id BIGINT NOT NULL, line INTEGER NOT NULL, part_id BIGINT NOT NULL, supplier_id BIGINT NOT NULL, quantity INTEGER NOT NULL, shipped DATE NOT NULL, PRIMARY KEY (order_id, line), CONSTRAINT lineitem_order FOREIGN KEY (order_id) REFERENCES tpch_orders (id), CONSTRAINT lineitem_part FOREIGN KEY (part_id) REFERENCES tpch_part (id), CONSTRAINT lineitem_supplier FOREIGN KEY (supplier_id) REFERENCES tpch_supplier (id))

CREATE INDEX tpch_lineitem_part ON tpch_lineitem (part_id)

CREATE INDEX tpch_lineitem_supplier ON tpch_lineitem (supplier_id)

INSERT INTO tpch_region (name) VALUES ('Asia'), ('Africa'), ('Europe')

INSERT INTO tpch_nation (region_id, name) {n 25} SELECT 1 + n % 3, CONCAT('Nation ', n) FROM s

INSERT INTO tpch_supplier (nation_id, name) {n 500} SELECT 1 + n % 25, CONCAT('Supplier ', n) FROM s

INSERT INTO tpch_part (name, size, price) {n 4000} SELECT CONCAT('Part ', n), n % 50, 100 + n FROM s

INSERT INTO tpch_customer (nation_id, name) {n 3000} SELECT 1 + n % 25, CONCAT('Customer ', n) FROM s

INSERT INTO tpch_orders (customer_id, ordered, total) {n 15000} SELECT 1 + n % 3000, DATE '2026-01-01', 1000 FROM s

INSERT INTO tpch_lineitem (order_id, line, part_id, supplier_id, quantity, shipped) {n 60000} SELECT 1 + n / 4, n % 4, 1 + n % 4000, 1 + n % 500, 1 + n % 50, DATE '2026-02-01' FROM s WHERE n < 59990
