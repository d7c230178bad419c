//! HTTP of the feature, nothing else.

mod admin;
mod login;
mod mine;

use crate::kernel::http::route::Route;

pub(super) fn routes() -> Vec<Route> {
    [login::routes(), mine::routes(), admin::routes()].into_iter().flatten().collect()
}
