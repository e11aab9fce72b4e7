//! Frames encoded and decoded, whole and cut anywhere.
#![forbid(unsafe_code)]

use super::frame::*;

const ANY: Limits = Limits { frame: 0, message: 0, text: true };

#[derive(Debug, PartialEq)]
enum Got {
    Message(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<u16>),
    Failed(u16),
}

/// Decodes `bytes` in steps of `step`.
fn decode(role: Role, limits: Limits, bytes: &[u8], step: usize) -> Vec<Got> {
    let mut decoder = Decoder::new(role, limits);
    let mut bytes = bytes.to_vec();
    let mut got = Vec::new();
    let mut message = Vec::new();
    for mut part in bytes.chunks_mut(step) {
        loop {
            match decoder.next(&mut part) {
                Ok(None) => break,
                Ok(Some(Event::Data { bytes, end })) => {
                    message.extend_from_slice(bytes);
                    if end {
                        got.push(Got::Message(std::mem::take(&mut message)));
                    }
                }
                Ok(Some(Event::Ping(c))) => got.push(Got::Ping(c.as_bytes().to_vec())),
                Ok(Some(Event::Pong(c))) => got.push(Got::Pong(c.as_bytes().to_vec())),
                Ok(Some(Event::Close(code))) => got.push(Got::Close(code.map(|c| c.0))),
                Err(code) => {
                    got.push(Got::Failed(code.0));
                    return got;
                }
            }
        }
        assert!(part.is_empty());
    }
    got
}

fn failed(role: Role, limits: Limits, bytes: &[u8]) -> u16 {
    match decode(role, limits, bytes, bytes.len()).as_slice() {
        [Got::Failed(code)] => *code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn lengths_around_their_encodings() {
    for len in [0, 1, 125, 126, 127, 65535, 65536, 200_000] {
        for mask in [None, Some([1, 2, 3, 250])] {
            let role = if mask.is_some() { Role::Server } else { Role::Client };
            let payload: Vec<u8> = (0..len).map(|i| i as u8).collect();
            let mut bytes = Vec::new();
            append_frame(&mut bytes, Opcode::Binary, true, &payload, mask);
            for step in [bytes.len(), 1000, 7, 1] {
                if step == 1 && len > 70_000 || cfg!(miri) && step < 1000 && len > 1000 {
                    continue;
                }
                assert_eq!(decode(role, ANY, &bytes, step), [Got::Message(payload.clone())]);
            }
        }
    }
}

#[test]
fn fragments_with_controls_between() {
    let key = Some([9, 8, 7, 6]);
    let mut bytes = Vec::new();
    append_frame(&mut bytes, Opcode::Text, false, b"one ", key);
    append_frame(&mut bytes, Opcode::Ping, true, b"are you there", key);
    append_frame(&mut bytes, Opcode::Continuation, false, b"", key);
    append_frame(&mut bytes, Opcode::Pong, true, b"", key);
    append_frame(&mut bytes, Opcode::Continuation, true, b"two", key);
    append_frame(&mut bytes, Opcode::Binary, true, b"three", key);
    append_close(&mut bytes, CloseCode::NORMAL, key);
    for step in 1..bytes.len() {
        assert_eq!(
            decode(Role::Server, ANY, &bytes, step),
            [
                Got::Ping(b"are you there".to_vec()),
                Got::Pong(vec![]),
                Got::Message(b"one two".to_vec()),
                Got::Message(b"three".to_vec()),
                Got::Close(Some(1000)),
            ]
        );
    }
}

#[test]
fn empty_last_fragment_ends_a_message() {
    let mut bytes = Vec::new();
    append_frame(&mut bytes, Opcode::Binary, false, b"x", None);
    append_frame(&mut bytes, Opcode::Continuation, true, b"", None);
    assert_eq!(decode(Role::Client, ANY, &bytes, 100), [Got::Message(b"x".to_vec())]);
}

#[test]
fn violations() {
    let c = Role::Client;
    // Reserved bits and opcodes.
    assert_eq!(failed(c, ANY, &[0xc2, 0]), 1002);
    assert_eq!(failed(c, ANY, &[0x83, 0]), 1002);
    assert_eq!(failed(c, ANY, &[0x8b, 0]), 1002);
    // Nothing to continue; a message inside a message.
    assert_eq!(failed(c, ANY, &[0x80, 0]), 1002);
    assert_eq!(failed(c, ANY, &[0x02, 0, 0x82, 0]), 1002);
    // Masked by a server; not masked by a client.
    assert_eq!(failed(c, ANY, &[0x82, 0x80]), 1002);
    assert_eq!(failed(Role::Server, ANY, &[0x82, 0]), 1002);
    // Control frames in fragments, or long.
    assert_eq!(failed(c, ANY, &[0x09, 0]), 1002);
    assert_eq!(failed(c, ANY, &[0x89, 126, 0, 126]), 1002);
    // Lengths that could be shorter, or are beyond all bounds.
    assert_eq!(failed(c, ANY, &[0x82, 126, 0, 125]), 1002);
    assert_eq!(failed(c, ANY, &[0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff]), 1002);
    assert_eq!(failed(c, ANY, &[0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), 1002);
    // Close frames.
    assert_eq!(failed(c, ANY, &[0x88, 1, 3]), 1002);
    assert_eq!(failed(c, ANY, &[0x88, 2, 3, 0xed]), 1002);
    assert_eq!(failed(c, ANY, &[0x88, 3, 3, 0xe8, 0xff]), 1002);
    assert_eq!(decode(c, ANY, &[0x88, 0], 2), [Got::Close(None)]);
}

#[test]
fn limits() {
    let no_text = Limits { text: false, ..ANY };
    assert_eq!(failed(Role::Client, no_text, &[0x81, 0]), 1003);
    let frame = Limits { frame: 10, ..ANY };
    assert_eq!(failed(Role::Client, frame, &[0x82, 11]), 1009);
    // Refused by its head alone: nothing is waited for or allocated.
    let huge = [0x82, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(failed(Role::Client, frame, &huge), 1009);
    let message = Limits { message: 10, ..ANY };
    let mut bytes = Vec::new();
    append_frame(&mut bytes, Opcode::Binary, false, b"12345", None);
    append_frame(&mut bytes, Opcode::Continuation, false, b"12345", None);
    assert_eq!(decode(Role::Client, message, &bytes, 100), []);
    append_frame(&mut bytes, Opcode::Continuation, true, b"1", None);
    assert_eq!(failed(Role::Client, message, &bytes), 1009);
    // Each message anew.
    let mut bytes = Vec::new();
    append_frame(&mut bytes, Opcode::Binary, true, b"1234567890", None);
    append_frame(&mut bytes, Opcode::Binary, true, b"1234567890", None);
    assert_eq!(decode(Role::Client, message, &bytes, 100).len(), 2);
}
