//! Authenticators that attest to their makers (`WebAuthn` L3, section 8.2).

use std::{collections::BTreeMap, path::PathBuf};

use data_encoding::BASE64URL_NOPAD;
use guardhouse_core::{ids::EventId, secret::sha256};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SigningKey as _,
};
use serde_cbor_2::Value as Cbor;

use super::{super::settings::PasskeySettings, authenticator::Key, *};

/// As the authenticator of the tests calls its make.
const MAKE: &str = "07070707-0707-0707-0707-070707070707";
const OTHER: &str = "ee882879-721c-4913-9775-3dfcce97072a";

/// A maker: its root, and what its authenticators sign with.
struct Maker {
    root: Certificate,
    leaf: Certificate,
    key: KeyPair,
}

impl Maker {
    fn new() -> Self {
        let root_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, "A maker");
        let root = params.self_signed(&root_key).unwrap();
        let issuer = Issuer::new(params, root_key);
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        for (kind, text) in [
            (DnType::CountryName, "SE"),
            (DnType::OrganizationName, "A maker"),
            (DnType::OrganizationalUnitName, "Authenticator Attestation"),
            (DnType::CommonName, "One of many"),
        ] {
            params.distinguished_name.push(kind, text);
        }
        // id-fido-gen-ce-aaguid: an OCTET STRING of 16 bytes.
        let make = [&[4, 16][..], &[7; 16]].concat();
        let extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 45_724, 1, 1, 4], make);
        params.custom_extensions.push(extension);
        let leaf = params.signed_by(&key, &issuer).unwrap();
        Self { root, leaf, key }
    }

    fn file(&self) -> PathBuf {
        let file = std::env::temp_dir()
            .join(format!("guardhouse-roots-{}.pem", EventId::new(guardhouse_core::time::Clock::system().now())));
        std::fs::write(&file, self.root.pem()).unwrap();
        file
    }

    /// Has an answer attest to the maker.
    fn vouch(&self, answer: &mut Value) {
        let response = &mut answer["response"];
        let bytes = |value: &Value| BASE64URL_NOPAD.decode(value.as_str().unwrap().as_bytes()).unwrap();
        let Cbor::Map(mut object) = serde_cbor_2::from_slice(&bytes(&response["attestationObject"])).unwrap() else {
            panic!("no map")
        };
        let text = |text: &str| Cbor::Text(text.into());
        let Cbor::Bytes(data) = object[&text("authData")].clone() else { panic!("no bytes") };
        let signed = [&data[..], &sha256(&bytes(&response["clientDataJSON"]))].concat();
        let statement: BTreeMap<_, _> = [
            (text("alg"), Cbor::Integer(-7)),
            (text("sig"), Cbor::Bytes(self.key.sign(&signed).unwrap())),
            (text("x5c"), Cbor::Array(vec![Cbor::Bytes(self.leaf.der().to_vec())])),
        ]
        .into();
        object.insert(text("fmt"), text("packed"));
        object.insert(text("attStmt"), Cbor::Map(statement));
        let encoded = serde_cbor_2::to_vec(&Cbor::Map(object)).unwrap();
        response["attestationObject"] = json!(BASE64URL_NOPAD.encode(&encoded));
    }
}

async fn app(maker: &Maker, listed: &[&str]) -> TestApp {
    let file = maker.file();
    let app = TestApp::with(|settings| {
        settings.change(|passkeys: &mut PasskeySettings| {
            passkeys.attestation_roots = Some(file.clone());
            passkeys.aaguids = listed.iter().map(ToString::to_string).collect();
        });
    })
    .await;
    std::fs::remove_file(file).unwrap();
    app
}

/// Adds a passkey that a maker vouches for, or none does.
async fn add(alice: &Actor<'_>, maker: Option<&Maker>) -> Answer {
    let options = alice.post("/api/me/passkeys/options", json!({})).await.expect(200).json;
    assert_eq!(options["publicKey"]["attestation"], "direct");
    let mut answer = Key::new().create(&options["publicKey"]);
    if let Some(maker) = maker {
        maker.vouch(&mut answer);
    }
    alice.post(MINE, json!({"credential": answer, "name": "Key"})).await
}

#[tokio::test]
async fn where_makers_are_named_only_what_they_vouch_for_is_added_m09() {
    let (maker, stranger) = (Maker::new(), Maker::new());
    let app = app(&maker, &[]).await;
    let (admin, alice) = (app.admin().await, app.actor("alice").await);
    for nobody in [None, Some(&stranger)] {
        add(&alice, nobody).await.refused(401, "INVALID_CREDENTIALS");
        app.work().await;
        let list = admin.get("/api/admin/audit-events?action=passkeys.added&limit=1").await.expect(200);
        assert_eq!(list.json["data"][0]["details"]["reason"], "maker", "{}", list.text);
    }
    let added = add(&alice, Some(&maker)).await.expect(201).json;
    assert_eq!(added["aaguid"], MAKE);
}

#[tokio::test]
async fn of_a_maker_only_the_makes_that_are_listed_are_added_m09() {
    let maker = Maker::new();
    let other = app(&maker, &[OTHER]).await;
    let alice = other.actor("alice").await;
    add(&alice, Some(&maker)).await.refused(401, "INVALID_CREDENTIALS");
    let listed = app(&maker, &[OTHER, MAKE]).await;
    let alice = listed.actor("alice").await;
    let _ = add(&alice, Some(&maker)).await.expect(201);
}

#[tokio::test]
async fn a_vouching_counts_for_its_own_answer_alone_a23() {
    let maker = Maker::new();
    let app = app(&maker, &[]).await;
    let alice = app.actor("alice").await;
    let options = alice.post("/api/me/passkeys/options", json!({})).await.expect(200).json;
    let mut vouched = Key::new().create(&options["publicKey"]);
    maker.vouch(&mut vouched);
    let options = alice.post("/api/me/passkeys/options", json!({})).await.expect(200).json;
    let mut moved = Key::new().create(&options["publicKey"]);
    moved["response"]["attestationObject"] = vouched["response"]["attestationObject"].clone();
    alice.post(MINE, json!({"credential": moved, "name": "Key"})).await.refused(401, "INVALID_CREDENTIALS");
}

#[test]
fn roots_that_are_none_keep_the_server_from_starting() {
    let place = std::env::temp_dir().join(format!("guardhouse-no-roots-{}", std::process::id()));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (text, told) in [("", "there is no certificate in it"), (broken, "certificate 1 cannot be read")] {
        std::fs::write(&place, text).unwrap();
        let settings = PasskeySettings { attestation_roots: Some(place.clone()), ..PasskeySettings::default() };
        let refused = super::super::makers::open(&settings).unwrap_err().to_string();
        assert!(refused.starts_with("passkeys.attestation_roots: ") && refused.ends_with(told), "{refused}");
    }
    std::fs::remove_file(&place).unwrap();
    let settings = PasskeySettings { attestation_roots: Some(place), ..PasskeySettings::default() };
    assert!(super::super::makers::open(&settings).is_err());
    let mut settings = crate::testing::settings();
    settings.change(|passkeys: &mut PasskeySettings| passkeys.aaguids = vec!["YubiKey".to_owned()]);
    let mut problems = Vec::new();
    super::super::settings::check(&settings, &mut problems);
    assert_eq!(problems.len(), 2, "no AAGUID, and nobody who vouches for it");
}
