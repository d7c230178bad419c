//! For tests: an engine on a database of its own, actors, a clock to advance, an outbox to read.
//!
//! The suite runs once per database: `GUARDHOUSE_TEST_POSTGRES` names a server, else SQLite. With `GUARDHOUSE_TEST_MOUNT`
//! the server is mounted under that path.

mod actor;
mod answer;
mod bench;
mod browser;
pub mod contract;
mod factors;
pub mod range;
pub mod sink;
pub mod smtp;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{Router, body::Body, extract::ConnectInfo};
use guardhouse_core::{
    secret::SecretText,
    time::{Clock, Span, Timestamp},
};
use guardhouse_store::testing::TestDatabase;
use http::{Method, Request};
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub use actor::{Actor, Login};
pub use answer::Answer;
pub use bench::Bench;
pub use browser::{Browser, hidden};
pub use factors::{Application, Enrolled};

use crate::{
    Guardhouse, StartOptions, assembly,
    kernel::{
        accounts, changes,
        ctx::Ctx,
        mail::{self, Posted},
        settings::{Profile, Settings, Source},
    },
};

guardhouse_store::statements! {
    /// A job that somebody works on. $1 now
    IN_HAND = "select 1 from jobs where locked_until > $1 limit 1";
}

/// The password of every actor.
pub const PASSWORD: &str = "a fine long passphrase";
/// When every test begins.
pub const START: Timestamp = Timestamp(1_780_000_000_000_000);

/// An engine under test.
pub struct TestApp {
    /// The engine.
    pub engine: Guardhouse,
    router: Router,
    database: std::sync::Arc<TestDatabase>,
    /// From where requests come.
    pub peer: IpAddr,
}

/// The settings of tests: development, cheap hashes.
pub fn settings() -> Settings {
    let source = Source { profile: Some(Profile::Development), ..Source::default() };
    let mut settings = Settings::load(&source, &assembly::sections()).expect("the defaults load");
    settings.master_key = vec![SecretText::new("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")];
    if let Ok(mount) = std::env::var("GUARDHOUSE_TEST_MOUNT") {
        settings.server.public_url.push_str(&mount);
    }
    settings.password.memory_kib = 64;
    settings.password.passes = 1;
    settings.bus.poll = Span::milliseconds(50);
    settings
}

/// The letter of this name.
pub fn letter(name: &str) -> &'static mail::Template {
    assembly::letters().into_iter().find(|letter| letter.name == name).expect("a letter of this name")
}

impl TestApp {
    /// With the settings of tests.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With some settings changed.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::made(change, true).await
    }

    /// The same with no work beside the requests, so that what a request asks of the database can be counted.
    pub async fn alone(change: impl FnOnce(&mut Settings)) -> Self {
        Self::made(change, false).await
    }

    async fn made(change: impl FnOnce(&mut Settings), background: bool) -> Self {
        let database = std::sync::Arc::new(TestDatabase::migrated(&assembly::migrations()).await);
        let mut settings = settings();
        settings.database.url = SecretText::new(database.options().url.clone());
        settings.database.connections = 4;
        if !background {
            // Nobody reads the change log, so it may be as old as it likes.
            settings.bus.lease = Span::hours(1);
        }
        change(&mut settings);
        Self::on(database, settings, StartOptions { clock: Clock::frozen(START), migrate: true, background }).await
    }

    async fn on(database: std::sync::Arc<TestDatabase>, settings: Settings, options: StartOptions) -> Self {
        let engine = Guardhouse::start(settings, options).await.expect("the engine starts");
        Self { router: engine.router(), engine, database, peer: IpAddr::V4(Ipv4Addr::LOCALHOST) }
    }

    /// Another node on the same database and clock.
    pub async fn another_node(&self) -> Self {
        self.another_node_with(|_| {}).await
    }

    /// The same with some settings changed.
    pub async fn another_node_with(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let options = StartOptions { clock: self.ctx().clock.clone(), migrate: true, background: true };
        let mut settings = self.ctx().settings.clone();
        change(&mut settings);
        Self::on(std::sync::Arc::clone(&self.database), settings, options).await
    }

    /// The same node started anew: what was in memory is gone.
    pub async fn restarted(self) -> Self {
        self.engine.stop().await;
        self.another_node().await
    }

    /// The same node as seen from another network address.
    #[must_use]
    pub fn from(&self, peer: &str) -> Self {
        Self {
            engine: self.engine.clone(),
            router: self.router.clone(),
            database: std::sync::Arc::clone(&self.database),
            peer: peer.parse().expect("an IP address"),
        }
    }

    /// The engine's parts.
    pub fn ctx(&self) -> &Ctx {
        self.engine.ctx()
    }

    /// Moves the clock.
    pub fn advance(&self, by: Span) {
        self.ctx().clock.advance(by);
    }

    /// Sends a request.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(self.peer, 50_000)));
        let response = self.router.clone().oneshot(request).await.expect("the router never fails");
        Answer::read(response).await
    }

    /// A request without a credential, to a path under the server's mount.
    pub fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let path = format!("{}{path}", self.ctx().links.mount());
        Request::builder().method(method).uri(path).header("host", "localhost:8700")
    }

    /// `GET` without a credential.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).body(Body::empty()).expect("a request")).await
    }

    /// `POST` of JSON without a credential.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.post_text(path, &body.to_string()).await
    }

    /// `POST` of a text that says it is JSON.
    pub async fn post_text(&self, path: &str, body: &str) -> Answer {
        let request = self.request(Method::POST, path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    }

    /// Registers; the address is `name@example.com`.
    pub async fn register(&self, name: &str) -> Login {
        let email = format!("{name}@example.com");
        let answer = self.post("/api/auth/register", json!({"email": email, "password": PASSWORD, "name": name})).await;
        Login::read(&answer.expect(201))
    }

    /// Signs in with the actors' password.
    pub async fn login(&self, name: &str) -> Login {
        let email = format!("{name}@example.com");
        Login::read(&self.post("/api/auth/login", json!({"email": email, "password": PASSWORD})).await.expect(200))
    }

    /// Tries to sign in.
    pub async fn try_login(&self, name: &str, password: &str) -> Answer {
        self.post("/api/auth/login", json!({"email": format!("{name}@example.com"), "password": password})).await
    }

    /// Registers an actor who carries an access token.
    pub async fn actor(&self, name: &str) -> Actor<'_> {
        Actor::bearer(self, self.register(name).await)
    }

    /// An actor with the role `admin`.
    pub async fn admin(&self) -> Actor<'_> {
        let login = self.register("admin").await;
        let ctx = self.ctx();
        let id = login.user_id();
        let act = accounts::give_role(ctx, guardhouse_store::Unit::new(), id, accounts::ADMIN);
        act.run(ctx).await.expect("the role is given");
        Actor::bearer(self, login)
    }

    /// Letters sent so far, newest first. Background work has its turn before.
    pub async fn letters(&self) -> Vec<Posted> {
        self.work().await;
        mail::kept(self.ctx()).await.expect("the mailbox opens")
    }

    /// Reads what other nodes wrote to the change log, as the listener does each `bus.poll`.
    pub async fn caught_up(&self) {
        let _ = changes::load(self.ctx()).await.expect("the change log can be read");
    }

    /// Looks into the database.
    pub async fn rows(&self, sql: &'static str, params: Vec<guardhouse_store::Value>) -> Vec<guardhouse_store::Row> {
        let statement = guardhouse_store::Statement { name: "testing::ROWS", sql };
        self.ctx().db.query(&statement, params).await.expect("the look-up works")
    }

    /// Changes the database behind the engine's back; how many rows.
    pub async fn change(&self, sql: &'static str, params: Vec<guardhouse_store::Value>) -> u64 {
        let statement = guardhouse_store::Statement { name: "testing::CHANGE", sql };
        self.ctx().db.execute(&statement, params).await.expect("the change works")
    }

    /// Actions in the audit log, the oldest first.
    pub async fn audited(&self) -> Vec<String> {
        let rows = self.rows("select action from audit_events order by at, id", vec![]).await;
        rows.iter().map(|row| row.text(0).expect("an action")).collect()
    }

    /// Runs all background work that is due now.
    pub async fn work(&self) {
        loop {
            self.engine.work_now().await;
            // The engine's own worker may have taken a job first and not be done with it.
            let in_hand = self.ctx().db.first(&IN_HAND, guardhouse_store::params![self.ctx().now()]).await;
            if in_hand.expect("the queue can be read").is_none() {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// The newest letter to `name@example.com`, and the token of its link.
    pub async fn mailed_token(&self, name: &str) -> String {
        let letters = self.letters().await;
        let to = format!("{name}@example.com");
        let letter = letters.iter().find(|letter| letter.to == to).unwrap_or_else(|| panic!("no letter to {to}"));
        let (_, rest) = letter.text.split_once("token=").expect("the letter has a link with a token");
        rest.split_whitespace().next().expect("a token").to_owned()
    }
}
