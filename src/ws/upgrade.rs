//! A connection that has left HTTP behind.
#![forbid(unsafe_code)]

use super::frame::Role;
use super::settings::{Settings, Talk};
use crate::stream::Link;
use std::sync::Arc;

pub struct Upgraded {
    pub link: Arc<dyn Link>,
    /// What was read behind the handshake.
    pub early: Vec<u8>,
    pub role: Role,
    pub settings: Settings,
    pub talk: Arc<Talk>,
}
