//! Starting and stopping the library.
#![forbid(unsafe_code)]

use crate::base::memory::enough_memory;
use crate::base::{Error, Result, Url};
use crate::rt;
use crate::sp::registry;
use crate::sp::transport::{
    self, Transport,
    framed::{FramedDialer, FramedListener},
    inproc,
    ws::{WsSpDialer, WsSpListener},
};
use crate::stream::schemes::{self, Scheme};
use crate::stream::{ipc, socket, tcp, tls};
use crate::sys::fork;
use crate::ws::dialer::WsDialer;
use crate::ws::listener::WsListener;
use std::sync::{Arc, Once};

/// Sockets take no URL that says what TCP has no use for; byte streams pass it over.
fn bare(url: &Url) -> Result<&Url> {
    if url.is_bare() { Ok(url) } else { Err(Error::ADDRINVAL) }
}

const TCP: Transport = Transport {
    schemes: &["tcp", "tcp4", "tcp6"],
    dialer: |url, local| {
        Ok(Arc::new(FramedDialer::new(tcp::TcpDialer::new(bare(url)?)?, local, false)))
    },
    listener: |url, local| {
        Ok(Arc::new(FramedListener::new(tcp::TcpListener::new(bare(url)?)?, local, false)))
    },
};

const IPC: Transport = Transport {
    schemes: &["ipc", "unix", "abstract"],
    dialer: |url, local| Ok(Arc::new(FramedDialer::new(ipc::IpcDialer::new(url)?, local, true))),
    listener: |url, local| {
        Ok(Arc::new(FramedListener::new(ipc::IpcListener::new(url)?, local, true)))
    },
};

const TLS: Transport = Transport {
    schemes: &["tls+tcp", "tls+tcp4", "tls+tcp6"],
    dialer: |url, local| {
        let dialer = tls::TlsDialer::new(tcp::TcpDialer::new(bare(url)?)?, url)?;
        Ok(Arc::new(FramedDialer::new(dialer, local, false)))
    },
    listener: |url, local| {
        let listener = tls::TlsListener::new(tcp::TcpListener::new(bare(url)?)?)?;
        Ok(Arc::new(FramedListener::new(listener, local, false)))
    },
};

const WS: Transport = Transport {
    schemes: &["ws", "ws4", "ws6", "wss", "wss4", "wss6"],
    dialer: |url, local| Ok(Arc::new(WsSpDialer::new(url, local)?)),
    listener: |url, local| Ok(Arc::new(WsSpListener::new(url, local)?)),
};

const SOCKET: Transport = Transport {
    schemes: &["socket"],
    dialer: |_, _| Err(Error::NOTSUP),
    listener: |url, local| {
        Ok(Arc::new(FramedListener::new(socket::SocketListener::new(url)?, local, false)))
    },
};

const TRANSPORTS: &[Transport] = &[inproc::INPROC, TCP, IPC, TLS, WS, SOCKET];

const STREAMS: &[Scheme] = &[
    Scheme {
        names: &["tcp", "tcp4", "tcp6"],
        dialer: |url| Ok(Box::new(tcp::TcpDialer::new(url)?)),
        listener: |url| Ok(Box::new(tcp::TcpListener::new(url)?)),
    },
    Scheme {
        names: &["ipc", "unix", "abstract"],
        dialer: |url| Ok(Box::new(ipc::IpcDialer::new(url)?)),
        listener: |url| Ok(Box::new(ipc::IpcListener::new(url)?)),
    },
    Scheme {
        names: &["tls+tcp", "tls+tcp4", "tls+tcp6"],
        dialer: |url| Ok(Box::new(tls::TlsDialer::new(tcp::TcpDialer::new(url)?, url)?)),
        listener: |url| Ok(Box::new(tls::TlsListener::new(tcp::TcpListener::new(url)?)?)),
    },
    Scheme {
        names: &["ws", "ws4", "ws6", "wss", "wss4", "wss6"],
        dialer: |url| Ok(Box::new(WsDialer::new(url)?)),
        listener: |url| Ok(Box::new(WsListener::new(url)?)),
    },
    Scheme {
        names: &["socket"],
        dialer: |_| Err(Error::NOTSUP),
        listener: |url| Ok(Box::new(socket::SocketListener::new(url)?)),
    },
];

/// Registers the transports and starts the polling thread, without which no timeout would come;
/// every use of the library begins here. Refused where the system has no memory, descriptors or
/// threads left, and in a child of a process that used the library before it forked: its threads are not
/// there.
pub fn start() -> Result<()> {
    static ONCE: Once = Once::new();
    if fork::is_child() {
        return Err(Error::CLOSED);
    }
    enough_memory()?;
    fork::used();
    ONCE.call_once(|| {
        for transport in TRANSPORTS {
            transport::register(*transport);
        }
        for scheme in STREAMS {
            schemes::register(*scheme);
        }
    });
    rt::start()
}

/// Closes every socket.
pub fn close_all() {
    if !fork::is_child() {
        for socket in registry::SOCKETS.all() {
            let _ = socket.close();
        }
    }
}

/// Closes every socket and ends the library's threads; the next use starts them again.
pub fn finish() {
    close_all();
    if !fork::is_child() {
        rt::shut_down();
        crate::msg::pool::drain();
    }
}
