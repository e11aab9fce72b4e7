//! Certificates of peers, and PEM text from files: `cargo +nightly fuzz run certificates`.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nng::tls::{Config, Mode, x509};
use std::ffi::CString;

fuzz_target!(|data: &[u8]| {
    if let Some(cert) = x509::parse(data) {
        let _ = x509::common_name(&cert);
        let names = x509::alternative_names(&cert);
        for name in names.iter().map(String::as_str).chain(["localhost", "127.0.0.1", ""]) {
            let _ = x509::is_for(&cert, name);
        }
    }
    let _ = x509::signed_parts(data);
    let _ = x509::key_parts(data);
    if let Ok(pem) = CString::new(data) {
        for mode in [Mode::Client, Mode::Server] {
            let config = Config::new(mode).unwrap();
            let _ = config.ca_chain(&pem, None);
            let _ = config.ca_chain(&pem, Some(&pem));
            let _ = config.own_cert(&pem, &pem, None);
            let _ = config.session();
        }
    }
});
