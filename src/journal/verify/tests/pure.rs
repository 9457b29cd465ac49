use proptest::prelude::*;

use super::*;

#[test]
fn a_chain_as_it_was_written_gives_no_finding() {
    for length in 1..5 {
        let (entries, end) = chain(length);
        assert_eq!(found(entries, end), Vec::<String>::new());
    }
    let (entries, _) = chain(3);
    assert_eq!(found(entries, End::Unknown), Vec::<String>::new());
}

fn flip(bytes: &mut [u8], bit: usize) {
    bytes[bit / 8] ^= 1 << (bit % 8);
}

fn flip_text(text: &mut Stored<String>, bit: usize) -> bool {
    let mut bytes = text.0.take().unwrap().into_bytes();
    let there = bit < bytes.len() * 8;
    if there {
        flip(&mut bytes, bit);
    }
    text.0 = Some(String::from_utf8_lossy(&bytes).into_owned());
    there
}

/// A flip may leave what is no request's name at all: then the column cannot be read.
fn flip_request(request: &mut Stored<RequestId>, bit: usize) -> bool {
    let mut text = Stored(request.0.take().map(|request| request.to_string()));
    let there = flip_text(&mut text, bit);
    request.0 = text.0.and_then(|text| text.parse().ok());
    there
}

fn flip_bytes(bytes: &mut Stored<Vec<u8>>, bit: usize) -> bool {
    let bytes = bytes.0.as_mut().unwrap();
    let there = bit < bytes.len() * 8;
    if there {
        flip(bytes, bit);
    }
    there
}

fn flip_id<K>(id: &mut Option<crate::ids::Id<K>>, bit: usize) -> bool {
    let there = bit < 128;
    if there {
        *id = Some(crate::ids::Id::from_uuid(Uuid::from_u128(
            id.unwrap().uuid().as_u128() ^ (1 << bit),
        )));
    }
    there
}

/// Flips one bit of one column other than the sequence; tells whether the column has that bit.
fn tamper(entry: &mut StoredEntry, column: usize, bit: usize) -> bool {
    match column {
        0 => flip_id(&mut entry.id.0, bit),
        1 => flip_id(&mut entry.chain_id.0, bit),
        2 if bit < 64 => {
            let flipped = entry.recorded_at.0.unwrap().microseconds() ^ (1 << bit);
            entry.recorded_at = Stored(Instant::from_microseconds(flipped).ok());
            true
        }
        2 => false,
        3 => flip_request(&mut entry.request_id, bit),
        4 => flip_text(&mut entry.actor, bit),
        5 => flip_id(entry.agency_id.0.as_mut().unwrap(), bit),
        6 => flip_text(&mut entry.action, bit),
        7 => flip_text(&mut entry.subject_kind, bit),
        8 => flip_id(&mut entry.subject_id.0, bit),
        9 => flip_text(&mut entry.details, bit),
        10 => flip_bytes(&mut entry.salt, bit),
        11 => flip_bytes(&mut entry.previous_hash, bit),
        _ => flip_bytes(&mut entry.hash, bit),
    }
}

#[test]
fn every_flipped_bit_of_every_column_is_found_and_only_its_entry_is_named() {
    let (whole, end) = chain(3);
    let mut flips = 0;
    for at in 0..whole.len() {
        for column in 0..13 {
            let mut bit = 0;
            loop {
                let mut entries = whole.clone();
                if !tamper(&mut entries[at], column, bit) {
                    break;
                }
                let findings = check_chain(CHAIN, entries.into_iter(), end);
                assert_eq!(findings.len(), 1, "entry {at} column {column} bit {bit}: {findings:?}");
                assert_eq!(findings[0].flaw, Flaw::Changed);
                let named = findings[0].entry.as_ref().unwrap();
                assert_eq!(named.sequence, whole[at].sequence);
                bit += 1;
                flips += 1;
            }
        }
    }
    assert!(flips > 5_000, "{flips}");
}

#[test]
fn every_flipped_bit_of_a_sequence_is_found() {
    let (whole, end) = chain(5);
    for at in 0..whole.len() {
        for bit in 0..64 {
            let mut entries = whole.clone();
            entries[at].sequence ^= 1 << bit;
            let moved = entries[at].sequence;
            let clash = whole.iter().any(|entry| entry.sequence == moved);
            let found = found(entries, end);
            assert!(!found.is_empty());
            if !clash && moved > 0 {
                let from = whole[at].sequence;
                assert_eq!(
                    found,
                    [format!("entry {moved} (milestone.reported) was moved here from {from}")]
                );
            }
        }
    }
}

#[test]
fn flipped_bits_of_the_head_are_found() {
    let (entries, _) = chain(3);
    let hash = rehash(&mut entries[2].clone());
    for bit in 0..64 {
        let head = Head { sequence: 3 ^ (1 << bit), hash: Some(hash) };
        assert_eq!(
            found(entries.clone(), End::Head(head)),
            [format!("the head is at {}, the last entry at 3", head.sequence)]
        );
    }
    for bit in 0..256 {
        let mut hash = hash;
        flip(&mut hash, bit);
        assert_eq!(
            found(entries.clone(), End::Head(Head { sequence: 3, hash: Some(hash) })),
            ["the head does not fit entry 3, the last: one was changed"]
        );
    }
    assert_eq!(found(entries, End::NoChain), ["has entries and is not in the list of chains"]);
}

#[test]
fn entries_replaced_with_a_fitting_hash_are_named_by_those_that_follow() {
    let (mut entries, end) = chain(20);
    entries[16].details = Stored(Some("{}".to_owned()));
    rehash(&mut entries[16]);
    assert_eq!(
        found(entries.clone(), end),
        [
            "entry 17 (milestone.reported) was changed and given a new hash: the entry after it follows another"
        ]
    );
    // One that also disowns the entry before it.
    entries[16] = entry(17, [9; 32]);
    let both = found(entries, end);
    assert_eq!(both.len(), 2);
    assert!(both.iter().all(|finding| finding.starts_with("entry 17 ")), "{both:?}");
}

#[test]
fn the_newest_entries_are_missed_unless_the_head_is_set_back_with_them() {
    let (mut entries, end) = chain(20);
    entries.truncate(17);
    assert_eq!(found(entries.clone(), end), ["entries 18 to 20 are missing"]);
    // What only signed checkpoints can tell.
    let hash = rehash(&mut entries[16].clone());
    let rewritten = End::Head(Head { sequence: 17, hash: Some(hash) });
    assert_eq!(found(entries, rewritten), Vec::<String>::new());
    assert_eq!(found(Vec::new(), end), ["entries 1 to 20 are missing"]);
    assert_eq!(found(Vec::new(), End::Head(Head { sequence: 0, hash: None })), ["has no entry"]);
}

#[test]
fn closed_ranks_are_found_out() {
    // Entry 5 is taken out and those behind it take its place.
    let (mut entries, end) = chain(9);
    entries.remove(4);
    for entry in &mut entries[4..] {
        entry.sequence -= 1;
    }
    assert_eq!(
        found(entries, end),
        [
            "entry 5 (milestone.reported) and the 3 after it were moved here from 6 on",
            "entry 5 is missing",
        ]
    );
    // A copy of entry 4 is put in and those behind it make room.
    let (mut entries, end) = chain(9);
    let mut copy = entries[3].clone();
    for entry in &mut entries[4..] {
        entry.sequence += 1;
    }
    copy.sequence = 5;
    entries.push(copy);
    assert_eq!(
        found(entries, end),
        [
            "entry 5 (milestone.reported) is a double of entry 4",
            "entry 6 (milestone.reported) and the 4 after it were moved here from 5 on",
        ]
    );
}

#[test]
fn a_thousand_changes_are_a_thousand_findings() {
    let (mut entries, end) = chain(1_000);
    for entry in &mut entries {
        entry.actor = Stored(Some("nobody".to_owned()));
    }
    // Some of them have no finding of their own place, and the tries for those run out.
    let findings = check_chain(CHAIN, entries.into_iter(), end);
    assert_eq!(findings.len(), 1_000);
    assert!(findings.iter().all(|finding| finding.flaw == Flaw::Changed));
}

#[test]
fn whatever_is_stored_a_finding_is_one_line() {
    let (mut entries, end) = chain(1);
    entries[0].action = Stored(Some("a\nb\u{202e}\u{1b}[0m".to_owned()));
    let words = found(entries, end);
    assert_eq!(words, ["entry 1 (a\\nb\\u{202e}\\u{1b}[0m) was changed"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_dropped_entry_is_named(length in 1i64..12, at: prop::sample::Index) {
        let (mut entries, end) = chain(length);
        let gone = entries.remove(at.index(entries.len())).sequence;
        prop_assert_eq!(found(entries, end), [format!("entry {gone} is missing")]);
    }

    #[test]
    fn two_swapped_entries_are_named(
        length in 2i64..12,
        one: prop::sample::Index,
        other: prop::sample::Index,
    ) {
        let (mut entries, end) = chain(length);
        let (one, other) = (one.index(entries.len()), other.index(entries.len()));
        prop_assume!(one != other);
        let (low, high) = (one.min(other) + 1, one.max(other) + 1);
        let sequence = entries[one].sequence;
        entries[one].sequence = entries[other].sequence;
        entries[other].sequence = sequence;
        prop_assert_eq!(found(entries, end), [format!(
            "entry {low} (milestone.reported) was swapped with entry {high} (milestone.reported)"
        )]);
    }

    #[test]
    fn a_doubled_entry_is_named(length in 1i64..12, at: prop::sample::Index) {
        let (mut entries, end) = chain(length);
        let mut copy = entries[at.index(entries.len())].clone();
        let of = copy.sequence;
        entries.push(copy.clone());
        prop_assert_eq!(
            found(entries.clone(), end),
            [format!("entry {of} (milestone.reported) is a double of entry {of}")]
        );
        entries.pop();
        copy.sequence = length + 1;
        entries.push(copy);
        prop_assert_eq!(found(entries, end), [format!(
            "entry {} (milestone.reported) is a double of entry {of}",
            length + 1
        )]);
    }
}
