//! Chunked bodies, whole and cut in two: `cargo +nightly fuzz run http_chunks`.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nng::http::chunk::ChunkDecoder;

fuzz_target!(|input: (usize, &[u8])| {
    let (cut, data) = input;
    let (first, second) = data.split_at(cut % (data.len() + 1));
    let (mut whole, mut parts) = (Vec::new(), Vec::new());
    let all = ChunkDecoder::new(0).decode(data, &mut whole);
    let mut decoder = ChunkDecoder::new(0);
    let both =
        decoder.decode(first, &mut parts).and_then(|n| Ok(n + decoder.decode(second, &mut parts)?));
    assert_eq!((all, whole), (both, parts));
});
