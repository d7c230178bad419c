//! `"20/15m"`: so many in so long a time, or `"off"`.

use std::{fmt, str::FromStr};

use guardhouse_core::time::Span;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// So many in so long a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many; at least one.
    pub count: u32,
    /// In which time; above zero.
    pub per: Span,
}

/// A limit: a rate, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(pub Option<Rate>);

impl Limit {
    /// No limit.
    pub const OFF: Self = Self(None);

    /// `count` in `per`.
    pub const fn of(count: u32, per: Span) -> Self {
        Self(Some(Rate { count, per }))
    }

    /// The rate, where there is one.
    pub const fn rate(self) -> Option<Rate> {
        self.0
    }
}

/// A text that is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected COUNT/DURATION as in `20/15m`, or `off`")]
pub struct NotALimit;

impl FromStr for Rate {
    type Err = NotALimit;

    fn from_str(text: &str) -> Result<Self, NotALimit> {
        let (count, per) = text.trim().split_once('/').ok_or(NotALimit)?;
        let count = count.trim().parse().map_err(|_| NotALimit)?;
        let per: Span = per.trim().parse().map_err(|_| NotALimit)?;
        if count == 0 || per <= Span(0) { Err(NotALimit) } else { Ok(Self { count, per }) }
    }
}

impl FromStr for Limit {
    type Err = NotALimit;

    fn from_str(text: &str) -> Result<Self, NotALimit> {
        if text.trim() == "off" { Ok(Self::OFF) } else { text.parse().map(|rate| Self(Some(rate))) }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.count, self.per)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(rate) => rate.fmt(f),
            None => f.write_str("off"),
        }
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
