//! What is told of a question without Cedar holds with it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{super::types::Types, object, question, set};

fn kinds() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec!["Action", "x::Action", "Action::x", "if", "a::in", "__cedar::x", "a::", "::a"]);
    prop_oneof!["[a-zA-Z0-9_:]{0,6}", "[ -~ä]{0,3}", odd.prop_map(str::to_owned)]
}

fn values() -> impl Strategy<Value = Value> {
    let escapes = vec![
        json!({"__extn": {"fn": "ip", "arg": "nonsense"}}),
        json!({"__entity": {"type": "no type", "id": "x"}}),
        json!({"__entity": {"type": "user", "id": "x"}}),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(escapes),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a_]{0,4}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_plain_question_has_a_form_in_cedar_m23(
        (subject, resource) in (kinds(), kinds()),
        (property, circumstance) in (values(), values()),
    ) {
        let mut asked = question("user:a", "read", "record:1");
        asked.context = object(json!({"v": circumstance}));
        asked.resource.properties = object(json!({"v": property}));
        (asked.subject.kind, asked.resource.kind) = (subject, resource);
        prop_assert!(!asked.is_plain() || asked.asked(&Types::default(), &[]).is_ok());
    }
}

#[test]
fn common_questions_are_plain_and_nothing_is_said_to_those_that_no_policy_concerns_m23() {
    let set = set(&["permit (principal, action == Action::\"read\", resource is app::record);"]);
    let mut asked = question("user:a", "write", "record:1");
    asked.context = object(json!({"ip": "192.0.2.1", "mfa": true, "age": 7, "tags": ["a"], "more": {"none": null}}));
    assert!(asked.is_plain() && set.is_silent(&asked));
    asked.action.name = "read".to_owned();
    asked.resource.kind = "app::record".to_owned();
    assert!(asked.is_plain() && !set.is_silent(&asked));
    asked.action.name = "write".to_owned();
    asked.context = object(json!({"risk": 0.25}));
    assert!(!set.is_silent(&asked), "whether a fraction has a form is for Cedar to say");
}
