//! Which schemes byte streams have, and how their endpoints are made.
#![forbid(unsafe_code)]

use super::link::{Dial, Listen};
use crate::base::{Error, Result, Url};
use parking_lot::RwLock;

/// A kind of stream: the schemes it serves, and how its endpoints are made.
#[derive(Clone, Copy)]
pub struct Scheme {
    pub names: &'static [&'static str],
    pub dialer: fn(&Url) -> Result<Box<dyn Dial>>,
    pub listener: fn(&Url) -> Result<Box<dyn Listen>>,
}

static SCHEMES: RwLock<Vec<Scheme>> = RwLock::new(Vec::new());

/// Adds a kind; later ones win.
pub fn register(scheme: Scheme) {
    SCHEMES.write().insert(0, scheme);
}

fn find(name: &str) -> Result<Scheme> {
    let all = SCHEMES.read();
    all.iter().find(|scheme| scheme.names.contains(&name)).copied().ok_or(Error::NOTSUP)
}

pub fn dialer(url: &Url) -> Result<Box<dyn Dial>> {
    (find(url.scheme())?.dialer)(url)
}

pub fn listener(url: &Url) -> Result<Box<dyn Listen>> {
    (find(url.scheme())?.listener)(url)
}
