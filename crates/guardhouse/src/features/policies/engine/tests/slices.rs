//! A slice leaves out what cannot concern a question, and never changes a decision.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, json};

use super::{made, party, question, set, understood};

const SCHEMA: &str = "entity user, role; entity record, folder, note;
    action reads, all;
    action read in [reads] appliesTo { principal: [user], resource: [record, folder, note] };
    action list in [reads, all] appliesTo { principal: [user], resource: [record, folder, note] };
    action write, share in [all] appliesTo { principal: [user], resource: [record, folder, note] };";

fn principals() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "principal",
        "principal == user::\"a\"",
        "principal is user",
        "principal in role::\"editor\"",
        "principal is user in role::\"editor\"",
    ])
    .prop_map(str::to_owned)
}

fn actions() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["read", "list", "write", "share", "reads", "all", "unknown"]);
    prop_oneof![
        Just("action".to_owned()),
        name.clone().prop_map(|name| format!("action == Action::\"{name}\"")),
        name.clone().prop_map(|name| format!("action in Action::\"{name}\"")),
        prop::collection::vec(name, 0..3).prop_map(|names| {
            let names: Vec<_> = names.iter().map(|name| format!("Action::\"{name}\"")).collect();
            format!("action in [{}]", names.join(", "))
        }),
    ]
}

fn resources() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "resource",
        "resource == record::\"1\"",
        "resource == folder::\"1\"",
        "resource is record",
        "resource is note",
        "resource in folder::\"1\"",
        "resource is record in folder::\"1\"",
        "resource in user::\"a\"",
        "resource in role::\"editor\"",
    ])
    .prop_map(str::to_owned)
}

fn statements() -> impl Strategy<Value = String> {
    let effect = prop::sample::select(vec!["permit", "forbid"]);
    let condition =
        prop::sample::select(vec!["", "when { context.a }", "unless { resource has b }", "when { resource.b == 1 }"]);
    (effect, principals(), actions(), resources(), condition)
        .prop_map(|(effect, who, what, to, when)| format!("{effect} ({who}, {what}, {to}) {when};"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_slice_decides_as_the_whole_m23(
        sources in prop::collection::vec(statements(), 1..12),
        subject in prop::sample::select(vec!["user:a", "user:b", "robot:a"]),
        action in prop::sample::select(vec!["read", "list", "write", "share", "reads", "other"]),
        resource in prop::sample::select(vec!["record:1", "record:2", "folder:1", "note:1", "user:a", "thing:1"]),
        with_schema: bool,
        with_context: bool,
    ) {
        let schema = with_schema.then(|| understood(SCHEMA));
        let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
        let set = made(&sources, schema.as_ref()).unwrap();
        let mut asked = question(subject, action, resource);
        if with_context {
            asked.context.insert("a".into(), json!(true));
            asked.resource.properties.insert("b".into(), json!(1));
        }
        for party in [&mut asked.subject, &mut asked.resource] {
            if party.kind == "user" {
                let parents = vec![("role".to_owned(), "editor".to_owned())];
                party.stored = Some(Arc::new(super::super::Stored::new(Map::new(), parents)));
            }
        }
        let (sliced, whole) = (set.decide(&asked).unwrap(), set.decide_by_all(&asked).unwrap());
        prop_assert_eq!(sliced.is_permitted(), whole.is_permitted());
        prop_assert_eq!(sliced.is_forbidden(), whole.is_forbidden());
        let sorted = |mut told: Vec<String>| { told.sort(); told };
        prop_assert_eq!(sorted(sliced.told()), sorted(whole.told()));
    }
}

#[test]
fn statements_about_other_things_are_not_looked_at_m23() {
    let other = |n: usize| format!("permit (principal, action == Action::\"a{n}\", resource is t{n});");
    let mut sources: Vec<String> = (0..100).map(other).collect();
    sources.push("permit (principal, action == Action::\"read\", resource is record);".to_owned());
    sources.push("forbid (principal, action, resource) when { context has nothing };".to_owned());
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let set = set(&sources);
    assert_eq!(set.concerned("read", "record"), 2);
    assert_eq!(set.concerned("a1", "t1"), 2);
    assert_eq!(set.concerned("a1", "t2"), 1);
    assert_eq!(set.concerned("never heard of", "nor of this"), 1);
    assert!(set.decide(&question("user:a", "read", "record:1")).unwrap().is_permitted());
}

#[test]
fn what_policies_name_is_known_m23() {
    let set = set(&[
        "permit (principal == user::\"a\", action in [Action::\"x\", Action::\"y\"], resource == record::\"2\");",
        "permit (principal, action, resource) when { action == Action::\"z\" && resource in [record::\"1\", note::\"n\"] };",
    ]);
    assert_eq!(set.actions().into_iter().collect::<Vec<_>>(), ["x", "y", "z"]);
    assert_eq!(set.entities("record").collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(set.entities("user").collect::<Vec<_>>(), ["a"]);
    assert_eq!(set.entities("nothing").count(), 0);
    assert_eq!(party("a:b", json!({})).kind, "a");
}
