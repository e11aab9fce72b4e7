//! Objects that C holds by pointer, and who owns them meanwhile.
use crate::base::{Error, Result};
use crate::msg::{Message, MessageInner};
use crate::rt::Aio;
use crate::sys::fork;
use std::mem::ManuallyDrop;
use std::sync::Arc;

/// A type that C sees as an opaque pointer. What the pointer stands for while C has it is
/// fixed once per type.
pub trait Handle: Sized {
    /// What Rust owns before it is given to C and after it comes back.
    type Owner;

    /// Whether a child of fork can go on with one that it inherited: threads of the library never
    /// use it, and so none can have been within. Others are closed to a child, and stay as they
    /// are when it frees them.
    const OUTLIVES_FORK: bool = false;

    fn into_raw(owner: Self::Owner) -> *mut Self;

    /// # Safety
    /// `raw` came from `into_raw`, and is not used again.
    unsafe fn from_raw(raw: *mut Self) -> Self::Owner;
}

/// One owner: C, or a call that C gave it to.
macro_rules! boxed {
    ($($t:ty),* $(,)?) => { $crate::capi::handle::boxed!(false: $($t),*); };
    ($outlives:literal: $($t:ty),* $(,)?) => {$(
        impl $crate::capi::handle::Handle for $t {
            type Owner = Box<$t>;
            const OUTLIVES_FORK: bool = $outlives;

            fn into_raw(owner: Box<$t>) -> *mut $t {
                Box::into_raw(owner)
            }

            unsafe fn from_raw(raw: *mut $t) -> Box<$t> {
                // SAFETY: as this function demands.
                unsafe { Box::from_raw(raw) }
            }
        }
    )*};
}
pub(super) use boxed;

/// Shared: C's pointer is one reference among others.
macro_rules! shared {
    ($($t:ty),* $(,)?) => {$(
        impl $crate::capi::handle::Handle for $t {
            type Owner = std::sync::Arc<$t>;

            fn into_raw(owner: std::sync::Arc<$t>) -> *mut $t {
                std::sync::Arc::into_raw(owner).cast_mut()
            }

            unsafe fn from_raw(raw: *mut $t) -> std::sync::Arc<$t> {
                // SAFETY: as this function demands.
                unsafe { std::sync::Arc::from_raw(raw) }
            }
        }
    )*};
}

pub(super) use shared;

shared!(Aio);

impl Handle for MessageInner {
    type Owner = Message;
    const OUTLIVES_FORK: bool = true;

    fn into_raw(owner: Message) -> *mut MessageInner {
        Box::into_raw(owner.into_inner())
    }

    unsafe fn from_raw(raw: *mut MessageInner) -> Message {
        Message::from_inner(Box::from_raw(raw))
    }
}

/// Gives an object to C.
pub unsafe fn give<T: Handle>(place: *mut *mut T, owner: T::Owner) -> Result<()> {
    if place.is_null() {
        return Err(Error::INVAL);
    }
    place.write(T::into_raw(owner));
    Ok(())
}

/// Whether an inherited object is of no use in this process.
fn lost<T: Handle>() -> bool {
    !T::OUTLIVES_FORK && fork::is_child()
}

/// Takes an object back from C; NULL is none.
pub unsafe fn take<T: Handle>(raw: *mut T) -> Option<T::Owner> {
    if raw.is_null() || lost::<T>() { None } else { Some(T::from_raw(raw)) }
}

/// Looks at an object that stays C's.
pub unsafe fn look<'a, T: Handle>(raw: *const T) -> Result<&'a T> {
    if lost::<T>() {
        return Err(Error::CLOSED);
    }
    raw.as_ref().ok_or(Error::INVAL)
}

/// Changes an object that stays C's, and that nobody else uses.
pub unsafe fn change<'a, T: Handle>(raw: *mut T) -> Result<&'a mut T> {
    if lost::<T>() {
        return Err(Error::CLOSED);
    }
    raw.as_mut().ok_or(Error::INVAL)
}

/// A shared object that stays C's, as the reference that C has to it.
pub unsafe fn share<T: Handle<Owner = Arc<T>>>(raw: *mut T) -> Result<ManuallyDrop<Arc<T>>> {
    if raw.is_null() {
        return Err(Error::INVAL);
    }
    if lost::<T>() {
        return Err(Error::CLOSED);
    }
    Ok(ManuallyDrop::new(T::from_raw(raw)))
}
