//! A chain that is checked again and again, each time behind where it was checked last.

use super::file::{CASE, File, context};
use super::*;
use crate::ids::{CaseId, MilestoneId};
use crate::journal::event::{Deed, Event, SubjectKind};

const ID: ChainId = ChainId::from_uuid(Uuid::from_u128(CASE));

/// Writes `number` entries at once, each with a note.
async fn write(file: &File, number: usize) {
    let event = || {
        let case = CaseId::from_uuid(Uuid::from_u128(CASE));
        let milestone = MilestoneId::new(context().now);
        Event::in_case(case, Deed::MilestoneReported, SubjectKind::Milestone, milestone)
            .text("note", "At the border")
    };
    file.write((0..number).map(|_| event()).collect()).await;
}

async fn head_of(file: &File, verified: Option<Head>) -> (Option<Head>, u64) {
    let (head, found) = verify_behind(&file.db, &context(), ID, verified).await.unwrap();
    assert_eq!(found.findings, []);
    (head, found.entries)
}

#[tokio::test]
async fn each_check_goes_on_where_the_last_one_ended() {
    let file = File::new().await;
    let (first, entries) = head_of(&file, None).await;
    assert_eq!((first.map(|head| head.sequence), entries), (Some(6), 6));
    assert_eq!(head_of(&file, first).await, (first, 0));
    // Pages end inside of what is new, and exactly at the end of it.
    let mut head = first;
    for more in [1, 999, 1_000, 1_001] {
        write(&file, more).await;
        let (next, entries) = head_of(&file, head).await;
        assert_eq!(entries, u64::try_from(more).unwrap());
        head = next;
    }
    assert_eq!(head_of(&file, None).await, (head, 3_007));
}

#[tokio::test]
async fn what_is_wrong_behind_the_last_check_is_named() {
    let words = |text: &str| format!("case {}: {text}", Uuid::from_u128(CASE));
    for (statements, expected) in [
        (
            "UPDATE journal_entries SET hash = zeroblob(32) WHERE sequence = 7",
            "entry 7 (milestone.reported) was changed",
        ),
        (
            "UPDATE journal_entries SET actor = 'x' WHERE sequence = 8",
            "entry 8 (milestone.reported) was changed",
        ),
        ("DELETE FROM journal_entries WHERE sequence = 7", "entry 7 is missing"),
        ("DELETE FROM journal_entries WHERE sequence = 8", "entry 8 is missing"),
        ("DELETE FROM journal_entries WHERE sequence > 6", "entries 7 to 8 are missing"),
        (
            "UPDATE journal_chains SET head_sequence = 9 WHERE kind = 'case'",
            "the head is at 9, the last entry at 8",
        ),
        (
            "UPDATE journal_texts SET text = 'x'
             WHERE entry_id = (SELECT id FROM journal_entries WHERE sequence = 8)",
            "entry 8 (milestone.reported) has another text \"note\" than it holds the digest of",
        ),
    ] {
        let file = File::new().await;
        let (head, _) = head_of(&file, None).await;
        write(&file, 2).await;
        file.tamper(statements);
        let (_, found) = verify_behind(&file.db, &context(), ID, head).await.unwrap();
        let findings: Vec<String> = found.findings.iter().map(ToString::to_string).collect();
        assert_eq!(findings, [words(expected)], "{statements}");
    }
}

#[tokio::test]
async fn a_head_that_is_not_the_one_that_was_checked_is_named() {
    let file = File::new().await;
    let (head, _) = head_of(&file, None).await;
    let other = head.map(|head| Head { hash: Some([7; 32]), ..head });
    let found = |verified| {
        let db = &file.db;
        async move {
            let (_, found) = verify_behind(db, &context(), ID, verified).await.unwrap();
            found.findings.into_iter().map(|finding| finding.flaw).collect::<Vec<_>>()
        }
    };
    // Nothing came since: the head is another one. Something came: it follows another entry.
    assert_eq!(found(other).await, [Flaw::HeadMismatch { head: 6, last: 6 }]);
    write(&file, 1).await;
    assert_eq!(found(other).await, [Flaw::Replaced]);
    assert_eq!(found(head).await, []);
}
