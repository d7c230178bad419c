//! The kernel's own sections. Features declare theirs beside their rules.

use std::{net::SocketAddr, path::PathBuf};

use guardhouse_core::{jose::Algorithm, secret::SecretText, time::Span};
use guardhouse_store::DatabaseOptions;
use serde::{Deserialize, Serialize};

use super::Limit;

crate::settings! {
    /// The keys above all tables.
    pub struct RootSettings in "" {
        /// Directory of what the server keeps beside the database.
        pub data_dir: PathBuf = PathBuf::from("./.guardhouse"),
        /// Keys that everything at rest is sealed under, the current one first; 32 bytes each, in
        /// base64 or hexadecimal (`openssl rand -base64 32`). Development makes one in `data_dir`.
        pub master_key: Vec<SecretText> = Vec::new(),
    }
}

crate::settings! {
    /// Where the server listens and how it is reached.
    pub struct ServerSettings in "server" {
        /// IP address and port to listen on.
        pub listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8700)),
        /// A second listener for `/metrics`, `/openapi.json` and `/docs`, beside `/healthz` and `/readyz`; none by
        /// default. It speaks plain HTTP and asks nobody who they are, so it belongs on a private network.
        pub admin_listen: Option<SocketAddr> = None,
        /// What people and programs reach the server at: an origin, with the path it is mounted
        /// under if there is one. Everything is served under that path, so a proxy in front passes it on
        /// unchanged. Every link is made from it, never from a Host header.
        pub public_url: String = "http://localhost:8700".to_owned(),
        /// How many reverse proxies stand in front; so many last members of `X-Forwarded-For` are believed.
        pub trusted_proxies: u32 = 0,
        /// Origins of web applications that may call with credentials, exact.
        pub cors_origins: Vec<String> = Vec::new(),
        /// Worker threads; `0` is one for each core.
        pub workers: usize = 0,
        /// How long requests in flight may take to finish when the server stops.
        pub drain: Span = Span::seconds(30),
        /// Most connections at a time; more wait to be accepted.
        pub max_connections: usize = 16_384,
        /// Most connections at a time from one network address (of IPv6: one /64); more are closed at once. `0` is no
        /// limit. Loopback is not counted, nor anybody where `server.trusted_proxies` is set: all come from the proxy then.
        pub max_connections_per_network: usize = 1_024,
    }
    with {
        /// The server's own TLS.
        pub tls: TlsSettings,
    }
}

crate::settings! {
    /// TLS of the server itself; without it a reverse proxy is expected to bring TLS.
    pub struct TlsSettings in "server.tls" {
        /// File with the certificate chain, PEM. Read again on SIGHUP.
        pub cert: Option<PathBuf> = None,
        /// File with the private key, PEM.
        pub key: Option<PathBuf> = None,
    }
}

crate::settings! {
    /// The database.
    pub struct DatabaseSettings in "database" {
        /// `sqlite:PATH` or `postgres://…`; by default `guardhouse.db` in `data_dir`. A server on another machine must
        /// prove its name: `?sslmode=verify-full`, with `&sslrootcert=FILE` for an authority of your own.
        pub url: SecretText = SecretText::default(),
        /// Connections to a `PostgreSQL` server.
        pub connections: u32 = 16,
        /// Most bytes of a `SQLite` database; at the limit writing is refused as on a full disk. By default the disk's.
        pub max_bytes: Option<u64> = None,
    }
}

impl DatabaseSettings {
    /// What the store is opened with.
    pub fn options(&self) -> DatabaseOptions {
        let mut options = DatabaseOptions::new(self.url.expose());
        options.connections = self.connections.try_into().unwrap_or(options.connections);
        options.max_bytes = self.max_bytes;
        options
    }
}

crate::settings! {
    /// Tokens that this server issues.
    pub struct TokenSettings in "tokens" {
        /// The claim `iss`; by default `server.public_url`.
        pub issuer: Option<String> = None,
        /// The claim `aud`; by default the issuer.
        pub audience: Vec<String> = Vec::new(),
        /// What access tokens are signed with. With `HS256` whoever can verify a token can make one.
        pub algorithm: Algorithm = Algorithm::Es256,
        /// The shared secret of `HS256`, at least 32 bytes (`openssl rand -base64 48`).
        pub secret: SecretText = SecretText::default(),
        /// How long an access token lives.
        pub access_ttl: Span = Span::minutes(15),
        /// How long a refresh token lives from its last use.
        pub refresh_ttl: Span = Span::days(7),
        /// How long a spent refresh token still gets the same successor, for two tabs that refresh at once.
        pub refresh_grace: Span = Span::seconds(10),
        /// By how much clocks of others may differ.
        pub leeway: Span = Span::seconds(60),
        /// After which time a new signing key takes over.
        pub rotate_every: Span = Span::days(90),
    }
}

crate::settings! {
    /// Logins.
    pub struct SessionSettings in "sessions" {
        /// A cookie unused for so long is no longer accepted.
        pub idle: Span = Span::days(1),
        /// A login ends after so long, used or not.
        pub absolute: Span = Span::days(7),
        /// The same where the person asked to be remembered.
        pub remember_me: Span = Span::days(30),
        /// Most logins of one person at a time, the oldest ends first; `0` is no limit.
        pub max_per_user: u32 = 0,
    }
}

/// Whether an e-mail address must be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerifyEmail {
    /// No mail is sent.
    Off,
    /// A mail is sent; the account works before it is answered.
    Optional,
    /// Nothing works before the address is verified.
    Required,
}

crate::settings! {
    /// Who may register, and what of the e-mail address.
    pub struct RegistrationSettings in "registration" {
        /// Whether anybody may register.
        pub open: bool = true,
        /// Whether the e-mail address is verified.
        pub verify_email: VerifyEmail = VerifyEmail::Optional; Production = VerifyEmail::Required,
    }
}

/// What new passwords are hashed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PasswordAlgorithm {
    /// RFC 9106.
    Argon2id,
}

crate::settings! {
    /// How passwords are hashed and which may be chosen.
    pub struct PasswordSettings in "password" {
        /// What new passwords are hashed with.
        pub algorithm: PasswordAlgorithm = PasswordAlgorithm::Argon2id,
        /// Memory of one hash in KiB.
        pub memory_kib: u32 = 19_456,
        /// Passes over that memory.
        pub passes: u32 = 2,
        /// Threads that hash; `0` is one for each core.
        pub hash_threads: usize = 0,
        /// Most hashes that wait; one more is answered 503.
        pub hash_queue: usize = 256,
    }
}

crate::settings! {
    /// What follows wrong passwords and codes for one account.
    pub struct LockoutSettings in "lockout" {
        /// Failures in a row that lock the account for a while.
        pub attempts: u32 = 5,
        /// The first lock's length; each further one is twice as long.
        pub base: Span = Span::minutes(1),
        /// The longest lock.
        pub max: Span = Span::minutes(30),
    }
}

crate::settings! {
    /// How often things may be asked for: `COUNT/DURATION`, or `off`.
    pub struct LimitSettings in "limits" {
        /// Failed logins of one network address.
        pub login: Limit = Limit::of(20, Span::minutes(15)); Hardened = Limit::of(5, Span::minutes(15)),
        /// Registrations of one network address.
        pub register: Limit = Limit::of(20, Span::hours(1)),
        /// Refreshes of one login.
        pub refresh: Limit = Limit::of(60, Span::minutes(1)),
        /// Answers to one second factor that a login asks for; the login begins anew after that, or after that time.
        pub mfa: Limit = Limit::of(5, Span::minutes(5)),
        /// Letters with a code for one account's logins.
        pub email_code: Limit = Limit::of(10, Span::hours(1)),
        /// Requests with one API key that has no limit of its own.
        pub api_key: Limit = Limit::of(1000, Span::minutes(1)),
        /// Mails about a forgotten password for one account, and letters that ask one e-mail address to be verified,
        /// whoever causes them and from wherever.
        pub password_forgot: Limit = Limit::of(5, Span::hours(1)),
        /// The same asked for by one network address.
        pub password_forgot_network: Limit = Limit::of(20, Span::hours(1)),
    }
}

crate::settings! {
    /// What counts as a high risk, at which a challenge is asked for (`captcha`) and the audit log is told. All stand below the
    /// limits and the lockout, which hold in any case.
    pub struct RiskSettings in "risk" {
        /// Failed logins in a row on one e-mail address, known or not, or from one known device, after which the next one is a
        /// high risk.
        pub account: u32 = 3,
        /// Failed logins of one network address after which its next ones are.
        pub network: Limit = Limit::of(10, Span::minutes(15)); Hardened = Limit::of(3, Span::minutes(15)),
        /// Registrations of one network address after which its next ones are.
        pub registrations: Limit = Limit::of(5, Span::hours(1)),
        /// Letters asked for by one network address after which its next ones are.
        pub letters: Limit = Limit::of(5, Span::hours(1)),
        /// Different e-mail addresses that may fail to sign in from one network address before that is told as credential
        /// stuffing.
        pub stuffing: Limit = Limit::of(10, Span::minutes(15)); Hardened = Limit::of(3, Span::minutes(15)),
        /// Failed logins of all networks together above which that is told. A large service has some at any time: set it
        /// well above those.
        pub spike: Limit = Limit::of(300, Span::minutes(5)),
    }
}

crate::settings! {
    /// Outgoing mail.
    pub struct MailSettings in "mail" {
        /// `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`. Development keeps mail for
        /// `/dev/mailbox` where there is none.
        pub smtp_url: SecretText = SecretText::default(),
        /// The sender, `Name <name@example.com>`.
        pub from: String = String::new(),
        /// Where people get help whose account was used by somebody else: an https or mailto address that letters show.
        pub help_url: Option<String> = None,
    }
}

crate::settings! {
    /// Pages that the server shows to people.
    pub struct PagesSettings in "pages" {
        /// A directory with templates of your own, for pages and letters: a file `pages/NAME.html`, `letters/NAME.txt` or
        /// `letters/NAME.html` takes the place of ours of that name. All are tried out before the start.
        pub templates: Option<PathBuf> = None,
    }
}

crate::settings! {
    /// The audit log.
    pub struct AuditSettings in "audit" {
        /// How long events are kept.
        pub retention: Span = Span::days(400),
    }
}

crate::settings! {
    /// What the server tells of itself.
    pub struct TelemetrySettings in "telemetry" {
        /// Whether `/metrics`, `/openapi.json` and `/docs` answer everybody outside development.
        pub public: bool = false,
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// `text` on a terminal, else `json`.
    Auto,
    /// For people.
    Text,
    /// For programs.
    Json,
}

crate::settings! {
    /// The server's log, on standard error.
    pub struct LogSettings in "log" {
        /// How lines look; `auto` is `text` on a terminal and `json` elsewhere.
        pub format: LogFormat = LogFormat::Auto,
        /// `error`, `warn`, `info`, `debug`, `trace`, or directives as in `info,guardhouse=debug`.
        pub level: String = "info".to_owned(),
    }
}

crate::settings! {
    /// Calls that the server makes to others.
    pub struct OutboundSettings in "outbound" {
        /// Networks (`10.0.0.0/8`) and hosts that may be called although private or loopback.
        pub allow: Vec<String> = Vec::new(),
    }
}

crate::settings! {
    /// How nodes learn what the others ended.
    pub struct BusSettings in "bus" {
        /// A node that could not read the change log for so long vouches for no credential.
        pub lease: Span = Span::seconds(5),
        /// How often the change log is read.
        pub poll: Span = Span::milliseconds(250),
    }
}
