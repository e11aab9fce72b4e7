//! Makes the text of one header.
use crate::table::{Constant, Header};
use cbindgen::{Builder, Config, DocumentationStyle, ItemType, Language, SortKey, Style};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

pub fn header(root: &Path, header: &Header) -> String {
    let guard = header.path.replace(['/', '.'], "_").to_uppercase();
    let guard = guard.strip_prefix("NNG_NNG_H").map_or(guard.clone(), |_| "NNG_NNG_H".to_owned());
    let mut out = String::new();
    let brief = match header.brief {
        "" => format!("{}.", header.path),
        brief => brief.to_owned(),
    };
    writeln!(out, "// {brief}\n//\n// Made by `cargo test --test headers`; do not edit.\n")
        .unwrap();
    writeln!(out, "#ifndef {guard}\n#define {guard}\n").unwrap();
    for include in header.includes {
        writeln!(out, "#include {include}").unwrap();
    }
    if !header.includes.is_empty() {
        out.push('\n');
    }
    out.push_str("#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
    out.push_str(header.before);
    let mut left = header.constants.clone();
    left.retain(|constant| !header.before.contains(&format!("{} ", constant.name)));
    constants(&mut out, &mut left, header);
    if !header.opaque.is_empty() {
        out.push('\n');
    }
    for (tag, name) in header.opaque {
        writeln!(out, "typedef struct {tag} {name};").unwrap();
    }
    out.push_str(&functions(root, header, &header.sources, ""));
    out.push_str(header.after);
    defines(&mut out, &left, &["init", "alias"]);
    if let Some(file) = &header.deprecated {
        let text = functions(root, header, std::slice::from_ref(file), "NNG_DEPRECATED");
        writeln!(out, "\n#ifndef NNG_ELIDE_DEPRECATED\n{text}\n#endif // NNG_ELIDE_DEPRECATED")
            .unwrap();
    }
    write!(out, "\n#ifdef __cplusplus\n}}\n#endif\n\n#endif // {guard}\n").unwrap();
    out
}

/// Writes the constants, and leaves those that are no numbers or strings.
fn constants(out: &mut String, left: &mut Vec<Constant>, header: &Header) {
    for group in header.enums {
        let fits = |c: &Constant| group.prefixes.iter().any(|prefix| c.name.starts_with(prefix));
        let mut own: Vec<Constant> = left.extract_if(.., |c| c.kind == "int" && fits(c)).collect();
        own.sort_by_key(|c| c.value.parse::<i64>().unwrap());
        let open = if group.typedef { "typedef enum" } else { "enum" };
        writeln!(out, "\n// {}\n{open} {} {{", group.brief, group.tag).unwrap();
        for (i, c) in own.iter().enumerate() {
            let comma = if i + 1 < own.len() { "," } else { "" };
            writeln!(out, "    {} = {}{comma}", c.name, c.value).unwrap();
        }
        let name = if group.typedef { format!(" {}", group.tag) } else { String::new() };
        writeln!(out, "}}{name};").unwrap();
    }
    defines(out, left, &["int", "str"]);
}

fn defines(out: &mut String, constants: &[Constant], kinds: &[&str]) {
    let mut own = constants.iter().filter(|c| kinds.contains(&c.kind.as_str())).peekable();
    if own.peek().is_some() {
        out.push('\n');
    }
    for Constant { name, kind, value } in own {
        let value = match kind.as_str() {
            "str" => format!("\"{value}\""),
            "int" if value.starts_with('-') => format!("({value})"),
            _ => value.clone(),
        };
        // The system may have the first for itself; of the others the header that comes first wins.
        let mine = ["EFSM", "ESOCKNOSPPORT", "ETERM"].contains(&name.as_str());
        if mine || kind == "alias" {
            writeln!(out, "#ifndef {name}\n#define {name} {value}\n#endif").unwrap();
        } else {
            writeln!(out, "#define {name} {value}").unwrap();
        }
    }
}

/// The types and functions of Rust files, as cbindgen prints them.
fn functions(root: &Path, header: &Header, sources: &[String], postfix: &str) -> String {
    if sources.is_empty() {
        return String::new();
    }
    let mut config = Config {
        language: Language::C,
        style: Style::Both,
        documentation_style: DocumentationStyle::C99,
        usize_is_size_t: true,
        no_includes: true,
        line_length: 96,
        tab_width: 4,
        ..Config::default()
    };
    config.sort_by = SortKey::None;
    config.export.item_types =
        vec![ItemType::Functions, ItemType::Structs, ItemType::Unions, ItemType::Typedefs];
    config.export.item_types.push(ItemType::OpaqueItems);
    config.export.exclude = header
        .opaque
        .iter()
        .map(|(_, name)| name)
        .chain(header.exclude)
        .map(|n| n.to_string())
        .collect();
    config.function.prefix = Some("NNG_DECL".to_owned());
    if !postfix.is_empty() {
        config.function.postfix = Some(postfix.to_owned());
    }
    let mut builder = Builder::new().with_config(config);
    for source in sources {
        builder = builder.with_src(plain(root, source));
    }
    let mut text = Vec::new();
    builder.generate().unwrap().write(&mut text);
    let text = String::from_utf8(text).unwrap();
    let text = laid_out(&text);
    format!("\n{}\n", text.trim())
}

/// Declarations of functions, each on one line or broken after a comma.
fn laid_out(text: &str) -> String {
    const WIDTH: usize = 96;
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("NNG_DECL") {
        let end = at + rest[at..].find(';').unwrap() + 1;
        out.push_str(&rest[..at]);
        let words: Vec<&str> = rest[at..end].split_whitespace().collect();
        let mut line = String::new();
        for piece in words.join(" ").split_inclusive(", ") {
            if line.len() + piece.trim_end().len() > WIDTH {
                writeln!(out, "{}", line.trim_end()).unwrap();
                line = "    ".to_owned();
            }
            line.push_str(piece);
        }
        out.push_str(&line);
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// A copy of a file in which the rows of `accessors!` are functions.
fn plain(root: &Path, source: &str) -> PathBuf {
    let text = fs::read_to_string(root.join("src").join(source)).unwrap();
    let mut out = String::new();
    let mut rows = false;
    for line in text.lines() {
        match line {
            "accessors! {" => rows = true,
            "}" if rows => rows = false,
            _ if rows => {
                let line =
                    line.replace("    fn ", "#[unsafe(no_mangle)]\npub unsafe extern \"C\" fn ");
                out.push_str(&line.replace("-> c_int;", "-> c_int { loop {} }"));
                out.push('\n');
            }
            _ => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    // Under names by which no `mod` line finds them.
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("headers");
    fs::create_dir_all(&dir).unwrap();
    let path = dir.join(source.replace('/', "+"));
    fs::write(&path, out).unwrap();
    path
}
