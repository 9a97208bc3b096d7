//! Everything that can answer instead of a Redis is named for what it is, in time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use dbwright_model::Target;
use dbwright_model::room::{GatherError, GatherErrorKind, GatherOptions, Room};
use dbwright_redis::Redis;

/// Accepts connections and does what `talk` says with each.
fn double(talk: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let talk = talk.clone();
            std::thread::spawn(move || talk(stream));
        }
    });
    port
}

/// Answers the first command with `reply`, then listens.
fn answering(reply: &'static str) -> u16 {
    double(move |mut stream| {
        let mut buffer = [0; 1024];
        let _ = stream.read(&mut buffer);
        let _ = stream.write_all(reply.as_bytes());
        let _ = stream.read(&mut buffer);
    })
}

async fn error(url: String) -> GatherError {
    let Target::Server(target) = Target::parse(&url).unwrap() else { panic!("{url} is no server") };
    let options = GatherOptions { connect_timeout: Duration::from_millis(500), ..GatherOptions::default() };
    let started = Instant::now();
    let error = Redis.gather(&target, &options, &()).await.err().unwrap();
    assert!(started.elapsed() < Duration::from_secs(3), "{error:?} came late");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    error
}

#[tokio::test]
async fn nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(error(format!("redis://u:hunter2@127.0.0.1:{port}")).await.kind, GatherErrorKind::Unreachable);
}

#[tokio::test]
async fn silence_is_a_timeout_at_every_stage() {
    let port = double(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    for scheme in ["redis", "rediss"] {
        assert_eq!(
            error(format!("{scheme}://u:hunter2@127.0.0.1:{port}")).await.kind,
            GatherErrorKind::Timeout,
            "{scheme}"
        );
    }
}

#[tokio::test]
async fn other_protocols_are_not_redis() {
    for reply in ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "J\0\0\0\n8.0.36\0"] {
        let port = answering(reply);
        assert_eq!(error(format!("redis://127.0.0.1:{port}")).await.kind, GatherErrorKind::Unsupported, "{reply}");
        assert_eq!(error(format!("rediss://127.0.0.1:{port}")).await.kind, GatherErrorKind::Tls, "{reply}");
    }
}

#[tokio::test]
async fn a_connection_closed_at_once_hints_at_tls() {
    let port = double(drop);
    let error = error(format!("redis://127.0.0.1:{port}")).await;
    assert_eq!(error.kind, GatherErrorKind::Tls);
    assert!(error.hint.contains("rediss://"));
}

#[tokio::test]
async fn error_replies_are_told_in_words() {
    for (reply, kind, word) in [
        ("-NOAUTH Authentication required.\r\n", GatherErrorKind::Refused, "wants a password"),
        ("-DENIED Redis is running in protected mode\r\n", GatherErrorKind::Refused, "protected mode"),
        ("-ERR max number of clients reached\r\n", GatherErrorKind::Refused, "maxclients"),
        (
            "-NOPERM this user has no permissions to run the 'info' command\r\n",
            GatherErrorKind::Refused,
            "may not run INFO",
        ),
        ("-LOADING Redis is loading the dataset in memory\r\n", GatherErrorKind::Timeout, "loading"),
        ("-MASTERDOWN Link with MASTER is down\r\n", GatherErrorKind::Refused, "primary is down"),
        ("-ERR unknown command 'INFO'\r\n", GatherErrorKind::Unsupported, "basic command"),
    ] {
        let error = error(format!("redis://127.0.0.1:{}", answering(reply))).await;
        assert_eq!(error.kind, kind, "{error:?}");
        assert!(error.message.contains(word), "{error:?}");
    }
}

#[tokio::test]
async fn what_is_not_supported_is_named() {
    for (reply, word) in [
        ("$22\r\nredis_version:5.0.14\r\n\r\n", "5.0.14"),
        ("$41\r\nredis_version:7.0.15\r\nredis_mode:sentinel\r\n", "Sentinel"),
        ("$45\r\nredis_version:7.4.0\r\ndragonfly_version:df-1.2\r\n", "Dragonfly"),
        ("$4\r\na:b\r\n\r\n", "no version"),
    ] {
        let body = reply.split_once("\r\n").unwrap().1;
        let text: &'static str = Box::leak(format!("${}\r\n{body}\r\n", body.len()).into_boxed_str());
        let error = error(format!("redis://127.0.0.1:{}", answering(text))).await;
        assert_eq!(error.kind, GatherErrorKind::Unsupported, "{error:?}");
        assert!(error.message.contains(word), "{error:?}");
    }
}
