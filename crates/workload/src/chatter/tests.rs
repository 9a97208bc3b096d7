use dbwright_log::Listener;
use dbwright_model::log::{Costs, Event, Said, Statement, What};
use dbwright_sql::Dialect;

use super::*;

/// A log of made sessions: statements a millisecond apart unless a pause is put between.
struct Log {
    steps: Steps,
    now: i64,
}

impl Log {
    fn new() -> Log {
        Log { steps: Steps::new(Limits::default()), now: 1_000_000 }
    }

    fn say_with(&mut self, session: u64, text: &str, rows: Option<u64>) -> &mut Log {
        self.now += 1_000;
        let costs = Costs { rows, ..Costs::default() };
        let said = Said::Sql(text.as_bytes());
        let statement = Statement { said, duration: Some(300_000), costs, ..Statement::default() };
        let event =
            Event { at: Some(self.now), session: Some(session), what: What::Statement(statement), ..Event::default() };
        let following = Following { dialect: Dialect::Postgres };
        let mut part = following.part();
        following.hear(&mut part, &event);
        self.steps.absorb(part);
        self
    }

    fn say(&mut self, text: &str) -> &mut Log {
        self.say_with(1, text, None)
    }

    fn each(&mut self, count: u64, text: impl Fn(u64) -> String) -> &mut Log {
        for n in 1..=count {
            self.say(&text(n));
        }
        self
    }

    fn pause(&mut self, milliseconds: i64) -> &mut Log {
        self.now += milliseconds * 1_000;
        self
    }

    fn found(&mut self) -> Vec<Pattern> {
        let steps = std::mem::replace(&mut self.steps, Steps::new(Limits::default()));
        steps.finish().patterns
    }

    fn kinds(&mut self) -> Vec<(Kind, u64)> {
        self.found().iter().map(|pattern| (pattern.kind, pattern.statements.0)).collect()
    }
}

fn item(n: u64) -> String {
    format!("SELECT * FROM items WHERE order_id = {n}")
}

#[test]
fn look_ups_for_each_row_are_an_n_plus_one() {
    let mut log = Log::new();
    log.say("SELECT id, total FROM orders WHERE user_id = 7").each(12, item);
    let found = log.found();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].kind, found[0].statements), (Kind::NPlusOne, (12, 12, 12)));
    assert!(found[0].parent.as_ref().is_some_and(|parent| parent.text.as_str().contains("orders")));
    assert_eq!((found[0].time, found[0].values_differ), (12 * 300_000, Some(true)));
}

#[test]
fn loops_of_several_statements_and_with_some_left_out() {
    let mut log = Log::new();
    log.say("SELECT * FROM posts LIMIT 20");
    for n in 1..=9 {
        log.say(&format!("SELECT * FROM users WHERE id = {n}"));
        if n % 3 != 0 {
            log.say(&format!("SELECT count(*) FROM comments WHERE post_id = {n}"));
        }
        for tag in 0..n % 4 {
            log.say(&format!("SELECT * FROM tags WHERE id = {}", n * 10 + tag));
        }
    }
    let found = log.found();
    assert_eq!(found[0].kind, Kind::NPlusOne, "{found:?}");
    assert!(found[0].turns.len() >= 2 && found[0].statements.0 >= 20, "{found:?}");
}

#[test]
fn interleaved_sessions_are_told_apart() {
    let mut log = Log::new();
    for session in 1..=3 {
        log.say_with(session, "SELECT * FROM orders", None);
    }
    for n in 1..=8 {
        for session in 1..=3 {
            log.say_with(session, &item(n), None);
        }
    }
    assert_eq!(log.found()[0].occurrences, 3);
}

#[test]
fn a_parent_with_few_rows_or_other_columns_is_none() {
    let mut log = Log::new();
    log.say_with(1, "SELECT * FROM orders WHERE user_id = 7", Some(2)).each(12, item);
    assert_eq!(log.kinds(), [(Kind::LookUps, 12)], "two rows are no reason for twelve look-ups");
    log.say("SELECT DISTINCT c FROM sbtest1 WHERE id BETWEEN 1 AND 100");
    log.each(10, |n| format!("SELECT c FROM sbtest1 WHERE id = {n}"));
    assert_eq!(log.kinds(), [(Kind::LookUps, 10)], "the parent returns no id");
    log.say("SELECT * FROM orders WHERE id = 5").each(10, item);
    assert_eq!(log.kinds(), [(Kind::LookUps, 10)], "one row at most");
}

#[test]
fn what_is_no_loop() {
    let mut log = Log::new();
    log.say("SELECT * FROM orders WHERE user_id = 7").each(4, item);
    assert_eq!(log.kinds(), [], "four are not many");
    log.say("SELECT * FROM orders WHERE user_id = 7");
    for n in 1..=12 {
        log.pause(200).say(&item(n));
    }
    assert_eq!(log.kinds(), [], "somebody clicks");
    log.each(50, |_| "SELECT * FROM jobs WHERE state = 'new' LIMIT 1".into());
    assert_eq!(log.kinds(), [], "somebody polls");
    log.say("SELECT * FROM orders WHERE user_id = 7");
    log.say("SELECT * FROM items WHERE order_id IN (1, 2, 3, 4, 5, 6)");
    assert_eq!(log.kinds(), [], "all at once");
    for n in 1..=10 {
        log.say("BEGIN").say(&format!("SELECT * FROM users WHERE id = {n}")).say("SELECT * FROM orders").say("COMMIT");
    }
    assert_eq!(log.kinds(), [], "one request after another");
}

#[test]
fn rows_written_one_by_one_and_looked_for_first() {
    let mut log = Log::new();
    log.say("BEGIN").each(20, |n| format!("INSERT INTO items (order_id, sku) VALUES (1, {n})")).say("COMMIT");
    assert_eq!(log.kinds(), [(Kind::RowByRow, 20)]);
    for n in 1..=6 {
        log.say(&format!("SELECT * FROM tags WHERE name = 't{n}'"));
        log.say(&format!("INSERT INTO tags (name) VALUES ('t{n}')"));
    }
    assert_eq!(log.kinds(), [(Kind::SelectThenInsert, 12)]);
    log.each(20, |n| format!("UPDATE items SET price = {n} WHERE id = {n}"));
    assert_eq!(log.kinds(), [(Kind::RowByRow, 20)]);
}

#[test]
fn the_same_read_again_and_again() {
    let mut log = Log::new();
    log.say("SELECT * FROM orders LIMIT 20").each(8, |_| "SELECT * FROM settings WHERE id = 1".into());
    assert_eq!(log.kinds(), [(Kind::Repeated, 8)]);
}

#[test]
fn a_transaction_open_over_silence() {
    let mut log = Log::new();
    log.say("BEGIN").say("UPDATE accounts SET balance = 1 WHERE id = 1").pause(3_000).say("COMMIT");
    let found = log.found();
    assert_eq!(found[0].kind, Kind::OpenOverSilence);
    assert!(found[0].between >= 3_000_000_000, "{found:?}");
    log.say("BEGIN").say("UPDATE accounts SET balance = 1 WHERE id = 1").say("COMMIT").pause(3_000).say("BEGIN");
    assert_eq!(log.kinds(), [], "silence between transactions");
}

#[test]
fn who_wrote_it_and_where() {
    let styles = [
        ("SELECT \"users\".* FROM \"users\" WHERE \"users\".\"id\" = 1 LIMIT 1", Framework::Rails),
        (
            "SELECT \"shop_user\".\"id\", \"shop_user\".\"name\" FROM \"shop_user\" WHERE \"shop_user\".\"id\" = 1 LIMIT 21",
            Framework::Django,
        ),
        ("SELECT items.id, items.sku \nFROM items \nWHERE $1::INTEGER = items.order_id", Framework::SqlAlchemy),
        ("SELECT users.id AS users_id, users.name AS users_name FROM users WHERE users.id = 1", Framework::SqlAlchemy),
        ("select o1_0.id,o1_0.total from orders o1_0 where o1_0.customer_id=1", Framework::Hibernate),
        (
            "select order0_.id as id1_0_, order0_.total as total2_0_ from orders order0_ where order0_.id=1",
            Framework::Hibernate,
        ),
        (
            "SELECT \"public\".\"User\".\"id\", \"public\".\"User\".\"name\" FROM \"public\".\"User\" WHERE 1=1 OFFSET 0",
            Framework::Prisma,
        ),
        ("select * from `users` where `users`.`id` = 1 limit 1", Framework::Eloquent),
        (
            "SELECT \"User\".\"id\", \"User\".\"name\" FROM \"Users\" AS \"User\" WHERE \"User\".\"id\" = 1",
            Framework::Sequelize,
        ),
        (
            "SELECT \"User\".\"id\" AS \"User_id\", \"User\".\"name\" AS \"User_name\" FROM \"user\" \"User\"",
            Framework::TypeOrm,
        ),
    ];
    for (text, framework) in styles {
        assert_eq!(Framework::of(text), Some(framework), "{text}");
    }
    for text in
        ["SELECT id, name FROM users WHERE id = 1", "UPDATE a1_b SET x = 1", "SELECT t1.id FROM t1 WHERE t1.a_1 = 2"]
    {
        assert_eq!(Framework::of(text), None, "{text}");
    }
    let mut log = Log::new();
    log.say("SELECT * FROM orders /*controller:orders,action:index*/");
    log.each(6, |n| format!("{} /*controller:orders,action:index,line:app/models/order.rb:12*/", item(n)));
    let found = log.found();
    assert_eq!(found[0].kind, Kind::NPlusOne);
    assert!(found[0].site.as_ref().is_some_and(|site| site.contains("order.rb:12")), "{:?}", found[0].site);
}
