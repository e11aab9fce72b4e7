//! The SP handshake, and messages over byte streams (tcp's framing, ipc's, WebSocket's of either
//! role), whole and cut up: `cargo +nightly fuzz run sp_stream`.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nng::sp::transport::framing::{Framing, SpFraming};
use nng::sp::transport::script::{self, Script};
use nng::sp::transport::ws::WsFraming;
use nng::ws::frame::Role;
use nng::ws::settings::{Extra, Settings};

fn framing(kind: u8, most: u16) -> Box<dyn Framing> {
    let most = usize::from(most);
    match kind % 4 {
        0 => Box::new(SpFraming::new(false, most)),
        1 => Box::new(SpFraming::new(true, most)),
        role => {
            let mut settings = Settings::new(Extra::Request);
            settings.recv_max = most;
            settings.recv_text = kind & 4 != 0;
            let role = if role == 2 { Role::Server } else { Role::Client };
            Box::new(WsFraming::new(role, &settings))
        }
    }
}

fuzz_target!(|input: (u8, u16, u8, Vec<u8>, Vec<u8>)| {
    let (kind, most, early, cuts, data) = input;
    let whole = script::greet(&Script::new([data.clone()]), 0x50);
    let cut = script::greet(&Script::new(Script::cut(&data, &cuts)), 0x50);
    match (whole, cut) {
        (Ok(whole), Ok(cut)) => assert_eq!(whole, cut),
        (whole, cut) => assert!(whole.is_err() && cut.is_err()),
    }

    let bodies = |pieces: Vec<Vec<u8>>, early: &[u8]| {
        let script = Script::new(pieces);
        let (got, why) = script::messages(&script, framing(kind, most), early.to_vec());
        let got: Vec<Vec<u8>> = got.iter().map(|msg| msg.body().to_vec()).collect();
        (got, why)
    };
    let (first, rest) = data.split_at(usize::from(early).min(data.len()));
    let whole = bodies(vec![data.clone()], &[]);
    let cut = bodies(Script::cut(rest, &cuts), first);
    assert_eq!(whole, cut);
    assert!(whole.0.iter().map(Vec::len).sum::<usize>() <= data.len());
});
