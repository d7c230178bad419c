//! Forged, altered and malformed access tokens (`J1` to `J8`, `J10`; ASVS 9.1, 9.2).

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::forge::{header, mac, me, open, part, refused, sign, victim, with};
use crate::testing::TestApp;

#[tokio::test]
async fn no_algorithm_means_no_entry_j1_9_1_2() {
    let app = TestApp::new().await;
    let (login, claims) = victim(&app).await;
    let (_, signature) = login.access.rsplit_once('.').unwrap();
    let own = header(&app);
    let spellings = ["none", "NONE", "nOnE", "None", "", " none", "none\0", "RS256", "ES384", "es256", "HS256", "dir"];
    for alg in spellings.iter().map(|alg| json!(alg)).chain([Value::Null, json!(1), json!(["ES256"]), json!({})]) {
        let head = match &alg {
            Value::Null => with(&own, &json!({"alg": null})),
            other => with(&own, &json!({"alg": other})),
        };
        for tail in ["", signature, "AAAA"] {
            let token = format!("{}.{}.{tail}", part(&head.to_string()), part(&claims.to_string()));
            refused(&me(&app, &token).await, &format!("alg {alg} with signature {tail:?}"));
        }
        refused(
            &me(&app, &sign(&app, &head.to_string(), &claims.to_string())).await,
            &format!("alg {alg}, well signed"),
        );
    }
    let bare = format!("{}.{}", part(&own.to_string()), part(&claims.to_string()));
    refused(&me(&app, &bare).await, "two parts");
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret_j2_9_1_3() {
    let app = TestApp::new().await;
    let (_, claims) = victim(&app).await;
    let set = app.get("/.well-known/jwks.json").await;
    let jwk = &set.json["keys"][0];
    let bytes = |name: &str| data_encoding::BASE64URL_NOPAD.decode(jwk[name].as_str().unwrap().as_bytes()).unwrap();
    let point = [vec![4], bytes("x"), bytes("y")].concat();
    // SubjectPublicKeyInfo of P-256 (RFC 5480).
    let prefix = data_encoding::HEXLOWER.decode(b"3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap();
    let der = [prefix, point.clone()].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(&der));
    let secrets: Vec<Vec<u8>> = vec![
        pem.clone().into(),
        pem.trim_end().into(),
        format!(" {pem}").into(),
        der,
        point,
        jwk.to_string().into(),
        set.text.clone().into(),
        jwk["x"].as_str().unwrap().into(),
        jwk["kid"].as_str().unwrap().into(),
        vec![],
        vec![0; 32],
    ];
    for secret in secrets {
        for kid in [jwk["kid"].clone(), json!("HS256"), Value::Null] {
            let head = with(&header(&app), &json!({"alg": "HS256", "kid": kid}));
            refused(&me(&app, &mac(&secret, &head, &claims)).await, &format!("{} bytes as secret", secret.len()));
        }
    }
}

#[tokio::test]
async fn a_key_in_the_header_is_not_trusted_j3_9_1_4() {
    let app = TestApp::new().await;
    let (_, claims) = victim(&app).await;
    let stranger = TestApp::new().await;
    let theirs = stranger.get("/.well-known/jwks.json").await.json["keys"][0].clone();
    let sink = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    sink.set_nonblocking(true).unwrap();
    let url = format!("http://{}/keys", sink.local_addr().unwrap());
    for extra in [
        json!({"jwk": theirs}),
        json!({"jku": url}),
        json!({"x5u": url}),
        json!({"x5c": ["MIIB"]}),
        json!({"jwk": theirs, "kid": theirs["kid"]}),
        json!({"jku": url, "kid": theirs["kid"]}),
        json!({"x5t": "abc", "kid": theirs["kid"]}),
    ] {
        let head = with(&header(&app), &extra).to_string();
        refused(&me(&app, &sign(&stranger, &head, &claims.to_string())).await, &format!("{extra} by a stranger"));
        if !head.contains("x5t") {
            refused(&me(&app, &sign(&app, &head, &claims.to_string())).await, &format!("{extra}, well signed"));
        }
    }
    assert!(sink.accept().is_err(), "nobody is asked for a key");
}

#[tokio::test]
async fn a_key_id_is_a_name_and_nothing_else_j4() {
    let app = TestApp::new().await;
    let (_, claims) = victim(&app).await;
    let own = header(&app);
    let huge = "k".repeat(1_000_000);
    let ids = [
        "../../dev/null",
        "' OR 1=1 --",
        "",
        "\0",
        "%00",
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "HS256",
        "*",
        &huge,
    ];
    for kid in ids.iter().map(|kid| json!(kid)).chain([Value::Null, json!(0), json!([own["kid"]]), json!({})]) {
        let head = with(&own, &json!({ "kid": kid }));
        let shown: String = kid.to_string().chars().take(40).collect();
        refused(&me(&app, &sign(&app, &head.to_string(), &claims.to_string())).await, &shown);
        refused(
            &me(&app, &mac(b"", &with(&head, &json!({"alg": "HS256"})), &claims)).await,
            &format!("{shown}, empty secret"),
        );
    }
    let kid = own["kid"].as_str().unwrap();
    let twice = format!(r#"{{"typ":"at+jwt","alg":"ES256","kid":"{kid}","kid":"{kid}"}}"#);
    refused(&me(&app, &sign(&app, &twice, &claims.to_string())).await, "kid twice");
}

#[tokio::test]
async fn what_is_critical_and_unknown_is_refused_j5_j7_j8() {
    let app = TestApp::new().await;
    let (_, claims) = victim(&app).await;
    for extra in [
        json!({"crit": ["x"], "x": 1}),
        json!({"crit": []}),
        json!({"crit": ["missing"]}),
        json!({"crit": ["b64"], "b64": false}),
        json!({"b64": false}),
        json!({"zip": "DEF"}),
        json!({"enc": "A256GCM"}),
        json!({"cty": "JWT"}),
        json!({"p2c": 2_147_483_648_u64, "p2s": "x"}),
    ] {
        let head = with(&header(&app), &extra);
        refused(&me(&app, &sign(&app, &head.to_string(), &claims.to_string())).await, &extra.to_string());
    }
}

#[tokio::test]
async fn claims_of_a_wrong_kind_are_not_absent_ones_j6_9_2_1() {
    let app = TestApp::new().await;
    let (login, claims) = victim(&app).await;
    let head = header(&app).to_string();
    let exp = claims["exp"].as_i64().unwrap();
    let text = claims.to_string();
    let swapped = |name: &str, value: &str| {
        let old = format!("\"{name}\":{}", claims[name]);
        assert!(text.contains(&old), "{name}");
        text.replace(&old, &format!("\"{name}\":{value}"))
    };
    let mut bad: Vec<String> =
        ["\"9999999999\"", "1e400", "1e300", "-1", "null", "[9999999999]", "{}", "true", "9999999999.5"]
            .iter()
            .map(|value| swapped("exp", value))
            .collect();
    bad.push(with(&claims, &json!({"exp": null})).to_string());
    bad.push(text.replacen('{', &format!("{{\"exp\":{exp},"), 1));
    for nbf in ["\"0\"", "null", "1e400", "[0]", "-1", &(exp + 60).to_string()] {
        bad.push(text.replacen('{', &format!("{{\"nbf\":{nbf},"), 1));
    }
    for (name, value) in
        [("iat", "\"0\""), ("iat", "99999999999"), ("sub", "7"), ("sub", "\"usr_x\""), ("sid", "\"ses_x\"")]
    {
        bad.push(swapped(name, value));
    }
    for name in ["iss", "aud", "sub", "iat", "jti", "client_id", "sid"] {
        bad.push(with(&claims, &json!({ name: null })).to_string());
    }
    bad.extend(["{}", "[]", "null", "\"x\"", ""].map(str::to_owned));
    bad.push(format!("{text}{text}"));
    bad.push(format!("{{\"a\":{}1{}", "[".repeat(5_000), "]".repeat(5_000)));
    for claims in bad {
        refused(&me(&app, &sign(&app, &head, &claims)).await, &claims.chars().take(300).collect::<String>());
    }
    assert_eq!(me(&app, &sign(&app, &head, &text)).await.status.as_u16(), 200, "the forge itself is sound");
    assert_eq!(me(&app, &login.access).await.status.as_u16(), 200);
}

#[tokio::test]
async fn wrong_type_audience_and_issuer_are_refused_j11_9_2_2_9_2_3() {
    let app = TestApp::new().await;
    let (_, claims) = victim(&app).await;
    let own = header(&app);
    for typ in ["JWT", "at+JWT2", "", "id_token", "logout+jwt", "dpop+jwt", "secevent+jwt", "text/at+jwt"] {
        let head = with(&own, &json!({ "typ": typ })).to_string();
        refused(&me(&app, &sign(&app, &head, &claims.to_string())).await, typ);
    }
    let head = with(&own, &json!({"typ": null})).to_string();
    refused(&me(&app, &sign(&app, &head, &claims.to_string())).await, "no typ");
    let iss = claims["iss"].as_str().unwrap();
    for change in [
        json!({"iss": format!("{iss}/")}),
        json!({"iss": "https://evil.example"}),
        json!({"iss": iss.to_uppercase()}),
        json!({"iss": [iss]}),
        json!({"aud": "https://another.example"}),
        json!({"aud": ["https://another.example"]}),
        json!({"aud": []}),
        json!({"aud": ""}),
        json!({"aud": {"x": iss}}),
        json!({"aud": format!("{iss}x")}),
    ] {
        let claims = with(&claims, &change);
        refused(&me(&app, &sign(&app, &own.to_string(), &claims.to_string())).await, &change.to_string());
    }
    let several = with(&claims, &json!({"aud": ["https://another.example", claims["aud"]]}));
    assert_eq!(me(&app, &sign(&app, &own.to_string(), &several.to_string())).await.status.as_u16(), 200);
}

#[tokio::test]
async fn an_encrypted_token_is_none_j7() {
    let app = TestApp::new().await;
    let (login, claims) = victim(&app).await;
    let inner = format!("{}.{}.", part(r#"{"alg":"none"}"#), part(&claims.to_string()));
    let kid = app.ctx().keys.signing().kid().to_owned();
    for alg in ["ECDH-ES", "RSA1_5", "RSA-OAEP", "dir", "PBES2-HS256+A128KW"] {
        let head = json!({"alg": alg, "enc": "A256GCM", "kid": kid, "cty": "JWT", "p2c": 2_147_483_648_u64});
        let token = format!("{}.{}.AAAA.{}.AAAA", part(&head.to_string()), part("k"), part(&inner));
        refused(&me(&app, &token).await, alg);
    }
    refused(&me(&app, &format!("{}.x.y", login.access)).await, "five parts");
    refused(&me(&app, &json!({"payload": part(&claims.to_string()), "signatures": []}).to_string()).await, "JSON form");
}

#[tokio::test]
async fn huge_and_dotted_tokens_cost_nothing_j8() {
    let app = TestApp::alone(|_| {}).await;
    let (login, claims) = victim(&app).await;
    assert_eq!(me(&app, &login.access).await.status.as_u16(), 200);
    let before = (app.ctx().db.stats(), app.ctx().hasher.done());
    let bomb = format!("{}.{}.{}", part(&header(&app).to_string()), "A".repeat(8_000_000), "A".repeat(86));
    for token in [".".repeat(1_000_000), "a.".repeat(500_000), "x".repeat(8_000_000), bomb] {
        refused(&me(&app, &token).await, "a huge token");
    }
    let padded = with(&claims, &json!({"pad": "x".repeat(15_000)}));
    refused(&me(&app, &sign(&app, &header(&app).to_string(), &padded.to_string())).await, "well signed, too large");
    assert_eq!((app.ctx().db.stats(), app.ctx().hasher.done()), before, "something was looked up or hashed");
    assert_eq!(me(&app, &login.access).await.status.as_u16(), 200);
}

#[tokio::test]
async fn every_altered_byte_spoils_a_token_j10_9_1_1() {
    let app = TestApp::new().await;
    let (login, _) = victim(&app).await;
    let token = login.access;
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        refused(&me(&app, &String::from_utf8(bytes).unwrap()).await, &format!("byte {at} altered"));
    }
    for length in 1..token.len() {
        refused(&me(&app, &token[..length]).await, &format!("cut to {length}"));
    }
    for tail in ["A", "=", "==", ".", "\u{20}x", ",", "%00", "/"] {
        refused(&me(&app, &format!("{token}{tail}")).await, &format!("extended by {tail:?}"));
    }
    assert_eq!(me(&app, &token).await.status.as_u16(), 200);
    let (head, _) = open(&token);
    assert_eq!((head["typ"].as_str(), head["alg"].as_str()), (Some("at+jwt"), Some("ES256")));
}

#[tokio::test]
async fn a_token_of_another_server_is_a_stranger_9_2_4() {
    let app = TestApp::new().await;
    let (_, claims) = victim(&app).await;
    let other = TestApp::new().await;
    let theirs = other.register("alice").await;
    refused(&me(&app, &theirs.access).await, "another server's own token");
    let head = with(&header(&other), &json!({"kid": app.ctx().keys.signing().kid()}));
    refused(&me(&app, &sign(&other, &head.to_string(), &claims.to_string())).await, "its key under our name");
}
