//! The real binary, started as an operator starts it, asked over real connections.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod authorization;
mod authz;
mod bounds;
mod config;
mod crash;
mod dev;
mod factors;
mod first_minute;
mod harness;
mod progress;
mod remote;
mod roles;
mod shutdown;
mod tls;
mod users;
