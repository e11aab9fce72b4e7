//! A snapshot of statistics: a tree of named values.
#![forbid(unsafe_code)]

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Unit {
    None = 0,
    Bytes = 1,
    Messages = 2,
    Millis = 3,
    Events = 4,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    Scope,
    Level(u64),
    Counter(u64),
    String(String),
    Boolean(bool),
    Id(u64),
}

/// A node of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Stat {
    pub name: &'static str,
    pub desc: &'static str,
    pub content: Content,
    pub unit: Unit,
    pub children: Vec<Stat>,
}

impl Stat {
    pub fn scope(name: &'static str, desc: &'static str, children: Vec<Stat>) -> Stat {
        Stat { name, desc, content: Content::Scope, unit: Unit::None, children }
    }

    pub fn leaf(name: &'static str, desc: &'static str, content: Content, unit: Unit) -> Stat {
        Stat { name, desc, content, unit, children: Vec::new() }
    }

    /// The first node with this name, this one included, children in order.
    pub fn find(&self, name: &str) -> Option<&Stat> {
        if self.name == name {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(name))
    }

    /// The first scope with this name that has this id.
    pub fn find_scope(&self, name: &str, id: u64) -> Option<&Stat> {
        let has_id = |stat: &Stat| {
            stat.children.iter().any(|c| c.name == "id" && c.content == Content::Id(id))
        };
        if self.name == name && has_id(self) {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find_scope(name, id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_in_order() {
        let scope = |name, id, children: Vec<Stat>| {
            let id = Stat::leaf("id", "", Content::Id(id), Unit::None);
            Stat::scope(name, "", [vec![id], children].concat())
        };
        let drops = |n| Stat::leaf("drops", "", Content::Counter(n), Unit::Messages);
        let root = Stat::scope(
            "",
            "",
            vec![
                scope("socket", 1, vec![scope("listener", 1, vec![drops(3)])]),
                scope("socket", 2, vec![scope("dialer", 1, vec![drops(4)])]),
            ],
        );
        assert_eq!(root.find("drops"), Some(&drops(3)));
        assert_eq!(root.find("nothing"), None);
        assert_eq!(root.find("").map(|stat| stat.children.len()), Some(2));
        let dialer = root.find_scope("dialer", 1).unwrap();
        assert_eq!(dialer.find("drops"), Some(&drops(4)));
        assert_eq!(root.find_scope("socket", 2), Some(&root.children[1]));
        assert_eq!(root.find_scope("socket", 3), None);
        assert_eq!(root.find_scope("drops", 3), None);
    }
}
