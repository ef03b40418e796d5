//! The keys that have arrived, in little more room than they need: it is the one thing that a slice holds of every row.

/// Keys that wait at the least until they are merged, and one more for so many that are in order.
const WAITING: usize = 512;

/// What is kept of a hashed key: 80 bits, without a gap. Of a million keys two look alike less than once in 10^12 times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(C, packed(2))]
struct Kept(u64, u16);

/// A set of hashed keys. A hash table would be half empty, and needs both tables while it grows.
#[derive(Debug, Default)]
pub struct Keys {
    /// Most of them, in order.
    merged: Vec<Kept>,
    /// The last ones, in order, too: what a new key pushes aside stays small.
    waiting: Vec<Kept>,
}

impl Keys {
    /// Adds a key. `false` where it is there already.
    pub fn insert(&mut self, key: u128) -> bool {
        let kept = kept(key);
        let Err(place) = self.waiting.binary_search(&kept) else { return false };
        if self.merged.binary_search(&kept).is_ok() {
            return false;
        }
        self.waiting.insert(place, kept);
        if self.waiting.len() >= WAITING + self.merged.len() / WAITING {
            self.merge();
        }
        true
    }

    /// Whether a key is there.
    pub fn contains(&self, key: u128) -> bool {
        let kept = kept(key);
        self.waiting.binary_search(&kept).is_ok() || self.merged.binary_search(&kept).is_ok()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.merged.len() + self.waiting.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts those that wait among the others. Both are in order: such runs a stable sort only merges.
    fn merge(&mut self) {
        // Doubled it would be half empty again.
        self.merged.reserve_exact(self.waiting.len());
        self.merged.append(&mut self.waiting);
        self.merged.sort();
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the parts of a number")]
fn kept(key: u128) -> Kept {
    Kept((key >> 16) as u64, key as u16)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn key(number: u128) -> u128 {
        xxhash_rust::xxh3::xxh3_128(&number.to_be_bytes())
    }

    proptest! {
        #[test]
        fn it_knows_what_a_set_knows(numbers in prop::collection::vec(0..1_000_u128, 0..2_000)) {
            let (mut keys, mut set) = (Keys::default(), HashSet::new());
            for number in numbers {
                prop_assert_eq!(keys.insert(key(number)), set.insert(number));
                prop_assert_eq!(keys.len(), set.len());
            }
            prop_assert_eq!(keys.is_empty(), set.is_empty());
            prop_assert!((0..1_000).all(|number| keys.contains(key(number)) == set.contains(&number)));
        }
    }

    #[test]
    fn keys_that_differ_in_one_part_are_others() {
        let mut keys = Keys::default();
        for bit in 0..80 {
            assert!(keys.insert(1 << bit), "bit {bit}");
        }
        assert_eq!(keys.len(), 80);
        assert!(!keys.contains(0));
    }

    #[test]
    fn it_takes_little_more_than_the_keys() {
        let mut keys = Keys::default();
        (0..20_000).for_each(|number| assert!(keys.insert(key(number))));
        let room = (keys.merged.capacity() + keys.waiting.capacity()) * size_of::<Kept>();
        assert!(room < 20_000 * 11, "{room}");
    }
}
