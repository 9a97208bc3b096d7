-- Faults planted on a fresh MariaDB or MySQL. Blank lines separate statements. `-- fault: RULE OBJECT` says what must
-- be found because of it.

CREATE DATABASE seed CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci

-- well made, must stay silent
CREATE TABLE seed.customers (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, mail VARCHAR(190) NOT NULL UNIQUE) ENGINE = InnoDB

CREATE TABLE seed.digits (n INT PRIMARY KEY) ENGINE = InnoDB

INSERT INTO seed.digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)

INSERT INTO seed.customers (mail) SELECT CONCAT(a.n, b.n, c.n, d.n, '@example.com') FROM seed.digits a, seed.digits b, seed.digits c, seed.digits d

-- fault: non-innodb-table seed.visits
CREATE TABLE seed.visits (id INT AUTO_INCREMENT PRIMARY KEY, page VARCHAR(100)) ENGINE = MyISAM

INSERT INTO seed.visits (page) SELECT mail FROM seed.customers

-- fault: missing-primary-key seed.readings
CREATE TABLE seed.readings (at DATETIME NOT NULL, sensor INT NOT NULL, value DOUBLE) ENGINE = InnoDB

INSERT INTO seed.readings SELECT NOW(), a.id % 50, b.n FROM seed.customers a, seed.digits b

-- fault: duplicate-index seed.orders_placed_again
-- fault: redundant-index seed.orders_state
CREATE TABLE seed.orders (
    id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
    customer_id BIGINT UNSIGNED NOT NULL,
    state VARCHAR(20) NOT NULL,
    placed DATETIME NOT NULL,
    KEY orders_customer (customer_id),
    KEY orders_placed (placed),
    KEY orders_placed_again (placed),
    KEY orders_state (state),
    KEY orders_state_placed (state, placed),
    FOREIGN KEY (customer_id) REFERENCES seed.customers (id)
) ENGINE = InnoDB

INSERT INTO seed.orders (customer_id, state, placed) SELECT id, 'open', NOW() FROM seed.customers

-- fault: key-exhaustion seed.clicks.id
CREATE TABLE seed.clicks (id INT AUTO_INCREMENT PRIMARY KEY, at DATETIME) ENGINE = InnoDB AUTO_INCREMENT = 1900000000

INSERT INTO seed.clicks (at) VALUES (NOW())

-- fault: key-exhaustion seed.flags.id
CREATE TABLE seed.flags (id TINYINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, at DATETIME) ENGINE = InnoDB AUTO_INCREMENT = 240

INSERT INTO seed.flags (at) VALUES (NOW())

-- fault: uuid-as-char-key seed.documents
CREATE TABLE seed.documents (id CHAR(36) PRIMARY KEY, body TEXT, KEY documents_body (body(20))) ENGINE = InnoDB

INSERT INTO seed.documents SELECT UUID(), mail FROM seed.customers

-- fault: wide-primary-key seed.translations
CREATE TABLE seed.translations (
    locale VARCHAR(40) NOT NULL, label VARCHAR(200) NOT NULL, text TEXT, changed DATETIME,
    PRIMARY KEY (label, locale), KEY translations_changed (changed)
) ENGINE = InnoDB

INSERT INTO seed.translations SELECT 'en', mail, mail, NOW() FROM seed.customers

-- fault: legacy-charset seed.old_names
CREATE TABLE seed.old_names (id INT PRIMARY KEY, name VARCHAR(100)) ENGINE = InnoDB CHARACTER SET latin1

INSERT INTO seed.old_names SELECT id, 'x' FROM seed.customers

-- fault: table-fragmented seed.sessions
CREATE TABLE seed.sessions (id BIGINT AUTO_INCREMENT PRIMARY KEY, data VARCHAR(250) NOT NULL) ENGINE = InnoDB STATS_PERSISTENT = 1

INSERT INTO seed.sessions (data) SELECT REPEAT('s', 240) FROM seed.customers a, seed.digits b

DELETE FROM seed.sessions WHERE id % 5 <> 0

DO SLEEP(5)

ANALYZE TABLE seed.sessions

-- fault: test-database test
CREATE DATABASE IF NOT EXISTS test

-- fault: any-host-account seed_app@%
-- fault: password-equals-user seed_app@%
CREATE USER 'seed_app'@'%' IDENTIFIED BY 'seed_app'

GRANT SELECT, INSERT, UPDATE, DELETE ON seed.* TO 'seed_app'@'%'

-- fault: empty-password seed_nopass@localhost
CREATE USER 'seed_nopass'@'localhost' IDENTIFIED BY ''

-- fault: anonymous-account @localhost
CREATE USER ''@'localhost' IDENTIFIED BY 'w8e7r6w8e7r6'

-- fault: remote-admin-account seed_admin@%
CREATE USER 'seed_admin'@'%' IDENTIFIED BY 'q0w9e8r7t6y5'

GRANT ALL PRIVILEGES ON *.* TO 'seed_admin'@'%' WITH GRANT OPTION

-- fault: flush-log-at-commit-relaxed innodb_flush_log_at_trx_commit
SET GLOBAL innodb_flush_log_at_trx_commit = 0

-- fault: sync-binlog-relaxed sync_binlog
SET GLOBAL sync_binlog = 0

-- fault: sql-mode-not-strict sql_mode
SET GLOBAL sql_mode = ''

-- fault: general-log-on general_log
SET GLOBAL general_log = 1

-- fault: log-output-table log_output
SET GLOBAL log_output = 'TABLE'

-- fault: local-infile-on local_infile
SET GLOBAL local_infile = 1

-- fault: per-session-buffers-large sort_buffer_size
SET GLOBAL sort_buffer_size = 67108864

-- fault: connection-limit-high max_connections
SET GLOBAL max_connections = 4000

-- fault: lock-wait-timeout-long innodb_lock_wait_timeout
SET GLOBAL innodb_lock_wait_timeout = 600
