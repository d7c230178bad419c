//! What is too large or too deep is refused with its place, and nothing overflows the stack.

use serde_json::{Value, json};

use super::{made, object, question, set};
use crate::features::policies::engine::{
    Fault, bounded, depth,
    limits::{MAX_BRACKETS, MAX_DEPTH, MAX_JSON_BYTES, MAX_JSON_DEPTH, MAX_JSON_MEMBERS, MAX_SOURCE, MAX_STATEMENTS},
    on_a_deep_stack, schema, validate,
};

fn when(expression: &str) -> String {
    format!("permit (principal, action, resource) when {{ {expression} }};")
}

fn faults(source: &str) -> Vec<Fault> {
    on_a_deep_stack(|| validate(source, None)).unwrap().errors
}

#[test]
fn deep_nesting_is_refused_before_the_parser_sees_it_m23() {
    let many = 20_000;
    let deep = [
        when(&"(".repeat(many)),
        when(&format!("{}1{}", "[".repeat(many), "]".repeat(many))),
        when(&format!("{}true", "!".repeat(many))),
        when(&format!("1 == {}1", "-".repeat(many))),
        when(&format!("context{}", ".a".repeat(many))),
        when(&format!("{}true", "if true then ".repeat(3_000))),
        when(&format!("{}false", "if true then true else ".repeat(2_000))),
        when(&vec!["true"; 8_000].join("&&")),
        when(&vec!["true"; 8_000].join("||")),
        when(&vec!["1"; 8_000].join("+")),
        when(&vec!["1"; 8_000].join("*")),
        when(&format!("context{}", "[\"a\"]".repeat(8_000))),
        when(&format!("{}1{}", "{a:".repeat(8_000), "}".repeat(8_000))),
        when(&format!("context{}", " has a".repeat(8_000))),
        "(".repeat(MAX_SOURCE),
        "{".repeat(MAX_SOURCE),
        "permit (principal, action, resource) ".to_owned() + &"when { true } ".repeat(4_000) + ";",
    ];
    for source in deep {
        let found = faults(&source);
        assert!(!found.is_empty(), "{}", &source[..60]);
    }
    let depth = depth::measure(&"(".repeat(100_000)).unwrap_err();
    assert_eq!((depth.line, depth.column), (1, MAX_BRACKETS + 1));
    assert!(depth::measure(&"!".repeat(100_000)).is_err() && depth::measure(&".a".repeat(100_000)).is_err());
}

#[test]
fn a_schema_that_nests_deeply_is_refused_as_well_m23() {
    let refused = |source: &str| on_a_deep_stack(|| schema(source)).unwrap().is_err();
    assert!(refused(&format!("entity a = {}Long{};", "{b: ".repeat(5_000), "}".repeat(5_000))));
    assert!(refused(&format!("entity a = {{b: {}Long{}}};", "Set<".repeat(5_000), ">".repeat(5_000))));
    assert!(refused(&"{\"a\":".repeat(9_000)));
}

/// What is just within the bounds is parsed, validated and evaluated where requests are answered: on a common stack.
#[test]
fn what_is_within_the_bounds_works_m23() {
    let brackets = format!("{}true{}", "(".repeat(MAX_BRACKETS - 1), ")".repeat(MAX_BRACKETS - 1));
    let lists = format!("{}1{} == {}1{}", "[".repeat(20), "]".repeat(20), "[".repeat(20), "]".repeat(20));
    let ands = vec!["true"; MAX_DEPTH - 6].join(" && ");
    let sums = format!("{} > 0", vec!["1"; MAX_DEPTH - 8].join(" + "));
    let choices = format!("{}true", "if true then true else ".repeat((MAX_DEPTH - 6) / 3));
    for expression in [brackets, lists, ands, sums, choices] {
        let source = when(&expression);
        assert_eq!(faults(&source), [], "{}", &source[..70]);
        let verdict = set(&[&source]).decide(&question("user:a", "read", "record:1")).unwrap();
        assert!(verdict.is_permitted(), "{}: {:?}", &source[..70], verdict.failed);
    }
}

#[test]
fn brackets_in_texts_and_comments_are_no_brackets_m23() {
    let text = format!("\"{}\\\"((\" != \"a\"", "(".repeat(500));
    let source = format!("// {}\n{}", "(".repeat(500), when(&text));
    assert_eq!(faults(&source), []);
}

#[test]
fn operators_of_different_statements_and_entries_do_not_add_up_m23() {
    let statements = when("context.a.b == 1 && !true").repeat(100);
    assert_eq!(faults(&statements), []);
    let entries = vec!["1 + 1 + 1"; 300].join(", ");
    assert_eq!(faults(&when(&format!("[{entries}].contains(1)"))), []);
}

#[test]
fn sources_are_bounded_in_bytes_and_statements_m23() {
    assert!(faults(&format!("// {}", "x".repeat(MAX_SOURCE))).iter().any(|fault| fault.message.contains("bytes")));
    let statement = "permit(principal,action,resource);";
    let half = statement.repeat(MAX_STATEMENTS / 2);
    assert_eq!(made(&[&half, &half], None).unwrap().len(), MAX_STATEMENTS);
    assert!(made(&[&half, &half, statement], None).is_err());
}

#[test]
fn mistakes_are_told_with_their_place_m23() {
    for (source, line, column, word) in [
        ("permit (principal, action, resource)\nwhen { principal.a = 1 };", 2, 8, "="),
        ("", 1, 1, "no statement"),
        ("  permit (principal, action);", 1, 28, "resource"),
        ("permit (principal == ?principal, action, resource);", 1, 22, "templates"),
        ("permit (principal, action, resource) when { a\0 };", 1, 46, "NUL"),
    ] {
        let found = faults(source);
        assert_eq!((found[0].line, found[0].column), (line, column), "{source}: {found:?}");
        assert!(found[0].message.contains(word), "{source}: {found:?}");
    }
}

#[test]
fn properties_are_bounded_in_depth_members_and_bytes_m23() {
    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    assert!(bounded(&object(json!({"a": nested(MAX_JSON_DEPTH - 1)}))).is_ok());
    assert!(bounded(&object(json!({"a": nested(MAX_JSON_DEPTH)}))).is_err());
    let list = |count: usize| json!({"a": vec![1; count]});
    assert!(bounded(&object(list(MAX_JSON_MEMBERS))).is_ok());
    assert!(bounded(&object(list(MAX_JSON_MEMBERS + 1))).is_err());
    let members: serde_json::Map<String, Value> = (0..=MAX_JSON_MEMBERS).map(|n| (n.to_string(), json!(1))).collect();
    assert!(bounded(&members).is_err());
    assert!(bounded(&object(json!({"a": "x".repeat(MAX_JSON_BYTES)}))).is_err());
}
