//! Gives the shared object its SONAME, and compiles what Rust cannot say.
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/capi/nng/log.c");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libnng.so.1");
    cc::Build::new().file("src/capi/nng/log.c").flag("-std=c99").compile("nng_log");
}
