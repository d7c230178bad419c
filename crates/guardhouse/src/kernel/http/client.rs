//! From where a request comes: the network address and whether the way was encrypted.
//!
//! Only the socket's address counts, or the one that the configured number of trusted proxies put into
//! `X-Forwarded-For`, counted from the right: what a caller writes itself stands left of that (`A1`, `A5`).

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::atomic::{AtomicBool, Ordering},
};

use axum::extract::ConnectInfo;
use http::{HeaderMap, HeaderName, header, request::Parts, uri::Authority};

use crate::kernel::settings::Settings;

/// The caller's network address and the way it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The address that limits, audit and device lists go by.
    pub ip: IpAddr,
    /// Whether the request came by HTTPS, to us or to a trusted proxy.
    pub secure: bool,
    /// Whether the socket itself is loopback; a proxy on this machine has such a one too, see [`is_local`].
    pub loopback: bool,
    /// The request's id.
    pub request_id: std::sync::Arc<str>,
    /// What the caller calls its browser or program, cut to 256 bytes.
    pub user_agent: Option<String>,
}

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";
/// What a proxy in front names the caller by.
static CALLER_HEADERS: [HeaderName; 2] = [HeaderName::from_static(FORWARDED_FOR), HeaderName::from_static("forwarded")];
/// Whether the log was told of such a header that is not believed.
static TOLD: AtomicBool = AtomicBool::new(false);

impl Client {
    /// Reads it off the request.
    pub fn of(parts: &Parts, settings: &Settings, request_id: std::sync::Arc<str>) -> Self {
        let socket = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |ConnectInfo(peer)| canonical(peer.ip()));
        let hops = settings.server.trusted_proxies as usize;
        if overlooked(&parts.headers, hops, &TOLD) {
            tracing::warn!(
                "a request carries X-Forwarded-For or Forwarded, which nobody is believed while \
                 server.trusted_proxies is 0: behind a proxy, set it to the number of proxies; this is said once"
            );
        }
        let own_tls = settings.server.tls.cert.is_some();
        Self {
            ip: forwarded_for(&parts.headers, hops).unwrap_or(socket),
            secure: own_tls || (hops > 0 && forwarded_https(&parts.headers, hops)),
            loopback: socket.is_loopback(),
            request_id,
            user_agent: user_agent(&parts.headers),
        }
    }

    /// What limits count by: the address, or the /64 that one IPv6 customer holds whole (`A5`).
    pub fn network(&self) -> [u8; 16] {
        network(self.ip)
    }
}

/// The network of an address: an IPv4 address itself, an IPv6 address's /64.
pub fn network(ip: IpAddr) -> [u8; 16] {
    match canonical(ip) {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => {
            let mut octets = v6.octets();
            octets[8..].fill(0);
            octets
        }
    }
}

/// Whether a proxy seems to stand in front that the settings do not know, so that all callers share its network
/// address; true once (rulings 26).
fn overlooked(headers: &HeaderMap, hops: usize, told: &AtomicBool) -> bool {
    hops == 0
        && !told.load(Ordering::Relaxed)
        && CALLER_HEADERS.iter().any(|name| headers.contains_key(name))
        && !told.swap(true, Ordering::Relaxed)
}

/// Whether the headers are those of a program on this machine that asked for it by a name that means loopback. A page
/// of another site could reach a loopback socket through the browser by its own name for 127.0.0.1 (DNS rebinding), and
/// everybody through a proxy: both are refused (rulings 1).
pub fn is_local(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    !forwarded(headers) && host.is_some_and(|host| matches!(host.host(), "localhost" | "127.0.0.1" | "[::1]"))
}

/// Whether a proxy says that it passed the request on.
fn forwarded(headers: &HeaderMap) -> bool {
    let of_a_proxy = |name: &str| matches!(name, "forwarded" | "via" | "x-real-ip") || name.starts_with("x-forwarded-");
    headers.keys().any(|name| of_a_proxy(name.as_str()))
}

/// An IPv4 address written as IPv6 is the same address (`A5`: mapped addresses must not share a bucket or get a new one).
fn canonical(ip: IpAddr) -> IpAddr {
    ip.to_canonical()
}

/// The items of a header from the right, from several lines and commas alike. What a caller wrote stands left of what
/// the trusted proxies added and is never looked at, so no nonsense there changes the outcome (`A1`).
fn from_the_right<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a [u8]> {
    let lines: Vec<_> = headers.get_all(name).iter().collect();
    lines.into_iter().rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')).map(<[u8]>::trim_ascii)
}

fn forwarded_for(headers: &HeaderMap, hops: usize) -> Option<IpAddr> {
    let item = from_the_right(headers, FORWARDED_FOR).nth(hops.checked_sub(1)?)?;
    let item = std::str::from_utf8(item).ok()?;
    let bare = item.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(item, |(ip, _)| ip);
    bare.parse().ok().or_else(|| item.parse::<SocketAddr>().ok().map(|socket| socket.ip())).map(canonical)
}

fn forwarded_https(headers: &HeaderMap, hops: usize) -> bool {
    // Many proxies send one value whatever their number; with as many as hops, ours is counted like the address.
    from_the_right(headers, FORWARDED_PROTO).take(hops).last().is_some_and(|proto| proto.eq_ignore_ascii_case(b"https"))
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    // Visible ASCII, spaces and tabs, so bytes are characters and only a tab is a control character.
    let text = headers.get(http::header::USER_AGENT)?.to_str().ok()?;
    Some(text.get(..256).unwrap_or(text).replace('\t', ""))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn only_the_trusted_hops_count_a1_a5_m31() {
        let spoofed = headers(&[(FORWARDED_FOR, "6.6.6.6, 203.0.113.9"), (FORWARDED_FOR, "198.51.100.2")]);
        assert_eq!(forwarded_for(&spoofed, 0), None);
        assert_eq!(forwarded_for(&spoofed, 1), Some("198.51.100.2".parse().unwrap()));
        assert_eq!(forwarded_for(&spoofed, 2), Some("203.0.113.9".parse().unwrap()));
        assert_eq!(forwarded_for(&spoofed, 9), None);
        for bad in ["a", "", ",", "999.1.1.1"] {
            assert_eq!(forwarded_for(&headers(&[(FORWARDED_FOR, bad)]), 1), None, "{bad:?}");
        }
        let endless = vec!["1.1.1.1"; 10_000].join(",");
        let last = headers(&[(FORWARDED_FOR, &endless), (FORWARDED_FOR, "\u{e9}, 203.0.113.9")]);
        assert_eq!(forwarded_for(&last, 1), Some("203.0.113.9".parse().unwrap()));
        assert_eq!(forwarded_for(&last, 2), None);
        for (text, ip) in
            [("[2001:db8::1]:443", "2001:db8::1"), ("192.0.2.1:80", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1")]
        {
            assert_eq!(forwarded_for(&headers(&[(FORWARDED_FOR, text)]), 1), Some(ip.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_proxy_or_a_foreign_or_missing_host_is_not_local_m31() {
        for host in ["localhost", "localhost:8700", "127.0.0.1:8700", "[::1]:8700"] {
            assert!(is_local(&headers(&[("host", host)])), "{host}");
        }
        for host in ["evil.example:8700", "localhost.evil.example", "localhost:8700@evil.example", "[::2]", ""] {
            assert!(!is_local(&headers(&[("host", host)])), "{host}");
        }
        assert!(!is_local(&headers(&[])));
        assert!(!is_local(&headers(&[("host", "localhost"), ("host", "evil.example")])));
        for name in ["x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "forwarded", "via", "x-real-ip"] {
            assert!(!is_local(&headers(&[("host", "localhost"), (name, "127.0.0.1")])), "{name}");
        }
    }

    #[test]
    fn a_proxy_that_the_settings_do_not_know_is_told_of_once_a1() {
        for name in [FORWARDED_FOR, "forwarded"] {
            let told = AtomicBool::new(false);
            let sent = headers(&[(name, "192.0.2.1")]);
            assert!(!overlooked(&headers(&[]), 0, &told) && !overlooked(&sent, 1, &told));
            assert!(overlooked(&sent, 0, &told) && !overlooked(&sent, 0, &told), "{name}");
        }
    }

    #[test]
    fn one_ipv6_customer_is_one_network_a5() {
        let at = |ip: &str| {
            Client { ip: ip.parse().unwrap(), secure: false, loopback: false, request_id: "".into(), user_agent: None }
                .network()
        };
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:1"));
        assert_ne!(at("2001:db8:0:1::1"), at("2001:db8:0:2::1"));
        assert_ne!(at("192.0.2.1"), at("192.0.2.2"));
    }

    #[test]
    fn https_is_believed_of_a_trusted_proxy_only_m35() {
        let https = headers(&[(FORWARDED_PROTO, "https")]);
        assert!(forwarded_https(&https, 1) && forwarded_https(&https, 2));
        assert!(!forwarded_https(&headers(&[(FORWARDED_PROTO, "https, http")]), 1));
        assert!(forwarded_https(&headers(&[(FORWARDED_PROTO, "http, https")]), 1));
        assert!(!forwarded_https(&headers(&[]), 1));
    }
}
