//! Resource policies (M-23): rules in Cedar over subject, action, resource and circumstances, stored in versions, checked and
//! tested before they take effect.
//!
//! Every node holds the policies in effect in memory and reads them again when the change log says so. Who asks them is
//! [`access`](crate::features::access), by [`ask`]. Permissions: `policies:read`, `policies:write`.

mod asking;
mod cases;
mod checks;
pub mod engine;
mod held;
mod known;
mod reading;
mod reads;
mod routes;
mod rules;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
mod trials;
mod views;

pub use asking::{Asked, ask, in_effect};
pub use cases::{Case, CaseResult};
pub use engine::{Act, Cause, Failed, Party, Question, Set, Unaskable, Verdict};
pub use known::{Known, USER, known};
pub use reading::{Unknown, act, context, kind, party};
pub use reads::{list, schema, show, versions};
pub use rules::{Author, Changes, NewPolicy, create, delete, set_schema, update};
pub use trials::{Trial, Tried, Validation, test, validate};
pub use views::{Policies, PolicyVersion, PolicyVersions, PolicyView};

use crate::kernel::{
    changes::{Reload, Topic},
    feature::Feature,
};

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    migrations: store::MIGRATIONS,
    statements: &[store::ALL],
    opens: |_, _, opened| {
        opened.add(held::Held::default());
        Ok(())
    },
    reloads: &[Reload { topic: Topic::Policies, changed: held::changed, reload: |ctx| Box::pin(held::reload(ctx)) }],
    ..Feature::named("policies", "Decide by rules over subject, action, resource and context, written in Cedar.")
};
