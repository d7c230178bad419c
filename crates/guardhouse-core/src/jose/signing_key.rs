//! Keys that sign, parsed once: parsing again for each signature costs more than the signature.

use std::fmt;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaKeyPair, RsaSignatureEncoding,
};
use data_encoding::BASE64URL_NOPAD;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Serialize;
use zeroize::{Zeroize as _, Zeroizing};

use super::{Algorithm, Jwk, KeyError, MAX_TOKEN, VerifyingKey};
use crate::secret;

/// Shortest shared secret, in bytes (RFC 7518, section 3.2).
const MIN_SECRET: usize = 32;

/// A private key or shared secret with its one algorithm. Share it in an `Arc`.
pub struct SigningKey {
    private: Private,
    /// PKCS#8, or the shared secret itself: what is sealed and stored.
    export: Zeroizing<Vec<u8>>,
    public: Option<Jwk>,
    verifying: VerifyingKey,
}

enum Private {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair, &'static RsaSignatureEncoding),
    Mac(Box<hmac::Key>),
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'a str,
    kid: &'a str,
}

impl SigningKey {
    /// A new key: P-256, Ed25519, RSA with 3072 bits, or 32 random bytes.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        match algorithm {
            Algorithm::Es256 => Self::ecdsa(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
            Algorithm::EdDsa => Self::ed25519(Ed25519KeyPair::generate()?),
            Algorithm::Rs256 | Algorithm::Ps256 => Self::rsa(RsaKeyPair::generate(KeySize::Rsa3072)?, algorithm),
            Algorithm::Hs256 => Self::from_secret(Zeroizing::new(secret::random::<MIN_SECRET>()).as_slice()),
        }
    }

    /// A key from unencrypted PKCS#8 DER, as [`to_pkcs8`](Self::to_pkcs8) gives it.
    ///
    /// # Errors
    /// [`KeyError::Unreadable`], [`KeyError::WeakKey`] for RSA under 2048 bits, and
    /// [`KeyError::Unsupported`] for HS256, which has no such form.
    pub fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyError> {
        match algorithm {
            Algorithm::Es256 => Self::ecdsa(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)?),
            Algorithm::EdDsa => Self::ed25519(Ed25519KeyPair::from_pkcs8(der)?),
            Algorithm::Rs256 | Algorithm::Ps256 => Self::rsa(RsaKeyPair::from_pkcs8(der)?, algorithm),
            Algorithm::Hs256 => Err(KeyError::Unsupported),
        }
    }

    /// A key from PEM: PKCS#8, SEC 1 for P-256, PKCS#1 for RSA. Never encrypted.
    ///
    /// # Errors
    /// As [`from_pkcs8`](Self::from_pkcs8).
    pub fn from_pem(algorithm: Algorithm, pem: &str) -> Result<Self, KeyError> {
        let mut der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| KeyError::Unreadable)?;
        let key = Self::from_der(algorithm, &der);
        der.zeroize();
        key
    }

    fn from_der(algorithm: Algorithm, der: &PrivateKeyDer<'_>) -> Result<Self, KeyError> {
        let bytes = der.secret_der();
        match (der, algorithm) {
            (PrivateKeyDer::Pkcs8(_), _) => Self::from_pkcs8(algorithm, bytes),
            (PrivateKeyDer::Sec1(_), Algorithm::Es256) => {
                Self::ecdsa(EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes)?)
            }
            (PrivateKeyDer::Pkcs1(_), Algorithm::Rs256 | Algorithm::Ps256) => {
                Self::rsa(RsaKeyPair::from_der(bytes)?, algorithm)
            }
            _ => Err(KeyError::Unreadable),
        }
    }

    /// An HS256 key from a shared secret.
    ///
    /// # Errors
    /// [`KeyError::WeakSecret`] under 32 bytes.
    pub fn from_secret(secret: &[u8]) -> Result<Self, KeyError> {
        if secret.len() < MIN_SECRET {
            return Err(KeyError::WeakSecret);
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        // A name must not be a plain hash of the secret: published, it would be one more thing to guess against.
        let name = hmac::sign(&key, b"guardhouse: name of a shared secret");
        let kid = BASE64URL_NOPAD.encode(&name.as_ref()[..16]);
        let verifying = VerifyingKey::from_mac(&kid, key.clone());
        Ok(Self {
            private: Private::Mac(Box::new(key)),
            export: Zeroizing::new(secret.to_vec()),
            public: None,
            verifying,
        })
    }

    fn ecdsa(pair: EcdsaKeyPair) -> Result<Self, KeyError> {
        let export = Zeroizing::new(pair.to_pkcs8v1()?.as_ref().to_vec());
        let jwk = Jwk::p256(&pair.public_key().as_ref()[1..]);
        Self::assemble(Private::Ecdsa(pair), export, jwk, Algorithm::Es256)
    }

    fn ed25519(pair: Ed25519KeyPair) -> Result<Self, KeyError> {
        // Version 1: the form every other tool reads.
        let export = Zeroizing::new(pair.to_pkcs8v1()?.as_ref().to_vec());
        let jwk = Jwk::ed25519(pair.public_key().as_ref());
        Self::assemble(Private::Ed25519(pair), export, jwk, Algorithm::EdDsa)
    }

    fn rsa(pair: RsaKeyPair, algorithm: Algorithm) -> Result<Self, KeyError> {
        let padding = if algorithm == Algorithm::Ps256 { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
        let export = Zeroizing::new(pair.as_der()?.as_ref().to_vec());
        let public = pair.public_key();
        let modulus = public.modulus().big_endian_without_leading_zero();
        let jwk = Jwk::rsa(modulus, public.exponent().big_endian_without_leading_zero());
        Self::assemble(Private::Rsa(pair, padding), export, jwk, algorithm)
    }

    fn assemble(
        private: Private,
        export: Zeroizing<Vec<u8>>,
        jwk: Jwk,
        algorithm: Algorithm,
    ) -> Result<Self, KeyError> {
        let jwk = jwk.named(algorithm)?;
        let verifying = VerifyingKey::from_jwk(&jwk)?;
        Ok(Self { private, export, public: Some(jwk), verifying })
    }

    /// PKCS#8 DER, or for HS256 the shared secret: to be sealed before it is stored.
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.export.clone()
    }

    /// The one algorithm this key signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.verifying.algorithm()
    }

    /// Name of the key: the thumbprint of its public half (RFC 7638), or for HS256 a keyed digest.
    pub fn kid(&self) -> &str {
        self.verifying.kid()
    }

    /// The public half for publication. A shared secret has none.
    pub fn public_jwk(&self) -> Option<Jwk> {
        self.public.clone()
    }

    /// The key that verifies what this one signs.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.verifying.clone()
    }

    /// A token in compact form with the header members `alg`, `typ` and `kid`.
    ///
    /// # Errors
    /// [`KeyError::Claims`] where the claims are no JSON object, [`KeyError::TooLarge`] where nobody
    /// would read the token.
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, KeyError> {
        let header = Header { alg: self.algorithm().as_str(), typ, kid: self.kid() };
        let header = serde_json::to_vec(&header).map_err(|_| KeyError::Claims)?;
        let payload = serde_json::to_vec(claims).map_err(|_| KeyError::Claims)?;
        if payload.first() != Some(&b'{') {
            return Err(KeyError::Claims);
        }
        let mut token = String::with_capacity((header.len() + payload.len()) * 4 / 3 + 128);
        BASE64URL_NOPAD.encode_append(&header, &mut token);
        token.push('.');
        BASE64URL_NOPAD.encode_append(&payload, &mut token);
        let signature = self.signature(token.as_bytes())?;
        token.push('.');
        BASE64URL_NOPAD.encode_append(&signature, &mut token);
        if token.len() > MAX_TOKEN { Err(KeyError::TooLarge) } else { Ok(token) }
    }

    /// The signature over `message` in its JOSE form.
    pub(super) fn signature(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(match &self.private {
            Private::Ecdsa(pair) => pair.sign(&SystemRandom::new(), message)?.as_ref().to_vec(),
            Private::Ed25519(pair) => pair.try_sign(message)?.as_ref().to_vec(),
            Private::Rsa(pair, padding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*padding, &SystemRandom::new(), message, &mut signature)?;
                signature
            }
            Private::Mac(key) => hmac::sign(key, message).as_ref().to_vec(),
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid())
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}
