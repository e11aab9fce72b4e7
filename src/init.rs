//! Starting and stopping the library.
#![forbid(unsafe_code)]

use crate::rt;
use crate::sp::registry;
use crate::sp::transport::{
    self, Transport,
    framed::{FramedDialer, FramedListener},
    inproc,
};
use crate::stream::{ipc, tcp};
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

/// Registers the transports; every use of the library begins here.
pub fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for transport in [inproc::INPROC, TCP, IPC] {
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
