//! Through HTTP, as a caller would.

mod hosted;
mod risk;
mod work;

use data_encoding::{BASE64, HEXLOWER};
use guardhouse_core::secret;
use serde_json::{Value, json};

use super::{Asked, CaptchaSettings, Kind};
use crate::{
    kernel::settings::Settings,
    testing::{Answer, TestApp},
};

/// Asks for an easy proof of work.
fn proof_of_work(when: Asked) -> impl FnOnce(&mut Settings) {
    move |settings| {
        settings.change(|captcha: &mut CaptchaSettings| {
            (captcha.kind, captcha.when, captcha.difficulty) = (Kind::ProofOfWork, when, 1_000);
        });
    }
}

/// What a client sends that solved this.
fn solve(challenge: &Value) -> String {
    let text = |name: &str| challenge[name].as_str().unwrap().to_owned();
    let (salt, wanted) = (text("salt"), text("challenge"));
    let fits = |number: &u64| HEXLOWER.encode(&secret::sha256(format!("{salt}{number}").as_bytes())) == wanted;
    let number = (0..=challenge["maxnumber"].as_u64().unwrap()).find(fits).unwrap();
    let solution = json!({
        "algorithm": text("algorithm"), "challenge": wanted, "number": number, "salt": salt,
        "signature": text("signature"),
    });
    BASE64.encode(solution.to_string().as_bytes())
}

async fn solved(app: &TestApp) -> String {
    solve(&app.get("/api/auth/captcha").await.expect(200).json)
}

async fn login(app: &TestApp, name: &str, password: &str, captcha: Option<&str>) -> Answer {
    let email = format!("{name}@example.com");
    app.post("/api/auth/login", json!({"email": email, "password": password, "captcha": captcha})).await
}

async fn register(app: &TestApp, name: &str, captcha: Option<&str>) -> Answer {
    let email = format!("{name}@example.com");
    let body = json!({"email": email, "password": crate::testing::PASSWORD, "name": name, "captcha": captcha});
    app.post("/api/auth/register", body).await
}
