//! The frame codec: bytes in, events out; no I/O.
#![forbid(unsafe_code)]

use super::mask::Mask;

/// Which side of the connection this is: clients mask, servers do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Client,
    Server,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// A status code of a close frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseCode(pub u16);

impl CloseCode {
    pub const NORMAL: CloseCode = CloseCode(1000);
    pub const GOING_AWAY: CloseCode = CloseCode(1001);
    pub const PROTOCOL_ERROR: CloseCode = CloseCode(1002);
    pub const UNSUPPORTED: CloseCode = CloseCode(1003);
    pub const TOO_BIG: CloseCode = CloseCode(1009);
    pub const INTERNAL: CloseCode = CloseCode(1011);

    /// Whether a peer may send it.
    fn is_sendable(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }
}

/// The longest head of a frame.
pub const MAX_HEAD: usize = 14;
/// The longest payload of a control frame.
pub const MAX_CONTROL: usize = 125;

/// The head of a frame, encoded.
#[derive(Clone, Copy)]
pub struct Head {
    bytes: [u8; MAX_HEAD],
    len: u8,
}

impl Head {
    pub fn new(opcode: Opcode, last: bool, len: usize, mask: Option<[u8; 4]>) -> Head {
        let mut bytes = [0; MAX_HEAD];
        bytes[0] = opcode as u8 | u8::from(last) << 7;
        let mut at = 2;
        if len < 126 {
            bytes[1] = len as u8;
        } else if let Ok(len) = u16::try_from(len) {
            bytes[1] = 126;
            bytes[2..4].copy_from_slice(&len.to_be_bytes());
            at = 4;
        } else {
            bytes[1] = 127;
            bytes[2..10].copy_from_slice(&(len as u64).to_be_bytes());
            at = 10;
        }
        if let Some(key) = mask {
            bytes[1] |= 0x80;
            bytes[at..at + 4].copy_from_slice(&key);
            at += 4;
        }
        Head { bytes, len: at as u8 }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// Appends a whole frame; `mask` is the client's.
pub fn append_frame(
    out: &mut Vec<u8>,
    opcode: Opcode,
    last: bool,
    payload: &[u8],
    mask: Option<[u8; 4]>,
) {
    out.extend_from_slice(Head::new(opcode, last, payload.len(), mask).as_bytes());
    match mask {
        Some(key) => Mask::new(key).append(payload, out),
        None => out.extend_from_slice(payload),
    }
}

/// Appends a close frame.
pub fn append_close(out: &mut Vec<u8>, code: CloseCode, mask: Option<[u8; 4]>) {
    append_frame(out, Opcode::Close, true, &code.0.to_be_bytes(), mask);
}

/// The payload of a control frame.
#[derive(Clone, Copy)]
pub struct Control {
    bytes: [u8; MAX_CONTROL],
    len: u8,
}

impl Control {
    const EMPTY: Control = Control { bytes: [0; MAX_CONTROL], len: 0 };

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    fn push(&mut self, data: &[u8]) {
        let from = usize::from(self.len);
        self.bytes[from..from + data.len()].copy_from_slice(data);
        self.len += data.len() as u8;
    }
}

/// What a decoder found.
pub enum Event<'a> {
    /// More of a message, unmasked; `end` with its last part.
    Data {
        bytes: &'a [u8],
        end: bool,
    },
    Ping(Control),
    Pong(Control),
    /// The peer closes, with its code if it gave one.
    Close(Option<CloseCode>),
}

/// What is accepted from the peer.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest frame; 0 for any.
    pub frame: usize,
    /// The longest message; 0 for any.
    pub message: usize,
    pub text: bool,
}

/// Decodes one direction of a connection.
pub struct Decoder {
    role: Role,
    limits: Limits,
    head: [u8; MAX_HEAD],
    have: u8,
    /// Payload bytes of the frame in hand that have not come yet; none between frames.
    left: Option<u64>,
    opcode: Opcode,
    last: bool,
    mask: Mask,
    in_message: bool,
    message_len: u64,
    control: Control,
}

impl Decoder {
    pub fn new(role: Role, limits: Limits) -> Decoder {
        Decoder {
            role,
            limits,
            head: [0; MAX_HEAD],
            have: 0,
            left: None,
            opcode: Opcode::Binary,
            last: false,
            mask: Mask::default(),
            in_message: false,
            message_len: 0,
            control: Control::EMPTY,
        }
    }

    /// Whether a frame or a message is incomplete.
    pub fn is_midway(&self) -> bool {
        self.have > 0 || self.left.is_some() || self.in_message
    }

    /// Bytes of the present frame that are still to come, as far as that is known.
    pub fn expected(&self) -> u64 {
        self.left.unwrap_or(0)
    }

    /// Takes bytes off the front of `input`, up to the next event; none when all are taken.
    /// An error is the code to close with.
    pub fn next<'a>(&mut self, input: &mut &'a mut [u8]) -> Result<Option<Event<'a>>, CloseCode> {
        loop {
            if self.left.is_none() && !self.take_head(input)? {
                return Ok(None);
            }
            let left = self.left.unwrap_or(0);
            if left > 0 && input.is_empty() {
                return Ok(None);
            }
            let now = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
            let bytes = take(input, now);
            self.mask.apply(bytes);
            let frame_ends = left == now as u64;
            self.left = if frame_ends { None } else { Some(left - now as u64) };
            let control =
                !matches!(self.opcode, Opcode::Continuation | Opcode::Text | Opcode::Binary);
            if !control {
                let end = frame_ends && self.last;
                if end {
                    self.in_message = false;
                    self.message_len = 0;
                }
                if bytes.is_empty() && !end {
                    continue;
                }
                return Ok(Some(Event::Data { bytes, end }));
            }
            self.control.push(bytes);
            if frame_ends {
                let control = std::mem::replace(&mut self.control, Control::EMPTY);
                return self.control_event(control).map(Some);
            }
        }
    }

    fn control_event(&self, control: Control) -> Result<Event<'static>, CloseCode> {
        match (self.opcode, control.as_bytes()) {
            (Opcode::Ping, _) => Ok(Event::Ping(control)),
            (Opcode::Pong, _) => Ok(Event::Pong(control)),
            (_, []) => Ok(Event::Close(None)),
            (_, [a, b, ..]) => {
                let code = CloseCode(u16::from_be_bytes([*a, *b]));
                let why = std::str::from_utf8(&control.as_bytes()[2..]);
                if code.is_sendable() && why.is_ok() {
                    Ok(Event::Close(Some(code)))
                } else {
                    Err(CloseCode::PROTOCOL_ERROR)
                }
            }
            (_, [_]) => Err(CloseCode::PROTOCOL_ERROR),
        }
    }

    /// Completes the head; false when bytes are missing.
    fn take_head(&mut self, input: &mut &mut [u8]) -> Result<bool, CloseCode> {
        if !self.collect(input, 2) {
            return Ok(false);
        }
        let short = self.head[1] & 0x7f;
        let extra = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let masked = self.head[1] & 0x80 != 0;
        // A wrong side's frame is refused before the rest is waited for.
        if masked != (self.role == Role::Server) {
            return Err(CloseCode::PROTOCOL_ERROR);
        }
        let whole = 2 + extra + if masked { 4 } else { 0 };
        if !self.collect(input, whole) {
            return Ok(false);
        }
        let len = match short {
            126 => u64::from(u16::from_be_bytes([self.head[2], self.head[3]])),
            127 => u64::from_be_bytes(self.head[2..10].try_into().unwrap_or_default()),
            _ => u64::from(short),
        };
        let least = match short {
            126 => 126,
            127 => 1 << 16,
            _ => 0,
        };
        if len < least || len > i64::MAX as u64 {
            return Err(CloseCode::PROTOCOL_ERROR);
        }
        self.mask = match masked {
            true => Mask::new(self.head[whole - 4..whole].try_into().unwrap_or_default()),
            false => Mask::default(),
        };
        self.have = 0;
        self.begin_frame(len)?;
        Ok(true)
    }

    fn begin_frame(&mut self, len: u64) -> Result<(), CloseCode> {
        self.last = self.head[0] & 0x80 != 0;
        // The reserved bits take part: no extension is ever agreed on.
        self.opcode = match self.head[0] & 0x7f {
            0 if self.in_message => Opcode::Continuation,
            1 if !self.in_message => Opcode::Text,
            2 if !self.in_message => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            _ => return Err(CloseCode::PROTOCOL_ERROR),
        };
        match self.opcode {
            Opcode::Close | Opcode::Ping | Opcode::Pong => {
                if len > MAX_CONTROL as u64 || !self.last {
                    return Err(CloseCode::PROTOCOL_ERROR);
                }
            }
            Opcode::Text if !self.limits.text => return Err(CloseCode::UNSUPPORTED),
            _ => {
                self.message_len = self.message_len.saturating_add(len);
                let over = |limit: usize, n: u64| limit > 0 && n > limit as u64;
                if over(self.limits.frame, len) || over(self.limits.message, self.message_len) {
                    return Err(CloseCode::TOO_BIG);
                }
                self.in_message = true;
            }
        }
        self.left = Some(len);
        Ok(())
    }

    fn collect(&mut self, input: &mut &mut [u8], upto: usize) -> bool {
        let have = usize::from(self.have);
        if have < upto {
            let bytes = take(input, (upto - have).min(input.len()));
            self.head[have..have + bytes.len()].copy_from_slice(bytes);
            self.have += bytes.len() as u8;
        }
        usize::from(self.have) >= upto
    }
}

fn take<'a>(input: &mut &'a mut [u8], n: usize) -> &'a mut [u8] {
    let (front, rest) = std::mem::take(input).split_at_mut(n);
    *input = rest;
    front
}
