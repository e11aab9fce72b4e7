//! Parsing of heads, and how long the data after them is.
//!
//! What could be read in two ways is refused: bare line feeds, folded lines, a length beside a
//! transfer encoding, lengths that differ.
#![forbid(unsafe_code)]

use super::headers::Headers;
use super::message::{CONTENT_LENGTH, Request, Response};
use super::status;
use crate::base::Error;
use std::ffi::{CStr, CString};

/// The status that a request is refused with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal(pub u16);

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        match refusal.0 {
            status::PAYLOAD_TOO_LARGE => Error::MSGSIZE,
            _ => Error::PROTO,
        }
    }
}

const BAD: Refusal = Refusal(status::BAD_REQUEST);
const TRANSFER_ENCODING: &CStr = c"Transfer-Encoding";

/// The longest head.
pub const MOST_HEAD: usize = 64 << 10;
/// The longest line in a head.
const MOST_LINE: usize = 8192;
const MOST_FIELDS: usize = 256;

/// Looks for the end of a head in bytes that keep coming.
#[derive(Debug, Default)]
pub struct HeadFinder {
    seen: usize,
    line: usize,
    lines: usize,
    returned: bool,
}

impl HeadFinder {
    /// The head's length, once it is complete in `buf`, which has grown since the last call.
    pub fn find(&mut self, buf: &[u8]) -> Result<Option<usize>, Refusal> {
        for (at, byte) in buf.iter().enumerate().skip(self.seen) {
            match (*byte, self.returned) {
                (b'\n', true) => {
                    self.returned = false;
                    // Empty lines before the first one are tolerated.
                    if self.line == 0 && self.lines > 0 {
                        *self = HeadFinder::default();
                        return Ok(Some(at + 1));
                    }
                    self.lines += usize::from(self.line > 0);
                    self.line = 0;
                }
                (b'\n', false) | (_, true) => return Err(BAD),
                (b'\r', false) => self.returned = true,
                (0, _) => return Err(BAD),
                _ => self.line += 1,
            }
            if self.line > MOST_LINE || at >= MOST_HEAD {
                return Err(Refusal(match self.lines {
                    0 => status::ENTITY_TOO_LONG,
                    _ => status::HEADERS_TOO_LARGE,
                }));
            }
        }
        self.seen = buf.len();
        Ok(None)
    }
}

fn text(s: impl AsRef<[u8]>) -> Result<CString, Refusal> {
    CString::new(s.as_ref()).map_err(|_| BAD)
}

fn refusal(e: httparse::Error) -> Refusal {
    match e {
        httparse::Error::TooManyHeaders => Refusal(status::HEADERS_TOO_LARGE),
        httparse::Error::Version => Refusal(status::HTTP_VERSION_NOT_SUPP),
        _ => BAD,
    }
}

fn fill(headers: &mut Headers, fields: &[httparse::Header]) -> Result<(), Refusal> {
    for field in fields {
        headers.add(&text(field.name)?, &text(field.value)?).map_err(|_| BAD)?;
    }
    Ok(())
}

fn version(minor: Option<u8>) -> Option<&'static CStr> {
    (minor == Some(0)).then_some(c"HTTP/1.0")
}

/// Parses a request's head, as found by a [`HeadFinder`].
pub fn request(head: &[u8], req: &mut Request) -> Result<(), Refusal> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut parsed = httparse::Request::new(&mut fields);
    match parsed.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err(BAD),
        Err(e) => return Err(refusal(e)),
    }
    req.set_method(Some(&text(parsed.method.unwrap_or_default())?)).map_err(|_| BAD)?;
    req.set_uri(Some(&text(parsed.path.unwrap_or_default())?)).map_err(|_| BAD)?;
    req.set_version(version(parsed.version)).map_err(|_| BAD)?;
    fill(&mut req.headers, parsed.headers)
}

/// Parses a response's head, as found by a [`HeadFinder`].
pub fn response(head: &[u8], res: &mut Response) -> Result<(), Refusal> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut parsed = httparse::Response::new(&mut fields);
    match parsed.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err(BAD),
        Err(e) => return Err(refusal(e)),
    }
    let code = parsed.code.unwrap_or(0);
    if !(100..=999).contains(&code) {
        return Err(BAD);
    }
    res.set_status(code);
    res.set_reason(Some(&text(parsed.reason.unwrap_or_default())?)).map_err(|_| BAD)?;
    res.set_version(version(parsed.version)).map_err(|_| BAD)?;
    fill(&mut res.headers, parsed.headers)
}

/// How the data after a head is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    None,
    Length(u64),
    Chunked,
}

fn framing(headers: &Headers) -> Result<Framing, Refusal> {
    let length = headers.get(CONTENT_LENGTH);
    match (headers.get(TRANSFER_ENCODING), length) {
        (Some(_), Some(_)) => Err(BAD),
        (Some(te), None) if te.to_bytes().eq_ignore_ascii_case(b"chunked") => Ok(Framing::Chunked),
        (Some(_), None) => Err(Refusal(status::NOT_IMPLEMENTED)),
        (None, Some(length)) => match length.to_bytes() {
            [] => Err(BAD),
            // Lengths in several fields have been joined with commas and end here.
            digits if !digits.iter().all(u8::is_ascii_digit) => Err(BAD),
            digits => std::str::from_utf8(digits)
                .ok()
                .and_then(|d| d.parse().ok())
                .filter(|n| *n <= i64::MAX as u64)
                .map(Framing::Length)
                .ok_or(Refusal(status::PAYLOAD_TOO_LARGE)),
        },
        (None, None) => Ok(Framing::None),
    }
}

/// How a request's data is delimited.
pub fn request_framing(req: &Request) -> Result<Framing, Refusal> {
    let framing = framing(&req.headers)?;
    if framing == Framing::Chunked && req.version() != c"HTTP/1.1" {
        return Err(BAD);
    }
    Ok(framing)
}

/// How the data of the response to a request is delimited.
pub fn response_framing(method: &CStr, res: &Response) -> Result<Framing, Refusal> {
    if method.to_bytes().eq_ignore_ascii_case(b"HEAD")
        || matches!(res.status(), 100..200 | 204 | 304)
    {
        return Ok(Framing::None);
    }
    framing(&res.headers)
}
