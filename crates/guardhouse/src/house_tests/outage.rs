//! The database goes away and comes back (M-39, ASVS 16.5.2): 503 with `Retry-After`, never a wrong 401, then as before.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use guardhouse_core::{secret::SecretText, time::Span};
use serde_json::json;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::Notify,
};

use crate::testing::{Actor, Answer, PASSWORD, TestApp};

/// A way to the database that can be cut.
#[derive(Clone)]
struct Wire {
    address: SocketAddr,
    cut: Arc<AtomicBool>,
    hang_up: Arc<Notify>,
}

impl Wire {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let wire = Self { address, cut: Arc::default(), hang_up: Arc::default() };
        let own = wire.clone();
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                if !own.cut.load(Ordering::Acquire) {
                    tokio::spawn(own.clone().carry(caller, server.clone()));
                }
            }
        });
        wire
    }

    async fn carry(self, mut caller: TcpStream, server: String) {
        let Ok(mut onward) = TcpStream::connect(server).await else { return };
        tokio::select! {
            _ = copy_bidirectional(&mut caller, &mut onward) => {}
            () = self.hang_up.notified() => {}
        }
    }

    fn cut(&self) {
        self.cut.store(true, Ordering::Release);
        self.hang_up.notify_waiters();
    }

    fn mend(&self) {
        self.cut.store(false, Ordering::Release);
    }
}

/// The server in a URL, and the URL with another in its place.
fn server(url: &str) -> (String, impl Fn(SocketAddr) -> String + use<>) {
    let start = url.find('@').map_or_else(|| url.find("://").unwrap() + 3, |at| at + 1);
    let end = url[start..].find('/').map_or(url.len(), |at| start + at);
    let (head, host, tail) = (url[..start].to_owned(), url[start..end].to_owned(), url[end..].to_owned());
    (host, move |address| format!("{head}{address}{tail}"))
}

/// Asks until the answer is as wanted; every other one on the way is a 503 too, or as before the outage.
async fn until<F: Future<Output = Answer>>(wanted: u16, others: &[u16], ask: impl Fn() -> F) -> Answer {
    let asked = async {
        loop {
            let answer = ask().await;
            if answer.status.as_u16() == wanted {
                return answer;
            }
            assert!(others.contains(&answer.status.as_u16()), "{}: {}", answer.status, answer.text);
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), asked).await.expect("in good time")
}

#[track_caller]
fn unavailable(answer: &Answer) {
    answer.refused(503, "UNAVAILABLE");
    assert!(answer.header("retry-after").is_some_and(|wait| wait.parse::<u32>().is_ok()), "{:?}", answer.headers);
    assert!(!answer.text.to_lowercase().contains("postgres") && !answer.text.contains("127.0.0.1"), "{}", answer.text);
}

#[tokio::test]
async fn a_database_that_is_away_is_503_and_nobody_is_logged_out_m39_16_5_2() {
    if std::env::var(guardhouse_store::testing::SERVER).is_err() {
        // SQLite is a file of this process: there is no wire to cut.
        return;
    }
    let direct = TestApp::new().await;
    let url = direct.ctx().settings.database.url.expose().to_owned();
    let (host, through) = server(&url);
    let wire = Wire::to(host).await;
    let app = TestApp::with(|settings| {
        settings.database.url = SecretText::new(through(wire.address));
        settings.bus.lease = Span::milliseconds(300);
    })
    .await;
    let alice = app.actor("alice").await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie"});
    let by_cookie = app.post("/api/auth/login", body).await.expect(200);
    let cookie = Actor::cookie(&app, &by_cookie);
    let _ = cookie.get("/api/me").await.expect(200);
    let _ = alice.get("/api/me").await.expect(200);

    wire.cut();
    unavailable(&app.try_login("alice", PASSWORD).await);
    unavailable(&app.post("/api/auth/password/forgot", json!({"email": "alice@example.com"})).await);
    // Who is known is vouched for until the lease runs out, and then told to come back.
    unavailable(&until(503, &[200], || alice.get("/api/me")).await);
    let told = until(503, &[200], || cookie.get("/api/me")).await;
    unavailable(&told);
    assert!(told.cookie("guardhouse_session").is_none(), "no cookie is cleared");
    unavailable(&app.post("/api/auth/refresh", json!({"refresh_token": alice.login.refresh})).await);
    unavailable(&app.get("/readyz").await);
    let _ = app.get("/healthz").await.expect(200);

    wire.mend();
    let _ = until(200, &[503], || app.get("/readyz")).await;
    let _ = until(200, &[503], || alice.get("/api/me")).await;
    let _ = until(200, &[503], || cookie.get("/api/me")).await;
    let _ = until(200, &[503], || app.try_login("alice", PASSWORD)).await;
    let _ = app.post("/api/auth/refresh", json!({"refresh_token": alice.login.refresh})).await.expect(200);
}
