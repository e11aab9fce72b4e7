//! What carries messages between sockets: the transports' contracts and their registry.
#![forbid(unsafe_code)]

pub mod framed;
pub mod framing;
pub mod inproc;
pub mod lane;
#[cfg(any(test, fuzzing))]
pub mod script;
pub mod ws;

use crate::base::options::{Type, Value};
use crate::base::{Error, Result, Url};
use crate::rt::Promise;
use crate::stream::{Link, Ticket};
use framing::Framing;
use parking_lot::RwLock;
use std::sync::Arc;

/// A new connection, ready to become a pipe.
pub struct Connected {
    /// The peer's protocol number.
    pub peer: u16,
    pub wire: Wire,
}

/// How a pipe's messages travel.
pub enum Wire {
    Stream {
        link: Arc<dyn Link>,
        framing: Box<dyn Framing>,
        /// What was read behind the handshake.
        early: Vec<u8>,
    },
    Lane(lane::LaneEnd),
}

/// What an endpoint needs to know of its socket.
#[derive(Clone, Copy, Debug)]
pub struct Local {
    /// Our protocol number.
    pub id: u16,
    /// Whom we talk to.
    pub peer: u16,
    pub name: &'static str,
    pub peer_name: &'static str,
}

/// Makes pipes by connecting to one address.
pub trait Dial: Send + Sync {
    /// Starts one attempt. The promise is kept on any thread, perhaps before this returns,
    /// and with no lock held.
    fn connect(&self, ticket: Ticket, promise: Promise<Connected>);
    /// Ends an attempt with `why`, if it is still pending.
    fn cancel(&self, ticket: Ticket, why: Error);
    fn close(&self);
    fn get_option(&self, name: &str, ty: Type) -> Result<Value>;
    fn set_option(&self, name: &str, value: Value) -> Result<()>;
}

/// Who takes a listener's connections. Called on any thread, with no lock held.
pub type Sink = Arc<dyn Fn(Result<Connected>) + Send + Sync>;

/// Makes pipes by listening on one address.
pub trait Listen: Send + Sync {
    /// Claims the address; connections go to `sink` from then on until `close`. An error given
    /// to the sink is one connection that came to nothing.
    fn listen(&self, sink: Sink) -> Result<()>;
    /// Gives the address up; connections that are still being set up are dropped.
    fn close(&self);
    fn get_option(&self, name: &str, ty: Type) -> Result<Value>;
    fn set_option(&self, name: &str, value: Value) -> Result<()>;
}

/// A transport: the schemes it serves, and how its endpoints are made.
#[derive(Clone, Copy)]
pub struct Transport {
    pub schemes: &'static [&'static str],
    pub dialer: fn(&Url, Local) -> Result<Arc<dyn Dial>>,
    pub listener: fn(&Url, Local) -> Result<Arc<dyn Listen>>,
}

static TRANSPORTS: RwLock<Vec<Transport>> = RwLock::new(Vec::new());

/// Adds a transport; later ones win.
pub fn register(transport: Transport) {
    TRANSPORTS.write().insert(0, transport);
}

pub fn find(scheme: &str) -> Result<Transport> {
    let all = TRANSPORTS.read();
    all.iter().find(|t| t.schemes.contains(&scheme)).copied().ok_or(Error::NOTSUP)
}
