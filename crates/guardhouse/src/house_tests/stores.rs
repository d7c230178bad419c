//! ⚑ SQL belongs to the module that owns the table: nobody runs another module's statements, since whoever does must know
//! all that has to go with them.

use super::{
    floors::files,
    paths::Path,
    source::{Source, Token, sources},
};

/// Modules named as `other::store` without the way to them, as after `use crate::kernel::other`.
fn by_name(source: &Source) -> Vec<String> {
    let store = |window: &[Token]| match window {
        [Token::Word(module), Token::Mark(':'), Token::Mark(':'), Token::Word(store)] if store == "store" => {
            Some(module.clone()).filter(|module| !["self", "super", "crate"].contains(&module.as_str()))
        }
        _ => None,
    };
    source.tokens.windows(4).filter_map(store).collect()
}

/// Whether a path leads into the statements of another module.
fn is_others(module: &Path, path: &Path) -> bool {
    path.iter().position(|part| part == "store").is_some_and(|at| !module.starts_with(&path[..at]))
}

/// Floor 4 puts all tables together.
fn puts_together(path: &str) -> bool {
    ["/assembly/", "/testing/", "/house_tests/"].iter().any(|part| path.contains(part))
}

#[test]
fn nobody_runs_another_modules_statements() {
    let all = sources("crates/guardhouse/src");
    let mut wrong = Vec::new();
    for (path, named) in files().into_iter().filter(|(path, _)| !puts_together(path)) {
        let source = all.iter().find(|source| source.path == path).unwrap();
        wrong.extend(by_name(source).into_iter().map(|module| format!("{path}: {module}::store")));
        let others = named.paths.iter().filter(|other| is_others(&named.module, other));
        wrong.extend(others.map(|other| format!("{path}: {}", other.join("::"))));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rule_knows_ones_own_statements_from_others() {
    let path = |text: &str| text.split("::").map(str::to_owned).collect::<Path>();
    let profile = path("features::profile::rules");
    assert!(!is_others(&profile, &path("features::profile::store::FIND")));
    assert!(is_others(&profile, &path("kernel::accounts::store")));
    assert!(is_others(&profile, &path("features::password::store::FIND")));
}
