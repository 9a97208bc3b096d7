//! Servers that are not there, hang at some point, or are something else: each has its name, soon.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite stops where something is not as it must be")]

mod connect_support;

use std::time::{Duration, Instant};

use connect_support::{SECRET, refusal};
use dbwright_model::room::GatherErrorKind as Kind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A server that says these pieces, each after it has heard something, and then keeps still or closes.
async fn double(pieces: Vec<Vec<u8>>, hangs: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, pieces.clone(), hangs));
        }
    });
    port
}

async fn talk(mut stream: TcpStream, pieces: Vec<Vec<u8>>, hangs: bool) {
    let mut heard = [0; 4096];
    for piece in pieces {
        if stream.read(&mut heard).await.is_ok() {
            let _ = stream.write_all(&piece).await;
        }
    }
    let _ = stream.read(&mut heard).await;
    if hangs {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}

/// A message of PostgreSQL's protocol.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[kind], &length[..], body].concat()
}

/// Lets everybody in and says what it is.
fn welcome(parameters: &[(&str, &str)]) -> Vec<u8> {
    let said = parameters.iter().map(|(name, value)| message(b'S', format!("{name}\0{value}\0").as_bytes()));
    let mut all = message(b'R', &[0; 4]);
    all.extend(said.flatten());
    all.extend(message(b'K', &[0; 8]));
    all.extend(message(b'Z', b"I"));
    all
}

fn error(code: &str, text: &str) -> Vec<u8> {
    message(b'E', format!("SFATAL\0VFATAL\0C{code}\0M{text}\0\0").as_bytes())
}

/// What is expected of a double: the kind, and words of the message.
async fn is_told(pieces: Vec<Vec<u8>>, hangs: bool, parameters: &str, kind: Kind, words: &str) {
    let port = double(pieces, hangs).await;
    let started = Instant::now();
    let error = refusal(&format!("postgres://u:{SECRET}@127.0.0.1:{port}/d?{parameters}")).await;
    assert!(error.kind == kind && error.message.contains(words), "wanted {kind:?} `{words}`: {error:?}");
    assert_eq!(error.at, format!("127.0.0.1:{port}"));
    assert!(started.elapsed() < Duration::from_secs(12), "{words}: {:?}", started.elapsed());
}

#[tokio::test]
async fn silence_is_named_by_its_stage() {
    let no = || b"N".to_vec();
    is_told(vec![], true, "", Kind::Timeout, "then says nothing").await;
    is_told(vec![b"S".to_vec()], true, "", Kind::Timeout, "does not finish the handshake").await;
    is_told(vec![no()], true, "", Kind::Timeout, "login is not answered").await;
    is_told(vec![], true, "sslmode=disable", Kind::Timeout, "login is not answered").await;
    let hangs_later = vec![no(), welcome(&[("server_version", "15.3")])];
    is_told(hangs_later, true, "", Kind::Timeout, "first statement").await;
}

#[tokio::test]
async fn closing_is_named_by_its_stage() {
    let no = || b"N".to_vec();
    is_told(vec![], false, "", Kind::Lost, "at the first message").await;
    is_told(vec![b"S".to_vec()], false, "sslmode=require", Kind::Tls, "agrees to TLS and then closes").await;
    is_told(vec![no()], false, "", Kind::Lost, "during the login").await;
    is_told(vec![no(), welcome(&[("server_version", "15.3")])], false, "", Kind::Lost, "first statement").await;
    let starting = vec![no(), error("57P03", "the database system is starting up")];
    is_told(starting, false, "", Kind::Lost, "starting up").await;
    is_told(vec![error("53300", "sorry")], false, "", Kind::Refused, "request for TLS with an error").await;
}

#[tokio::test]
async fn other_services_are_recognised() {
    let said = |text: &[u8]| vec![text.to_vec()];
    let mysql = b"\x5b\0\0\0\x0a8.0.36\0\x08\0\0\0abcdefgh\0\xff\xf7\x08\x02\0caching_sha2_password\0";
    for parameters in ["", "sslmode=disable"] {
        is_told(said(b"-ERR unknown command\r\n"), true, parameters, Kind::Unsupported, "Redis or Valkey").await;
        is_told(said(b"HTTP/1.1 400 Bad Request\r\n\r\n"), true, parameters, Kind::Unsupported, "a web server").await;
        is_told(said(mysql), true, parameters, Kind::Unsupported, "MySQL or MariaDB").await;
        is_told(said(b"ERROR\r\n"), false, parameters, Kind::Unsupported, "does not speak").await;
    }
}

#[tokio::test]
async fn what_is_too_old_or_another_product_is_not_consulted() {
    for (parameter, value, words) in [
        ("server_version", "9.6.24", "older than 12"),
        ("server_version", "11.22 (Debian)", "older than 12"),
        ("crdb_version", "CockroachDB CCL v23", "CockroachDB"),
    ] {
        let pieces = vec![b"N".to_vec(), welcome(&[(parameter, value)])];
        is_told(pieces, true, "", Kind::Unsupported, words).await;
    }
}

#[tokio::test]
async fn nobody_is_there() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = refusal(&format!("postgres://u:{SECRET}@127.0.0.1:{free}/d")).await;
    assert_eq!((error.kind, error.message.as_str()), (Kind::Unreachable, "nobody listens there"));
    let error = refusal(&format!("postgres://u:{SECRET}@/d?host=/nowhere")).await;
    assert_eq!((error.kind, error.at.as_str()), (Kind::Unreachable, "/nowhere/.s.PGSQL.5432"));
    let error = refusal(&format!("postgres://u:{SECRET}@no-such-host.invalid/d")).await;
    assert!(matches!(error.kind, Kind::Unreachable | Kind::Timeout), "{error:?}");
    let error = refusal(&format!("postgres://u:{SECRET}@127.0.0.1:{free},localhost:{free}/d")).await;
    assert!(error.message.contains(&format!("before that: 127.0.0.1:{free}")), "{error:?}");
}
