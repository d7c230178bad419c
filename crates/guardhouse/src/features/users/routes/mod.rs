//! HTTP of the feature, nothing else.

mod acts;
mod many;
mod one;
mod sessions;

use crate::kernel::http::{
    input::Text,
    route::{Guard, Route},
};

const READ: Guard = Guard::Permission("users:read");
const WRITE: Guard = Guard::Permission("users:write");

pub(super) fn routes() -> Vec<Route> {
    [many::routes(), one::routes(), acts::routes(), sessions::routes()].into_iter().flatten().collect()
}

fn names(roles: Vec<Text<64>>) -> Vec<String> {
    roles.into_iter().map(|Text(role)| role).collect()
}
