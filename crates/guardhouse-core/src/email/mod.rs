//! E-mail addresses (RFC 5321, 5322, 6531) and the names people give themselves.

mod address;
mod characters;
mod display_name;
mod key;

#[cfg(test)]
mod tests;

pub use address::{EmailAddress, EmailError};
pub use display_name::{DisplayName, DisplayNameError};
