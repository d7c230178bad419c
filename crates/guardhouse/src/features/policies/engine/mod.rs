//! Resource policies decided by Cedar: no HTTP, no SQL, nothing asynchronous.
//!
//! A [`Set`] is made of the active version of every policy. It is asked a [`Question`] and gives a [`Verdict`]. Sources are
//! measured before Cedar's parser sees them ([`limits`]), and only statements whose scope can concern the question's action
//! and type of resource are evaluated.

mod depth;
mod described;
mod fault;
pub mod limits;
mod parse;
mod question;
mod scope;
mod set;
mod types;
mod values;
mod verdict;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

pub use cedar_policy::Schema;
pub use described::Stored;
pub use fault::Fault;
pub use parse::{Validated, on_a_deep_stack, schema, validate};
pub use question::{Act, Party, Question, Unaskable};
pub use set::{Active, Set, Unusable};
pub use values::bounded;
pub use verdict::{Cause, Failed, Verdict};
