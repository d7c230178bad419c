//! No text is a refresh token, a cookie, a mailed code or an API key but those that were made here (`J10`).
#![no_main]

use std::sync::LazyLock;

use guardhouse_core::{
    api_key::ApiKey,
    master_key::KeyRing,
    opaque::{MailedCode, Stamped, StampedKind},
};
use libfuzzer_sys::fuzz_target;

static RING: LazyLock<KeyRing> = LazyLock::new(|| KeyRing::new(&[[7; 32]]).expect("a ring"));
const SALT: [u8; 16] = [9; 16];

fuzz_target!(|sent: (&str, [u8; 16], u32)| {
    let (text, id, generation) = sent;
    for kind in [StampedKind::Refresh, StampedKind::Cookie] {
        if let Some(stamped) = Stamped::parse(kind, text) {
            assert!(!stamped.proves(&RING, &SALT), "{text}");
            assert_eq!(stamped.text(), text, "one text for one credential");
        }
        let made = Stamped::issue(&RING, kind, id, generation, &SALT);
        let read = Stamped::parse(kind, &made.text()).expect("what was made is read");
        assert!(read.proves(&RING, &SALT) && !read.proves(&RING, &[8; 16]));
    }
    if let Some(code) = MailedCode::parse(text) {
        assert_eq!(code.text(), text, "one text for one code");
    }
    if let Some(key) = ApiKey::parse(text) {
        assert_eq!(&*key.text(), text, "one text for one key");
    }
});
