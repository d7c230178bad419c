//! The settings `passkeys`.

use std::path::PathBuf;

use guardhouse_core::time::Span;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::makers;
use crate::kernel::{
    links::Links,
    settings::{Limit, Problem, Settings},
};

/// Whether an authenticator must verify who uses it, by a PIN or biometrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserVerification {
    /// Always.
    Required,
    /// Wherever it can; a key that cannot is a second factor behind the password, and never signs in alone.
    Preferred,
}

crate::settings! {
    /// Passkeys and security keys (`WebAuthn`).
    pub struct PasskeySettings in "passkeys" {
        /// Whether people may add them and sign in with them. They need a public URL with a domain name.
        pub enabled: bool = true,
        /// The domain that passkeys belong to: by default the host of `server.public_url`, else a domain above it. With
        /// another one all passkeys of before are lost.
        pub rp_id: Option<String> = None,
        /// What authenticators call this server; by default its domain.
        pub rp_name: Option<String> = None,
        /// Origins beside that of `server.public_url` whose pages and applications may use passkeys, exact:
        /// `https://app.example.com`, `android:apk-key-hash:…`.
        pub origins: Vec<String> = Vec::new(),
        /// Whether an authenticator must verify its user. Signing in with a passkey alone asks for it in any case.
        pub user_verification: UserVerification = UserVerification::Required,
        /// PEM file with the root certificates of makers: only authenticators that attest to one of them are added, which
        /// passkeys of password managers and most telephones do not.
        pub attestation_roots: Option<PathBuf> = None,
        /// Of those makers, the makes (AAGUIDs) that may be added; all where there is none.
        pub aaguids: Vec<String> = Vec::new(),
        /// Page of your application where people add a passkey, told to password managers.
        pub enroll_url: Option<String> = None,
        /// Page of your application where people manage their passkeys, told to password managers.
        pub manage_url: Option<String> = None,
        /// Ceremonies that one network address may begin without signing in.
        pub begun: Limit = Limit::of(300, Span::minutes(5)),
    }
}

/// The domain that passkeys belong to; none where they are off, or the server is reached by an IP address.
pub(super) fn rp_id(settings: &Settings) -> Option<String> {
    let own = settings.of::<PasskeySettings>();
    if !own.enabled {
        return None;
    }
    own.rp_id.clone().or_else(|| match Url::parse(&settings.server.public_url).ok()?.host()? {
        Host::Domain(domain) => Some(domain.to_owned()),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    })
}

/// All origins that may use passkeys, that of the public URL first.
pub(super) fn origins(settings: &Settings) -> Vec<String> {
    let own = Links::new(settings).origin().to_owned();
    let mut all = vec![own];
    for origin in &settings.of::<PasskeySettings>().origins {
        if !all.contains(origin) {
            all.push(origin.clone());
        }
    }
    all
}

/// Whether a text is an origin as clients write it in what they sign.
fn is_origin(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    match url.scheme() {
        "https" | "http" => url.origin().ascii_serialization() == text,
        "android" => text.strip_prefix("android:apk-key-hash:").is_some_and(|hash| !hash.is_empty()),
        _ => false,
    }
}

fn is_within(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|above| above.ends_with('.'))
}

/// Refuses what no browser would take, before the start.
pub(super) fn check(settings: &Settings, problems: &mut Vec<Problem>) {
    let own = settings.of::<PasskeySettings>();
    let mut wrong = |key: &str, what: String, mend: &str| {
        problems.push(Problem::new(key, what, mend).at(settings.origin(key).cloned()));
    };
    for origin in own.origins.iter().filter(|origin| !is_origin(origin)) {
        let mend = "write scheme, host and port alone, as in https://app.example.com";
        wrong("passkeys.origins", format!("`{origin}` is no origin"), mend);
    }
    for make in own.aaguids.iter().filter(|make| !makers::is_make(make)) {
        let mend = "write it as in ee882879-721c-4913-9775-3dfcce97072a";
        wrong("passkeys.aaguids", format!("`{make}` is no AAGUID"), mend);
    }
    if !own.aaguids.is_empty() && own.attestation_roots.is_none() {
        let mend = "give the makers' certificates in passkeys.attestation_roots";
        wrong("passkeys.aaguids", "nobody vouches for the make of an authenticator".to_owned(), mend);
    }
    let host = Url::parse(&settings.server.public_url).ok().and_then(|url| url.host_str().map(str::to_owned));
    if let (true, Some(id), Some(host)) = (own.enabled, &own.rp_id, host)
        && !is_within(&host, id)
    {
        let what = format!("`{id}` is neither the host of server.public_url nor a domain above it");
        wrong("passkeys.rp_id", what, "write the host, or a domain that ends it");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port_alone_a23() {
        for fine in ["https://a.example", "http://localhost:8700", "https://a.example:8443", "android:apk-key-hash:aGk"]
        {
            assert!(is_origin(fine), "{fine}");
        }
        for bad in
            ["a.example", "https://a.example/", "https://A.example", "https://a.example:443", "ftp://a", "android:", ""]
        {
            assert!(!is_origin(bad), "{bad}");
        }
        assert!(is_within("auth.example.com", "example.com") && is_within("a.b", "a.b"));
        assert!(!is_within("notexample.com", "example.com") && !is_within("example.com", "auth.example.com"));
    }
}
