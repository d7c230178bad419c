//! The project's own source as tokens: just enough of the language to see which module names which.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A piece of source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// An identifier, keyword or number.
    Word(String),
    /// A text literal, without its quotes.
    Text(String),
    /// Anything else, one character each; `::` is two of them.
    Mark(char),
}

/// One file.
pub(super) struct Source {
    /// From the workspace's root on.
    pub path: String,
    /// What stands in it, comments left out.
    pub tokens: Vec<Token>,
    /// The whole text.
    pub text: String,
}

/// The workspace's root.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace")
}

/// Every Rust file under a folder of the workspace, sorted by path.
pub(super) fn sources(under: &str) -> Vec<Source> {
    let root = root();
    let paths = files(&root.join(under), &["rs"]);
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a readable file");
        let path = path.strip_prefix(&root).expect("inside").to_string_lossy().replace('\\', "/");
        Source { path, tokens: tokens(&text), text }
    };
    paths.into_iter().map(read).collect()
}

/// Whether a path leads to tests or measurements: by its parts, so that `attestation.rs` is no test.
pub(super) fn is_test(path: &str) -> bool {
    let parts = path.trim_end_matches(".rs").split('/');
    let mut parts = parts.map(|part| part.rsplit('_').next().unwrap_or_default());
    parts.any(|part| matches!(part, "tests" | "test" | "testing" | "bench" | "benches"))
}

/// Every file under a folder whose name ends so, sorted.
pub(super) fn files(folder: &Path, forms: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(folder, forms, &mut found);
    found.sort();
    found
}

fn walk(folder: &Path, forms: &[&str], found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            walk(&path, forms, found);
        } else if path.extension().is_some_and(|form| forms.iter().any(|wanted| form == *wanted)) {
            found.push(path);
        }
    }
}

/// Splits source text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let next = chars.get(at + 1).copied().unwrap_or('\0');
        at = match c {
            '/' if next == '/' => until(&chars, at, |rest| rest[0] == '\n'),
            '/' if next == '*' => block_comment(&chars, at),
            '"' => quoted(&chars, at, &mut out),
            'r' if next == '"' || (next == '#' && raw_starts(&chars, at + 1)) => raw(&chars, at + 1, &mut out),
            '\'' => quote(&chars, at),
            _ if c.is_alphanumeric() || c == '_' => {
                let end = until(&chars, at, |rest| !(rest[0].is_alphanumeric() || rest[0] == '_'));
                out.push(Token::Word(chars[at..end].iter().collect()));
                end
            }
            _ => {
                if !c.is_whitespace() {
                    out.push(Token::Mark(c));
                }
                at + 1
            }
        };
    }
    out
}

fn until(chars: &[char], from: usize, end: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len()).find(|at| end(&chars[*at..])).unwrap_or(chars.len())
}

fn block_comment(chars: &[char], from: usize) -> usize {
    let (mut depth, mut at) = (0_usize, from);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) if depth == 1 => return at + 2,
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    at
}

fn quoted(chars: &[char], from: usize, out: &mut Vec<Token>) -> usize {
    let mut at = from + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    out.push(Token::Text(chars[from + 1..at.min(chars.len())].iter().collect()));
    at + 1
}

fn raw_starts(chars: &[char], from: usize) -> bool {
    chars[from..].iter().find(|c| **c != '#') == Some(&'"')
}

fn raw(chars: &[char], from: usize, out: &mut Vec<Token>) -> usize {
    let open = until(chars, from, |rest| rest[0] == '"');
    let hashes = open - from;
    let closes = |rest: &[char]| rest[0] == '"' && rest.len() > hashes && rest[1..=hashes].iter().all(|c| *c == '#');
    let close = until(chars, open + 1, closes);
    out.push(Token::Text(chars[open + 1..close].iter().collect()));
    close + 1 + hashes
}

/// A character or a lifetime.
fn quote(chars: &[char], from: usize) -> usize {
    match (chars.get(from + 1), chars.get(from + 2)) {
        (Some('\\'), _) => until(chars, from + 3, |rest| rest[0] == '\'') + 1,
        (Some(_), Some('\'')) => from + 3,
        _ => from + 1,
    }
}

#[test]
fn tests_are_told_by_the_parts_of_their_path() {
    for test in ["crates/a/tests/b.rs", "src/house_tests/x.rs", "src/a/page_tests.rs", "src/testing.rs", "src/bench.rs"]
    {
        assert!(is_test(test), "{test}");
    }
    for code in ["src/attestation.rs", "src/latest/mod.rs", "src/benchmarked.rs"] {
        assert!(!is_test(code), "{code}");
    }
}

#[test]
fn source_is_split_as_the_compiler_would() {
    let word = |text: &str| Token::Word(text.to_owned());
    let text = |text: &str| Token::Text(text.to_owned());
    let source = "a /* x /* y */ */ 'b' '\\'' &'c \"d\\\"e\" r#\"f\"g\"# // h\ni";
    let wanted = [word("a"), Token::Mark('&'), word("c"), text("d\\\"e"), text("f\"g"), word("i")];
    assert_eq!(tokens(source), wanted);
}
