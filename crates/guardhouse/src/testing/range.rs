//! A faithful double of the range service of Have I Been Pwned, version 3 of its interface: five characters of an
//! upper-case SHA-1 in, lines `SUFFIX:COUNT` ended by CRLF out, padded with counts of zero where `Add-Padding` is sent.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{body::Body, response::Response};
use data_encoding::HEXUPPER;
use guardhouse_core::{
    password::{Password, sha1_range},
    secret,
};

use super::sink::{Asked, Sink};

/// The service; ends when dropped.
pub struct RangeService {
    sink: Sink,
    down: Arc<AtomicBool>,
}

impl RangeService {
    /// A service that knows these passwords from breaches.
    pub async fn start(breached: &[&str]) -> Self {
        let known: Vec<_> =
            breached.iter().map(|word| sha1_range(&Password::parse(word).expect("a password"))).collect();
        let down = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&down);
        let sink = Sink::start(move |asked| {
            if flag.load(Ordering::Acquire) { plain(503, "Service Unavailable") } else { range(&known, asked) }
        });
        Self { sink: sink.await, down }
    }

    /// For `password.breached_url`.
    pub fn url(&self) -> String {
        self.sink.url("/range/")
    }

    /// From now on it answers 503, or works again.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::Release);
    }

    /// All that it was asked for.
    pub fn asked(&self) -> Vec<Asked> {
        self.sink.asked()
    }
}

fn range(known: &[(String, String)], asked: &Asked) -> Response<Body> {
    let prefix = asked.path.strip_prefix("/range/").unwrap_or_default().to_ascii_uppercase();
    if prefix.len() != 5 || !prefix.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return plain(400, "The hash prefix was not in a valid format");
    }
    if !asked.headers.contains_key("user-agent") {
        return plain(403, "Forbidden");
    }
    let mut lines: Vec<_> =
        known.iter().filter(|(of, _)| *of == prefix).map(|(_, suffix)| format!("{suffix}:42")).collect();
    if asked.headers.get("add-padding").is_some_and(|value| value == "true") {
        let padding = || format!("{}0:0", HEXUPPER.encode(&secret::random::<17>()));
        lines.extend(std::iter::repeat_with(padding).take(800));
    }
    lines.sort_unstable();
    plain(200, &lines.join("\r\n"))
}

fn plain(status: u16, text: &str) -> Response<Body> {
    let response = Response::builder().status(status).header("content-type", "text/plain");
    response.body(Body::from(text.to_owned())).expect("a response")
}
