//! What a key is made of, as its owner writes it: scopes, networks, limits.

use std::collections::BTreeSet;

use guardhouse_core::time::{Span, Timestamp};
use ipnet::IpNet;

use crate::kernel::{
    ctx::Ctx,
    errors::{Detail, Error, Result},
    settings::{Limit, Rate},
};

/// A key to be made.
#[derive(Clone, Debug, Default)]
pub struct NewKey {
    /// What its owner calls it, 1 to 100 bytes.
    pub name: String,
    /// Patterns of permissions; none for a key that only says who it is.
    pub scopes: Vec<String>,
    /// When it ends; never where there is none.
    pub expires_at: Option<Timestamp>,
    /// Networks (`10.0.0.0/8`) or IP addresses to use it from; anywhere where there are none.
    pub allowed_networks: Vec<String>,
    /// `1000/1m`, instead of `limits.api_key`.
    pub rate_limit: Option<String>,
    /// `100000/30d`, instead of `api_keys.quota`.
    pub quota: Option<String>,
}

/// What of a key to change; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// What its owner calls it.
    pub name: Option<String>,
    /// Patterns of permissions.
    pub scopes: Option<Vec<String>>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Networks to use it from; anywhere where the list is empty.
    pub allowed_networks: Option<Vec<String>>,
    /// `off` for the server's own limit.
    pub rate_limit: Option<String>,
    /// `off` for the server's own quota.
    pub quota: Option<String>,
    /// Whether it opens nothing for the time being.
    pub suspended: Option<bool>,
}

impl Changes {
    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Fields that were read and are fine, as the database keeps them.
pub(super) struct Fields {
    pub(super) name: Option<String>,
    pub(super) scopes: Option<String>,
    pub(super) networks: Option<String>,
    pub(super) rate_limit: Option<String>,
    pub(super) quota: Option<String>,
    pub(super) expires_at: Option<Timestamp>,
}

/// The most scopes or networks of one key.
const MOST: usize = 100;
const MAX_NAME: usize = 100;
const MAX_SCOPE: usize = 128;
/// What counters hold: see `guardhouse_store::counters::Rate`.
const MAX_COUNT: u32 = 1_000_000;
const MAX_WINDOW: Span = Span::days(31);

type Read<T> = std::result::Result<T, (&'static str, String)>;

/// Reads all fields, or says all that is wrong with them.
pub(super) fn read(ctx: &Ctx, changes: Changes) -> Result<Fields> {
    let mut faults = Vec::new();
    let fields = Fields {
        name: take(&mut faults, "name", changes.name, |text| name(&text)),
        scopes: take(&mut faults, "scopes", changes.scopes, scopes),
        networks: take(&mut faults, "allowed_networks", changes.allowed_networks, |list| networks(&list)),
        rate_limit: take(&mut faults, "rate_limit", changes.rate_limit, |text| {
            limit(&text, ctx.settings.limits.api_key.rate())
        }),
        quota: take(&mut faults, "quota", changes.quota, |text| {
            limit(&text, ctx.settings.of::<super::ApiKeySettings>().quota.rate())
        }),
        expires_at: take(&mut faults, "expires_at", changes.expires_at, |at| future(ctx, at)),
    };
    if faults.is_empty() { Ok(fields) } else { Err(Error::validation(faults)) }
}

fn take<T, R>(faults: &mut Vec<Detail>, field: &str, given: Option<T>, read: impl FnOnce(T) -> Read<R>) -> Option<R> {
    match read(given?) {
        Ok(value) => Some(value),
        Err((code, message)) => {
            faults.push(Detail::new(field, code, message));
            None
        }
    }
}

fn name(name: &str) -> Read<String> {
    let name = name.trim();
    if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(("INVALID_NAME", format!("A name is 1 to {MAX_NAME} bytes without control characters.")));
    }
    Ok(name.to_owned())
}

fn future(ctx: &Ctx, at: Timestamp) -> Read<Timestamp> {
    if at > ctx.now() { Ok(at) } else { Err(("INVALID_TIME", "This moment is past.".to_owned())) }
}

/// Each once and sorted, with a space between.
fn scopes(scopes: Vec<String>) -> Read<String> {
    if scopes.len() > MOST {
        return Err(("TOO_LONG", format!("At most {MOST} scopes.")));
    }
    if let Some(bad) = scopes.iter().find(|scope| !is_scope(scope)) {
        let shown: String = bad.chars().filter(|c| !c.is_control()).take(64).collect();
        return Err(("INVALID_SCOPE", format!("`{shown}` is no scope: write `documents:read`, `documents:*` or `*`.")));
    }
    let scopes: BTreeSet<String> = scopes.into_iter().collect();
    Ok(scopes.into_iter().collect::<Vec<_>>().join(" "))
}

/// Words of small letters, digits, `_` and `-` with `:` between; `*` alone or as the last of them.
fn is_scope(scope: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    let word = |part: &str| !part.is_empty() && part.bytes().all(letter);
    let (head, last) = scope.rsplit_once(':').map_or((None, scope), |(head, last)| (Some(head), last));
    scope.len() <= MAX_SCOPE && (last == "*" || word(last)) && head.is_none_or(|head| head.split(':').all(word))
}

fn networks(list: &[String]) -> Read<String> {
    if list.len() > MOST {
        return Err(("TOO_LONG", format!("At most {MOST} networks.")));
    }
    let mut read = BTreeSet::new();
    for text in list {
        let Some(network) = network(text) else {
            let message = "Write networks as 10.0.0.0/8 or 2001:db8::/32, or single IP addresses.";
            return Err(("INVALID_NETWORK", message.to_owned()));
        };
        read.insert(network.to_string());
    }
    Ok(read.into_iter().collect::<Vec<_>>().join(" "))
}

fn network(text: &str) -> Option<IpNet> {
    let single = || text.parse().ok().map(|ip: std::net::IpAddr| IpNet::from(ip.to_canonical()));
    text.parse::<IpNet>().ok().map(|network| network.trunc()).or_else(single)
}

/// A limit within what counters hold, and no more in the same time than the server's own: else whoever makes a key could
/// lift it.
fn limit(text: &str, server: Option<Rate>) -> Read<String> {
    let limit: Limit = text.parse().map_err(|_| ("INVALID_LIMIT", "Write a limit as 1000/1m, or off.".to_owned()))?;
    let Some(rate) = limit.rate() else { return Ok(limit.to_string()) };
    if rate.count > MAX_COUNT || rate.per > MAX_WINDOW {
        return Err(("INVALID_LIMIT", format!("At most {MAX_COUNT} uses, counted over {MAX_WINDOW} at most.")));
    }
    let more = |server: Rate| {
        i128::from(rate.count) * i128::from(server.per.0) > i128::from(server.count) * i128::from(rate.per.0)
    };
    match server {
        Some(server) if more(server) => Err(("INVALID_LIMIT", format!("No key may be used more often than {server}."))),
        _ => Ok(rate.to_string()),
    }
}

/// A list as the database keeps it.
pub(super) fn listed(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_words_with_a_star_at_the_end_alone_m05() {
        for good in ["*", "a", "documents:read", "a:b:c", "a-b_9:*", "a:b:*"] {
            assert!(is_scope(good), "{good}");
        }
        for bad in ["", ":", "a:", ":a", "a::b", "*:a", "a:*:b", "a*", "**", "A:b", "a b", "a:b\n", "é"] {
            assert!(!is_scope(bad), "{bad:?}");
        }
        assert!(is_scope(&"a".repeat(128)) && !is_scope(&"a".repeat(129)));
        assert_eq!(scopes(vec!["b".into(), "a:*".into(), "b".into()]), Ok("a:* b".to_owned()));
        assert_eq!(scopes(vec![]), Ok(String::new()));
        assert!(scopes(vec!["a".into(); 101]).is_err());
    }

    #[test]
    fn networks_are_kept_in_one_spelling_m05() {
        let read = |list: &[&str]| networks(&list.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(read(&["10.1.2.3/8", "192.0.2.7", "10.0.0.0/8"]), Ok("10.0.0.0/8 192.0.2.7/32".to_owned()));
        assert_eq!(read(&["::ffff:192.0.2.7", "2001:DB8::1/32"]), Ok("192.0.2.7/32 2001:db8::/32".to_owned()));
        for bad in ["", "10.0.0.0/33", "example.com", "10.0.0.0/8 x", "10.0.0"] {
            assert!(read(&[bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_key_lifts_the_servers_limit_d2() {
        let server = Some(Rate { count: 1000, per: Span::minutes(1) });
        for good in ["1000/1m", "1/1h", "16/1s", "off"] {
            assert_eq!(limit(good, server), Ok(good.to_owned()), "{good}");
        }
        for bad in ["1001/1m", "17/1s", "60001/1h", "0/1m", "x", "1/0s", "-1/1m"] {
            assert!(limit(bad, server).is_err(), "{bad}");
        }
        assert!(limit("1000000/31d", None).is_ok());
        assert!(limit("1000001/31d", None).is_err() && limit("1/32d", None).is_err());
    }
}
