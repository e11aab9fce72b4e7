//! Servers and clients over loopback.
#![forbid(unsafe_code)]

use super::Body;
use super::client::{Client, transact};
use super::conn::Conn;
use super::handler::Handler;
use super::message::{CONTENT_TYPE, Request, Response};
use super::server::Server;
use super::transfer::{SharedRequest, SharedResponse};
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Url};
use crate::rt::Aio;
use crate::rt::aio::Timeout;
use crate::tls::{Config, Mode};
use parking_lot::Mutex;
use std::ffi::{CStr, CString};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn served(scheme: &str, handlers: &[Arc<Handler>]) -> (Arc<Server>, String) {
    let server = Server::hold(&Url::parse(&format!("{scheme}://127.0.0.1:0")).unwrap()).unwrap();
    for handler in handlers {
        server.add_handler(handler.clone()).unwrap();
    }
    if scheme == "https" {
        let pem = CString::new(include_str!("../tls/testdata/server.pem")).unwrap();
        let config = Config::new(Mode::Server).unwrap();
        config.own_cert(&pem, &pem, None).unwrap();
        server.set_tls(config).unwrap();
    }
    server.start().unwrap();
    let Ok(Value::Int(port)) = server.get_option(options::TCP_BOUND_PORT, Type::Int) else {
        panic!("no port")
    };
    (server, format!("{scheme}://127.0.0.1:{port}"))
}

fn client(url: &str) -> Client {
    let client = Client::new(&Url::parse(url).unwrap()).unwrap();
    if url.starts_with("https") {
        let pem = CString::new(include_str!("../tls/testdata/ca.pem")).unwrap();
        client.tls().unwrap().ca_chain(&pem, None).unwrap();
    }
    client
}

fn request(method: &CStr, uri: &CStr, body: &[u8]) -> SharedRequest {
    let mut req = Request::new();
    req.set_method(Some(method)).unwrap();
    req.set_uri(Some(uri)).unwrap();
    req.headers.set(c"Host", c"127.0.0.1").unwrap();
    if !body.is_empty() {
        req.set_data(Body::Owned(body.to_vec()));
    }
    Arc::new(Mutex::new(req))
}

fn ask(client: &Client, method: &CStr, uri: &CStr, body: &[u8]) -> Result<SharedResponse, Error> {
    let aio = Aio::new();
    let res: SharedResponse = Arc::default();
    let op = aio.begin(Timeout::Ms(10_000)).unwrap();
    client.transact(op, request(method, uri, body), res.clone());
    aio.wait();
    aio.result().map_or(Ok(res), Err)
}

fn status_of(client: &Client, method: &CStr, uri: &CStr) -> u16 {
    ask(client, method, uri, b"").unwrap().lock().status()
}

fn echo() -> Arc<Handler> {
    let handler = Handler::new(
        "/echo",
        Arc::new(|call| {
            let body = call.req.lock().body.clone();
            let mut res = Response::new();
            res.set_data(body);
            call.answer(res);
        }),
    );
    handler.set_method(Some("POST")).unwrap();
    handler
}

fn fixed(uri: &str, text: &str) -> Arc<Handler> {
    Handler::fixed(uri, text.into(), Some(c"text/plain".into()))
}

/// Sends raw bytes and reads until the server closes or is silent.
fn raw(url: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut out = Vec::new();
    let _ = stream.read_to_end(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn first_line(s: &str) -> &str {
    s.lines().next().unwrap_or_default()
}

#[test]
fn transactions() {
    for scheme in ["http", "https"] {
        let (_server, url) = served(scheme, &[fixed("/a", "hello"), echo()]);
        let client = client(&url);
        let res = ask(&client, c"GET", c"/a?x=y", b"").unwrap();
        assert_eq!(res.lock().status(), 200);
        assert_eq!(res.lock().headers.get(CONTENT_TYPE), Some(c"text/plain"));
        assert_eq!(res.lock().body.as_bytes(), b"hello");
        let res = ask(&client, c"HEAD", c"/a", b"").unwrap();
        assert_eq!(res.lock().headers.get(c"Content-Length"), Some(c"5"));
        assert!(res.lock().body.is_empty());
        let big: Vec<u8> = (0..1_000_000u32).map(|i| i as u8).collect();
        let res = ask(&client, c"POST", c"/echo", &big).unwrap();
        assert!(res.lock().body.as_bytes() == big);
        assert_eq!(status_of(&client, c"GET", c"/b"), 404);
        assert_eq!(status_of(&client, c"PUT", c"/a"), 405);
    }
}

#[test]
fn one_connection_for_several_transactions() {
    let (_server, url) = served("http", &[fixed("/a", "hello"), echo()]);
    let client = client(&url);
    let aio = Aio::new();
    static MADE: Mutex<Option<Arc<Conn>>> = Mutex::new(None);
    let keep = |conn| {
        *MADE.lock() = Some(conn);
        1
    };
    client.connect(aio.begin(Timeout::Ms(10_000)).unwrap(), keep);
    aio.wait();
    assert_eq!((aio.result(), aio.output(0)), (None, 1));
    let conn = MADE.lock().take().unwrap();
    for body in [&b"one"[..], b"two"] {
        let res: SharedResponse = Arc::default();
        let op = aio.begin(Timeout::Ms(10_000)).unwrap();
        transact(conn.clone(), op, request(c"POST", c"/echo", body), res.clone());
        aio.wait();
        assert_eq!(aio.result(), None);
        assert_eq!(res.lock().body.as_bytes(), body);
    }
    let addr = conn.get_option(options::REMADDR, Type::Addr);
    assert!(matches!(addr, Ok(Value::Addr(_))));
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let (_server, url) = served("http", &[fixed("/a", "hello"), echo()]);
    let mut bytes = Vec::new();
    for i in 0..1000 {
        let body = format!("{i:04}");
        bytes.extend_from_slice(b"GET /none HTTP/1.1\r\nHost: x\r\n\r\n");
        bytes.extend_from_slice(
            format!("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n{body}").as_bytes(),
        );
    }
    bytes.extend_from_slice(b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let answers = raw(&url, &bytes);
    assert_eq!(answers.matches("HTTP/1.1 404").count(), 1000);
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 1001);
    assert!(answers.ends_with("hello"));
    let order: Vec<usize> =
        (0..1000).filter_map(|i| answers.find(&format!("\r\n\r\n{i:04}"))).collect();
    assert!(order.len() == 1000 && order.is_sorted());
}

#[test]
fn chunked_requests() {
    let (_server, url) = served("http", &[echo()]);
    let head =
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    let answer = raw(&url, format!("{head}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").as_bytes());
    assert!(answer.ends_with("abcde"), "{answer}");
    let answer = raw(&url, format!("{head}FFFFFFFFFFFFFFFF\r\n").as_bytes());
    assert_eq!(first_line(&answer), "HTTP/1.1 413 Payload Too Large");
    let answer = raw(&url, format!("{head}zz\r\n").as_bytes());
    assert_eq!(first_line(&answer), "HTTP/1.1 400 Bad Request");
}

#[test]
fn refusals_close_the_connection() {
    let (server, url) = served("http", &[echo(), fixed("/a", "hello")]);
    let began = Instant::now();
    for (bytes, status) in [
        ("GET /a HTTP/1.1\r\n\r\n GET", "400"),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400"),
        ("POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nGET /a", "404"),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n", "413"),
        ("GET /a HTTP/3.0\r\n\r\n", "505"),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x\r\n\r\n", "501"),
        ("GET /%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "400"),
        ("\n\n\n", "400"),
    ] {
        let answer = raw(&url, bytes.as_bytes());
        assert_eq!(first_line(&answer).split(' ').nth(1), Some(status), "{bytes:?} {answer:?}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    }
    // The client sees the end while the server still reads what it may be sending.
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    server.set_error_page(404, b"<p>my page</p>".to_vec());
    assert!(raw(&url, b"GET /none HTTP/1.0\r\n\r\n").ends_with("<p>my page</p>"));
}

#[test]
fn which_handler() {
    let tree = fixed("/t", "tree");
    tree.set_tree(false).unwrap();
    let inner = fixed("/t/in", "inner");
    let hosted = fixed("/h", "hosted");
    hosted.set_host(Some("example.org")).unwrap();
    let root = fixed("/", "root");
    let (server, url) = served("http", &[tree.clone(), inner, hosted, root]);
    let get = |uri: &str, host: &str| {
        let answer = raw(
            &url,
            format!("GET {uri} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes(),
        );
        answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned()
    };
    for (uri, host, text) in [
        ("/", "x", "root"),
        ("/t", "x", "tree"),
        ("/t/", "x", "tree"),
        ("/t/a/b", "x", "tree"),
        ("/t/in", "x", "inner"),
        ("/%74/in", "x", "inner"),
        ("http://x/t/in", "x", "inner"),
        ("/t/in/a", "x", "tree"),
        ("/h", "example.org", "hosted"),
        ("/h", "EXAMPLE.org:80", "hosted"),
        ("/h", "example.org.", "hosted"),
    ] {
        assert_eq!(get(uri, host), text, "{uri} {host}");
    }
    assert!(get("/tx", "x").contains("404"));
    assert!(get("/h", "example.orgs").contains("404"));
    assert_eq!(server.add_handler(fixed("/t", "again")), Err(Error::ADDRINUSE));
    assert_eq!(server.add_handler(fixed("t", "no slash")), Err(Error::INVAL));
    assert_eq!(tree.set_tree(true), Err(Error::BUSY));
    assert_eq!(tree.set_method(None), Err(Error::BUSY));
    assert!(server.remove_handler(&tree).is_ok());
    assert_eq!(server.remove_handler(&tree).err(), Some(Error::NOENT));
    assert!(get("/t", "x").contains("404"));
    let exclusive = fixed("/t", "exclusive");
    exclusive.set_tree(true).unwrap();
    assert_eq!(server.add_handler(exclusive), Err(Error::ADDRINUSE));
}

#[test]
fn files_and_redirects() {
    let dir = std::env::temp_dir().join(format!("nng-http-{}", std::process::id()));
    std::fs::create_dir_all(dir.join("sub")).unwrap();
    std::fs::write(dir.join("index.html"), "the index").unwrap();
    std::fs::write(dir.join("a b.txt"), "a file").unwrap();
    let (_server, url) = served(
        "http",
        &[
            Handler::directory("/dir", dir.as_os_str()),
            Handler::file("/file.txt", dir.join("a b.txt").as_os_str()),
            Handler::file("/gone", dir.join("gone").as_os_str()),
            Handler::redirect("/old", 0, "http://127.0.0.1/new"),
        ],
    );
    let client = client(&url);
    let get = |uri| {
        let res = ask(&client, c"GET", uri, b"").unwrap();
        let res = res.lock();
        let ty = res.headers.get(CONTENT_TYPE).map(|t| t.to_string_lossy().into_owned());
        (
            res.status(),
            ty.unwrap_or_default(),
            String::from_utf8_lossy(res.body.as_bytes()).into_owned(),
        )
    };
    assert_eq!(get(c"/dir"), (200, "text/html".into(), "the index".into()));
    assert_eq!(get(c"/dir/a%20b.txt?x"), (200, "text/plain".into(), "a file".into()));
    assert_eq!(get(c"/file.txt"), (200, "text/plain".into(), "a file".into()));
    for uri in [c"/dir/none", c"/dir/sub", c"/dir/../x", c"/dir/%2e%2e/%2e%2e/etc/passwd", c"/gone"]
    {
        assert_eq!(get(uri).0, 404, "{uri:?}");
    }
    let res = ask(&client, c"POST", c"/old", b"").unwrap();
    assert_eq!(res.lock().status(), 301);
    assert_eq!(res.lock().headers.get(c"Location"), Some(c"http://127.0.0.1/new"));
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn stopping_interrupts_handlers_and_clients() {
    let (tell, told) = std::sync::mpsc::channel();
    let tell = Mutex::new(tell);
    let stuck = Handler::new(
        "/stuck",
        Arc::new(move |call| {
            let (hook, tell) = (call.on_close.clone(), tell.lock().clone());
            let held = Mutex::new(Some(call));
            hook.set(move || {
                held.lock().take();
                tell.send(()).unwrap();
            });
            // The client is known to wait now.
        }),
    );
    let (server, url) = served("http", &[stuck]);
    let client = client(&url);
    let aio = Aio::new();
    let res: SharedResponse = Arc::default();
    client.transact(aio.begin(Timeout::Infinite).unwrap(), request(c"GET", c"/stuck", b""), res);
    let mut silent = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    silent.write_all(b"GET /stu").unwrap();
    while server_is_idle(&server) {
        std::thread::yield_now();
    }
    server.stop();
    told.recv_timeout(Duration::from_secs(10)).unwrap();
    aio.wait();
    assert!(aio.result().is_some());
    // A reset, if the server had not yet read what we sent.
    let end = silent.read(&mut [0; 1]).map_err(|e| e.kind());
    assert!(matches!(end, Ok(0) | Err(ErrorKind::ConnectionReset)), "{end:?}");
    assert_eq!(server.start(), Err(Error::CLOSED));
}

fn server_is_idle(server: &Server) -> bool {
    server.handling() == 0
}

#[test]
fn cancelled_transactions() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = client(&url);
    let aio = Aio::new();
    let begin = |timeout| {
        let op = aio.begin(timeout).unwrap();
        client.transact(op, request(c"GET", c"/", b""), Arc::default());
    };
    begin(Timeout::Ms(50));
    aio.wait();
    assert_eq!(aio.result(), Some(Error::TIMEDOUT));
    begin(Timeout::Infinite);
    aio.abort(Error::CANCELED);
    aio.wait();
    assert_eq!(aio.result(), Some(Error::CANCELED));
    drop(listener);
    begin(Timeout::Infinite);
    aio.wait();
    assert_eq!(aio.result(), Some(Error::CONNREFUSED));
}

#[test]
fn servers_are_shared_by_address() {
    let (server, url) = served("http", &[]);
    let url = Url::parse(&url).unwrap();
    let again = Server::hold(&url).unwrap();
    assert!(Arc::ptr_eq(&server, &again));
    again.start().unwrap();
    again.stop();
    assert!(TcpStream::connect(format!("127.0.0.1:{}", url.port())).is_ok());
    again.stop();
    let fresh = Server::hold(&url).unwrap();
    assert!(!Arc::ptr_eq(&server, &fresh));
    assert_eq!(fresh.set_tls(Config::new(Mode::Server).unwrap()), Err(Error::NOTSUP));
}
