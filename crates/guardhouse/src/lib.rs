//! Guardhouse gives any API complete authentication and authorization.
//!
//! This crate is the engine as a library. [`Guardhouse::start`] opens the database and gives an
//! axum router; the binary `guardhouse` is a command line around it.

pub mod assembly;
pub mod features;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod house_tests;
pub mod kernel;
#[cfg(any(test, feature = "testing"))]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "tests fail by panicking"
)]
pub mod testing;

pub use assembly::{Guardhouse, StartError, StartOptions};
pub use guardhouse_core as core;
