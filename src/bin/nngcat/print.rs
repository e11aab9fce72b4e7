//! How messages are shown.
#![forbid(unsafe_code)]

use std::io::{self, Write};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    No,
    Raw,
    Ascii,
    Quoted,
    Hex,
    Msgpack,
}

impl Format {
    pub fn named(name: &str) -> Option<Format> {
        Some(match name {
            "no" => Format::No,
            "raw" => Format::Raw,
            "ascii" => Format::Ascii,
            "quoted" => Format::Quoted,
            "hex" => Format::Hex,
            "msgpack" => Format::Msgpack,
            _ => return None,
        })
    }

    /// Writes one message.
    pub fn print(self, body: &[u8], out: &mut dyn Write) -> io::Result<()> {
        match self {
            Format::No => return Ok(()),
            Format::Raw => out.write_all(body)?,
            Format::Ascii => {
                let safe = |b: &u8| if b.is_ascii_graphic() || *b == b' ' { *b } else { b'.' };
                out.write_all(&body.iter().map(safe).collect::<Vec<u8>>())?;
                out.write_all(b"\n")?;
            }
            Format::Quoted => {
                let text: String = body.iter().map(|b| quoted(*b)).collect();
                writeln!(out, "\"{text}\"")?;
            }
            Format::Hex => {
                let text: String = body.iter().map(|b| format!("\\x{b:02X}")).collect();
                writeln!(out, "\"{text}\"")?;
            }
            Format::Msgpack => {
                let len = body.len();
                match (u8::try_from(len), u16::try_from(len)) {
                    (Ok(len), _) => out.write_all(&[0xc4, len])?,
                    (_, Ok(len)) => {
                        out.write_all(&[0xc5])?;
                        out.write_all(&len.to_be_bytes())?;
                    }
                    _ => {
                        out.write_all(&[0xc6])?;
                        out.write_all(&(len as u32).to_be_bytes())?;
                    }
                }
                out.write_all(body)?;
            }
        }
        out.flush()
    }
}

fn quoted(b: u8) -> String {
    match b {
        b'\n' => "\\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        b'\t' => "\\t".to_owned(),
        b'"' => "\\\"".to_owned(),
        b'\\' => "\\\\".to_owned(),
        b if b.is_ascii_graphic() || b == b' ' => (b as char).to_string(),
        b => format!("\\x{b:02x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    fn shown(format: Format, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        format.print(body, &mut out).unwrap();
        out
    }

    #[test]
    fn formats() {
        assert_eq!(shown(Format::Ascii, b"a\x01b"), b"a.b\n");
        assert_eq!(shown(Format::Quoted, b"a\"\n\x01"), b"\"a\\\"\\n\\x01\"\n");
        assert_eq!(shown(Format::Hex, b".\xff"), b"\"\\x2E\\xFF\"\n");
        assert_eq!(shown(Format::Msgpack, b"ab"), b"\xc4\x02ab");
        assert_eq!(shown(Format::Msgpack, &[0; 300])[..3], [0xc5, 1, 44]);
        assert_eq!(shown(Format::No, b"x"), b"");
    }
}
