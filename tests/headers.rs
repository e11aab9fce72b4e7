//! The headers under `include/` are made from `src/capi/` and the tables in `capi-tests/abi/`.
//! This fails when they are stale; `UPDATE_HEADERS=1 cargo test --test headers` makes them anew.

#[path = "headers/generate.rs"]
mod generate;
#[path = "headers/table.rs"]
mod table;

use std::fs;
use std::path::Path;

#[test]
fn headers_are_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let update = std::env::var_os("UPDATE_HEADERS").is_some();
    let mut stale = Vec::new();
    for header in table::headers(root) {
        let path = root.join("include").join(&header.path);
        let wanted = generate::header(root, &header);
        if fs::read_to_string(&path).is_ok_and(|found| found == wanted) {
            continue;
        }
        if update {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, wanted).unwrap();
        } else {
            stale.push(header.path);
        }
    }
    assert!(stale.is_empty(), "stale, run with UPDATE_HEADERS=1: {stale:#?}");
}
