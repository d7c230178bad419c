//! Time in microseconds since the Unix epoch (UTC), spans of it, and the one clock.
//!
//! Only this file reads the system's clock; everything else is told the time, so that tests can
//! advance it.

use std::{
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

const MICROS_PER_SECOND: i64 = 1_000_000;

/// A moment: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Whole seconds since the epoch, as JOSE's `NumericDate` wants them (RFC 7519, section 2).
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// The moment of a `NumericDate`.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// The time from `earlier` until this moment; negative when `earlier` is later.
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl std::ops::Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl std::ops::Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

/// RFC 3339 in UTC with the precision that the value has, `2026-01-02T03:04:05Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(moment) => moment.fmt(f),
            Err(_) => f.write_str("out of range"),
        }
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        text.parse::<jiff::Timestamp>().map(|moment| Self(moment.as_microsecond())).map_err(|_| TimeError::Timestamp)
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A length of time in microseconds, written `15m`, `7d`, `1h30m`, `250ms`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub i64);

/// Units from the largest to the smallest, with their length in microseconds.
const UNITS: [(&str, i64); 6] = [
    ("w", 7 * 86_400 * MICROS_PER_SECOND),
    ("d", 86_400 * MICROS_PER_SECOND),
    ("h", 3_600 * MICROS_PER_SECOND),
    ("m", 60 * MICROS_PER_SECOND),
    ("s", MICROS_PER_SECOND),
    ("ms", 1_000),
];

impl Span {
    /// So many milliseconds.
    pub const fn milliseconds(n: i64) -> Self {
        Self(n * 1_000)
    }
    /// So many seconds.
    pub const fn seconds(n: i64) -> Self {
        Self(n * MICROS_PER_SECOND)
    }
    /// So many minutes.
    pub const fn minutes(n: i64) -> Self {
        Self::seconds(n * 60)
    }
    /// So many hours.
    pub const fn hours(n: i64) -> Self {
        Self::minutes(n * 60)
    }
    /// So many days of 24 hours.
    pub const fn days(n: i64) -> Self {
        Self::hours(n * 24)
    }
    /// Whole seconds, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }
    /// Whole seconds, rounded up: what `Retry-After` says, so that a caller who obeys is let in.
    pub const fn as_seconds_up(self) -> i64 {
        self.0.saturating_add(MICROS_PER_SECOND - 1).div_euclid(MICROS_PER_SECOND)
    }
    /// For the standard library; a negative span is zero there.
    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_micros(u64::try_from(self.0).unwrap_or(0))
    }
}

impl std::ops::Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl FromStr for Span {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let mut total: i64 = 0;
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(TimeError::Span);
        }
        while !rest.is_empty() {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, tail) = rest.split_at(digits);
            let letters = tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
            let (unit, tail) = tail.split_at(letters);
            let number: i64 = number.parse().map_err(|_| TimeError::Span)?;
            let length = UNITS.iter().find(|(name, _)| *name == unit).ok_or(TimeError::Span)?.1;
            total = number.checked_mul(length).and_then(|micros| total.checked_add(micros)).ok_or(TimeError::Span)?;
            rest = tail;
        }
        Ok(Self(total))
    }
}

/// The largest unit that divides it: `15m`, `7d`, `90s`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fitting = UNITS.iter().skip(1).find(|(_, length)| self.0 != 0 && self.0 % length == 0);
        match fitting {
            Some((name, length)) => write!(f, "{}{name}", self.0 / length),
            None if self.0 == 0 => f.write_str("0s"),
            None => write!(f, "{}ms", self.0 / 1_000),
        }
    }
}

impl<'de> serde::Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl serde::Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a text that should be a time was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not RFC 3339.
    #[error("expected a time as in 2026-01-02T03:04:05Z")]
    Timestamp,
    /// Not a length of time.
    #[error("expected a length of time such as 15m, 12h or 7d")]
    Span,
}

/// The clock: the system's, or one that only moves when told (tests, `dev --clock-control`).
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Added to the system's clock, or the whole time where `frozen`.
    shift: Arc<AtomicI64>,
    frozen: bool,
    /// Whether callers may have it moved.
    movable: bool,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// The system's clock, which callers may have moved forward.
    pub fn movable() -> Self {
        Self { movable: true, ..Self::default() }
    }

    /// A clock that stands at `start` until it is advanced.
    pub fn frozen(start: Timestamp) -> Self {
        Self { shift: Arc::new(AtomicI64::new(start.0)), frozen: true, movable: true }
    }

    /// Now.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn now(&self) -> Timestamp {
        let shift = self.shift.load(Ordering::Acquire);
        if self.frozen {
            return Timestamp(shift);
        }
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX).saturating_add(shift))
    }

    /// Whether callers may have it moved.
    pub fn is_movable(&self) -> bool {
        self.movable
    }

    /// Moves the clock forward, for everyone who holds it.
    pub fn advance(&self, by: Span) {
        self.shift.fetch_add(by.0, Ordering::AcqRel);
    }
}

/// A moment that never goes back, for measuring how long something took.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
pub fn stopwatch() -> std::time::Instant {
    std::time::Instant::now()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_and_write_as_people_say_them() {
        for (text, micros) in
            [("15m", 900_000_000), ("7d", 604_800_000_000), ("1h30m", 5_400_000_000), ("250ms", 250_000)]
        {
            assert_eq!(text.parse::<Span>(), Ok(Span(micros)), "{text}");
        }
        assert_eq!(Span::minutes(15).to_string(), "15m");
        assert_eq!(Span::days(7).to_string(), "7d");
        assert_eq!(Span::seconds(90).to_string(), "90s");
        for bad in ["", "15", "m", "1y", "-5m", "99999999999999999999d", "9999999999999d", "1 m"] {
            assert_eq!(bad.parse::<Span>(), Err(TimeError::Span), "{bad}");
        }
    }

    #[test]
    fn timestamps_are_rfc_3339_in_utc() {
        let moment: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        assert_eq!(moment.to_string(), "2026-01-02T03:04:05Z");
        assert_eq!(moment.seconds(), 1_767_323_045);
        assert_eq!("2026-01-02T04:04:05+01:00".parse(), Ok(moment));
        assert_eq!("yesterday".parse::<Timestamp>(), Err(TimeError::Timestamp));
    }

    #[test]
    fn a_frozen_clock_moves_only_when_told() {
        let clock = Clock::frozen(Timestamp(5));
        let other = clock.clone();
        clock.advance(Span(7));
        assert_eq!(other.now(), Timestamp(12));
    }
}
