//! Options of a command line.
use crate::base::Error;
use crate::base::cmdline::{Found, Spec, look_up};
use std::ffi::{CStr, c_char, c_int};

/// An option that a program knows; the last of an array has zero for `o_val`.
#[repr(C)]
pub struct nng_optspec {
    /// The long name, or NULL.
    o_name: *const c_char,
    /// The short name, a character, or zero.
    o_short: c_int,
    /// What is returned for it.
    o_val: c_int,
    /// Whether it takes a value.
    o_arg: bool,
}

/// Parses one option at `argv[*optidx]` (begin with 1): `*val` becomes its `o_val`, `*optarg` its
/// value if it takes one, and `*optidx` is moved on. −1 at the first argument that is none;
/// `NNG_EINVAL` for an unknown one, `NNG_EAMBIGUOUS`, `NNG_ENOARG`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_opts_parse(
    argc: c_int,
    argv: *const *mut c_char,
    opts: *const nng_optspec,
    val: *mut c_int,
    optarg: *mut *mut c_char,
    optidx: *mut c_int,
) -> c_int {
    if argv.is_null() || opts.is_null() || optidx.is_null() {
        return Error::INVAL.code();
    }
    let index = *optidx;
    if index < 0 || index >= argc || (*argv.add(index as usize)).is_null() {
        return -1;
    }
    let mut specs = Vec::new();
    let mut opt = opts;
    while (*opt).o_val != 0 {
        specs.push(Spec {
            name: (!(*opt).o_name.is_null()).then(|| CStr::from_ptr((*opt).o_name).to_bytes()),
            short: (*opt).o_short,
            takes_value: (*opt).o_arg,
        });
        opt = opt.add(1);
    }
    let arg = *argv.add(index as usize);
    let (found, attached) = match look_up(CStr::from_ptr(arg).to_bytes(), &specs) {
        Ok(Found::Operand) => return -1,
        Ok(Found::Dash) => {
            *optidx = index + 1;
            return -1;
        }
        Ok(Found::Option(found, attached)) => (found, attached),
        Err(why) => return why.code(),
    };
    let mut next = index + 1;
    if specs[found].takes_value {
        let value = match attached {
            Some(at) => arg.add(at),
            None if next < argc => {
                next += 1;
                *argv.add(next as usize - 1)
            }
            None => return Error::NOARG.code(),
        };
        if !optarg.is_null() {
            *optarg = value;
        }
    }
    if !val.is_null() {
        *val = (*opts.add(found)).o_val;
    }
    *optidx = next;
    0
}
