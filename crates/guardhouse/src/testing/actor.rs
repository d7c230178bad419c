//! Somebody who carries a credential.

use axum::body::Body;
use guardhouse_core::ids::AccountId;
use http::{Method, request::Builder};
use serde_json::Value;

use super::{Answer, TestApp};

/// What a login answered.
#[derive(Clone, Debug)]
pub struct Login {
    /// The access token; empty with a cookie.
    pub access: String,
    /// The refresh token; empty with a cookie.
    pub refresh: String,
    /// The session's id.
    pub session: String,
    /// The user.
    pub user: Value,
}

impl Login {
    /// Reads a login answer.
    #[track_caller]
    pub fn read(answer: &Answer) -> Self {
        let text = |name: &str| answer.json[name].as_str().unwrap_or_default().to_owned();
        assert!(answer.json["user"].is_object(), "{}", answer.text);
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
            session: text("session_id"),
            user: answer.json["user"].clone(),
        }
    }

    /// The user's id.
    pub fn user_id(&self) -> AccountId {
        self.user["id"].as_str().and_then(|id| id.parse().ok()).expect("a user id")
    }
}

/// How the credential is carried.
#[derive(Clone)]
enum Carries {
    Bearer(String),
    Cookie { cookie: String, csrf: String },
}

/// Somebody signed in.
#[derive(Clone)]
pub struct Actor<'a> {
    app: &'a TestApp,
    /// The login.
    pub login: Login,
    carries: Carries,
}

impl<'a> Actor<'a> {
    /// Carries the login's access token.
    pub fn bearer(app: &'a TestApp, login: Login) -> Self {
        let carries = Carries::Bearer(login.access.clone());
        Self { app, login, carries }
    }

    /// Carries a session cookie and its CSRF token, from a login with `delivery: "cookie"`.
    #[track_caller]
    pub fn cookie(app: &'a TestApp, answer: &Answer) -> Self {
        let (cookie, _) = answer.cookie("guardhouse_session").expect("a session cookie");
        let csrf = answer.json["csrf_token"].as_str().expect("a CSRF token").to_owned();
        Self { app, login: Login::read(answer), carries: Carries::Cookie { cookie, csrf } }
    }

    /// A request with the credential.
    pub fn request(&self, method: Method, path: &str) -> Builder {
        let request = self.app.request(method, path);
        match &self.carries {
            Carries::Bearer(token) => request.header("authorization", format!("Bearer {token}")),
            Carries::Cookie { cookie, csrf } => request
                .header("cookie", format!("guardhouse_session={cookie}"))
                .header("x-csrf-token", csrf)
                .header("origin", "http://localhost:8700"),
        }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.app.send(self.request(Method::GET, path).body(Body::empty()).expect("a request")).await
    }

    /// Any method with a JSON body.
    pub async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = self.request(method, path).header("content-type", "application/json");
        self.app.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    /// `POST`.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, body).await
    }

    /// `PATCH`.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, body).await
    }

    /// `DELETE` with a body, an empty object where there is nothing to say.
    pub async fn delete(&self, path: &str, body: Value) -> Answer {
        self.send(Method::DELETE, path, body).await
    }
}
