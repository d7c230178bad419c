//! An answer, read whole.

use axum::{body::Body, response::Response};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its text.
    pub text: String,
    /// Its JSON; null where it is none.
    pub json: Value,
}

impl Answer {
    /// Reads a response to its end.
    pub async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("the body arrives").to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Self { status: parts.status, headers: parts.headers, text, json }
    }

    /// Fails the test unless the status is this one.
    #[track_caller]
    #[must_use]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// Fails the test unless the answer refuses with this code.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.code()), (status, code), "{}", self.text);
        assert!(self.json["error"]["request_id"].is_string(), "{}", self.text);
    }

    /// The error's code; empty where there is none.
    pub fn code(&self) -> &str {
        self.json["error"]["code"].as_str().unwrap_or_default()
    }

    /// `field:CODE` of each detail, sorted.
    pub fn faults(&self) -> Vec<String> {
        let details = self.json["error"]["details"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut faults: Vec<_> =
            details.iter().map(|detail| format!("{}:{}", text(&detail["field"]), text(&detail["code"]))).collect();
        faults.sort();
        faults
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The value of a cookie that is set, without its attributes, and the whole line.
    pub fn cookie(&self, name: &str) -> Option<(String, String)> {
        self.headers.get_all("set-cookie").iter().find_map(|line| {
            let line = line.to_str().ok()?;
            let (found, rest) = line.split_once('=')?;
            (found == name).then(|| (rest.split(';').next().unwrap_or_default().to_owned(), line.to_owned()))
        })
    }
}
