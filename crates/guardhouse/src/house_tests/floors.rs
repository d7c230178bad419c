//! ⚑ A floor uses only lower floors; a feature uses another only through its `mod.rs`, and only where the list
//! below says that it needs it.

use std::{collections::BTreeSet, fs};

use super::{
    paths::{Named, Path, named},
    source::{root, sources},
};

/// Which feature needs which. A new line here is a decision that review sees.
const NEEDS: &[(&str, &[&str])] = &[
    // Acts on one's own account ask for the password again.
    ("profile", &["password"]),
    // An administrator invites, resets and imports passwords, and a changed address is told as to oneself.
    ("users", &["password", "profile"]),
    // Confirming an address takes a waiting registration up, or a change of one's own address.
    ("email_verification", &["password", "profile"]),
    // The first administrator is made by the rules of all others.
    ("setup", &["password", "users"]),
    // An administrator lists and revokes the keys of whom they may act on, and makes those of machines.
    ("api_keys", &["users", "service_accounts"]),
    // A passkey is enrolled as all factors are, with a recent proof, and an administrator removes those of whom they may
    // act on.
    ("passkeys", &["mfa", "password", "users"]),
    // A token that a key was exchanged for is worth what the key is.
    ("jwt", &["api_keys"]),
    // Whatever belongs to a tenant goes with it.
    ("tenants", &["service_accounts"]),
    // One more proof may be the password, and an administrator removes the factors of whom they may act on.
    ("mfa", &["password", "users"]),
    // Enrolling asks for a recent proof, and all kinds enrol alike.
    ("totp", &["mfa", "password"]),
    ("email_code", &["mfa", "password"]),
    // A password sent with each request is checked like one that signs in.
    ("basic", &["password"]),
    // A decision is made of roles and of what the policies say.
    ("access", &["policies"]),
];

/// The crates of the workspace with their floors.
const CRATES: &[(&str, u8)] = &[
    ("guardhouse-core", 0),
    ("guardhouse-store", 1),
    ("guardhouse-verify", 1),
    ("guardhouse-scaffold", 1),
    ("guardhouse", 4),
    ("guardhouse-server", 5),
];

fn floor(path: &Path) -> u8 {
    match path.first().map(String::as_str) {
        Some("features") => 3,
        Some("assembly" | "testing" | "house_tests" | "Guardhouse" | "StartOptions" | "StartError") | None => 4,
        // Macros exported to the root belong to the kernel, and `core` is the floor below it.
        Some(_) => 2,
    }
}

/// Every file that is no test, with what it names.
pub(super) fn files() -> Vec<(String, Named)> {
    let all: Vec<_> = sources("crates/guardhouse/src").iter().map(|file| (file.path.clone(), named(file))).collect();
    let tests: BTreeSet<Path> = all.iter().flat_map(|(_, file)| file.test_modules.clone()).collect();
    let is_test = |module: &Path| (1..=module.len()).any(|length| tests.contains(&module[..length]));
    all.into_iter().filter(|(_, file)| !is_test(&file.module)).collect()
}

#[test]
fn a_floor_uses_only_lower_floors() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (file, named) in files() {
        for path in &named.paths {
            seen += 1;
            if floor(&named.module) < floor(path) {
                wrong.push(format!("{file}: {}", path.join("::")));
            }
        }
    }
    assert!(seen > 500, "only {seen} paths were read");
    assert!(wrong.is_empty(), "these use a floor above their own:\n{}", wrong.join("\n"));
}

fn fault(module: &Path, path: &Path) -> Option<String> {
    let [features, own, ..] = module.as_slice() else { return None };
    let [among, other, inside @ ..] = path.as_slice() else { return None };
    if features != "features" || among != "features" || own == other {
        return None;
    }
    let needed = NEEDS.iter().any(|(feature, needs)| feature == own && needs.contains(&other.as_str()));
    if !needed {
        return Some(format!("{own} needs {other}: declare it in house_tests/floors.rs, or do without"));
    }
    // `other::Type::function` is the front door, `other::module::item` is not.
    let through_a_module = inside.len() > 1 && inside[0].starts_with(|first: char| first.is_lowercase());
    through_a_module.then(|| format!("{own} reaches into {}", path.join("::")))
}

#[test]
fn a_feature_uses_another_through_its_front_door_where_it_declares_the_need() {
    let mut wrong = Vec::new();
    for (file, named) in files() {
        wrong.extend(named.paths.iter().filter_map(|path| Some(format!("{file}: {}", fault(&named.module, path)?))));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rule_knows_front_doors_from_side_doors() {
    let path = |text: &str| text.split("::").map(str::to_owned).collect::<Path>();
    let profile = path("features::profile::rules");
    for fine in ["features::password::Chosen::imported", "features::password::recent_proof", "features::profile::x::y"]
    {
        assert_eq!(fault(&profile, &path(fine)), None, "{fine}");
    }
    for wrong in ["features::password::store::FIND", "features::jwt::FEATURE"] {
        assert!(fault(&profile, &path(wrong)).is_some(), "{wrong}");
    }
}

#[test]
fn a_crate_depends_only_on_lower_floors() {
    let floor_of = |name: &str| CRATES.iter().find(|(known, _)| *known == name).map(|(_, floor)| *floor);
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let path = entry.unwrap().path().join("Cargo.toml");
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let manifest: toml::Table = text.parse().unwrap();
        let name = manifest["package"]["name"].as_str().unwrap().to_owned();
        let own =
            floor_of(&name).unwrap_or_else(|| panic!("{name} has no floor: give it one in house_tests/floors.rs"));
        for used in manifest.get("dependencies").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys)
        {
            if used.starts_with("guardhouse") {
                let floor = floor_of(used).unwrap_or_else(|| panic!("{used} has no floor"));
                assert!(floor < own, "{name} (floor {own}) depends on {used} (floor {floor})");
            }
        }
    }
}
