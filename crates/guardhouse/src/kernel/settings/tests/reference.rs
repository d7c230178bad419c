//! The reference, and what a running configuration is.

use super::*;

#[test]
fn the_reference_names_every_key_with_default_and_variable() {
    let page = Settings::reference(SECTIONS);
    for part in [
        "### `tokens.access_ttl`",
        "- default: `\"15m\"`",
        "- environment: `GUARDHOUSE_SERVER__TLS__CERT`",
        "- default from `hardened` on: `\"5/15m\"`",
        "- kind: one of `light`, `dark`",
        "- default from `production` on: `\"dark\"`",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    for (key, _) in load(&Source::default()).shown() {
        assert!(page.contains(&format!("### `{key}`")), "{key}");
    }
    assert!(Settings::docs(SECTIONS).iter().all(|doc| doc.about.ends_with('.') && doc.about.len() > 10));
}

#[test]
fn what_is_shown_can_be_given_again() {
    let shown = load(&source("[tokens]\nalgorithm = \"EdDSA\"\n[limits]\nlogin = \"7/1h\"\n")).to_toml();
    let again = load(&source(&shown));
    assert_eq!(again.tokens.algorithm, Algorithm::EdDsa);
    assert_eq!(again.limits.login, Limit::of(7, Span::hours(1)));
    assert_eq!(again.to_toml().replace("(secret)", ""), shown.replace("(secret)", ""));
}

/// A feature may continue a table of the kernel's.
#[test]
fn a_table_stands_in_one_place_whoever_reads_it() {
    crate::settings! {
        /// More of bus.
        struct MoreSettings in "bus" {
            /// Whether it is red.
            red: bool = true,
        }
    }
    let sections = &[SectionSpec::of::<CoffeeSettings>(), SectionSpec::of::<MoreSettings>()];
    assert_eq!(Settings::reference(sections).matches("## `bus`\n").count(), 1);
    let settings = Settings::load(&source("[bus]\nred = false\n"), sections).unwrap();
    assert!(!settings.of::<MoreSettings>().red);
    let shown = settings.to_toml();
    assert_eq!(shown.matches("[bus]").count(), 1, "{shown}");
    assert!(Settings::load(&source(&shown), sections).is_ok(), "{shown}");
}
