//! What the payload must say: `J6`, `J11`, ASVS 9.1.1, 9.2.1 to 9.2.3.

use super::*;

fn changed(name: &str, value: Value) -> String {
    let mut claims = good_claims();
    claims[name] = value;
    claims.to_string()
}

fn without(name: &str) -> String {
    let mut claims = good_claims();
    claims.as_object_mut().unwrap().remove(name);
    claims.to_string()
}

/// The good claims with one written as raw JSON, for what no JSON library would write.
fn raw(name: &str, value: &str) -> String {
    without(name).replacen('{', &format!(r#"{{"{name}":{value},"#), 1)
}

#[test]
fn a_good_token_gives_its_claims() {
    for key in KEYS.iter() {
        let token = key.sign("at+jwt", &good_claims()).unwrap();
        assert_eq!(verdict(key, &token), Ok(good_claims()), "{}", key.algorithm());
    }
}

#[test]
fn j6_times_of_another_type_or_out_of_range_are_refused() {
    let values = [
        r#""1900000000""#,
        "1900000000.0",
        "1900000000.5",
        "1.9e9",
        "1e400",
        "-1",
        "-0.0",
        "null",
        "[]",
        "[1900000000]",
        "{}",
        "true",
        "253402300800",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "-9223372036854775809",
        r#""""#,
    ];
    for name in ["exp", "nbf", "iat"] {
        for value in values {
            assert_eq!(with_payload(&raw(name, value)), Err(Rejection::BadClaims), "{name}: {value}");
        }
    }
}

#[test]
fn j6_a_token_without_end_is_refused() {
    assert_eq!(with_payload(&without("exp")), Err(Rejection::BadClaims));
}

#[test]
fn times_count_to_the_second_with_leeway_on_both_ends() {
    for (name, seconds, verdict) in [
        ("exp", NOW - 59, Ok(())),
        ("exp", NOW - 60, Err(Rejection::Expired)),
        ("exp", 0, Err(Rejection::Expired)),
        ("exp", 253_402_300_799, Ok(())),
        ("nbf", NOW + 60, Ok(())),
        ("nbf", NOW + 61, Err(Rejection::NotYetValid)),
        ("nbf", 0, Ok(())),
        ("iat", NOW + 60, Ok(())),
        ("iat", NOW + 61, Err(Rejection::NotYetValid)),
    ] {
        assert_eq!(with_payload(&changed(name, seconds.into())).map(drop), verdict, "{name}: {seconds}");
    }
    assert!(with_payload(&without("nbf")).is_ok());
    assert!(with_payload(&without("iat")).is_ok());
}

#[test]
fn extreme_clocks_and_tolerances_do_not_overflow() {
    let key = key(Algorithm::EdDsa);
    let (keys, token) = (key_set(&[key]), key.sign("at+jwt", &good_claims()).unwrap());
    for (now, leeway, expected) in [
        (i64::MAX, 60, Err(Rejection::Expired)),
        (i64::MIN, 60, Err(Rejection::NotYetValid)),
        (NOW, i64::MAX, Ok(())),
        (NOW, i64::MIN, Ok(())),
        (NOW + 900, -60, Err(Rejection::Expired)),
    ] {
        let expect = Expectation { now, leeway, ..EXPECTED };
        assert_eq!(verify::<Value>(&token, &keys, &expect).map(drop), expected, "{now} {leeway}");
    }
}

#[test]
fn the_issuer_is_compared_exactly() {
    for other in ["https://id.example/", "https://ID.example", "https://id.example ", ""] {
        assert_eq!(with_payload(&changed("iss", other.into())), Err(Rejection::WrongIssuer), "{other}");
    }
    assert_eq!(with_payload(&without("iss")), Err(Rejection::WrongIssuer));
    assert_eq!(with_payload(&changed("iss", json!(["https://id.example"]))), Err(Rejection::BadClaims));
    assert!(with_payload(&raw("iss", r#""https:\/\/id.example""#)).is_ok(), "an escape is no difference");
}

#[test]
fn j11_the_audience_must_be_named() {
    for good in [json!("api"), json!(["api"]), json!(["other", "api"]), json!(["api", "other"])] {
        assert!(with_payload(&changed("aud", good.clone())).is_ok(), "{good}");
    }
    for other in [json!("API"), json!("api "), json!(""), json!([]), json!(["other"])] {
        assert_eq!(with_payload(&changed("aud", other.clone())), Err(Rejection::WrongAudience), "{other}");
    }
    for broken in [json!(null), json!(1), json!(true), json!({ "api": 1 }), json!(["api", 1]), json!([["api"]])] {
        assert_eq!(with_payload(&changed("aud", broken.clone())), Err(Rejection::BadClaims), "{broken}");
    }
    assert_eq!(with_payload(&without("aud")), Err(Rejection::WrongAudience));
}

#[test]
fn j11_who_expects_no_audience_takes_no_token() {
    let key = key(Algorithm::EdDsa);
    let token = key.sign("at+jwt", &good_claims()).unwrap();
    let expect = Expectation { audience: &[], ..EXPECTED };
    assert_eq!(verify::<Value>(&token, &key_set(&[key]), &expect), Err(Rejection::WrongAudience));
}

#[test]
fn j11_only_the_right_cell_of_type_and_audience_passes() {
    let key = key(Algorithm::Es256);
    let keys = key_set(&[key]);
    let types = ["at+jwt", "JWT", "logout+jwt", "client-authentication+jwt", "dpop+jwt", "secevent+jwt"];
    let audiences = ["api", "other-api", "https://id.example"];
    for typ in types {
        for audience in audiences {
            let token = key.sign(typ, &json!({ "iss": EXPECTED.issuer, "aud": audience, "exp": NOW + 1 })).unwrap();
            for asked_type in types {
                for asked in audiences {
                    let expect = Expectation { typ: &[asked_type], audience: &[asked], ..EXPECTED };
                    let accepted = verify::<Value>(&token, &keys, &expect).is_ok();
                    assert_eq!(accepted, typ == asked_type && audience == asked, "{typ} {audience}");
                }
            }
        }
    }
}

#[test]
fn claims_named_twice_are_refused_at_any_depth() {
    let good = good_claims().to_string();
    for repeated in [
        r#""aud":"api","#,
        r#""iss":"https://id.example","#,
        r#""exp":1900000000,"#,
        r#""sub":"user_1","#,
        r#""\u0073ub":"user_1","#,
        r#""x":1,"x":1,"#,
        r#""x":{"a":1,"\u0061":1},"#,
        r#""x":[0,{"a":{"b":1,"b":2}}],"#,
    ] {
        let payload = good.replacen('{', &format!("{{{repeated}"), 1);
        assert_eq!(with_payload(&payload), Err(Rejection::BadClaims), "{repeated}");
    }
    let nested = good.replacen('{', r#"{"x":[{"a":1},{"a":1}],"y":{"a":{"a":1.5}},"z":[null,true,-3,""],"#, 1);
    assert!(with_payload(&nested).is_ok(), "the same name in two objects is fine");
}

#[test]
fn j8_deep_and_broken_payloads_are_refused() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let deep = format!("{}1{}", open.repeat(1500), close.repeat(1500));
        assert_eq!(with_payload(&raw("x", &deep)), Err(Rejection::BadClaims));
    }
    let good = good_claims().to_string();
    for broken in ["", "null", "[]", "1", r#""{}""#, "{", &format!("{good} {good}"), &format!("{good}x"), "\u{feff}{}"]
    {
        assert_eq!(with_payload(broken), Err(Rejection::BadClaims), "{broken}");
    }
    let key = key(Algorithm::EdDsa);
    let mut token = format!("{}.{}", encode(good_header(key)), encode(b"{\"iss\":\"\xff\"}"));
    let signature = key.signature(token.as_bytes()).unwrap();
    token = format!("{token}.{}", encode(signature));
    assert_eq!(verdict(key, &token), Err(Rejection::BadClaims), "not UTF-8");
}

/// ASVS 9.1.1: nothing in a token is looked at before its signature has verified.
#[test]
fn asvs_9_1_1_a_bad_signature_is_said_before_anything_about_the_claims() {
    let key = key(Algorithm::EdDsa);
    let wrong_type = json!({ "alg": "EdDSA", "typ": "JWT", "kid": key.kid() }).to_string();
    for (header, payload) in [
        (good_header(key), without("exp")),
        (good_header(key), changed("exp", 0.into())),
        (good_header(key), "not JSON".to_owned()),
        (wrong_type, good_claims().to_string()),
    ] {
        let token = format!("{}.{}.{}", encode(header), encode(&payload), encode([0; 64]));
        assert_eq!(verdict(key, &token), Err(Rejection::BadSignature), "{payload}");
    }
}

#[test]
fn a_caller_asking_for_more_claims_than_there_are_gets_none() {
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Asked {
        client_id: String,
    }
    let key = key(Algorithm::EdDsa);
    let token = key.sign("at+jwt", &good_claims()).unwrap();
    assert_eq!(verify::<Asked>(&token, &key_set(&[key]), &EXPECTED).unwrap_err(), Rejection::BadClaims);
}
