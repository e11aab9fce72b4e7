//! What may be asked for on the command line, and what fits together.
#![forbid(unsafe_code)]

use crate::Failure;
use crate::print::Format;
use clap::Parser;
use nng::base::options::{self, Value};
use nng::base::{Error, Result};
use nng::tls::{AuthMode, Config, Mode};
use std::ffi::CString;
use std::io::Read;
use std::path::Path;

/// Command-line access to scalability protocols.
#[derive(Parser)]
#[command(
    version,
    infer_long_args = true,
    args_override_self = true,
    disable_help_flag = true,
    disable_version_flag = true
)]
pub struct Args {
    /// Print this help
    #[arg(short, long, action = clap::ArgAction::Help)]
    help: Option<bool>,
    #[arg(short, long)]
    verbose: bool,
    /// Print no messages
    #[arg(short = 'q', long)]
    silent: bool,

    #[arg(long, alias = "req", help_heading = "Protocols")]
    req0: bool,
    #[arg(long, alias = "rep", help_heading = "Protocols")]
    rep0: bool,
    #[arg(long, alias = "pub", help_heading = "Protocols")]
    pub0: bool,
    #[arg(long, alias = "sub", help_heading = "Protocols")]
    sub0: bool,
    #[arg(long, alias = "push", help_heading = "Protocols")]
    push0: bool,
    #[arg(long, alias = "pull", help_heading = "Protocols")]
    pull0: bool,
    #[arg(long, alias = "surveyor", help_heading = "Protocols")]
    surveyor0: bool,
    #[arg(long, alias = "respondent", help_heading = "Protocols")]
    respondent0: bool,
    #[arg(long, help_heading = "Protocols")]
    pair0: bool,
    #[arg(long, help_heading = "Protocols")]
    pair1: bool,
    /// pair1; with --compat pair0
    #[arg(long, help_heading = "Protocols")]
    pair: bool,
    #[arg(long, alias = "bus", help_heading = "Protocols")]
    bus0: bool,

    #[arg(long, alias = "connect", value_name = "URL", action = clap::ArgAction::Append)]
    #[arg(help_heading = "Addresses")]
    dial: Vec<String>,
    #[arg(long, alias = "bind", value_name = "URL", action = clap::ArgAction::Append)]
    #[arg(help_heading = "Addresses")]
    listen: Vec<String>,
    #[arg(short = 'X', long, value_name = "PATH", action = clap::ArgAction::Append)]
    #[arg(help_heading = "Addresses")]
    bind_ipc: Vec<String>,
    #[arg(short = 'x', long, value_name = "PATH", action = clap::ArgAction::Append)]
    #[arg(help_heading = "Addresses")]
    connect_ipc: Vec<String>,
    #[arg(short = 'L', long, value_name = "PORT", action = clap::ArgAction::Append)]
    #[arg(help_heading = "Addresses")]
    bind_local: Vec<u16>,
    #[arg(short = 'l', long, value_name = "PORT", action = clap::ArgAction::Append)]
    #[arg(help_heading = "Addresses")]
    connect_local: Vec<u16>,

    /// no, raw, ascii, quoted, hex or msgpack
    #[arg(long, help_heading = "Output")]
    format: Option<String>,
    #[arg(short = 'A', long, help_heading = "Output")]
    ascii: bool,
    #[arg(short = 'Q', long, help_heading = "Output")]
    quoted: bool,
    #[arg(long, help_heading = "Output")]
    hex: bool,
    #[arg(long, help_heading = "Output")]
    msgpack: bool,
    #[arg(long, help_heading = "Output")]
    raw: bool,

    #[arg(short = 'D', long, help_heading = "Input")]
    data: Option<String>,
    /// A file to send; - is the standard input
    #[arg(short = 'F', long, value_name = "FILE", help_heading = "Input")]
    file: Option<String>,

    /// Receive only what begins with a topic
    #[arg(long, value_name = "TOPIC", action = clap::ArgAction::Append)]
    subscribe: Vec<String>,
    /// Seconds between messages
    #[arg(short = 'i', long, value_name = "SEC")]
    interval: Option<i32>,
    /// Seconds before the first message
    #[arg(short = 'd', long, value_name = "SEC")]
    delay: Option<i32>,
    /// Exchanges before the program ends; 0 is no end
    #[arg(short = 'C', long)]
    count: Option<u32>,
    /// Behave like nanocat
    #[arg(long)]
    compat: bool,
    /// Connect in the background
    #[arg(long = "async")]
    asynchronous: bool,
    #[arg(long, alias = "receive-timeout", value_name = "SEC")]
    recv_timeout: Option<i32>,
    #[arg(long, value_name = "SEC")]
    send_timeout: Option<i32>,
    /// The greatest message to receive, in bytes; 0 is any
    #[arg(short = 'Z', long, value_name = "SIZE", default_value_t = 1024 * 1024)]
    recv_maxsz: usize,
    #[arg(long, value_name = "NAME")]
    socket_name: Option<String>,

    /// Do not check the peer's certificate
    #[arg(short = 'k', long, help_heading = "TLS")]
    insecure: bool,
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    cacert: Option<String>,
    #[arg(short = 'E', long, value_name = "FILE", help_heading = "TLS")]
    cert: Option<String>,
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    key: Option<String>,
    /// Accepted, and without meaning here
    #[arg(long, value_name = "DIR", hide = true)]
    zt_home: Option<String>,
    /// Print the version
    #[arg(short = 'V', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Req,
    Rep,
    Pub,
    Sub,
    Push,
    Pull,
    Surveyor,
    Respondent,
    Pair0,
    Pair1,
    Bus,
}

impl Kind {
    /// Whether it sends of its own accord.
    pub fn sends(self) -> bool {
        !matches!(self, Kind::Sub | Kind::Pull | Kind::Rep | Kind::Respondent)
    }

    pub fn receives(self) -> bool {
        !matches!(self, Kind::Pub | Kind::Push)
    }
}

/// What is to be done.
pub struct Plan {
    pub kind: Kind,
    /// Whether to dial, and where, in order.
    pub addresses: Vec<(bool, String)>,
    pub format: Format,
    pub data: Option<Vec<u8>>,
    pub topics: Vec<String>,
    pub interval: Option<i32>,
    pub delay: i32,
    pub count: Option<u32>,
    pub asynchronous: bool,
    pub send_timeout: Option<i32>,
    pub recv_timeout: Option<i32>,
    pub most: usize,
    pub name: Option<String>,
    pub tls: Tls,
}

pub struct Tls {
    insecure: bool,
    ca: Option<CString>,
    cert: Option<CString>,
    key: Option<CString>,
}

impl Tls {
    /// Makes a configuration and sets it.
    pub fn apply(&self, client: bool, set: impl Fn(&str, Value) -> Result<()>) -> Result<()> {
        let config = Config::new(if client { Mode::Client } else { Mode::Server })?;
        if let Some(ca) = &self.ca {
            config.ca_chain(ca, None)?;
        }
        if let Some(cert) = &self.cert {
            config.own_cert(cert, self.key.as_ref().unwrap_or(cert), None)?;
        }
        if self.insecure {
            config.auth_mode(AuthMode::None)?;
        }
        set(options::TLS_CONFIG, Value::Ptr(std::sync::Arc::as_ptr(&config) as usize))
    }
}

/// Long options may be followed by a colon where others have an equals sign.
pub fn with_equals(args: impl Iterator<Item = String>) -> Vec<String> {
    args.map(|arg| match (arg.starts_with("--"), arg.find([':', '='])) {
        (true, Some(at)) if arg.as_bytes()[at] == b':' => {
            format!("{}={}", &arg[..at], &arg[at + 1..])
        }
        _ => arg,
    })
    .collect()
}

fn seconds(sec: Option<i32>) -> Result<Option<i32>, Failure> {
    match sec {
        Some(sec) if !(0..=86_400).contains(&sec) => Err("Integer argument too large.".to_owned()),
        sec => Ok(sec.map(|sec| sec * 1000)),
    }
}

fn load(path: &str) -> Result<Vec<u8>, Failure> {
    let mut data = Vec::new();
    let read = if path == "-" {
        std::io::stdin().read_to_end(&mut data).map(|_| ())
    } else {
        std::fs::read(Path::new(path)).map(|read| data = read)
    };
    read.map_err(|e| format!("Cannot open file {path}: {e}"))?;
    Ok(data)
}

fn pem(path: Option<&String>) -> Result<Option<CString>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let text = CString::new(load(path)?).map_err(|_| format!("{path}: {}", Error::INVAL))?;
    Ok(Some(text))
}

/// Sees whether what was asked for fits together.
pub fn check(args: Args) -> Result<Plan, Failure> {
    let chosen = [
        (args.req0, Kind::Req),
        (args.rep0, Kind::Rep),
        (args.pub0, Kind::Pub),
        (args.sub0, Kind::Sub),
        (args.push0, Kind::Push),
        (args.pull0, Kind::Pull),
        (args.surveyor0, Kind::Surveyor),
        (args.respondent0, Kind::Respondent),
        (args.pair0, Kind::Pair0),
        (args.pair1, Kind::Pair1),
        (args.pair, if args.compat { Kind::Pair0 } else { Kind::Pair1 }),
        (args.bus0, Kind::Bus),
    ];
    let mut kinds = chosen.into_iter().filter(|(chosen, _)| *chosen).map(|(_, kind)| kind);
    let kind = kinds.next().ok_or("No protocol specified.")?;
    if kinds.next().is_some() {
        return Err("Only one protocol may be specified.".to_owned());
    }
    if args.compat {
        if args.asynchronous {
            return Err("Options --async and --compat are incompatible.".to_owned());
        }
        if args.count.is_some() {
            return Err("Options --count and --compat are incompatible.".to_owned());
        }
        if kind == Kind::Pair1 {
            return Err("Protocol does not support --compat.".to_owned());
        }
    }
    let local = |port: &u16| format!("tcp://127.0.0.1:{port}");
    let ipc = |path: &String| format!("ipc://{path}");
    let mut addresses: Vec<(bool, String)> = Vec::new();
    addresses.extend(args.listen.into_iter().map(|url| (false, url)));
    addresses.extend(args.bind_ipc.iter().map(|path| (false, ipc(path))));
    addresses.extend(args.bind_local.iter().map(|port| (false, local(port))));
    addresses.extend(args.dial.into_iter().map(|url| (true, url)));
    addresses.extend(args.connect_ipc.iter().map(|path| (true, ipc(path))));
    addresses.extend(args.connect_local.iter().map(|port| (true, local(port))));
    if addresses.is_empty() {
        return Err("No address specified.".to_owned());
    }
    if kind != Kind::Sub && !args.subscribe.is_empty() {
        return Err("Protocol does not support --subscribe.".to_owned());
    }
    let data = match (args.data, &args.file) {
        (Some(_), Some(_)) => {
            return Err("Data (--file, --data) may be specified only once.".to_owned());
        }
        (Some(text), None) => Some(text.into_bytes()),
        (None, Some(path)) => Some(load(path)?),
        (None, None) => None,
    };
    let answers = matches!(kind, Kind::Rep | Kind::Respondent);
    if data.is_some() && !kind.sends() && !answers {
        return Err("Protocol does not support --file or --data.".to_owned());
    }
    if args.interval.is_some() && !kind.sends() {
        return Err("Protocol does not support --interval.".to_owned());
    }
    let must_send = matches!(kind, Kind::Req | Kind::Pub | Kind::Push | Kind::Surveyor);
    if data.is_none() && must_send {
        return Err("Protocol requires either --file or --data.".to_owned());
    }
    if data.is_none() && args.interval.is_some() {
        return Err("Option --interval requires either --file or --data.".to_owned());
    }
    let formats = [
        (args.ascii, Format::Ascii),
        (args.quoted, Format::Quoted),
        (args.hex, Format::Hex),
        (args.msgpack, Format::Msgpack),
        (args.raw, Format::Raw),
    ];
    let mut asked: Vec<Format> = formats.into_iter().filter(|f| f.0).map(|f| f.1).collect();
    if let Some(name) = &args.format {
        asked.push(Format::named(name).ok_or("Invalid format specified.")?);
    }
    if asked.len() > 1 {
        return Err("Format may be specified only once.".to_owned());
    }
    if !asked.is_empty() && !kind.receives() {
        return Err("Protocol does not support --format options.".to_owned());
    }
    let mut format = asked.first().copied().unwrap_or(Format::No);
    if args.silent {
        format = Format::No;
    }
    let mut topics = args.subscribe;
    if kind == Kind::Sub && topics.is_empty() {
        topics.push(String::new());
    }
    let tls = Tls {
        insecure: args.insecure,
        ca: pem(args.cacert.as_ref())?,
        cert: pem(args.cert.as_ref())?,
        key: pem(args.key.as_ref())?,
    };
    Ok(Plan {
        kind,
        addresses,
        format,
        data,
        topics,
        interval: seconds(args.interval)?,
        delay: seconds(args.delay)?.unwrap_or(0),
        count: args.count.filter(|n| *n > 0).or(args.count.map(|_| 0)),
        asynchronous: args.compat || args.asynchronous,
        send_timeout: seconds(args.send_timeout)?,
        recv_timeout: seconds(args.recv_timeout)?,
        most: args.recv_maxsz,
        name: args.socket_name,
        tls,
    })
}
