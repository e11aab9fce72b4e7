//! Builds the random calls in C for the target `calls`.
fn main() {
    let source = "../capi-tests/stress/24_every_family.c";
    cc::Build::new()
        .file(source)
        .include("../include")
        .include("../capi-tests/stress")
        .define("FUZZING", None)
        .flag("-std=gnu11")
        .warnings(false)
        .compile("every_family");
    for file in [source, "../capi-tests/stress/handles.h", "../capi-tests/stress/stress.h"] {
        println!("cargo:rerun-if-changed={file}");
    }
}
