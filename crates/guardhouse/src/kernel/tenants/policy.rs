//! What a tenant asks of its members.

use guardhouse_core::{
    principal::Assurance,
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

use crate::kernel::errors::{Code, Error};

/// Kept as JSON with the tenant. A member that is not set leaves the server's own setting in force; none can loosen it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantPolicy {
    /// Whether whoever acts in the tenant must have shown a second factor.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_mfa: bool,
    /// How long after the person last proved who they are the tenant may be acted in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_length: Option<Span>,
    /// Methods of signing in (RFC 8176 `amr`) of which one must have been used; any where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sign_in_methods: Vec<String>,
}

impl TenantPolicy {
    /// What a proof lacks, in words that say what to do.
    pub fn refusal(&self, proof: &Assurance, now: Timestamp) -> Option<Error> {
        let refused = |text: &'static str| Some(Error::new(Code::StepUpRequired, text));
        if self.require_mfa && !proof.amr.iter().any(|method| method == "mfa") {
            return refused("This tenant asks for a second factor. Sign in with one.");
        }
        if !self.sign_in_methods.is_empty() && !proof.amr.iter().any(|method| self.sign_in_methods.contains(method)) {
            return refused("This tenant takes other methods of signing in. Sign in with one of them.");
        }
        if self.until(proof).is_some_and(|until| until <= now) {
            return refused("This tenant asks for a newer proof of who you are. Sign in again.");
        }
        None
    }

    /// Until when a proof is new enough.
    pub fn until(&self, proof: &Assurance) -> Option<Timestamp> {
        self.session_length.map(|length| proof.auth_time + length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(amr: &[&str]) -> Assurance {
        Assurance { amr: amr.iter().map(|method| (*method).to_owned()).collect(), auth_time: Timestamp(0) }
    }

    #[test]
    fn a_policy_asks_for_all_that_it_names_m25() {
        let policy = TenantPolicy {
            require_mfa: true,
            session_length: Some(Span::hours(8)),
            sign_in_methods: vec!["pwd".to_owned(), "hwk".to_owned()],
        };
        let at = |hours| Timestamp(0) + Span::hours(hours);
        assert!(policy.refusal(&proof(&["pwd", "otp", "mfa"]), at(7)).is_none());
        assert!(policy.refusal(&proof(&["pwd", "otp", "mfa"]), at(8)).is_some());
        assert!(policy.refusal(&proof(&["pwd"]), at(1)).is_some());
        assert!(policy.refusal(&proof(&["otp", "mfa"]), at(1)).is_some());
        assert!(TenantPolicy::default().refusal(&proof(&[]), at(99)).is_none());
    }
}
