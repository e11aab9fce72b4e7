//! Handlers that are functions of the program, and data that it lends.
use crate::base::{Error, Result};
use crate::capi::handle::Handle;
use crate::capi::nng::aio::nng_aio;
use crate::http::handler::{Action, Call};
use crate::http::transfer::SharedResponse;
use crate::http::{Body, Request, Response};
use crate::rt::Aio;
use crate::rt::Promise;
use crate::rt::aio::Slot;
use parking_lot::Mutex;
use std::sync::Arc;

/// The program's function: called with an aio that is begun, its inputs the request, the handler
/// and the connection; its output 0 becomes the response.
pub type HandlerFn = unsafe extern "C" fn(*mut nng_aio);

/// What the library waits for: the aio's end.
struct Pending {
    aio: Arc<Aio>,
    call: Kept,
    reply: Promise<Option<SharedResponse>>,
}

/// What the function's inputs point to.
struct Kept {
    req: Arc<Mutex<Request>>,
    conn: Arc<crate::http::conn::Conn>,
    _handler: Arc<crate::http::handler::Handler>,
}

pub fn action(f: HandlerFn) -> Action {
    Arc::new(move |call: Call| {
        let Call { req, conn, handler, reply, on_close } = call;
        let slot: Arc<Mutex<Option<Pending>>> = Arc::default();
        let ended = slot.clone();
        let aio = Aio::for_program(Some(Box::new(move || {
            let pending = ended.lock().take();
            if let Some(pending) = pending {
                pending.end();
            }
        })));
        let inputs =
            [Arc::as_ptr(&req) as Slot, Arc::as_ptr(&handler) as Slot, Arc::as_ptr(&conn) as Slot];
        for (i, input) in inputs.into_iter().enumerate() {
            let _ = aio.set_input(i, input);
        }
        let call = Kept { req, conn, _handler: handler };
        if !aio.provider_begin() {
            return reply.keep(Err(Error::CANCELED));
        }
        *slot.lock() = Some(Pending { aio: aio.clone(), call, reply });
        let interrupted = aio.clone();
        on_close.set(move || interrupted.close());
        // SAFETY: the aio is alive until it has ended, and what its inputs point to as well.
        unsafe { f(Arc::as_ptr(&aio).cast_mut()) };
    })
}

impl Pending {
    fn end(self) {
        let output = self.aio.output(0) as *mut Mutex<Response>;
        let result: Result<Option<SharedResponse>> = match (self.aio.result(), output.is_null()) {
            (Some(why), _) => Err(why),
            (None, true) => Ok(None),
            // SAFETY: the program gives the response that it made.
            (None, false) => Ok(Some(unsafe { Handle::from_raw(output) })),
        };
        if self.call.conn.is_hijacked() {
            // The request went to the program with the connection.
            std::mem::forget(self.call.req.clone());
        }
        self.reply.keep(result);
    }
}

/// Memory that the program lends to a message.
struct Lent(usize, usize);

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        if self.1 == 0 {
            return &[];
        }
        // SAFETY: the program keeps it while the message refers to it (`lent`).
        unsafe { std::slice::from_raw_parts(self.0 as *const u8, self.1) }
    }
}

/// Data that stays where it is; of a NULL pointer only the length counts.
///
/// # Safety
/// The memory lasts, unchanged, while the message refers to it.
pub unsafe fn lent(data: *const std::ffi::c_void, len: usize) -> Body {
    if data.is_null() {
        Body::Announced(len)
    } else {
        Body::Lent(Arc::new(Lent(data as usize, len)))
    }
}
