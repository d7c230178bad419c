//! HTTP, once for all features: the route table, its guards, strict input, the outer layer with the one exit
//! for errors, and the API description.

pub mod client;
pub mod cookies;
pub mod cors;
pub mod csrf;
pub mod denials;
pub mod door;
pub mod input;
pub mod list;
pub mod metrics;
pub mod openapi;
pub mod outer;
pub mod page;
pub mod path;
pub mod render;
pub mod route;
pub mod strict;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;
