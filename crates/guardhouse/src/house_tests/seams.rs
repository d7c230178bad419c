//! What features bring has one name each, since two alike would be taken for one another; and all of it is listed.

use std::collections::BTreeSet;

use super::source::{Token, is_test, sources};
use crate::{
    assembly,
    kernel::{jobs::JobKind, roles::builtin},
};

fn unlike<'a>(what: &str, names: impl IntoIterator<Item = &'a str>) {
    let mut seen = BTreeSet::new();
    for name in names {
        assert!(seen.insert(name), "two {what} are called {name}");
    }
    assert!(seen.len() > 1, "no {what} were found");
}

#[test]
fn no_two_are_alike() {
    unlike("purposes", assembly::purposes().iter().map(|purpose| purpose.name));
    unlike("limits", assembly::limits().iter().map(|limit| limit.name));
    unlike("letters", assembly::letters().iter().map(|letter| letter.name));
    unlike("pages", assembly::page_templates().iter().map(|page| page.name));
    unlike("kinds of personal data", assembly::personal_data().iter().map(|data| data.name));
    let of = |job: &JobKind| match job {
        JobKind::Queued { kind: name, .. } | JobKind::Recurring { name, .. } | JobKind::EachProcess { name, .. } => {
            *name
        }
    };
    unlike("jobs", assembly::jobs().iter().map(of));
}

/// Whether `const NAME: a::Kind =` begins here.
fn is_constant(tokens: &[Token], kind: &str) -> bool {
    let [Token::Word(word), Token::Word(_), Token::Mark(':'), rest @ ..] = tokens else { return false };
    let of: Vec<_> = rest.iter().take(8).take_while(|token| **token != Token::Mark('=')).collect();
    let is_path = of.iter().all(|token| matches!(token, Token::Word(_) | Token::Mark(':')));
    word == "const" && is_path && of.last() == Some(&&Token::Word(kind.to_owned()))
}

fn constants(kind: &str) -> usize {
    let files = sources("crates/guardhouse/src").into_iter().filter(|source| !is_test(&source.path));
    files.map(|file| (0..file.tokens.len()).filter(|at| is_constant(&file.tokens[*at..], kind)).count()).sum()
}

/// A constant that is not listed would be used and checked by nothing.
#[test]
fn every_purpose_limit_letter_and_page_is_listed() {
    assert_eq!(constants("Purpose"), assembly::purposes().len());
    assert_eq!(constants("Policy"), assembly::limits().len());
    // The kernel's own are the page that says one thing and the page of an error.
    assert_eq!(constants("Template"), assembly::letters().len() + assembly::page_templates().len() + 2);
}

/// A role of the house that gathers what no route asks for gathers nothing, and nobody would notice.
#[test]
fn roles_of_the_house_gather_what_routes_ask_for_m21() {
    let asked: Vec<_> = assembly::routes().iter().filter_map(|route| route.guard.permission()).collect();
    for role in builtin::EVERYWHERE.iter().chain(builtin::IN_A_TENANT) {
        for permission in role.permissions {
            let held = BTreeSet::from([(*permission).to_owned()]);
            let found = asked.iter().any(|asked| guardhouse_core::permission::covers(&held, asked));
            assert!(found, "{} gathers {permission}, for which no route asks", role.name);
        }
    }
}
