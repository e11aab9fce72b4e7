//! One TLS connection as a pump: ciphertext in and out, plaintext in and out, no I/O.
#![forbid(unsafe_code)]

use crate::base::Result;
use std::io;

/// An engine's state of one connection. Nothing here blocks; `None` or `false` means that
/// ciphertext has to move first.
pub trait Session: Send {
    /// Takes ciphertext by reading once from the transport; 0 is the transport's end.
    fn read_tls(&mut self, from: &mut dyn io::Read) -> io::Result<usize>;

    /// Gives ciphertext away by writing once to the transport.
    fn write_tls(&mut self, to: &mut dyn io::Write) -> io::Result<usize>;

    /// Whether ciphertext waits for `write_tls`.
    fn wants_write(&self) -> bool;

    /// Goes on with the handshake; true once it is complete.
    fn handshake(&mut self) -> Result<bool>;

    /// Whether plaintext, or the end, is there without reading from the transport.
    fn has_plaintext(&mut self) -> bool;

    /// Moves plaintext out; `Some(0)` is the peer's orderly end.
    fn read(&mut self, buf: &mut [u8]) -> Result<Option<usize>>;

    /// Takes plaintext, as much as fits; only after the handshake.
    fn write(&mut self, data: &[u8]) -> Result<Option<usize>>;

    /// Queues a close notification.
    fn close(&mut self);

    /// Whether the peer's identity has been verified.
    fn verified(&self) -> bool;

    /// The common name in the peer's certificate.
    fn peer_cn(&self) -> Option<String>;

    /// The alternative names in the peer's certificate.
    fn peer_alt_names(&self) -> Vec<String>;
}
