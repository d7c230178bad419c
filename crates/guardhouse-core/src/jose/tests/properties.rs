//! What holds for every input.

use proptest::collection::{hash_map, vec};
use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_signed_reads_back(claims in hash_map("x[a-z]{0,8}", ".{0,40}", 0..12), lifetime in 1_i64..100_000) {
        let mut expected = good_claims();
        expected["exp"] = (NOW + lifetime).into();
        for (name, value) in claims {
            expected[name] = value.into();
        }
        for key in KEYS.iter() {
            let token = key.sign("at+jwt", &expected).unwrap();
            prop_assert_eq!(verdict(key, &token), Ok(expected.clone()));
        }
    }

    #[test]
    fn a_key_of_the_same_kind_and_name_does_not_verify(seed in "[a-z]{32,40}", other in "[a-z]{32,40}") {
        prop_assume!(seed != other);
        let (key, other) = (SigningKey::from_secret(seed.as_bytes()).unwrap(), SigningKey::from_secret(other.as_bytes()).unwrap());
        let token = crafted(&other, &good_header(&key), &good_claims().to_string());
        prop_assert_eq!(verdict(&key, &token), Err(Rejection::BadSignature));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_refused_without_panic(token in "\\PC{0,200}") {
        prop_assert!(verdict(key(Algorithm::EdDsa), &token).is_err());
    }

    #[test]
    fn any_three_parts_are_refused_without_panic(
        header in vec(any::<u8>(), 0..80), payload in vec(any::<u8>(), 0..80), signature in vec(any::<u8>(), 0..80),
    ) {
        let token = format!("{}.{}.{}", encode(header), encode(payload), encode(signature));
        prop_assert!(verdict(key(Algorithm::EdDsa), &token).is_err());
    }

    #[test]
    fn any_header_and_payload_under_a_good_signature_are_handled_without_panic(
        header in r#"\{("(alg|kid|typ|crit|x)":("EdDSA"|\[\]|null|1|\{\}),?){0,4}\}"#,
        payload in r#"\{("(iss|aud|exp|nbf|iat|x)":("api"|\[|\]|null|-?[0-9]{1,20}(\.[0-9])?|\{\}),?){0,6}\}"#,
    ) {
        prop_assert!(with_header(&header).is_err());
        prop_assert!(with_payload(&payload).is_err());
    }
}
