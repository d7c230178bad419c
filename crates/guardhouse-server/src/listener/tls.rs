//! TLS 1.2 and 1.3 (RFC 8446) by rustls; certificates are read again on SIGHUP.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use guardhouse::kernel::settings::TlsSettings;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::failure::Failure;

/// The server's certificate and key, as they are now.
pub(crate) struct Certificates {
    cert: PathBuf,
    key: PathBuf,
    config: watch::Sender<Arc<ServerConfig>>,
}

impl Certificates {
    /// Reads both files; none where the settings name none.
    pub(crate) fn load(settings: &TlsSettings) -> Result<Option<Arc<Self>>, Failure> {
        let (Some(cert), Some(key)) = (&settings.cert, &settings.key) else { return Ok(None) };
        let config = watch::Sender::new(read(cert, key)?);
        Ok(Some(Arc::new(Self { cert: cert.clone(), key: key.clone(), config })))
    }

    /// Reads both files again. Connections that stand keep what they began with.
    pub(crate) fn reload(&self) -> Result<(), Failure> {
        self.config.send_replace(read(&self.cert, &self.key)?);
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config.borrow()))
    }
}

fn read(cert: &Path, key: &Path) -> Result<Arc<ServerConfig>, Failure> {
    let unusable = |setting: &str, path: &Path, error: &dyn std::fmt::Display| {
        Failure::new(format!("{setting}: can't use {}: {error}", path.display()))
            .mend("give PEM files: the certificate with its chain, and the private key that belongs to it")
    };
    let chain = CertificateDer::pem_file_iter(cert).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| unusable("server.tls.cert", cert, &error))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable("server.tls.key", key, &error))?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| unusable("server.tls.cert", cert, &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
