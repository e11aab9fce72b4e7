//! WebSocket frames: `cargo +nightly fuzz run ws_frames`.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nng::ws::frame::{Decoder, Event, Limits, Role};

fuzz_target!(|input: (bool, Vec<u8>)| {
    let (server, mut data) = input;
    let role = if server { Role::Server } else { Role::Client };
    let limits = Limits { frame: 1 << 16, message: 1 << 17, text: true };
    let mut decoder = Decoder::new(role, limits);
    let (len, mut out) = (data.len(), 0);
    let mut input = data.as_mut_slice();
    while let Ok(Some(event)) = decoder.next(&mut input) {
        if let Event::Data { bytes, .. } = event {
            out += bytes.len();
        }
    }
    assert!(out <= len);
});
