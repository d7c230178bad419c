//! The settings `mfa`: who is asked for a second factor.

use guardhouse_core::time::Span;
use serde::{Deserialize, Serialize};

/// Whether people are asked for a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MfaPolicy {
    /// Nobody can enrol one; whoever did is still asked for it.
    Off,
    /// Whoever enrolled one is asked for it.
    Optional,
    /// Everybody: whoever has none is signed in to enrol one and nothing else.
    Required,
}

/// A kind of second factor that people may enrol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MfaMethod {
    /// An authenticator application.
    Totp,
    /// A passkey or security key.
    Passkey,
    /// The mailbox.
    EmailCode,
}

impl MfaMethod {
    /// As it stands in the settings and in the HTTP contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::EmailCode => "email_code",
        }
    }
}

crate::settings! {
    /// Second factors.
    pub struct MfaSettings in "mfa" {
        /// Who is asked for one. A tenant may ask its members for more (`require_mfa`), never for less.
        pub policy: MfaPolicy = MfaPolicy::Optional; Hardened = MfaPolicy::Required,
        /// Roles whose holders must have one, whatever `policy` says.
        pub required_roles: Vec<String> = Vec::new(),
        /// What can be enrolled. Hardened leaves the mailbox out (ASVS 6.3.6).
        pub methods: Vec<MfaMethod> = vec![MfaMethod::Totp, MfaMethod::Passkey, MfaMethod::EmailCode];
            Hardened = vec![MfaMethod::Totp, MfaMethod::Passkey],
        /// How long a device that its owner asked to remember is let off the second factor at the login; `0s` never.
        /// What a tenant, a role or the policy requires is asked for all the same.
        pub remember_device: Span = Span::days(30); Hardened = Span(0),
        /// How long an administrator's removal of somebody's factors waits, while its owner can stop it.
        pub reset_wait: Span = Span::days(1),
    }
}
