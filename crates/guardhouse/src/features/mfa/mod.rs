//! Second factors as people meet them: the answer that a login waits for, one's own factors, recovery codes, step-up
//! (M-09, RFC 9470, NIST SP 800-63B-4 section 3.1.2).
//!
//! Which kinds there are is the seam [`SecondFactor`]; features that enrol one do so through [`enrol`]. Recovery codes are
//! look-up secrets of 120 bits: long enough to be kept as a plain digest (ASVS 6.5.2), and each good for one login.

mod codes;
mod enrolment;
mod letters;
mod reset;
mod routes;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

pub use enrolment::{Enrolment, enrol, may_enrol, remove};

use crate::kernel::{factors::SecondFactor, feature::Feature};

/// Stands in for a factor that is lost.
const RECOVERY_CODE: SecondFactor = SecondFactor {
    method: "recovery_code",
    challenge: None,
    verify: |ctx, account, shown| Box::pin(codes::verify(ctx, account, shown)),
    stands_in: Some(|ctx, account| Box::pin(codes::any(ctx, account))),
};

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    migrations: store::MIGRATIONS,
    statements: &[store::ALL],
    jobs: || vec![reset::JOB],
    second_factors: &[RECOVERY_CODE],
    personal_data: || vec![codes::PERSONAL_DATA],
    letters: letters::ALL,
    ..Feature::named("mfa", "Second factors: answer them, step up, see one's own, recovery codes.")
};
