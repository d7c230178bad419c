//! The whole route table. A guard that changes shows here in review.
//!
//! After a change that is meant: `INSTA_UPDATE=always cargo test -p guardhouse --lib house_tests`.

use std::{collections::BTreeSet, fmt::Write as _};

use crate::{
    assembly,
    kernel::http::{
        csrf::changes_something,
        route::{FromOrigin, Guard, Route},
    },
};

#[test]
fn the_table_of_routes_is_this() {
    let mut rows: Vec<Route> = assembly::routes();
    rows.sort_by_key(|route| (route.path, route.method.to_string()));
    let mut table = String::new();
    for route in rows {
        let limit = route.limited.map_or("-", |policy| policy.setting);
        let method = route.method.to_string();
        writeln!(table, "{method:6} {:40} {:?} {limit} ({})", route.path, route.guard, route.feature).unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn each_row_stands_once_and_is_told_of() {
    let mut seen = BTreeSet::new();
    for route in assembly::routes() {
        let row = format!("{} {}", route.method, route.path);
        assert!(seen.insert(row.clone()), "{row} stands twice");
        assert!(!route.doc.summary.is_empty(), "{row} has no summary");
        assert!(!route.doc.answers.is_empty() || !route.doc.texts.is_empty(), "{row} names no answer");
    }
}

/// A cookie tells nothing of who calls these, so the row says what does instead (`A21`, rulings 19).
#[test]
fn what_everyone_may_change_asks_for_an_origin_or_a_forms_token_a21() {
    let open = |route: &&Route| route.guard == Guard::Public && changes_something(&route.method);
    for route in assembly::routes().iter().filter(open) {
        let is_page = !route.path.starts_with("/api/");
        assert_eq!(route.origin == FromOrigin::Form, is_page, "{} {}", route.method, route.path);
    }
}

/// What signs in or works with mailed secrets is open by its nature. Everything else that is open is named here.
#[test]
fn nothing_is_public_unnoticed() {
    const OPEN: &[&str] = &[
        "/api/auth/",
        "/.well-known/",
        "/healthz",
        "/readyz",
        "/assets/",
        "/verify",
        "/reset",
        "/invitation",
        "/magic-link",
        // For as long as there is no user, with a code that the operator alone was told.
        "/admin/setup",
    ];
    for route in assembly::routes().iter().filter(|route| route.guard == Guard::Public) {
        assert!(OPEN.iter().any(|open| route.path.starts_with(open)), "{} is public", route.path);
    }
    for route in assembly::routes().iter().filter(|route| route.path.starts_with("/api/admin/")) {
        assert!(route.guard.permission().is_some(), "{} names no permission", route.path);
    }
}

/// ASVS 6.4.2: what a question asks, others know as well.
#[test]
fn nobody_is_asked_a_secret_question_or_given_a_hint_6_4_2() {
    let document = crate::assembly::openapi(&crate::testing::settings()).to_string().to_lowercase();
    for word in ["password_hint", "hint", "secret_question", "security_question", "security_answer"] {
        assert!(!document.contains(&format!("\"{word}\"")), "{word}");
    }
}
