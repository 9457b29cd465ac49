//! Entries that are not sound: which of them were changed, and which stand in a wrong place. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::journal::chain::Hash;
use crate::journal::verify::check::Link;
use crate::journal::verify::finding::{Flaw, Place};

/// How many hashes may be tried for one chain to find where its entries belong.
const MOST_TRIES: u32 = 50_000;

/// How many places of one gap are tried for an entry.
const MOST_OF_A_GAP: usize = 64;

/// What became of the entries that were set aside.
#[derive(Debug)]
pub(super) struct Settled {
    /// What is wrong with each.
    pub(super) flaws: Vec<(Place, Flaw)>,
    /// Ranges of places that no entry belongs to.
    pub(super) missing: Vec<(i64, i64)>,
    /// The last place that an entry belongs to; 0 when there is none.
    pub(super) last: i64,
    /// The hashes that the head may name for it.
    pub(super) last_hashes: Vec<Option<Hash>>,
}

/// Settles `suspects`. `gaps` are the ranges of places at which nothing stands, `end` is the last place at which something
/// stands, `firm` the place and hash of the last entry that is no suspect.
pub(super) fn settle<L: Link>(
    suspects: &[L],
    gaps: &[(i64, i64)],
    end: i64,
    firm: Option<(i64, Option<Hash>)>,
) -> Settled {
    let places: Vec<Place> = suspects.iter().map(Link::place).collect();
    let vacant: BTreeSet<i64> = places.iter().map(|place| place.sequence).collect();
    let homes = find_homes(suspects, &vacant, gaps, end);
    let home_of: BTreeMap<i64, i64> = places
        .iter()
        .zip(&homes)
        .filter_map(|(place, home)| home.map(|home| (place.sequence, home)))
        .collect();
    let by_place: BTreeMap<i64, &Place> =
        places.iter().map(|place| (place.sequence, place)).collect();
    let mut flaws: Vec<(Place, Flaw)> = Vec::new();
    let mut claimed = BTreeSet::new();
    for (place, home) in places.iter().zip(&homes) {
        let at = place.sequence;
        let Some(home) = *home else {
            flaws.push((place.clone(), Flaw::Changed));
            continue;
        };
        let taken = (1..=end).contains(&home)
            && !vacant.contains(&home)
            && !gaps.iter().any(|(first, last)| (*first..=*last).contains(&home));
        if taken || !claimed.insert(home) {
            flaws.push((place.clone(), Flaw::Doubled { of: home }));
        } else if home_of.get(&home) == Some(&at) {
            if at < home
                && let Some(other) = by_place.get(&home)
            {
                flaws.push((place.clone(), Flaw::Swapped { with: (*other).clone() }));
            }
        } else if !extends(&mut flaws, at, home) {
            flaws.push((place.clone(), Flaw::Moved { count: 1, from: home }));
        }
    }
    let last_unmoved = places
        .iter()
        .zip(&homes)
        .filter_map(|(place, home)| home.is_none().then_some(place.sequence))
        .chain(firm.map(|(sequence, _)| sequence))
        .max();
    let last = last_unmoved.into_iter().chain(claimed.last().copied()).max().unwrap_or(0).max(0);
    let vacated = home_of.keys().copied().filter(|at| !claimed.contains(at));
    let mut missing = still_missing(gaps, &claimed, last);
    missing.extend(vacated.filter(|at| (1..=last).contains(at)).map(|at| (at, at)));
    missing.sort_unstable();
    let last_hashes = last_hashes(suspects, &homes, last, firm);
    Settled { flaws, missing, last, last_hashes }
}

/// Where each suspect belongs: the place at which what it says gives its hash.
fn find_homes<L: Link>(
    suspects: &[L],
    vacant: &BTreeSet<i64>,
    gaps: &[(i64, i64)],
    end: i64,
) -> Vec<Option<i64>> {
    let mut tries = MOST_TRIES;
    let mut shift = 0;
    let in_gaps = || gaps.iter().flat_map(|(first, last)| (*first..=*last).take(MOST_OF_A_GAP));
    suspects
        .iter()
        .map(|suspect| {
            let at = suspect.place().sequence;
            let hash = suspect.hash()?;
            suspect.hash_at(at)?;
            let near = [shift, -1, 1].into_iter().filter_map(|by| at.checked_add(by));
            let home = near
                .chain(vacant.iter().copied())
                .chain(in_gaps())
                .chain(1..=end)
                .filter(|home| *home != at && *home > 0)
                .take_while(|_| {
                    tries = tries.saturating_sub(1);
                    tries > 0
                })
                .find(|home| suspect.hash_at(*home) == Some(hash))?;
            shift = home.saturating_sub(at);
            Some(home)
        })
        .collect()
}

/// Lengthens the last run of moved entries by the entry at `at`, if it was moved along with them.
fn extends(flaws: &mut [(Place, Flaw)], at: i64, home: i64) -> bool {
    let Some((first, Flaw::Moved { count, from })) = flaws.last_mut() else { return false };
    let along = i64::try_from(*count).unwrap_or(i64::MAX);
    let next = first.sequence.checked_add(along) == Some(at);
    let same = from.checked_add(along) == Some(home);
    if next && same {
        *count += 1;
    }
    next && same
}

fn still_missing(gaps: &[(i64, i64)], claimed: &BTreeSet<i64>, top: i64) -> Vec<(i64, i64)> {
    let mut missing = Vec::new();
    for (first, last) in gaps {
        let last = (*last).min(top);
        let mut from = *first;
        if from > last {
            continue;
        }
        for found in claimed.range(from..=last) {
            if *found > from {
                missing.push((from, found - 1));
            }
            from = found + 1;
        }
        if from <= last {
            missing.push((from, last));
        }
    }
    missing
}

fn last_hashes<L: Link>(
    suspects: &[L],
    homes: &[Option<i64>],
    last: i64,
    firm: Option<(i64, Option<Hash>)>,
) -> Vec<Option<Hash>> {
    let mut hashes: Vec<Option<Hash>> = suspects
        .iter()
        .zip(homes)
        .filter(|(suspect, home)| home.unwrap_or(suspect.place().sequence) == last)
        .flat_map(|(suspect, _)| [suspect.hash(), suspect.hash_at(last)])
        .collect();
    hashes.extend(firm.filter(|(sequence, _)| *sequence == last).map(|(_, hash)| hash));
    hashes
}
