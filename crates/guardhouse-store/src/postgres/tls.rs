//! TLS to the server, through rustls; the modes mean what they mean to libpq.

use std::sync::Arc;

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{Result, StoreError};

/// What the URL wants of TLS.
#[derive(Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) mode: SslMode,
    /// Whether the server must prove its name: `verify-full`, or any `sslrootcert`.
    verified: bool,
    /// A PEM file of authorities instead of the public ones.
    roots: Option<String>,
}

impl Wanted {
    /// Whether nothing is sent before the server has shown a certificate of the name that was dialled.
    pub(super) fn proves(&self) -> bool {
        self.verified && self.mode == SslMode::Require
    }
}

/// Takes `sslmode` and `sslrootcert` out of the URL; the driver knows neither `verify-full` nor
/// authorities.
pub(super) fn split(url: &str) -> Result<(String, Wanted)> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let mut wanted = Wanted { mode: SslMode::Prefer, verified: false, roots: None };
    let mut kept = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", mode)) => (wanted.mode, wanted.verified) = self::mode(mode)?,
            Some(("sslrootcert", file)) => wanted.roots = Some(file.to_owned()),
            _ => kept.push(pair),
        }
    }
    wanted.verified |= wanted.roots.is_some();
    let mark = if kept.is_empty() { "" } else { "?" };
    Ok((format!("{base}{mark}{}", kept.join("&")), wanted))
}

fn mode(name: &str) -> Result<(SslMode, bool)> {
    match name {
        "disable" => Ok((SslMode::Disable, false)),
        "prefer" => Ok((SslMode::Prefer, false)),
        "require" => Ok((SslMode::Require, false)),
        "verify-full" => Ok((SslMode::Require, true)),
        _ => Err(StoreError::Refused(format!("sslmode `{name}` is not one of disable, prefer, require, verify-full"))),
    }
}

pub(super) fn connector(wanted: &Wanted) -> Result<MakeRustlsConnect> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(StoreError::internal)?;
    let config = if wanted.verified {
        builder.with_root_certificates(roots(wanted.roots.as_deref())?).with_no_client_auth()
    } else {
        // `prefer` and `require` hide the traffic from listeners only. SCRAM with channel binding
        // still tells a server in the middle apart, where there is a password.
        let any = Arc::new(AnyServer(provider));
        builder.dangerous().with_custom_certificate_verifier(any).with_no_client_auth()
    };
    Ok(MakeRustlsConnect::new(config))
}

fn roots(file: Option<&str>) -> Result<RootCertStore> {
    let Some(file) = file else {
        return Ok(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect());
    };
    let told = |error: &dyn std::fmt::Display| StoreError::Refused(format!("sslrootcert {file}: {error}"));
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| told(&error))? {
        let certificate = certificate.map_err(|error| told(&error))?;
        store.add(certificate).map_err(|error| told(&error))?;
    }
    if store.is_empty() {
        return Err(told(&"no certificate in it"));
    }
    Ok(store)
}

/// Takes any certificate, but still wants proof of its key.
#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_is_taken_out_of_the_url() {
        let (url, wanted) = split("postgres://u@h/n?sslmode=verify-full&application_name=x").unwrap();
        assert_eq!(url, "postgres://u@h/n?application_name=x");
        assert_eq!((wanted.mode, wanted.verified), (SslMode::Require, true));
        let (url, wanted) = split("postgres://u@h/n?sslmode=disable").unwrap();
        assert_eq!((url.as_str(), wanted.mode), ("postgres://u@h/n", SslMode::Disable));
        assert_eq!(split("postgres://u@h/n").unwrap().1.mode, SslMode::Prefer);
        assert!(split("postgres://u@h/n?sslmode=require&sslrootcert=/ca.pem").unwrap().1.verified);
    }

    #[test]
    fn unknown_modes_and_missing_authorities_are_refused() {
        assert!(matches!(split("postgres://h/n?sslmode=verify-ca"), Err(StoreError::Refused(_))));
        let (_, wanted) = split("postgres://h/n?sslrootcert=/nowhere.pem").unwrap();
        assert!(matches!(connector(&wanted), Err(StoreError::Refused(_))));
    }
}
