//! A map from 64-bit ids to values, which can find unused ids in a range.
#![forbid(unsafe_code)]

use super::memory::enough_memory;
use super::{Error, Result};
use crate::sys::random;
use std::collections::HashMap;

pub struct IdMap<T> {
    /// Values in no order; a hole is where one was removed.
    entries: Vec<Option<(u64, T)>>,
    places: HashMap<u64, usize>,
    holes: Vec<usize>,
    lowest: u64,
    highest: u64,
    next: u64,
}

impl<T> IdMap<T> {
    /// Unused ids come from `lowest..=highest`; zeros stand for 1 and the greatest 32-bit number.
    pub fn new(lowest: u64, highest: u64, random: bool) -> Result<IdMap<T>> {
        let lowest = lowest.max(1);
        let highest = if highest == 0 { u32::MAX.into() } else { highest };
        if lowest > highest {
            return Err(Error::INVAL);
        }
        let skip = match (highest - lowest).checked_add(1) {
            _ if !random => 0,
            Some(span) => random::random_u64() % span,
            None => random::random_u64(),
        };
        Ok(IdMap {
            entries: Vec::new(),
            places: HashMap::new(),
            holes: Vec::new(),
            lowest,
            highest,
            next: lowest + skip,
        })
    }

    pub fn get(&self, id: u64) -> Option<&T> {
        let place = *self.places.get(&id)?;
        self.entries[place].as_ref().map(|(_, value)| value)
    }

    /// Sets the value of an id, which may lie outside the range.
    pub fn set(&mut self, id: u64, value: T) -> Result<()> {
        if let Some(place) = self.places.get(&id) {
            self.entries[*place] = Some((id, value));
            return Ok(());
        }
        enough_memory()?;
        self.make_room().ok_or(Error::NOMEM)?;
        let place = self.holes.pop().unwrap_or_else(|| {
            self.entries.push(None);
            self.entries.len() - 1
        });
        self.entries[place] = Some((id, value));
        self.places.insert(id, place);
        Ok(())
    }

    /// For one entry more, and for the holes that all entries may leave.
    fn make_room(&mut self) -> Option<()> {
        self.places.try_reserve(1).ok()?;
        if self.holes.is_empty() {
            self.entries.try_reserve(1).ok()?;
            self.holes.try_reserve(self.entries.capacity()).ok()?;
        }
        Some(())
    }

    /// Gives a value an unused id, the next one in turn.
    pub fn alloc(&mut self, value: T) -> Result<u64> {
        let span = self.highest - self.lowest;
        if self.places.len() as u64 > span {
            return Err(Error::NOMEM);
        }
        loop {
            let id = self.next;
            self.next = if id == self.highest { self.lowest } else { id + 1 };
            if !self.places.contains_key(&id) {
                return self.set(id, value).map(|()| id);
            }
        }
    }

    pub fn remove(&mut self, id: u64) -> Result<T> {
        let place = self.places.remove(&id).ok_or(Error::NOENT)?;
        self.holes.push(place);
        self.entries[place].take().map(|(_, value)| value).ok_or(Error::NOENT)
    }

    /// The first entry at or after `cursor`, and the cursor for the one after it. Entries that
    /// are there all the while are visited once each, whatever is added or removed.
    pub fn visit(&self, cursor: usize) -> Option<(u64, &T, usize)> {
        let entries = self.entries.get(cursor..)?;
        let at = entries.iter().position(Option::is_some)?;
        entries[at].as_ref().map(|(id, value)| (*id, value, cursor + at + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_in_turn_and_are_used_once() {
        let mut map = IdMap::new(10, 13, false).unwrap();
        let ids: Vec<u64> = (0..4).map(|i| map.alloc(i).unwrap()).collect();
        assert_eq!(ids, [10, 11, 12, 13]);
        assert_eq!(map.alloc(9), Err(Error::NOMEM));
        assert_eq!(map.remove(11), Ok(1));
        assert_eq!(map.remove(11), Err(Error::NOENT));
        assert_eq!(map.alloc(7), Ok(11));
        assert_eq!(map.get(11), Some(&7));
        assert!(IdMap::<()>::new(5, 4, false).is_err());
    }

    #[test]
    fn ids_outside_the_range() {
        let mut map = IdMap::new(10, 13, false).unwrap();
        map.set(0, 'a').unwrap();
        map.set(100, 'b').unwrap();
        map.set(100, 'c').unwrap();
        assert_eq!((map.get(0), map.get(100), map.get(10)), (Some(&'a'), Some(&'c'), None));
        assert_eq!(map.alloc('d'), Ok(10));
        assert_eq!(map.remove(0), Ok('a'));
        assert_eq!(map.remove(0), Err(Error::NOENT));
        // The whole of what 64 bits hold.
        let mut map = IdMap::new(u64::MAX - 1, u64::MAX, false).unwrap();
        let ids: Vec<_> = (0..3).map(|i| map.alloc(i)).collect();
        assert_eq!(ids, [Ok(u64::MAX - 1), Ok(u64::MAX), Err(Error::NOMEM)]);
        assert!(IdMap::<()>::new(0, u64::MAX, true).is_ok());
    }

    #[test]
    fn does_as_a_plain_map_does() {
        let mut map = IdMap::new(0, 0, false).unwrap();
        let mut model = HashMap::new();
        let mut seed = 1u64;
        for step in 0..if cfg!(miri) { 1000 } else { 50_000u64 } {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let id = (seed >> 33) % 1000;
            match (seed >> 60) % 3 {
                0 => {
                    map.set(id, step).unwrap();
                    model.insert(id, step);
                }
                1 => assert_eq!(map.remove(id).ok(), model.remove(&id)),
                _ => assert_eq!(map.get(id), model.get(&id)),
            }
        }
        let (mut seen, mut cursor) = (HashMap::new(), 0);
        while let Some((id, value, next)) = map.visit(cursor) {
            assert_eq!(seen.insert(id, *value), None);
            cursor = next;
        }
        assert_eq!(seen, model);
    }

    #[test]
    fn every_entry_is_visited_while_others_go() {
        let mut map = IdMap::new(1, 0, true).unwrap();
        for i in 0..100u64 {
            map.set(i, i).unwrap();
        }
        let (mut seen, mut cursor) = (Vec::new(), 0);
        while let Some((id, _, next)) = map.visit(cursor) {
            seen.push(id);
            cursor = next;
            map.remove(id).unwrap();
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..100).collect::<Vec<_>>());
    }
}
