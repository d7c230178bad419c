//! ⚑ One door to a session: outside `kernel::login`, and what it uses of `kernel::sessions`, nothing makes a credential
//! that carries one. The compiler keeps others from the rows and salts; this keeps the kernel's own modules.

use super::source::{Source, Token, sources};

const DOOR: [&str; 2] = ["crates/guardhouse/src/kernel/login/", "crates/guardhouse/src/kernel/sessions/"];

/// Whether a file says `first::second`.
fn says(source: &Source, first: &str, second: &str) -> bool {
    let wanted = [Token::Word(first.to_owned()), Token::Mark(':'), Token::Mark(':'), Token::Word(second.to_owned())];
    source.tokens.windows(wanted.len()).any(|window| window == wanted)
}

fn for_tests(path: &str) -> bool {
    path.contains("tests") || path.contains("/testing/")
}

#[test]
fn only_the_door_makes_what_carries_a_session() {
    let issues = |file: &&Source| !for_tests(&file.path) && says(file, "Stamped", "issue");
    let all = sources("crates/guardhouse/src");
    let found: Vec<_> = all.iter().filter(issues).map(|file| &file.path).collect();
    let outside: Vec<_> = found.iter().filter(|path| !DOOR.iter().any(|door| path.starts_with(door))).collect();
    assert!(!found.is_empty() && outside.is_empty(), "{outside:?} make credentials");
}

#[test]
fn nobody_but_the_door_admits() {
    let door = |file: &&Source| !file.path.starts_with(DOOR[0]) && !for_tests(&file.path);
    let makes = |file: &&Source| {
        let uses = [
            ("sessions", "create"),
            ("sessions", "create_grant"),
            ("sessions", "prove_again"),
            ("sessions", "refresh"),
        ];
        uses.iter().any(|(module, verb)| says(file, module, verb))
    };
    let all = sources("crates/guardhouse/src");
    let outside: Vec<_> = all.iter().filter(door).filter(makes).map(|file| &file.path).collect();
    assert!(outside.is_empty(), "{outside:?} make or renew sessions");
}
