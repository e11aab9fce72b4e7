//! SP over WebSocket: a message of ours is a message of theirs, the sub-protocol tells the peer.
#![forbid(unsafe_code)]

use super::framing::{Cut, Framing, OutQueue};
use super::{Connected, Dial, Listen, Local, Sink, Wire};
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result, Url, log};
use crate::msg::Message;
use crate::rt::Promise;
use crate::stream::{Link, Ticket};
use crate::ws::dialer::WsDialer;
use crate::ws::frame::{
    CloseCode, Control, Event, FrameHead, Head, Opcode, Role, Sequence, append_close, append_frame,
};
use crate::ws::link::mask_key;
use crate::ws::listener::WsListener;
use crate::ws::mask::Mask;
use crate::ws::settings::{Settings, Talk};
use crate::ws::upgrade::Upgraded;
use std::ffi::CString;
use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;
use std::sync::Arc;

/// Payloads up to this are waited for; longer ones are read straight into their message.
const SMALL: u64 = 16 * 1024;
const SMALL_FRAGMENT: usize = 4 * 1024;
const MOST_HEAD: usize = 16;

pub struct WsFraming {
    role: Role,
    sequence: Sequence,
    fragment: usize,
    opcode: Opcode,
    /// The fragments of a message that came so far.
    partial: Vec<u8>,
    /// The frame whose payload is being read.
    reading: Option<FrameHead>,
    closing: Option<CloseCode>,
    closed: bool,
}

impl WsFraming {
    pub fn new(role: Role, settings: &Settings) -> WsFraming {
        WsFraming {
            role,
            sequence: Sequence::new(settings.message_limits()),
            fragment: settings.send_frame_max,
            opcode: if settings.send_text { Opcode::Text } else { Opcode::Binary },
            partial: Vec::new(),
            reading: None,
            closing: None,
            closed: false,
        }
    }

    /// Ends the pipe with a code for the peer.
    fn refuse<T>(&mut self, code: CloseCode) -> Result<T> {
        self.closing = Some(code);
        if code == CloseCode::TOO_BIG {
            log::warn("NNG-RCVMAX", format_args!("message refused as too large"));
        }
        Err(if code == CloseCode::TOO_BIG { Error::MSGSIZE } else { Error::PROTO })
    }

    fn control(&mut self, control: Control, opcode: Opcode, out: &mut OutQueue) -> Result<()> {
        match control.event(opcode) {
            Ok(Event::Ping(payload)) => {
                let mut frame = Vec::new();
                let key = mask_key(self.role);
                append_frame(&mut frame, Opcode::Pong, true, payload.as_bytes(), key);
                out.put_bytes(&frame);
                Ok(())
            }
            Ok(Event::Close(_)) => {
                self.closing = Some(CloseCode::NORMAL);
                Err(Error::CONNSHUT)
            }
            Ok(_) => Ok(()),
            Err(code) => self.refuse(code),
        }
    }

    /// The message, if its last frame is in `partial`.
    fn took(&mut self, last: bool) -> Option<Message> {
        last.then(|| Message::from_vec(std::mem::take(&mut self.partial)))
    }
}

impl Framing for WsFraming {
    fn cut(&mut self, input: &[u8], out: &mut OutQueue) -> Result<Cut> {
        let head = match FrameHead::parse(self.role, input) {
            Ok(Some(head)) => head,
            Ok(None) => return Ok(Cut::Short),
            Err(code) => return self.refuse(code),
        };
        let message_len = match self.sequence.check(&head) {
            Ok(len) => len,
            Err(code) => return self.refuse(code),
        };
        let Ok(len) = usize::try_from(head.len) else { return self.refuse(CloseCode::TOO_BIG) };
        match input[head.used..].get(..len) {
            Some(payload) if head.opcode.is_control() => {
                self.control(Control::unmasked(&head, payload), head.opcode, out)?;
                Ok(Cut::Skip { used: head.used + len })
            }
            Some(payload) => {
                self.sequence.enter(&head, message_len);
                let used = head.used + len;
                let mut mask = head.mask;
                if head.last && self.partial.is_empty() {
                    let mut msg = Message::from_slice(payload)?;
                    if self.role == Role::Server {
                        mask.apply(msg.body_mut());
                    }
                    return Ok(Cut::Message { used, msg });
                }
                self.partial.try_reserve(len).map_err(|_| Error::NOMEM)?;
                mask.append(payload, &mut self.partial);
                match self.took(head.last) {
                    Some(msg) => Ok(Cut::Message { used, msg }),
                    None => Ok(Cut::Skip { used }),
                }
            }
            None if head.opcode.is_control() || head.len <= SMALL => Ok(Cut::Short),
            None => {
                self.sequence.enter(&head, message_len);
                self.reading = Some(head);
                Ok(Cut::Body { used: head.used, len })
            }
        }
    }

    fn body_begins(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.partial)
    }

    fn body(&mut self, mut body: Vec<u8>, _: &mut OutQueue) -> Result<Option<Message>> {
        let mut head = self.reading.take().ok_or(Error::INTERNAL)?;
        let len = usize::try_from(head.len).map_err(|_| Error::INTERNAL)?;
        let from = body.len().checked_sub(len).ok_or(Error::INTERNAL)?;
        if self.role == Role::Server {
            head.mask.apply(&mut body[from..]);
        }
        self.partial = body;
        Ok(self.took(head.last))
    }

    fn put(&mut self, msg: Message, out: &mut OutQueue) {
        let (header, body) = (msg.header().len(), msg.len());
        let whole = header + body;
        let fits = self.fragment == 0 || whole <= self.fragment;
        if fits && self.role == Role::Server {
            let head = Head::new(self.opcode, true, whole, None);
            return out.put_message(head.as_bytes(), msg);
        }
        let mut most = if fits { whole } else { self.fragment };
        let mut at = 0;
        let mut opcode = self.opcode;
        loop {
            let mut len = most.min(whole - at);
            // Where memory is short, more and smaller fragments do.
            while len > SMALL_FRAGMENT && !out.has_room(len + MOST_HEAD) {
                most = len / 2;
                len = most;
            }
            let last = at + len == whole;
            let key = mask_key(self.role);
            let head = Head::new(opcode, last, len, key);
            let cut = header.clamp(at, at + len);
            let from_header = &msg.header()[at.min(header)..cut.min(header)];
            let (from, to) = (cut.max(header) - header, (at + len).max(header) - header);
            let from_body = &msg.body()[from..to];
            out.put_with(head.as_bytes().len() + len, |tail| {
                tail.extend_from_slice(head.as_bytes());
                let mut mask = Mask::new(key.unwrap_or_default());
                for part in [from_header, from_body] {
                    match key {
                        Some(_) => mask.append(part, tail),
                        None => tail.extend_from_slice(part),
                    }
                }
            });
            at += len;
            opcode = Opcode::Continuation;
            if last {
                break;
            }
        }
    }

    fn farewell(&mut self, out: &mut OutQueue) {
        if !std::mem::replace(&mut self.closed, true) {
            let mut frame = Vec::new();
            let code = self.closing.unwrap_or(CloseCode::NORMAL);
            append_close(&mut frame, code, mask_key(self.role));
            out.put_bytes(&frame);
        }
    }
}

/// The transport's link, with the handshake's options.
struct PipeLink {
    inner: Arc<dyn Link>,
    talk: Arc<Talk>,
}

impl Link for PipeLink {
    fn fd(&self) -> BorrowedFd<'_> {
        self.inner.fd()
    }

    fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buf)
    }

    fn read_spare(&self, buf: &mut Vec<u8>, want: usize) -> io::Result<usize> {
        self.inner.read_spare(buf, want)
    }

    fn write(&self, bufs: &[IoSlice]) -> io::Result<usize> {
        self.inner.write(bufs)
    }

    fn flush(&self) -> io::Result<()> {
        self.inner.flush()
    }

    fn short_read_drains(&self) -> bool {
        self.inner.short_read_drains()
    }

    fn coupled(&self) -> bool {
        self.inner.coupled()
    }

    fn shut_down(&self) {
        self.inner.shut_down();
    }

    fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        options::or_next(self.inner.get_option(name, ty), || self.talk.get_option(name, ty))
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        options::or_next(self.inner.set_option(name, value), || self.talk.set_option(name))
    }
}

fn connected(up: Upgraded, peer: u16) -> Connected {
    let framing = Box::new(WsFraming::new(up.role, &up.settings));
    let link = Arc::new(PipeLink { inner: up.link, talk: up.talk });
    Connected { peer, wire: Wire::Stream { link, framing, early: up.early } }
}

fn sub_protocol(name: &str) -> Result<Option<CString>> {
    Ok(Some(CString::new(format!("{name}.sp.nanomsg.org")).map_err(|_| Error::INVAL)?))
}

pub struct WsSpDialer {
    inner: WsDialer,
    local: Local,
}

impl WsSpDialer {
    pub fn new(url: &Url, local: Local) -> Result<WsSpDialer> {
        let inner = WsDialer::new(url)?;
        inner.settings().lock().protocol = sub_protocol(local.peer_name)?;
        Ok(WsSpDialer { inner, local })
    }
}

impl Dial for WsSpDialer {
    fn connect(&self, ticket: Ticket, promise: Promise<Connected>) {
        let peer = self.local.peer;
        let upgraded = Promise::new(move |up: Result<Upgraded>| {
            promise.keep(up.map(|up| connected(up, peer)));
        });
        self.inner.dial(ticket, upgraded);
    }

    fn cancel(&self, ticket: Ticket, why: Error) {
        self.inner.cancel(ticket, why);
    }

    fn close(&self) {
        self.inner.close();
    }

    fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        self.inner.get_option(name, ty)
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        self.inner.set_option(name, value)
    }
}

pub struct WsSpListener {
    inner: Arc<WsListener>,
    local: Local,
}

impl WsSpListener {
    pub fn new(url: &Url, local: Local) -> Result<WsSpListener> {
        let inner = Arc::new(WsListener::new(url)?);
        inner.settings().lock().protocol = sub_protocol(local.name)?;
        Ok(WsSpListener { inner, local })
    }
}

fn accept(listener: &Arc<WsListener>, peer: u16, sink: Sink) {
    let this = Arc::downgrade(listener);
    let promise = Promise::new(move |up: Result<Upgraded>| {
        let Some(this) = this.upgrade() else { return };
        match up {
            Ok(up) => sink(Ok(connected(up, peer))),
            Err(Error::CLOSED | Error::CANCELED | Error::STATE) => return,
            Err(why) => log::warn("NNG-WS-ACCEPT", format_args!("cannot accept: {why}")),
        }
        accept(&this, peer, sink);
    });
    listener.accept(Ticket::next(), promise);
}

impl Listen for WsSpListener {
    fn listen(&self, sink: Sink) -> Result<()> {
        self.inner.listen()?;
        accept(&self.inner, self.local.peer, sink);
        Ok(())
    }

    fn close(&self) {
        self.inner.close();
    }

    fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        self.inner.get_option(name, ty)
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        self.inner.set_option(name, value)
    }
}
