//! A connection that speaks HTTP, as the program or the server uses it.
//!
//! Operations of one direction wait for each other; what fails half-way closes the connection,
//! as nobody could say where the next message begins.
#![forbid(unsafe_code)]

use super::body::Body;
use super::parse::{Framing, Refusal, response_framing};
use super::transfer::{
    Drain, Head, Message, ReadBody, ReadBuffers, ReadHead, SharedRequest, SharedResponse,
    WriteBuffers, WriteMessage,
};
use crate::base::options::{Type, Value};
use crate::base::{Error, Result};
use crate::rt::op::Completion;
use crate::rt::{Op, Parked, Promise};
use crate::stream::channel::{Channel, Direction, Key};
use crate::stream::{Link, Ticket};
use std::sync::atomic::{AtomicBool, Ordering::*};
use std::sync::{Arc, Weak};

pub struct Conn {
    channel: Arc<Channel>,
    /// Taken from the server that accepted it.
    hijacked: AtomicBool,
}

fn finish(op: Parked, result: Result<usize>) {
    match result {
        Ok(count) => op.finish(Completion::count(count)),
        Err(why) => op.fail(why),
    }
}

/// Ends an operation, and the connection with it if it failed.
fn count_to(channel: Weak<Channel>, op: Parked) -> Promise<usize> {
    Promise::new(move |result| {
        if result.is_err()
            && let Some(channel) = channel.upgrade()
        {
            channel.close();
        }
        finish(op, result);
    })
}

impl Conn {
    pub fn new(link: Arc<dyn Link>, early: Vec<u8>) -> Result<Arc<Conn>> {
        let channel = Channel::new(link, early)?;
        Ok(Arc::new(Conn { channel, hijacked: AtomicBool::new(false) }))
    }

    fn weak(&self) -> Weak<Channel> {
        Arc::downgrade(&self.channel)
    }

    /// Reads into the operation's buffers: all of them, or whatever comes first.
    pub fn read(&self, op: Op, all: bool) {
        let weak = self.weak();
        self.channel.submit_op(Direction::Read, op, move |op| {
            let iov = op.aio().iov();
            Box::new(ReadBuffers { iov, all, done: 0, promise: count_to(weak, op) })
        });
    }

    /// Writes the operation's buffers: all of them, or what goes at once.
    pub fn write(&self, op: Op, all: bool) {
        let weak = self.weak();
        self.channel.submit_op(Direction::Write, op, move |op| {
            let iov = op.aio().iov();
            Box::new(WriteBuffers { iov, all, done: 0, promise: count_to(weak, op) })
        });
    }

    pub fn read_request(&self, op: Op, req: SharedRequest) {
        self.read_head_op(op, Head::Request(req));
    }

    pub fn read_response(&self, op: Op, res: SharedResponse) {
        self.read_head_op(op, Head::Response(res));
    }

    fn read_head_op(&self, op: Op, head: Head) {
        let weak = self.weak();
        self.channel.submit_op(Direction::Read, op, move |op| {
            let counted = count_to(weak, op);
            let promise = Promise::new(move |result: Result<Result<(), Refusal>>| {
                let result = result.and_then(|parsed| parsed.map_err(Error::from));
                counted.keep(result.map(|()| 0));
            });
            ReadHead::new(head, promise)
        });
    }

    /// Writes a request with its data.
    pub fn write_request(&self, op: Op, req: SharedRequest) {
        let head = req.lock().head();
        match head {
            Ok(head) => self.write_op(op, head, Message::Request(req)),
            Err(why) => op.fail(why),
        }
    }

    /// Writes a response with its data.
    pub fn write_response(&self, op: Op, res: SharedResponse) {
        let head = res.lock().head();
        self.write_op(op, head, Message::Response(res));
    }

    fn write_op(&self, op: Op, head: Vec<u8>, message: Message) {
        let weak = self.weak();
        self.channel.submit_op(Direction::Write, op, move |op| {
            WriteMessage::new(head, message, count_to(weak, op))
        });
    }

    pub(crate) fn send(&self, head: Vec<u8>, message: Message, promise: Promise<()>) {
        let written = Promise::new(|result: Result<usize>| promise.keep(result.map(|_| ())));
        let transfer = WriteMessage::new(head, message, written);
        self.channel.submit(Direction::Write, Key::Ticket(Ticket::next()), transfer);
    }

    pub(crate) fn receive_head(&self, head: Head, promise: Promise<Result<(), Refusal>>) {
        let transfer = ReadHead::new(head, promise);
        self.channel.submit(Direction::Read, Key::Ticket(Ticket::next()), transfer);
    }

    pub(crate) fn receive_body(
        &self,
        framing: Framing,
        most: Option<usize>,
        promise: Promise<Result<Body, Refusal>>,
    ) {
        let transfer = ReadBody::new(framing, most, promise);
        self.channel.submit(Direction::Read, Key::Ticket(Ticket::next()), transfer);
    }

    /// Sends no more, and reads and forgets up to `most` bytes, or until the peer ends the stream.
    pub(crate) fn drain(&self, most: usize, promise: Promise<()>) {
        self.channel.link().end_writing();
        let transfer = Drain::new(most, promise);
        self.channel.submit(Direction::Read, Key::Ticket(Ticket::next()), transfer);
    }

    /// Sends a request, and receives the response with its data.
    pub(crate) fn exchange(
        self: &Arc<Self>,
        req: SharedRequest,
        res: SharedResponse,
        promise: Promise<()>,
    ) {
        let head = req.lock().head();
        let head = match head {
            Ok(head) => head,
            Err(why) => return promise.keep(Err(why)),
        };
        res.lock().reset();
        let (conn, asked) = (self.clone(), req.clone());
        let sent = Promise::new(move |sent: Result<()>| match sent {
            Ok(()) => conn.answer(asked, res, promise),
            Err(why) => promise.keep(Err(why)),
        });
        self.send(head, Message::Request(req), sent);
    }

    fn answer(self: Arc<Self>, req: SharedRequest, res: SharedResponse, promise: Promise<()>) {
        let (conn, into) = (self.clone(), res.clone());
        let headed = Promise::new(move |headed: Result<Result<(), Refusal>>| {
            let framing = headed.and_then(|parsed| {
                parsed?;
                Ok(response_framing(req.lock().method(), &into.lock())?)
            });
            match framing {
                Ok(Framing::None) => promise.keep(Ok(())),
                Ok(framing) => {
                    let filled = Promise::new(move |body: Result<Result<Body, Refusal>>| {
                        promise.keep(body.and_then(|body| {
                            into.lock().body = body?;
                            Ok(())
                        }));
                    });
                    conn.receive_body(framing, None, filled);
                }
                Err(why) => promise.keep(Err(why)),
            }
        });
        self.receive_head(Head::FinalResponse(res), headed);
    }

    /// Takes the connection from its server.
    pub fn hijack(&self) {
        self.hijacked.store(true, Release);
    }

    pub fn is_hijacked(&self) -> bool {
        self.hijacked.load(Acquire)
    }

    pub fn close(&self) {
        self.channel.close();
    }

    pub fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }

    /// Gives the link away, with what was read from it and not used.
    pub fn detach(&self) -> (Arc<dyn Link>, Vec<u8>) {
        self.channel.detach()
    }

    pub fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        self.channel.link().get_option(name, ty)
    }

    pub fn set_option(&self, name: &str, value: Value) -> Result<()> {
        self.channel.link().set_option(name, value)
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        self.channel.close();
    }
}
