//! All URLs that the server gives out.
//!
//! They come from the configured public origin and mount point alone; no URL is ever built from a Host header (`A10`).

use url::Url;

use super::settings::Settings;

/// Makes URLs under the public origin.
#[derive(Clone, Debug)]
pub struct Links {
    base: String,
    origin: String,
    issuer: String,
    mount: String,
    secure: bool,
}

impl Links {
    /// Reads the public URL from the settings, which checked it.
    pub fn new(settings: &Settings) -> Self {
        let base = settings.server.public_url.trim_end_matches('/').to_owned();
        let origin = Url::parse(&base).map_or_else(|_| base.clone(), |url| url.origin().ascii_serialization());
        let mount = Url::parse(&base).map_or_else(|_| String::new(), |url| url.path().trim_end_matches('/').to_owned());
        let issuer = settings.tokens.issuer.clone().unwrap_or_else(|| base.clone());
        Self { secure: base.starts_with("https://"), base, origin, issuer, mount }
    }

    /// The issuer of tokens (RFC 9068: `iss`).
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The public origin, as browsers send it in `Origin`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether the public address is HTTPS.
    pub fn secure(&self) -> bool {
        self.secure
    }

    /// The public URL without its scheme: what people call this server.
    pub fn site(&self) -> &str {
        self.base.split_once("://").map_or(&*self.base, |(_, site)| site)
    }

    /// A path under the public URL.
    pub fn to(&self, path: &str) -> String {
        format!("{}/{}", self.base, path.trim_start_matches('/'))
    }

    /// The path that everything is served under; empty at an origin's root.
    pub fn mount(&self) -> &str {
        &self.mount
    }

    /// A path of ours without the origin, for pages that link within it.
    pub fn path(&self, path: &str) -> String {
        format!("{}/{}", self.mount, path.trim_start_matches('/'))
    }

    /// A page with query parameters.
    pub fn page(&self, page: &str, query: &[(&str, &str)]) -> String {
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(query);
        match encoded.finish() {
            text if text.is_empty() => self.to(page),
            text => format!("{}?{text}", self.to(page)),
        }
    }
}
