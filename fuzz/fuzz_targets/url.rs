//! URLs: `cargo +nightly fuzz run url`.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nng::base::Url;

fuzz_target!(|text: &str| {
    if let Ok(url) = Url::parse(text) {
        assert_eq!(url.raw(), text);
    }
});
