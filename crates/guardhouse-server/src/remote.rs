//! A server asked over HTTP for what verbs do on data: `/api/admin` and the decision API, with the bearer token of whoever
//! asks.
//!
//! TLS always, but on this very machine; certificates are checked against the roots that the system trusts. No redirect
//! is followed, since it would carry the token along, and nothing is kept on disk.

use std::time::Duration;

use guardhouse_core::secret::SecretText;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url, header::HeaderValue, redirect};
use serde_json::Value;

use crate::failure::Failure;

const CONNECT: Duration = Duration::from_secs(10);
/// The longest silence: a walk through a long audit log says nothing until its end.
const SILENCE: Duration = Duration::from_secs(600);
/// More than any answer has that is read whole.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// See the module.
pub(crate) struct Remote {
    client: Client,
    base: Url,
    bearer: HeaderValue,
}

/// Parameters of a query; those without a value are left out.
pub(crate) type Query<'a> = [(&'a str, Option<&'a str>)];

impl Remote {
    /// The server at a URL; where it is mounted under a path, with that.
    pub(crate) fn new(url: &str, token: &SecretText) -> Result<Self, Failure> {
        let base = base(url)?;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose().trim()))
            .map_err(|_| Failure::usage("the access token has characters that no token has"))?;
        bearer.set_sensitive(true);
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .user_agent(concat!("guardhouse/", env!("CARGO_PKG_VERSION"), " (command line)"));
        if base.scheme() == "http" {
            // A proxy of the environment would read the token.
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| Failure::new(format!("can't speak TLS: {}", causes(&error))))?;
        Ok(Self { client, base, bearer })
    }

    /// Reads something.
    pub(crate) async fn get(&self, path: &[&str], query: &Query<'_>) -> Result<Value, Failure> {
        json(self.answer(self.request(Method::GET, path, query)).await?).await
    }

    /// Reads something that may not be there.
    pub(crate) async fn find(&self, path: &[&str]) -> Result<Option<Value>, Failure> {
        let answer = self.sent(self.request(Method::GET, path, &[])).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        json(good(answer).await?).await.map(Some)
    }

    /// Changes something; null where the server has nothing to say.
    pub(crate) async fn send(&self, method: Method, path: &[&str], body: &Value) -> Result<Value, Failure> {
        json(self.answer(self.request(method, path, &[]).json(body)).await?).await
    }

    /// Asks the decision API (OpenID AuthZEN).
    pub(crate) async fn decide(&self, body: &Value) -> Result<Value, Failure> {
        let request = self.request_at(Method::POST, &["access", "v1", "evaluation"], &[]);
        json(self.answer(request.json(body)).await?).await
    }

    /// Reads something long, piece by piece.
    pub(crate) async fn stream(
        &self,
        path: &[&str],
        query: &Query<'_>,
        mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut answer = self.answer(self.request(Method::GET, path, query)).await?;
        while let Some(piece) = answer.chunk().await.map_err(|error| self.away(&error))? {
            take(&piece)?;
        }
        Ok(())
    }

    fn request(&self, method: Method, path: &[&str], query: &Query<'_>) -> RequestBuilder {
        self.request_at(method, &[&["api", "admin"], path].concat(), query)
    }

    fn request_at(&self, method: Method, path: &[&str], query: &Query<'_>) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            // What was typed becomes one segment each, whatever stands in it.
            segments.pop_if_empty().extend(path);
        }
        for (name, value) in query.iter().filter_map(|(name, value)| Some((name, (*value)?))) {
            url.query_pairs_mut().append_pair(name, value);
        }
        self.client.request(method, url).header(reqwest::header::AUTHORIZATION, self.bearer.clone())
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Response, Failure> {
        good(self.sent(request).await?).await
    }

    async fn sent(&self, request: RequestBuilder) -> Result<Response, Failure> {
        request.send().await.map_err(|error| self.away(&error))
    }

    fn away(&self, error: &reqwest::Error) -> Failure {
        Failure::new(format!("no answer from {}: {}", self.base, causes(error)))
            .mend("see that --server names a server that runs and can be reached from here")
    }
}

/// Why, down to the last cause: the outermost says no more than that sending failed.
fn causes(error: &reqwest::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(inner) = last.source() {
        last = inner;
    }
    last.to_string()
}

fn base(text: &str) -> Result<Url, Failure> {
    let mend = "write --server https://auth.example.com";
    let wrong = |why: &str| Failure::usage(format!("--server: {why}")).mend(mend);
    let url = Url::parse(text).map_err(|error| wrong(&format!("`{text}` is no URL: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("no user or password belongs into the URL"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("the URL has no query and no fragment"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(wrong("plain HTTP would show the access token to every network on the way")),
        other => Err(wrong(&format!("{other} is not spoken"))),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

async fn good(answer: Response) -> Result<Response, Failure> {
    if answer.status().is_success() { Ok(answer) } else { Err(refusal(answer).await) }
}

async fn json(answer: Response) -> Result<Value, Failure> {
    let bytes = whole(answer).await?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        Failure::new(format!("the server's answer is no JSON: {error}")).mend("see that --server names a Guardhouse")
    })
}

async fn whole(mut answer: Response) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let cut = |error: reqwest::Error| Failure::new(format!("the server's answer was cut short: {}", causes(&error)));
    while let Some(piece) = answer.chunk().await.map_err(cut)? {
        if bytes.len() + piece.len() > MOST_BYTES {
            return Err(Failure::new(format!("the server's answer has more than {MOST_BYTES} bytes")));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// What the server says of why it did not: message, code, each detail, and the id that its log knows the request by.
async fn refusal(answer: Response) -> Failure {
    let status = answer.status();
    let id = answer.headers().get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let body = whole(answer).await.ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let error = body.as_ref().map_or(&Value::Null, |body| &body["error"]);
    let failure = Failure::new(told(status, error, id.as_deref()));
    match status {
        StatusCode::UNAUTHORIZED => failure.mend(
            "get a new access token with POST /api/auth/login; it lives tokens.access_ttl, fifteen minutes unless set",
        ),
        StatusCode::FORBIDDEN => failure.mend("use the token of somebody who holds that permission"),
        _ => failure,
    }
}

fn told(status: StatusCode, error: &Value, id: Option<&str>) -> String {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut lines = vec![match (text(&error["message"]), text(&error["code"])) {
        (Some(message), Some(code)) => format!("{message} ({} {code})", status.as_u16()),
        _ => format!("the server answered {status} and did not say why"),
    }];
    for detail in error["details"].as_array().into_iter().flatten() {
        let part = |name: &str| text(&detail[name]).unwrap_or_default();
        lines.push(format!("{}: {} ({})", part("field"), part("message"), part("code")));
    }
    if let Some(id) = text(&error["request_id"]).or_else(|| id.map(str::to_owned)) {
        lines.push(format!("request {id}"));
    }
    // A server that is not ours must not move the cursor.
    let clean = |line: &String| line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    lines.iter().map(clean).collect::<Vec<String>>().join("\n  ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_http_goes_to_this_machine_alone_m35() {
        for fine in [
            "https://auth.example.com",
            "https://a.example/auth/",
            "http://localhost:8700",
            "http://127.0.0.2",
            "http://[::1]:8700",
        ] {
            assert!(base(fine).is_ok(), "{fine}");
        }
        for bad in [
            "http://auth.example.com",
            "http://localhost.example.com",
            "http://[::2]",
            "https://user@auth.example.com",
            "https://:secret@auth.example.com",
            "https://auth.example.com/?a=b",
            "https://auth.example.com/#x",
            "ftp://auth.example.com",
            "auth.example.com",
            "",
        ] {
            assert!(base(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_was_typed_is_one_segment_of_the_path() {
        let remote = |url: &str| Remote::new(url, &SecretText::new("token")).unwrap();
        let url = |url: &str| {
            let request =
                remote(url).request(Method::GET, &["users", "../x?y"], &[("q", Some("a&b")), ("cursor", None)]);
            request.build().unwrap().url().to_string()
        };
        _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        for base in ["http://localhost:1", "http://localhost:1/"] {
            assert_eq!(url(base), "http://localhost:1/api/admin/users/..%2Fx%3Fy?q=a%26b");
        }
        assert_eq!(url("http://localhost:1/auth/"), "http://localhost:1/auth/api/admin/users/..%2Fx%3Fy?q=a%26b");
    }

    #[test]
    fn a_refusal_is_told_with_code_details_and_request_m39() {
        let error = json!({
            "code": "VALIDATION_FAILED",
            "message": "Wrong.\u{1b}[2J",
            "details": [{"field": "email", "code": "INVALID_EMAIL", "message": "No address."}],
            "request_id": "abc",
        });
        let text = told(StatusCode::BAD_REQUEST, &error, Some("other"));
        assert_eq!(
            text,
            "Wrong.\u{fffd}[2J (400 VALIDATION_FAILED)\n  email: No address. (INVALID_EMAIL)\n  request abc"
        );
        let text = told(StatusCode::BAD_GATEWAY, &Value::Null, Some("id"));
        assert_eq!(text, "the server answered 502 Bad Gateway and did not say why\n  request id");
    }

    #[test]
    fn a_token_that_no_header_can_carry_is_refused() {
        _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        assert!(Remote::new("http://localhost:1", &SecretText::new("a\nb")).is_err());
        assert!(Remote::new("http://localhost:1", &SecretText::new(" a ")).is_ok());
    }
}
