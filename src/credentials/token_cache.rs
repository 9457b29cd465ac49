//! Remembers what was verified, so that the same token need not be verified again.
//!
//! Two generations of bounded size: what is asked for lives in the young one; when that is full it becomes the old
//! one, and the old one is forgotten. So memory is bounded, and whoever asks often stays.
//!
//! May import: nothing of this crate.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// SHA-256 of a token.
pub(super) type Key = [u8; 32];

/// A bounded map, shared by threads.
pub(super) struct TokenCache<V> {
    generation: usize,
    generations: Mutex<Generations<V>>,
}

struct Generations<V> {
    young: HashMap<Key, V>,
    old: HashMap<Key, V>,
}

impl<V: Copy> TokenCache<V> {
    /// A map that holds at most `capacity` values, and at least half of that many once they have come.
    pub(super) fn new(capacity: usize) -> Self {
        let generations = Generations { young: HashMap::new(), old: HashMap::new() };
        Self { generation: (capacity / 2).max(1), generations: Mutex::new(generations) }
    }

    /// The value of `key`, if it is still remembered.
    pub(super) fn get(&self, key: &Key) -> Option<V> {
        let mut generations = self.lock();
        if let Some(value) = generations.young.get(key) {
            return Some(*value);
        }
        let value = generations.old.remove(key)?;
        self.remember(&mut generations, *key, value);
        Some(value)
    }

    /// Remembers `value`.
    pub(super) fn insert(&self, key: Key, value: V) {
        self.remember(&mut self.lock(), key, value);
    }

    fn remember(&self, generations: &mut Generations<V>, key: Key, value: V) {
        if generations.young.len() >= self.generation {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(key, value);
    }

    fn lock(&self) -> MutexGuard<'_, Generations<V>> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many values are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let generations = self.lock();
        generations.young.len() + generations.old.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u16) -> Key {
        let mut key = [0; 32];
        key[..2].copy_from_slice(&number.to_be_bytes());
        key
    }

    #[test]
    fn what_came_lately_is_remembered_and_no_more_than_fits() {
        let cache = TokenCache::new(10);
        for number in 0..1000 {
            cache.insert(key(number), number);
            assert!(cache.len() <= 10);
        }
        for number in 995..1000 {
            assert_eq!(cache.get(&key(number)), Some(number));
        }
        assert_eq!(cache.get(&key(0)), None);
        assert!(cache.len() <= 10);
    }

    #[test]
    fn who_asks_often_stays() {
        let cache = TokenCache::new(10);
        cache.insert(key(0), 0);
        for number in 1..1000 {
            cache.insert(key(number), number);
            assert_eq!(cache.get(&key(0)), Some(0), "after {number}");
        }
    }

    #[test]
    fn the_smallest_capacity_works() {
        let cache = TokenCache::new(0);
        cache.insert(key(1), 1);
        assert_eq!(cache.get(&key(1)), Some(1));
    }
}
