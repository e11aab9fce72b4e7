//! Starting and stopping the library.
#![forbid(unsafe_code)]

use crate::base::{Error, Result};
use crate::rt;
use crate::sp::registry;
use crate::sp::transport::{
    self, Transport,
    framed::{FramedDialer, FramedListener},
    inproc,
    ws::{WsSpDialer, WsSpListener},
};
use crate::stream::{ipc, tcp, tls};
use crate::sys::fork;
use std::sync::{Arc, Once};

const TCP: Transport = Transport {
    schemes: &["tcp", "tcp4", "tcp6"],
    dialer: |url, local| Ok(Arc::new(FramedDialer::new(tcp::TcpDialer::new(url)?, local, false))),
    listener: |url, local| {
        Ok(Arc::new(FramedListener::new(tcp::TcpListener::new(url)?, local, false)))
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
        let dialer = tls::TlsDialer::new(tcp::TcpDialer::new(url)?, url)?;
        Ok(Arc::new(FramedDialer::new(dialer, local, false)))
    },
    listener: |url, local| {
        let listener = tls::TlsListener::new(tcp::TcpListener::new(url)?)?;
        Ok(Arc::new(FramedListener::new(listener, local, false)))
    },
};

const WS: Transport = Transport {
    schemes: &["ws", "ws4", "ws6", "wss", "wss4", "wss6"],
    dialer: |url, local| Ok(Arc::new(WsSpDialer::new(url, local)?)),
    listener: |url, local| Ok(Arc::new(WsSpListener::new(url, local)?)),
};

const TRANSPORTS: &[Transport] = &[inproc::INPROC, TCP, IPC, TLS, WS];

/// Registers the transports; every use of the library begins here. Refused in a child of a
/// process that used the library before it forked: its threads are not there.
pub fn start() -> Result<()> {
    static ONCE: Once = Once::new();
    if fork::is_child() {
        return Err(Error::CLOSED);
    }
    ONCE.call_once(|| {
        fork::watch();
        for transport in TRANSPORTS {
            transport::register(*transport);
        }
    });
    Ok(())
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
