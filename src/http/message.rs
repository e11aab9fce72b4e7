//! Requests and responses.
#![forbid(unsafe_code)]

use super::body::Body;
use super::headers::Headers;
use super::status;
use crate::base::url::default_port;
use crate::base::{Error, Result, Url};
use std::ffi::{CStr, CString};

const HTTP_1_1: &CStr = c"HTTP/1.1";
pub const CONTENT_LENGTH: &CStr = c"Content-Length";
pub const CONTENT_TYPE: &CStr = c"Content-Type";
pub const CONNECTION: &CStr = c"Connection";
pub const HTML: &CStr = c"text/html; charset=UTF-8";

/// The body with its length announced in the headers.
fn set_body(headers: &mut Headers, body: &mut Body, data: Body) {
    let len = CString::new(data.len().to_string()).unwrap_or_default();
    *body = data;
    let _ = headers.set(CONTENT_LENGTH, &len);
}

/// A part of the first line: no line ends, and no spaces where they separate.
fn checked(text: Option<&CStr>, spaces: bool) -> Result<Option<CString>> {
    match text {
        Some(t) if t.to_bytes().iter().any(|b| *b < b' ' || (*b == b' ' && !spaces)) => {
            Err(Error::INVAL)
        }
        other => Ok(other.map(CStr::to_owned)),
    }
}

#[derive(Clone, Debug, Default)]
pub struct Request {
    pub headers: Headers,
    pub body: Body,
    method: Option<CString>,
    uri: Option<CString>,
    version: Option<CString>,
}

impl Request {
    pub fn new() -> Request {
        Request::default()
    }

    /// A GET of what a URL names, with its Host.
    pub fn for_url(url: &Url) -> Result<Request> {
        let text = |s: &str| CString::new(s).map_err(|_| Error::INVAL);
        let mut req = Request::new();
        let uri = url.requri().filter(|u| !u.is_empty()).unwrap_or("/");
        req.set_uri(Some(&text(uri)?))?;
        let host = match url.port() == default_port(url.scheme()) {
            true if url.hostname().contains(':') => format!("[{}]", url.hostname()),
            true => url.hostname().to_owned(),
            false => url.host().unwrap_or_default().to_owned(),
        };
        req.headers.set(c"Host", &text(&host)?)?;
        Ok(req)
    }

    pub fn method(&self) -> &CStr {
        self.method.as_deref().unwrap_or(c"GET")
    }

    pub fn uri(&self) -> &CStr {
        self.uri.as_deref().unwrap_or(c"")
    }

    pub fn version(&self) -> &CStr {
        self.version.as_deref().unwrap_or(HTTP_1_1)
    }

    /// None is the default, GET.
    pub fn set_method(&mut self, method: Option<&CStr>) -> Result<()> {
        self.method = checked(method, false)?;
        Ok(())
    }

    pub fn set_uri(&mut self, uri: Option<&CStr>) -> Result<()> {
        self.uri = checked(uri, false)?;
        Ok(())
    }

    pub fn set_version(&mut self, version: Option<&CStr>) -> Result<()> {
        self.version = checked(version, false)?;
        Ok(())
    }

    /// Sets the data and its Content-Length.
    pub fn set_data(&mut self, data: Body) {
        set_body(&mut self.headers, &mut self.body, data);
    }

    pub fn reset(&mut self) {
        *self = Request::default();
    }

    /// The request up to its data, as it is sent.
    pub fn head(&self) -> Result<Vec<u8>> {
        let uri = self.uri.as_ref().ok_or(Error::INVAL)?;
        let mut out = Vec::with_capacity(256);
        for (part, after) in [(self.method(), " "), (uri, " "), (self.version(), "\r\n")] {
            out.extend_from_slice(part.to_bytes());
            out.extend_from_slice(after.as_bytes());
        }
        self.headers.write(&mut out);
        out.extend_from_slice(b"\r\n");
        Ok(out)
    }
}

#[derive(Clone, Debug)]
pub struct Response {
    pub headers: Headers,
    pub body: Body,
    status: u16,
    reason: Option<CString>,
    version: Option<CString>,
    is_error: bool,
}

impl Default for Response {
    fn default() -> Response {
        Response {
            headers: Headers::default(),
            body: Body::Empty,
            status: status::OK,
            reason: None,
            version: None,
            is_error: false,
        }
    }
}

impl Response {
    pub fn new() -> Response {
        Response::default()
    }

    /// The stock page for an error; a server may put its own in its place.
    pub fn error(code: u16) -> Response {
        Response::page(code, "", true)
    }

    /// A page that shows a status.
    pub fn page(code: u16, details: &str, is_error: bool) -> Response {
        let mut res = Response { status: code, ..Response::default() };
        let _ = res.headers.set(CONTENT_TYPE, HTML);
        res.set_data(Body::Owned(status::page(code, details)));
        res.is_error = is_error;
        res
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    pub fn set_status(&mut self, status: u16) {
        self.status = status;
    }

    pub fn reason(&self) -> &CStr {
        self.reason.as_deref().unwrap_or(status::reason(self.status))
    }

    /// None is the usual reason for the status.
    pub fn set_reason(&mut self, reason: Option<&CStr>) -> Result<()> {
        self.reason = checked(reason.filter(|r| *r != status::reason(self.status)), true)?;
        Ok(())
    }

    pub fn version(&self) -> &CStr {
        self.version.as_deref().unwrap_or(HTTP_1_1)
    }

    pub fn set_version(&mut self, version: Option<&CStr>) -> Result<()> {
        self.version = checked(version, false)?;
        Ok(())
    }

    /// Whether the data is the stock page for an error.
    pub fn is_error(&self) -> bool {
        self.is_error
    }

    /// Sets the data and its Content-Length.
    pub fn set_data(&mut self, data: Body) {
        set_body(&mut self.headers, &mut self.body, data);
        self.is_error = false;
    }

    pub fn reset(&mut self) {
        *self = Response::default();
    }

    /// The response up to its data, as it is sent.
    pub fn head(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        out.extend_from_slice(self.version().to_bytes());
        out.extend_from_slice(format!(" {} ", self.status).as_bytes());
        out.extend_from_slice(self.reason().to_bytes());
        out.extend_from_slice(b"\r\n");
        self.headers.write(&mut out);
        out.extend_from_slice(b"\r\n");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_as_it_is_sent() {
        let mut req = Request::new();
        assert_eq!(req.head(), Err(Error::INVAL));
        req.set_uri(Some(c"/x")).unwrap();
        assert_eq!(req.head().unwrap(), b"GET /x HTTP/1.1\r\n\r\n");
        req.set_method(Some(c"POST")).unwrap();
        req.set_data(Body::Owned(b"abc".to_vec()));
        req.set_version(Some(c"HTTP/1.0")).unwrap();
        assert_eq!(req.head().unwrap(), b"POST /x HTTP/1.0\r\nContent-Length: 3\r\n\r\n");
        assert_eq!(req.set_uri(Some(c"/ HTTP/1.1\r\nX:")), Err(Error::INVAL));
        assert_eq!(req.set_method(Some(c"A B")), Err(Error::INVAL));
        req.reset();
        assert_eq!((req.method(), req.uri(), req.version()), (c"GET", c"", c"HTTP/1.1"));
    }

    #[test]
    fn a_response_as_it_is_sent() {
        let mut res = Response::new();
        assert_eq!(res.head(), b"HTTP/1.1 200 OK\r\n\r\n");
        res.set_status(404);
        assert_eq!(res.reason(), c"Not Found");
        res.set_reason(Some(c"Gone fishing")).unwrap();
        res.headers.set(c"X", c"y").unwrap();
        assert_eq!(res.head(), b"HTTP/1.1 404 Gone fishing\r\nX: y\r\n\r\n");
        assert_eq!(res.set_reason(Some(c"\r\n")), Err(Error::INVAL));
        res.set_reason(None).unwrap();
        assert_eq!(res.reason(), c"Not Found");
        let head = Body::Announced(5);
        assert_eq!((head.len(), head.as_bytes()), (5, &[][..]));
    }

    #[test]
    fn error_pages() {
        let mut res = Response::error(404);
        assert!(res.is_error() && res.status() == 404);
        assert_eq!(res.headers.get(CONTENT_TYPE), Some(HTML));
        let page = String::from_utf8(res.body.as_bytes().to_vec()).unwrap();
        assert!(page.contains("404") && page.contains("Not Found"));
        res.set_data(Body::Owned(b"mine".to_vec()));
        assert!(!res.is_error());
        assert_eq!(status::reason(599), c"Unknown HTTP Status");
    }
}
