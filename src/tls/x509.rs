//! What is read from a certificate beyond what webpki offers.
#![forbid(unsafe_code)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

pub fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    match X509Certificate::from_der(der) {
        Ok(([], cert)) => Some(cert),
        _ => None,
    }
}

/// The last common name in the subject: the most specific.
pub fn common_name(cert: &X509Certificate) -> Option<String> {
    let cn = cert.subject().iter_common_name().last()?;
    Some(cn.as_str().map_or_else(|_| String::from_utf8_lossy(cn.as_slice()).into(), str::to_owned))
}

pub fn alternative_names(cert: &X509Certificate) -> Vec<String> {
    let Ok(Some(names)) = cert.subject_alternative_name() else {
        return Vec::new();
    };
    let text = |name: &GeneralName| match name {
        GeneralName::DNSName(s) | GeneralName::RFC822Name(s) | GeneralName::URI(s) => {
            Some((*s).to_owned())
        }
        GeneralName::IPAddress(bytes) => ip_address(bytes).map(|ip| ip.to_string()),
        _ => None,
    };
    names.value.general_names.iter().filter_map(text).collect()
}

fn ip_address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(v4).into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|v6| Ipv6Addr::from(v6).into())
}

/// Whether the certificate is for `name`. The common name counts only where there are no
/// alternative names.
pub fn is_for(cert: &X509Certificate, name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let ip: Option<IpAddr> = name.trim_start_matches('[').trim_end_matches(']').parse().ok();
    match cert.subject_alternative_name() {
        Ok(Some(names)) => names.value.general_names.iter().any(|n| match (n, ip) {
            (GeneralName::IPAddress(bytes), Some(ip)) => ip_address(bytes) == Some(ip),
            (GeneralName::DNSName(pattern), None) => matches(pattern, name),
            _ => false,
        }),
        Ok(None) => match (common_name(cert), ip) {
            (Some(cn), Some(_)) => cn.eq_ignore_ascii_case(name),
            (Some(cn), None) => matches(&cn, name),
            (None, _) => false,
        },
        Err(_) => false,
    }
}

/// A leading `*.` stands for exactly one label.
fn matches(pattern: &str, name: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("*.") {
        return rest.contains('.')
            && name
                .split_once('.')
                .is_some_and(|(first, tail)| !first.is_empty() && tail.eq_ignore_ascii_case(rest));
    }
    pattern.eq_ignore_ascii_case(name)
}

/// The parts of a signed DER object: what is signed, the algorithm's identifier (without its
/// outer tag), and the signature.
pub fn signed_parts(der: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (content, []) = element(der, 0x30)? else {
        return None;
    };
    let (_, after) = element(content, 0x30)?;
    let signed = &content[..content.len() - after.len()];
    let (algorithm, after) = element(after, 0x30)?;
    let ([0, signature @ ..], []) = element(after, 0x03)? else {
        return None;
    };
    Some((signed, algorithm, signature))
}

/// The algorithm's identifier (without its outer tag) and the key's bits.
pub fn key_parts(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    let (content, []) = element(spki, 0x30)? else {
        return None;
    };
    let (algorithm, after) = element(content, 0x30)?;
    let ([0, key @ ..], []) = element(after, 0x03)? else {
        return None;
    };
    Some((algorithm, key))
}

/// Splits off one DER element with a definite length: its content, and what follows.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [found, first, rest @ ..] = der else {
        return None;
    };
    if *found != tag {
        return None;
    }
    let (len, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (len, rest) = rest.split_at_checked(usize::from(long - 0x80))?;
            (len.iter().fold(0usize, |n, b| n << 8 | usize::from(*b)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_one_label() {
        assert!(matches("localhost", "LOCALHOST"));
        assert!(matches("*.example.org", "a.example.org"));
        assert!(!matches("*.example.org", "a.b.example.org"));
        assert!(!matches("*.example.org", "example.org"));
        assert!(!matches("*.org", "example.org"));
        assert!(!matches("*", "localhost"));
    }

    #[test]
    fn der_elements() {
        assert_eq!(element(&[0x30, 1, 9, 7], 0x30), Some((&[9u8][..], &[7u8][..])));
        assert_eq!(element(&[0x30, 0x81, 1, 9], 0x30), Some((&[9u8][..], &[][..])));
        assert_eq!(element(&[0x30, 2, 9], 0x30), None);
        assert_eq!(element(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], 0x30), None);
        assert_eq!(element(&[0x31, 0], 0x30), None);
        assert_eq!(element(&[0x30, 0x80], 0x30), None);
        assert_eq!(element(&[], 0x30), None);
    }
}
