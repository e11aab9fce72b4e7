//! Devices: messages forwarded between two raw sockets, or back to one.
//!
//! Each direction is a chain of operations, receive then send, on an aio of its own whose
//! callback starts the next. The first to fail ends the device; its other chains are stopped,
//! and the last of them completes the program's operation. Nobody waits.
#![forbid(unsafe_code)]

use super::proto::CtxId;
use super::socket::{CloseWatch, Socket};
use crate::base::{Error, Result};
use crate::rt::aio::Timeout;
use crate::rt::{Aio, Cancel, OpId, Parked};
use crate::sys::sync::Mutex;
use std::sync::{Arc, OnceLock, Weak};

struct Device {
    state: Mutex<State>,
}

struct State {
    op: Option<Parked>,
    why: Option<Error>,
    chains: Vec<Arc<Chain>>,
    running: usize,
}

/// One direction.
struct Chain {
    from: Arc<Socket>,
    to: Arc<Socket>,
    /// Each keeps the other until the chain has ended.
    device: Arc<Device>,
    aio: OnceLock<Arc<Aio>>,
    sending: Mutex<bool>,
    /// Its end was told.
    ended: Mutex<bool>,
}

impl Chain {
    fn start(self: &Arc<Self>) {
        let Some(aio) = self.aio.get() else { return };
        self.from.recv_aio(CtxId::SOCKET, aio, Timeout::Infinite);
        self.check(aio);
    }

    /// An aio that was stopped starts nothing, and calls nobody back.
    fn check(self: &Arc<Self>, aio: &Arc<Aio>) {
        if aio.is_stopped() && !std::mem::replace(&mut *self.ended.lock(), true) {
            self.device.ended(self, Error::CANCELED);
        }
    }

    /// Goes on after an operation.
    fn step(self: &Arc<Self>) {
        let Some(aio) = self.aio.get() else { return };
        let (error, msg) = aio.take_outcome();
        if let Some(why) = error {
            if !std::mem::replace(&mut *self.ended.lock(), true) {
                self.device.ended(self, why);
            }
            return;
        }
        let sent = std::mem::take(&mut *self.sending.lock());
        match msg {
            Some(msg) if !sent => {
                *self.sending.lock() = true;
                self.to.send_aio(CtxId::SOCKET, aio, Some(msg), Timeout::Infinite);
            }
            _ => self.from.recv_aio(CtxId::SOCKET, aio, Timeout::Infinite),
        }
        self.check(aio);
    }
}

impl Device {
    fn ended(&self, chain: &Arc<Chain>, why: Error) {
        let (others, done) = {
            let mut st = self.state.lock();
            st.why.get_or_insert(why);
            st.chains.retain(|c| !Arc::ptr_eq(c, chain));
            st.running -= 1;
            let done = if st.running == 0 { st.op.take().zip(st.why) } else { None };
            (st.chains.clone(), done)
        };
        for other in others {
            if let Some(aio) = other.aio.get() {
                aio.close();
            }
        }
        if let Some((op, why)) = done {
            op.fail(why);
        }
    }
}

impl Device {
    /// Stops every chain; the last to end completes the program's operation.
    fn stop(&self, why: Error) {
        let chains = {
            let mut st = self.state.lock();
            st.why.get_or_insert(why);
            st.chains.clone()
        };
        for chain in chains {
            if let Some(aio) = chain.aio.get() {
                aio.close();
            }
        }
    }
}

impl Cancel for Device {
    fn cancel(&self, _: OpId, why: Error) {
        self.stop(why);
    }
}

impl CloseWatch for Device {
    fn closing(&self) {
        self.stop(Error::CLOSED);
    }
}

/// Which way messages go, from the sockets that were given.
fn directions(
    one: Option<Arc<Socket>>,
    two: Option<Arc<Socket>>,
) -> Result<Vec<(Arc<Socket>, Arc<Socket>)>> {
    let (one, two, reflected) = match (one, two) {
        (Some(one), Some(two)) => {
            let reflected = Arc::ptr_eq(&one, &two);
            (one, two, reflected)
        }
        (Some(only), None) | (None, Some(only)) => (only.clone(), only, true),
        (None, None) => return Err(Error::INVAL),
    };
    if !one.is_raw() || !two.is_raw() || one.identity().peer != two.identity().id {
        return Err(Error::INVAL);
    }
    if reflected {
        return Ok(vec![(one, two)]);
    }
    let mut ways = Vec::new();
    for (from, to) in [(&one, &two), (&two, &one)] {
        let receives = from.with_proto(|proto| proto.receives());
        if receives && to.with_proto(|proto| proto.sends()) {
            ways.push((from.clone(), to.clone()));
        }
    }
    if ways.is_empty() { Err(Error::INVAL) } else { Ok(ways) }
}

/// Runs a device until a socket is closed or the aio is cancelled.
pub fn start(aio: &Arc<Aio>, one: Option<Arc<Socket>>, two: Option<Arc<Socket>>) {
    let Ok(op) = aio.begin(Timeout::Infinite) else { return };
    let ways = match directions(one, two) {
        Ok(ways) => ways,
        Err(why) => return op.fail(why),
    };
    let device = Arc::new(Device {
        state: Mutex::new(State { op: None, why: None, chains: Vec::new(), running: ways.len() }),
    });
    for (from, to) in ways {
        let chain = Arc::new(Chain {
            from,
            to,
            device: device.clone(),
            aio: OnceLock::new(),
            sending: Mutex::new(false),
            ended: Mutex::new(false),
        });
        let this = Arc::downgrade(&chain);
        let step = move || {
            if let Some(chain) = this.upgrade() {
                chain.step();
            }
        };
        let _ = chain.aio.set(Aio::with_callback(step));
        device.state.lock().chains.push(chain);
    }
    let chains = {
        let mut st = device.state.lock();
        match op.park(device.clone()) {
            Ok(op) => st.op = Some(op),
            Err((op, why)) => {
                st.chains.clear();
                drop(st);
                return op.fail(why);
            }
        }
        st.chains.clone()
    };
    for chain in &chains {
        chain.start();
    }
    // The socket that a chain only sends to would not be missed otherwise.
    let watcher: Weak<Device> = Arc::downgrade(&device);
    for chain in &chains {
        if chain.from.watch(watcher.clone()).is_err() || chain.to.watch(watcher.clone()).is_err() {
            device.stop(Error::CLOSED);
        }
    }
}
