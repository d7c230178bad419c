//! Somebody with a browser: keeps the cookie of forms, and sends forms as the pages say.

use std::sync::Mutex;

use axum::body::Body;
use http::Method;

use super::{Answer, TestApp};

const COOKIE: &str = "guardhouse_form";

/// See the module.
pub struct Browser<'a> {
    app: &'a TestApp,
    cookie: Mutex<Option<String>>,
    /// The session cookie, where somebody signed in.
    session: Option<String>,
}

/// What stands in the hidden field of this name.
pub fn hidden(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("<input type=\"hidden\" name=\"{name}\" value=\""))?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}

impl<'a> Browser<'a> {
    /// A browser that was never here.
    pub fn new(app: &'a TestApp) -> Self {
        Self { app, cookie: Mutex::default(), session: None }
    }

    /// The browser of whoever this login with `delivery: "cookie"` let in.
    #[must_use]
    pub fn signed_in(mut self, login: &Answer) -> Self {
        self.session = login.cookie("guardhouse_session").map(|(cookie, _)| cookie);
        self
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let request = self.app.request(method, path).header("accept", "text/html,*/*;q=0.8");
        let form = self.cookie.lock().expect("no test panics with it");
        let form = form.as_ref().map(|cookie| format!("{COOKIE}={cookie}"));
        let session = self.session.as_ref().map(|cookie| format!("guardhouse_session={cookie}"));
        let sent: Vec<_> = form.into_iter().chain(session).collect();
        if sent.is_empty() { request } else { request.header("cookie", sent.join("; ")) }
    }

    /// Opens a page.
    pub async fn open(&self, path: &str) -> Answer {
        let answer = self.app.send(self.request(Method::GET, path).body(Body::empty()).expect("a request")).await;
        if let Some((cookie, _)) = answer.cookie(COOKIE) {
            *self.cookie.lock().expect("no test panics with it") = Some(cookie);
        }
        answer
    }

    /// Sends a form with these fields, as a page without referrer does.
    pub async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.request(Method::POST, path).header("origin", "null").header("sec-fetch-site", "same-origin");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.app.send(request.body(Body::from(body.finish())).expect("a request")).await
    }

    /// Fills in the form of a page: its hidden fields go along.
    pub async fn fill(&self, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
        let of_page = ["form_token", "token"].map(|name| (name, hidden(&page.text, name)));
        let hidden = of_page.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        let all: Vec<_> = hidden.chain(fields.iter().copied()).collect();
        self.send(path, &all).await
    }
}
