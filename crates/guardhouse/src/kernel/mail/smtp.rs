use std::{net::IpAddr, sync::OnceLock, time::Duration};

use guardhouse_core::{ids::LetterId, time::Timestamp};
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{AsyncSmtpTransportBuilder, PoolConfig},
};
use url::Url;

use super::letter::Rendered;
use crate::kernel::{settings::MailSettings, templates::TemplateError};

/// The longest pause of the SMTP server in one command.
const TIMEOUT: Duration = Duration::from_secs(20);
const CONNECTIONS: u32 = 4;

/// What is wrong with the settings of mail.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Not a URL of an SMTP server.
    #[error("`mail.smtp_url` must read `smtps://user:password@host:465` or `smtp://user:password@host:587` ({0})")]
    Url(String),
    /// Codes and passwords would travel in the clear.
    #[error(
        "`mail.smtp_url` with `tls=none` is only for this machine itself; use `smtps://…`, or leave `tls` out for STARTTLS"
    )]
    Clear,
    /// No sender, or none that can be one.
    #[error("`mail.from` must be the sender's address, `Name <name@example.com>`")]
    From,
    /// A letter's text does not parse.
    #[error("{0}")]
    Template(#[from] TemplateError),
}

/// The SMTP server that takes our letters.
pub(super) struct Relay {
    builder: AsyncSmtpTransportBuilder,
    /// Made for the first letter: its connections live on a runtime, and settings are also checked where there is none.
    transport: OnceLock<AsyncSmtpTransport<Tokio1Executor>>,
    from: Mailbox,
}

impl Relay {
    /// None where no server is set.
    pub(super) fn new(settings: &MailSettings) -> Result<Option<Self>, MailError> {
        if settings.smtp_url.is_empty() {
            return Ok(None);
        }
        let url = strict(settings.smtp_url.expose())?;
        let from = settings.from.parse().map_err(|_| MailError::From)?;
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str())
            // The library's words may quote the URL, which holds the password.
            .map_err(|_| MailError::Url("host, port or `tls` is not usable".into()))?;
        let builder = builder.timeout(Some(TIMEOUT)).pool_config(PoolConfig::new().max_size(CONNECTIONS));
        Ok(Some(Self { builder, transport: OnceLock::new(), from }))
    }

    /// Hands a letter over. The error tells what the server said, without addresses.
    pub(super) async fn send(&self, letter: &Rendered, id: LetterId, at: Timestamp) -> Result<(), String> {
        let message = self.message(letter, id, at).map_err(|error| without_addresses(&error.to_string()))?;
        let transport = self.transport.get_or_init(|| self.builder.clone().build());
        transport.send(message).await.map_err(|error| without_addresses(&chain(&error)))?;
        Ok(())
    }

    fn message(&self, letter: &Rendered, id: LetterId, at: Timestamp) -> Result<Message, lettre::error::Error> {
        let to = letter.to.parse().map_err(|_| lettre::error::Error::MissingTo)?;
        let since = Duration::from_micros(u64::try_from(at.0).unwrap_or(0));
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&letter.subject)
            .date(std::time::UNIX_EPOCH + since)
            // The same at each attempt, so that a letter sent twice is seen to be one.
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            // RFC 3834, section 5: no vacation note may answer it.
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()))
            .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
    }
}

/// The URL with TLS made explicit: STARTTLS is required unless it is this machine or asked otherwise.
fn strict(text: &str) -> Result<Url, MailError> {
    let mut url = Url::parse(text).map_err(|error| MailError::Url(error.to_string()))?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
    let query = match (url.scheme(), tls.as_deref()) {
        ("smtps", None) => None,
        ("smtp", None | Some("required")) => Some("tls=required"),
        ("smtp", Some("opportunistic")) => Some("tls=opportunistic"),
        ("smtp", Some("none")) if is_loopback(&host) => None,
        ("smtp", Some("none")) => return Err(MailError::Clear),
        _ => return Err(MailError::Url("unknown scheme or `tls`".into())),
    };
    if host.is_empty() {
        return Err(MailError::Url("no host".into()));
    }
    url.set_query(query);
    Ok(url)
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Servers quote the recipient in their replies; errors are logged and kept.
fn without_addresses(text: &str) -> String {
    let words = text.split_whitespace().map(|word| if word.contains('@') { "(address)" } else { word });
    words.collect::<Vec<_>>().join(" ").chars().take(1500).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn mail_never_leaves_the_machine_in_the_clear() {
        let query = |text: &str| strict(text).map(|url| url.query().map(str::to_owned));
        assert_eq!(query("smtp://mail.example.com").unwrap().as_deref(), Some("tls=required"));
        assert_eq!(query("smtps://u:p@mail.example.com:465").unwrap(), None);
        assert_eq!(query("smtp://127.0.0.1:2525?tls=none").unwrap(), None);
        assert_eq!(query("smtp://[::1]:2525?tls=none").unwrap(), None);
        assert!(matches!(strict("smtp://mail.example.com?tls=none"), Err(MailError::Clear)));
        assert!(matches!(strict("smtp://127.0.0.1.evil.example?tls=none"), Err(MailError::Clear)));
        for bad in
            ["http://mail.example.com", "mail.example.com", "smtp://", "smtp://h?tls=maybe", "smtps://h?tls=none"]
        {
            assert!(matches!(strict(bad), Err(MailError::Url(_))), "{bad}");
        }
    }

    #[test]
    fn errors_are_kept_without_addresses_d4() {
        let told =
            without_addresses("550 5.1.1 <alice@example.com>: Recipient address rejected\r\n (alice@example.com)");
        assert_eq!(told, "550 5.1.1 (address) Recipient address rejected (address)");
        assert_eq!(without_addresses(&"x".repeat(5000)).len(), 1500);
    }
}
