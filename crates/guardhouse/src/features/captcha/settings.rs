//! The settings `captcha`.

use guardhouse_core::{secret::SecretText, time::Span};
use serde::{Deserialize, Serialize};

use crate::kernel::settings::{Limit, Problem, Settings};

/// Fewer numbers to try keep nobody off.
const EASIEST: u32 = 1_000;
/// More keep people with old telephones off.
const HARDEST: u32 = 10_000_000;

/// The kind of challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// None.
    Off,
    /// Ours, which needs nobody else.
    ProofOfWork,
    /// Turnstile by Cloudflare.
    Turnstile,
    /// hCaptcha by Intuition Machines.
    #[serde(rename = "hcaptcha")]
    HCaptcha,
    /// reCAPTCHA by Google, version 2 or 3.
    #[serde(rename = "recaptcha")]
    ReCaptcha,
}

impl Kind {
    /// As it stands in the settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::ProofOfWork => "proof-of-work",
            Self::Turnstile => "turnstile",
            Self::HCaptcha => "hcaptcha",
            Self::ReCaptcha => "recaptcha",
        }
    }

    /// Where the service of this kind is asked whether an answer is right; none where nobody is asked.
    pub(super) const fn service(self) -> Option<&'static str> {
        match self {
            Self::Off | Self::ProofOfWork => None,
            Self::Turnstile => Some("https://challenges.cloudflare.com/turnstile/v0/siteverify"),
            Self::HCaptcha => Some("https://api.hcaptcha.com/siteverify"),
            Self::ReCaptcha => Some("https://www.google.com/recaptcha/api/siteverify"),
        }
    }
}

/// When a challenge is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Asked {
    /// When the risk is high.
    Risk,
    /// Of everybody who registers, signs in or asks for a letter.
    Always,
}

crate::settings! {
    /// Challenges that keep programs off forms.
    pub struct CaptchaSettings in "captcha" {
        /// The challenge: `proof-of-work` needs nobody else, the others are services that need `site_key` and `secret`.
        pub kind: Kind = Kind::Off; Production = Kind::ProofOfWork,
        /// Of whom it is asked: `risk` only when the risk is high, `always` of everybody.
        pub when: Asked = Asked::Risk,
        /// The public key that the service gave for your pages.
        pub site_key: String = String::new(),
        /// The secret that the service gave for your server.
        pub secret: SecretText = SecretText::default(),
        /// Asks here in the place of the service's own address.
        pub verify_url: Option<String> = None,
        /// The least score that reCAPTCHA version 3 must give, in hundredths: 0 is surely a program, 100 surely a person.
        pub min_score: u8 = 50,
        /// Numbers among which a proof of work is found; half of them are tried on average.
        pub difficulty: u32 = 100_000,
        /// How long a proof of work may take.
        pub ttl: Span = Span::minutes(5),
        /// Challenges asked for by themselves and wrong answers of one network address.
        pub limit: Limit = Limit::of(120, Span::minutes(1)),
    }
}

/// Combinations that must not run.
pub(super) fn check(settings: &Settings, problems: &mut Vec<Problem>) {
    let captcha = settings.of::<CaptchaSettings>();
    let mut wrong = |key: &str, what: String, mend: &str| problems.push(Problem::new(key, what, mend));
    if captcha.kind.service().is_some() {
        let kind = captcha.kind.as_str();
        if captcha.site_key.is_empty() {
            wrong("captcha.site_key", format!("{kind} has none"), "write the key that the service gave for your pages");
        }
        if captcha.secret.is_empty() {
            wrong(
                "captcha.secret",
                format!("{kind} has none"),
                "give the service's secret as `file:/path` or `env:NAME`",
            );
        }
    }
    if !(EASIEST..=HARDEST).contains(&captcha.difficulty) {
        let mend = format!("write {EASIEST} to {HARDEST}");
        wrong("captcha.difficulty", format!("{} is too easy or too hard", captcha.difficulty), &mend);
    }
    if !(Span::seconds(10)..=Span::hours(1)).contains(&captcha.ttl) {
        wrong("captcha.ttl", format!("{} is too short or too long", captcha.ttl), "write `10s` to `1h`");
    }
    if captcha.min_score > 100 {
        wrong("captcha.min_score", format!("{} is no score", captcha.min_score), "write 0 to 100");
    }
}
