//! Load over HTTP/1.1 with connections kept alive, cheap enough that the server is what is measured.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

/// One connection.
pub(crate) struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// The layout of the last answer. The next one mostly has the same and need not be searched.
    head: usize,
    total: usize,
}

/// An answer.
pub(crate) struct Reply<'a> {
    pub(crate) status: u16,
    pub(crate) head: &'a [u8],
    pub(crate) body: &'a [u8],
}

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024), head: 0, total: 0 })
    }

    /// Sends a request and reads its answer whole.
    pub(crate) async fn call(&mut self, request: &[u8]) -> Result<Reply<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        while !self.whole()? {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server closed a connection");
        }
        let (head, body) = self.buffer.split_at(self.head);
        let digits = head.get(9..12).context("a status line")?;
        let status = std::str::from_utf8(digits)?.parse()?;
        Ok(Reply { status, head, body })
    }

    fn whole(&mut self) -> Result<bool> {
        const END: &[u8] = b"\r\n\r\n";
        let same = self.head > 0 && self.buffer.len() == self.total && self.buffer[..self.head].ends_with(END);
        if same {
            return Ok(true);
        }
        let Some(at) = self.buffer.windows(END.len()).position(|window| window == END) else { return Ok(false) };
        self.head = at + END.len();
        self.total = self.head + header(&self.buffer[..self.head], "content-length").unwrap_or("0").parse::<usize>()?;
        Ok(self.buffer.len() >= self.total)
    }
}

/// The value of a header.
pub(crate) fn header<'a>(head: &'a [u8], wanted: &str) -> Option<&'a str> {
    let lines = std::str::from_utf8(head).ok()?.split("\r\n");
    lines.filter_map(|line| line.split_once(": ")).find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, v)| v)
}

/// The bytes of a request.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
    for (name, value) in headers {
        text.extend([*name, ": ", *value, "\r\n"]);
    }
    if !body.is_empty() {
        let length = body.len().to_string();
        text.extend(["content-type: application/json\r\ncontent-length: ", &length, "\r\n"]);
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// How long answers took.
#[derive(Default)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// In milliseconds.
    pub(crate) fn percentile(&mut self, percent: usize) -> f64 {
        self.0.sort_unstable();
        let at = self.0.len() * percent / 100;
        self.0.get(at.min(self.0.len().saturating_sub(1))).map_or(f64::NAN, |took| took.as_secs_f64() * 1e3)
    }
}

/// Somebody who sends one request after the other.
pub(crate) trait Caller: Send + 'static {
    /// One request and its answer.
    fn turn(&mut self) -> impl Future<Output = Result<()>> + Send;
}

/// The same request again and again.
pub(crate) struct Same {
    pub(crate) wire: Wire,
    pub(crate) request: Vec<u8>,
}

impl Caller for Same {
    async fn turn(&mut self) -> Result<()> {
        let reply = self.wire.call(&self.request).await?;
        ensure!(reply.status == 200, "status {}: {}", reply.status, String::from_utf8_lossy(reply.body));
        Ok(())
    }
}

/// `count` callers with the same request.
pub(crate) async fn same(address: SocketAddr, request: &[u8], count: usize) -> Result<Vec<Same>> {
    let mut callers = Vec::new();
    for _ in 0..count {
        callers.push(Same { wire: Wire::connect(address).await?, request: request.to_vec() });
    }
    Ok(callers)
}

/// Lets all callers go on for a while, each waiting for its answer before it sends again; gives them back with the
/// number of answers in a second.
pub(crate) async fn drive<C: Caller>(callers: Vec<C>, span: Duration) -> Result<(Vec<C>, f64)> {
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for mut caller in callers {
        tasks.spawn(async move {
            let mut turns = 0_u64;
            while started.elapsed() < span {
                caller.turn().await?;
                turns += 1;
            }
            anyhow::Ok((caller, turns))
        });
    }
    let (mut back, mut turns) = (Vec::new(), 0);
    while let Some(done) = tasks.join_next().await {
        let (caller, own) = done??;
        back.push(caller);
        turns += own;
    }
    Ok((back, turns as f64 / started.elapsed().as_secs_f64()))
}

/// The same from a core that is the load's alone and never sleeps: waking it costs a server as much as half a request,
/// and the slower of two servers would pay that more often.
pub(crate) async fn drive_awake<C: Caller>(callers: Vec<C>, span: Duration) -> Result<(Vec<C>, f64)> {
    let mut awake = JoinSet::new();
    awake.spawn(async {
        loop {
            tokio::task::yield_now().await;
        }
    });
    drive(callers, span).await
}
