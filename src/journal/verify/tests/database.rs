//! A real file, tampered with past the server.

use super::file::{AGENCY, CASE, File, context};
use super::*;
use crate::ids::{CaseId, MilestoneId};
use crate::journal::event::{Deed, Event, SubjectKind};

fn case(words: &str) -> String {
    format!("case {}: {words}", Uuid::from_u128(CASE))
}

const THIRD: &str = "FROM journal_entries WHERE sequence = 3";
const OF_THIRD: &str = "WHERE sequence = 3";

#[tokio::test]
async fn a_journal_as_the_server_wrote_it_is_whole() {
    let file = File::new().await;
    let verification = verify(&file.db, &context()).await.unwrap();
    assert_eq!(verification, Verification { chains: 2, entries: 7, ..Verification::default() },);
    file.try_to("DELETE FROM journal_texts").unwrap();
    let verification = verify(&file.db, &context()).await.unwrap();
    assert_eq!(
        verification,
        Verification { chains: 2, entries: 7, erased_texts: 1, ..Verification::default() },
    );
}

#[tokio::test]
async fn the_database_refuses_to_change_or_delete_what_was_recorded() {
    let file = File::new().await;
    for (statement, words) in [
        ("UPDATE journal_entries SET actor = 'x'", "journal_entries is append-only"),
        ("DELETE FROM journal_entries", "journal_entries is append-only"),
        ("DELETE FROM journal_chains", "journal_chains is append-only"),
        ("UPDATE journal_texts SET text = 'x'", "a journal text is erased, never rewritten"),
    ] {
        let refusal = file.try_to(statement).unwrap_err().to_string();
        assert_eq!(refusal, words, "{statement}");
    }
    assert_eq!(file.found().await, Vec::<String>::new());
}

#[tokio::test]
async fn every_changed_column_is_named() {
    for change in [
        "id = x'00112233445566778899aabbccddeeff'",
        "id = x'00'",
        "recorded_at = recorded_at + 1",
        "recorded_at = 9223372036854775807",
        "request_id = x'00112233445566778899aabbccddeeff'",
        "actor = 'command:test'",
        "actor = CAST(x'ff' AS TEXT)",
        "agency_id = x'00112233445566778899aabbccddeeff'",
        "agency_id = ''",
        "action = 'milestone.waived'",
        "action = 'milestone.unheard_of'",
        "subject_kind = 'case'",
        "subject_id = x'00112233445566778899aabbccddeeff'",
        "details = replace(details, '3', '4')",
        "details = replace(details, ':', ' :')",
        "details = replace(details, '18446744073709551615', '18446744073709551614')",
        "details = '{'",
        "salt = x'00'",
        "salt = x'00112233445566778899aabbccddeeff'",
        "previous_hash = zeroblob(32)",
        "previous_hash = x'00'",
        "hash = zeroblob(32)",
        "hash = 'none'",
    ] {
        let file = File::new().await;
        file.tamper(&format!("UPDATE journal_entries SET {change} {OF_THIRD}"));
        let found = file.found().await;
        let action = match change.strip_prefix("action = ") {
            Some(action) => action.trim_matches('\''),
            None => "milestone.reported",
        };
        assert_eq!(found, [case(&format!("entry 3 ({action}) was changed"))], "{change}");
    }
}

#[tokio::test]
async fn dropped_moved_swapped_and_doubled_entries_are_named() {
    let copy = "id BLOB, chain_id BLOB, sequence BIGINT, recorded_at BIGINT, request_id BLOB, actor TEXT, agency_id BLOB,
        action TEXT, subject_kind TEXT, subject_id BLOB, details TEXT, salt BLOB, previous_hash BLOB, hash BLOB";
    let without_keys = format!(
        "ALTER TABLE journal_entries RENAME TO keyed; CREATE TABLE journal_entries ({copy});
         INSERT INTO journal_entries SELECT * FROM keyed; DROP TABLE keyed;"
    );
    let double = format!("{without_keys} INSERT INTO journal_entries SELECT * {THIRD}");
    let third = "entry 3 (milestone.reported)";
    for (statements, expected) in [
        (format!("DELETE {THIRD}"), case("entry 3 is missing")),
        (
            "DELETE FROM journal_entries WHERE sequence > 4".into(),
            case("entries 5 to 6 are missing"),
        ),
        (
            format!("UPDATE journal_entries SET sequence = 77 {OF_THIRD}"),
            case("entry 77 (milestone.reported) was moved here from 3"),
        ),
        (
            format!(
                "UPDATE journal_entries SET sequence = 0 {OF_THIRD};
                 UPDATE journal_entries SET sequence = 3 WHERE sequence = 5;
                 UPDATE journal_entries SET sequence = 5 WHERE sequence = 0;"
            ),
            case(&format!("{third} was swapped with entry 5 (milestone.reported)")),
        ),
        (double.clone(), case(&format!("{third} is a double of entry 3"))),
        (
            format!(
                "{double}; UPDATE journal_entries SET sequence = 7
                WHERE rowid = (SELECT max(rowid) FROM journal_entries)"
            ),
            case("entry 7 (milestone.reported) is a double of entry 3"),
        ),
    ] {
        let file = File::new().await;
        file.tamper(&statements);
        assert_eq!(file.found().await, [expected], "{statements}");
    }
}

#[tokio::test]
async fn heads_chains_and_texts_are_held_against_the_entries() {
    let other = "00112233445566778899aabbccddeeff";
    let agency = format!("agency {}: ", Uuid::from_u128(AGENCY));
    let fourth = "entry 4 (milestone.reported)";
    let chain = format!("WHERE id = x'{CASE:032x}'");
    for (statements, expected) in [
        (
            format!("UPDATE journal_chains SET head_sequence = 9 {chain}"),
            vec![case("the head is at 9, the last entry at 6")],
        ),
        (
            format!("UPDATE journal_chains SET head_hash = zeroblob(32) {chain}"),
            vec![case("the head does not fit entry 6, the last: one was changed")],
        ),
        (
            format!("UPDATE journal_chains SET kind = 'agency' {chain}"),
            vec![format!("agency {}: tells of nothing that exists", Uuid::from_u128(CASE))],
        ),
        (
            format!("DELETE FROM journal_chains {chain}"),
            vec![
                format!(
                    "chain {}: has entries and is not in the list of chains",
                    Uuid::from_u128(CASE)
                ),
                case("exists and has no chain"),
            ],
        ),
        (format!("DELETE FROM cases {chain}"), vec![case("tells of nothing that exists")]),
        (
            "DELETE FROM journal_entries WHERE action = 'agency.created'".into(),
            vec![format!("{agency}entry 1 is missing")],
        ),
        (
            "UPDATE journal_texts SET text = 'x'".into(),
            vec![case(&format!("{fourth} has another text \"note\" than it holds the digest of"))],
        ),
        (
            "UPDATE journal_texts SET salt = 'x'".into(),
            vec![case(&format!("{fourth} has another text \"note\" than it holds the digest of"))],
        ),
        (
            "UPDATE journal_texts SET name = 'x'".into(),
            vec![case(&format!("{fourth} has a text \"x\" that it does not know of"))],
        ),
        (
            format!("UPDATE journal_texts SET entry_id = x'{other}'"),
            vec![format!(
                "journal: there are texts of entry {}, which does not exist",
                other.parse::<Uuid>().unwrap()
            )],
        ),
    ] {
        let file = File::new().await;
        file.tamper(&statements);
        assert_eq!(file.found().await, expected, "{statements}");
    }
}

#[tokio::test]
async fn long_chains_are_checked_over_many_pages() {
    let file = File::new().await;
    let case_id = CaseId::from_uuid(Uuid::from_u128(CASE));
    let plan = || {
        let milestone = MilestoneId::new(context().now);
        Event::in_case(case_id, Deed::MilestonePlanned, SubjectKind::Milestone, milestone)
    };
    // Pages end inside of the chain and, as it goes first, exactly at the end of it.
    for (more, entries) in [(993, 1_000), (1, 1_001), (999, 2_000), (1, 2_001)] {
        file.write((0..more).map(|_| plan()).collect()).await;
        let verification = verify(&file.db, &context()).await.unwrap();
        assert_eq!(verification, Verification { chains: 2, entries, ..Verification::default() });
    }
    file.tamper(
        "UPDATE journal_entries SET actor = 'x' WHERE sequence IN (1000, 1001);
         DELETE FROM journal_entries WHERE sequence = 1500 OR sequence > 1998;",
    );
    assert_eq!(
        file.found().await,
        [
            case("entry 1000 (milestone.planned) was changed"),
            case("entry 1001 (milestone.planned) was changed"),
            case("entry 1500 is missing"),
            case("entries 1999 to 2000 are missing"),
        ]
    );
}
