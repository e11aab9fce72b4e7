//! Text from programs in C, which may hold any bytes, as `str`: a byte that is no UTF-8 stands as
//! two noncharacters, one for each half of it, which no text holds otherwise.
#![forbid(unsafe_code)]

use super::{Error, Result};
use std::borrow::Cow;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

const HIGH: u32 = 0xfdd0;
const LOW: u32 = 0xfde0;

fn half(c: char, base: u32) -> Option<u8> {
    (c as u32).checked_sub(base).filter(|half| *half < 16).map(|half| half as u8)
}

pub fn from_bytes(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = str::from_utf8(bytes) {
        return text.into();
    }
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let halves = [HIGH + u32::from(byte >> 4), LOW + u32::from(byte & 15)];
            text.extend(halves.into_iter().filter_map(char::from_u32));
        }
    }
    text.into()
}

/// Whether there is a byte in it that is no UTF-8.
pub fn is_raw(text: &str) -> bool {
    text.contains(|c| half(c, HIGH).is_some())
}

/// The bytes that the text was made of.
pub fn to_bytes(text: &str) -> Cow<'_, [u8]> {
    if !is_raw(text) {
        return text.as_bytes().into();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let next = rest.clone().next().and_then(|c| half(c, LOW));
        match (half(c, HIGH), next) {
            (Some(high), Some(low)) => {
                bytes.push(high << 4 | low);
                rest.next();
            }
            _ => bytes.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    bytes.into()
}

/// A file's name.
pub fn path(text: &str) -> PathBuf {
    OsString::from_vec(to_bytes(text).into_owned()).into()
}

/// For what must be UTF-8 through and through.
pub fn plain(text: &str) -> Result<&str> {
    if is_raw(text) { Err(Error::INVAL) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        for bytes in [&all[..], b"", b"plain", "\u{e4}\u{fdd0}".as_bytes(), b"\xe4\xb8", b"a\xffb"]
        {
            let text = from_bytes(bytes);
            assert_eq!(to_bytes(&text), bytes);
            assert_eq!(path(&text).into_os_string().into_vec(), bytes);
        }
        assert_eq!(plain("\u{e4}"), Ok("\u{e4}"));
        assert_eq!(plain(&from_bytes(b"\xe4")), Err(Error::INVAL));
    }
}
