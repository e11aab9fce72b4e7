//! Options of a command line: `-x`, `-xvalue`, `-x value`, `--name`, `--name=value`,
//! `--name:value`, `--name value`, and any beginning of a name that fits one option alone.
#![forbid(unsafe_code)]

use super::{Error, Result};

/// An option that a program knows.
#[derive(Clone, Copy)]
pub struct Spec<'a> {
    /// The long name, if it has one.
    pub name: Option<&'a [u8]>,
    /// The short name, or a value that is no character.
    pub short: i32,
    pub takes_value: bool,
}

/// What an argument turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// No option: the rest of the line begins here.
    Operand,
    /// A lone dash, after which the rest begins.
    Dash,
    /// The option at this index, and where in the argument its value begins, if it holds one.
    Option(usize, Option<usize>),
}

/// Looks at one argument. Whether the next argument is a value is for the caller to see.
pub fn look_up(arg: &[u8], specs: &[Spec]) -> Result<Found> {
    let Some(rest) = arg.strip_prefix(b"-") else { return Ok(Found::Operand) };
    if rest.is_empty() {
        return Ok(Found::Dash);
    }
    let (index, end, value) = match rest.strip_prefix(b"-") {
        Some(long) => {
            let len = long.iter().position(|c| b"=:".contains(c)).unwrap_or(long.len());
            (by_name(&long[..len], specs)?, len + 2, len + 3)
        }
        None => {
            let short = specs.iter().position(|spec| spec.short == i32::from(rest[0]));
            (short.ok_or(Error::INVAL)?, 2, 2)
        }
    };
    let attached = end < arg.len();
    match (specs[index].takes_value, attached) {
        (false, true) => Err(Error::INVAL),
        (true, true) => Ok(Found::Option(index, Some(value))),
        (_, false) => Ok(Found::Option(index, None)),
    }
}

fn by_name(name: &[u8], specs: &[Spec]) -> Result<usize> {
    let names = |index: usize| specs[index].name.unwrap_or_default();
    let fits = |&index: &usize| specs[index].name.is_some_and(|full| full.starts_with(name));
    let fitting: Vec<usize> = (0..specs.len()).filter(fits).collect();
    if let Some(exact) = fitting.iter().find(|index| names(**index) == name) {
        return Ok(*exact);
    }
    match fitting[..] {
        [] => Err(Error::INVAL),
        [one] => Ok(one),
        _ => Err(Error::AMBIGUOUS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form() {
        let spec = |name: &'static [u8], short: u8, takes_value| Spec {
            name: Some(name),
            short: short.into(),
            takes_value,
        };
        let specs =
            [spec(b"flag", b'f', false), spec(b"value", b'v', true), spec(b"vale", 1, true)];
        let found = |arg: &str| look_up(arg.as_bytes(), &specs);
        assert_eq!(found("x"), Ok(Found::Operand));
        assert_eq!(found("-"), Ok(Found::Dash));
        assert_eq!(found("-f"), Ok(Found::Option(0, None)));
        assert_eq!(found("-fx"), Err(Error::INVAL));
        assert_eq!(found("--fl"), Ok(Found::Option(0, None)));
        assert_eq!(found("--flag=1"), Err(Error::INVAL));
        assert_eq!(found("-v"), Ok(Found::Option(1, None)));
        assert_eq!(found("-v12"), Ok(Found::Option(1, Some(2))));
        assert_eq!(found("--value=12"), Ok(Found::Option(1, Some(8))));
        assert_eq!(found("--valu:12"), Ok(Found::Option(1, Some(7))));
        assert_eq!(found("--val"), Err(Error::AMBIGUOUS));
        assert_eq!(found("--vale"), Ok(Found::Option(2, None)));
        assert_eq!(found("--other"), Err(Error::INVAL));
        assert_eq!(found("-z"), Err(Error::INVAL));
    }
}
