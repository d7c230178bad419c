//! An SMTP server for tests (RFC 5321): takes letters into memory, or refuses, or is down.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mood {
    /// Takes every letter.
    Willing = 0,
    /// Answers 550 to every recipient, and quotes it, as servers do.
    Refusing = 1,
    /// Hangs up at once.
    Down = 2,
}

/// A letter as it came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Recipients of the envelope.
    pub to: Vec<String>,
    /// Headers and body, lines ended by `\n`.
    pub data: String,
}

/// A server on a loopback port; ends when dropped.
pub struct SmtpServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    mood: AtomicU8,
    letters: Mutex<Vec<Received>>,
    count: watch::Sender<usize>,
}

impl SmtpServer {
    /// Starts a willing server.
    ///
    /// # Panics
    /// When no port can be had.
    #[expect(clippy::expect_used, reason = "used by tests alone")]
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            mood: AtomicU8::new(Mood::Willing as u8),
            letters: Mutex::default(),
            count: watch::Sender::new(0),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { address, shared, task }
    }

    /// For `mail.smtp_url`.
    pub fn url(&self) -> String {
        format!("smtp://{}?tls=none", self.address)
    }

    /// Changes how it behaves from the next command on.
    pub fn set(&self, mood: Mood) {
        self.shared.mood.store(mood as u8, Ordering::Release);
    }

    /// What it took, the oldest first.
    pub fn letters(&self) -> Vec<Received> {
        self.shared.letters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it took so many letters.
    pub async fn took(&self, count: usize) -> Vec<Received> {
        // The sender lives as long as this.
        let _ = self.shared.count.subscribe().wait_for(|have| *have >= count).await;
        self.letters()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn is(&self, mood: Mood) -> bool {
        self.mood.load(Ordering::Acquire) == mood as u8
    }

    fn keep(&self, letter: Received) {
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        letters.push(letter);
        self.count.send_replace(letters.len());
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((socket, _)) = listener.accept().await {
        if !shared.is(Mood::Down) {
            tokio::spawn(serve(socket, Arc::clone(&shared)));
        }
    }
}

/// A client that hangs up ends it, as does any other failure.
async fn serve(socket: TcpStream, shared: Arc<Shared>) -> std::io::Result<()> {
    let mut wire = BufReader::new(socket);
    wire.write_all(b"220 test.invalid ESMTP\r\n").await?;
    let mut to: Vec<String> = Vec::new();
    loop {
        let mut line = String::new();
        if wire.read_line(&mut line).await? == 0 || shared.is(Mood::Down) {
            return Ok(());
        }
        let command = line.trim_end();
        let verb = command.get(..4).unwrap_or_default().to_ascii_uppercase();
        let reply = match verb.as_str() {
            "EHLO" => "250-test.invalid\r\n250-8BITMIME\r\n250 SMTPUTF8".to_owned(),
            "RCPT" if shared.is(Mood::Refusing) => format!("550 5.1.1 {}: no such user", &command[8..]),
            "RCPT" => {
                to.push(command[8..].trim_matches(['<', '>']).to_owned());
                "250 ok".to_owned()
            }
            "DATA" => {
                wire.write_all(b"354 go on\r\n").await?;
                let data = read_data(&mut wire).await?;
                shared.keep(Received { to: std::mem::take(&mut to), data });
                "250 taken".to_owned()
            }
            "MAIL" | "RSET" | "NOOP" => "250 ok".to_owned(),
            "QUIT" => "221 bye".to_owned(),
            _ => "502 unknown".to_owned(),
        };
        wire.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
}

/// Up to the line with a single dot; a dot that was doubled is one again (RFC 5321, section 4.5.2).
async fn read_data(wire: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if wire.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(data);
        }
        let line = line.strip_prefix('.').unwrap_or(&line);
        data.push_str(line.trim_end_matches(['\r', '\n']));
        data.push('\n');
    }
}
