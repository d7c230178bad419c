//! Ending well.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use rustix::process::Signal;
use serde_json::json;

use crate::harness::{PASSWORD, Setup, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_flight_is_finished_and_no_new_one_taken() {
    let setup = Setup::new();
    let mut server = setup.serve().await;
    server.register("ivan@example.com").await;
    let body = json!({"email": "ivan@example.com", "password": PASSWORD}).to_string();
    let (first, rest) = body.split_at(10);
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    write!(stream, "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{first}", body.len())
        .unwrap();
    // Answered on the same listener after it: the request above has been taken up.
    server.client.get(server.url("/healthz")).send().await.unwrap();
    server.signal(Signal::TERM);
    let closed = async || TcpStream::connect(("127.0.0.1", setup.port)).is_err();
    assert!(until(Duration::from_secs(10), closed).await, "the port still answers");
    stream.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("access_token"), "{answer}");
    assert_eq!(server.ended().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_does_not_wait_for_requests_in_flight() {
    let setup = Setup::new().with("SERVER__DRAIN", "1h");
    let mut server = setup.serve().await;
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    write!(stream, "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n").unwrap();
    server.client.get(server.url("/healthz")).send().await.unwrap();
    server.signal(Signal::TERM);
    let closed = async || TcpStream::connect(("127.0.0.1", setup.port)).is_err();
    assert!(until(Duration::from_secs(10), closed).await, "the port still answers");
    server.signal(Signal::TERM);
    assert_eq!(server.ended().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_never_ends_is_cut_off_after_the_drain() {
    let setup = Setup::new().with("SERVER__DRAIN", "200ms");
    let mut server = setup.serve().await;
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    write!(stream, "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n").unwrap();
    server.client.get(server.url("/healthz")).send().await.unwrap();
    server.signal(Signal::INT);
    assert_eq!(server.ended().await, Some(0));
}
