#![allow(clippy::unwrap_used, clippy::expect_used)]

use axum::body::Body;
use http::Response;

use super::*;
use crate::testing::sink::Sink;

fn outbound(allow: &[&str]) -> Outbound {
    let allow: Vec<_> = allow.iter().map(ToString::to_string).collect();
    Outbound::new(&allow).expect("a client")
}

async fn sink() -> Sink {
    Sink::start(|asked| match asked.path.as_str() {
        "/elsewhere" => Response::builder().status(302).header("location", "/secret").body(Body::empty()).unwrap(),
        "/large" => Response::new(Body::from(vec![b'x'; 5000])),
        "/endless" => {
            let chunks = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'x'; 1000]));
            Response::new(Body::from_stream(chunks))
        }
        _ => Response::new(Body::from("hello")),
    })
    .await
}

#[tokio::test]
async fn nothing_inside_is_reached_unless_allowed_o17_1_3_6() {
    let sink = sink().await;
    let port = sink.address().port();
    let closed = outbound(&[]);
    for host in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "①②⑦.0.0.1",
        "169.254.169.254",
    ] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{port}/secret");
            let refused = closed.send(Call::get(&url)).await.expect_err(&url);
            let expected = match refused {
                OutboundError::Forbidden(_) => true,
                OutboundError::Url(_) => scheme == "http",
                // Not every system knows this name with a dot.
                OutboundError::Failed(_) => host == "LOCALHOST.",
                _ => false,
            };
            assert!(expected, "{url}: {refused}");
        }
    }
    for url in [
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ftp://127.0.0.1/",
        "data:text/plain,x",
        "javascript:1",
        "/secret",
        "https://",
    ] {
        let refused = closed.send(Call::get(url)).await.expect_err(url);
        assert!(matches!(refused, OutboundError::Url(_) | OutboundError::Forbidden(_)), "{url}: {refused}");
    }
    let with_user = closed.send(Call::get(format!("https://user:pw@127.0.0.1:{port}/"))).await.expect_err("refused");
    assert!(matches!(with_user, OutboundError::Url(_)), "{with_user}");
    assert!(sink.asked().is_empty(), "{:?}", sink.asked());
}

#[tokio::test]
async fn what_the_operator_allows_is_reached() {
    let sink = sink().await;
    let port = sink.address().port();
    let by_network = outbound(&["127.0.0.0/8"]);
    assert_eq!(by_network.send(Call::get(sink.url("/"))).await.expect("an answer").body, "hello");
    let by_name = outbound(&["localhost"]);
    assert_eq!(by_name.send(Call::get(format!("http://localhost:{port}/"))).await.expect("an answer").body, "hello");
    let refused = by_name.send(Call::get(sink.url("/"))).await.expect_err("a name opens no address");
    assert!(matches!(refused, OutboundError::Forbidden(_)), "{refused}");
    assert_eq!(sink.asked().len(), 2);
}

#[tokio::test]
async fn redirects_are_answers_and_not_followed_15_3_2() {
    let sink = sink().await;
    let reply = outbound(&["127.0.0.1"]).send(Call::get(sink.url("/elsewhere"))).await.expect("an answer");
    assert_eq!((reply.status.as_u16(), sink.asked().len()), (302, 1));
}

#[tokio::test]
async fn answers_are_bounded_in_size_and_time() {
    let sink = sink().await;
    let open = outbound(&["127.0.0.1"]);
    for path in ["/large", "/endless"] {
        let refused = open.send(Call::get(sink.url(path)).at_most(4999)).await.expect_err("too large");
        assert!(matches!(refused, OutboundError::TooLarge(4999)), "{refused}");
    }
    assert_eq!(open.send(Call::get(sink.url("/large")).at_most(5000)).await.expect("an answer").body.len(), 5000);
    // A listener that accepts and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let slow = open.send(Call::get(url).within(Duration::from_millis(50))).await.expect_err("too slow");
    assert!(matches!(&slow, OutboundError::Failed(error) if error.is_timeout()), "{slow}");
}

#[test]
fn a_name_with_one_inner_address_is_refused_o17_rebinding() {
    let of = |ips: &[&str]| ips.iter().map(|ip| std::net::SocketAddr::new(ip.parse().unwrap(), 0)).collect::<Vec<_>>();
    let allowed = Allowed::new(&["inner.example".to_owned()]);
    assert!(resolve::screen(&allowed, "a.example", of(&["1.1.1.1", "2606:4700::1111"])).is_ok());
    assert!(resolve::screen(&allowed, "a.example", of(&["1.1.1.1", "10.0.0.1"])).is_err());
    assert!(resolve::screen(&allowed, "a.example", of(&[])).is_err());
    assert!(resolve::screen(&allowed, "inner.example", of(&["10.0.0.1"])).is_ok());
}
