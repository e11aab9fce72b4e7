//! Hostile peers: raw sockets that attack every protocol over tcp and ipc. 10,000 random streams
//! (100 a round, two transports), lying lengths, broken greetings.
#[path = "../capi-tests/stress/harness.rs"]
mod harness;

fn hostile(name: &str, args: &[&str]) {
    let source = harness::root().join("capi-tests/hostile").join(format!("{name}.c"));
    let program = harness::compile(&source);
    let mut all = vec!["--patience", "20", "--seconds", "1"];
    all.extend(args);
    harness::succeeds(&program, &all);
}

#[test]
fn random_streams() {
    hostile("01_random_streams", &["--rounds", "50"]);
}

#[test]
fn lying_lengths() {
    hostile("02_lengths", &[]);
}

#[test]
fn broken_greetings() {
    hostile("03_greetings", &[]);
}

#[test]
fn strangers_at_secure_listeners() {
    hostile("04_secure_peers", &[]);
}
