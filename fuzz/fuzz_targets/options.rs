//! Raw bytes for options of sockets, dialers, listeners and stream endpoints of every kind,
//! socket addresses, command lines: `cargo +nightly fuzz run options`.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nng::base::SockAddr;
use nng::base::cmdline::{Found, Spec, look_up};
use nng::base::options::{self, Type, Value};
use nng::capi::nng::sockaddr::{nng_sockaddr, nng_str_sockaddr};
use nng::capi::protocol::{
    bus0::bus::nng_bus0_open, pair1::pair::nng_pair1_open, pubsub0::sub::nng_sub0_open,
    reqrep0::rep::nng_rep0_open, reqrep0::req::nng_req0_open, survey0::survey::nng_surveyor0_open,
};
use nng::sp::registry::SOCKETS;
use nng::stream::ops::{StreamDialer, StreamListener};
use std::mem::zeroed;
use std::sync::LazyLock;

const NAMES: &[&str] = &[
    options::IPC_PERMISSIONS,
    options::LOCADDR,
    options::MAXTTL,
    options::RECONNMAXT,
    options::RECONNMINT,
    options::RECVBUF,
    options::RECVFD,
    options::RECVMAXSZ,
    options::RECVTIMEO,
    options::REQ_RESENDTICK,
    options::REQ_RESENDTIME,
    options::SENDBUF,
    options::SENDTIMEO,
    options::SOCKNAME,
    options::SUB_PREFNEW,
    options::SUB_SUBSCRIBE,
    options::SUB_UNSUBSCRIBE,
    options::SURVEYOR_SURVEYTIME,
    options::TCP_BOUND_PORT,
    options::TCP_KEEPALIVE,
    options::TCP_NODELAY,
    options::TLS_AUTH_MODE,
    options::TLS_CONFIG,
    options::TLS_SERVER_NAME,
    options::TLS_VERIFIED,
    options::URL,
    options::WS_PROTOCOL,
    options::WS_RECVMAXFRAME,
    options::WS_RECV_TEXT,
    options::WS_REQUEST_HEADERS,
    options::WS_RESPONSE_HEADERS,
    options::WS_SENDMAXFRAME,
    options::WS_SEND_TEXT,
    "ws:request-header:X-A",
    "ws:response-header:X-A",
];

const URLS: &[&str] = &[
    "inproc://options",
    "ipc:///tmp/nng-fuzz-options",
    "abstract://nng-fuzz-options",
    "tcp://127.0.0.1:0",
    "tls+tcp://127.0.0.1:0",
    "ws://127.0.0.1:0/x",
    "wss://127.0.0.1:0/x",
    "socket://",
];

const TYPES: &[Type] = &[
    Type::Opaque,
    Type::Bool,
    Type::Int,
    Type::Ms,
    Type::Size,
    Type::U64,
    Type::Ptr,
    Type::Str,
    Type::Addr,
];

/// Opened once; their settings pile up.
static OPEN: LazyLock<()> = LazyLock::new(|| {
    // SAFETY: each gets a place for the socket.
    unsafe {
        let mut s = zeroed();
        nng_bus0_open(&mut s);
        nng_pair1_open(&mut s);
        nng_sub0_open(&mut s);
        nng_rep0_open(&mut s);
        nng_req0_open(&mut s);
        nng_surveyor0_open(&mut s);
    }
});

fn value(ty: Type, data: &[u8]) -> Option<Value> {
    match ty {
        Type::Addr => None,
        // Only addresses of live configurations are good; it must not be believed.
        ty => options::convert(Value::Bytes(data.to_vec()), ty).ok(),
    }
}

fuzz_target!(|input: (u8, u8, Vec<(u8, u8, Vec<u8>)>, [u8; 136], u8, Vec<Vec<u8>>)| {
    let (which, url, settings, address, room, line) = input;
    LazyLock::force(&OPEN);
    let sockets = SOCKETS.all();
    let socket = &sockets[usize::from(which) % sockets.len()];
    let url = nng::base::Url::parse(URLS[usize::from(url) % URLS.len()]).unwrap();
    let dialer = StreamDialer::new(&url);
    let listener = StreamListener::new(&url);
    for (name, ty, data) in &settings {
        let name = NAMES[usize::from(*name) % NAMES.len()];
        let ty = TYPES[usize::from(*ty) % TYPES.len()];
        let Some(value) = value(ty, data) else { continue };
        if socket.set_option(name, value.clone()).is_ok() {
            let _ = socket.get_option(name, ty);
        }
        if let Ok(dialer) = &dialer {
            let _ = dialer.set_option(name, value.clone());
            let _ = dialer.get_option(name, ty);
        }
        if let Ok(listener) = &listener {
            let _ = listener.set_option(name, value);
            let _ = listener.get_option(name, ty);
        }
    }

    // SAFETY: any bytes are an address; the buffer is as long as is said.
    unsafe {
        let mut sa: nng_sockaddr = std::mem::transmute_copy(&address);
        let mut buf = vec![0; usize::from(room)];
        nng_str_sockaddr(&sa, buf.as_mut_ptr(), buf.len());
        sa = match sa.to_addr() {
            Ok(addr) => {
                let _ = addr.to_string();
                if let Ok(system) = addr.to_socket2() {
                    let back = SockAddr::from_socket2(&system).unwrap();
                    if !matches!(addr, SockAddr::Ipc { .. }) {
                        assert_eq!(back, addr);
                    }
                }
                assert_eq!(nng_sockaddr::from_addr(&addr).to_addr().unwrap(), addr);
                nng_sockaddr::from_addr(&addr)
            }
            Err(_) => sa,
        };
        let _ = sa.as_bytes();
    }

    let names: Vec<&[u8]> = line.iter().skip(1).map(Vec::as_slice).collect();
    let specs: Vec<Spec> = (0..)
        .zip(&names)
        .map(|(i, name)| Spec {
            name: (i % 4 != 0).then_some(*name),
            short: i32::from(name.first().copied().unwrap_or(0)),
            takes_value: i % 2 == 0,
        })
        .collect();
    if let Some(arg) = line.first()
        && let Ok(Found::Option(at, from)) = look_up(arg, &specs)
    {
        assert!(at < specs.len() && from.is_none_or(|from| from <= arg.len()));
    }
});
