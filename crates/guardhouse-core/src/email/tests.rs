#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::*;

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[test]
fn domain_is_lower_case_ascii_and_the_local_part_is_kept() {
    let alice = address("Alice.B+tag@BÜCHER.Example");
    assert_eq!(alice.as_str(), "Alice.B+tag@xn--bcher-kva.example");
    assert_eq!(alice.to_string(), alice.as_str());
    assert_eq!((alice.local_part(), alice.domain()), ("Alice.B+tag", "xn--bcher-kva.example"));
    assert_eq!(alice.key(), "alice.b+tag@xn--bcher-kva.example");
    for good in [
        "a@localhost",
        "o'neil@example.co.uk",
        "用户@例え.jp",
        "user@r3---sn.example",
        "1@2.example",
        "नाम@उदाहरण.भारत",
    ] {
        address(good);
    }
}

#[test]
fn ambiguous_addresses_are_refused_a16() {
    use EmailError::{Domain, LocalPart, MixedScripts, Separator, TooLong};
    let refused = [
        ("a@x.example,b@y.example", Separator),
        ("a,b@y.example", LocalPart),
        ("a@evil.example@corp.example", Separator),
        ("\"e@evil.example\"@v.example", Separator),
        ("\"quoted\"@v.example", LocalPart),
        ("nobody", Separator),
        ("", Separator),
        ("@v.example", LocalPart),
        ("a@", Domain),
        ("a b@v.example", LocalPart),
        (" a@v.example", LocalPart),
        ("a@v.example ", Domain),
        ("a@v.example\r\nBcc: x@y.example", Separator),
        ("a\r\n@v.example", LocalPart),
        ("a@v.example\n", Domain),
        ("a\0@v.example", LocalPart),
        ("a@v\0.example", Domain),
        ("<a@v.example>", LocalPart),
        ("Alice <a@v.example>", LocalPart),
        ("a(comment)@v.example", LocalPart),
        (".a@v.example", LocalPart),
        ("a.@v.example", LocalPart),
        ("a..b@v.example", LocalPart),
        ("a@.v.example", Domain),
        ("a@v.example.", Domain),
        ("a@v..example", Domain),
        ("a@-v.example", Domain),
        ("a@v_x.example", Domain),
        ("a@[127.0.0.1]", Domain),
        ("a@[IPv6:::1]", Domain),
        ("a@127.0.0.1", Domain),
        ("a@0x7f.1", Domain),
        ("a@intranet", Domain),
        ("a@xn--zz--.example", Domain),
        ("a＠evil.example", Separator),
        ("a＠evil.example@corp.example", LocalPart),
        ("a﹒b@v.example", LocalPart),
        ("a@v﹒example", Domain),
        ("a@v。example", Domain),
        ("a\u{200b}b@v.example", LocalPart),
        ("a\u{ad}b@v.example", LocalPart),
        ("a\u{3164}b@v.example", LocalPart),
        ("a\u{202e}b@v.example", LocalPart),
        ("a\u{a0}b@v.example", LocalPart),
        ("a@v\u{ad}x.example", Domain),
        ("p\u{430}ypal@v.example", MixedScripts),
    ];
    for (text, error) in refused {
        assert_eq!(EmailAddress::parse(text).err(), Some(error), "{text:?}");
    }
    assert_eq!(EmailAddress::parse(&format!("{}@v.example", "a".repeat(65))).err(), Some(TooLong));
    let long = |labels: usize| format!("a@{}example", "abcdefghi.".repeat(labels));
    assert!(EmailAddress::parse(&long(24)).is_ok());
    assert_eq!(EmailAddress::parse(&long(25)).err(), Some(TooLong));
}

#[test]
fn twins_are_one_account_a16() {
    let twins = [
        ("mike@example.org", "M\u{131}ke@example.org"),
        ("mike@example.org", "MIKE@EXAMPLE.ORG"),
        ("mike@example.org", "m\u{130}ke@example.org"),
        ("mike@example.org", "mi\u{212a}e@example.org"),
        ("straße@example.org", "STRASSE@example.org"),
        ("susan@example.org", "\u{17f}u\u{17f}an@example.org"),
        ("mike@example.org", "ｍｉｋｅ@example.org"),
        ("fish@example.org", "ﬁsh@example.org"),
        ("jos\u{e9}@example.org", "JOS\u{c9}@example.org"),
        ("mike@example.org", "mike@ｅxample.org"),
        ("mike@bücher.example", "mike@XN--BCHER-KVA.example"),
    ];
    for (one, other) in twins {
        assert_eq!(address(one), address(other), "{one} {other}");
        assert_eq!(address(one).key(), address(other).key());
    }
    assert_eq!(address("M\u{131}ke@example.org").as_str(), "M\u{131}ke@example.org");
    assert_ne!(address("mike@example.org"), address("mike@example.com"));
    assert_ne!(address("mike@example.org"), address("mike+1@example.org"));
}

#[test]
fn names_are_trimmed_and_harmless() {
    assert_eq!(DisplayName::parse("  Zoe\u{308} O'Neil \n").unwrap().as_str(), "Zo\u{eb} O'Neil");
    assert_eq!(DisplayName::parse("👩\u{200d}🚀 Ada").unwrap().as_str(), "👩\u{200d}🚀 Ada");
    assert!(DisplayName::parse(&"ж".repeat(200)).is_ok());
    let error = |text: &str| DisplayName::parse(text).err();
    for empty in ["", "   ", "\u{200b}\u{200d}", "\u{3164}"] {
        assert_eq!(error(empty), Some(DisplayNameError::Empty), "{empty:?}");
    }
    assert_eq!(error(&"ж".repeat(201)), Some(DisplayNameError::TooLong { max: 200 }));
    assert_eq!(error(&"x".repeat(1 << 20)), Some(DisplayNameError::TooLong { max: 200 }));
    for bad in ["a\r\nBcc: b", "a\0b", "a\u{202e}b", "a\u{2066}b", "a\u{2028}b", "a\u{85}b", "a\u{200f}b", "a\u{e000}b"]
    {
        assert_eq!(error(bad), Some(DisplayNameError::Character), "{bad:?}");
    }
}

/// Texts that come near an address, of characters that have fooled parsers.
fn near_address() -> impl Strategy<Value = String> {
    let piece = "[a-zA-Z0-9.@,\"'+ <>\r\n\0ıİKſﬁéµаßΐ﹒＠。\u{301}\u{307}\u{345}_-]{0,12}";
    (piece, piece, "[a-z.@ıéａ\r\n]{0,8}").prop_map(|(local, middle, end)| format!("{local}@{middle}{end}.example"))
}

fn holds(text: &str) -> Result<(), TestCaseError> {
    let Ok(parsed) = EmailAddress::parse(text) else { return Ok(()) };
    let again = EmailAddress::parse(parsed.as_str()).expect("what was parsed parses again");
    prop_assert_eq!(parsed.as_str(), again.as_str());
    prop_assert_eq!(parsed.key(), again.key());
    let key = EmailAddress::parse(parsed.key());
    if let Ok(key) = key {
        prop_assert_eq!(key.key(), parsed.key(), "a key folds to itself");
    }
    for text in [parsed.as_str(), parsed.key()] {
        prop_assert!(!text.chars().any(|c| c.is_control() || c.is_whitespace() || ",\"<>".contains(c)));
        prop_assert_eq!(text.matches('@').count(), 1);
    }
    prop_assert!(parsed.domain().is_ascii() && parsed.as_str().len() <= EmailAddress::MAX_BYTES);
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_refused_or_canonical_a16(text in any::<String>()) {
        holds(&text)?;
    }

    #[test]
    fn near_addresses_are_refused_or_canonical_a16(text in near_address()) {
        holds(&text)?;
    }

    #[test]
    fn letters_of_all_scripts_fold_to_a_fixed_point(local in "[\\p{L}\\p{M}]{1,8}") {
        holds(&format!("{local}@example.org"))?;
    }

    #[test]
    fn names_are_refused_or_canonical(text in any::<String>()) {
        if let Ok(name) = DisplayName::parse(&text) {
            prop_assert_eq!(DisplayName::parse(name.as_str()), Ok(name.clone()));
            prop_assert!(!name.as_str().contains(['\r', '\n', '\0']));
        }
    }
}
