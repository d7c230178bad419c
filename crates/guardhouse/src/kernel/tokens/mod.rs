//! Access tokens: signed JWTs of RFC 9068.

mod cache;
mod claims;
mod verify;

pub use cache::{Seen, TokenCache};
pub use claims::{Claims, Issue, IssueForKey, Issued, issue, issue_for_key};
pub use verify::{from_shared_secret, verify};
