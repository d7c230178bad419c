//! What a client may hold, and for how long.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use axum::{Router, routing::get};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    sync::{Notify, watch},
    task::JoinHandle,
};

use super::{
    Stage,
    connection::{Connections, Patience},
    networks::Networks,
};

const ASK: &[u8] = b"GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// A request of HTTP/2 (RFC 9113): preface, settings, one stream that is complete.
const ASK_2: &[u8] =
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x0e\x01\x05\0\0\0\x01\x82\x86\x84\x41\x09localhost";
const GOAWAY: u8 = 7;

/// Serves connections of a test, with little patience.
struct House {
    connections: Arc<Connections>,
    asked: Arc<Notify>,
    go_on: Arc<Notify>,
    stage: watch::Sender<Stage>,
}

impl House {
    fn new(buffer: usize) -> Self {
        let (asked, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (told, wait) = (Arc::clone(&asked), Arc::clone(&go_on));
        let slow = move || async move {
            told.notify_one();
            wait.notified().await;
            "at last"
        };
        let router = Router::new()
            .route("/", get(|| async { "ok" }))
            .route("/ok", get(|| async { "ok" }))
            .route("/large", get(move || async move { vec![b'x'; buffer] }))
            .route("/slow", get(slow));
        let patience = Patience {
            first: Duration::from_secs(60),
            quiet: Duration::from_millis(40),
            farewell: Duration::from_millis(40),
        };
        let connections = Arc::new(Connections::new(router, None, patience));
        Self { connections, asked, go_on, stage: watch::Sender::new(Stage::Run) }
    }

    fn connect(&self) -> (DuplexStream, JoinHandle<()>) {
        let (ours, theirs) = duplex(4096);
        let (connections, stage) = (Arc::clone(&self.connections), self.stage.subscribe());
        let peer = ([192, 0, 2, 1], 50_000).into();
        let served = tokio::spawn(async move { connections.speak(theirs, peer, stage).await });
        (ours, served)
    }
}

/// Reads frames of HTTP/2 to the end of the connection; their kinds.
async fn kinds(stream: &mut DuplexStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let (mut rest, mut kinds) = (bytes.as_slice(), Vec::new());
    while let [a, b, c, kind, tail @ ..] = rest {
        kinds.push(*kind);
        let length = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
        rest = &tail[5 + length..];
    }
    kinds
}

#[tokio::test]
async fn an_idle_connection_of_http_2_is_asked_to_go_and_closed_d2() {
    let house = House::new(0);
    let (mut stream, served) = house.connect();
    stream.write_all(ASK_2).await.unwrap();
    assert!(kinds(&mut stream).await.contains(&GOAWAY));
    served.await.unwrap();
}

#[tokio::test]
async fn who_does_not_read_an_answer_is_cut_off_d2() {
    let house = House::new(1 << 20);
    let (mut stream, served) = house.connect();
    stream.write_all(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    served.await.unwrap();
    let mut taken = Vec::new();
    stream.read_to_end(&mut taken).await.unwrap();
    assert!(taken.starts_with(b"HTTP/1.1 200 ") && taken.len() < 1 << 20);
}

#[tokio::test]
async fn who_waits_for_the_server_is_not_cut_off_d2() {
    let house = House::new(0);
    let (mut waiting, served) = house.connect();
    waiting.write_all(b"GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    house.asked.notified().await;
    for _ in 0..3 {
        let (mut idle, cut) = house.connect();
        idle.write_all(ASK).await.unwrap();
        cut.await.unwrap();
    }
    assert!(!served.is_finished());
    house.go_on.notify_one();
    let mut answer = String::new();
    waiting.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("at last"), "{answer}");
}

#[test]
fn a_network_has_so_many_connections_and_no_more_d2_a5() {
    let networks = Arc::new(Networks::new(NonZeroUsize::new(2)));
    let admit = |ip: &str| networks.admit(ip.parse().unwrap());
    let (first, second) = (admit("192.0.2.1"), admit("::ffff:192.0.2.1"));
    assert!(first.is_some() && second.is_some() && admit("192.0.2.1").is_none());
    let others = [admit("192.0.2.2"), admit("2001:db8::1"), admit("2001:db8::2"), admit("2001:db8:0:1::1")];
    assert!(others.iter().all(Option::is_some));
    assert!(admit("2001:db8::3").is_none());
    drop(first);
    let again = admit("192.0.2.1");
    assert!(again.is_some() && admit("192.0.2.1").is_none());
    let local: Vec<_> = (0..5).flat_map(|_| [admit("127.0.0.1"), admit("::1"), admit("::ffff:127.0.0.1")]).collect();
    assert!(local.iter().all(Option::is_some));
}

#[test]
fn without_a_limit_nobody_is_counted() {
    let networks = Arc::new(Networks::new(None));
    let places: Vec<_> = (0..5).map(|_| networks.admit("192.0.2.1".parse().unwrap())).collect();
    assert!(places.iter().all(Option::is_some));
}
