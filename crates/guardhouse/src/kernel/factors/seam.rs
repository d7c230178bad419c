//! The seam `SecondFactor`: how one kind of factor is asked for and checked.

use guardhouse_core::ids::AccountId;
use guardhouse_store::Unit;
use serde_json::Value;

use crate::kernel::{
    BoxFuture,
    accounts::Account,
    ctx::Ctx,
    errors::{Code, Detail, Error, Result},
    http::client::Client,
};

/// A kind of second factor: a constant of the feature that checks it, which lists it under `second_factors`.
#[derive(Clone, Copy)]
pub struct SecondFactor {
    /// Its name in the HTTP contract.
    pub method: &'static str,
    /// What must be done before an answer is possible: options for a browser, a letter with a code. None where the person
    /// can answer at once.
    pub challenge: Option<Challenge>,
    /// Checks an answer: what must hold in the commit of the login with what it says of the proof, or `None` where the
    /// answer is wrong. Attempts are counted by the door.
    pub verify: Verify,
    /// For what is never asked for alone and stands in for a lost factor: whether the account has any left.
    pub stands_in: Option<Left>,
}

/// Prepares a challenge for an account that proved its first factor.
pub type Challenge = for<'a> fn(&'a Ctx, &'a Account, &'a Client) -> BoxFuture<'a, Result<Prepared>>;
/// Checks an answer.
pub type Verify = for<'a> fn(&'a Ctx, &'a Account, Shown<'a>) -> BoxFuture<'a, Result<Option<Proof>>>;
/// Whether any is left.
pub type Left = for<'a> fn(&'a Ctx, AccountId) -> BoxFuture<'a, Result<bool>>;

/// A challenge.
pub struct Prepared {
    /// What is written with it, such as a letter.
    pub unit: Unit,
    /// What the check must know, sealed with the ticket; it goes when the ticket is used.
    pub state: Vec<u8>,
    /// What the caller is told.
    pub answer: Value,
}

/// An answer as it was sent.
pub struct Shown<'a> {
    /// A code.
    pub code: Option<&'a str>,
    /// What a browser made of the options.
    pub credential: Option<&'a Value>,
    /// What the last challenge of this method left.
    pub state: Option<&'a [u8]>,
}

impl<'a> Shown<'a> {
    /// The code.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` where none was sent.
    pub fn code(&self) -> Result<&'a str> {
        self.code.ok_or_else(|| missing("code"))
    }

    /// The credential.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` where none was sent.
    pub fn credential(&self) -> Result<&'a Value> {
        self.credential.ok_or_else(|| missing("credential"))
    }
}

fn missing(field: &str) -> Error {
    Error::validation(vec![Detail::new(field, "REQUIRED", "This method needs it.")])
}

/// A right answer.
pub struct Proof {
    /// What must still hold in the commit, such as the code being unused: required steps.
    pub unit: Unit,
    /// How it was proved (RFC 8176): `otp`, `hwk`, …
    pub amr: Vec<&'static str>,
}

/// The kind of this name.
///
/// # Errors
/// `VALIDATION_FAILED` where there is none.
pub fn method(ctx: &Ctx, name: &str) -> Result<&'static SecondFactor> {
    ctx.second_factors.iter().copied().find(|factor| factor.method == name).ok_or_else(|| {
        let names: Vec<_> = ctx.second_factors.iter().map(|factor| factor.method).collect();
        let text = format!("Must be one of: {}.", names.join(", "));
        Error::new(Code::ValidationFailed, "The request has fields that are missing or wrong.")
            .with_details(vec![Detail::new("method", "INVALID_CHOICE", text)])
    })
}
