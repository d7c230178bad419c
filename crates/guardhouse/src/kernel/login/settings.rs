//! The settings `registration`.

use serde::{Deserialize, Serialize};

/// Whether an e-mail address must be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerifyEmail {
    /// No mail is sent.
    Off,
    /// A mail is sent; the account works before it is answered.
    Optional,
    /// Nothing works before the address is verified.
    Required,
}

crate::settings! {
    /// Who may register, and what of the e-mail address.
    pub struct RegistrationSettings in "registration" {
        /// Whether anybody may register.
        pub open: bool = true,
        /// Whether the e-mail address is verified.
        pub verify_email: VerifyEmail = VerifyEmail::Optional; Production = VerifyEmail::Required,
    }
}
