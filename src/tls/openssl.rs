//! The second engine, on OpenSSL: it has shared keys and takes encrypted private keys.
#![forbid(unsafe_code)]

use super::engine::{AuthMode, Engine, EngineConfig, Mode, Version};
use super::session::Session;
use super::x509;
use crate::base::{Error, Result};
use crate::sys::random::random_u64;
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{
    self, ErrorCode, Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslStream,
    SslVerifyMode, SslVersion,
};
use openssl::x509::store::{File, X509Lookup, X509StoreBuilder};
use openssl::x509::verify::X509VerifyFlags;
use openssl::x509::{X509, X509VerifyResult};
use std::collections::VecDeque;
use std::ffi::{CStr, CString};
use std::io::{self, Read, Write};
use std::sync::Arc;

pub struct OpenSsl;

impl Engine for OpenSsl {
    fn name(&self) -> &CStr {
        c"openssl"
    }

    fn description(&self) -> &CStr {
        use std::sync::OnceLock;
        static TEXT: OnceLock<CString> = OnceLock::new();
        TEXT.get_or_init(|| CString::new(openssl::version::version()).unwrap_or_default())
    }

    fn fips_mode(&self) -> bool {
        false
    }

    fn config(&self, mode: Mode) -> Result<Box<dyn EngineConfig>> {
        Ok(Box::new(Settings {
            mode,
            auth: AuthMode::usual(mode),
            name: None,
            anchors: Vec::new(),
            crls: Vec::new(),
            keys: Vec::new(),
            psks: Vec::new(),
            min: Version::TLS_1_2,
            max: Version::TLS_1_3,
            made: None,
        }))
    }
}

struct Settings {
    mode: Mode,
    auth: AuthMode,
    name: Option<String>,
    anchors: Vec<X509>,
    /// Revocation lists, in PEM.
    crls: Vec<Vec<u8>>,
    keys: Vec<(Vec<X509>, PKey<Private>)>,
    psks: Vec<(Vec<u8>, Vec<u8>)>,
    min: Version,
    max: Version,
    made: Option<SslContext>,
}

/// OpenSSL takes no longer keys.
const MOST_PSK: usize = 512;

fn crypto(_: ErrorStack) -> Error {
    Error::CRYPTO
}

fn certificates(pem: &CStr) -> Result<Vec<X509>> {
    // Read strictly first: OpenSSL puts up with times that are none.
    super::trust::certificates(pem.to_bytes())?;
    X509::stack_from_pem(pem.to_bytes()).map_err(crypto)
}

fn version(v: Version) -> SslVersion {
    if v >= Version::TLS_1_3 { SslVersion::TLS1_3 } else { SslVersion::TLS1_2 }
}

impl Settings {
    fn context(&self) -> Result<SslContext, ErrorStack> {
        let mut ctx = SslContextBuilder::new(SslMethod::tls())?;
        ctx.set_min_proto_version(Some(version(self.min)))?;
        ctx.set_max_proto_version(Some(version(self.max)))?;
        ctx.set_options(SslOptions::NO_TICKET | SslOptions::NO_RENEGOTIATION);
        ctx.set_session_cache_mode(ssl::SslSessionCacheMode::OFF);
        ctx.set_mode(ssl::SslMode::ENABLE_PARTIAL_WRITE | ssl::SslMode::ACCEPT_MOVING_WRITE_BUFFER);
        if self.mode == Mode::Server {
            ctx.set_num_tickets(0)?;
            ctx.set_session_id_context(b"nng")?;
        }
        self.set_trust(&mut ctx)?;
        for (chain, key) in &self.keys {
            // A key of another certificate is no use and, before anybody asks for it, no harm.
            if let [own, rest @ ..] = chain.as_slice()
                && own.public_key()?.public_eq(key)
            {
                ctx.set_certificate(own)?;
                ctx.set_private_key(key)?;
                for cert in rest {
                    ctx.add_extra_chain_cert(cert.clone())?;
                }
            }
        }
        self.set_psks(&mut ctx);
        Ok(ctx.build())
    }

    fn set_trust(&self, ctx: &mut SslContextBuilder) -> Result<(), ErrorStack> {
        let mut store = X509StoreBuilder::new()?;
        let mut subjects = openssl::stack::Stack::new()?;
        for cert in &self.anchors {
            store.add_cert(cert.clone())?;
            subjects.push(cert.subject_name().to_owned()?)?;
        }
        // A trusted certificate may be the peer's own.
        let mut flags = X509VerifyFlags::PARTIAL_CHAIN;
        if !self.crls.is_empty() {
            flags |= X509VerifyFlags::CRL_CHECK;
            let lookup = store.add_lookup(X509Lookup::file())?;
            for crl in &self.crls {
                load_crl(lookup, crl)?;
            }
        }
        store.set_flags(flags)?;
        let store = store.build();
        match self.mode {
            Mode::Server if self.auth != AuthMode::None => ctx.set_client_ca_list(subjects),
            _ => {}
        }
        ctx.set_cert_store(store);
        match self.auth {
            AuthMode::None => ctx.set_verify(SslVerifyMode::NONE),
            // The verdict is kept, and nothing else comes of it.
            AuthMode::Optional => ctx.set_verify_callback(SslVerifyMode::PEER, |_, _| true),
            AuthMode::Required => {
                ctx.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
            }
        }
        Ok(())
    }

    fn set_psks(&self, ctx: &mut SslContextBuilder) {
        if self.psks.is_empty() {
            return;
        }
        let psks = self.psks.clone();
        if self.mode == Mode::Client {
            ctx.set_psk_client_callback(move |_, _, identity, key| {
                let Some((own, secret)) = psks.last() else { return Ok(0) };
                if own.len() >= identity.len() || secret.len() > key.len() {
                    return Ok(0);
                }
                identity[..own.len()].copy_from_slice(own);
                identity[own.len()] = 0;
                key[..secret.len()].copy_from_slice(secret);
                Ok(secret.len())
            });
        } else {
            ctx.set_psk_server_callback(move |_, identity, key| {
                let found = psks.iter().find(|(own, _)| identity == Some(own));
                let Some((_, secret)) = found.filter(|(_, s)| s.len() <= key.len()) else {
                    return Ok(0);
                };
                key[..secret.len()].copy_from_slice(secret);
                Ok(secret.len())
            });
        }
    }

    fn start(&mut self) -> Result<SslStream<Wire>, ErrorStack> {
        if self.made.is_none() {
            self.made = Some(self.context()?);
        }
        let Some(ctx) = &self.made else { return Err(ErrorStack::get()) };
        let mut ssl = Ssl::new(ctx)?;
        if self.mode == Mode::Client {
            ssl.set_connect_state();
            if let Some(name) = &self.name {
                match name.parse() {
                    Ok(ip) => ssl.param_mut().set_ip(ip)?,
                    // A name that nobody has, as an empty one would be none at all.
                    Err(_) if name.is_empty() => ssl.param_mut().set_host("name.invalid")?,
                    Err(_) => {
                        ssl.set_hostname(name)?;
                        ssl.param_mut().set_host(name)?;
                    }
                }
            }
        } else {
            ssl.set_accept_state();
        }
        SslStream::new(ssl, Wire::default())
    }
}

/// The binding reads lists from files only.
fn load_crl(
    lookup: &mut openssl::x509::store::X509LookupRef<File>,
    pem: &[u8],
) -> Result<(), ErrorStack> {
    let path = std::env::temp_dir().join(format!("nng-crl-{:016x}", random_u64()));
    let written = std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
    let written = written.and_then(|mut file| file.write_all(pem));
    let loaded = match written {
        Ok(()) => lookup.load_crl_file(&path, ssl::SslFiletype::PEM).map(|_| ()),
        Err(_) => Err(ErrorStack::get()),
    };
    let _ = std::fs::remove_file(&path);
    loaded
}

impl EngineConfig for Settings {
    fn server_name(&mut self, name: &CStr) -> Result<()> {
        self.name = Some(name.to_string_lossy().into_owned());
        Ok(())
    }

    fn auth_mode(&mut self, mode: AuthMode) -> Result<()> {
        self.auth = mode;
        Ok(())
    }

    fn ca_chain(&mut self, certs: &CStr, crl: Option<&CStr>) -> Result<()> {
        let certs = certificates(certs)?;
        if let Some(crl) = crl {
            super::trust::Anchors::default().add_crls(crl.to_bytes())?;
            self.crls.push(crl.to_bytes().to_vec());
        }
        self.anchors.extend(certs);
        Ok(())
    }

    fn own_cert(&mut self, cert: &CStr, key: &CStr, pass: Option<&CStr>) -> Result<()> {
        let chain = certificates(cert)?;
        let pass = pass.map_or(&b""[..], CStr::to_bytes);
        let key = PKey::private_key_from_pem_passphrase(key.to_bytes(), pass).map_err(crypto)?;
        self.keys.push((chain, key));
        Ok(())
    }

    fn psk(&mut self, identity: &CStr, key: &[u8]) -> Result<()> {
        if key.is_empty() || key.len() > MOST_PSK {
            return Err(Error::CRYPTO);
        }
        let identity = identity.to_bytes().to_vec();
        self.psks.retain(|(known, _)| *known != identity);
        self.psks.push((identity, key.to_vec()));
        Ok(())
    }

    fn version(&mut self, min: Version, max: Version) -> Result<()> {
        let known = Version::TLS_1_0..=Version::TLS_1_3;
        if min > max || !known.contains(&min) || !known.contains(&max) || max < Version::TLS_1_2 {
            return Err(Error::NOTSUP);
        }
        (self.min, self.max) = (min, max);
        Ok(())
    }

    fn session(&mut self) -> Result<Box<dyn Session>> {
        let stream = self.start().map_err(crypto)?;
        Ok(Box::new(OpenSslSession { stream, auth: self.auth, failed: None }))
    }
}

/// Ciphertext on its way, each direction.
#[derive(Default)]
struct Wire {
    received: VecDeque<u8>,
    sent: Vec<u8>,
    ended: bool,
}

/// As much may wait for the transport.
const ROOM: usize = 64 << 10;

impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.received.is_empty() && !self.ended {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.received.read(buf)
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.sent.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct OpenSslSession {
    stream: SslStream<Wire>,
    auth: AuthMode,
    failed: Option<Error>,
}

impl OpenSslSession {
    /// None for an error that is not one.
    fn settle(&mut self, e: &ssl::Error) -> Result<Option<usize>> {
        match e.code() {
            ErrorCode::WANT_READ | ErrorCode::WANT_WRITE => Ok(None),
            ErrorCode::ZERO_RETURN => Ok(Some(0)),
            _ => {
                let bad_peer = self.auth == AuthMode::Required
                    && (self.stream.ssl().verify_result() != X509VerifyResult::OK
                        || no_certificate(e));
                let why = match bad_peer {
                    true => Error::PEERAUTH,
                    false if self.stream.get_ref().ended => Error::CONNSHUT,
                    false => Error::CRYPTO,
                };
                Err(*self.failed.get_or_insert(why))
            }
        }
    }

    fn peer_cert<T>(
        &self,
        f: impl FnOnce(&x509_parser::certificate::X509Certificate) -> T,
    ) -> Option<T> {
        let der = self.stream.ssl().peer_certificate()?.to_der().ok()?;
        Some(f(&x509::parse(&der)?))
    }
}

fn no_certificate(e: &ssl::Error) -> bool {
    let reasons = e.ssl_error().map(|stack| stack.errors().iter().filter_map(|e| e.reason()));
    reasons.is_some_and(|mut all| all.any(|r| r.contains("did not return a certificate")))
}

impl Session for OpenSslSession {
    fn read_tls(&mut self, from: &mut dyn Read) -> io::Result<usize> {
        let mut buf = [0; 16 << 10];
        let n = from.read(&mut buf)?;
        let wire = self.stream.get_mut();
        wire.received.extend(&buf[..n]);
        wire.ended |= n == 0;
        Ok(n)
    }

    fn write_tls(&mut self, to: &mut dyn Write) -> io::Result<usize> {
        let sent = &mut self.stream.get_mut().sent;
        let n = to.write(sent)?;
        sent.drain(..n);
        Ok(n)
    }

    fn wants_write(&self) -> bool {
        !self.stream.get_ref().sent.is_empty()
    }

    fn handshake(&mut self) -> Result<bool> {
        if let Some(why) = self.failed {
            return Err(why);
        }
        if self.stream.ssl().is_init_finished() {
            return Ok(true);
        }
        match self.stream.do_handshake() {
            Ok(()) => Ok(true),
            Err(e) => match self.settle(&e)? {
                None => Ok(false),
                Some(_) => Err(Error::CONNSHUT),
            },
        }
    }

    fn has_plaintext(&mut self) -> bool {
        self.stream.ssl().pending() > 0 || !self.stream.get_ref().received.is_empty()
    }

    fn read(&mut self, buf: &mut [u8]) -> Result<Option<usize>> {
        match self.stream.ssl_read(buf) {
            Ok(n) => Ok(Some(n)),
            Err(e) => self.settle(&e),
        }
    }

    fn write(&mut self, data: &[u8]) -> Result<Option<usize>> {
        if data.is_empty() {
            return Ok(Some(0));
        }
        let mut taken = 0;
        // Not asked beyond that, as OpenSSL would want to be asked for the very same again.
        while taken < data.len() && self.stream.get_ref().sent.len() < ROOM {
            match self.stream.ssl_write(&data[taken..]) {
                Ok(n) => taken += n,
                Err(e) if taken == 0 => return self.settle(&e),
                Err(_) => break,
            }
        }
        Ok((taken > 0).then_some(taken))
    }

    fn close(&mut self) {
        let _ = self.stream.shutdown();
    }

    fn verified(&self) -> bool {
        let ssl = self.stream.ssl();
        let shown = ssl.peer_certificate().is_some() && self.auth != AuthMode::None;
        // A client that is through without a certificate had a shared key; and as no session is
        // kept, TLS 1.3 resumes one only by a shared key.
        let by_key = ssl.psk_identity().is_some()
            || ssl.session_reused()
            || (!ssl.is_server() && ssl.peer_certificate().is_none());
        ssl.is_init_finished() && (by_key || (shown && ssl.verify_result() == X509VerifyResult::OK))
    }

    fn peer_cn(&self) -> Option<String> {
        self.peer_cert(x509::common_name).flatten()
    }

    fn peer_alt_names(&self) -> Vec<String> {
        self.peer_cert(x509::alternative_names).unwrap_or_default()
    }
}

/// Makes it the engine of a build with the feature `tls-openssl`.
pub fn engine() -> Arc<dyn Engine> {
    Arc::new(OpenSsl)
}
