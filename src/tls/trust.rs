//! Whether a peer's certificate is to be trusted.
//!
//! webpki decides, with two older customs that it refuses and that programs for mbedTLS rely on:
//! a self-issued certificate is good when it is itself among the trusted ones, and version 1
//! certificates, which `openssl x509 -req` makes by default, may end a chain. Names are matched
//! here, as the common name counts where there are no alternative names.
#![forbid(unsafe_code)]

use super::{Mode, x509};
use crate::base::{Error, Result};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{
    CertificateDer, CertificateRevocationListDer, ServerName, SignatureVerificationAlgorithm,
    UnixTime,
};
use std::fmt;
use std::sync::Arc;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;
use x509_parser::x509::X509Version;

/// How many certificates may be between the peer's and a trusted one.
const MOST_INTERMEDIATES: usize = 8;

/// Trusted certificates and revocation lists, collected.
#[derive(Clone, Default)]
pub struct Anchors {
    certs: Vec<CertificateDer<'static>>,
    crls: Vec<CertificateRevocationListDer<'static>>,
}

impl Anchors {
    /// Adds PEM certificates, of which there must be one and none may be broken.
    pub fn add_certs(&mut self, pem: &[u8]) -> Result<()> {
        self.certs.extend(certificates(pem)?);
        Ok(())
    }

    pub fn add_crls(&mut self, pem: &[u8]) -> Result<()> {
        let before = self.crls.len();
        for crl in CertificateRevocationListDer::pem_slice_iter(pem) {
            let crl = crl.map_err(|_| Error::CRYPTO)?;
            CertificateRevocationList::from_der(&crl).map_err(|_| Error::CRYPTO)?;
            self.crls.push(crl);
        }
        if self.crls.len() == before { Err(Error::CRYPTO) } else { Ok(()) }
    }
}

/// Reads PEM certificates; every one must be well formed.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let certs: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| Error::CRYPTO)?;
    if certs.is_empty() || certs.iter().any(|c: &CertificateDer| x509::parse(c).is_none()) {
        return Err(Error::CRYPTO);
    }
    Ok(certs)
}

/// Decides about peers.
pub struct Trust {
    anchors: Anchors,
    provider: Arc<CryptoProvider>,
    /// Where there is a certificate that it can take as an anchor.
    webpki: Option<WebPki>,
    hints: Vec<DistinguishedName>,
    /// Whom a server's certificate must name.
    name: Option<String>,
    required: bool,
    asked: bool,
}

/// webpki's judge of the peers that this side has.
enum WebPki {
    OfServers(Arc<WebPkiServerVerifier>),
    OfClients(Arc<dyn ClientCertVerifier>),
}

impl WebPki {
    fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Verdict {
        match self {
            WebPki::OfServers(v) => {
                let nobody = ServerName::try_from("name.invalid").expect("a valid name");
                match v.verify_server_cert(end_entity, intermediates, &nobody, &[], now) {
                    // Names are looked at only when the chain is good.
                    Ok(_)
                    | Err(rustls::Error::InvalidCertificate(
                        CertificateError::NotValidForName
                        | CertificateError::NotValidForNameContext { .. },
                    )) => Ok(()),
                    Err(e) => Err(e),
                }
            }
            WebPki::OfClients(v) => {
                v.verify_client_cert(end_entity, intermediates, now).map(|_| ())
            }
        }
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").field("name", &self.name).finish_non_exhaustive()
    }
}

type Verdict<T = ()> = Result<T, rustls::Error>;

fn bad(why: CertificateError) -> rustls::Error {
    rustls::Error::InvalidCertificate(why)
}

impl Trust {
    /// For the peers of a client or server; `name` is whom a server's certificate must name.
    pub fn new(
        mode: Mode,
        anchors: Anchors,
        provider: Arc<CryptoProvider>,
        name: Option<String>,
        asked: bool,
        required: bool,
    ) -> Result<Trust> {
        let mut roots = RootCertStore::empty();
        // Certificates that webpki can not take as anchors still count where they are the peer's.
        roots.add_parsable_certificates(anchors.certs.iter().cloned());
        let hints = roots.subjects();
        let roots = Arc::new(roots);
        let crls = anchors.crls.iter().cloned();
        let webpki = match mode {
            _ if roots.is_empty() => None,
            Mode::Client => {
                let of_servers =
                    WebPkiServerVerifier::builder_with_provider(roots, provider.clone())
                        .with_crls(crls)
                        .allow_unknown_revocation_status()
                        .enforce_revocation_expiration();
                Some(WebPki::OfServers(of_servers.build().map_err(|_| Error::CRYPTO)?))
            }
            Mode::Server => {
                let of_clients =
                    WebPkiClientVerifier::builder_with_provider(roots, provider.clone())
                        .with_crls(crls)
                        .allow_unknown_revocation_status()
                        .enforce_revocation_expiration();
                Some(WebPki::OfClients(of_clients.build().map_err(|_| Error::CRYPTO)?))
            }
        };
        let name = name.filter(|_| mode == Mode::Client);
        Ok(Trust { anchors, provider, webpki, hints, name, required, asked })
    }

    /// Judges a peer's certificate; a server's with its name.
    pub fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Verdict {
        let cert = || x509::parse(end_entity).ok_or(bad(CertificateError::BadEncoding));
        let strict = match &self.webpki {
            Some(webpki) => webpki.judge(end_entity, intermediates, now),
            None => Err(bad(CertificateError::UnknownIssuer)),
        };
        if let Err(e) = strict {
            self.by_custom(e, &cert()?, end_entity, intermediates, now)?;
        }
        match &self.name {
            Some(name) if !x509::is_for(&cert()?, name) => {
                Err(bad(CertificateError::NotValidForName))
            }
            _ => Ok(()),
        }
    }

    /// The older customs, for what webpki refused.
    fn by_custom(
        &self,
        strict: rustls::Error,
        cert: &X509Certificate,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Verdict {
        let trusted = cert.issuer().as_raw() == cert.subject().as_raw()
            && self.anchors.certs.iter().any(|c| c == end_entity);
        if !trusted && cert.version() == X509Version::V3 {
            return Err(strict);
        }
        let intermediates: Vec<_> = intermediates.iter().filter_map(|c| x509::parse(c)).collect();
        let anchors: Vec<_> = self.anchors.certs.iter().filter_map(|c| x509::parse(c)).collect();
        in_time(cert, now)?;
        self.not_revoked(cert, &anchors)?;
        if trusted || self.leads_to_anchor(cert, end_entity, &intermediates, &anchors, now, 0) {
            return Ok(());
        }
        Err(bad(CertificateError::UnknownIssuer))
    }

    fn leads_to_anchor(
        &self,
        cert: &X509Certificate,
        der: &[u8],
        intermediates: &[X509Certificate],
        anchors: &[X509Certificate],
        now: UnixTime,
        depth: usize,
    ) -> bool {
        let issued = |by: &X509Certificate| {
            by.subject().as_raw() == cert.issuer().as_raw()
                && may_issue(by, depth)
                && in_time(by, now).is_ok()
                && self.signed(der, by)
        };
        if anchors.iter().any(issued) {
            return true;
        }
        depth < MOST_INTERMEDIATES
            && intermediates.iter().filter(|by| by.version() == X509Version::V3 && issued(by)).any(
                |by| {
                    let raw = by.as_raw();
                    self.not_revoked(by, anchors).is_ok()
                        && self.leads_to_anchor(by, raw, intermediates, anchors, now, depth + 1)
                },
            )
    }

    /// Whether a DER object is signed by the key of `by`.
    fn signed(&self, der: &[u8], by: &X509Certificate) -> bool {
        x509::signed_parts(der).is_some_and(|(signed, algorithm, signature)| {
            let algs = self.provider.signature_verification_algorithms.all.iter();
            let algs = algs.filter(|alg| *alg.signature_alg_id() == *algorithm);
            verifies(algs, by, signed, signature)
        })
    }

    fn not_revoked(&self, cert: &X509Certificate, anchors: &[X509Certificate]) -> Verdict {
        for crl in &self.anchors.crls {
            let Ok((_, list)) = CertificateRevocationList::from_der(crl) else {
                continue;
            };
            let listed = list.issuer().as_raw() == cert.issuer().as_raw()
                && list.iter_revoked_certificates().any(|r| r.raw_serial() == cert.raw_serial());
            // An entry in a list that nobody trusted has signed does not count.
            if listed && anchors.iter().any(|by| self.signed(crl, by)) {
                return Err(bad(CertificateError::Revoked));
            }
        }
        Ok(())
    }

    /// Verifies a handshake's signature by a certificate that webpki does not read.
    fn signature_by_old(
        &self,
        message: &[u8],
        cert: &X509Certificate,
        dss: &DigitallySignedStruct,
        most: usize,
    ) -> Verdict<HandshakeSignatureValid> {
        let algs = self.algorithms_for(dss.scheme).iter().take(most);
        if verifies(algs, cert, message, dss.signature()) {
            Ok(HandshakeSignatureValid::assertion())
        } else {
            Err(bad(CertificateError::BadSignature))
        }
    }

    fn algorithms_for(
        &self,
        scheme: SignatureScheme,
    ) -> &'static [&'static dyn SignatureVerificationAlgorithm] {
        let mapping = self.provider.signature_verification_algorithms.mapping;
        mapping.iter().find(|(s, _)| *s == scheme).map_or(&[], |(_, algs)| *algs)
    }

    fn tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Verdict<HandshakeSignatureValid> {
        if let Some(old) = old(cert) {
            return self.signature_by_old(message, &old, dss, usize::MAX);
        }
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Verdict<HandshakeSignatureValid> {
        let pkcs1 = [
            SignatureScheme::RSA_PKCS1_SHA1,
            SignatureScheme::RSA_PKCS1_SHA256,
            SignatureScheme::RSA_PKCS1_SHA384,
            SignatureScheme::RSA_PKCS1_SHA512,
        ];
        if !pkcs1.contains(&dss.scheme)
            && let Some(old) = old(cert)
        {
            return self.signature_by_old(message, &old, dss, 1);
        }
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }
}

/// A certificate of an older version.
fn old<'a>(cert: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    x509::parse(cert).filter(|cert| cert.version() != X509Version::V3)
}

/// Whether one of these algorithms says that the key of `by` has signed a message.
fn verifies<'a>(
    mut algs: impl Iterator<Item = &'a &'static dyn SignatureVerificationAlgorithm>,
    by: &X509Certificate,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let Some((algorithm, key)) = x509::key_parts(by.public_key().raw) else {
        return false;
    };
    algs.any(|alg| {
        *alg.public_key_alg_id() == *algorithm
            && alg.verify_signature(key, message, signature).is_ok()
    })
}

fn in_time(cert: &X509Certificate, now: UnixTime) -> Verdict {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < cert.validity().not_before.timestamp() {
        return Err(bad(CertificateError::NotValidYet));
    }
    if now > cert.validity().not_after.timestamp() {
        return Err(bad(CertificateError::Expired));
    }
    Ok(())
}

/// Whether a certificate may sign others, with `below` intermediates under it.
fn may_issue(cert: &X509Certificate, below: usize) -> bool {
    if cert.version() != X509Version::V3 {
        return true;
    }
    let authority = match cert.basic_constraints() {
        Ok(Some(bc)) => {
            bc.value.ca && bc.value.path_len_constraint.is_none_or(|most| below <= most as usize)
        }
        _ => false,
    };
    authority && cert.key_usage().is_ok_and(|usage| usage.is_none_or(|u| u.value.key_cert_sign()))
}

/// What both kinds of verifiers are asked alike.
macro_rules! handshakes {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Verdict<HandshakeSignatureValid> {
            self.tls12_signature(message, cert, dss)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Verdict<HandshakeSignatureValid> {
            self.tls13_signature(message, cert, dss)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.provider.signature_verification_algorithms.supported_schemes()
        }
    };
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Verdict<ServerCertVerified> {
        if self.required {
            self.judge(end_entity, intermediates, now)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    handshakes!();
}

impl ClientCertVerifier for Trust {
    fn offer_client_auth(&self) -> bool {
        self.asked
    }

    fn client_auth_mandatory(&self) -> bool {
        self.required
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Verdict<ClientCertVerified> {
        if self.required {
            self.judge(end_entity, intermediates, now)?;
        }
        Ok(ClientCertVerified::assertion())
    }

    handshakes!();
}
