//! Byte streams.
use crate::base::options::{Type, Value};
use crate::base::{Result, Url};
use crate::capi::accessors::{OptionHost, accessors};
use crate::capi::handle::{Handle, boxed, give, look, share, shared, take};
use crate::capi::nng::aio::{self, nng_aio};
use crate::capi::nng::nng_duration;
use crate::capi::nng::sockaddr::nng_sockaddr;
use crate::capi::nng::url::nng_url;
use crate::capi::{any_text, ret};
use crate::init;
use crate::rt::aio::Slot;
use crate::stream::ops::{Stream, StreamDialer, StreamListener};
use std::ffi::{c_char, c_int, c_void};

pub type nng_stream = Stream;

pub type nng_stream_dialer = StreamDialer;

pub type nng_stream_listener = StreamListener;

boxed!(Stream);
shared!(StreamDialer, StreamListener);

fn deliver(stream: Stream) -> Slot {
    Stream::into_raw(Box::new(stream)) as Slot
}

impl OptionHost for *mut nng_stream {
    unsafe fn get_option(self, name: &str, ty: Type) -> Result<Value> {
        look(self)?.get_option(name, ty)
    }

    unsafe fn set_option(self, name: &str, value: Value) -> Result<()> {
        look(self)?.set_option(name, value)
    }
}

impl OptionHost for *mut nng_stream_dialer {
    unsafe fn get_option(self, name: &str, ty: Type) -> Result<Value> {
        look(self)?.get_option(name, ty)
    }

    unsafe fn set_option(self, name: &str, value: Value) -> Result<()> {
        look(self)?.set_option(name, value)
    }
}

impl OptionHost for *mut nng_stream_listener {
    unsafe fn get_option(self, name: &str, ty: Type) -> Result<Value> {
        look(self)?.get_option(name, ty)
    }

    unsafe fn set_option(self, name: &str, value: Value) -> Result<()> {
        look(self)?.set_option(name, value)
    }
}

/// Closes a stream and frees it. Its operations end with `NNG_ECLOSED`. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stream_free(stream: *mut nng_stream) {
    drop(take(stream));
}

/// Closes a stream: its operations end with `NNG_ECLOSED`, as do new ones.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stream_close(stream: *mut nng_stream) {
    if let Ok(stream) = look(stream) {
        stream.close();
    }
}

/// Writes from the buffers of `aio` (`nng_aio_set_iov`): as many bytes as the stream takes at once
/// (`nng_aio_count`), at least one if there is any. Operations are served in turn.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stream_send(stream: *mut nng_stream, aio: *mut nng_aio) {
    aio::start(aio, |aio| look(stream).map(|stream| stream.send(aio)));
}

/// Reads into the buffers of `aio` (`nng_aio_set_iov`): at least a byte, as many as are there
/// (`nng_aio_count`). `NNG_ECONNSHUT` when the peer has ended the stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stream_recv(stream: *mut nng_stream, aio: *mut nng_aio) {
    aio::start(aio, |aio| look(stream).map(|stream| stream.recv(aio)));
}

accessors! {
    /// Copies an option of a stream; sizes and errors as for `nng_socket_get`.
    fn nng_stream_get(
        stream: *mut nng_stream,
        name: *const c_char,
        value: *mut c_void,
        size: *mut usize
    ) -> c_int;
    /// Gets a truth value.
    fn nng_stream_get_bool(stream: *mut nng_stream, name: *const c_char, value: *mut bool) -> c_int;
    /// Gets a number.
    fn nng_stream_get_int(stream: *mut nng_stream, name: *const c_char, value: *mut c_int) -> c_int;
    /// Gets a duration in milliseconds.
    fn nng_stream_get_ms(
        stream: *mut nng_stream,
        name: *const c_char,
        value: *mut nng_duration
    ) -> c_int;
    /// Gets a size.
    fn nng_stream_get_size(
        stream: *mut nng_stream,
        name: *const c_char,
        value: *mut usize
    ) -> c_int;
    /// Gets a 64-bit number.
    fn nng_stream_get_uint64(
        stream: *mut nng_stream,
        name: *const c_char,
        value: *mut u64
    ) -> c_int;
    /// Gets a copy of a string, to be freed with `nng_strfree`.
    fn nng_stream_get_string(
        stream: *mut nng_stream,
        name: *const c_char,
        value: *mut *mut c_char
    ) -> c_int;
    /// Gets a pointer, which the option itself says who owns.
    fn nng_stream_get_ptr(
        stream: *mut nng_stream,
        name: *const c_char,
        value: *mut *mut c_void
    ) -> c_int;
    /// Gets an address.
    fn nng_stream_get_addr(
        stream: *mut nng_stream,
        name: *const c_char,
        value: *mut nng_sockaddr
    ) -> c_int;
    /// Sets an option of a stream from `size` bytes; errors as for `nng_socket_set`.
    fn nng_stream_set(
        stream: *mut nng_stream,
        name: *const c_char,
        value: *const c_void,
        size: usize
    ) -> c_int;
    /// Sets a truth value.
    fn nng_stream_set_bool(stream: *mut nng_stream, name: *const c_char, value: bool) -> c_int;
    /// Sets a number.
    fn nng_stream_set_int(stream: *mut nng_stream, name: *const c_char, value: c_int) -> c_int;
    /// Sets a duration in milliseconds.
    fn nng_stream_set_ms(
        stream: *mut nng_stream,
        name: *const c_char,
        value: nng_duration
    ) -> c_int;
    /// Sets a size.
    fn nng_stream_set_size(stream: *mut nng_stream, name: *const c_char, value: usize) -> c_int;
    /// Sets a 64-bit number.
    fn nng_stream_set_uint64(stream: *mut nng_stream, name: *const c_char, value: u64) -> c_int;
    /// Sets a string, which is copied.
    fn nng_stream_set_string(
        stream: *mut nng_stream,
        name: *const c_char,
        value: *const c_char
    ) -> c_int;
    /// Sets a pointer, which the option itself says who owns.
    fn nng_stream_set_ptr(
        stream: *mut nng_stream,
        name: *const c_char,
        value: *mut c_void
    ) -> c_int;
    /// Sets an address, which is copied.
    fn nng_stream_set_addr(
        stream: *mut nng_stream,
        name: *const c_char,
        value: *const nng_sockaddr
    ) -> c_int;
}

/// Makes a dialer for streams, to be freed with `nng_stream_dialer_free`. `NNG_EINVAL` for a URL that
/// is none, `NNG_ENOTSUP` for an unknown scheme, `NNG_EADDRINVAL`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stream_dialer_alloc(
    dialerp: *mut *mut nng_stream_dialer,
    url: *const c_char,
) -> c_int {
    ret(any_text(url).and_then(|url| {
        init::start()?;
        give(dialerp, StreamDialer::new(&Url::parse(&url)?)?)
    }))
}

/// As `nng_stream_dialer_alloc`, from a URL that was parsed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stream_dialer_alloc_url(
    dialerp: *mut *mut nng_stream_dialer,
    url: *const nng_url,
) -> c_int {
    ret(look(url).and_then(|url| {
        init::start()?;
        give(dialerp, StreamDialer::new(&url.to_url()?)?)
    }))
}

/// Closes a dialer and frees it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stream_dialer_free(dialer: *mut nng_stream_dialer) {
    if let Some(dialer) = take(dialer) {
        dialer.close();
    }
}

/// Closes a dialer: its operations end with `NNG_ECLOSED`, as do new ones. Streams that it
/// made stay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stream_dialer_close(dialer: *mut nng_stream_dialer) {
    if let Ok(dialer) = look(dialer) {
        dialer.close();
    }
}

/// Connects. On success the new stream is output 0 of `aio` (`nng_aio_get_output`), to be freed
/// with `nng_stream_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stream_dialer_dial(dialer: *mut nng_stream_dialer, aio: *mut nng_aio) {
    aio::start(aio, |aio| share(dialer).map(|dialer| dialer.dial(aio, deliver)));
}

accessors! {
    /// Copies an option of a stream dialer; sizes and errors as for `nng_socket_get`.
    fn nng_stream_dialer_get(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: *mut c_void,
        size: *mut usize
    ) -> c_int;
    /// Gets a truth value.
    fn nng_stream_dialer_get_bool(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: *mut bool
    ) -> c_int;
    /// Gets a number.
    fn nng_stream_dialer_get_int(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: *mut c_int
    ) -> c_int;
    /// Gets a duration in milliseconds.
    fn nng_stream_dialer_get_ms(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: *mut nng_duration
    ) -> c_int;
    /// Gets a size.
    fn nng_stream_dialer_get_size(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: *mut usize
    ) -> c_int;
    /// Gets a 64-bit number.
    fn nng_stream_dialer_get_uint64(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: *mut u64
    ) -> c_int;
    /// Gets a copy of a string, to be freed with `nng_strfree`.
    fn nng_stream_dialer_get_string(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: *mut *mut c_char
    ) -> c_int;
    /// Gets a pointer, which the option itself says who owns.
    fn nng_stream_dialer_get_ptr(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: *mut *mut c_void
    ) -> c_int;
    /// Gets an address.
    fn nng_stream_dialer_get_addr(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: *mut nng_sockaddr
    ) -> c_int;
    /// Sets an option of a stream dialer from `size` bytes; errors as for `nng_socket_set`.
    fn nng_stream_dialer_set(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: *const c_void,
        size: usize
    ) -> c_int;
    /// Sets a truth value.
    fn nng_stream_dialer_set_bool(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: bool
    ) -> c_int;
    /// Sets a number.
    fn nng_stream_dialer_set_int(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: c_int
    ) -> c_int;
    /// Sets a duration in milliseconds.
    fn nng_stream_dialer_set_ms(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: nng_duration
    ) -> c_int;
    /// Sets a size.
    fn nng_stream_dialer_set_size(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: usize
    ) -> c_int;
    /// Sets a 64-bit number.
    fn nng_stream_dialer_set_uint64(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: u64
    ) -> c_int;
    /// Sets a string, which is copied.
    fn nng_stream_dialer_set_string(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: *const c_char
    ) -> c_int;
    /// Sets a pointer, which the option itself says who owns.
    fn nng_stream_dialer_set_ptr(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: *mut c_void
    ) -> c_int;
    /// Sets an address, which is copied.
    fn nng_stream_dialer_set_addr(
        dialer: *mut nng_stream_dialer,
        name: *const c_char,
        value: *const nng_sockaddr
    ) -> c_int;
}

/// Makes a listener for streams, to be freed with `nng_stream_listener_free`. `NNG_EINVAL` for a URL that
/// is none, `NNG_ENOTSUP` for an unknown scheme, `NNG_EADDRINVAL`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stream_listener_alloc(
    listenerp: *mut *mut nng_stream_listener,
    url: *const c_char,
) -> c_int {
    ret(any_text(url).and_then(|url| {
        init::start()?;
        give(listenerp, StreamListener::new(&Url::parse(&url)?)?)
    }))
}

/// As `nng_stream_listener_alloc`, from a URL that was parsed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stream_listener_alloc_url(
    listenerp: *mut *mut nng_stream_listener,
    url: *const nng_url,
) -> c_int {
    ret(look(url).and_then(|url| {
        init::start()?;
        give(listenerp, StreamListener::new(&url.to_url()?)?)
    }))
}

/// Closes a listener and frees it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stream_listener_free(listener: *mut nng_stream_listener) {
    if let Some(listener) = take(listener) {
        listener.close();
    }
}

/// Closes a listener: its operations end with `NNG_ECLOSED`, as do new ones. Streams that it
/// made stay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stream_listener_close(listener: *mut nng_stream_listener) {
    if let Ok(listener) = look(listener) {
        listener.close();
    }
}

/// Claims the address. `NNG_EADDRINUSE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stream_listener_listen(listener: *mut nng_stream_listener) -> c_int {
    ret(look(listener).and_then(|listener| listener.listen()))
}

/// Waits for a connection. On success the new stream is output 0 of `aio`
/// (`nng_aio_get_output`), to be freed with `nng_stream_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stream_listener_accept(
    listener: *mut nng_stream_listener,
    aio: *mut nng_aio,
) {
    aio::start(aio, |aio| share(listener).map(|listener| listener.accept(aio, deliver)));
}

accessors! {
    /// Copies an option of a stream listener; sizes and errors as for `nng_socket_get`.
    fn nng_stream_listener_get(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: *mut c_void,
        size: *mut usize
    ) -> c_int;
    /// Gets a truth value.
    fn nng_stream_listener_get_bool(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: *mut bool
    ) -> c_int;
    /// Gets a number.
    fn nng_stream_listener_get_int(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: *mut c_int
    ) -> c_int;
    /// Gets a duration in milliseconds.
    fn nng_stream_listener_get_ms(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: *mut nng_duration
    ) -> c_int;
    /// Gets a size.
    fn nng_stream_listener_get_size(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: *mut usize
    ) -> c_int;
    /// Gets a 64-bit number.
    fn nng_stream_listener_get_uint64(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: *mut u64
    ) -> c_int;
    /// Gets a copy of a string, to be freed with `nng_strfree`.
    fn nng_stream_listener_get_string(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: *mut *mut c_char
    ) -> c_int;
    /// Gets a pointer, which the option itself says who owns.
    fn nng_stream_listener_get_ptr(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: *mut *mut c_void
    ) -> c_int;
    /// Gets an address.
    fn nng_stream_listener_get_addr(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: *mut nng_sockaddr
    ) -> c_int;
    /// Sets an option of a stream listener from `size` bytes; errors as for `nng_socket_set`.
    fn nng_stream_listener_set(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: *const c_void,
        size: usize
    ) -> c_int;
    /// Sets a truth value.
    fn nng_stream_listener_set_bool(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: bool
    ) -> c_int;
    /// Sets a number.
    fn nng_stream_listener_set_int(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: c_int
    ) -> c_int;
    /// Sets a duration in milliseconds.
    fn nng_stream_listener_set_ms(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: nng_duration
    ) -> c_int;
    /// Sets a size.
    fn nng_stream_listener_set_size(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: usize
    ) -> c_int;
    /// Sets a 64-bit number.
    fn nng_stream_listener_set_uint64(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: u64
    ) -> c_int;
    /// Sets a string, which is copied.
    fn nng_stream_listener_set_string(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: *const c_char
    ) -> c_int;
    /// Sets a pointer, which the option itself says who owns.
    fn nng_stream_listener_set_ptr(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: *mut c_void
    ) -> c_int;
    /// Sets an address, which is copied.
    fn nng_stream_listener_set_addr(
        listener: *mut nng_stream_listener,
        name: *const c_char,
        value: *const nng_sockaddr
    ) -> c_int;
}
