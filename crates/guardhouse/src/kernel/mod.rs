//! The nouns that features share. Floor 2: knows the store and the core, and no feature.

pub mod accounts;
pub mod alerts;
pub mod audit;
pub mod changes;
pub mod codes;
pub mod ctx;
pub mod errors;
pub mod factors;
pub mod feature;
pub mod figures;
pub mod hashing;
pub mod http;
pub mod jobs;
pub mod keys;
pub mod limits;
pub mod links;
pub mod login;
pub mod mail;
pub mod offers;
pub mod opened;
pub mod outbound;
pub mod pages;
pub mod principal;
pub mod remembered;
pub mod risk;
pub mod roles;
pub mod sessions;
pub mod settings;
pub mod templates;
pub mod tenants;
pub mod tokens;

/// A future behind a pointer, for seams that are dispatched by key.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
