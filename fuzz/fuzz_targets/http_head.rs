//! Heads of requests and responses: `cargo +nightly fuzz run http_head`.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nng::http::parse::{self, HeadFinder};
use nng::http::{Request, Response};

/// Lines without the space that an empty value leaves at the end of a list.
fn trimmed(head: &[u8]) -> Vec<&[u8]> {
    head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end).collect()
}

fuzz_target!(|data: &[u8]| {
    let Ok(Some(end)) = HeadFinder::default().find(data) else { return };
    let (mut req, mut res) = (Request::new(), Response::new());
    if parse::request(&data[..end], &mut req).is_ok() {
        let _ = parse::request_framing(&req);
        // What was understood can be said again, and means the same.
        let head = req.head().unwrap();
        let mut again = Request::new();
        parse::request(&head, &mut again).unwrap();
        assert_eq!(trimmed(&again.head().unwrap()), trimmed(&head));
    }
    if parse::response(&data[..end], &mut res).is_ok() {
        let _ = parse::response_framing(c"GET", &res);
    }
});
