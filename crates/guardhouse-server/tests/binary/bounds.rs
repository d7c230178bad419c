//! What one client may take.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{IpAddr, TcpStream, UdpSocket},
    time::Duration,
};

use crate::{
    harness::{Setup, builder, free_port, text, until},
    tls,
};

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
    // What was asked later on the connection that has its place is answered first.
    ask(&mut first);
    assert!(answer(&mut first).starts_with("HTTP/1.1 200 "));
    second.set_nonblocking(true).unwrap();
    assert_eq!(second.read(&mut [0; 1]).unwrap_err().kind(), ErrorKind::WouldBlock);
    drop(first);
    second.set_nonblocking(false).unwrap();
    assert!(answer(&mut second).starts_with("HTTP/1.1 200 "));
}

/// This machine's address on its network: loopback is not counted.
fn own_address() -> IpAddr {
    let socket = UdpSocket::bind(("0.0.0.0", 0)).unwrap();
    // Sends nothing; it only asks the routing table.
    socket.connect(("198.51.100.1", 9)).expect("a network beside loopback");
    socket.local_addr().unwrap().ip()
}

/// Whether the server talks to whoever connects there: plain HTTP gets an alert of TLS.
fn taken(ip: IpAddr, port: u16) -> bool {
    let mut stream = TcpStream::connect((ip, port)).unwrap();
    _ = stream.write_all(b"GET /healthz HTTP/1.1\r\n\r\n");
    stream.read(&mut [0; 1]).is_ok_and(|read| read > 0)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_network_cannot_hold_all_connections_d2() {
    let setup = tls::encrypted().with("SERVER__MAX_CONNECTIONS_PER_NETWORK", "2");
    let listen = format!("0.0.0.0:{}", setup.port);
    let setup = setup.with("SERVER__LISTEN", &listen);
    let client = tls::certify(&setup);
    let server = setup.serve_for("https", client).await;
    let (ip, port) = (own_address(), setup.port);
    assert!(taken(ip, port));
    let connect = || TcpStream::connect((ip, port)).unwrap();
    let mut held = vec![connect(), connect()];
    assert!(until(Duration::from_secs(10), async || !taken(ip, port)).await, "{}", server.log());
    assert!(server.log().contains("server.max_connections_per_network"), "{}", server.log());
    // The others are not held up.
    assert_eq!(server.client.get(server.url("/healthz")).send().await.unwrap().status().as_u16(), 200);
    held.pop();
    assert!(until(Duration::from_secs(10), async || taken(ip, port)).await, "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_of_a_proxy_are_not_counted_by_network_d2() {
    let setup = tls::encrypted().with("SERVER__MAX_CONNECTIONS_PER_NETWORK", "1").with("SERVER__TRUSTED_PROXIES", "1");
    let listen = format!("0.0.0.0:{}", setup.port);
    let setup = setup.with("SERVER__LISTEN", &listen);
    let client = tls::certify(&setup);
    let _server = setup.serve_for("https", client).await;
    let (ip, port) = (own_address(), setup.port);
    let held: Vec<_> = (0..3).map(|_| TcpStream::connect((ip, port)).unwrap()).collect();
    assert!(taken(ip, port));
    drop(held);
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

/// One frame of HTTP/2 (RFC 9113, section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Asks and takes it back at once, again and again on one connection, until the server has had enough of it.
fn reset_rapidly(port: u16) {
    const GET: &[u8] = b"\x82\x86\x84\x41\x09localhost";
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    stream.write_all(&frame(4, 0, 0, &[])).unwrap();
    for id in (1..100_000).step_by(2) {
        let both = [frame(1, 5, id, GET), frame(3, 0, id, &8_u32.to_be_bytes())].concat();
        if stream.write_all(&both).is_err() {
            return;
        }
    }
}

/// CVE-2023-44487.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rapid_resets_of_one_client_leave_the_others_alone_d2() {
    let setup = Setup::new();
    let server = setup.serve().await;
    let token = text(&server.register("lena@example.com").await["access_token"]);
    let storm: Vec<_> = (0..2).map(|_| tokio::task::spawn_blocking(move || reset_rapidly(setup.port))).collect();
    let mut answered = 0;
    while answered < 20 || storm.iter().any(|one| !one.is_finished()) {
        assert_eq!(server.me(&token).await.status().as_u16(), 200, "{}", server.log());
        answered += 1;
    }
    for one in storm {
        one.await.unwrap();
    }
    assert_eq!(server.me(&token).await.status().as_u16(), 200);
}
