//! Rows as a verifier reads them: whatever stands there, it is read and held against what the server writes.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::prelude::*;
use serde_json::{Map, Value};

use crate::clock::Instant;
use crate::db::schema::{journal_chains, journal_entries, journal_texts};
use crate::ids::{AgencyId, ChainId, EntryId, RequestId};
use crate::journal::chain::{Hash, Statement, Subject, hex};
use crate::journal::verify::check::Link;
use crate::journal::verify::finding::Place;

/// A value as it is stored; nothing where what is stored is no such value.
#[derive(Debug, Clone, PartialEq, Eq, FromSqlRow)]
pub struct Stored<T>(pub Option<T>);

impl<T, S, B: Backend> FromSql<S, B> for Stored<T>
where
    T: FromSql<S, B>,
{
    fn from_sql(value: B::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(T::from_sql(value).ok()))
    }

    fn from_nullable_sql(value: Option<B::RawValue<'_>>) -> deserialize::Result<Self> {
        Ok(Self(T::from_nullable_sql(value).ok()))
    }
}

/// An entry as it is stored, readable or not.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = journal_entries)]
#[expect(missing_docs, reason = "the columns, as `JournalRow` explains them")]
pub struct StoredEntry {
    pub id: Stored<EntryId>,
    pub chain_id: Stored<ChainId>,
    pub sequence: i64,
    pub recorded_at: Stored<Instant>,
    pub request_id: Stored<RequestId>,
    pub actor: Stored<String>,
    pub agency_id: Stored<Option<AgencyId>>,
    pub action: Stored<String>,
    pub subject_kind: Stored<String>,
    pub subject_id: Stored<EntryId>,
    pub details: Stored<String>,
    pub salt: Stored<Vec<u8>>,
    pub previous_hash: Stored<Vec<u8>>,
    pub hash: Stored<Vec<u8>>,
}

impl StoredEntry {
    /// What the entry says if it stands at `sequence`; nothing where the server cannot have written it.
    #[must_use]
    pub fn statement(&self, sequence: i64) -> Option<Statement> {
        let salt = self.salt.0.as_ref().filter(|salt| salt.len() == 16)?;
        Some(Statement {
            chain: self.chain_id.0?,
            sequence,
            id: self.id.0?,
            recorded_at: self.recorded_at.0?,
            request: self.request_id.0.clone()?,
            actor: self.actor.0.clone()?,
            agency: self.agency_id.0?,
            action: self.action.0.clone()?,
            subject: Subject { kind: self.subject_kind.0.clone()?, id: self.subject_id.0?.uuid() },
            details: self.details()?,
            salt: hex(salt),
            previous_hash: hex(&self.previous_hash()?),
        })
    }

    /// The details, if they are written as the server writes JSON: nothing may change without changing the hash.
    fn details(&self) -> Option<Map<String, Value>> {
        let text = self.details.0.as_ref()?;
        let details: Map<String, Value> = serde_json::from_str(text).ok()?;
        (serde_json::to_string(&details).ok()? == *text).then_some(details)
    }

    /// The names and digests of the entry's texts.
    #[must_use]
    pub fn digests(&self) -> Vec<(String, String)> {
        let details = self.details().unwrap_or_default();
        let digest = |(name, value): (String, Value)| {
            let object = value.as_object().filter(|object| object.len() == 1)?;
            Some((name, object.get("digest")?.as_str()?.to_owned()))
        };
        details.into_iter().filter_map(digest).collect()
    }
}

fn hash_of(stored: &Stored<Vec<u8>>) -> Option<Hash> {
    stored.0.as_deref()?.try_into().ok()
}

impl Link for StoredEntry {
    fn place(&self) -> Place {
        Place { sequence: self.sequence, id: self.id.0, action: self.action.0.clone() }
    }

    fn previous_hash(&self) -> Option<Hash> {
        hash_of(&self.previous_hash)
    }

    fn hash(&self) -> Option<Hash> {
        hash_of(&self.hash)
    }

    fn hash_at(&self, sequence: i64) -> Option<Hash> {
        self.statement(sequence)?.hash().ok()
    }
}

/// A chain as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = journal_chains)]
pub(super) struct StoredChain {
    pub(super) id: Stored<ChainId>,
    pub(super) kind: Stored<String>,
    pub(super) head_sequence: i64,
    head_hash: Stored<Vec<u8>>,
}

impl StoredChain {
    pub(super) fn head_hash(&self) -> Option<Hash> {
        hash_of(&self.head_hash)
    }
}

/// A text as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = journal_texts)]
pub(super) struct StoredText {
    pub(super) entry_id: EntryId,
    pub(super) name: Stored<String>,
    pub(super) salt: Stored<Vec<u8>>,
    pub(super) text: Stored<String>,
}
