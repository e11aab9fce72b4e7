//! Streams over descriptors that the program brings: `socket://`, listeners only.
//!
//! One lock; promises are kept after it is released.
#![forbid(unsafe_code)]

use super::fd_link::FdLink;
use super::link::{Link, Listen, Ticket};
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result, SockAddr, Url};
use crate::rt::Promise;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;

/// How many descriptors may wait to be accepted.
const MOST: usize = 16;

#[derive(Default)]
pub struct SocketListener(Mutex<State>);

#[derive(Default)]
struct State {
    closed: bool,
    brought: VecDeque<Arc<dyn Link>>,
    waiting: VecDeque<(Ticket, Promise<Arc<dyn Link>>)>,
}

impl SocketListener {
    pub fn new(url: &Url) -> Result<SocketListener> {
        if !url.hostname().is_empty() || !matches!(url.path(), "" | "/") {
            return Err(Error::ADDRINVAL);
        }
        Ok(SocketListener::default())
    }

    /// Takes a descriptor over.
    fn bring(&self, fd: i32) -> Result<()> {
        let mut st = self.0.lock();
        if st.closed {
            return Err(Error::CLOSED);
        }
        if st.brought.len() >= MOST {
            return Err(Error::NOSPC);
        }
        let link: Arc<dyn Link> = Arc::new(FdLink::given(fd)?);
        match st.waiting.pop_front() {
            Some((_, promise)) => {
                drop(st);
                promise.keep(Ok(link));
            }
            None => st.brought.push_back(link),
        }
        Ok(())
    }
}

impl Listen for SocketListener {
    /// Descriptors are brought and accepted without, as programs know it.
    fn listen(&self) -> Result<()> {
        Ok(())
    }

    fn accept(&self, ticket: Ticket, promise: Promise<Arc<dyn Link>>) {
        let mut st = self.0.lock();
        let result = if st.closed {
            Err(Error::CLOSED)
        } else if let Some(link) = st.brought.pop_front() {
            Ok(link)
        } else {
            st.waiting.push_back((ticket, promise));
            return;
        };
        drop(st);
        promise.keep(result);
    }

    fn cancel(&self, ticket: Ticket, why: Error) {
        let found = {
            let waiting = &mut self.0.lock().waiting;
            let at = waiting.iter().position(|(t, _)| *t == ticket);
            at.and_then(|at| waiting.remove(at))
        };
        if let Some((_, promise)) = found {
            promise.keep(Err(why));
        }
    }

    fn close(&self) {
        let (brought, waiting) = {
            let mut st = self.0.lock();
            st.closed = true;
            (std::mem::take(&mut st.brought), std::mem::take(&mut st.waiting))
        };
        drop(brought);
        for (_, promise) in waiting {
            promise.keep(Err(Error::CLOSED));
        }
    }

    fn get_option(&self, name: &str, _: Type) -> Result<Value> {
        match name {
            options::LOCADDR => Ok(Value::Addr(SockAddr::Unspec)),
            options::SOCKET_FD => Err(Error::WRITEONLY),
            _ => Err(Error::NOTSUP),
        }
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        match name {
            options::SOCKET_FD => self.bring(options::int(value, 0, i32::MAX)?),
            options::LOCADDR => Err(Error::READONLY),
            _ => Err(Error::NOTSUP),
        }
    }
}
