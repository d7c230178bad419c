//! Time-based one-time passwords (RFC 6238): a shared secret and its codes.
//!
//! Six digits by HMAC-SHA-1 every thirty seconds, since that is what applications agree on; one step before and after
//! counts as well, for clocks that differ (section 5.2). Whoever checks a code keeps its step and takes none twice.

use icu_normalizer::ComposingNormalizer;
use totp_rs::{Algorithm, Builder, Secret};
use zeroize::Zeroizing;

use crate::{secret, time::Timestamp};

/// RFC 4226 section 4, R6: 160 bits.
const BYTES: usize = 20;
const DIGITS: u8 = 6;
const PERIOD: u64 = 30;
/// Steps before and after the present one.
const SKEW: u16 = 1;

/// What no code can be made of.
#[derive(Debug, thiserror::Error)]
pub enum OtpError {
    /// A secret that is too short, or a name that no application takes.
    #[error("no one-time passwords: {0}")]
    Unusable(String),
    /// A clock that shows a time before 1970.
    #[error("no one-time passwords before 1970")]
    Clock,
}

/// A shared secret.
pub struct Shared(Zeroizing<Vec<u8>>);

impl Shared {
    /// A new one of 160 bits.
    #[must_use]
    pub fn random() -> Self {
        Self(Zeroizing::new(secret::random::<BYTES>().to_vec()))
    }

    /// One that was kept.
    #[must_use]
    pub fn from_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// To keep.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As an application takes it by hand.
    #[must_use]
    pub fn base32(&self) -> String {
        data_encoding::BASE32_NOPAD.encode(&self.0)
    }

    /// As an application takes it from a picture: `otpauth://totp/…`.
    ///
    /// # Errors
    /// [`OtpError`] for names that no application takes.
    pub fn uri(&self, issuer: &str, account: &str) -> Result<String, OtpError> {
        // A colon stands between issuer and account, so neither has one.
        let plain = |text: &str| text.replace(':', " ");
        let totp = self.builder().with_issuer(Some(plain(issuer))).with_account_name(plain(account));
        totp.build().and_then(|totp| totp.to_url()).map_err(|error| OtpError::Unusable(error.to_string()))
    }

    fn builder(&self) -> Builder {
        let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(DIGITS).with_skew(SKEW);
        builder.with_step_duration(PERIOD).with_secret(Secret::new(self.0.to_vec().into()))
    }

    /// The step whose code this is, of those that count now.
    ///
    /// # Errors
    /// [`OtpError`] for a secret of less than 128 bits.
    pub fn step_of(&self, typed: &str, now: Timestamp) -> Result<Option<i64>, OtpError> {
        let step = self.totp()?.check(&digits(typed), seconds(now)?);
        step.map(|step| i64::try_from(step).map_err(|_| OtpError::Clock)).transpose()
    }

    /// The code of a moment, as an application shows it.
    ///
    /// # Errors
    /// [`OtpError`] for a secret of less than 128 bits.
    pub fn code_at(&self, now: Timestamp) -> Result<String, OtpError> {
        Ok(self.totp()?.generate(seconds(now)?).to_string())
    }

    fn totp(&self) -> Result<totp_rs::Totp, OtpError> {
        self.builder().build().map_err(|error| OtpError::Unusable(error.to_string()))
    }
}

fn seconds(now: Timestamp) -> Result<u64, OtpError> {
    u64::try_from(now.seconds()).map_err(|_| OtpError::Clock)
}

/// The digits that were typed, full-width ones too, without spaces and hyphens: what they mean is the same code, which is
/// why the step is what counts once and not the text (`A8`).
#[must_use]
pub fn digits(typed: &str) -> String {
    let normal = ComposingNormalizer::new_nfkc().normalize(typed);
    normal.chars().filter(|c| !c.is_whitespace() && *c != '-').take(16).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, cut to six digits: the secret is the ASCII text of twenty digits.
    #[test]
    fn codes_are_those_of_rfc_6238() {
        let shared = Shared::from_bytes(Zeroizing::new(b"12345678901234567890".to_vec()));
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = Timestamp::from_seconds(time);
            assert_eq!(shared.code_at(now).unwrap(), code);
            assert_eq!(shared.step_of(code, now).unwrap(), Some(time / 30));
            assert_eq!(shared.step_of(code, Timestamp::from_seconds(time + 30)).unwrap(), Some(time / 30));
            assert_eq!(shared.step_of(code, Timestamp::from_seconds(time + 90)).unwrap(), None, "6.5.5");
        }
    }

    #[test]
    fn a_code_is_read_as_people_type_it_a8() {
        for typed in ["287082", " 287 082 ", "287-082", "２８７０８２", "287\u{a0}082"] {
            assert_eq!(digits(typed), "287082", "{typed}");
        }
        let shared = Shared::from_bytes(Zeroizing::new(b"12345678901234567890".to_vec()));
        for typed in ["", "28708", "2870822", "0287082", "28708a", "-1", "٢٨٧٠٨٢"] {
            assert_eq!(shared.step_of(typed, Timestamp::from_seconds(59)).unwrap(), None, "{typed}");
        }
    }
}
