//! Header fields in the order they were set; names are compared without case.
#![forbid(unsafe_code)]

use crate::base::{Error, Result};
use std::ffi::{CStr, CString};

/// Text is kept NUL-terminated, as C programs are handed pointers to it.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    fields: Vec<(CString, CString)>,
}

/// Keeps line ends out of fields: they would start fields of their own.
fn is_one_line(s: &CStr) -> bool {
    !s.to_bytes().iter().any(|b| matches!(b, b'\r' | b'\n'))
}

impl Headers {
    fn find(&self, name: &CStr) -> Option<usize> {
        self.fields.iter().position(|(n, _)| n.to_bytes().eq_ignore_ascii_case(name.to_bytes()))
    }

    pub fn get(&self, name: &CStr) -> Option<&CStr> {
        self.find(name).map(|at| self.fields[at].1.as_c_str())
    }

    /// Replaces the field's value, or adds the field.
    pub fn set(&mut self, name: &CStr, value: &CStr) -> Result<()> {
        if !is_one_line(name) || !is_one_line(value) {
            return Err(Error::INVAL);
        }
        match self.find(name) {
            Some(at) => self.fields[at].1 = value.to_owned(),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        Ok(())
    }

    /// Appends to the field's value after a comma, or adds the field.
    pub fn add(&mut self, name: &CStr, value: &CStr) -> Result<()> {
        let Some(at) = self.find(name) else {
            return self.set(name, value);
        };
        let joined = [self.fields[at].1.to_bytes(), b", ", value.to_bytes()].concat();
        if !is_one_line(value) {
            return Err(Error::INVAL);
        }
        self.fields[at].1 = CString::new(joined).map_err(|_| Error::INVAL)?;
        Ok(())
    }

    pub fn remove(&mut self, name: &CStr) -> Result<()> {
        let at = self.find(name).ok_or(Error::NOENT)?;
        self.fields.remove(at);
        Ok(())
    }

    pub fn clear(&mut self) {
        self.fields.clear();
    }

    pub fn iter(&self) -> impl Iterator<Item = (&CStr, &CStr)> {
        self.fields.iter().map(|(n, v)| (n.as_c_str(), v.as_c_str()))
    }

    /// Whether a field's comma-separated value has `word` in it, without case.
    pub fn has_word(&self, name: &CStr, word: &str) -> bool {
        self.get(name).is_some_and(|v| {
            v.to_bytes()
                .split(|b| *b == b',')
                .any(|part| part.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
        })
    }

    /// Appends the fields as they are sent.
    pub fn write(&self, out: &mut Vec<u8>) {
        for (name, value) in &self.fields {
            out.extend_from_slice(name.to_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.to_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_replaces_and_add_joins() {
        let mut h = Headers::default();
        h.set(c"Accept", c"a").unwrap();
        h.add(c"ACCEPT", c"b").unwrap();
        h.add(c"Host", c"here").unwrap();
        assert_eq!(h.get(c"accept"), Some(c"a, b"));
        assert!(h.has_word(c"accept", "B") && !h.has_word(c"accept", "a, b"));
        h.set(c"accept", c"c").unwrap();
        let mut out = Vec::new();
        h.write(&mut out);
        assert_eq!(out, b"Accept: c\r\nHost: here\r\n");
        assert_eq!(h.remove(c"accept"), Ok(()));
        assert_eq!(h.remove(c"accept"), Err(Error::NOENT));
        assert_eq!(h.get(c"accept"), None);
    }

    #[test]
    fn no_line_ends() {
        let mut h = Headers::default();
        assert_eq!(h.set(c"A", c"b\r\nC: d"), Err(Error::INVAL));
        assert_eq!(h.set(c"A\n", c"b"), Err(Error::INVAL));
        h.set(c"A", c"b").unwrap();
        assert_eq!(h.add(c"A", c"\n"), Err(Error::INVAL));
        assert_eq!(h.get(c"A"), Some(c"b"));
    }
}
