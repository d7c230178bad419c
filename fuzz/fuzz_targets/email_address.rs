//! An address is one canonical identity or none: what is sent to parses again, to the same key (`A16`).
#![no_main]

use guardhouse_core::email::EmailAddress;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|typed: &str| {
    let Ok(address) = EmailAddress::parse(typed) else { return };
    let again = EmailAddress::parse(address.as_str()).expect("what is sent to is an address");
    assert_eq!(again.as_str(), address.as_str());
    assert_eq!(again.key(), address.key());
    assert!(!address.as_str().contains(['\r', '\n', '\0']), "{:?}", address.as_str());
});
