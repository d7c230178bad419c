//! What this server offers, for whoever draws a login form: each feature adds its part.

use serde::Serialize;
use utoipa::ToSchema;

use super::settings::VerifyEmail;

/// What this server offers.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Offer)]
pub struct Offers {
    /// Who may register.
    pub registration: Registration,
    /// What a password must be like.
    pub password: PasswordPolicy,
    /// What may carry a session.
    #[schema(example = json!(["tokens", "cookie"]))]
    pub delivery: Vec<&'static str>,
    /// Ways to sign in.
    #[schema(example = json!(["password", "magic_link"]))]
    pub methods: Vec<&'static str>,
    /// Providers to sign in with.
    #[schema(example = json!([]))]
    pub social: Vec<String>,
    /// The challenge that forms must solve.
    #[schema(example = "off")]
    pub captcha: &'static str,
}

/// Who may register.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Registration {
    /// Whether anybody may register.
    pub open: bool,
    /// Whether the e-mail address is verified: `off`, `optional` or `required` before the first login.
    #[schema(value_type = String, example = "required")]
    pub verify_email: VerifyEmail,
}

/// What a password must be like.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct PasswordPolicy {
    /// Characters it must have.
    pub min_length: usize,
    /// Bytes it may have.
    pub max_length: usize,
    /// How hard to guess it must be by zxcvbn's estimate: 0 (not measured) to 4.
    pub min_strength: u8,
    /// Kinds of characters it must have: `upper`, `lower`, `digit`, `symbol`.
    #[schema(example = json!([]))]
    pub require: Vec<&'static str>,
}

impl Default for Offers {
    /// Nothing: nobody may register, and there is no way to sign in.
    fn default() -> Self {
        Self {
            registration: Registration { open: false, verify_email: VerifyEmail::Off },
            password: PasswordPolicy::default(),
            delivery: Vec::new(),
            methods: Vec::new(),
            social: Vec::new(),
            captcha: "off",
        }
    }
}
