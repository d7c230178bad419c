//! An HTTP/1.1 server for tests: remembers who asked for what, answers as it is told.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Router, body::Body, extract::Request, response::Response};
use http::HeaderMap;
use tokio::{net::TcpListener, task::JoinHandle};

const MOST_BYTES: usize = 1024 * 1024;

/// What was asked of the sink.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Method and path with query: `GET /range/5BAA6`.
    pub line: String,
    /// The path alone.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

/// The server; ends when dropped.
pub struct Sink {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Sink {
    /// Listens on a loopback port and answers with what `answer` makes of a request.
    pub async fn start(answer: impl Fn(&Asked) -> Response<Body> + Clone + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("a socket address");
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let log = Arc::clone(&asked);
        let router = Router::new().fallback(move |request: Request| {
            let (answer, log) = (answer.clone(), Arc::clone(&log));
            async move {
                let line = format!("{} {}", request.method(), request.uri());
                let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
                let body = axum::body::to_bytes(request.into_body(), MOST_BYTES).await.expect("a body");
                let asked = Asked { line, path, headers, body: String::from_utf8_lossy(&body).into_owned() };
                let answered = answer(&asked);
                log.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
                answered
            }
        });
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("the sink serves") });
        Self { address, asked, task }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A URL of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All that it was asked for.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}
