//! TLS engines that the program brings.
use super::tls::{nng_tls_auth_mode, nng_tls_mode, nng_tls_version};
use crate::base::{Error, Result, log};
use crate::capi::ret;
use crate::tls::{AuthMode, Engine, EngineConfig, Mode, Session, Version, engine};
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::io::{self, Read, Write};
use std::sync::Arc;

/// An engine's state of a connection, known to the engine alone.
pub struct nng_tls_engine_conn;

/// An engine's form of a configuration, known to the engine alone.
pub struct nng_tls_engine_config;

/// What an engine does with a connection. Functions return zero, `NNG_EAGAIN` when bytes have
/// to move first, or another error; none may block.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nng_tls_engine_conn_ops_s {
    /// The size of the connection's state, which the library allots, aligned and zeroed.
    size: usize,
    /// Prepares a connection; the second argument is for `nng_tls_engine_send` and
    /// `nng_tls_engine_recv`.
    init: Option<
        unsafe extern "C" fn(
            *mut nng_tls_engine_conn,
            *mut c_void,
            *mut nng_tls_engine_config,
        ) -> c_int,
    >,
    /// Releases what a prepared connection holds.
    fini: Option<unsafe extern "C" fn(*mut nng_tls_engine_conn)>,
    /// Ends the connection, perhaps with a notice to the peer.
    close: Option<unsafe extern "C" fn(*mut nng_tls_engine_conn)>,
    /// Goes on with the handshake; zero once it is complete.
    handshake: Option<unsafe extern "C" fn(*mut nng_tls_engine_conn) -> c_int>,
    /// Gets plaintext into a buffer; the size becomes what was got.
    recv: Option<unsafe extern "C" fn(*mut nng_tls_engine_conn, *mut u8, *mut usize) -> c_int>,
    /// Takes plaintext from a buffer; the size becomes what was taken.
    send: Option<unsafe extern "C" fn(*mut nng_tls_engine_conn, *const u8, *mut usize) -> c_int>,
    /// Whether the peer has been verified.
    verified: Option<unsafe extern "C" fn(*mut nng_tls_engine_conn) -> bool>,
    /// The peer's common name, from `malloc`, or NULL.
    peer_cn: Option<unsafe extern "C" fn(*mut nng_tls_engine_conn) -> *mut c_char>,
    /// The peer's alternative names, NULL-terminated, all of it from `malloc`, or NULL.
    peer_alt_names: Option<unsafe extern "C" fn(*mut nng_tls_engine_conn) -> *mut *mut c_char>,
}

/// What an engine does with a configuration. Functions return zero or an error.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nng_tls_engine_config_ops_s {
    /// The size of a configuration, which the library allots, aligned and zeroed.
    size: usize,
    /// Prepares a configuration.
    init: Option<unsafe extern "C" fn(*mut nng_tls_engine_config, nng_tls_mode) -> c_int>,
    /// Releases what a prepared configuration holds.
    fini: Option<unsafe extern "C" fn(*mut nng_tls_engine_config)>,
    /// Sets the server's name.
    server: Option<unsafe extern "C" fn(*mut nng_tls_engine_config, *const c_char) -> c_int>,
    /// Sets what is asked of the peer.
    auth: Option<unsafe extern "C" fn(*mut nng_tls_engine_config, nng_tls_auth_mode) -> c_int>,
    /// Adds certificates to trust (PEM), and revocation lists (PEM) or NULL.
    ca_chain: Option<
        unsafe extern "C" fn(*mut nng_tls_engine_config, *const c_char, *const c_char) -> c_int,
    >,
    /// Adds an own certificate and key (PEM), with the key's password or NULL.
    own_cert: Option<
        unsafe extern "C" fn(
            *mut nng_tls_engine_config,
            *const c_char,
            *const c_char,
            *const c_char,
        ) -> c_int,
    >,
    /// Adds a shared key with its identity.
    psk: Option<
        unsafe extern "C" fn(*mut nng_tls_engine_config, *const c_char, *const u8, usize) -> c_int,
    >,
    /// Sets the first and the last version.
    version: Option<
        unsafe extern "C" fn(*mut nng_tls_engine_config, nng_tls_version, nng_tls_version) -> c_int,
    >,
}

pub type nng_tls_engine_conn_ops = nng_tls_engine_conn_ops_s;
pub type nng_tls_engine_config_ops = nng_tls_engine_config_ops_s;

pub type nng_tls_engine_version = c_uint;

/// An engine. It must last for ever once it is registered.
#[repr(C)]
pub struct nng_tls_engine_s {
    /// `NNG_TLS_ENGINE_VERSION`.
    version: nng_tls_engine_version,
    config_ops: *mut nng_tls_engine_config_ops,
    conn_ops: *mut nng_tls_engine_conn_ops,
    name: *const c_char,
    description: *const c_char,
    fips_mode: bool,
}

pub type nng_tls_engine = nng_tls_engine_s;

const VERSION: nng_tls_engine_version = 2;

/// Makes an engine the one for all configurations made from now on. `NNG_ENOTSUP` for one of
/// another version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_tls_engine_register(engine: *const nng_tls_engine) -> c_int {
    ret(engine.as_ref().ok_or(Error::INVAL).and_then(|engine| {
        if engine.version != VERSION {
            log::error(
                "NNG-TLS-ENGINE-VER",
                format_args!("TLS engine version mismatch: {} != {VERSION}", engine.version),
            );
            return Err(Error::NOTSUP);
        }
        let text = |s: *const c_char| match s.is_null() {
            true => CString::default(),
            false => CStr::from_ptr(s).to_owned(),
        };
        engine::register(Arc::new(ForeignEngine {
            config_ops: *engine.config_ops.as_ref().ok_or(Error::INVAL)?,
            conn_ops: *engine.conn_ops.as_ref().ok_or(Error::INVAL)?,
            name: text(engine.name),
            description: text(engine.description),
            fips_mode: engine.fips_mode,
        }));
        Ok(())
    }))
}

/// For an engine: takes bytes for the peer; the size becomes what was taken. `NNG_EAGAIN` when
/// there is no room now, `NNG_ECLOSED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_tls_engine_send(
    arg: *mut c_void,
    buf: *const u8,
    size: *mut usize,
) -> c_int {
    let (Some(io), Some(size)) = (arg.cast::<Buffers>().as_mut(), size.as_mut()) else {
        return Error::INVAL.code();
    };
    let n = (*size).min(ROOM - io.sent.len().min(ROOM));
    if n == 0 && *size > 0 {
        return Error::AGAIN.code();
    }
    ret(crate::capi::bytes(buf.cast(), n).map(|data| {
        io.sent.extend_from_slice(data);
        *size = n;
    }))
}

/// For an engine: gives bytes from the peer; the size becomes what was given. `NNG_EAGAIN` when
/// there are none now, `NNG_ECLOSED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_tls_engine_recv(
    arg: *mut c_void,
    buf: *mut u8,
    size: *mut usize,
) -> c_int {
    let (Some(io), Some(size)) = (arg.cast::<Buffers>().as_mut(), size.as_mut()) else {
        return Error::INVAL.code();
    };
    let unread = &io.received[io.read..];
    if unread.is_empty() {
        return if io.ended { Error::CLOSED } else { Error::AGAIN }.code();
    }
    let n = unread.len().min(*size);
    buf.copy_from_nonoverlapping(unread.as_ptr(), n);
    *size = n;
    io.read += n;
    0
}

/// Bytes on their way between an engine and the transport, each way.
const ROOM: usize = 16384;

#[derive(Default)]
struct Buffers {
    sent: Vec<u8>,
    received: Vec<u8>,
    read: usize,
    ended: bool,
}

struct ForeignEngine {
    config_ops: nng_tls_engine_config_ops,
    conn_ops: nng_tls_engine_conn_ops,
    name: CString,
    description: CString,
    fips_mode: bool,
}

/// What the engine's function returned; one that is missing is not supported.
fn outcome(code: Option<c_int>) -> Result<()> {
    code.map_or(Err(Error::NOTSUP), |code| Error::from_code(code).map_or(Ok(()), Err))
}

/// As `outcome`; none for `NNG_EAGAIN`.
fn now_or_not(code: Option<c_int>) -> Result<Option<()>> {
    match outcome(code) {
        Ok(()) => Ok(Some(())),
        Err(Error::AGAIN) => Ok(None),
        Err(why) => Err(why),
    }
}

/// Zeroed memory of an engine's object.
struct Memory(Vec<u128>);

impl Memory {
    fn new(size: usize) -> Memory {
        Memory(vec![0; size.div_ceil(16).max(1)])
    }

    fn at<T>(&self) -> *mut T {
        self.0.as_ptr().cast_mut().cast()
    }
}

impl Engine for ForeignEngine {
    fn name(&self) -> &CStr {
        &self.name
    }

    fn description(&self) -> &CStr {
        &self.description
    }

    fn fips_mode(&self) -> bool {
        self.fips_mode
    }

    fn config(&self, mode: Mode) -> Result<Box<dyn EngineConfig>> {
        let (ops, memory) = (self.config_ops, Memory::new(self.config_ops.size));
        let mode = match mode {
            Mode::Client => 0,
            Mode::Server => 1,
        };
        // SAFETY: the memory is of the size that the engine asked for.
        outcome(ops.init.map(|f| unsafe { f(memory.at(), mode) }))?;
        let config = Arc::new(ForeignConfig { ops, memory });
        Ok(Box::new(ConfigRef { config, conn_ops: self.conn_ops }))
    }
}

/// Prepared by the engine, and shared by its connections.
struct ForeignConfig {
    ops: nng_tls_engine_config_ops,
    memory: Memory,
}

// SAFETY: the library serializes what changes a configuration, and an engine's connections may
// use one from several threads, as with the genuine library.
unsafe impl Send for ForeignConfig {}
// SAFETY: as above.
unsafe impl Sync for ForeignConfig {}

impl Drop for ForeignConfig {
    fn drop(&mut self) {
        if let Some(f) = self.ops.fini {
            // SAFETY: it was prepared, and no connection uses it any more.
            unsafe { f(self.memory.at()) };
        }
    }
}

struct ConfigRef {
    config: Arc<ForeignConfig>,
    conn_ops: nng_tls_engine_conn_ops,
}

fn pointer(s: Option<&CStr>) -> *const c_char {
    s.map_or(std::ptr::null(), CStr::as_ptr)
}

impl ConfigRef {
    fn call<F>(
        &self,
        f: Option<F>,
        call: impl FnOnce(F, *mut nng_tls_engine_config) -> c_int,
    ) -> Result<()> {
        outcome(f.map(|f| call(f, self.config.memory.at())))
    }
}

impl EngineConfig for ConfigRef {
    fn server_name(&mut self, name: &CStr) -> Result<()> {
        // SAFETY: a prepared configuration, as for the functions below.
        self.call(self.config.ops.server, |f, c| unsafe { f(c, name.as_ptr()) })
    }

    fn auth_mode(&mut self, mode: AuthMode) -> Result<()> {
        // SAFETY: as above.
        self.call(self.config.ops.auth, |f, c| unsafe { f(c, mode as nng_tls_auth_mode) })
    }

    fn ca_chain(&mut self, certs: &CStr, crl: Option<&CStr>) -> Result<()> {
        // SAFETY: as above.
        self.call(self.config.ops.ca_chain, |f, c| unsafe { f(c, certs.as_ptr(), pointer(crl)) })
    }

    fn own_cert(&mut self, cert: &CStr, key: &CStr, pass: Option<&CStr>) -> Result<()> {
        // SAFETY: as above.
        self.call(self.config.ops.own_cert, |f, c| unsafe {
            f(c, cert.as_ptr(), key.as_ptr(), pointer(pass))
        })
    }

    fn psk(&mut self, identity: &CStr, key: &[u8]) -> Result<()> {
        // SAFETY: as above.
        self.call(self.config.ops.psk, |f, c| unsafe {
            f(c, identity.as_ptr(), key.as_ptr(), key.len())
        })
    }

    fn version(&mut self, min: Version, max: Version) -> Result<()> {
        // SAFETY: as above.
        self.call(self.config.ops.version, |f, c| unsafe { f(c, min.0.into(), max.0.into()) })
    }

    fn session(&mut self) -> Result<Box<dyn Session>> {
        let (ops, memory) = (self.conn_ops, Memory::new(self.conn_ops.size));
        let buffers = Box::into_raw(Box::<Buffers>::default());
        let init = ops.init.map(|f| {
            // SAFETY: the memory is of the size that the engine asked for, and the configuration
            // is prepared; the buffers outlive the connection.
            unsafe { f(memory.at(), buffers.cast(), self.config.memory.at()) }
        });
        if let Err(why) = outcome(init) {
            // SAFETY: nobody else knows the buffers.
            drop(unsafe { Box::from_raw(buffers) });
            return Err(why);
        }
        Ok(Box::new(ForeignSession { ops, memory, buffers, _config: self.config.clone() }))
    }
}

struct ForeignSession {
    ops: nng_tls_engine_conn_ops,
    memory: Memory,
    /// Reached by the engine too, through the argument it got.
    buffers: *mut Buffers,
    _config: Arc<ForeignConfig>,
}

// SAFETY: one thread at a time has the session, and an engine's connection is not bound to one.
unsafe impl Send for ForeignSession {}

impl ForeignSession {
    /// Not to be held while the engine is called, which changes the buffers.
    fn buffers(&mut self) -> &mut Buffers {
        // SAFETY: they live as long as the session, which is borrowed, and the engine is not
        // running.
        unsafe { &mut *self.buffers }
    }

    fn call<F, R>(
        &self,
        f: Option<F>,
        call: impl FnOnce(F, *mut nng_tls_engine_conn) -> R,
    ) -> Option<R> {
        f.map(|f| call(f, self.memory.at()))
    }
}

impl Session for ForeignSession {
    fn read_tls(&mut self, from: &mut dyn Read) -> io::Result<usize> {
        let io = self.buffers();
        if io.read == io.received.len() {
            io.received.clear();
            io.read = 0;
        }
        let at = io.received.len();
        io.received.resize(at + ROOM, 0);
        let result = from.read(&mut io.received[at..]);
        io.received.truncate(at + *result.as_ref().unwrap_or(&0));
        io.ended |= matches!(result, Ok(0));
        result
    }

    fn write_tls(&mut self, to: &mut dyn Write) -> io::Result<usize> {
        let io = self.buffers();
        let n = to.write(&io.sent)?;
        io.sent.drain(..n);
        Ok(n)
    }

    fn wants_write(&self) -> bool {
        // SAFETY: as for `buffers`.
        !unsafe { &*self.buffers }.sent.is_empty()
    }

    fn handshake(&mut self) -> Result<bool> {
        // SAFETY: a prepared connection, as for the functions below.
        let code = self.call(self.ops.handshake, |f, c| unsafe { f(c) });
        Ok(now_or_not(code)?.is_some())
    }

    fn has_plaintext(&mut self) -> bool {
        let io = self.buffers();
        io.read < io.received.len()
    }

    fn read(&mut self, buf: &mut [u8]) -> Result<Option<usize>> {
        let mut len = buf.len();
        // SAFETY: as above.
        let code = self.call(self.ops.recv, |f, c| unsafe { f(c, buf.as_mut_ptr(), &raw mut len) });
        Ok(now_or_not(code)?.map(|()| len.min(buf.len())))
    }

    fn write(&mut self, data: &[u8]) -> Result<Option<usize>> {
        let mut len = data.len();
        if len == 0 {
            return Ok(Some(0));
        }
        // SAFETY: as above.
        let code = self.call(self.ops.send, |f, c| unsafe { f(c, data.as_ptr(), &raw mut len) });
        Ok(now_or_not(code)?.map(|()| len.min(data.len())))
    }

    fn close(&mut self) {
        // SAFETY: as above.
        self.call(self.ops.close, |f, c| unsafe { f(c) });
    }

    fn verified(&self) -> bool {
        // SAFETY: as above.
        self.call(self.ops.verified, |f, c| unsafe { f(c) }).unwrap_or(false)
    }

    fn peer_cn(&self) -> Option<String> {
        // SAFETY: as above; the string is ours to free.
        self.call(self.ops.peer_cn, |f, c| unsafe { taken(f(c)) }).flatten()
    }

    fn peer_alt_names(&self) -> Vec<String> {
        let Some(names) = self.call(self.ops.peer_alt_names, |f, c| {
            // SAFETY: as above.
            unsafe { f(c) }
        }) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        if !names.is_null() {
            for i in 0.. {
                // SAFETY: the array goes on to its NULL; what it holds is ours to free.
                match unsafe { taken(*names.add(i)) } {
                    Some(name) => all.push(name),
                    None => break,
                }
            }
            // SAFETY: it came from malloc.
            unsafe { libc::free(names.cast()) };
        }
        all
    }
}

/// Takes over a string from malloc.
unsafe fn taken(s: *mut c_char) -> Option<String> {
    if s.is_null() {
        return None;
    }
    let text = CStr::from_ptr(s).to_string_lossy().into_owned();
    libc::free(s.cast());
    Some(text)
}

impl Drop for ForeignSession {
    fn drop(&mut self) {
        // SAFETY: a prepared connection that nobody uses any more.
        self.call(self.ops.fini, |f, c| unsafe { f(c) });
        // SAFETY: the engine is done with it.
        drop(unsafe { Box::from_raw(self.buffers) });
    }
}
