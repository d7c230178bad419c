//! What one client may take.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use crate::harness::{Setup, builder, free_port};

fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 64 * 1024];
    let read = stream.read(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_or_too_long_headers_are_refused_m39() {
    let setup = Setup::new();
    let server = setup.serve().await;
    let many = "x-many: y\r\n".repeat(200);
    let long = format!("x-long: {}\r\n", "y".repeat(40_000));
    for headers in [many, long] {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        // The server may close before it has read all.
        _ = write!(stream, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
        assert!(answer(&mut stream).starts_with("HTTP/1.1 431 "));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_cap_wait_for_their_turn_m39() {
    let setup = Setup::new().with("SERVER__MAX_CONNECTIONS", "1");
    let server = setup.serve_for("http", builder().pool_max_idle_per_host(0).build().unwrap()).await;
    let ask = |stream: &mut TcpStream| write!(stream, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut first = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    ask(&mut first);
    assert!(answer(&mut first).starts_with("HTTP/1.1 200 "));
    let mut second = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    ask(&mut second);
    second.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let waits = second.read(&mut [0; 1]).unwrap_err().kind();
    assert!(matches!(waits, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{waits}");
    drop(first);
    second.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert!(answer(&mut second).starts_with("HTTP/1.1 200 "));
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_have_a_listener_of_their_own_where_one_is_set() {
    let port = free_port();
    let setup = Setup::new().with("SERVER__ADMIN_LISTEN", &format!("127.0.0.1:{port}"));
    let server = setup.serve().await;
    for path in ["/metrics", "/openapi.json", "/docs", "/healthz", "/readyz"] {
        let there = server.client.get(format!("http://127.0.0.1:{port}{path}")).send().await.unwrap().status();
        assert_eq!(there.as_u16(), 200, "{path}");
    }
    assert_eq!(server.client.get(server.url("/metrics")).send().await.unwrap().status().as_u16(), 404);
}
