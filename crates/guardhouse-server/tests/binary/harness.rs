//! A server of its own for each test: its own directory, port and database.

use std::{
    fs,
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use guardhouse_core::time::stopwatch;
use guardhouse_store::testing;
use reqwest::{Client, ClientBuilder, Response, StatusCode};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

pub(crate) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const PASSWORD: &str = "correct horse battery";
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(10);

/// A directory that goes with the test.
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("guardhouse-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

/// A port that was free a moment ago, below those that the system gives to outgoing connections: one
/// of those could otherwise take it before the server does.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(97);
    loop {
        let at = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        let port = 20_000 + u16::try_from(at).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A database of the test's own on the server that `GUARDHOUSE_TEST_POSTGRES` names. Without one it is a file in the
/// place, as for whoever sets nothing.
fn database() -> Option<Arc<testing::Place>> {
    std::env::var_os(testing::SERVER)?;
    // A test may run on a runtime, which would not wait for another.
    let made = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(testing::Place::empty()).unwrap()
    });
    Some(Arc::new(made.join().unwrap()))
}

/// The settings of one server, for itself and for verbs beside it.
pub(crate) struct Setup {
    pub(crate) place: Place,
    pub(crate) port: u16,
    env: Vec<(String, String)>,
    database: Option<Arc<testing::Place>>,
}

impl Setup {
    /// Production without mail, with hashes as cheap as production takes.
    pub(crate) fn new() -> Self {
        let (place, port) = (Place::new(), free_port());
        let mut setup = Self { place, port, env: Vec::new(), database: database() };
        let data_dir = setup.place.path().display().to_string();
        for (name, value) in [
            ("MASTER_KEY", KEY),
            ("DATA_DIR", &data_dir),
            ("SERVER__LISTEN", &format!("127.0.0.1:{port}")),
            ("SERVER__PUBLIC_URL", &format!("http://127.0.0.1:{port}")),
            ("REGISTRATION__VERIFY_EMAIL", "off"),
            ("PASSWORD__MEMORY_KIB", "7168"),
            ("PASSWORD__PASSES", "5"),
            ("LIMITS__REGISTER", "off"),
            ("LIMITS__REFRESH", "off"),
            // All of them register from one network, which is asked for no challenge here.
            ("RISK__REGISTRATIONS", "off"),
        ] {
            setup.env.push((format!("GUARDHOUSE_{name}"), value.to_owned()));
        }
        match setup.database.as_ref().map(|database| database.url()) {
            // Many tests share the server at once.
            Some(url) => setup.with("DATABASE__URL", &url).with("DATABASE__CONNECTIONS", "4"),
            None => setup,
        }
    }

    /// A second node on the same database; nothing where that is a file.
    pub(crate) fn another_node(&self) -> Option<Self> {
        let (place, port, database) = (Place::new(), free_port(), Some(Arc::clone(self.database.as_ref()?)));
        let node = Self { place, port, env: self.env.clone(), database };
        Some(node.with("SERVER__LISTEN", &format!("127.0.0.1:{port}")))
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.env.push((format!("GUARDHOUSE_{name}"), value.to_owned()));
        self
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(arguments);
        command.current_dir(self.place.path()).envs(self.env.iter().cloned());
        command
    }

    /// Runs a verb to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a verb that reads standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    pub(crate) async fn serve(&self) -> Server {
        self.serve_for("http", client()).await
    }

    /// Serves, asked by a client of one's own.
    pub(crate) async fn serve_for(&self, scheme: &'static str, client: Client) -> Server {
        let log = self.place.path().join("log");
        let file = fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let child = self.command(&["serve"]).stdout(Stdio::piped()).stderr(file).spawn().unwrap();
        let server = Server { child, scheme, port: self.port, log, client };
        server.ready().await;
        server
    }
}

/// The binary with nothing of this environment.
pub(crate) fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guardhouse"));
    command.env_clear().args(arguments);
    command
}

pub(crate) fn client() -> Client {
    builder().build().unwrap()
}

pub(crate) fn builder() -> ClientBuilder {
    _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client::builder().no_proxy().timeout(PATIENCE)
}

/// A running server; killed with the test.
pub(crate) struct Server {
    pub(crate) child: Child,
    scheme: &'static str,
    pub(crate) port: u16,
    log: PathBuf,
    pub(crate) client: Client,
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Server {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://127.0.0.1:{}{path}", self.scheme, self.port)
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    async fn ready(&self) {
        let answers = async || {
            self.client.get(self.url("/readyz")).send().await.is_ok_and(|answer| answer.status() == StatusCode::OK)
        };
        assert!(until(PATIENCE, answers).await, "the server did not become ready:\n{}", self.log());
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Response {
        self.client.post(self.url(path)).json(&body).send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Response {
        self.client.get(self.url(path)).bearer_auth(token).send().await.unwrap()
    }

    pub(crate) async fn me(&self, token: &str) -> Response {
        self.get("/api/me", token).await
    }

    pub(crate) async fn register(&self, email: &str) -> Value {
        let answer =
            self.post("/api/auth/register", json!({"email": email, "password": PASSWORD, "name": "Somebody"})).await;
        assert_eq!(answer.status(), StatusCode::CREATED, "{}", self.log());
        answer.json().await.unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end; the exit code.
    pub(crate) async fn ended(&mut self) -> Option<i32> {
        let end = stopwatch() + PATIENCE;
        while stopwatch() < end {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("the server did not end:\n{}", self.log());
    }
}

/// Asks again until the answer is yes or the time is over.
pub(crate) async fn until(patience: Duration, mut ask: impl AsyncFnMut() -> bool) -> bool {
    let end: Instant = stopwatch() + patience;
    loop {
        if ask().await {
            return true;
        }
        if stopwatch() >= end {
            return false;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

pub(crate) async fn refused(answer: Response, status: u16, code: &str) {
    assert_eq!(answer.status().as_u16(), status);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["code"], code, "{body}");
}

pub(crate) fn text(member: &Value) -> String {
    member.as_str().unwrap().to_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Reads from a child's output until the text was seen.
pub(crate) fn read_until(from: &mut impl std::io::Read, end: &str) -> String {
    let mut seen = Vec::new();
    let mut byte = [0; 1];
    while !String::from_utf8_lossy(&seen).contains(end) && from.read(&mut byte).unwrap() == 1 {
        seen.push(byte[0]);
    }
    String::from_utf8_lossy(&seen).into_owned()
}
