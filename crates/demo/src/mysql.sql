-- A small shop as teams really build them: it works, and a dozen things in it will hurt later.
-- Executed statement by statement on a throw-away server; blank lines separate statements.

CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci

CREATE TABLE shop.digits (n INT PRIMARY KEY)

INSERT INTO shop.digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)

CREATE TABLE shop.customers (
    id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
    email VARCHAR(190) NOT NULL,
    name VARCHAR(100) NOT NULL,
    country CHAR(2) NOT NULL,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE KEY customers_email (email)
)

CREATE TABLE shop.products (
    id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
    sku VARCHAR(20) NOT NULL,
    title VARCHAR(100) NOT NULL,
    price DECIMAL(10, 2) NOT NULL,
    stock INT NOT NULL DEFAULT 0,
    UNIQUE KEY products_sku (sku)
)

-- planted: the same index twice, and one that another contains; nothing finds an order by its voucher
CREATE TABLE shop.orders (
    id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
    customer_id BIGINT UNSIGNED NOT NULL,
    status VARCHAR(10) NOT NULL,
    placed_at DATETIME NOT NULL,
    voucher VARCHAR(20),
    KEY orders_customer (customer_id),
    KEY orders_placed (placed_at),
    KEY orders_placed_again (placed_at),
    KEY orders_status (status),
    KEY orders_status_placed (status, placed_at),
    CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES shop.customers (id)
)

CREATE TABLE shop.order_items (
    order_id BIGINT UNSIGNED NOT NULL,
    line INT NOT NULL,
    product_id BIGINT UNSIGNED NOT NULL,
    quantity INT NOT NULL,
    PRIMARY KEY (order_id, line),
    KEY order_items_product (product_id),
    CONSTRAINT order_items_order_fk FOREIGN KEY (order_id) REFERENCES shop.orders (id) ON DELETE CASCADE,
    CONSTRAINT order_items_product_fk FOREIGN KEY (product_id) REFERENCES shop.products (id)
)

-- planted: an INT key that is nearly used up
CREATE TABLE shop.events (id INT AUTO_INCREMENT PRIMARY KEY, kind VARCHAR(20) NOT NULL, at DATETIME NOT NULL) AUTO_INCREMENT = 1932735000

-- planted: no primary key
CREATE TABLE shop.audit_log (at DATETIME NOT NULL, actor VARCHAR(40), what VARCHAR(100))

-- planted: MyISAM, so a crash breaks it and each write locks all of it
CREATE TABLE shop.page_views (id INT AUTO_INCREMENT PRIMARY KEY, page VARCHAR(100) NOT NULL) ENGINE = MyISAM

-- planted: random UUIDs as text, repeated in each other index
CREATE TABLE shop.coupons (id CHAR(36) PRIMARY KEY, owner BIGINT UNSIGNED, valid_until DATETIME, KEY coupons_owner (owner), KEY coupons_valid (valid_until))

-- planted: an old table in the character set of another time
CREATE TABLE shop.newsletter (id INT AUTO_INCREMENT PRIMARY KEY, address VARCHAR(190) NOT NULL) CHARACTER SET latin1

-- planted: a long text as primary key
CREATE TABLE shop.translations (
    label VARCHAR(180) NOT NULL, locale VARCHAR(20) NOT NULL, text TEXT, changed DATETIME,
    PRIMARY KEY (label, locale), KEY translations_changed (changed)
)

INSERT INTO shop.customers (email, name, country)
SELECT CONCAT('customer', 1 + a.n + 10 * b.n + 100 * c.n + 1000 * d.n, '@example.com'), CONCAT('Customer ', a.n, b.n, c.n), ELT(1 + a.n MOD 5, 'DE', 'FR', 'US', 'IN', 'BR')
FROM shop.digits a, shop.digits b, shop.digits c, shop.digits d

INSERT INTO shop.products (sku, title, price, stock)
SELECT CONCAT('SKU-', id), CONCAT('Product ', id), 5 + id MOD 400, id MOD 100 FROM shop.customers WHERE id <= 2000

INSERT INTO shop.orders (customer_id, status, placed_at, voucher)
SELECT 1 + (c.id * 7919) MOD 10000, ELT(1 + d.n MOD 5, 'paid', 'paid', 'paid', 'sent', 'open'), NOW() - INTERVAL c.id * 3 MINUTE, IF(d.n = 0, CONCAT('V', c.id), NULL)
FROM shop.customers c, shop.digits d

INSERT INTO shop.order_items (order_id, line, product_id, quantity)
SELECT o.id, d.n + 1, 1 + (o.id * 31 + d.n) MOD 2000, 1 + d.n FROM shop.orders o, shop.digits d WHERE d.n < 2

INSERT INTO shop.events (kind, at) SELECT 'view', NOW() FROM shop.customers

INSERT INTO shop.audit_log SELECT NOW(), 'app', CONCAT('login ', id) FROM shop.customers

INSERT INTO shop.page_views (page) SELECT CONCAT('/product/', id) FROM shop.customers

INSERT INTO shop.coupons SELECT UUID(), id, NOW() FROM shop.customers

INSERT INTO shop.newsletter (address) SELECT email FROM shop.customers

INSERT INTO shop.translations SELECT CONCAT('checkout.form.field.', id), 'de', email, NOW() FROM shop.customers

DROP TABLE shop.digits

-- planted: the application logs in from anywhere, may do everything, and its password is its name
CREATE USER 'shop_app'@'%' IDENTIFIED BY 'shop_app'

GRANT ALL PRIVILEGES ON *.* TO 'shop_app'@'%' WITH GRANT OPTION

-- planted: an account without a password
CREATE USER 'report'@'localhost' IDENTIFIED BY ''

-- planted: a database everybody may write to by default
CREATE DATABASE IF NOT EXISTS test

ANALYZE TABLE shop.customers, shop.products, shop.orders, shop.order_items, shop.events, shop.audit_log, shop.page_views, shop.coupons, shop.newsletter, shop.translations
