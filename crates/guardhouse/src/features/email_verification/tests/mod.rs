//! Through HTTP, as a caller would.

mod codes;
mod letters;
mod links;
mod pages;
mod registration;

use guardhouse_core::time::Span;
use serde_json::{Value, json};

use crate::{
    kernel::{
        accounts,
        audit::{self, Filter},
        settings::{RegistrationSettings, VerifyEmail},
    },
    testing::{Actor, Answer, Browser, Login, PASSWORD, TestApp, hidden},
};

const VERIFY: &str = "/api/auth/email/verify";
const RESEND: &str = "/api/auth/email/resend";

/// Nothing works before the address is verified.
async fn strict() -> TestApp {
    TestApp::with(|settings| {
        settings.registration = RegistrationSettings { open: true, verify_email: VerifyEmail::Required };
    })
    .await
}

impl TestApp {
    async fn verify(&self, body: Value) -> Answer {
        self.post(VERIFY, body).await
    }

    async fn waits(&self, name: &str, password: &str) {
        let body = json!({"email": format!("{name}@example.com"), "password": password, "name": name});
        let _ = self.post("/api/auth/register", body).await.expect(202);
    }

    /// The code of the newest letter to somebody.
    async fn mailed_code(&self, name: &str) -> String {
        let to = format!("{name}@example.com");
        let letters = self.letters().await;
        let text = &letters.iter().find(|letter| letter.to == to).expect("a letter").text;
        text.split_whitespace()
            .find(|word| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit()))
            .unwrap()
            .to_owned()
    }

    async fn letters_to(&self, name: &str) -> usize {
        let to = format!("{name}@example.com");
        self.letters().await.iter().filter(|letter| letter.to == to).count()
    }
}

async fn verified(actor: &Actor<'_>) -> bool {
    actor.get("/api/me").await.expect(200).json["email_verified"] == true
}

/// Six digits that are not these.
fn other(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}
