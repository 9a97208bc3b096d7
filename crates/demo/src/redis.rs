//! The shop's cache, sessions and queues on Redis or Valkey.

use std::time::{Duration, Instant};

use dbwright_lab::{Lab, Options, Product};
use redis::{Cmd, Connection, RedisError, cmd};

use crate::{DemoError, Shop, first};

pub(crate) const RECORDED: &str = include_str!("../recorded/redis.dbw");

pub(crate) const PLANTED: &[(&str, &str)] = &[
    ("default-user-nopass", "default"),
    ("persistence-off-with-durable-keys", "server"),
    ("slowlog-misconfigured", "slowlog-log-slower-than"),
    ("dangerous-commands-allowed", "shop_app"),
    ("big-key", "leaderboard"),
    ("big-key", "export:catalog"),
    ("keys-without-ttl", "session:*"),
    ("expiry-synchronized", "promo:*"),
    ("stream-unbounded", "stream:clicks"),
    ("multiple-databases", "server"),
    ("script-cache-large", "server"),
];

impl From<RedisError> for DemoError {
    fn from(error: RedisError) -> DemoError {
        DemoError::Setup(error.into())
    }
}

pub(crate) async fn open() -> Result<Shop, DemoError> {
    let binaries = first([Product::Redis, Product::Valkey])?;
    let options = Options::new()
        // planted: nobody needs a password, nothing is written to disk, slow commands are not recorded
        .without_password()
        .setting("save", "")
        .setting("appendonly", "no")
        .setting("slowlog-log-slower-than", "-1");
    let lab = Lab::start(&binaries, &options)?;
    let url = lab.url();
    let set_up = tokio::task::spawn_blocking(move || -> Result<(), RedisError> {
        let client = redis::Client::open(url)?;
        fill(&mut client.get_connection()?)?;
        customers(&mut client.get_connection()?, Duration::from_secs(2))
    });
    set_up.await.map_err(|error| DemoError::Setup(error.into()))??;
    Ok(Shop { lab, _open: Box::new(()) })
}

/// The first word is the command.
fn words(words: &[&str]) -> Cmd {
    let mut command = Cmd::new();
    command.arg(words);
    command
}

/// Runs a command for each number, a thousand at once.
fn each(connection: &mut Connection, count: u64, command: impl Fn(u64) -> Cmd) -> Result<(), RedisError> {
    for from in (0..count).step_by(1000) {
        let mut pipe = redis::pipe();
        for n in from..(from + 1000).min(count) {
            pipe.add_command(command(n)).ignore();
        }
        pipe.exec(connection)?;
    }
    Ok(())
}

fn fill(to: &mut Connection) -> Result<(), RedisError> {
    // Sound: cached pages of products that expire at different times.
    each(to, 5000, |n| {
        words(&[
            "SET",
            &format!("product:{n}"),
            &format!("<html>Product {n}</html>"),
            "EX",
            &(600 + n % 3000).to_string(),
        ])
    })?;
    each(to, 2000, |n| words(&["HSET", &format!("cart:{n}"), "sku", &format!("SKU-{}", n % 400), "quantity", "1"]))?;
    // planted: most sessions expire, those of an old release never do
    each(to, 6000, |n| words(&["SET", &format!("session:{n}"), "state", "EX", &(3600 + n * 7).to_string()]))?;
    each(to, 3000, |n| words(&["SET", &format!("session:{}", 10_000 + n), "state"]))?;
    // planted: the campaign's prices all expire in the same second
    each(to, 4000, |n| words(&["SET", &format!("promo:{n}"), "9.99", "EX", "5000"]))?;
    // planted: one sorted set of all players, and the whole catalogue in one value
    each(to, 60_000, |n| words(&["ZADD", "leaderboard", &(n * 7 % 9973).to_string(), &format!("player-{n}")]))?;
    words(&["SET", "export:catalog", &"row;".repeat(1_500_000)]).exec(to)?;
    // planted: a stream nobody trims
    each(to, 30_000, |n| words(&["XADD", "stream:clicks", "*", "page", &format!("/product/{}", n % 5000)]))?;
    // planted: values pasted into scripts instead of passed, so each is another script
    each(to, 1500, |n| words(&["EVAL", &format!("return redis.call('exists', 'cart:{n}')"), "0"]))?;
    // planted: the application may do everything
    words(&["ACL", "SETUSER", "shop_app", "on", ">change-me-8461", "~*", "+@all"]).exec(to)?;
    // planted: a second database, "to keep things apart"
    words(&["SELECT", "3"]).exec(to)?;
    each(to, 500, |n| words(&["SET", &format!("mail:queued:{n}"), "body"]))?;
    words(&["SELECT", "0"]).exec(to)
}

/// Customers look around for `time`; a page of the back office lists keys with the one command that stops everybody.
fn customers(client: &mut Connection, time: Duration) -> Result<(), RedisError> {
    let until = Instant::now() + time;
    let mut n = 7;
    while Instant::now() < until {
        n = (n * 48_271 + 11) % 10_000;
        cmd("GET").arg(format!("product:{n}")).exec(client)?;
        cmd("HGETALL").arg(format!("cart:{}", n % 2000)).exec(client)?;
        cmd("ZREVRANGE").arg(&["leaderboard", "0", "9"]).exec(client)?;
        cmd("ZINCRBY").arg(&["leaderboard", "1", &format!("player-{n}")]).exec(client)?;
        if n % 50 == 0 {
            cmd("KEYS").arg("cart:*").exec(client)?;
        }
    }
    Ok(())
}
