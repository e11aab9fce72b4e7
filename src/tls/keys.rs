//! Own certificates with their keys, and the choice among several.
#![forbid(unsafe_code)]

use super::trust::certificates;
use crate::base::{Error, Result};
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use std::sync::Arc;

#[derive(Clone, Debug, Default)]
pub struct OwnKeys(Vec<Arc<CertifiedKey>>);

impl OwnKeys {
    /// Adds a chain and its key. Keys must not be encrypted.
    pub fn add(&mut self, cert: &[u8], key: &[u8], provider: &CryptoProvider) -> Result<()> {
        let chain = certificates(cert)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| Error::CRYPTO)?;
        let key = provider.key_provider.load_private_key(key).map_err(|_| Error::CRYPTO)?;
        self.0.push(Arc::new(CertifiedKey::new(chain, key)));
        Ok(())
    }

    fn choose(&self, schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.iter().find(|k| k.key.choose_scheme(schemes).is_some()).cloned()
    }
}

impl ResolvesServerCert for OwnKeys {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.choose(hello.signature_schemes())
    }
}

impl ResolvesClientCert for OwnKeys {
    fn resolve(&self, _hints: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.choose(schemes)
    }

    fn has_certs(&self) -> bool {
        !self.0.is_empty()
    }
}
