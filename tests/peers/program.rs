//! Programs that run beside a test and are spoken with line by line.
use crate::harness;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

pub struct Program {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    complaints: Option<std::thread::JoinHandle<String>>,
}

impl Program {
    pub fn start(command: &mut Command) -> Program {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{command:?}: {e}"));
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        let mut err = child.stderr.take().unwrap();
        let complaints = std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = err.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        let stdin = child.stdin.take();
        Program { child, stdin, lines, complaints: Some(complaints) }
    }

    /// The next line of its output.
    pub fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap_or_else(|e| format!("(no line: {e})"))
    }

    /// The port from its "ready" line.
    pub fn port(&self) -> u16 {
        let line = self.line();
        let port = line.strip_prefix("ready ").and_then(|p| p.parse().ok());
        port.unwrap_or_else(|| panic!("not ready: {line}"))
    }

    pub fn say(&mut self, text: &[u8]) {
        // Who has ended does not listen; what it said before tells why.
        let _ = self.stdin.as_mut().unwrap().write_all(text);
    }

    /// Ends its input and waits; its status and what it complained of.
    pub fn end(mut self) -> (ExitStatus, String) {
        drop(self.stdin.take());
        let until = Instant::now() + PATIENCE;
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None if Instant::now() > until => panic!("{:?} does not end", self.child),
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        (status, self.complaints.take().unwrap().join().unwrap())
    }

    /// Its next line, or what another program says first.
    pub fn line_or_end_of(&self, other: &Program) -> Result<String, String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let (_, mine) = (assert!(Instant::now() < until, "silence"), self.lines.try_recv());
            match (mine, other.lines.recv_timeout(Duration::from_millis(5))) {
                (Ok(line), _) => return Ok(line),
                (_, Ok(line)) => return Err(line),
                _ => {}
            }
        }
    }

    /// Ends it at once; what it complained of.
    pub fn end_now(&mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.complaints.take().map(|c| c.join().unwrap()).unwrap_or_default()
    }

    pub fn ends_well(self) {
        let (status, complaints) = self.end();
        assert!(status.success(), "{status}: {complaints}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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

/// Waits until somebody listens.
pub fn await_listener(port: u16) {
    let until = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "nobody listens at {port}");
        std::thread::sleep(Duration::from_millis(20));
    }
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
