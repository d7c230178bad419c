use std::sync::Arc;

use proptest::prelude::*;

use super::{Catalogue, Role};

fn role(name: &str, permissions: &[&str], includes: &[&str]) -> Role {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Role {
        id: Some(guardhouse_core::ids::RoleId::from_bytes([1; 16])),
        name: name.to_owned(),
        description: String::new(),
        tenant: None,
        permissions: owned(permissions),
        includes: owned(includes),
        created_at: None,
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_role_gathers_what_it_includes_m21() {
    let roles = vec![role("reader", &["documents:read"], &[]), role("editor", &["documents:write"], &["reader"])];
    let catalogue = Catalogue::everywhere(roles);
    let editor = catalogue.authority(names(&["editor", "unknown"]));
    assert_eq!(editor.roles, ["editor", "unknown"]);
    assert!(editor.allows("documents:read") && editor.allows("documents:write") && !editor.allows("users:read"));
    assert!(editor.holds("reader") && editor.holds("unknown") && !editor.holds("admin"));
}

/// `T3`: `admin` of a tenant is not `admin`, and no tenant's role of that name becomes it.
#[test]
fn roles_of_a_tenant_are_not_those_of_everywhere_t3() {
    let everywhere = Arc::new(Catalogue::everywhere(vec![role("editor", &["documents:*"], &[])]));
    let tenant =
        Catalogue::of_tenant(vec![role("lead", &["tasks:*"], &["editor", "user-admin"])], Arc::clone(&everywhere));
    assert!(everywhere.authority(names(&["admin"])).allows("anything"));
    let admin = tenant.authority(names(&["admin"]));
    assert!(!admin.allows("users:read") && !admin.allows("*") && admin.allows("members:write"));
    assert!(tenant.authority(names(&["owner"])).holds("member"));
    let lead = tenant.authority(names(&["lead"]));
    assert!(lead.allows("documents:read") && lead.allows("tasks:do") && !lead.allows("users:read"), "{lead:?}");
    assert!(!tenant.authority(names(&["user-admin"])).allows("users:read"));
}

#[test]
fn nobody_redefines_a_role_of_the_house_t3() {
    let catalogue = Catalogue::everywhere(vec![role("auditor", &["*"], &[])]);
    assert!(!catalogue.authority(names(&["auditor"])).allows("users:write"));
}

proptest! {
    /// `T5`: whatever the graph, circles and all, what a role gathers is what can be reached from it.
    #[test]
    fn what_is_gathered_is_what_can_be_reached_t5(edges in prop::collection::vec((0usize..8, 0usize..8), 0..24), from in 0usize..8) {
        let name = |at: usize| format!("r{at}");
        let roles = (0..8).map(|at| {
            let includes: Vec<_> = edges.iter().filter(|edge| edge.0 == at).map(|edge| name(edge.1)).collect();
            let permission = format!("p:{at}");
            Role { includes, ..role(&name(at), &[&permission], &[]) }
        });
        let catalogue = Catalogue::everywhere(roles.collect());
        let held = catalogue.authority([name(from)]);
        let mut reached = [false; 8];
        reached[from] = true;
        for _ in 0..8 {
            for (one, other) in &edges {
                reached[*other] |= reached[*one];
            }
        }
        for (at, reached) in reached.iter().enumerate() {
            prop_assert_eq!(held.allows(&format!("p:{at}")), *reached);
            prop_assert_eq!(held.holds(&name(at)), *reached);
            prop_assert_eq!(catalogue.gathers(&name(from), &format!("p:{at}")), *reached);
            let closes = catalogue.closes_a_circle(&name(at), &[name(from)]);
            prop_assert_eq!(closes, *reached);
        }
    }
}
