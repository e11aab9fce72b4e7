//! URLs, by nng's rules.
#![forbid(unsafe_code)]

use super::{Error, Result, raw_text};

/// A parsed URL. Parts that the URL cannot have are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Url {
    raw: String,
    scheme: String,
    userinfo: Option<String>,
    host: Option<String>,
    hostname: Option<String>,
    port: Option<String>,
    path: String,
    query: Option<String>,
    fragment: Option<String>,
    requri: Option<String>,
}

/// Schemes whose address is a plain path or name.
const PLAIN: &[&str] = &["ipc", "unix", "abstract", "inproc"];

const PORTS: &[(&str, &str)] = &[
    ("git", "9418"),
    ("gopher", "70"),
    ("http", "80"),
    ("https", "443"),
    ("ssh", "22"),
    ("telnet", "23"),
    ("ws", "80"),
    ("wss", "443"),
];

/// The port of a scheme, which may end in `4` or `6` for an address family; empty if it has none.
pub fn default_port(scheme: &str) -> &'static str {
    let found = PORTS.iter().find(|(name, _)| {
        scheme.strip_prefix(name).is_some_and(|rest| matches!(rest, "" | "4" | "6"))
    });
    found.map_or("", |(_, port)| port)
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |c: u8| (c as char).to_digit(16);
    Some((digit(high)? * 16 + digit(low)?) as u8)
}

/// Replaces every `%xx`; `None` if one is malformed.
pub fn percent_decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&c) = text.get(at) {
        if c == b'%' {
            out.push(hex(*text.get(at + 1)?, *text.get(at + 2)?)?);
            at += 3;
        } else {
            out.push(c);
            at += 1;
        }
    }
    Some(out)
}

/// Decodes what is harmless, and normalizes the rest of the escapes.
fn unescape(text: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&c) = text.get(at) {
        if c != b'%' {
            out.push(c);
            at += 1;
            continue;
        }
        let digits = text.get(at + 1..at + 3).ok_or(Error::INVAL)?;
        let value = hex(digits[0], digits[1]).ok_or(Error::INVAL)?;
        if value.is_ascii_alphanumeric() || b".~_-".contains(&value) || value >= 0x80 {
            out.push(value);
        } else {
            out.push(b'%');
            out.extend(digits.to_ascii_uppercase());
        }
        at += 3;
    }
    Ok(out)
}

/// The canonical form of path, query and fragment: no `//`, `/.` or `/..` in the path.
fn canonical(text: &str) -> Result<String> {
    let text = unescape(raw_text::plain(text)?.as_bytes())?;
    let end = text.iter().position(|c| b"?#".contains(c)).unwrap_or(text.len());
    let (path, rest) = text.split_at(end);
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut squeezed = path.to_vec();
    squeezed.dedup_by(|a, b| *a == b'/' && *b == b'/');
    let mut parts = squeezed.split(|c| *c == b'/');
    // What stands before the first slash is kept as it is.
    out.extend(parts.next().unwrap_or_default());
    for part in parts {
        match part {
            b"." => {}
            b".." => {
                let cut = out.iter().rposition(|c| *c == b'/').unwrap_or(0);
                out.truncate(cut);
            }
            part => {
                out.push(b'/');
                out.extend(part);
            }
        }
    }
    out.extend(rest);
    String::from_utf8(out).map_err(|_| Error::INVAL)
}

impl Url {
    pub fn parse(raw: &str) -> Result<Url> {
        super::memory::enough_memory()?;
        let (scheme, rest) = raw.split_once(':').ok_or(Error::INVAL)?;
        let rest = rest.strip_prefix("//").ok_or(Error::INVAL)?;
        let mut url =
            Url { raw: raw.to_owned(), scheme: scheme.to_ascii_lowercase(), ..Url::default() };
        if PLAIN.contains(&url.scheme.as_str()) {
            url.path = rest.to_owned();
            return Ok(url);
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, requri) = rest.split_at(end);
        let mut host = authority;
        if let Some((user, rest)) = authority.split_once('@') {
            if rest.contains('@') {
                return Err(Error::INVAL);
            }
            url.userinfo = Some(user.to_owned());
            host = rest;
        }
        // The wildcard of old nanomsg is an empty host.
        if host == "*" || host.starts_with("*:") {
            host = &host[1..];
        }
        let host = host.to_ascii_lowercase();

        let requri = canonical(requri)?;
        let (before, fragment) = match requri.split_once('#') {
            Some((before, fragment)) => (before, Some(fragment.to_owned())),
            None => (requri.as_str(), None),
        };
        let (path, query) = match before.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (before, None),
        };
        url.path = path.to_owned();
        url.query = query;
        url.fragment = fragment;

        let (hostname, port) = match host.strip_prefix('[') {
            Some(rest) => {
                let (hostname, after) = rest.split_once(']').ok_or(Error::INVAL)?;
                match after.strip_prefix(':') {
                    Some(port) => (hostname, Some(port)),
                    None if after.is_empty() => (hostname, None),
                    None => return Err(Error::INVAL),
                }
            }
            None => match host.split_once(':') {
                Some((hostname, port)) => (hostname, Some(port)),
                None => (host.as_str(), None),
            },
        };
        if port == Some("") {
            return Err(Error::INVAL);
        }
        url.port = Some(port.unwrap_or_else(|| default_port(&url.scheme)).to_owned());
        url.hostname = Some(hostname.to_owned());
        url.host = Some(host);
        url.requri = Some(requri);
        Ok(url)
    }

    pub fn raw(&self) -> &str {
        &self.raw
    }

    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    pub fn userinfo(&self) -> Option<&str> {
        self.userinfo.as_deref()
    }

    /// Host and port as written, in lower case.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The host alone; empty for a wildcard.
    pub fn hostname(&self) -> &str {
        self.hostname.as_deref().unwrap_or_default()
    }

    /// The port, or the scheme's own; empty if neither is there.
    pub fn port(&self) -> &str {
        self.port.as_deref().unwrap_or_default()
    }

    pub fn has_authority(&self) -> bool {
        self.host.is_some()
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    pub fn fragment(&self) -> Option<&str> {
        self.fragment.as_deref()
    }

    pub fn requri(&self) -> Option<&str> {
        self.requri.as_deref()
    }

    /// Whether it says nothing beside host and port.
    pub fn is_bare(&self) -> bool {
        let beside = [&self.userinfo, &self.query, &self.fragment];
        matches!(self.path(), "" | "/") && beside.iter().all(|part| part.is_none())
    }

    /// The URL written out, with `port` in place of its own unless that is zero.
    pub fn with_port(&self, port: u16) -> String {
        if PLAIN.contains(&self.scheme.as_str()) {
            return format!("{}://{}", self.scheme, self.path);
        }
        let own = self.port().to_owned();
        let port = if port > 0 { port.to_string() } else { own };
        let port = if port.is_empty() || port == default_port(&self.scheme) {
            String::new()
        } else {
            format!(":{port}")
        };
        let host = self.hostname();
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        format!("{}://{host}{port}{}", self.scheme, self.requri.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let url = Url::parse("HTTP://me@WWW.Example.com:81/a/./b//../c%2f%41?q=1//#f?g").unwrap();
        assert_eq!(url.scheme(), "http");
        assert_eq!(url.userinfo(), Some("me"));
        assert_eq!(url.host(), Some("www.example.com:81"));
        assert_eq!(url.hostname(), "www.example.com");
        assert_eq!(url.port(), "81");
        assert_eq!(url.path(), "/a/c%2FA");
        assert_eq!(url.query(), Some("q=1//"));
        assert_eq!(url.fragment(), Some("f?g"));
        assert_eq!(url.requri(), Some("/a/c%2FA?q=1//#f?g"));
    }

    #[test]
    fn hosts_and_ports() {
        let parts = |raw| {
            let url = Url::parse(raw).unwrap();
            (url.hostname().to_owned(), url.port().to_owned())
        };
        assert_eq!(parts("tcp://[::1]:80"), ("::1".into(), "80".into()));
        assert_eq!(parts("tcp://[::1]"), ("::1".into(), "".into()));
        assert_eq!(parts("tcp://*:5555"), ("".into(), "5555".into()));
        assert_eq!(parts("ws://*/x"), ("".into(), "80".into()));
        assert_eq!(parts("wss6://host"), ("host".into(), "443".into()));
        for bad in [
            "tcp:/x",
            "tcp",
            "tcp://[::1",
            "tcp://[::1]x",
            "tcp://a:",
            "http://a@b@c/",
            "http://a/%zz",
            "http://a/%",
        ] {
            assert_eq!(Url::parse(bad).err(), Some(Error::INVAL), "{bad}");
        }
    }

    #[test]
    fn paths() {
        let path = |raw: &str| Url::parse(raw).map(|u| u.path().to_owned());
        assert_eq!(path("ipc:///tmp/a//b/../c").unwrap(), "/tmp/a//b/../c");
        assert_eq!(path("inproc://a b").unwrap(), "a b");
        assert_eq!(path("http://h/a/../../b").unwrap(), "/b");
        assert_eq!(path("http://h/a/..").unwrap(), "");
        assert_eq!(path("http://h/a/.b/..c").unwrap(), "/a/.b/..c");
        assert_eq!(path("http://h/%c0%af").err(), Some(Error::INVAL));
        assert_eq!(path("http://h/%e2%82%ac").unwrap(), "/\u{20ac}");
    }

    #[test]
    fn beside_host_and_port() {
        let is_bare = |raw| Url::parse(raw).unwrap().is_bare();
        assert!(is_bare("tcp://h:1") && is_bare("tcp://h:1/"));
        for more in ["tcp://h:1/p", "tcp://h:1?q", "tcp://h:1#f", "tcp://u@h:1"] {
            assert!(!is_bare(more), "{more}");
        }
    }

    #[test]
    fn parts_that_are_not_there() {
        let url = Url::parse("http://www.example.com#top").unwrap();
        assert_eq!((url.path(), url.query(), url.fragment()), ("", None, Some("top")));
        assert_eq!((url.requri(), url.userinfo()), (Some("#top"), None));
        let url = Url::parse("http://www.example.com?color=red").unwrap();
        assert_eq!((url.path(), url.query()), ("", Some("color=red")));
        let url = Url::parse("ws://").unwrap();
        assert_eq!((url.host(), url.hostname(), url.port()), (Some(""), "", "80"));
        let url = Url::parse("ipc://").unwrap();
        assert_eq!((url.path(), url.host(), url.requri()), ("", None, None));
        assert!(!url.has_authority());
        let url = Url::parse("http://a/?/b/./c/../..//d").unwrap();
        assert_eq!((url.path(), url.query()), ("/", Some("/b/./c/../..//d")));
        let url = Url::parse("http://a//b/c/./x/..///./../y").unwrap();
        assert_eq!(url.path(), "/b/y");
    }

    #[test]
    fn decoded() {
        assert_eq!(percent_decode(b"a%00%fF%7e"), Some(b"a\0\xff~".to_vec()));
        for bad in ["%", "%1", "%1g", "a%x0"] {
            assert_eq!(percent_decode(bad.as_bytes()), None, "{bad}");
        }
        for bad in ["http://x/x%80x", "http://x/x%c0%81", "http://x/%ed%a0%80"] {
            assert_eq!(Url::parse(bad).err(), Some(Error::INVAL), "{bad}");
        }
        assert_eq!(Url::parse("http://x/%7egarrett").unwrap().path(), "/~garrett");
    }

    #[test]
    fn written_out() {
        assert_eq!(Url::parse("tcp://*:0").unwrap().with_port(99), "tcp://:99");
        assert_eq!(Url::parse("ws://h:80/p").unwrap().with_port(0), "ws://h/p");
        assert_eq!(Url::parse("tcp://[::1]:5").unwrap().with_port(0), "tcp://[::1]:5");
    }
}
