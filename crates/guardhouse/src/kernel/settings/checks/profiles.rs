//! What `production` and `hardened` ask for beyond what makes sense at all.

use guardhouse_core::jose::Algorithm;
use guardhouse_store::DatabaseOptions;
use url::{Host, Url};

use super::public_url;
use crate::kernel::settings::{Problem, Settings, VerifyEmail};

/// The least work of OWASP's list of Argon2id settings: 7 MiB and five passes.
const LEAST_MEMORY_KIB: u32 = 7_168;
const LEAST_WORK: u64 = 5 * 7_168;

pub(super) fn production(settings: &Settings, problems: &mut Vec<Problem>) {
    encrypted(settings, problems);
    proven(settings, problems);
    if settings.registration.verify_email == VerifyEmail::Required && settings.mail.smtp_url.is_empty() {
        let mend = "set mail.smtp_url and mail.from, or registration.verify_email = \"optional\"";
        problems.push(Problem::new("mail.smtp_url", "registration.verify_email = \"required\" needs mail", mend));
    }
    let password = &settings.password;
    let work = u64::from(password.memory_kib) * u64::from(password.passes);
    if password.memory_kib < LEAST_MEMORY_KIB || work < LEAST_WORK {
        let what = "so cheap a hash is soon guessed once it leaks";
        problems.push(Problem::new("password.memory_kib", what, "the default is 19456 with password.passes = 2"));
    }
}

/// M-35: what the world reaches is encrypted, by this server or by a proxy that is known of.
fn encrypted(settings: &Settings, problems: &mut Vec<Problem>) {
    let Some(url) = public_url(&settings.server.public_url) else { return };
    let (server, https) = (&settings.server, url.scheme() == "https");
    if !(https || is_local(&url) && server.listen.ip().is_loopback()) {
        let mend =
            "set it to the https address that people use, with server.tls.cert and server.tls.key or a proxy in front";
        problems.push(Problem::new(
            "server.public_url",
            "plain http would send passwords readable over the network",
            mend,
        ));
    }
    if https && server.tls.cert.is_none() && server.trusted_proxies == 0 {
        let mend = "set server.tls.cert and server.tls.key, or server.trusted_proxies = 1 behind a proxy that ends TLS";
        problems.push(Problem::new(
            "server.trusted_proxies",
            "nothing brings the TLS that server.public_url promises",
            mend,
        ));
    }
}

/// ASVS 12.3.1, 12.3.2: what passwords, hashes and letters travel over is encrypted, to a server that proved its name.
fn proven(settings: &Settings, problems: &mut Vec<Problem>) {
    let database = DatabaseOptions::new(settings.database.url.expose());
    if database.proven().is_ok_and(|proven| !proven) {
        let what = "the connection could be read, or answered by another than the database";
        let mend = "end it in `?sslmode=verify-full`, and where the server's certificate is of an authority of your own \
                    in `?sslmode=verify-full&sslrootcert=/path/ca.pem`";
        problems.push(Problem::new("database.url", what, mend));
    }
    let Ok(mail) = Url::parse(settings.mail.smtp_url.expose()) else { return };
    if !is_local(&mail) && mail.query_pairs().any(|(name, value)| name == "tls" && value == "opportunistic") {
        let what = "letters with links to set passwords could be read on their way to the mail server";
        let mend = "leave `tls=opportunistic` out, so that STARTTLS is required, or write `smtps://…`";
        problems.push(Problem::new("mail.smtp_url", what, mend));
    }
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        // Schemes other than http leave IPv4 as it is written.
        Some(Host::Domain(name)) => {
            let ip = name.parse::<std::net::Ipv4Addr>();
            name == "localhost" || name.ends_with(".localhost") || ip.is_ok_and(|ip| ip.is_loopback())
        }
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

pub(super) fn hardened(settings: &Settings, problems: &mut Vec<Problem>) {
    if settings.tokens.algorithm == Algorithm::Rs256 {
        problems.push(Problem::new(
            "tokens.algorithm",
            "hardened signs without PKCS#1 v1.5",
            "use ES256, EdDSA or PS256",
        ));
    }
    if settings.limits.login.rate().is_none() {
        problems.push(Problem::new("limits.login", "hardened limits failed logins", "the default is `5/15m`"));
    }
}
