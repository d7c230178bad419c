//! Where the two databases differ, and where SQL stands.

use super::source::{Source, Token, is_test, sources};

/// Real differences between the databases, counted so that they stay few.
const BUDGET: usize = 15;

/// The databases' own engine, all of which is about SQL.
const ENGINE: &str = "crates/guardhouse-store/src/";

fn all() -> Vec<Source> {
    sources("crates").into_iter().filter(|file| !is_test(&file.path)).collect()
}

#[test]
fn real_differences_stay_within_their_budget() {
    let count = |file: &Source| {
        let flat: String = file.text.split_whitespace().collect();
        flat.matches("dialect().pick(").count() + flat.matches("dialect.pick(").count()
    };
    let uses: Vec<_> =
        all().iter().map(|file| (file.path.clone(), count(file))).filter(|(_, uses)| *uses > 0).collect();
    let sum: usize = uses.iter().map(|(_, uses)| uses).sum();
    assert!((1..=BUDGET).contains(&sum), "{sum} differences of {BUDGET} allowed: {uses:?}");
}

fn is_sql(text: &str) -> bool {
    let start = text.trim_start().to_ascii_lowercase();
    ["select ", "insert into ", "update ", "delete from ", "with ", "create table ", "create index ", "drop "]
        .iter()
        .any(|word| start.starts_with(word))
        && [" from ", " into ", " set ", "create ", "drop ", "select 1"].iter().any(|word| start.contains(word))
}

#[test]
fn sql_stands_in_store_files_only() {
    let may = |path: &str| path.ends_with("/store.rs") || path.starts_with(ENGINE);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in all() {
        let texts = file.tokens.iter().filter_map(|token| match token {
            Token::Text(text) if is_sql(text) => Some(text),
            _ => None,
        });
        for text in texts {
            seen += 1;
            if !may(&file.path) {
                wrong.push(format!("{}: {}", file.path, text.lines().next().unwrap_or_default()));
            }
        }
    }
    assert!(seen > 50, "only {seen} statements were seen");
    assert!(wrong.is_empty(), "SQL outside store.rs:\n{}", wrong.join("\n"));
}
