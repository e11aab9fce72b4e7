//! The data of a message.
#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;

/// Bytes that belong to somebody else, who keeps them while they are referred to.
pub type Lent = Arc<dyn AsRef<[u8]> + Send + Sync>;

#[derive(Clone, Default)]
pub enum Body {
    #[default]
    Empty,
    Owned(Vec<u8>),
    Lent(Lent),
    /// Only announced, as in the answer to HEAD.
    Announced(usize),
}

impl Body {
    /// The bytes that are sent.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Body::Empty | Body::Announced(_) => &[],
            Body::Owned(data) => data,
            Body::Lent(data) => (**data).as_ref(),
        }
    }

    /// The length that is announced.
    pub fn len(&self) -> usize {
        match self {
            Body::Announced(len) => *len,
            other => other.as_bytes().len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.len())
    }
}
