//! Reading the journal: one chain by pages, for those who may.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde_json::{Map, Value};

use crate::access::{Permit, act};
use crate::clock::Instant;
use crate::db::schema::{journal_entries, journal_texts};
use crate::db::types::Json;
use crate::db::{Run, View, columns};
use crate::error::Result;
use crate::ids::{AgencyId, ChainId, EntryId, RequestId};
use crate::journal::chain::{Statement, Subject, hex};
use crate::journal::event::{ChainOf, Deed, SubjectKind};
use crate::text_enum::TextEnum;

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = journal_entries)]
pub struct JournalRow {
    /// The entry.
    pub id: EntryId,
    /// The chain.
    #[diesel(column_name = chain_id)]
    pub chain: ChainId,
    /// The place in the chain, from 1.
    pub sequence: i64,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// The request that did it.
    #[diesel(column_name = request_id)]
    pub request: RequestId,
    /// Who did it: `user:…`, `command:…` or `nobody`.
    pub actor: String,
    /// For which agency.
    #[diesel(column_name = agency_id)]
    pub agency: Option<AgencyId>,
    /// What was done, as a word; [`JournalRow::deed`] knows it.
    pub action: String,
    /// What kind of thing it is about, as a word; [`JournalRow::subject`] knows it.
    pub subject_kind: String,
    /// The id of that thing, whatever its kind.
    pub subject_id: EntryId,
    /// Ids, words, numbers, times and digests of texts.
    pub details: Json<Map<String, Value>>,
    /// Sixteen random bytes.
    pub salt: Vec<u8>,
    /// The hash of the entry before.
    pub previous_hash: Vec<u8>,
    /// The entry's hash.
    pub hash: Vec<u8>,
}

impl JournalRow {
    /// What was done; nothing for a deed that only a newer server knows.
    #[must_use]
    pub fn deed(&self) -> Option<Deed> {
        Deed::from_word(&self.action)
    }

    /// What it is about; nothing for a kind that only a newer server knows. Nobody can say who may read such an entry:
    /// withhold it.
    #[must_use]
    pub fn subject(&self) -> Option<SubjectKind> {
        SubjectKind::from_word(&self.subject_kind)
    }

    /// What the entry says, as it is hashed.
    #[must_use]
    pub fn statement(&self) -> Statement {
        Statement {
            chain: self.chain,
            sequence: self.sequence,
            id: self.id,
            recorded_at: self.recorded_at,
            request: self.request.clone(),
            actor: self.actor.clone(),
            agency: self.agency,
            action: self.action.clone(),
            subject: Subject { kind: self.subject_kind.clone(), id: self.subject_id.uuid() },
            details: self.details.0.clone(),
            salt: hex(&self.salt),
            previous_hash: hex(&self.previous_hash),
        }
    }
}

/// A text of an entry that has not been erased, with the salt of its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryText {
    /// The text.
    pub text: String,
    /// Sixteen random bytes that are hashed before the text.
    pub salt: Vec<u8>,
}

/// The texts of some entries, by entry and name.
pub type EntryTexts = BTreeMap<(EntryId, String), EntryText>;

/// Entries of the case that `permit` is for, from the one behind `after` on. What an entry is about settles whether the
/// caller may read it or is shown its hashes only.
///
/// # Errors
/// When the database fails.
pub fn case_page(
    view: &mut View<'_>,
    permit: &Permit<act::ReadCaseJournal>,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<JournalRow>> {
    page_of(view, ChainOf::Case(permit.case()?).id(), after, limit)
}

/// Entries of the caller's own agency, from the one behind `after` on.
///
/// # Errors
/// When nobody has signed in, or the database fails.
pub fn agency_page(
    view: &mut View<'_>,
    _permit: &Permit<act::ReadAgencyJournal>,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<JournalRow>> {
    let agency = view.context().officer()?.agency;
    page_of(view, ChainOf::Agency(agency).id(), after, limit)
}

fn page_of(
    view: &mut View<'_>,
    chain: ChainId,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<JournalRow>> {
    journal_entries::table
        .filter(journal_entries::chain_id.eq(chain))
        .filter(journal_entries::sequence.gt(after.unwrap_or(0)))
        .order(journal_entries::sequence)
        .limit(limit)
        .select(columns::<JournalRow>())
        .all(view)
}

/// The texts of `rows` that have not been erased. Hand in only rows that the caller may read.
///
/// # Errors
/// When the database fails.
pub fn texts_of<'r>(
    view: &mut View<'_>,
    rows: impl IntoIterator<Item = &'r JournalRow>,
) -> Result<EntryTexts> {
    let entries: Vec<EntryId> = rows.into_iter().map(|row| row.id).collect();
    if entries.is_empty() {
        return Ok(EntryTexts::new());
    }
    let found: Vec<(EntryId, String, Vec<u8>, String)> = journal_texts::table
        .filter(journal_texts::entry_id.eq_any(entries))
        .select((
            journal_texts::entry_id,
            journal_texts::name,
            journal_texts::salt,
            journal_texts::text,
        ))
        .all(view)?;
    let keyed = |(entry, name, salt, text)| ((entry, name), EntryText { text, salt });
    Ok(found.into_iter().map(keyed).collect())
}
