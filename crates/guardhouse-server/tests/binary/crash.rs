//! kill -9 in the middle of a storm: what was acknowledged is there, what was spent is dead (ruling 37).

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Setup, client, refused, text, until};

const PEOPLE: usize = 12;
const ENOUGH: usize = 240;
const PATIENCE: Duration = Duration::from_secs(60);

/// A login as its owner knows it: every refresh token that was handed out, the last one unspent.
struct Login {
    email: String,
    tokens: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_and_no_spent_token_lives_m02() {
    let setup = Setup::new().with("TOKENS__REFRESH_GRACE", "1m");
    let mut server = setup.serve().await;
    let (logins, acknowledged) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
    let storm: Vec<_> = (0..PEOPLE)
        .map(|person| {
            tokio::spawn(live(client(), server.url(""), person, Arc::clone(&logins), Arc::clone(&acknowledged)))
        })
        .collect();
    let count = Arc::clone(&acknowledged);
    assert!(until(PATIENCE, async || count.load(Ordering::Relaxed) >= ENOUGH).await, "{}", server.log());
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    for person in storm {
        person.await.unwrap();
    }
    drop(server);

    let server = setup.serve().await;
    let logins = std::mem::take(&mut *logins.lock().unwrap());
    assert!(logins.len() >= PEOPLE);
    let mut spent = 0;
    for Login { email, tokens } in logins {
        let login = server.post("/api/auth/login", json!({"email": email, "password": PASSWORD})).await;
        assert_eq!(login.status(), StatusCode::OK, "{email} was acknowledged and is lost");
        let last = tokens.last().unwrap();
        let renewed = server.post("/api/auth/refresh", json!({"refresh_token": last})).await;
        assert_eq!(renewed.status(), StatusCode::OK, "the last token of {email} was acknowledged and is lost");
        // The one before the last may still be within its grace; what is older is spent for good.
        if let Some(old) = tokens.len().checked_sub(3).map(|at| &tokens[at]) {
            refused(server.post("/api/auth/refresh", json!({"refresh_token": old})).await, 401, "REFRESH_TOKEN_REUSED")
                .await;
            spent += 1;
        }
    }
    assert!(spent > 0, "the storm was over before anybody refreshed twice");
}

/// Registers one person after the other and refreshes between, until the server is gone.
async fn live(
    client: Client,
    url: String,
    person: usize,
    logins: Arc<Mutex<Vec<Login>>>,
    acknowledged: Arc<AtomicUsize>,
) {
    for turn in 0.. {
        let email = format!("p{person}-{turn}@example.com");
        let body = json!({"email": email, "password": PASSWORD, "name": "P"});
        let Some(answer) = post(&client, &format!("{url}/api/auth/register"), &body).await else { return };
        let mut tokens = vec![text(&answer["refresh_token"])];
        acknowledged.fetch_add(1, Ordering::Relaxed);
        let mut alive = true;
        for _ in 0..8 {
            let body = json!({"refresh_token": tokens.last().unwrap()});
            let Some(answer) = post(&client, &format!("{url}/api/auth/refresh"), &body).await else {
                alive = false;
                break;
            };
            tokens.push(text(&answer["refresh_token"]));
            acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        logins.lock().unwrap().push(Login { email, tokens });
        if !alive {
            return;
        }
    }
}

/// The answer; nothing when the server is gone.
async fn post(client: &Client, url: &str, body: &Value) -> Option<Value> {
    let answer = client.post(url).json(body).send().await.ok()?;
    let status = answer.status();
    let body: Value = answer.json().await.ok()?;
    assert!(status.is_success(), "{status}: {body}");
    Some(body)
}
