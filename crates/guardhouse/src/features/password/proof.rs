//! What acts that need a recent proof have in common (ASVS 7.5.1): the password that may be sent along.

use guardhouse_core::{password::Password, principal::Principal};

use super::attempt;
use crate::{
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Result},
        http::client::Client,
        login::Proved,
    },
};

input! {
    /// A proof of who asks.
    pub struct ProofInput {
        /// The password, where the session proved itself longer than five minutes ago.
        current_password: Option<Password>,
    }
}

/// What such an act may be refused with.
pub const PROOF_REFUSALS: [Code; 5] =
    [Code::StepUpRequired, Code::InvalidCredentials, Code::AccountLocked, Code::RateLimited, Code::Forbidden];

impl ProofInput {
    /// The session's proof is fresh, or the password is right.
    pub async fn proved(self, ctx: &Ctx, principal: &Principal, client: &Client) -> Result<Proved> {
        attempt::recent_proof(ctx, principal, self.current_password, client).await
    }
}
