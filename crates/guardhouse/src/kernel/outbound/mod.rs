//! The one guarded HTTP client: every URL that somebody else had a say in is called through it (ASVS 1.3.6, `O17`).
//!
//! It reaches public addresses only, unless `outbound.allow` names the network or host. Names are resolved by a
//! resolver of our own and checked after resolution, at the very connection that is made, so that no answer of the
//! domain name system can change between check and use. It follows no redirect (15.3.2), speaks TLS unless the host is
//! allowed by name or network, asks no proxy, and reads at most so many bytes for so long.

mod allow;
mod resolve;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use reqwest::{Client, redirect};
use url::{Host, Url};

use allow::Allowed;
use resolve::Resolver;

const CONNECT: Duration = Duration::from_secs(5);
/// Nobody is waited for longer, however slowly he sends.
const TOTAL: Duration = Duration::from_secs(10);
const MOST_BYTES: usize = 1024 * 1024;

/// Why a call gave nothing. The text is for logs, never for who named the URL: it would tell what stands inside.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// Not http or https, or with user and password in it, or plain where TLS is needed.
    #[error("the URL is not one that may be called: {0}")]
    Url(&'static str),
    /// It leads to a network that is not open to calls.
    #[error("{0} is in no network that may be called; `outbound.allow` can name it")]
    Forbidden(String),
    /// The answer is larger than was asked for.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
    /// No answer: name unknown, nobody listens, TLS fails, too slow.
    #[error("no answer: {0}")]
    Failed(#[source] reqwest::Error),
    /// TLS cannot be set up.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
}

impl From<reqwest::Error> for OutboundError {
    fn from(error: reqwest::Error) -> Self {
        // What our resolver refused travels inside the client's own error.
        let mut source = std::error::Error::source(&error);
        while let Some(inner) = source {
            if let Some(resolve::Refused(host)) = inner.downcast_ref() {
                return Self::Forbidden(host.clone());
            }
            source = inner.source();
        }
        // Without the URL: its query may hold what no log should.
        Self::Failed(error.without_url())
    }
}

/// The client. Clones share its connections.
#[derive(Clone)]
pub struct Outbound {
    client: Client,
    allowed: Arc<Allowed>,
}

/// A call to make.
#[derive(Clone, Debug)]
pub struct Call {
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Bytes,
    most: usize,
    within: Duration,
}

/// What came back, whatever its status.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status; redirects are not followed and stand here as they came.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Call {
    /// A call without body, for at most ten seconds and 1 MiB.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        let (headers, body) = (HeaderMap::new(), Bytes::new());
        Self { method, url: url.into(), headers, body, most: MOST_BYTES, within: TOTAL }
    }

    /// A `GET`.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    /// Sends a header.
    #[must_use]
    pub fn header(mut self, name: http::HeaderName, value: http::HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Sends a body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Reads at most so many bytes of the answer.
    #[must_use]
    pub fn at_most(mut self, bytes: usize) -> Self {
        self.most = bytes;
        self
    }

    /// Waits no longer than this, all in all.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }
}

impl Outbound {
    /// A client that may also call what `allow` names: networks (`10.0.0.0/8`) and hosts.
    ///
    /// # Errors
    /// [`OutboundError::Tls`] where TLS cannot be set up.
    pub fn new(allow: &[String]) -> Result<Self, OutboundError> {
        let allowed = Arc::new(Allowed::new(allow));
        let client = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .dns_resolver(Resolver::new(Arc::clone(&allowed)))
            .redirect(redirect::Policy::none())
            // A proxy of the environment would resolve names itself and so pass by the check.
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT)
            .timeout(TOTAL)
            .user_agent(concat!("guardhouse/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, allowed })
    }

    /// Makes the call and reads the whole answer.
    ///
    /// # Errors
    /// [`OutboundError`]; any status of an answer is none.
    pub async fn send(&self, call: Call) -> Result<Reply, OutboundError> {
        let url = self.check(&call.url)?;
        let request = self.client.request(call.method, url).headers(call.headers).body(call.body).timeout(call.within);
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Reply { status, headers, body: read(response, call.most).await? })
    }

    /// Whether a URL may be called at all, as far as can be told without resolving its name: for settings and forms.
    ///
    /// # Errors
    /// [`OutboundError::Url`] or [`OutboundError::Forbidden`].
    pub fn check(&self, url: &str) -> Result<Url, OutboundError> {
        let url = Url::parse(url).map_err(|_| OutboundError::Url("it is malformed"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundError::Url("it carries a user name or password"));
        }
        // The parser has turned decimal, octal and hexadecimal forms into addresses by now.
        let named = match url.host() {
            Some(Host::Domain(name)) => self.allowed.host(name),
            Some(Host::Ipv4(ip)) => self.literal(ip.into())?,
            Some(Host::Ipv6(ip)) => self.literal(ip.into())?,
            None => return Err(OutboundError::Url("it has no host")),
        };
        match url.scheme() {
            "https" => Ok(url),
            "http" if named => Ok(url),
            "http" => Err(OutboundError::Url("it is plain http and its host is not in `outbound.allow`")),
            _ => Err(OutboundError::Url("its scheme is not https")),
        }
    }

    /// Literal addresses never come to the resolver, so they are checked here.
    fn literal(&self, ip: std::net::IpAddr) -> Result<bool, OutboundError> {
        if self.allowed.address(ip) {
            Ok(self.allowed.network(ip))
        } else {
            Err(OutboundError::Forbidden(ip.to_string()))
        }
    }
}

/// The roots of Mozilla, no client certificate. ALPN has to be named or HTTP/2 is never spoken.
fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    let roots: rustls::RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

async fn read(mut response: reqwest::Response, most: usize) -> Result<Bytes, OutboundError> {
    let announced = response.content_length().unwrap_or_default();
    if announced > most as u64 {
        return Err(OutboundError::TooLarge(most));
    }
    let mut body = bytes::BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > most {
            return Err(OutboundError::TooLarge(most));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
