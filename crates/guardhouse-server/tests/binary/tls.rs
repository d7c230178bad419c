//! TLS of the server itself (M-35).

use std::{fs, time::Duration};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::{Certificate, Client, StatusCode, Version};
use rustix::process::Signal;

use crate::harness::{Setup, builder, stderr, until};

/// Writes a certificate for 127.0.0.1 into the place; a client that trusts only its issuer.
pub(crate) fn certify(setup: &Setup) -> Client {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    fs::write(setup.place.path().join("cert.pem"), leaf.pem()).unwrap();
    fs::write(setup.place.path().join("key.pem"), key.serialize_pem()).unwrap();
    let root = Certificate::from_pem(issuer.pem().as_bytes()).unwrap();
    builder().tls_certs_only([root]).build().unwrap()
}

pub(crate) fn encrypted() -> Setup {
    let setup = Setup::new().with("SERVER__TLS__CERT", "cert.pem").with("SERVER__TLS__KEY", "key.pem");
    let url = format!("https://127.0.0.1:{}", setup.port);
    setup.with("SERVER__PUBLIC_URL", &url)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_speaks_tls_and_takes_a_new_certificate_on_sighup_m35() {
    let setup = encrypted();
    let client = certify(&setup);
    let server = setup.serve_for("https", client).await;
    let answer = server.client.get(server.url("/healthz")).send().await.unwrap();
    assert_eq!((answer.status(), answer.version()), (StatusCode::OK, Version::HTTP_2));
    let plain = builder().build().unwrap().get(format!("http://127.0.0.1:{}/healthz", setup.port)).send().await;
    assert!(plain.is_err(), "plain HTTP on a TLS port");

    let successor = certify(&setup);
    assert!(successor.get(server.url("/healthz")).send().await.is_err(), "the certificate in use changed by itself");
    server.signal(Signal::HUP);
    let renewed = async || successor.get(server.url("/healthz")).send().await.is_ok();
    assert!(until(Duration::from_secs(10), renewed).await, "{}", server.log());
}

#[test]
fn a_key_that_is_not_there_is_told_before_the_start_m35() {
    let setup = encrypted();
    certify(&setup);
    fs::remove_file(setup.place.path().join("key.pem")).unwrap();
    let output = setup.run(&["serve"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("server.tls.key: can't use key.pem"), "{}", stderr(&output));
}
