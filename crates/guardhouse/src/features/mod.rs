//! The features: each a folder that can be read alone.

pub mod access;
pub mod api_keys;
pub mod audit_events;
pub mod basic;
pub mod clock;
pub mod config;
pub mod cookies;
pub mod email_code;
pub mod email_verification;
pub mod jwt;
pub mod magic_link;
pub mod mailbox;
pub mod mfa;
pub mod operations;
pub mod passkeys;
pub mod password;
pub mod policies;
pub mod profile;
pub mod roles;
pub mod service_accounts;
pub mod setup;
pub mod signing_keys;
pub mod statistics;
pub mod tenants;
pub mod totp;
pub mod users;
