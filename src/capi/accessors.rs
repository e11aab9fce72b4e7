//! Option accessors: one getter and one setter behind every `nng_*_get_*` and `nng_*_set_*`.
use super::nng::sockaddr::nng_sockaddr;
use super::{any_text, bytes, memory, owned, ret};
use crate::base::options::{Type, Value};
use crate::base::{Error, Result, raw_text};
use std::ffi::{c_char, c_int, c_void};

/// Something with options, as C names it: an id, or a pointer that is not NULL.
pub trait OptionHost {
    unsafe fn get_option(self, name: &str, ty: Type) -> Result<Value>;
    unsafe fn set_option(self, name: &str, value: Value) -> Result<()>;
}

/// Where a getter's value goes.
pub enum Out {
    Bytes(*mut c_void, *mut usize),
    Bool(*mut bool),
    Int(*mut c_int),
    Ms(*mut i32),
    Size(*mut usize),
    U64(*mut u64),
    Str(*mut *mut c_char),
    Ptr(*mut *mut c_void),
    Addr(*mut nng_sockaddr),
}

/// Where a setter's value comes from.
pub enum In {
    Bytes(*const c_void, usize),
    Bool(bool),
    Int(c_int),
    Ms(i32),
    Size(usize),
    U64(u64),
    Str(*const c_char),
    Ptr(*mut c_void),
    Addr(*const nng_sockaddr),
}

impl In {
    unsafe fn value(self) -> Result<Value> {
        Ok(match self {
            In::Bytes(data, len) => Value::Bytes(owned(bytes(data, len)?)?),
            In::Bool(on) => Value::Bool(on),
            In::Int(n) => Value::Int(n),
            In::Ms(ms) => Value::Ms(ms),
            In::Size(n) => Value::Size(n),
            In::U64(n) => Value::U64(n),
            In::Str(s) => Value::Str(any_text(s)?.into_owned()),
            In::Ptr(p) => Value::Ptr(p as usize),
            In::Addr(addr) => Value::Addr(addr.as_ref().ok_or(Error::INVAL)?.to_addr()?),
        })
    }
}

impl Out {
    fn ty(&self) -> Type {
        match self {
            Out::Bytes(..) => Type::Opaque,
            Out::Bool(_) => Type::Bool,
            Out::Int(_) => Type::Int,
            Out::Ms(_) => Type::Ms,
            Out::Size(_) => Type::Size,
            Out::U64(_) => Type::U64,
            Out::Str(_) => Type::Str,
            Out::Ptr(_) => Type::Ptr,
            Out::Addr(_) => Type::Addr,
        }
    }

    fn is_null(&self) -> bool {
        match *self {
            // No buffer is one without room: that asks for the size.
            Out::Bytes(_, size) => size.is_null(),
            Out::Bool(p) => p.is_null(),
            Out::Int(p) | Out::Ms(p) => p.is_null(),
            Out::Size(p) => p.is_null(),
            Out::U64(p) => p.is_null(),
            Out::Str(p) => p.is_null(),
            Out::Ptr(p) => p.is_null(),
            Out::Addr(p) => p.is_null(),
        }
    }

    unsafe fn store(self, value: Value) -> Result<()> {
        match (self, value) {
            (Out::Bool(p), Value::Bool(on)) => *p = on,
            (Out::Int(p), Value::Int(n)) => *p = n,
            (Out::Ms(p), Value::Ms(ms)) => *p = ms,
            (Out::Size(p), Value::Size(n)) => *p = n,
            (Out::U64(p), Value::U64(n)) => *p = n,
            (Out::Str(p), Value::Str(s)) => *p = memory::string(&s)?,
            (Out::Ptr(p), Value::Ptr(n)) => *p = n as *mut c_void,
            (Out::Ptr(p), Value::Strings(all)) => *p = memory::strings(&all)?,
            (Out::Addr(p), Value::Addr(addr)) => *p = nng_sockaddr::from_addr(&addr),
            (Out::Bytes(p, size), value) => return copy_out(p, size, value),
            _ => return Err(Error::BADTYPE),
        }
        Ok(())
    }
}

/// Copies what fits; the size becomes the value's own.
unsafe fn copy_out(buf: *mut c_void, size: *mut usize, value: Value) -> Result<()> {
    let data = match value {
        Value::Bytes(data) => data,
        Value::Bool(on) => vec![on.into()],
        Value::Int(n) | Value::Ms(n) => n.to_ne_bytes().to_vec(),
        Value::Size(n) | Value::Ptr(n) => n.to_ne_bytes().to_vec(),
        Value::U64(n) => n.to_ne_bytes().to_vec(),
        Value::Str(s) => [&*raw_text::to_bytes(&s), &[0]].concat(),
        Value::Strings(all) => (memory::strings(&all)? as usize).to_ne_bytes().to_vec(),
        Value::Addr(addr) => nng_sockaddr::from_addr(&addr).as_bytes().to_vec(),
    };
    let room = if buf.is_null() { 0 } else { *size };
    *size = data.len();
    if room == 0 {
        return if data.is_empty() { Ok(()) } else { Err(Error::INVAL) };
    }
    buf.cast::<u8>().copy_from_nonoverlapping(data.as_ptr(), data.len().min(room));
    if room < data.len() { Err(Error::INVAL) } else { Ok(()) }
}

pub unsafe fn set(host: impl OptionHost, name: *const c_char, value: In) -> c_int {
    ret(any_text(name).and_then(|name| host.set_option(&name, value.value()?)))
}

pub unsafe fn get(host: impl OptionHost, name: *const c_char, out: Out) -> c_int {
    let got = any_text(name).and_then(|name| {
        if out.is_null() {
            return Err(Error::INVAL);
        }
        let value = host.get_option(&name, out.ty())?;
        out.store(value)
    });
    ret(got)
}

/// Rows of accessors: signatures without bodies. The type of `value` says what a row does; the
/// header generator reads the same rows.
macro_rules! accessors {
    ($($(#[$doc:meta])* fn $f:ident($h:ident: $ht:ty, $n:ident: *const c_char, $($v:tt)*) -> c_int;)*) => {$(
        $crate::capi::accessors::accessor!([$(#[$doc])*] $f, $h, $ht, $n, $($v)*);
    )*};
}
pub(super) use accessors;

macro_rules! accessor {
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: *const c_void, size: usize) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: *const c_void, size: usize),
            set In::Bytes($v, size));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: bool) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: bool), set In::Bool($v));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: c_int) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: c_int), set In::Int($v));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: nng_duration) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: nng_duration), set In::Ms($v));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: usize) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: usize), set In::Size($v));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: u64) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: u64), set In::U64($v));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: *const c_char) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: *const c_char), set In::Str($v));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: *mut c_void) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: *mut c_void), set In::Ptr($v));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: *const nng_sockaddr) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: *const nng_sockaddr),
            set In::Addr($v));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: *mut c_void, size: *mut usize) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: *mut c_void, size: *mut usize),
            get Out::Bytes($v, size));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: *mut bool) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: *mut bool), get Out::Bool($v));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: *mut c_int) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: *mut c_int), get Out::Int($v));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: *mut nng_duration) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: *mut nng_duration),
            get Out::Ms($v));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: *mut usize) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: *mut usize), get Out::Size($v));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: *mut u64) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: *mut u64), get Out::U64($v));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: *mut *mut c_char) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: *mut *mut c_char),
            get Out::Str($v));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: *mut *mut c_void) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: *mut *mut c_void),
            get Out::Ptr($v));
    };
    ($doc:tt $f:ident, $h:ident, $ht:ty, $n:ident, $v:ident: *mut nng_sockaddr) => {
        $crate::capi::accessors::body!($doc $f, $h, $ht, $n, ($v: *mut nng_sockaddr),
            get Out::Addr($v));
    };
}
pub(super) use accessor;

macro_rules! body {
    ([$($doc:tt)*] $f:ident, $h:ident, $ht:ty, $n:ident, ($($args:tt)*), $verb:ident $kind:ident::$variant:ident($($v:ident),*)) => {
        $($doc)*
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $f($h: $ht, $n: *const c_char, $($args)*) -> c_int {
            use $crate::capi::accessors::{$kind, $verb};
            $verb($h, $n, $kind::$variant($($v),*))
        }
    };
}
pub(super) use body;
