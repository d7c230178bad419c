//! HTTP of the feature, nothing else.

mod admin;
mod machines;
mod mine;
mod open;

use crate::kernel::{
    errors::{Error, Result},
    http::route::Route,
};
use guardhouse_core::ids::ApiKeyId;

pub(super) fn routes() -> Vec<Route> {
    [mine::routes(), admin::routes(), machines::routes(), open::routes()].into_iter().flatten().collect()
}

/// An id of another kind is as unknown as none.
fn id(text: &str) -> Result<ApiKeyId> {
    text.parse().map_err(|_| Error::not_found())
}
