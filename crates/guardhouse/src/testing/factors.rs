//! Actors with a second factor.

use guardhouse_core::otp::Shared;
use serde_json::{Value, json};

use super::{Actor, Answer, Login, PASSWORD, TestApp};

/// An authenticator application.
pub struct Application(Shared);

impl Application {
    /// That took up the answer of `POST /api/me/mfa/totp`.
    pub fn took(answer: &Value) -> Self {
        let secret = answer["secret"].as_str().expect("a secret");
        let bytes = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).expect("base32");
        Self(Shared::from_bytes(bytes.into()))
    }

    /// The code that it shows now.
    pub fn code(&self, app: &TestApp) -> String {
        self.0.code_at(app.ctx().now()).expect("a code")
    }
}

/// Somebody with an application, and their recovery codes.
pub struct Enrolled<'a> {
    /// The session that enrolled it.
    pub actor: Actor<'a>,
    /// The application.
    pub application: Application,
    /// What stands in for it.
    pub recovery_codes: Vec<String>,
}

impl TestApp {
    /// Registers somebody and enrols an application. The clock stands a minute later, so that the next code is a new one.
    pub async fn enrolled(&self, name: &str) -> Enrolled<'_> {
        let actor = self.actor(name).await;
        self.enrol(&actor).await
    }

    /// Enrols an application for somebody.
    pub async fn enrol(&self, actor: &Actor<'_>) -> Enrolled<'_> {
        let begun = actor.post("/api/me/mfa/totp", json!({"current_password": PASSWORD})).await.expect(200);
        let application = Application::took(&begun.json);
        let confirmed =
            actor.post("/api/me/mfa/totp/confirm", json!({"code": application.code(self)})).await.expect(200);
        self.advance(guardhouse_core::time::Span::minutes(1));
        let codes = confirmed.json["recovery_codes"].as_array().cloned().unwrap_or_default();
        let recovery_codes = codes.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Enrolled { actor: Actor::bearer(self, Login::read(&confirmed)), application, recovery_codes }
    }

    /// Signs in as far as the first factor takes one: the ticket.
    pub async fn ticket(&self, name: &str) -> String {
        self.ticket_with(name, PASSWORD).await
    }

    /// The same with another password.
    pub async fn ticket_with(&self, name: &str, password: &str) -> String {
        let answer = self.try_login(name, password).await;
        answer.refused(401, "MFA_REQUIRED");
        answer.json["error"]["mfa_token"].as_str().expect("a ticket").to_owned()
    }

    /// Answers a second factor by a code.
    pub async fn answer(&self, ticket: &str, method: &str, code: &str) -> Answer {
        self.post("/api/auth/mfa/verify", json!({"mfa_token": ticket, "method": method, "code": code})).await
    }
}
