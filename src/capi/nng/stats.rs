//! Statistics: a snapshot, and ways through it.

use crate::base::stats::{Content, Stat};
use crate::base::{Error, raw_text};
use crate::capi::nng::dialer::nng_dialer;
use crate::capi::nng::listener::nng_listener;
use crate::capi::nng::socket::nng_socket;
use crate::capi::{put, ret, text};
use crate::init;
use crate::sp::stats;
use crate::sys::clock;
use std::ffi::{CString, c_char, c_int};
use std::ptr::null_mut;

/// A node of a snapshot as C walks it.
pub struct nng_stat {
    name: CString,
    desc: CString,
    string: CString,
    kind: c_int,
    unit: c_int,
    value: u64,
    timestamp: u64,
    id: u64,
    children: Vec<nng_stat>,
    /// The next of the same parent; null for the last.
    next: *mut nng_stat,
}

impl nng_stat {
    fn new(stat: &Stat, timestamp: u64) -> nng_stat {
        let own = |text: &str| CString::new(raw_text::to_bytes(text)).unwrap_or_default();
        let mut string = CString::default();
        let (kind, value) = match &stat.content {
            Content::Scope => (0, 0),
            Content::Level(n) => (1, *n),
            Content::Counter(n) => (2, *n),
            Content::String(text) => {
                string = own(text);
                (3, 0)
            }
            Content::Boolean(on) => (4, u64::from(*on)),
            Content::Id(id) => (5, *id),
        };
        let mut children: Vec<nng_stat> =
            stat.children.iter().map(|child| nng_stat::new(child, timestamp)).collect();
        let at = children.as_mut_ptr();
        for i in 1..children.len() {
            children[i - 1].next = at.wrapping_add(i);
        }
        let id = stat.children.iter().find_map(|child| match (child.name, &child.content) {
            ("id", Content::Id(id)) => Some(*id),
            _ => None,
        });
        nng_stat {
            name: own(stat.name),
            desc: own(stat.desc),
            string,
            kind,
            unit: stat.unit as c_int,
            value,
            timestamp,
            id: id.unwrap_or(0),
            children,
            next: null_mut(),
        }
    }

    fn find(&mut self, wanted: &impl Fn(&nng_stat) -> bool) -> *mut nng_stat {
        if wanted(self) {
            return self;
        }
        let found = self.children.iter_mut().map(|child| child.find(wanted));
        found.into_iter().find(|found| !found.is_null()).unwrap_or(null_mut())
    }

    fn dump(&self, depth: usize) {
        let name = self.name.to_string_lossy();
        let text = match self.kind {
            0 => String::new(),
            3 => format!(": \"{}\"", self.string.to_string_lossy()),
            4 => format!(": {}", self.value != 0),
            _ => format!(": {}", self.value),
        };
        println!("{:indent$}{name}{text}", "", indent = depth * 4);
        for child in &self.children {
            child.dump(depth + 1);
        }
    }
}

/// Takes a snapshot of the statistics; it is the caller's, for `nng_stats_free`.
/// Errors: `NNG_EINVAL`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stats_get(statp: *mut *mut nng_stat) -> c_int {
    if statp.is_null() {
        return Error::INVAL.code();
    }
    if let Err(why) = init::start() {
        return why.code();
    }
    let root = Box::new(nng_stat::new(&stats::snapshot(), clock::now_ms()));
    // SAFETY: not null, and valid by the caller's promise.
    ret(unsafe { put(statp, Box::into_raw(root)) })
}

/// Frees a snapshot, given by its root; null is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stats_free(stat: *mut nng_stat) {
    if !stat.is_null() {
        // SAFETY: from `nng_stats_get`, by the caller's promise.
        drop(unsafe { Box::from_raw(stat) });
    }
}

/// Prints a snapshot to the standard output.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stats_dump(stat: *mut nng_stat) {
    // SAFETY: null or a live node, by the caller's promise.
    if let Some(stat) = stat.as_ref() {
        stat.dump(0);
    }
}

/// The next node of the same parent; null after the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stat_next(stat: *mut nng_stat) -> *mut nng_stat {
    // SAFETY: null or a live node, by the caller's promise.
    stat.as_ref().map_or(null_mut(), |stat| stat.next)
}

/// The first child; null if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stat_child(stat: *mut nng_stat) -> *mut nng_stat {
    // SAFETY: null or a live node, by the caller's promise.
    let stat = stat.as_mut();
    stat.and_then(|stat| stat.children.first_mut()).map_or(null_mut(), |child| child)
}

/// The node's name, which lives as long as the snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stat_name(stat: *mut nng_stat) -> *const c_char {
    // SAFETY: null or a live node, by the caller's promise.
    stat.as_ref().map_or(std::ptr::null(), |stat| stat.name.as_ptr())
}

/// What kind of value it is: `NNG_STAT_SCOPE` and so on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stat_type(stat: *mut nng_stat) -> c_int {
    // SAFETY: null or a live node, by the caller's promise.
    stat.as_ref().map_or(0, |stat| stat.kind)
}

/// The first node below `stat`, itself included, with this name; null if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stat_find(stat: *mut nng_stat, name: *const c_char) -> *mut nng_stat {
    // SAFETY: null or live, by the caller's promise.
    let (Some(stat), Ok(name)) = (stat.as_mut(), text(name)) else {
        return null_mut();
    };
    stat.find(&|node| node.name.to_bytes() == name.as_bytes())
}

/// # Safety
/// `stat` is null or a live node.
unsafe fn find_scope(stat: *mut nng_stat, name: &str, id: u32) -> *mut nng_stat {
    // SAFETY: as the caller promises.
    let Some(stat) = stat.as_mut() else { return null_mut() };
    stat.find(&|node| {
        node.kind == 0 && node.name.to_bytes() == name.as_bytes() && node.id == id.into()
    })
}

/// The node of a socket; null if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stat_find_socket(stat: *mut nng_stat, s: nng_socket) -> *mut nng_stat {
    // SAFETY: as the caller promises.
    unsafe { find_scope(stat, "socket", s.id) }
}

/// The node of a dialer; null if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stat_find_dialer(stat: *mut nng_stat, d: nng_dialer) -> *mut nng_stat {
    // SAFETY: as the caller promises.
    unsafe { find_scope(stat, "dialer", d.id) }
}

/// The node of a listener; null if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stat_find_listener(
    stat: *mut nng_stat,
    l: nng_listener,
) -> *mut nng_stat {
    // SAFETY: as the caller promises.
    unsafe { find_scope(stat, "listener", l.id) }
}

/// What the value counts: `NNG_UNIT_NONE` and so on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stat_unit(stat: *mut nng_stat) -> c_int {
    // SAFETY: null or a live node, by the caller's promise.
    stat.as_ref().map_or(0, |stat| stat.unit)
}

/// The value of a level, counter or id.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stat_value(stat: *mut nng_stat) -> u64 {
    // SAFETY: null or a live node, by the caller's promise.
    stat.as_ref().map_or(0, |stat| stat.value)
}

/// The value of a boolean.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stat_bool(stat: *mut nng_stat) -> bool {
    // SAFETY: null or a live node, by the caller's promise.
    stat.as_ref().is_some_and(|stat| stat.kind == 4 && stat.value != 0)
}

/// The value of a string, which lives as long as the snapshot; null for other kinds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stat_string(stat: *mut nng_stat) -> *const c_char {
    // SAFETY: null or a live node, by the caller's promise.
    let stat = stat.as_ref().filter(|stat| stat.kind == 3);
    stat.map_or(std::ptr::null(), |stat| stat.string.as_ptr())
}

/// The node's description, which lives as long as the snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stat_desc(stat: *mut nng_stat) -> *const c_char {
    // SAFETY: null or a live node, by the caller's promise.
    stat.as_ref().map_or(std::ptr::null(), |stat| stat.desc.as_ptr())
}

/// When the snapshot was taken, in milliseconds of `nng_clock`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stat_timestamp(stat: *mut nng_stat) -> u64 {
    // SAFETY: null or a live node, by the caller's promise.
    stat.as_ref().map_or(0, |stat| stat.timestamp)
}
