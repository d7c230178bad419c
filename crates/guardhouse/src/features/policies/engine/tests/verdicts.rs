//! Decisions, and what fails closed.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{made, object, party, permits, question, set, understood};
use crate::features::policies::engine::Stored;

#[test]
fn deny_wins_m23() {
    let set =
        set(&["permit (principal, action, resource); forbid (principal, action == Action::\"write\", resource);"]);
    assert!(permits(&set, &question("user:a", "read", "record:1")));
    let verdict = set.decide(&question("user:a", "write", "record:1")).unwrap();
    assert!(verdict.is_forbidden() && !verdict.is_permitted());
    assert_eq!((verdict.forbids[0].statement, verdict.forbids[0].version, &*verdict.forbids[0].name), (2, 1, "p0"));
}

#[test]
fn a_forbid_that_cannot_be_evaluated_forbids_m23() {
    let permit = "permit (principal, action, resource);";
    let failing = "forbid (principal, action, resource) when { resource.secret };";
    let asked = question("user:a", "read", "record:1");
    let verdict = set(&[permit, failing]).decide(&asked).unwrap();
    assert!(verdict.is_forbidden() && !verdict.is_permitted() && verdict.forbids.is_empty());
    assert!(verdict.told().iter().any(|told| told.contains("secret")), "{:?}", verdict.told());
    // A permit that cannot be evaluated permits nothing and keeps no other from permitting.
    let verdict =
        set(&[permit, "permit (principal, action, resource) when { resource.secret };"]).decide(&asked).unwrap();
    assert!(verdict.is_permitted() && verdict.failed.len() == 1);
}

#[test]
fn what_is_stored_wins_over_what_is_sent_m23() {
    let set =
        set(&["permit (principal, action, resource) when { principal.email_verified && !(principal has extra) };"]);
    let mut asked = question("user:a", "read", "record:1");
    asked.subject.properties = object(json!({"email_verified": true}));
    assert!(permits(&set, &asked));
    let stored = |attributes: Value| Some(Arc::new(Stored::new(object(attributes), vec![])));
    asked.subject.stored = stored(json!({"email_verified": false}));
    assert!(!permits(&set, &asked));
    asked.subject.stored = stored(json!({"email_verified": true, "extra": null}));
    asked.subject.properties = object(json!({"email_verified": false, "extra": 1}));
    assert!(permits(&set, &asked), "what is stored as nothing is not there");
}

#[test]
fn what_is_stored_is_put_together_once_and_for_one_entity_alone_m23() {
    let set = set(&["permit (principal == user::\"a\", action, resource) when { principal.verified };"]);
    let stored = Arc::new(Stored::new(object(json!({"verified": true})), vec![]));
    let asks = |subject: &str, properties: Value| {
        let mut asked = question(subject, "read", "record:1");
        (asked.subject.stored, asked.subject.properties) = (Some(Arc::clone(&stored)), object(properties));
        permits(&set, &asked)
    };
    assert!(asks("user:a", json!({})) && asks("user:a", json!({})));
    assert!(asks("user:a", json!({"verified": false})), "what is sent beside it changes nothing");
    assert!(!asks("user:b", json!({})));
}

#[test]
fn one_entity_may_be_subject_and_resource_m23() {
    let set = set(&[
        "permit (principal, action, resource) when { principal == resource && principal.a == 1 && resource.b == 2 };",
    ]);
    let mut asked = question("user:a", "read", "user:a");
    (asked.subject.properties, asked.resource.properties) = (object(json!({"a": 1})), object(json!({"b": 2, "a": 3})));
    assert!(permits(&set, &asked));
}

#[test]
fn groups_of_roles_and_actions_are_hierarchies_m23() {
    let schema = understood(
        "entity role; entity user in [role]; entity record;
         action reads; action read in [reads] appliesTo { principal: user, resource: record };",
    );
    let source = "permit (principal in role::\"editor\", action in Action::\"reads\", resource is record);";
    let set = made(&[source], Some(&schema)).unwrap();
    let mut asked = question("user:a", "read", "record:1");
    assert!(!permits(&set, &asked));
    asked.subject.stored = Some(Arc::new(Stored::new(Map::new(), vec![("role".into(), "editor".into())])));
    assert!(permits(&set, &asked));
    asked.action.name = "write".into();
    assert!(!permits(&set, &asked));
}

#[test]
fn json_is_what_cedar_has_for_it_m23() {
    for (value, condition, expected) in [
        (json!("a"), "context.v == \"a\"", true),
        (json!(7), "context.v > 6", true),
        (json!(i64::MIN), "context.v < 0", true),
        (json!(true), "context.v", true),
        (json!(["a", "b", "a"]), "context.v == [\"b\", \"a\"]", true),
        (json!({"a": {"b": [1]}}), "context.v.a.b.contains(1)", true),
        (json!(null), "context has v", false),
        (json!([1, null]), "context.v == [1]", true),
        (json!(1.5), "context.v.greaterThan(decimal(\"1.4\"))", true),
        (json!({"__extn": {"fn": "ip", "arg": "192.0.2.7"}}), "context.v.isInRange(ip(\"192.0.2.0/24\"))", true),
        (json!("192.0.2.7"), "ip(context.v).isInRange(ip(\"192.0.2.0/24\"))", true),
        (json!({"__extn": {"fn": "datetime", "arg": "2026-01-02"}}), "context.v > datetime(\"2026-01-01\")", true),
        (json!({"__entity": {"type": "user", "id": "a"}}), "context.v == principal", true),
    ] {
        let set = set(&[&format!("permit (principal, action, resource) when {{ {condition} }};")]);
        let mut asked = question("user:a", "read", "record:1");
        asked.context.insert("v".into(), value.clone());
        assert_eq!(permits(&set, &asked), expected, "{value}: {condition}");
    }
}

#[test]
fn what_cedar_has_nothing_for_is_not_asked_m23() {
    let set = set(&["permit (principal, action, resource);"]);
    for value in [
        json!(1.234_567),
        json!(1e300),
        json!(u64::MAX),
        json!({"__extn": {"fn": "open", "arg": "x"}}),
        json!({"__extn": 1}),
        json!({"__entity": {"type": "no type", "id": "x"}}),
        json!({"__extn": {"fn": "ip", "arg": "nonsense"}}),
    ] {
        let mut asked = question("user:a", "read", "record:1");
        asked.context.insert("v".into(), value.clone());
        assert!(set.decide(&asked).is_err(), "{value}");
        let mut asked = question("user:a", "read", "record:1");
        asked.resource.properties.insert("v".into(), value.clone());
        assert!(set.decide(&asked).is_err(), "{value}");
    }
    for kind in [
        "",
        "a b",
        "a-b",
        "1a",
        "if",
        "a::",
        "::a",
        "Action",
        "x::Action",
        "a\0",
        "ä",
        "\"",
        "__cedar::x",
        &"a".repeat(500),
    ] {
        let mut asked = question("user:a", "read", "record:1");
        asked.resource = party("record:1", json!({}));
        asked.resource.kind = kind.to_owned();
        assert!(set.decide(&asked).is_err(), "{kind}");
    }
    let mut odd = question("user:a", "read", "record:1");
    odd.subject.id = "\" \\ \0 \u{202e}".into();
    odd.action.name = "\"} forbid".into();
    assert!(permits(&set, &odd), "ids and names are any text");
}

#[test]
fn properties_of_the_action_are_in_the_context_m23() {
    let set = set(&["permit (principal, action, resource) when { context.action.soft };"]);
    let mut asked = question("user:a", "delete", "record:1");
    asked.context = object(json!({"action": {"soft": true}}));
    assert!(permits(&set, &asked));
    asked.action.properties = object(json!({"soft": false}));
    assert!(!permits(&set, &asked), "the action's own win");
}
