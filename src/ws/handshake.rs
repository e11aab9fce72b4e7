//! The opening handshake, in HTTP messages; no I/O.
#![forbid(unsafe_code)]

use crate::base::{Error, Result};
use crate::http::message::CONNECTION;
use crate::http::{Headers, Request, Response, status};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};
use std::ffi::{CStr, CString};

const UPGRADE: &CStr = c"Upgrade";
const KEY: &CStr = c"Sec-WebSocket-Key";
const ACCEPT: &CStr = c"Sec-WebSocket-Accept";
const VERSION: &CStr = c"Sec-WebSocket-Version";
const PROTOCOL: &CStr = c"Sec-WebSocket-Protocol";

const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

fn base64(data: &[u8]) -> CString {
    CString::new(STANDARD.encode(data)).unwrap_or_default()
}

/// The answer to a client's key, which is 16 bytes in base64.
fn accept_for(key: &CStr) -> Option<CString> {
    let key = key.to_bytes();
    STANDARD.decode(key).ok().filter(|raw| raw.len() == 16)?;
    Some(base64(&Sha1::new().chain_update(key).chain_update(GUID).finalize()))
}

/// Whether a list, separated by commas or spaces, has a word in it, without case.
fn has_word(list: &CStr, word: &[u8]) -> bool {
    list.to_bytes().split(|b| matches!(b, b',' | b' ')).any(|w| w.eq_ignore_ascii_case(word))
}

fn header_has(headers: &Headers, name: &CStr, word: &[u8]) -> bool {
    headers.get(name).is_some_and(|v| has_word(v, word))
}

/// Completes a client's request, which has its URI and Host: `nonce` is random, `extra` the
/// program's own fields.
pub fn prepare_request(
    req: &mut Request,
    nonce: [u8; 16],
    protocol: Option<&CStr>,
    extra: &[(CString, CString)],
) -> Result<()> {
    let headers = &mut req.headers;
    headers.set(UPGRADE, c"websocket")?;
    headers.set(CONNECTION, c"Upgrade")?;
    headers.set(KEY, &base64(&nonce))?;
    headers.set(VERSION, c"13")?;
    if let Some(protocol) = protocol {
        headers.set(PROTOCOL, protocol)?;
    }
    for (name, value) in extra {
        headers.set(name, value)?;
    }
    Ok(())
}

/// Checks a server's answer to `req`.
pub fn check_response(req: &Request, res: &Response, protocol: Option<&CStr>) -> Result<()> {
    match res.status() {
        status::SWITCHING => {}
        status::FORBIDDEN | status::UNAUTHORIZED => return Err(Error::PERM),
        status::NOT_FOUND | status::METHOD_NOT_ALLOWED => return Err(Error::CONNREFUSED),
        _ => return Err(Error::PROTO),
    }
    let accept = req.headers.get(KEY).and_then(accept_for).ok_or(Error::INVAL)?;
    let agreed = res.headers.get(ACCEPT) == Some(&accept)
        && header_has(&res.headers, CONNECTION, b"upgrade")
        && header_has(&res.headers, UPGRADE, b"websocket");
    let chosen = match (protocol, res.headers.get(PROTOCOL)) {
        (Some(offered), Some(chosen)) => has_word(offered, chosen.to_bytes()),
        (Some(_), None) => false,
        (None, _) => true,
    };
    if agreed && chosen { Ok(()) } else { Err(Error::PROTO) }
}

/// Answers a client's request, or tells the status to refuse it with. `protocol` is what the
/// server speaks, `extra` the program's own fields.
pub fn answer(
    req: &Request,
    protocol: Option<&CStr>,
    extra: &[(CString, CString)],
) -> Result<Response, u16> {
    let headers = &req.headers;
    if req.version() != c"HTTP/1.1" {
        return Err(status::HTTP_VERSION_NOT_SUPP);
    }
    if req.method() != c"GET" {
        return Err(status::BAD_REQUEST);
    }
    let has_data = headers.get(c"Content-Length").is_some_and(|n| n != c"0");
    if has_data || headers.get(c"Transfer-Encoding").is_some() {
        return Err(status::PAYLOAD_TOO_LARGE);
    }
    if !header_has(headers, UPGRADE, b"websocket")
        || !header_has(headers, CONNECTION, b"upgrade")
        || headers.get(VERSION) != Some(c"13")
    {
        return Err(status::BAD_REQUEST);
    }
    let accept = headers.get(KEY).and_then(accept_for).ok_or(status::BAD_REQUEST)?;
    let chosen = match (protocol, headers.get(PROTOCOL)) {
        (None, None) => None,
        (Some(ours), Some(offered)) => {
            let words = offered.to_bytes().split(|b| matches!(b, b',' | b' '));
            let mut words = words.filter(|w| !w.is_empty());
            let word = words.find(|w| has_word(ours, w)).ok_or(status::BAD_REQUEST)?;
            Some(CString::new(word).map_err(|_| status::BAD_REQUEST)?)
        }
        _ => return Err(status::BAD_REQUEST),
    };
    let mut res = Response::new();
    res.set_status(status::SWITCHING);
    let mut set = |name: &CStr, value: &CStr| {
        res.headers.set(name, value).map_err(|_| status::INTERNAL_SERVER_ERROR)
    };
    set(CONNECTION, c"Upgrade")?;
    set(UPGRADE, c"websocket")?;
    set(ACCEPT, &accept)?;
    if let Some(chosen) = chosen {
        set(PROTOCOL, &chosen)?;
    }
    for (name, value) in extra {
        set(name, value)?;
    }
    Ok(res)
}

/// Takes `Name: value` lines apart; what is not of that form ends the list.
pub fn header_lines(lines: &CStr) -> Vec<(CString, CString)> {
    let mut fields = Vec::new();
    let mut rest = lines.to_bytes();
    while let Some(colon) = rest.iter().position(|b| *b == b':') {
        let (name, value) = (&rest[..colon], &rest[colon + 1..]);
        let end = value.iter().position(|b| matches!(b, b'\r' | b'\n')).unwrap_or(value.len());
        let next = value[end..].iter().position(|b| !matches!(b, b'\r' | b'\n'));
        let text = value[..end].trim_ascii_start();
        if let (Ok(name), Ok(text)) = (CString::new(name), CString::new(text)) {
            fields.push((name, text));
        }
        rest = next.map_or(&[], |n| &value[end + n..]);
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(protocol: Option<&CStr>) -> Request {
        let mut req = Request::new();
        req.set_uri(Some(c"/chat")).unwrap();
        req.headers.set(c"Host", c"here").unwrap();
        let extra = header_lines(c"X-A: 1\r\nX-B:2\nX-C: 3");
        prepare_request(&mut req, *b"the sample nonce", protocol, &extra).unwrap();
        req
    }

    #[test]
    fn key_of_the_standard() {
        assert_eq!(
            accept_for(c"dGhlIHNhbXBsZSBub25jZQ==").as_deref(),
            Some(c"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        );
        assert_eq!(accept_for(c"short"), None);
        assert_eq!(accept_for(c"!!!!!!!!!!!!!!!!!!!!!!=="), None);
    }

    #[test]
    fn both_sides_agree() {
        for (ours, offered, chosen) in [
            (None, None, None),
            (
                Some(c"pair.sp.nanomsg.org"),
                Some(c"pair.sp.nanomsg.org"),
                Some(c"pair.sp.nanomsg.org"),
            ),
            (Some(c"b"), Some(c"a, b"), Some(c"b")),
        ] {
            let req = request(offered);
            assert_eq!(req.headers.get(c"x-b"), Some(c"2"));
            let res = answer(&req, ours, &[(c"X".into(), c"y".into())]).unwrap();
            assert_eq!((res.status(), res.headers.get(c"X")), (101, Some(c"y")));
            assert_eq!(res.headers.get(PROTOCOL), chosen);
            assert_eq!(check_response(&req, &res, offered), Ok(()));
        }
    }

    #[test]
    fn refusals() {
        assert_eq!(answer(&request(None), Some(c"a"), &[]).unwrap_err(), 400);
        assert_eq!(answer(&request(Some(c"a")), None, &[]).unwrap_err(), 400);
        assert_eq!(answer(&request(Some(c"a")), Some(c"b"), &[]).unwrap_err(), 400);
        let without = |name: &CStr| {
            let mut req = request(None);
            req.headers.remove(name).unwrap();
            answer(&req, None, &[]).unwrap_err()
        };
        for name in [UPGRADE, CONNECTION, VERSION, KEY] {
            assert_eq!(without(name), 400);
        }
        let mut req = request(None);
        req.headers.set(c"Content-Length", c"5").unwrap();
        assert_eq!(answer(&req, None, &[]).unwrap_err(), 413);
        let mut req = request(None);
        req.set_version(Some(c"HTTP/1.0")).unwrap();
        assert_eq!(answer(&req, None, &[]).unwrap_err(), 505);
    }

    #[test]
    fn answers_that_are_no_good() {
        let req = request(Some(c"a"));
        let good = answer(&req, Some(c"a"), &[]).unwrap();
        let with = |f: &dyn Fn(&mut Response)| {
            let mut res = good.clone();
            f(&mut res);
            check_response(&req, &res, Some(c"a"))
        };
        assert_eq!(with(&|_| ()), Ok(()));
        assert_eq!(with(&|r| r.headers.set(ACCEPT, c"x").unwrap()), Err(Error::PROTO));
        assert_eq!(with(&|r| r.headers.remove(PROTOCOL).unwrap()), Err(Error::PROTO));
        assert_eq!(with(&|r| r.headers.set(PROTOCOL, c"b").unwrap()), Err(Error::PROTO));
        assert_eq!(with(&|r| r.headers.remove(UPGRADE).unwrap()), Err(Error::PROTO));
        for (code, why) in [
            (200, Error::PROTO),
            (400, Error::PROTO),
            (401, Error::PERM),
            (403, Error::PERM),
            (404, Error::CONNREFUSED),
            (405, Error::CONNREFUSED),
        ] {
            assert_eq!(with(&|r| r.set_status(code)), Err(why));
        }
    }
}
