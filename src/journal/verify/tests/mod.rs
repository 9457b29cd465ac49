mod behind;
mod database;
mod example;
mod export;
mod file;
mod pure;
mod reading;

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::clock::Instant;
use crate::ids::{AgencyId, EntryId, RequestId};
use crate::journal::ChainKind;
use crate::journal::chain::{GENESIS, Hash};

pub(super) const CHAIN: ChainName =
    ChainName { kind: Some(ChainKind::Case), id: ChainId::from_uuid(Uuid::from_u128(0xC0)) };

pub(super) fn entry(sequence: i64, previous: Hash) -> StoredEntry {
    let number = u128::from(sequence.unsigned_abs());
    let mut entry = StoredEntry {
        id: Stored(Some(EntryId::from_uuid(Uuid::from_u128(0xE000 + number)))),
        chain_id: Stored(Some(CHAIN.id)),
        sequence,
        recorded_at: Stored(Instant::from_microseconds(1_772_339_400_000_000 + sequence).ok()),
        request_id: Stored(Some(format!("request-{number}").parse().unwrap())),
        actor: Stored(Some("user:019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11".to_owned())),
        agency_id: Stored(Some(Some(AgencyId::from_uuid(Uuid::from_u128(0xA0))))),
        action: Stored(Some("milestone.reported".to_owned())),
        subject_kind: Stored(Some("milestone".to_owned())),
        subject_id: Stored(Some(EntryId::from_uuid(Uuid::from_u128(0x5000 + number)))),
        details: Stored(Some(json!({"late": false, "minutes": 10 * sequence}).to_string())),
        salt: Stored(Some(vec![sequence.to_le_bytes()[0]; 16])),
        previous_hash: Stored(Some(previous.to_vec())),
        hash: Stored(None),
    };
    rehash(&mut entry);
    entry
}

/// Gives an entry the hash of what it says, as somebody would who knows how.
pub(super) fn rehash(entry: &mut StoredEntry) -> Hash {
    let hash = entry.statement(entry.sequence).unwrap().hash().unwrap();
    entry.hash = Stored(Some(hash.to_vec()));
    hash
}

pub(super) fn chain(length: i64) -> (Vec<StoredEntry>, End) {
    let mut previous = GENESIS;
    let mut entries = Vec::new();
    for sequence in 1..=length {
        let mut next = entry(sequence, previous);
        previous = rehash(&mut next);
        entries.push(next);
    }
    (entries, End::Head(Head { sequence: length, hash: Some(previous) }))
}

/// What is found, when the entries are read in the order of their sequence.
pub(super) fn found(mut entries: Vec<StoredEntry>, end: End) -> Vec<String> {
    entries.sort_by_key(|entry| entry.sequence);
    let findings = check_chain(CHAIN, entries.into_iter(), end);
    findings.iter().map(words).collect()
}

/// A finding without the name of its chain.
pub(super) fn words(finding: &Finding) -> String {
    let text = finding.to_string();
    assert!(!text.contains('\n'));
    text.split_once(": ").unwrap().1.to_owned()
}

pub(super) fn exported(entry: &StoredEntry) -> Value {
    let mut item = serde_json::to_value(entry.statement(entry.sequence).unwrap()).unwrap();
    let object = item.as_object_mut().unwrap();
    object.remove("chain");
    object.insert(
        "hash".to_owned(),
        crate::journal::chain::hex(entry.hash.0.as_ref().unwrap()).into(),
    );
    item
}
