//! Programs that run beside a test and are spoken with line by line.
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A running program, which goes with this.
pub struct Program {
    child: Child,
    stdin: Option<ChildStdin>,
    /// What it prints; disconnected when it has ended.
    pub lines: Receiver<String>,
    complaints: Option<JoinHandle<String>>,
    /// How long it may keep silent, or take to end.
    pub patience: Duration,
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
        let patience = Duration::from_secs(30);
        Program { child, stdin, lines, complaints: Some(complaints), patience }
    }

    /// The next line of its output.
    pub fn line(&self) -> String {
        self.lines.recv_timeout(self.patience).unwrap_or_else(|e| format!("(no line: {e})"))
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

    /// Its next line, or what another program says first.
    pub fn line_or_end_of(&self, other: &Program) -> Result<String, String> {
        let until = Instant::now() + self.patience;
        loop {
            let (_, mine) = (assert!(Instant::now() < until, "silence"), self.lines.try_recv());
            match (mine, other.lines.recv_timeout(Duration::from_millis(5))) {
                (Ok(line), _) => return Ok(line),
                (_, Ok(line)) => return Err(line),
                _ => {}
            }
        }
    }

    /// Ends its input and waits; its status, if it ends, and what it complained of.
    pub fn end(mut self) -> (Option<ExitStatus>, String) {
        drop(self.stdin.take());
        let until = Instant::now() + self.patience;
        let has_ended = loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(_) => {}
                Err(why) => break why == RecvTimeoutError::Disconnected,
            }
        };
        let status = has_ended.then(|| self.child.wait().unwrap());
        (status, self.end_now())
    }

    /// Ends it at once; what it complained of.
    pub fn end_now(&mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.complaints.take().map(|c| c.join().unwrap()).unwrap_or_default()
    }

    pub fn ends_well(self) {
        let (status, complaints) = self.end();
        assert!(status.is_some_and(|s| s.success()), "{status:?}: {complaints}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let complaints = self.end_now();
        if std::thread::panicking() {
            eprint!("{complaints}");
        }
    }
}
