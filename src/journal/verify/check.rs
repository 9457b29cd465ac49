//! Whether one chain is as it was written: pure.
//!
//! An entry is *sound* when what it says gives its hash. A sound entry vouches for the hash of the one before it; the head
//! vouches for the last. Entries that are not sound are set aside, and when the chain has been read to its end it is
//! settled whether they were changed or stand in a wrong place.

use crate::journal::chain::{GENESIS, Hash};
use crate::journal::verify::finding::{ChainName, Finding, Flaw, Place};
use crate::journal::verify::settle::{Settled, settle};
use crate::journal::verify::stored::StoredEntry;

/// An entry, as far as the check of a chain is concerned.
pub(super) trait Link {
    /// Its name in findings.
    fn place(&self) -> Place;
    /// The hash that it says it follows.
    fn previous_hash(&self) -> Option<Hash>;
    /// The hash that is stored for it.
    fn hash(&self) -> Option<Hash>;
    /// The hash of what it says, if it stands at `sequence`; nothing where that cannot be told.
    fn hash_at(&self, sequence: i64) -> Option<Hash>;
}

/// What a chain's head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The place of the last entry.
    pub sequence: i64,
    /// Its hash, where that can be read.
    pub hash: Option<Hash>,
}

/// How a chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With a head.
    Head(Head),
    /// It is not in the list of chains.
    NoChain,
    /// Nothing is known of it but its entries.
    Unknown,
}

/// Entries that may be set aside for the end of a chain; those beyond are called changed at once.
const MOST_SUSPECTS: usize = 256;

/// Checks one chain, in memory that does not grow with it.
pub(super) struct ChainCheck<L> {
    pub(super) chain: ChainName,
    findings: Vec<Finding>,
    before: Option<Seen>,
    gaps: Vec<(i64, i64)>,
    suspects: Vec<L>,
    /// The last entry that was not set aside.
    firm: Option<(i64, Option<Hash>)>,
}

/// The entry that was read last.
struct Seen {
    place: Place,
    hash: Option<Hash>,
    sound: bool,
    /// The entry before it, where this one does not follow that one.
    not_after: Option<Place>,
}

impl<L: Link> ChainCheck<L> {
    pub(super) fn new(chain: ChainName) -> Self {
        let (findings, gaps, suspects) = (Vec::new(), Vec::new(), Vec::new());
        Self { chain, findings, before: None, gaps, suspects, firm: None }
    }

    /// Goes on behind `head`, which was the chain's last entry when it was checked before.
    pub(super) fn behind(chain: ChainName, head: Head) -> Self {
        let place = Place { sequence: head.sequence, id: None, action: None };
        let before = Seen { place, hash: head.hash, sound: true, not_after: None };
        let firm = Some((head.sequence, head.hash));
        Self { before: Some(before), firm, ..Self::new(chain) }
    }

    /// Takes the next entry, and tells whether it is sound.
    pub(super) fn push(&mut self, link: L) -> bool {
        let place = link.place();
        let at = place.sequence;
        let last = self.before.as_ref().map_or(0, |before| before.place.sequence);
        if self.before.is_some() && at <= last {
            let flaw = if at == last { Flaw::Doubled { of: at } } else { Flaw::OutOfOrder };
            self.find(Some(place), flaw);
            return false;
        }
        let follows = last.checked_add(1) == Some(at);
        if !follows && at > last {
            self.gaps.push((last.saturating_add(1).max(1), at - 1));
        }
        let hash = link.hash();
        let sound = at > 0 && hash.is_some() && link.hash_at(at) == hash;
        let before = self.before.take();
        let not_after = if sound && follows {
            self.judge_link(&link, before)
        } else {
            self.close(before, false);
            None
        };
        if !sound && self.suspects.len() < MOST_SUSPECTS {
            self.suspects.push(link);
        } else {
            self.firm = Some((at, hash));
            if !sound {
                self.find(Some(place.clone()), Flaw::Changed);
            }
        }
        self.before = Some(Seen { place, hash, sound, not_after });
        sound
    }

    /// Whether the sound entry `link` follows the one before it, which is given back where it does not.
    fn judge_link(&mut self, link: &L, before: Option<Seen>) -> Option<Place> {
        let Some(before) = before else {
            if link.previous_hash() != Some(GENESIS) {
                self.find(Some(link.place()), Flaw::Changed);
            }
            return None;
        };
        let disowned = before.sound && link.previous_hash() != before.hash;
        let place = disowned.then(|| before.place.clone());
        self.close(Some(before), disowned);
        place
    }

    /// Settles which entry is to blame where `seen` does not follow the one before it: that one, whose hash `seen` does
    /// not know, unless `seen` is itself disowned.
    fn close(&mut self, seen: Option<Seen>, disowned: bool) {
        let Some(seen) = seen else { return };
        if let Some(earlier) = seen.not_after {
            if disowned {
                self.find(Some(seen.place), Flaw::Unlinked);
            } else {
                self.find(Some(earlier), Flaw::Replaced);
            }
        }
    }

    fn find(&mut self, entry: Option<Place>, flaw: Flaw) {
        self.findings.push(Finding { chain: Some(self.chain), entry, flaw });
    }

    /// Ends the chain.
    pub(super) fn finish(mut self, end: End) -> Vec<Finding> {
        let before = self.before.take();
        let until = before.as_ref().map_or(0, |before| before.place.sequence);
        let settled = settle(&std::mem::take(&mut self.suspects), &self.gaps, until, self.firm);
        for (place, flaw) in &settled.flaws {
            self.find(Some(place.clone()), flaw.clone());
        }
        for (first, last) in &settled.missing {
            self.find(None, Flaw::Dropped { first: *first, last: *last });
        }
        let fits = match end {
            End::Head(head) => self.judge_head(head, &settled),
            End::NoChain => {
                self.find(None, Flaw::NoChain);
                true
            }
            End::Unknown => {
                if until == 0 {
                    self.find(None, Flaw::Empty);
                }
                true
            }
        };
        self.close(before, !fits);
        self.findings.sort_by_key(Finding::order);
        self.findings
    }

    fn judge_head(&mut self, head: Head, settled: &Settled) -> bool {
        let last = settled.last;
        let known = head.hash.is_some() && settled.last_hashes.contains(&head.hash);
        match head.sequence.cmp(&last) {
            std::cmp::Ordering::Equal if last == 0 => {
                self.find(None, Flaw::Empty);
                true
            }
            std::cmp::Ordering::Equal if known => true,
            std::cmp::Ordering::Greater if !known => {
                self.find(None, Flaw::Dropped { first: last + 1, last: head.sequence });
                true
            }
            _ => {
                self.find(None, Flaw::HeadMismatch { head: head.sequence, last });
                known
            }
        }
    }
}

/// Checks one chain: its entries in the order of their sequence, and its end.
pub fn check_chain(
    chain: ChainName,
    entries: impl Iterator<Item = StoredEntry>,
    end: End,
) -> Vec<Finding> {
    let mut check = ChainCheck::new(chain);
    for entry in entries {
        check.push(entry);
    }
    check.finish(end)
}
