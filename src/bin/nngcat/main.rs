//! Command-line access to SP sockets.
#![forbid(unsafe_code)]

mod args;
mod print;
mod talk;

use args::{Args, Kind};
use clap::Parser;
use nng::base::options::{self, Value};
use nng::sp::proto::{
    CtxId, Protocol, bus0::Bus0, pair::Pair, pipeline0::Pull0, pipeline0::Push0, pub0::Pub0,
    rep0::Rep0, req0::Req0, sub0::Sub0, surveyor0::Surveyor0,
};
use nng::sp::{Dialer, Listener, Socket};
use std::process::ExitCode;
use std::sync::Arc;

/// What went wrong, as the user reads it.
pub type Failure = String;

fn protocol(kind: Kind) -> Box<dyn Protocol> {
    match kind {
        Kind::Req => Req0::new(),
        Kind::Rep => Rep0::new(),
        Kind::Pub => Pub0::new(false),
        Kind::Sub => Sub0::new(),
        Kind::Push => Push0::new(false),
        Kind::Pull => Pull0::new(false),
        Kind::Surveyor => Surveyor0::new(),
        Kind::Respondent => Rep0::respondent(),
        Kind::Pair0 => Pair::new(0, false),
        Kind::Pair1 => Pair::new(1, false),
        Kind::Bus => Bus0::new(false),
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let args = match Args::try_parse_from(args::with_equals(std::env::args())) {
        Ok(args) => args,
        Err(e) => {
            let _ = e.print();
            // Asking for help is no success of a program that was to send or receive.
            std::process::exit(i32::from(e.kind() != clap::error::ErrorKind::DisplayVersion));
        }
    };
    let plan = args::check(args)?;
    nng::init::start().map_err(|e| e.to_string())?;
    let socket = Socket::open(protocol(plan.kind));
    let set = |what: &str, name: &str, value: Value| {
        socket.set_option(name, value).map_err(|e| format!("Unable to set {what}: {e}"))
    };
    for topic in &plan.topics {
        socket
            .set_option(options::SUB_SUBSCRIBE, Value::Bytes(topic.clone().into_bytes()))
            .map_err(|e| format!("Unable to subscribe to topic {topic}: {e}"))?;
    }
    if let Some(ms) = plan.send_timeout {
        set("send timeout", options::SENDTIMEO, Value::Ms(ms))?;
    }
    if let Some(ms) = plan.recv_timeout {
        set("receive timeout", options::RECVTIMEO, Value::Ms(ms))?;
    }
    if let Some(name) = &plan.name {
        set("socket name", options::SOCKNAME, Value::Str(name.clone()))?;
    }
    set("max receive size", options::RECVMAXSZ, Value::Size(plan.most))?;
    for (dial, url) in &plan.addresses {
        let result = if *dial { connect(&socket, url, &plan) } else { listen(&socket, url, &plan) };
        let what = if *dial { "dial" } else { "listen on" };
        result.map_err(|e| format!("Unable to {what} {url}: {e}"))?;
    }
    let done = talk::talk(&socket, &plan);
    let _ = socket.close();
    nng::init::finish();
    done
}

fn connect(socket: &Arc<Socket>, url: &str, plan: &args::Plan) -> nng::base::Result<()> {
    let dialer = Dialer::create(socket, url)?;
    if url.starts_with("tls") || url.starts_with("wss") {
        plan.tls.apply(true, |name, value| dialer.set_option(name, value))?;
    }
    dialer.start(plan.asynchronous)
}

fn listen(socket: &Arc<Socket>, url: &str, plan: &args::Plan) -> nng::base::Result<()> {
    let listener = Listener::create(socket, url)?;
    if url.starts_with("tls") || url.starts_with("wss") {
        plan.tls.apply(false, |name, value| listener.set_option(name, value))?;
    }
    listener.start()
}

const SOCKET: CtxId = CtxId::SOCKET;
