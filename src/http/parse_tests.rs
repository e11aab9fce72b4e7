//! Heads that are good, and heads that are refused with their status.
#![forbid(unsafe_code)]

use super::message::{Request, Response};
use super::parse::*;

fn parse(bytes: &[u8]) -> Result<(Request, Framing, usize), u16> {
    let end = HeadFinder::default().find(bytes).map_err(|r| r.0)?.ok_or(0u16)?;
    let mut req = Request::new();
    request(&bytes[..end], &mut req).map_err(|r| r.0)?;
    let framing = request_framing(&req).map_err(|r| r.0)?;
    Ok((req, framing, end))
}

fn refused(bytes: impl AsRef<[u8]>) -> u16 {
    match parse(bytes.as_ref()) {
        Err(code) => code,
        Ok((req, framing, _)) => panic!("{req:?} {framing:?}"),
    }
}

#[test]
fn good_requests() {
    let bytes = b"\r\nPOST /a?b=c HTTP/1.1\r\nHost: here:80\r\nX: 1\r\nx:  2 \r\nContent-Length: 5\r\n\r\nhello";
    let (req, framing, end) = parse(bytes).unwrap();
    assert_eq!((req.method(), req.uri(), req.version()), (c"POST", c"/a?b=c", c"HTTP/1.1"));
    assert_eq!(req.headers.get(c"X"), Some(c"1, 2"));
    assert_eq!((framing, &bytes[end..]), (Framing::Length(5), &b"hello"[..]));
    let (req, framing, _) = parse(b"GET * HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!((req.version(), framing), (c"HTTP/1.0", Framing::None));
    let chunked = parse(b"PUT / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n").unwrap();
    assert_eq!(chunked.1, Framing::Chunked);
}

#[test]
fn heads_that_come_in_pieces() {
    let bytes = b"GET / HTTP/1.1\r\nHost: here\r\n\r\nGET /2 HTTP/1.1\r\n\r\n";
    let mut finder = HeadFinder::default();
    let end = (0..bytes.len()).find_map(|n| finder.find(&bytes[..n]).unwrap()).unwrap();
    assert_eq!(end, 30);
    assert_eq!(finder.find(&bytes[end..]), Ok(Some(bytes.len() - end)));
    assert_eq!(finder.find(b"\r\n\r\n"), Ok(None));
}

#[test]
fn what_could_be_smuggled_is_refused() {
    let with = |fields: &str| refused(format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n"));
    assert_eq!(with("Content-Length: 5\r\nContent-Length: 6"), 400);
    assert_eq!(with("Content-Length: 5\r\ncontent-length: 5"), 400);
    assert_eq!(with("Content-Length: 5, 5"), 400);
    assert_eq!(with("Content-Length: +5"), 400);
    assert_eq!(with("Content-Length: -5"), 400);
    assert_eq!(with("Content-Length: 0x5"), 400);
    assert_eq!(with("Content-Length:"), 400);
    assert_eq!(with("Content-Length: 99999999999999999999"), 413);
    assert_eq!(with("Content-Length: 18446744073709551615"), 413);
    assert_eq!(with("Content-Length: 5\r\nTransfer-Encoding: chunked"), 400);
    assert_eq!(with("Transfer-Encoding: gzip"), 501);
    assert_eq!(with("Transfer-Encoding: gzip, chunked"), 501);
    assert_eq!(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: x"), 501);
    assert_eq!(with("Content-Length : 5"), 400);
    assert_eq!(with("A: b\r\n folded"), 400);
    assert_eq!(with("A: b\nC: d"), 400);
    assert_eq!(with("A: b\rC: d"), 400);
    assert_eq!(with("A: b\0"), 400);
    assert_eq!(with("no colon"), 400);
    assert_eq!(with(": no name"), 400);
    assert_eq!(refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
    assert_eq!(refused("GET / HTTP/1.1\n\n"), 400);
}

#[test]
fn first_lines() {
    assert_eq!(refused("GET /\r\n\r\n"), 400);
    assert_eq!(refused("GET\r\n\r\n"), 400);
    assert_eq!(refused("GET / HTTP/2.0\r\n\r\n"), 505);
    assert_eq!(refused("GET / HTTP/1.2\r\n\r\n"), 505);
    assert_eq!(refused("G\x01T / HTTP/1.1\r\n\r\n"), 400);
    assert_eq!(refused("\x16\x03\x01\x02\x00"), 400);
    assert_eq!(refused([b"GET /".to_vec(), vec![b'a'; 9000]].concat()), 414);
}

#[test]
fn big_heads() {
    let first = "GET / HTTP/1.1\r\n".to_owned();
    assert_eq!(refused(first.clone() + "A: " + &"b".repeat(9000)), 431);
    assert_eq!(
        refused(first.clone() + &("A: ".to_owned() + &"b".repeat(4000) + "\r\n").repeat(20)),
        431
    );
    assert_eq!(refused(first + &"A: b\r\n".repeat(300) + "\r\n"), 431);
}

#[test]
fn responses() {
    let parse = |bytes: &[u8], method| {
        let end = HeadFinder::default().find(bytes).map_err(|r| r.0)?.ok_or(0u16)?;
        let mut res = Response::new();
        response(&bytes[..end], &mut res).map_err(|r| r.0)?;
        let framing = response_framing(method, &res).map_err(|r| r.0)?;
        Ok::<_, u16>((res, framing))
    };
    let (res, framing) =
        parse(b"HTTP/1.1 404 Not There\r\nContent-Length: 3\r\n\r\n", c"GET").unwrap();
    assert_eq!((res.status(), res.reason(), framing), (404, c"Not There", Framing::Length(3)));
    let (res, framing) = parse(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n", c"HEAD").unwrap();
    assert_eq!((res.version(), framing), (c"HTTP/1.0", Framing::None));
    let (_, framing) = parse(b"HTTP/1.1 304 X\r\nContent-Length: 3\r\n\r\n", c"GET").unwrap();
    assert_eq!(framing, Framing::None);
    let (res, _) = parse(b"HTTP/1.1 200\r\n\r\n", c"GET").unwrap();
    assert_eq!(res.reason(), c"");
    for bad in [&b"HTTP/1.1 20 OK\r\n\r\n"[..], b"HTTP/1.1 abc OK\r\n\r\n", b"ICY 200 OK\r\n\r\n"] {
        assert!(parse(bad, c"GET").is_err());
    }
}
