//! The features: each a folder that can be read alone.

pub mod cookies;
pub mod jwt;
pub mod operations;
pub mod password;
pub mod profile;
