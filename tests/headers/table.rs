//! What each header has beside functions, structures and types: constants come from the ABI's
//! table, the rest is here.
use std::fs;
use std::path::Path;

/// A header to be made.
#[derive(Default)]
pub struct Header {
    /// Its path below `include/`.
    pub path: String,
    /// Where its functions are, below `src/`.
    pub sources: Vec<String>,
    /// Where its deprecated functions are.
    pub deprecated: Option<String>,
    pub brief: &'static str,
    pub includes: &'static [&'static str],
    /// Structures that C cannot look into: tag and name.
    pub opaque: &'static [(&'static str, &'static str)],
    pub enums: &'static [Enum],
    /// Types that Rust files name otherwise, and that are written out in `before`.
    pub exclude: &'static [&'static str],
    /// Written before the types, and after the functions.
    pub before: &'static str,
    pub after: &'static str,
    pub constants: Vec<Constant>,
}

/// An enumeration of constants whose names begin with one of the prefixes.
pub struct Enum {
    pub tag: &'static str,
    /// Whether the tag is a type's name too.
    pub typedef: bool,
    pub prefixes: &'static [&'static str],
    pub brief: &'static str,
}

#[derive(Clone)]
pub struct Constant {
    pub name: String,
    pub kind: String,
    pub value: String,
}

const fn named(tag: &'static str, prefixes: &'static [&'static str], brief: &'static str) -> Enum {
    Enum { tag, typedef: true, prefixes, brief }
}

const fn plain(tag: &'static str, prefixes: &'static [&'static str], brief: &'static str) -> Enum {
    Enum { tag, typedef: false, prefixes, brief }
}

const NNG_ENUMS: &[Enum] = &[
    plain("nng_sockaddr_family", &["NNG_AF_"], "Families of addresses."),
    named("nng_pipe_ev", &["NNG_PIPE_EV_"], "What happens to a pipe."),
    plain("nng_errno_enum", &["NNG_E"], "Error codes. Zero is success."),
    plain("nng_stat_type_enum", &["NNG_STAT_"], "Kinds of statistics."),
    plain("nng_unit_enum", &["NNG_UNIT_"], "Units of statistics."),
    plain("nng_init_parameter_enum", &["NNG_INIT_"], "Parameters of the library."),
    named(
        "nng_log_level",
        &[
            "NNG_LOG_NONE",
            "NNG_LOG_ERR",
            "NNG_LOG_WARN",
            "NNG_LOG_NOTICE",
            "NNG_LOG_INFO",
            "NNG_LOG_DEBUG",
        ],
        "Levels of messages, as in RFC 5424.",
    ),
    named("nng_log_facility", &["NNG_LOG_"], "Facilities of messages, as in RFC 5424."),
];

const NNG_BEFORE: &str = r#"
#if defined(_WIN32) && !defined(NNG_STATIC_LIB)
#if defined(NNG_SHARED_LIB)
#define NNG_DECL __declspec(dllexport)
#else
#define NNG_DECL __declspec(dllimport)
#endif
#else
#define NNG_DECL extern
#endif

#if defined(__GNUC__) || defined(__clang__)
#define NNG_DEPRECATED __attribute__((deprecated))
#else
#define NNG_DEPRECATED
#endif

// The version of this header; nng_version() gives the library's.
#define NNG_MAJOR_VERSION 1
#define NNG_MINOR_VERSION 12
#define NNG_PATCH_VERSION 0

// The number of a protocol.
#define NNG_PROTOCOL_NUMBER(maj, min) (((maj) * 16) + (min))
"#;

const NNG_AFTER: &str = r#"
// Logs a message at a level. `msgid` is a short identifier or NULL, `msg` a format as for
// printf. Nothing is formatted that nobody would see.
NNG_DECL void nng_log_err(const char *msgid, const char *msg, ...);
NNG_DECL void nng_log_warn(const char *msgid, const char *msg, ...);
NNG_DECL void nng_log_notice(const char *msgid, const char *msg, ...);
NNG_DECL void nng_log_info(const char *msgid, const char *msg, ...);
NNG_DECL void nng_log_debug(const char *msgid, const char *msg, ...);

// Logs a message about security, at the facility NNG_LOG_AUTH.
NNG_DECL void nng_log_auth(nng_log_level level, const char *msgid, const char *msg, ...);
"#;

fn nng() -> Header {
    Header {
        brief: "nng: sockets for scalability protocols, and what goes with them.",
        includes: &["<stdbool.h>", "<stddef.h>", "<stdint.h>"],
        opaque: &[
            ("nng_msg", "nng_msg"),
            ("nng_stat", "nng_stat"),
            ("nng_aio", "nng_aio"),
            ("nng_stream", "nng_stream"),
            ("nng_stream_dialer", "nng_stream_dialer"),
            ("nng_stream_listener", "nng_stream_listener"),
            ("nng_udp", "nng_udp"),
            ("nng_thread", "nng_thread"),
            ("nng_mtx", "nng_mtx"),
            ("nng_cv", "nng_cv"),
        ],
        enums: NNG_ENUMS,
        exclude: &["nng_pipe_ev", "nng_log_level", "nng_log_facility"],
        before: NNG_BEFORE,
        after: NNG_AFTER,
        deprecated: Some("capi/nng/legacy.rs".to_owned()),
        ..Header::default()
    }
}

const NN_AFTER: &str = r#"
// Control data: items behind one another, each with a head.
#define NN_CMSG_ALIGN_(len) (((len) + sizeof(size_t) - 1) & (size_t) ~(sizeof(size_t) - 1))
#define NN_CMSG_FIRSTHDR(mh) nn_cmsg_next((struct nn_msghdr *) (mh), NULL)
#define NN_CMSG_NXTHDR(mh, cmsg) \
	nn_cmsg_next((struct nn_msghdr *) (mh), (struct nn_cmsghdr *) (cmsg))
#define NN_CMSG_DATA(cmsg) ((unsigned char *) (((struct nn_cmsghdr *) (cmsg)) + 1))
#define NN_CMSG_SPACE(len) (NN_CMSG_ALIGN_(len) + NN_CMSG_ALIGN_(sizeof(struct nn_cmsghdr)))
#define NN_CMSG_LEN(len) (NN_CMSG_ALIGN_(sizeof(struct nn_cmsghdr)) + (len))
"#;

/// No library has ever exported these, but headers have declared them.
const TLS_AFTER: &str = "
// Never implemented; use nng_tls_config_own_cert.
NNG_DECL int nng_tls_config_key(nng_tls_config *config, const uint8_t *key, size_t size);

// Never implemented; use nng_tls_config_own_cert.
NNG_DECL int nng_tls_config_pass(nng_tls_config *config, const char *pass);
";

const INPROC_AFTER: &str = "
// Never needed, and in no shared library: the transport is there from the start.
NNG_DECL int nng_inproc_register(void);
";

const TCP_AFTER: &str = "
// Never needed, and in no shared library: the transport is there from the start.
NNG_DECL int nng_tcp_register(void);
";

/// Headers that need more than their file, by path below `nng/`.
fn particular(path: &str) -> Header {
    match path {
        "nng.h" => nng(),
        "supplemental/util/idhash.h" => Header {
            opaque: &[("nng_id_map_s", "nng_id_map")],
            includes: &["<nng/nng.h>"],
            ..Header::default()
        },
        "supplemental/http/http.h" => Header {
            opaque: &[
                ("nng_http_req", "nng_http_req"),
                ("nng_http_res", "nng_http_res"),
                ("nng_http_conn", "nng_http_conn"),
                ("nng_http_handler", "nng_http_handler"),
                ("nng_http_server", "nng_http_server"),
                ("nng_http_client", "nng_http_client"),
            ],
            enums: const {
                &[plain("nng_http_status", &["NNG_HTTP_STATUS_"], "Status codes of responses.")]
            },
            includes: &["<nng/nng.h>", "<nng/supplemental/tls/tls.h>"],
            ..Header::default()
        },
        "supplemental/tls/tls.h" => Header {
            opaque: &[("nng_tls_config", "nng_tls_config")],
            enums: const {
                &[
                    named("nng_tls_mode", &["NNG_TLS_MODE_"], "Which side of a connection."),
                    named(
                        "nng_tls_auth_mode",
                        &["NNG_TLS_AUTH_MODE_"],
                        "Whether the peer must show a certificate.",
                    ),
                    named("nng_tls_version", &["NNG_TLS_1_"], "Versions of TLS."),
                ]
            },
            exclude: &["nng_tls_mode", "nng_tls_auth_mode", "nng_tls_version"],
            after: TLS_AFTER,
            includes: &["<nng/nng.h>"],
            ..Header::default()
        },
        "supplemental/tls/engine.h" => Header {
            opaque: &[
                ("nng_tls_engine_conn", "nng_tls_engine_conn"),
                ("nng_tls_engine_config", "nng_tls_engine_config"),
            ],
            before: "
// Versions of the interface between the library and an engine.
typedef enum nng_tls_engine_version_e {
\tNNG_TLS_ENGINE_V0 = 0,
\tNNG_TLS_ENGINE_V1 = 1,
\tNNG_TLS_ENGINE_V2 = 2,
\tNNG_TLS_ENGINE_VERSION = NNG_TLS_ENGINE_V2
} nng_tls_engine_version;
",
            exclude: &["nng_tls_engine_version"],
            includes: &["<nng/nng.h>", "<nng/supplemental/tls/tls.h>"],
            ..Header::default()
        },
        "compat/nanomsg/nn.h" => Header {
            brief: "The API of nanomsg.",
            after: NN_AFTER,
            includes: &["<errno.h>", "<stddef.h>", "<stdint.h>"],
            before: "\n#ifndef NNG_DECL\n#define NNG_DECL extern\n#endif\n",
            ..Header::default()
        },
        _ if path.starts_with("compat/") => {
            Header { includes: &["<nng/compat/nanomsg/nn.h>"], ..Header::default() }
        }
        "transport/inproc/inproc.h" => {
            Header { includes: &["<nng/nng.h>"], after: INPROC_AFTER, ..Header::default() }
        }
        "transport/tcp/tcp.h" => {
            Header { includes: &["<nng/nng.h>"], after: TCP_AFTER, ..Header::default() }
        }
        _ => Header { includes: &["<nng/nng.h>"], ..Header::default() },
    }
}

pub fn read(root: &Path, table: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(root.join("capi-tests/abi").join(table)).unwrap();
    let rows = text.lines().skip(1);
    rows.map(|row| row.split('\t').map(str::to_owned).collect()).collect()
}

/// Every header whose functions exist, or that needs none.
pub fn headers(root: &Path) -> Vec<Header> {
    let constants = read(root, "constants.tsv");
    let list = fs::read_to_string(root.join("capi-tests/abi/headers.txt")).unwrap();
    let mut headers = Vec::new();
    for path in list.lines() {
        let short = path.strip_prefix("nng/").unwrap();
        let mut header = particular(short);
        header.path = path.to_owned();
        let source = match short {
            // These have no function that is exported.
            "supplemental/util/platform.h"
            | "transport/inproc/inproc.h"
            | "transport/tcp/tcp.h" => String::new(),
            _ if short.starts_with("compat/") => "capi/compat/nanomsg/nn.rs".to_owned(),
            _ => {
                let folder = format!("capi/{}", short.trim_end_matches(".h"));
                let is_one = root.join("src").join(&folder).is_dir();
                if is_one { folder } else { folder + ".rs" }
            }
        };
        let at = root.join("src").join(&source);
        if !at.exists() {
            continue;
        }
        if at.is_dir() && !source.is_empty() {
            let files = fs::read_dir(&at).unwrap().map(|file| file.unwrap().file_name());
            let names = files.map(|name| name.into_string().unwrap());
            header.sources = names
                .filter(|name| name.ends_with(".rs") && name != "legacy.rs")
                .map(|name| format!("{source}/{name}"))
                .collect();
            header.sources.sort();
        } else if !source.is_empty() && (!short.starts_with("compat/") || short.ends_with("nn.h")) {
            header.sources = vec![source];
        }
        let own = constants.iter().filter(|row| row[0] == path);
        header.constants = own
            .map(|row| Constant {
                name: row[1].clone(),
                kind: row[2].clone(),
                value: row.get(3).cloned().unwrap_or_default(),
            })
            .collect();
        headers.push(header);
    }
    headers
}
