//! The programs that this test talks with, and what it brings along for them.
use crate::harness;
pub use crate::harness::program::Program;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A program of ours, on our library.
pub fn ours(name: &str) -> Command {
    let source = harness::root().join(format!("capi-tests/interop/{name}.c"));
    let mut command = Command::new(harness::compile(&source));
    command.env("LD_LIBRARY_PATH", harness::library());
    command
}

pub fn endpoint(args: &[&str]) -> Program {
    Program::start(ours("endpoint").args(args))
}

/// Where a program is, or a line that says that it is not.
pub fn found(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    places.extend(["/usr/sbin", "/sbin"].map(PathBuf::from));
    let program = places.into_iter().map(|place| place.join(name)).find(|p| p.is_file());
    if program.is_none() {
        println!("not compared: there is no {name} here");
    }
    program
}

/// A Python that has a module.
pub fn python_with(module: &str) -> Option<PathBuf> {
    let own = std::env::var_os("PYTHON").map(PathBuf::from);
    let all = own.into_iter().chain(["python3", "/usr/bin/python3"].map(PathBuf::from));
    let python = all.into_iter().find(|python| {
        let import = format!("import {module}");
        let tried = Command::new(python).args(["-c", &import]).stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    });
    if python.is_none() {
        println!("not compared: there is no Python with {module} here");
    }
    python
}

/// A certificate or key of the TLS tests.
pub fn pem(name: &str) -> String {
    harness::root().join("src/tls/testdata").join(name).to_str().unwrap().to_owned()
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The pattern that endpoints send and expect.
pub fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|i| if i % 64 == 63 { b'\n' } else { b'a' + (i % 23) as u8 }).collect()
}

/// A folder of one test's own, gone with it.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (id, n) = (std::process::id(), NEXT.fetch_add(1, Relaxed));
        let place = std::env::temp_dir().join(format!("nng-peers-{id}-{n}-{name}"));
        std::fs::create_dir_all(&place).unwrap();
        Folder(place)
    }

    pub fn write(&self, name: &str, content: &[u8]) -> String {
        let place = self.0.join(name);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, content).unwrap();
        place.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
