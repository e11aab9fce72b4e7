//! Peers on different networks (two network namespaces and a cable): the cable is cut, packets
//! are lost, a peer goes without a word, and what a protocol promises holds all the same.
//! Needs root, `ip` (iproute2) and for some `nft` (nftables); says so where it cannot run.
#[path = "../capi-tests/stress/harness.rs"]
mod harness;

use harness::program::Program;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::{Duration, Instant};

fn peer_program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| harness::compile(&harness::root().join("capi-tests/namespaces/peer.c")))
}

fn try_run(command: &str) -> Result<(), String> {
    let mut words = command.split_whitespace();
    let output = Command::new(words.next().unwrap()).args(words).output();
    let output = output.map_err(|e| format!("{command}: {e}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{command}: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}

fn run(command: &str) {
    try_run(command).unwrap();
}

const PREFIX: &str = "nngt";
const HERE: &str = "10.77.0.1";
const THERE: &str = "10.77.0.2";

/// Two networks with a cable between them.
struct Networks {
    here: String,
    there: String,
}

impl Networks {
    /// `None`, and a word about it, where networks cannot be made.
    fn new() -> Option<Networks> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        remove_stale();
        let name = format!("{PREFIX}-{}-{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
        let nets = Networks { here: format!("{name}-a"), there: format!("{name}-b") };
        if let Err(why) = try_run(&format!("ip netns add {}", nets.here)) {
            eprintln!("not run: no network namespaces here ({why})");
            return None;
        }
        run(&format!("ip -n {} link set lo up", nets.here));
        nets.lay_cable();
        Some(nets)
    }

    /// Makes the far network, and the cable to it.
    fn lay_cable(&self) {
        let Networks { here, there } = self;
        run(&format!("ip netns add {there}"));
        run(&format!("ip -n {there} link set lo up"));
        run(&format!("ip -n {here} link add cable type veth peer name cable netns {there}"));
        for (net, addr) in [(here, HERE), (there, THERE)] {
            run(&format!("ip -n {net} addr add {addr}/24 dev cable"));
            run(&format!("ip -n {net} link set cable up"));
        }
    }

    /// The far network goes, and whoever spoke to it is not told.
    fn lose_there(&self) {
        self.ip_here("link del cable");
        run(&format!("ip netns del {}", self.there));
    }

    fn ip_here(&self, command: &str) {
        run(&format!("ip -n {} {command}", self.here));
    }

    fn nft_here(&self, command: &str) -> bool {
        let command = format!("ip netns exec {} nft {command}", self.here);
        match try_run(&command) {
            Ok(()) => true,
            Err(why) => {
                eprintln!("not run: no packet filter here ({why})");
                false
            }
        }
    }

    /// Drops what `rule` matches, in both directions; false where there is no packet filter.
    fn drop_packets(&self, rule: &str) -> bool {
        self.nft_here("add table inet t")
            && ["input", "output"].iter().all(|hook| {
                let chain = format!("{{ type filter hook {hook} priority 0 ; }}");
                self.nft_here(&format!("add chain inet t {hook} {chain}"))
                    && self.nft_here(&format!("add rule inet t {hook} oifname != lo {rule} drop"))
            })
    }

    fn drop_no_more(&self) {
        assert!(self.nft_here("delete table inet t"));
    }

    fn peer_here(&self, args: &str) -> Peer {
        Peer::start(Some(&self.here), args)
    }

    fn peer_there(&self, args: &str) -> Peer {
        Peer::start(Some(&self.there), args)
    }
}

impl Drop for Networks {
    fn drop(&mut self) {
        for net in [&self.here, &self.there] {
            let _ = try_run(&format!("ip netns del {net}"));
        }
    }
}

/// What earlier runs left that were killed.
fn remove_stale() {
    let Ok(entries) = std::fs::read_dir("/run/netns") else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().into_string().unwrap_or_default();
        let mut parts = name.split('-');
        if parts.next() == Some(PREFIX)
            && let Some(pid) = parts.next()
            && !std::path::Path::new("/proc").join(pid).exists()
        {
            let _ = try_run(&format!("ip netns del {name}"));
        }
    }
}

/// A running `capi-tests/namespaces/peer.c`.
struct Peer {
    args: String,
    program: Program,
    done: u32,
}

const PATIENCE: Duration = Duration::from_secs(60);

impl Peer {
    fn start(network: Option<&str>, args: &str) -> Peer {
        let mut command = match network {
            Some(name) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", name]).arg(peer_program());
                command
            }
            None => Command::new(peer_program()),
        };
        command.args(args.split_whitespace()).env("LD_LIBRARY_PATH", harness::library());
        Peer { args: args.into(), program: Program::start(&mut command), done: 0 }
    }

    fn note(&mut self, line: &str) {
        if let Some(n) = line.strip_prefix("done ") {
            self.done = n.parse().unwrap();
        }
    }

    /// Waits for a line that begins like this.
    fn says(&mut self, begin: &str, within: Duration) -> bool {
        let until = Instant::now() + within;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.program.lines.recv_timeout(left) {
                Ok(line) if line.starts_with(begin) => return true,
                Ok(line) => self.note(&line),
                Err(RecvTimeoutError::Timeout) => return false,
                Err(RecvTimeoutError::Disconnected) => panic!("{} has ended", self.args),
            }
        }
    }

    fn must_say(&mut self, begin: &str) {
        assert!(self.says(begin, PATIENCE), "{} never said {begin}; done {}", self.args, self.done);
    }

    /// How far it is now.
    fn progress(&mut self) -> u32 {
        while let Ok(line) = self.program.lines.try_recv() {
            self.note(&line);
        }
        self.done
    }

    /// Waits until it has got so much further.
    fn advances(&mut self, by: u32) {
        let from = self.progress();
        while self.done < from + by {
            match self.program.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.note(&line),
                Err(why) => panic!("{} stays at {}: {why}", self.args, self.done),
            }
        }
    }

    /// Checks that it gets nowhere, once what was on its way has come.
    fn stalls(&mut self) {
        thread::sleep(Duration::from_millis(150));
        let before = self.progress();
        thread::sleep(Duration::from_millis(500));
        assert_eq!(self.progress(), before, "{} goes on over a cut cable", self.args);
    }

    fn kill(mut self) {
        self.program.end_now();
    }
}

/// Requests are made one after another, and each waits for its own answer: going on at all means
/// that none was lost.
#[test]
fn requests_outlive_cut_cables() {
    let Some(nets) = Networks::new() else { return };
    let _rep = nets.peer_there("rep listen tcp://10.77.0.2:7000");
    let mut req = nets.peer_here("req dial tcp://10.77.0.2:7000 1000000000 300");
    req.advances(50);
    let cuts = [
        ("link set cable down", "link set cable up"),
        ("addr del 10.77.0.1/24 dev cable", "addr add 10.77.0.1/24 dev cable"),
        ("route add blackhole 10.77.0.2/32", "route del blackhole 10.77.0.2/32"),
    ];
    for (cut, mend) in cuts {
        nets.ip_here(cut);
        req.stalls();
        nets.ip_here(mend);
        req.advances(50);
    }
    if nets.drop_packets("") {
        req.stalls();
        nets.drop_no_more();
        req.advances(50);
    }
}

#[test]
fn requests_outlive_lost_packets() {
    let Some(nets) = Networks::new() else { return };
    if nets.drop_packets("numgen random mod 100 < 8") {
        let _rep = nets.peer_there("rep listen tcp://10.77.0.2:7000");
        let mut req = nets.peer_here("req dial tcp://10.77.0.2:7000 150 300");
        req.must_say("all is done");
    }
}

#[test]
fn messages_stay_in_order_over_lost_packets() {
    let Some(nets) = Networks::new() else { return };
    if nets.drop_packets("numgen random mod 100 < 8") {
        let mut take = nets.peer_there("take listen tcp://10.77.0.2:7000 2000");
        let mut pull = nets.peer_there("pull listen tcp://10.77.0.2:7001 2000");
        let _give = nets.peer_here("give dial tcp://10.77.0.2:7000 2000");
        let _push = nets.peer_here("push dial tcp://10.77.0.2:7001 2000");
        take.must_say("all is done");
        pull.must_say("all is done");
    }
}

/// The connection is half open: the other side is gone without a word, another comes in its place.
/// What was on its way, or the request made again, finds that out.
#[test]
fn a_peer_is_replaced_unheard() {
    let Some(nets) = Networks::new() else { return };
    let rep = nets.peer_there("rep listen tcp://10.77.0.2:7000");
    let mut req = nets.peer_here("req dial tcp://10.77.0.2:7000 1000000000 1500");
    req.advances(50);
    nets.ip_here("link set cable down");
    rep.kill();
    nets.lose_there();
    req.stalls();
    nets.lay_cable();
    let _rep = nets.peer_there("rep listen tcp://10.77.0.2:7000");
    req.must_say("pipe gone");
    req.advances(50);
}

/// Half-open connections are found by keep-alive, and by nothing else while nothing is sent.
#[test]
fn keep_alive_finds_half_open_connections() {
    let Some(nets) = Networks::new() else { return };
    for (name, seconds) in [("time", 1), ("intvl", 1), ("probes", 2)] {
        let write = format!("net.ipv4.tcp_keepalive_{name}={seconds}");
        run(&format!("ip netns exec {} sysctl -q -w {write}", nets.here));
    }
    let mut watches = Vec::new();
    for (port, keep_alive) in [(7000, 1), (7001, 0)] {
        watches.push(nets.peer_here(&format!("watch listen tcp://{HERE}:{port} 0 {keep_alive}")));
        watches[port - 7000].must_say("ready");
    }
    let _pushes = [
        nets.peer_there("push dial tcp://10.77.0.1:7000 0"),
        nets.peer_there("push dial tcp://10.77.0.1:7001 0"),
    ];
    let mut pushes_there = Vec::new();
    for (port, keep_alive) in [(7002, 1), (7003, 0)] {
        pushes_there.push(nets.peer_there(&format!("push listen tcp://{THERE}:{port} 0")));
        watches.push(nets.peer_here(&format!("watch dial tcp://{THERE}:{port} 0 {keep_alive}")));
    }
    for watch in &mut watches {
        watch.must_say("pipe added");
    }
    nets.ip_here("link set cable down");
    for kept in [0, 2] {
        watches[kept].must_say("pipe gone");
    }
    for unaware in [1, 3] {
        assert!(!watches[unaware].says("pipe gone", Duration::from_secs(1)));
    }
    nets.ip_here("link set cable up");
    watches[2].must_say("pipe added");
}

#[test]
fn dialers_come_back() {
    let Some(nets) = Networks::new() else { return };
    nets.ip_here("link set cable down");
    let mut req = nets.peer_here("req dial tcp://10.77.0.2:7000 1000000000 60000");
    req.must_say("ready");
    nets.ip_here("link set cable up");
    for round in 0..8 {
        let rep = nets.peer_there("rep listen tcp://10.77.0.2:7000");
        req.advances(50);
        if round % 2 == 0 {
            rep.kill();
        } else {
            nets.ip_here("link set cable down");
            rep.kill();
            nets.ip_here("link set cable up");
        }
    }
}

/// A replier behind a cut costs a request its resend time, and no more.
#[test]
fn requests_go_elsewhere() {
    let Some(nets) = Networks::new() else { return };
    let mut rep = [0, 1].map(|n| nets.peer_there(&format!("rep listen tcp://{THERE}:700{n}")));
    for rep in &mut rep {
        rep.must_say("ready");
    }
    let url = "tcp://10.77.0.2:7000,tcp://10.77.0.2:7001";
    let mut req = nets.peer_here(&format!("req dial {url} 1000000000 200"));
    for rep in &mut rep {
        rep.must_say("served");
    }
    if nets.drop_packets("tcp dport 7001") {
        req.advances(20);
        nets.drop_no_more();
        rep[1].progress();
        rep[1].must_say("served");
    }
}

/// Who publishes is not held up by who cannot hear, and is heard again afterwards.
#[test]
fn publishers_do_not_wait() {
    let Some(nets) = Networks::new() else { return };
    let mut near = nets.peer_here("sub dial tcp://10.77.0.1:7000 1000000000");
    let _publisher = nets.peer_here("pub listen tcp://10.77.0.1:7000 0 2");
    let mut far = nets.peer_there("sub dial tcp://10.77.0.1:7000 1000000000");
    far.advances(20);
    nets.ip_here("link set cable down");
    far.stalls();
    near.advances(300);
    nets.ip_here("link set cable up");
    far.advances(20);
}

/// A way between peers that is slow, stops at times, and breaks connections.
fn bad_road(to: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for (count, near) in listener.incoming().map_while(Result::ok).enumerate() {
            let Ok(far) = TcpStream::connect(&to) else { continue };
            // Each connection lives a little longer than the one before.
            let most = 2_000 + 7_001 * count;
            for (mut from, mut to) in [
                (near.try_clone().unwrap(), far.try_clone().unwrap()),
                (far.try_clone().unwrap(), near.try_clone().unwrap()),
            ] {
                thread::spawn(move || {
                    let (mut buf, mut carried) = ([0; 1400], 0);
                    while let Ok(n @ 1..) = from.read(&mut buf) {
                        carried += n;
                        let stop = if carried % 13 == 0 { 400 } else { 5 };
                        thread::sleep(Duration::from_millis(stop));
                        if carried > most || to.write_all(&buf[..n]).is_err() {
                            break;
                        }
                    }
                    for end in [&from, &to] {
                        let _ = end.shutdown(std::net::Shutdown::Both);
                    }
                });
            }
        }
    });
    address
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn requests_survive_a_bad_road() {
    let target = format!("127.0.0.1:{}", free_port());
    let mut rep = Peer::start(None, &format!("rep listen tcp://{target}"));
    rep.must_say("ready");
    let road = bad_road(target);
    let mut req = Peer::start(None, &format!("req dial tcp://{road} 100 60000"));
    let from = Instant::now();
    req.must_say("all is done");
    assert!(from.elapsed() < Duration::from_secs(55), "a request waited for its minute");
}
