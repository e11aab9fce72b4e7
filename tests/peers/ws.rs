//! WebSocket against Python's websockets, as the client and as the server.
use crate::harness::root;
use crate::program::*;
use std::path::PathBuf;
use std::process::Command;

fn script(name: &str) -> PathBuf {
    root().join("capi-tests/interop").join(name)
}

/// Runs one check of ws_client.py at an endpoint of ours.
fn client(check: &str, scheme: &str, listener: &[&str]) -> bool {
    let Some(python) = python_with("websockets") else { return false };
    let (role, words) = listener.split_first().unwrap();
    let cert = format!("cert={}", pem("server.pem"));
    let ours =
        endpoint(&[&[*role, &format!("{scheme}://127.0.0.1:0/here"), &cert], words].concat());
    let url = format!("{scheme}://127.0.0.1:{}/here", ours.port());
    let output = Command::new(python)
        .arg(script("ws_client.py"))
        .args([url.as_str(), check, &pem("ca.pem")])
        .output()
        .unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{check} over {scheme}: {complaints}");
    ours.ends_well();
    true
}

#[test]
fn client_of_a_stream() {
    for scheme in ["ws", "wss"] {
        for (check, listener) in [
            ("stream", &["stream-listen"][..]),
            ("text", &["stream-listen", "text", "recv-text"]),
            ("refuses_text", &["stream-listen"]),
            ("closes", &["stream-listen"]),
            ("too_big", &["stream-listen"]),
            ("protocols", &["stream-listen", "protocol=right"]),
        ] {
            if !client(check, scheme, listener) {
                return;
            }
        }
    }
}

#[test]
fn client_of_a_socket() {
    let _ = client("pair", "ws", &["pair-listen"]) && client("pair", "wss", &["pair-listen"]);
}

/// An endpoint of ours at ws_server.py: what it says, and what the server says of it.
fn server(scheme: &str, path: &str, dialer: &[&str]) -> Option<(Vec<String>, Vec<String>)> {
    let mut command = Command::new(python_with("websockets")?);
    command.arg(script("ws_server.py"));
    if scheme == "wss" {
        command.arg(pem("server.pem"));
    }
    let theirs = Program::start(&mut command);
    let url = format!("{scheme}://127.0.0.1:{}{path}", theirs.port());
    let (role, words) = dialer.split_first().unwrap();
    let ca = format!("ca={}", pem("ca.pem"));
    let ours = endpoint(&[&[*role, &url, &ca, "name=localhost"], words].concat());
    let mut said = vec![ours.line()];
    while said.last().unwrap().starts_with("peer") {
        said.push(ours.line());
    }
    let connected = theirs.line();
    let ok = said.last().unwrap() == "ok";
    let (status, complaints) = ours.end();
    assert_eq!(status.map(|s| s.success()), Some(ok), "{complaints}");
    let told = vec![connected, theirs.line()];
    theirs.ends_well();
    Some((said, told))
}

#[test]
fn stream_at_a_server() {
    for scheme in ["ws", "wss"] {
        let ok = if scheme == "ws" { vec!["ok"] } else { vec!["peer verified server", "ok"] };
        for (path, dialer, connected, closed) in [
            ("/", &["stream-dial", "send=1000000", "recv=1000000"][..], "None None", "1000 bytes"),
            (
                "/a?b=c",
                &["stream-dial", "send=1", "recv=1", "protocol=chat", "header=X-Test:yes"],
                "chat yes",
                "1000 bytes",
            ),
            (
                "/fragments",
                &["stream-dial", "send=70000", "recv=70000", "frame=777", "piece=5000"],
                "None None",
                "1000 bytes",
            ),
            (
                "/pings",
                &["stream-dial", "send=5000", "recv=5000", "piece=1000"],
                "None None",
                "1000 bytes",
            ),
            (
                "/",
                &["stream-dial", "send=5000", "recv=5000", "text", "recv-text"],
                "None None",
                "1000 str",
            ),
        ] {
            let Some((said, told)) = server(scheme, path, dialer) else { return };
            assert_eq!(said, ok, "{scheme} {path} {told:?}");
            let expected = [format!("connected {path} {connected}"), format!("closed {closed}")];
            assert_eq!(told, expected, "{scheme}");
        }
        // A server that closes; what it is answered with is a normal closure.
        let (said, told) = server(scheme, "/closes", &["stream-dial", "send=5", "recv=5"]).unwrap();
        assert_eq!(said, ["recv: Object closed"], "{scheme}");
        assert_eq!(told[1], "closed 1000 bytes", "{scheme}");
        let (said, _) = server(scheme, "/", &["stream-dial", "protocol=unheard-of"]).unwrap();
        assert_eq!(said, ["dial: Protocol error"], "{scheme}");
    }
}

#[test]
fn socket_at_a_server() {
    for scheme in ["ws", "wss"] {
        for path in ["/", "/fragments", "/pings"] {
            let Some((said, told)) = server(scheme, path, &["pair-dial"]) else { return };
            assert_eq!(said, ["ok"], "{scheme} {path} {told:?}");
            let connected = format!("connected {path} pair.sp.nanomsg.org None");
            assert_eq!(told, [connected.as_str(), "closed 1000 bytes"], "{scheme}");
        }
    }
}
