//! HTTP against curl, nginx and Python's http.server.
use crate::program::*;
use std::process::{Command, Output};

const PAGE: &[u8] = b"<!doctype html><title>A page</title>\n";
const BIG: usize = 20 << 20;

fn big() -> Vec<u8> {
    (0..BIG).map(|i| (i % 251) as u8).collect()
}

/// The files that both sides serve.
fn site(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("site/index.html", PAGE);
    folder.write("site/sub/style.css", b"p { margin: 0 }\n");
    folder.write("site/empty.txt", b"");
    folder.write("site/big.bin", &big());
    folder.write("secret.txt", b"not for you\n");
    folder
}

/// A server of ours and curl, to be asked for paths of it.
struct Served {
    base: String,
    server: Program,
    folder: Folder,
}

impl Served {
    fn new(scheme: &str) -> Option<Served> {
        found("curl")?;
        let folder = site(scheme);
        let mut command = ours("http_serve");
        command.arg(format!("{scheme}://127.0.0.1:0")).arg(folder.0.join("site"));
        if scheme == "https" {
            command.arg(pem("server.pem"));
        }
        let server = Program::start(&mut command);
        Some(Served { base: format!("{scheme}://127.0.0.1:{}", server.port()), server, folder })
    }

    fn curl(&self, args: &[&str], paths: &[&str]) -> Output {
        let mut curl = Command::new("curl");
        curl.args(["-q", "-sS", "--max-time", "30", "--cacert", &pem("ca.pem")]).args(args);
        curl.args(paths.iter().map(|path| format!("{}{path}", self.base)));
        curl.output().unwrap()
    }

    /// What a transfer came to, in the words of `--write-out`.
    fn tells(&self, format: &str, args: &[&str], paths: &[&str]) -> String {
        let mut all = vec!["-o", "/dev/null", "-w", format];
        // One place for each of the bodies.
        all.extend(paths.iter().skip(1).flat_map(|_| ["-o", "/dev/null"]));
        all.extend(args);
        let output = self.curl(&all, paths);
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{paths:?}: {complaints}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn body(&self, args: &[&str], path: &str) -> Vec<u8> {
        let output = self.curl(args, &[path]);
        assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}

#[test]
fn curl_at_our_server() {
    for scheme in ["http", "https"] {
        let Some(served) = Served::new(scheme) else { return };
        let code = |args: &[&str], path: &str| served.tells("%{http_code}", args, &[path]);
        assert_eq!(served.body(&[], "/file"), PAGE);
        assert_eq!(served.body(&[], "/files/"), PAGE);
        assert_eq!(served.body(&[], "/files"), PAGE);
        assert_eq!(served.body(&[], "/files/sub/style.css"), b"p { margin: 0 }\n");
        assert_eq!(served.body(&[], "/files/empty.txt"), b"");
        assert_eq!(served.body(&[], "/text?with=query"), b"so it is\n");
        let types =
            served.tells("%{content_type} ", &[], &["/file", "/files/sub/style.css", "/text"]);
        assert_eq!(types, "text/html text/css text/plain ");
        assert_eq!(served.body(&[], "/nowhere"), b"<p>nothing here</p>");
        for (path, expected) in [
            ("/nowhere", "404"),
            ("/files/none", "404"),
            ("/files/../../secret.txt", "404"),
            ("/files/%2e%2e/secret.txt", "404"),
            ("/files/..%2fsecret.txt", "404"),
            ("/old", "301"),
            ("/away/sub/style.css", "307"),
            ("/echo", "405"),
        ] {
            assert_eq!(code(&["--path-as-is"], path), expected, "{path}");
        }
        assert_eq!(served.body(&["-L"], "/old"), b"so it is\n");
        assert_eq!(code(&["-0"], "/text"), "200");
        assert_eq!(code(&["-X", "DELETE"], "/text"), "405");
        let head = String::from_utf8(served.body(&["-I"], "/big")).unwrap().to_lowercase();
        assert!(head.starts_with("http/1.1 200 "), "{head}");
        assert!(head.contains(&format!("content-length: {BIG}\r\n")), "{head}");
        // One connection for all, also after an error and a HEAD; a redirection closes.
        let connects = |args: &[&str], paths: &[&str]| served.tells("%{num_connects}", args, paths);
        assert_eq!(connects(&[], &["/text", "/nowhere", "/file", "/old", "/big"]), "10001");
        assert_eq!(connects(&["-I"], &["/text", "/file", "/nowhere", "/text"]), "1000");
        assert_eq!(connects(&["-H", "Connection: close"], &["/text", "/text"]), "11");
        served.server.ends_well();
        drop(served.folder);
    }
}

#[test]
fn large_bodies_of_curl() {
    let data = big();
    for scheme in ["http", "https"] {
        let Some(served) = Served::new(scheme) else { return };
        assert!(served.body(&[], "/big") == data);
        assert!(served.body(&[], "/files/big.bin") == data);
        let file = format!("@{}", served.folder.0.join("site/big.bin").display());
        for more in [
            &[][..],
            &["-H", "Expect:"],
            &["-H", "Expect: 100-continue"],
            &["-H", "Transfer-Encoding: chunked"],
        ] {
            let args = [&["--data-binary", &file], more].concat();
            let got = served.body(&args, "/echo");
            assert!(got == data, "{more:?}: {} bytes", got.len());
        }
        for more in [&[][..], &["-H", "Transfer-Encoding: chunked"]] {
            let args = [&["--data-binary", &file, "-w", "%{http_code}", "-o", "/dev/null"], more];
            let output = served.curl(&args.concat(), &["/small"]);
            assert_eq!(String::from_utf8_lossy(&output.stdout), "413", "{more:?}");
        }
        assert_eq!(served.body(&["-d", "hello"], "/small"), b"hello");
        // Thirty at once.
        let paths: Vec<&str> = std::iter::repeat_n("/big", 30).collect();
        let codes = served.tells("%{http_code} ", &["-Z"], &paths);
        assert_eq!(codes, "200 ".repeat(30));
        served.server.ends_well();
    }
}

#[test]
fn tls_of_curl() {
    let Some(served) = Served::new("https") else { return };
    for version in ["1.2", "1.3"] {
        let args = [&format!("--tlsv{version}"), "--tls-max", version];
        assert_eq!(served.body(&args, "/text"), b"so it is\n", "{version}");
    }
    // The last given counts.
    let output = served.curl(&["--cacert", &pem("self.pem")], &["/text"]);
    assert_eq!(output.status.code(), Some(60), "not trusted");
    let plain = format!("http{}/text", served.base.strip_prefix("https").unwrap());
    let output = Command::new("curl").args(["-q", "-sS", "--max-time", "20", &plain]).output();
    assert!(!output.unwrap().status.success(), "plain text at a TLS port");
    assert_eq!(served.body(&[], "/text"), b"so it is\n");
    served.server.ends_well();
}

/// What the client program says to requests of some server.
fn ask(base: &str, args: &[&str]) -> Vec<String> {
    let output = ours("http_ask").arg(base).args(args).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn answer(status: u16, body: &[u8]) -> String {
    let sum = body.iter().fold(0u32, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(*b)));
    format!("{status} {} {sum:08x}", body.len())
}

/// The status and length only.
fn short(line: &str) -> &str {
    line.rsplit_once(' ').map_or(line, |(front, _)| front)
}

const NGINX: &str = r#"
daemon off; master_process off; pid PLACE/pid; error_log stderr warn;
events { worker_connections 100; }
http {
    access_log off;
    types { text/html html; text/css css; }
    client_body_temp_path PLACE/t1; proxy_temp_path PLACE/t2; fastcgi_temp_path PLACE/t3;
    uwsgi_temp_path PLACE/t4; scgi_temp_path PLACE/t5;
    client_max_body_size 1m;
    ssl_certificate CERT; ssl_certificate_key CERT;
    root PLACE/site;
    server {
        listen 127.0.0.1:PORT;
        listen 127.0.0.1:SECURE ssl;
        location /old { return 301 /index.html; }
        location /none { return 204; }
        location /chunked { alias PLACE/site; ssi on; ssi_types *; }
        location /text { return 200 "so it is\n"; }
        location /eager { return 444; }
    }
    server {
        listen 127.0.0.1:CLIENTS ssl;
        ssl_client_certificate CA; ssl_verify_client on;
        location / { return 200 "$ssl_client_s_dn_legacy\n"; }
    }
}
"#;

#[test]
fn our_client_at_nginx() {
    let Some(nginx) = found("nginx") else { return };
    let folder = site("nginx");
    let [port, secure, clients] = [free_port(), free_port(), free_port()];
    let place = folder.0.to_str().unwrap();
    let config = NGINX
        .replace("PLACE", place)
        .replace("PORT", &port.to_string())
        .replace("SECURE", &secure.to_string())
        .replace("CLIENTS", &clients.to_string())
        .replace("CERT", &pem("server.pem"))
        .replace(" CA;", &format!(" {};", pem("ca.pem")));
    let config = folder.write("nginx.conf", config.as_bytes());
    let _server =
        Program::start(Command::new(nginx).args(["-p", place, "-e", "stderr", "-c", &config]));
    assert!(crate::harness::await_listener(&clients.to_string()));
    let (plain, tls) = (format!("http://127.0.0.1:{port}"), format!("https://127.0.0.1:{secure}"));
    let (ca, own) = (format!("ca={}", pem("ca.pem")), format!("cert={}", pem("client.pem")));
    let data = big();
    for (base, more) in [(&plain, &[][..]), (&tls, &[ca.as_str(), "name=localhost"])] {
        // All over one connection, and each over its own.
        for once in ["keep", "once=1"] {
            let words = [more, &[once]].concat();
            let requests = [
                "GET /index.html",
                "HEAD /big.bin",
                "GET /empty.txt",
                "GET /none",
                "GET /sub/style.css",
                "GET /big.bin",
                "GET /chunked/big.bin",
                "GET /text",
                "POST /text 1000000",
            ];
            let said = ask(base, &[&words[..], &requests].concat());
            let expected = [
                answer(200, PAGE),
                answer(200, b""),
                answer(200, b""),
                answer(204, b""),
                answer(200, b"p { margin: 0 }\n"),
                answer(200, &data),
                answer(200, &data),
                answer(200, b"so it is\n"),
                answer(200, b"so it is\n"),
            ];
            assert_eq!(said, expected, "{base} {once}");
            let said = ask(base, &[&words[..], &["GET /nowhere", "GET /old"]].concat());
            let codes: Vec<&str> = said.iter().map(|line| &line[..3]).collect();
            assert_eq!(codes, ["404", "301"], "{base} {once}");
        }
        // Refused before it is read, and closed without an answer.
        let said = ask(base, &[more, &["once=1", "POST /text 5000000"]].concat());
        assert!(said[0].starts_with("413 ") || said[0].contains("POST"), "{said:?}");
        let said = ask(base, &[more, &["GET /eager"]].concat());
        assert!(said[0].starts_with("GET /eager: "), "{said:?}");
    }
    for words in [&["name=localhost"][..], &[ca.as_str(), "name=elsewhere"]] {
        let said = ask(&tls, &[words, &["GET /text"]].concat());
        assert!(said[0].contains("could not be authenticated"), "{words:?}: {said:?}");
    }
    let said = ask(&tls.replace("https", "http"), &["GET /text"]);
    assert_eq!(&said[0][..4], "400 ", "plain text at a TLS port");
    let base = format!("https://127.0.0.1:{clients}");
    let said = ask(&base, &[&ca, "name=localhost", &own, "GET /"]);
    assert_eq!(said, [answer(200, b"/O=Nobody/CN=A Client\n")]);
    let said = ask(&base, &[&ca, "name=localhost", "GET /"]);
    assert_eq!(&said[0][..4], "400 ", "no certificate");
}

#[test]
fn our_client_at_python() {
    let Some(python) = python_with("http.server") else { return };
    let folder = site("python");
    for version in ["HTTP/1.0", "HTTP/1.1"] {
        let port = free_port();
        let _server = Program::start(
            Command::new(&python)
                .args(["-m", "http.server", "--protocol", version, "-b", "127.0.0.1", "-d"])
                .arg(folder.0.join("site"))
                .arg(port.to_string()),
        );
        assert!(crate::harness::await_listener(&port.to_string()));
        let base = format!("http://127.0.0.1:{port}");
        let once = if version == "HTTP/1.0" { "once=1" } else { "keep" };
        let requests = ["GET /index.html", "HEAD /big.bin", "GET /big.bin", "GET /empty.txt"];
        let said = ask(&base, &[&[once][..], &requests].concat());
        let expected = [answer(200, PAGE), answer(200, b""), answer(200, &big()), answer(200, b"")];
        assert_eq!(said, expected, "{version}");
        // It ends the connection with an error.
        let said = ask(&base, &["once=1", "GET /nowhere", "POST /index.html 100", "GET /sub"]);
        let codes: Vec<&str> = said.iter().map(|line| &short(line)[..3]).collect();
        assert_eq!(codes, ["404", "501", "301"], "{version}");
    }
}
