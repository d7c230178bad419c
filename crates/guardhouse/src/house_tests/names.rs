//! A feature has one name: its folder, its page in the book, its prefix in the audit log.

use std::fs;

use super::source::{Source, Token, is_test, root, sources};
use crate::assembly::FEATURES;

/// Events that are no feature's own, each with its reason.
const OF_NO_FEATURE: &[(&str, &str)] =
    &[("http", "the door stands in front of every feature"), ("risk", "what fails is seen across all features")];

/// What comes before a file's own tests.
fn code(source: &Source) -> &[Token] {
    let tests = [Token::Word("mod".to_owned()), Token::Word("tests".to_owned()), Token::Mark('{')];
    let end = source.tokens.windows(3).position(|window| window == tests);
    &source.tokens[..end.unwrap_or(source.tokens.len())]
}

/// The names of events in one file: what `Event::new` is given, and the action of a login.
fn events(source: &Source) -> Vec<&str> {
    let tokens = code(source);
    let word = |token: &Token, text: &str| matches!(token, Token::Word(word) if word == text);
    let named = |window: &'static [&'static str], at: usize| {
        let parts = tokens.get(at..at + window.len())?;
        let fits = parts.iter().zip(window).all(|(token, wanted)| match token {
            Token::Mark(mark) => wanted.chars().eq([*mark]),
            token => word(token, wanted),
        });
        match tokens.get(at + window.len()) {
            Some(Token::Text(name)) if fits => Some(name.as_str()),
            _ => None,
        }
    };
    let forms: [&'static [&'static str]; 2] = [&["Event", ":", ":", "new", "("], &["action", ":"]];
    (0..tokens.len()).flat_map(|at| forms.into_iter().filter_map(move |form| named(form, at))).collect()
}

#[test]
fn the_audit_log_calls_a_feature_by_its_name_m34() {
    let mut seen = 0;
    for source in sources("crates/guardhouse/src").iter().filter(|source| !is_test(&source.path)) {
        let folder = source.path.split("/features/").nth(1).and_then(|inside| inside.split('/').next());
        for event in events(source) {
            let prefix = event.split('.').next().unwrap_or_default();
            let known = FEATURES.iter().any(|feature| feature.name == prefix);
            let excused = OF_NO_FEATURE.iter().any(|(excused, _)| *excused == prefix);
            assert!(known || excused, "{} writes {event}, and there is no feature {prefix}", source.path);
            assert!(folder.is_none_or(|own| own == prefix), "{} writes {event}, which is another's", source.path);
            seen += 1;
        }
    }
    assert!(seen > 25, "only {seen} events were found");
}

#[test]
fn every_metric_is_told_of_in_the_book() {
    let page = fs::read_to_string(root().join("book/src/operations.md")).unwrap();
    let files = sources("crates/guardhouse/src/kernel");
    let files = files.iter().filter(|file| file.path.ends_with("metrics.rs") || file.path.ends_with("figures.rs"));
    let mut seen = 0;
    for token in files.flat_map(|file| &file.tokens) {
        let Token::Text(text) = token else { continue };
        if text.starts_with("guardhouse_") {
            let name = text.split(|c: char| !(c.is_ascii_lowercase() || c == '_')).next().unwrap_or_default();
            assert!(page.contains(name), "{name} is not in book/src/operations.md");
            seen += 1;
        }
    }
    assert!(seen >= 10, "only {seen} metrics were found");
}

#[test]
fn each_feature_has_its_folder_and_its_page() {
    let summary = fs::read_to_string(root().join("book/src/SUMMARY.md")).unwrap();
    for feature in FEATURES {
        let name = feature.name;
        assert!(root().join("crates/guardhouse/src/features").join(name).is_dir(), "{name} has no folder");
        assert!(root().join("book/src").join(format!("{name}.md")).is_file(), "{name} has no page in the book");
        assert!(summary.contains(&format!("({name}.md)")), "the book's summary does not lead to {name}");
    }
}
