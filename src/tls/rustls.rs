//! The built-in engine, on rustls: TLS 1.2 and 1.3, no pre-shared keys.
#![forbid(unsafe_code)]

use super::engine::{AuthMode, Engine, EngineConfig, Mode, Version};
use super::keys::OwnKeys;
use super::session::Session;
use super::trust::{Anchors, Trust};
use super::x509;
use crate::base::{Error, Result};
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::server::NoServerSessionStorage;
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, Connection, ServerConfig, ServerConnection,
    SupportedProtocolVersion,
};
use rustls_pki_types::{IpAddr, ServerName, UnixTime};
use std::ffi::CStr;
use std::io::{self, Read, Write};
use std::sync::Arc;

type Versions = &'static [&'static SupportedProtocolVersion];

static BOTH: Versions = &[&TLS13, &TLS12];
static ONLY_12: Versions = &[&TLS12];
static ONLY_13: Versions = &[&TLS13];

pub struct Rustls;

impl Engine for Rustls {
    fn name(&self) -> &CStr {
        c"rustls"
    }

    fn description(&self) -> &CStr {
        c"rustls 0.23 with ring"
    }

    fn fips_mode(&self) -> bool {
        false
    }

    fn config(&self, mode: Mode) -> Result<Box<dyn EngineConfig>> {
        Ok(Box::new(Settings {
            mode,
            auth: AuthMode::usual(mode),
            provider: Arc::new(ring::default_provider()),
            name: None,
            anchors: Anchors::default(),
            keys: OwnKeys::default(),
            versions: BOTH,
            made: None,
        }))
    }
}

struct Settings {
    mode: Mode,
    auth: AuthMode,
    provider: Arc<CryptoProvider>,
    name: Option<String>,
    anchors: Anchors,
    keys: OwnKeys,
    versions: Versions,
    made: Option<Made>,
}

/// The settings in rustls' own form, made on first use.
#[derive(Clone)]
struct Made {
    trust: Arc<Trust>,
    side: Side,
}

#[derive(Clone)]
enum Side {
    Client(Arc<ClientConfig>, ServerName<'static>),
    Server(Arc<ServerConfig>),
}

impl Settings {
    fn make(&self) -> Result<Made> {
        let crypto = |_| Error::CRYPTO;
        let trust = Arc::new(Trust::new(
            self.mode,
            self.anchors.clone(),
            self.provider.clone(),
            self.name.clone(),
            self.auth != AuthMode::None,
            self.auth == AuthMode::Required,
        )?);
        let side = match self.mode {
            Mode::Client => {
                let mut config = ClientConfig::builder_with_provider(self.provider.clone())
                    .with_protocol_versions(self.versions)
                    .map_err(crypto)?
                    .dangerous()
                    .with_custom_certificate_verifier(trust.clone())
                    .with_client_cert_resolver(Arc::new(self.keys.clone()));
                config.resumption = Resumption::disabled();
                Side::Client(Arc::new(config), self.sni())
            }
            Mode::Server => {
                let mut config = ServerConfig::builder_with_provider(self.provider.clone())
                    .with_protocol_versions(self.versions)
                    .map_err(crypto)?
                    .with_client_cert_verifier(trust.clone())
                    .with_cert_resolver(Arc::new(self.keys.clone()));
                config.session_storage = Arc::new(NoServerSessionStorage {});
                config.send_tls13_tickets = 0;
                Side::Server(Arc::new(config))
            }
        };
        Ok(Made { trust, side })
    }

    /// What is announced to the server: nothing unless there is a DNS name.
    fn sni(&self) -> ServerName<'static> {
        let nothing = ServerName::IpAddress(IpAddr::from(std::net::Ipv4Addr::UNSPECIFIED));
        match &self.name {
            Some(name) => ServerName::try_from(name.clone()).unwrap_or(nothing),
            None => nothing,
        }
    }
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
        let mut anchors = self.anchors.clone();
        anchors.add_certs(certs.to_bytes())?;
        if let Some(crl) = crl {
            anchors.add_crls(crl.to_bytes())?;
        }
        // Tells about a list that can not be used now rather than at the first connection.
        Trust::new(self.mode, anchors.clone(), self.provider.clone(), None, false, false)?;
        self.anchors = anchors;
        Ok(())
    }

    fn own_cert(&mut self, cert: &CStr, key: &CStr, _pass: Option<&CStr>) -> Result<()> {
        self.keys.add(cert.to_bytes(), key.to_bytes(), &self.provider)
    }

    fn psk(&mut self, _identity: &CStr, _key: &[u8]) -> Result<()> {
        Err(Error::NOTSUP)
    }

    fn version(&mut self, min: Version, max: Version) -> Result<()> {
        if min > max || min < Version::TLS_1_0 || max > Version::TLS_1_3 {
            return Err(Error::NOTSUP);
        }
        self.versions = match (min <= Version::TLS_1_2, max) {
            (true, Version::TLS_1_3) => BOTH,
            (true, Version::TLS_1_2) => ONLY_12,
            (false, Version::TLS_1_3) => ONLY_13,
            _ => return Err(Error::NOTSUP),
        };
        Ok(())
    }

    fn session(&mut self) -> Result<Box<dyn Session>> {
        let made = match &self.made {
            Some(made) => made.clone(),
            None => self.made.insert(self.make()?).clone(),
        };
        let conn = match made.side {
            Side::Client(config, name) => ClientConnection::new(config, name).map(Connection::from),
            Side::Server(config) => ServerConnection::new(config).map(Connection::from),
        };
        let mut conn = conn.map_err(|e| error(&e))?;
        conn.set_buffer_limit(Some(SEND_BUFFER));
        Ok(Box::new(RustlsSession {
            conn,
            auth: self.auth,
            trust: made.trust,
            failed: None,
            unread: 0,
            ended: false,
        }))
    }
}

/// Ciphertext that may wait for the transport.
const SEND_BUFFER: usize = 64 << 10;

struct RustlsSession {
    conn: Connection,
    auth: AuthMode,
    trust: Arc<Trust>,
    failed: Option<Error>,
    /// Plaintext bytes known to be readable.
    unread: usize,
    ended: bool,
}

impl RustlsSession {
    fn process(&mut self) -> Result<()> {
        if let Some(why) = self.failed {
            return Err(why);
        }
        match self.conn.process_new_packets() {
            Ok(state) => {
                self.unread = state.plaintext_bytes_to_read();
                self.ended |= state.peer_has_closed();
                Ok(())
            }
            Err(e) => {
                let why = error(&e);
                self.failed = Some(why);
                Err(why)
            }
        }
    }

    fn peer_cert<T>(
        &self,
        f: impl FnOnce(&x509_parser::certificate::X509Certificate) -> T,
    ) -> Option<T> {
        let certs = self.conn.peer_certificates()?;
        Some(f(&x509::parse(certs.first()?)?))
    }
}

impl Session for RustlsSession {
    fn read_tls(&mut self, from: &mut dyn Read) -> io::Result<usize> {
        self.conn.read_tls(from)
    }

    fn write_tls(&mut self, to: &mut dyn Write) -> io::Result<usize> {
        self.conn.write_tls(to)
    }

    fn wants_write(&self) -> bool {
        self.conn.wants_write()
    }

    fn handshake(&mut self) -> Result<bool> {
        self.process()?;
        Ok(!self.conn.is_handshaking())
    }

    fn has_plaintext(&mut self) -> bool {
        self.unread > 0 || self.ended
    }

    fn read(&mut self, buf: &mut [u8]) -> Result<Option<usize>> {
        if self.unread == 0 {
            let processed = self.process();
            // What came before a defect is still good.
            if self.unread == 0 {
                processed?;
            }
        }
        match self.conn.reader().read(buf) {
            Ok(n) => {
                self.unread = self.unread.saturating_sub(n);
                Ok(Some(n))
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                self.unread = 0;
                Ok(None)
            }
            Err(_) => Err(Error::CONNSHUT),
        }
    }

    fn write(&mut self, data: &[u8]) -> Result<Option<usize>> {
        if let Some(why) = self.failed {
            return Err(why);
        }
        match self.conn.writer().write(data) {
            Ok(0) if !data.is_empty() => Ok(None),
            Ok(n) => Ok(Some(n)),
            Err(_) => Err(Error::CRYPTO),
        }
    }

    fn close(&mut self) {
        self.conn.send_close_notify();
    }

    fn verified(&self) -> bool {
        if self.conn.is_handshaking() || self.auth == AuthMode::None {
            return false;
        }
        let Some([end_entity, intermediates @ ..]) = self.conn.peer_certificates() else {
            return false;
        };
        self.auth == AuthMode::Required
            || self.trust.judge(end_entity, intermediates, UnixTime::now()).is_ok()
    }

    fn peer_cn(&self) -> Option<String> {
        self.peer_cert(x509::common_name).flatten()
    }

    fn peer_alt_names(&self) -> Vec<String> {
        self.peer_cert(x509::alternative_names).unwrap_or_default()
    }
}

fn error(e: &rustls::Error) -> Error {
    match e {
        rustls::Error::InvalidCertificate(_)
        | rustls::Error::NoCertificatesPresented
        | rustls::Error::PeerIncompatible(_)
        | rustls::Error::InvalidCertRevocationList(_) => Error::PEERAUTH,
        _ => Error::CRYPTO,
    }
}
