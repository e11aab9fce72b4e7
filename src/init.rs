//! Starting and stopping the library.
#![forbid(unsafe_code)]

use crate::rt;
use crate::sp::registry;
use crate::sp::transport::{
    self, Transport,
    framed::{FramedDialer, FramedListener},
    inproc,
    ws::{WsSpDialer, WsSpListener},
};
use crate::stream::{ipc, tcp, tls};
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

/// Registers the transports; every use of the library begins here.
pub fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for transport in [inproc::INPROC, TCP, IPC, TLS, WS] {
            transport::register(transport);
        }
    });
}

/// Closes every socket and ends the library's threads; the next use starts them again.
pub fn finish() {
    for socket in registry::SOCKETS.all() {
        let _ = socket.close();
    }
    rt::shut_down();
}
