//! The statistics of all sockets, as a tree.
#![forbid(unsafe_code)]

use super::dialer::Dialer;
use super::failures::{Failure, Failures};
use super::listener::Listener;
use super::pipe::{Origin, PipeHandle};
use super::registry;
use super::socket::Socket;
use crate::base::Result;
use crate::base::options::{self, Type, Value};
use crate::base::stats::{Content, Stat, Unit};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

fn id(name: &'static str, desc: &'static str, id: u32) -> Stat {
    Stat::leaf(name, desc, Content::Id(id.into()), Unit::None)
}

fn text(name: &'static str, desc: &'static str, text: &str) -> Stat {
    Stat::leaf(name, desc, Content::String(text.to_owned()), Unit::None)
}

fn level(name: &'static str, desc: &'static str, n: usize) -> Stat {
    Stat::leaf(name, desc, Content::Level(n as u64), Unit::None)
}

fn counter(name: &'static str, desc: &'static str, unit: Unit, n: u64) -> Stat {
    Stat::leaf(name, desc, Content::Counter(n), unit)
}

fn count(name: &'static str, desc: &'static str, n: &AtomicU64) -> Stat {
    counter(name, desc, Unit::None, n.load(Relaxed))
}

/// What came of everything at this moment.
pub fn snapshot() -> Stat {
    let mut all = Vec::new();
    for socket in registry::SOCKETS.all() {
        let (dialers, listeners) = socket.endpoints();
        let pipes = socket.pipes();
        all.push(of_socket(&socket, &dialers, &listeners, &pipes));
        all.extend(dialers.iter().map(|d| of_dialer(d, socket.id(), &pipes)));
        all.extend(listeners.iter().map(|l| of_listener(l, socket.id(), &pipes)));
        all.extend(pipes.iter().map(|p| of_pipe(p, socket.id())));
    }
    Stat::scope("", "all statistics", all)
}

fn of_socket(
    socket: &Socket,
    dialers: &[Arc<Dialer>],
    listeners: &[Arc<Listener>],
    pipes: &[Arc<PipeHandle>],
) -> Stat {
    let total = socket.traffic(pipes);
    let name = socket.settings.lock().name.clone();
    let mut children = vec![
        id("id", "socket identifier", socket.id()),
        text("name", "socket name", &name),
        text("protocol", "socket protocol", socket.identity().name),
        level("dialers", "open dialers", dialers.len()),
        level("listeners", "open listeners", listeners.len()),
        level("pipes", "open pipes", pipes.len()),
        count("reject", "rejected pipes", &socket.stats.rejected),
        counter("tx_msgs", "sent messages", Unit::Messages, total.tx_msgs),
        counter("rx_msgs", "received messages", Unit::Messages, total.rx_msgs),
        counter("tx_bytes", "sent bytes", Unit::Bytes, total.tx_bytes),
        counter("rx_bytes", "received bytes", Unit::Bytes, total.rx_bytes),
    ];
    let (traits, counters) = socket.with_proto(|proto| (proto.traits(), proto.counters()));
    for (name, desc, on) in traits {
        children.push(Stat::leaf(name, desc, Content::Boolean(on), Unit::None));
    }
    for own in counters {
        children.push(counter(own.name, own.desc, own.unit, own.value));
    }
    Stat::scope("socket", "socket statistics", children)
}

fn of_dialer(dialer: &Arc<Dialer>, socket: u32, pipes: &[Arc<PipeHandle>]) -> Stat {
    let is_ours =
        |p: &&Arc<PipeHandle>| matches!(p.origin(), Origin::Dialer(d) if Arc::ptr_eq(d, dialer));
    let mut children = vec![
        id("id", "dialer id", dialer.id()),
        id("socket", "socket for dialer", socket),
        text("url", "dialer url", dialer.url()),
        level("pipes", "open pipes", pipes.iter().filter(is_ours).count()),
        count("connect", "connections established", &dialer.connects),
        failure("refused", "connections refused", &dialer.failures, Failure::Refused),
    ];
    children.extend(of_failures(&dialer.failures));
    children.extend(limit(dialer.get_option(options::RECVMAXSZ, Type::Size)));
    Stat::scope("dialer", "dialer statistics", children)
}

fn of_listener(listener: &Arc<Listener>, socket: u32, pipes: &[Arc<PipeHandle>]) -> Stat {
    let is_ours = |p: &&Arc<PipeHandle>| matches!(p.origin(), Origin::Listener(l) if Arc::ptr_eq(l, listener));
    let mut children = vec![
        id("id", "listener id", listener.id()),
        id("socket", "socket id", socket),
        text("url", "listener url", listener.url().raw()),
        level("pipes", "open pipes", pipes.iter().filter(is_ours).count()),
        count("accept", "connections accepted", &listener.accepts),
    ];
    children.extend(of_failures(&listener.failures));
    children.extend(limit(listener.get_option(options::RECVMAXSZ, Type::Size)));
    Stat::scope("listener", "listener statistics", children)
}

fn limit(most: Result<Value>) -> Option<Stat> {
    let Ok(Value::Size(most)) = most else { return None };
    let content = Content::Level(most as u64);
    Some(Stat::leaf("rcv_max", "maximum receive size", content, Unit::Bytes))
}

fn failure(name: &'static str, desc: &'static str, of: &Failures, kind: Failure) -> Stat {
    counter(name, desc, Unit::None, of.get(kind))
}

fn of_failures(of: &Failures) -> [Stat; 8] {
    [
        failure("disconnect", "remote disconnects", of, Failure::Disconnect),
        failure("canceled", "canceled connections", of, Failure::Canceled),
        failure("other", "other errors", of, Failure::Other),
        failure("timeout", "timeout errors", of, Failure::Timeout),
        failure("proto", "protocol errors", of, Failure::Proto),
        failure("auth", "auth errors", of, Failure::Auth),
        failure("oom", "allocation failures", of, Failure::NoMemory),
        failure("reject", "rejected pipes", of, Failure::Rejected),
    ]
}

fn of_pipe(pipe: &PipeHandle, socket: u32) -> Stat {
    let stats = &pipe.stats;
    let traffic = |name, desc, unit, n: &AtomicU64| counter(name, desc, unit, n.load(Relaxed));
    let children = vec![
        id("id", "pipe id", pipe.id()),
        id("socket", "socket for pipe", socket),
        traffic("rx_msgs", "messages received", Unit::Messages, &stats.rx_msgs),
        traffic("tx_msgs", "messages sent", Unit::Messages, &stats.tx_msgs),
        traffic("rx_bytes", "bytes received", Unit::Bytes, &stats.rx_bytes),
        traffic("tx_bytes", "bytes sent", Unit::Bytes, &stats.tx_bytes),
        match pipe.origin() {
            Origin::Dialer(dialer) => id("dialer", "dialer for pipe", dialer.id()),
            Origin::Listener(listener) => id("listener", "listener for pipe", listener.id()),
        },
    ];
    Stat::scope("pipe", "pipe statistics", children)
}
