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

impl Opcode {
    pub fn is_control(self) -> bool {
        matches!(self, Opcode::Close | Opcode::Ping | Opcode::Pong)
    }
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

    /// The payload at the front of `input`, of a control frame that is all there.
    pub fn unmasked(head: &FrameHead, input: &[u8]) -> Control {
        let mut control = Control::EMPTY;
        control.push(input.get(..head.len as usize).unwrap_or_default());
        let mut mask = head.mask;
        mask.apply(&mut control.bytes[..usize::from(control.len)]);
        control
    }

    /// What the frame means.
    pub fn event(self, opcode: Opcode) -> Result<Event<'static>, CloseCode> {
        match (opcode, self.as_bytes()) {
            (Opcode::Ping, _) => Ok(Event::Ping(self)),
            (Opcode::Pong, _) => Ok(Event::Pong(self)),
            (_, []) => Ok(Event::Close(None)),
            (_, [a, b, why @ ..]) => {
                let code = CloseCode(u16::from_be_bytes([*a, *b]));
                if code.is_sendable() && std::str::from_utf8(why).is_ok() {
                    Ok(Event::Close(Some(code)))
                } else {
                    Err(CloseCode::PROTOCOL_ERROR)
                }
            }
            (_, [_]) => Err(CloseCode::PROTOCOL_ERROR),
        }
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

/// The head of a frame, decoded.
#[derive(Clone, Copy, Debug)]
pub struct FrameHead {
    /// How long the head is itself.
    pub used: usize,
    pub len: u64,
    pub opcode: Opcode,
    pub last: bool,
    pub mask: Mask,
}

impl FrameHead {
    /// Decodes the head at the front of `input`; none when bytes are missing. An error is the
    /// code to close with.
    pub fn parse(role: Role, input: &[u8]) -> Result<Option<FrameHead>, CloseCode> {
        let [first, second, rest @ ..] = input else { return Ok(None) };
        let masked = second & 0x80 != 0;
        // A wrong side's frame is refused before the rest is waited for.
        if masked != (role == Role::Server) {
            return Err(CloseCode::PROTOCOL_ERROR);
        }
        let last = first & 0x80 != 0;
        // The reserved bits take part: no extension is ever agreed on.
        let opcode = match first & 0x7f {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            _ => return Err(CloseCode::PROTOCOL_ERROR),
        };
        let short = second & 0x7f;
        if opcode.is_control() && (usize::from(short) > MAX_CONTROL || !last) {
            return Err(CloseCode::PROTOCOL_ERROR);
        }
        let (len, least, rest) = match (short, rest) {
            (126, [a, b, rest @ ..]) => (u64::from(u16::from_be_bytes([*a, *b])), 126, rest),
            (127, [a, b, c, d, e, f, g, h, rest @ ..]) => {
                (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), 1 << 16, rest)
            }
            (126 | 127, _) => return Ok(None),
            (short, rest) => (u64::from(short), 0, rest),
        };
        if len < least || len > i64::MAX as u64 {
            return Err(CloseCode::PROTOCOL_ERROR);
        }
        let (mask, rest) = match (masked, rest) {
            (false, rest) => (Mask::default(), rest),
            (true, [a, b, c, d, rest @ ..]) => (Mask::new([*a, *b, *c, *d]), rest),
            (true, _) => return Ok(None),
        };
        Ok(Some(FrameHead { used: input.len() - rest.len(), len, opcode, last, mask }))
    }
}

/// What of a connection decides whether a frame is in order.
#[derive(Debug)]
pub struct Sequence {
    limits: Limits,
    in_message: bool,
    message_len: u64,
}

impl Sequence {
    pub fn new(limits: Limits) -> Sequence {
        Sequence { limits, in_message: false, message_len: 0 }
    }

    /// Whether a frame may come now, and how long its message is with it.
    pub fn check(&self, head: &FrameHead) -> Result<u64, CloseCode> {
        match head.opcode {
            Opcode::Continuation if !self.in_message => Err(CloseCode::PROTOCOL_ERROR),
            Opcode::Text | Opcode::Binary if self.in_message => Err(CloseCode::PROTOCOL_ERROR),
            Opcode::Text if !self.limits.text => Err(CloseCode::UNSUPPORTED),
            opcode if opcode.is_control() => Ok(self.message_len),
            _ => {
                let whole = self.message_len.saturating_add(head.len);
                let over = |limit: usize, n: u64| limit > 0 && n > limit as u64;
                if over(self.limits.frame, head.len) || over(self.limits.message, whole) {
                    return Err(CloseCode::TOO_BIG);
                }
                Ok(whole)
            }
        }
    }

    /// Takes a frame that was checked.
    pub fn enter(&mut self, head: &FrameHead, message_len: u64) {
        if !head.opcode.is_control() {
            self.in_message = !head.last;
            self.message_len = if head.last { 0 } else { message_len };
        }
    }
}

/// Decodes one direction of a connection.
pub struct Decoder {
    role: Role,
    sequence: Sequence,
    partial: [u8; MAX_HEAD],
    have: u8,
    /// The frame in hand, with the payload bytes that have not come yet.
    frame: Option<(FrameHead, u64)>,
    control: Control,
}

impl Decoder {
    pub fn new(role: Role, limits: Limits) -> Decoder {
        Decoder {
            role,
            sequence: Sequence::new(limits),
            partial: [0; MAX_HEAD],
            have: 0,
            frame: None,
            control: Control::EMPTY,
        }
    }

    /// Takes bytes off the front of `input`, up to the next event; none when all are taken.
    /// An error is the code to close with.
    pub fn next<'a>(&mut self, input: &mut &'a mut [u8]) -> Result<Option<Event<'a>>, CloseCode> {
        loop {
            let Some((mut head, left)) = self.frame.take() else {
                if !self.take_head(input)? {
                    return Ok(None);
                }
                continue;
            };
            if left > 0 && input.is_empty() {
                self.frame = Some((head, left));
                return Ok(None);
            }
            let now = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
            let bytes = take(input, now);
            head.mask.apply(bytes);
            let frame_ends = left == now as u64;
            if !frame_ends {
                self.frame = Some((head, left - now as u64));
            }
            if !head.opcode.is_control() {
                let end = frame_ends && head.last;
                if bytes.is_empty() && !end {
                    continue;
                }
                return Ok(Some(Event::Data { bytes, end }));
            }
            self.control.push(bytes);
            if frame_ends {
                let control = std::mem::replace(&mut self.control, Control::EMPTY);
                return control.event(head.opcode).map(Some);
            }
        }
    }

    /// Completes the head; false when bytes are missing.
    fn take_head(&mut self, input: &mut &mut [u8]) -> Result<bool, CloseCode> {
        let have = usize::from(self.have);
        let add = input.len().min(MAX_HEAD - have);
        self.partial[have..have + add].copy_from_slice(&input[..add]);
        match FrameHead::parse(self.role, &self.partial[..have + add])? {
            Some(head) => {
                let message_len = self.sequence.check(&head)?;
                self.sequence.enter(&head, message_len);
                take(input, head.used - have);
                self.have = 0;
                self.frame = Some((head, head.len));
                Ok(true)
            }
            None => {
                take(input, add);
                self.have += add as u8;
                Ok(false)
            }
        }
    }
}

fn take<'a>(input: &mut &'a mut [u8], n: usize) -> &'a mut [u8] {
    let (front, rest) = std::mem::take(input).split_at_mut(n);
    *input = rest;
    front
}
