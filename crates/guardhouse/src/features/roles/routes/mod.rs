//! HTTP of the feature, nothing else.

mod bindings;
mod permissions;
mod query;
mod roles;

use crate::kernel::http::{input::Text, route::Route};

pub(super) fn routes() -> Vec<Route> {
    [permissions::routes(), roles::routes(), bindings::routes()].into_iter().flatten().collect()
}

fn names<const MOST: usize>(names: Vec<Text<MOST>>) -> Vec<String> {
    names.into_iter().map(|Text(name)| name).collect()
}
