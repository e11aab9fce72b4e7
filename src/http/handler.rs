//! Handlers: which requests they are for, and those that the library brings.
#![forbid(unsafe_code)]

use super::body::{Body, Lent};
use super::conn::Conn;
use super::message::{CONNECTION, CONTENT_TYPE, Request, Response};
use super::transfer::{SharedRequest, SharedResponse};
use super::{mime, status};
use crate::base::url::percent_decode;
use crate::base::{Error, Result};
use crate::rt::Promise;
use parking_lot::Mutex;
use std::ffi::{CString, OsStr};
use std::fs;
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::*};

/// A request that a handler is to answer.
pub struct Call {
    pub req: SharedRequest,
    pub conn: Arc<Conn>,
    pub handler: Arc<Handler>,
    /// Kept with the answer; without one when the handler has answered by itself or has
    /// hijacked the connection. An error closes the connection.
    pub reply: Promise<Option<SharedResponse>>,
    /// Takes what is to be called when the server closes the connection before the reply.
    pub on_close: OnClose,
}

/// Where a handler leaves what interrupts it.
#[derive(Clone, Default)]
pub struct OnClose(Arc<Mutex<Interrupt>>);

#[derive(Default)]
struct Interrupt {
    closed: bool,
    call: Option<Box<dyn FnOnce() + Send>>,
}

impl OnClose {
    /// Calls `f` once when the connection is closed, perhaps now.
    pub fn set(&self, f: impl FnOnce() + Send + 'static) {
        let mut st = self.0.lock();
        if st.closed {
            drop(st);
            return f();
        }
        st.call = Some(Box::new(f));
    }

    pub fn clear(&self) {
        self.0.lock().call = None;
    }

    pub fn close(&self) {
        let call = {
            let mut st = self.0.lock();
            st.closed = true;
            st.call.take()
        };
        if let Some(call) = call {
            call();
        }
    }
}

/// What a handler does. Called on a task thread, where it may take its time.
pub type Action = Arc<dyn Fn(Call) + Send + Sync>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Any,
    Ip(IpAddr),
    Name(String),
}

#[derive(Clone)]
pub struct Rules {
    method: Option<String>,
    host: Host,
    tree: bool,
    exclusive: bool,
    collect: bool,
    most: usize,
}

pub struct Handler {
    /// Without the slash at its end; the root is empty.
    uri: String,
    action: Action,
    rules: Mutex<Rules>,
    /// Added to a server: its rules stay as they are.
    busy: AtomicBool,
    /// A value that the program keeps here.
    data: Mutex<Data>,
}

#[derive(Default)]
struct Data {
    value: usize,
    release: Option<Box<dyn FnOnce(usize) + Send>>,
}

/// Unless told otherwise, data up to this is collected.
const MOST_BODY: usize = 1024 * 1024;

impl Handler {
    pub fn new(uri: &str, action: Action) -> Arc<Handler> {
        Handler::build(uri, Some("GET"), false, true, MOST_BODY, action)
    }

    fn build(
        uri: &str,
        method: Option<&str>,
        tree: bool,
        collect: bool,
        most: usize,
        action: Action,
    ) -> Arc<Handler> {
        let rules = Rules {
            method: method.map(str::to_owned),
            host: Host::Any,
            tree,
            exclusive: tree,
            collect,
            most,
        };
        Arc::new(Handler {
            uri: if uri == "/" { String::new() } else { uri.to_owned() },
            action,
            rules: Mutex::new(rules),
            busy: AtomicBool::new(false),
            data: Mutex::default(),
        })
    }

    /// Serves one file; the content type goes by its name.
    pub fn file(uri: &str, path: &OsStr) -> Arc<Handler> {
        let path = PathBuf::from(path);
        let action = move |call: Call| call.answer(file_response(&path));
        Handler::build(uri, Some("GET"), false, true, 0, Arc::new(action))
    }

    /// Serves the files below a directory.
    pub fn directory(uri: &str, path: &OsStr) -> Arc<Handler> {
        let root = PathBuf::from(path);
        let action = move |call: Call| {
            let base = call.handler.uri.clone();
            let found = request_path(&call.req.lock());
            let file = found.and_then(|path| below(&root, &base, &path));
            call.answer(file.map_or(Response::error(status::NOT_FOUND), |f| file_response(&f)));
        };
        Handler::build(uri, Some("GET"), true, true, 0, Arc::new(action))
    }

    /// Serves `data` as it is.
    pub fn fixed(uri: &str, data: Vec<u8>, content_type: Option<CString>) -> Arc<Handler> {
        let data: Lent = Arc::new(data);
        let action = move |call: Call| {
            let mut res = Response::new();
            let ty = content_type.as_deref().unwrap_or(c"application/octet-stream");
            let _ = res.headers.set(CONTENT_TYPE, ty);
            res.set_data(Body::Lent(data.clone()));
            call.answer(res);
        };
        Handler::build(uri, Some("GET"), false, true, 0, Arc::new(action))
    }

    /// Sends clients elsewhere, with what follows the handler's URI in the request's. Status 0
    /// is 301.
    pub fn redirect(uri: &str, code: u16, to: &str) -> Arc<Handler> {
        let code = if code == 0 { status::MOVED_PERMANENTLY } else { code };
        let to = to.to_owned();
        let action = move |call: Call| {
            let uri = call.req.lock().uri().to_string_lossy().into_owned();
            let base = call.handler.uri();
            let to = format!("{to}{}", uri.strip_prefix(base).unwrap_or_default());
            let shown = status::escaped(&to);
            let text = format!("This has moved to <a href=\"{shown}\">{shown}</a>.");
            let mut res = Response::page(code, &text, false);
            // The next request most likely goes to another server.
            let _ = res.headers.set(CONNECTION, c"close");
            match CString::new(to).map(|to| res.headers.set(c"Location", &to)) {
                Ok(Ok(())) => call.answer(res),
                _ => call.answer(Response::error(status::BAD_REQUEST)),
            }
        };
        Handler::build(uri, None, false, false, 0, Arc::new(action))
    }

    /// The URI that it was made for.
    pub fn uri(&self) -> &str {
        if self.uri.is_empty() { "/" } else { &self.uri }
    }

    fn change(&self, f: impl FnOnce(&mut Rules)) -> Result<()> {
        if self.busy.load(Acquire) {
            return Err(Error::BUSY);
        }
        f(&mut self.rules.lock());
        Ok(())
    }

    /// None is every method.
    pub fn set_method(&self, method: Option<&str>) -> Result<()> {
        self.change(|r| r.method = method.filter(|m| !m.is_empty()).map(str::to_owned))
    }

    /// An empty host, `*` and the unspecified addresses are every host.
    pub fn set_host(&self, host: Option<&str>) -> Result<()> {
        let host = match host {
            None | Some("" | "*") => Host::Any,
            Some(host) => match host.parse::<IpAddr>() {
                Ok(ip) if ip.is_unspecified() => Host::Any,
                Ok(ip) => Host::Ip(ip),
                Err(_) => Host::Name(host.to_owned()),
            },
        };
        self.change(|r| r.host = host)
    }

    /// Whether URIs below the handler's are its as well.
    pub fn set_tree(&self, exclusive: bool) -> Result<()> {
        self.change(|r| {
            r.tree = true;
            r.exclusive = exclusive;
        })
    }

    /// Whether the data of requests is collected before the call, and how much at most.
    pub fn collect_body(&self, want: bool, most: usize) {
        let mut rules = self.rules.lock();
        rules.collect = want;
        rules.most = most;
    }

    /// How much data is collected at most; none when it is left to the handler.
    pub fn body_limit(&self) -> Option<usize> {
        let rules = self.rules.lock();
        rules.collect.then_some(rules.most)
    }

    /// Keeps a value; `release` gets it at the end.
    pub fn set_data(
        &self,
        value: usize,
        release: Option<Box<dyn FnOnce(usize) + Send>>,
    ) -> Result<()> {
        if self.busy.load(Acquire) {
            return Err(Error::BUSY);
        }
        let mut data = self.data.lock();
        *data = Data { value, release };
        Ok(())
    }

    pub fn data(&self) -> usize {
        self.data.lock().value
    }

    pub(super) fn make_busy(&self) -> Result<()> {
        if !self.uri.is_empty() && !self.uri.starts_with('/') {
            return Err(Error::INVAL);
        }
        self.busy.store(true, Release);
        Ok(())
    }

    pub(super) fn call(&self, call: Call) {
        (self.action)(call);
    }

    /// The length by which handlers are ranked: the most specific first.
    pub(super) fn rank(&self) -> usize {
        self.uri.trim_end_matches('/').len()
    }

    /// Whether both would claim the same requests.
    pub(super) fn conflicts(&self, other: &Handler) -> bool {
        if std::ptr::eq(self, other) {
            return true;
        }
        let (a, b) = (self.rules.lock().clone(), other.rules.lock().clone());
        let same_host = match (&a.host, &b.host) {
            (Host::Name(x), Host::Name(y)) => x.eq_ignore_ascii_case(y),
            (x, y) => x == y,
        };
        if !same_host || a.method != b.method {
            return false;
        }
        let (x, y) = (self.uri.trim_end_matches('/'), other.uri.trim_end_matches('/'));
        if a.exclusive || b.exclusive {
            let below = |tree: bool, top: &str, uri: &str| {
                tree && uri.strip_prefix(top).is_some_and(|rest| rest.starts_with('/'))
            };
            return x == y || below(a.tree, x, y) || below(b.tree, y, x);
        }
        x == y
    }

    /// How well a request fits.
    pub(super) fn fit(&self, host: Option<&str>, method: &str, path: &str) -> Fit {
        let rules = self.rules.lock();
        if !rules.host.matches(host) {
            return Fit::No;
        }
        match path.strip_prefix(self.uri.as_str()) {
            Some("" | "/") => {}
            Some(rest) if rest.starts_with('/') && rules.tree => {}
            _ => return Fit::No,
        }
        match rules.method.as_deref() {
            None => Fit::Yes,
            Some(own) if own == method => Fit::Yes,
            Some("GET") if method == "HEAD" => Fit::AsHead,
            Some(_) => Fit::OtherMethod,
        }
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        let data = std::mem::take(self.data.get_mut());
        if let Some(release) = data.release {
            release(data.value);
        }
    }
}

/// How a request fits a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    No,
    Yes,
    /// A HEAD that is answered as GET, unless there is a handler for it.
    AsHead,
    OtherMethod,
}

impl Host {
    fn matches(&self, host: Option<&str>) -> bool {
        let Some(host) = host else { return *self == Host::Any };
        match self {
            Host::Any => true,
            Host::Ip(ip) => {
                let bare = host.trim_start_matches('[').split(']').next().unwrap_or(host);
                bare.parse::<IpAddr>().is_ok_and(|h| h == *ip)
                    || host.parse::<std::net::SocketAddr>().is_ok_and(|h| h.ip() == *ip)
            }
            // A port and the dot of the root may follow.
            Host::Name(name) => {
                host.get(..name.len()).filter(|h| h.eq_ignore_ascii_case(name)).is_some_and(|_| {
                    matches!(&host.as_bytes()[name.len()..], [] | [b'.'] | [b':', ..])
                })
            }
        }
    }
}

impl Call {
    pub fn answer(self, res: Response) {
        self.reply.keep(Ok(Some(Arc::new(Mutex::new(res)))));
    }
}

/// The path that a request is for: without a query, decoded; none if it is no path.
pub(super) fn request_path(req: &Request) -> Option<String> {
    let uri = req.uri().to_str().ok()?;
    let uri = uri.split(['?', '#']).next().unwrap_or(uri);
    let lower = uri.get(..8).unwrap_or(uri).to_ascii_lowercase();
    let path = if lower.starts_with("http://") || lower.starts_with("https://") {
        let after = uri.split_once("://").map_or("", |(_, rest)| rest);
        after.find('/').map_or("/", |at| &after[at..])
    } else {
        uri
    };
    let decoded = String::from_utf8(percent_decode(path.as_bytes())?).ok()?;
    if decoded.contains('\0') {
        return None;
    }
    Some(if decoded.is_empty() { "/".to_owned() } else { decoded })
}

/// The file that a path below `base` means, or a directory's index.
fn below(root: &std::path::Path, base: &str, path: &str) -> Option<PathBuf> {
    let mut file = root.to_owned();
    for part in path.strip_prefix(base)?.split('/') {
        match part {
            "" | "." => {}
            // Nothing above the root is served.
            ".." => return None,
            part => file.push(OsStr::from_bytes(part.as_bytes())),
        }
    }
    if !file.is_dir() {
        return Some(file);
    }
    ["index.html", "index.htm"].iter().map(|name| file.join(name)).find(|f| f.is_file())
}

fn file_response(path: &std::path::Path) -> Response {
    let data = match fs::read(path) {
        Ok(data) => data,
        Err(e) => {
            return Response::error(match Error::from(e) {
                Error::NOENT => status::NOT_FOUND,
                Error::PERM => status::FORBIDDEN,
                _ => status::INTERNAL_SERVER_ERROR,
            });
        }
    };
    let mut res = Response::new();
    let ty = CString::new(mime::of(&path.to_string_lossy())).unwrap_or_default();
    let _ = res.headers.set(CONTENT_TYPE, &ty);
    res.set_data(Body::Owned(data));
    res
}
