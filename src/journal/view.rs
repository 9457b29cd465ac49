//! An entry as a reader is shown it: whole with the texts that were not erased, or withheld.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::clock::Instant;
use crate::ids::{AgencyId, ChainId, EntryId};
use crate::journal::chain::hex;
use crate::journal::store::{EntryTexts, JournalRow};

/// What an entry is about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"kind": "milestone", "id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11"}))]
pub struct SubjectView {
    /// What kind of thing.
    pub kind: String,
    /// The thing's id.
    pub id: EntryId,
}

/// An entry of the journal. One about what the reader may not read has sequence and hashes only, so that the chain can
/// be checked whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryView {
    /// The place in the chain, from 1.
    pub sequence: i64,
    /// The hash of the entry before, hexadecimal.
    pub previous_hash: String,
    /// The entry's hash, hexadecimal.
    pub hash: String,
    /// What the entry says, or that it is withheld.
    #[serde(flatten)]
    pub content: EntryContent,
}

/// What an entry says, or that it is withheld.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum EntryContent {
    /// The reader may read what the entry is about.
    Said(Box<EntrySaid>),
    /// The reader may not.
    Withheld(EntryWithheld),
}

/// That the reader may not read what an entry is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryWithheld {
    /// Always true.
    pub withheld: bool,
}

/// What an entry says to those who may read it.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntrySaid {
    /// The entry.
    pub id: EntryId,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// The request that did it.
    pub request: String,
    /// Who did it: `user:…`, `machine:…`, `command:…`, `server` or `nobody`.
    #[schema(example = "user:019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11")]
    pub actor: String,
    /// For which agency.
    pub agency: Option<AgencyId>,
    /// What was done.
    #[schema(example = "milestone.reported")]
    pub action: String,
    /// To what.
    pub subject: SubjectView,
    /// Why, where a reason was given and has not been erased.
    pub reason: Option<String>,
    /// Ids, words, numbers, times, and digests of texts.
    #[schema(value_type = Object)]
    pub details: Map<String, Value>,
    /// The texts whose digests stand in `details`, as far as they have not been erased, each with its salt.
    pub texts: BTreeMap<String, TextView>,
    /// Sixteen random bytes, hexadecimal.
    pub salt: String,
}

/// A text of an entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct TextView {
    /// The text.
    pub text: String,
    /// The salt that is hashed before it, hexadecimal.
    pub salt: String,
}

/// A page of a chain.
#[derive(Debug, Serialize, ToSchema)]
pub struct JournalPage {
    /// The chain.
    pub chain: ChainId,
    /// The entries, in their order.
    pub items: Vec<EntryView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

impl EntryView {
    /// An entry that the reader may not read.
    #[must_use]
    pub fn withheld(row: &JournalRow) -> Self {
        Self {
            sequence: row.sequence,
            previous_hash: hex(&row.previous_hash),
            hash: hex(&row.hash),
            content: EntryContent::Withheld(EntryWithheld { withheld: true }),
        }
    }

    /// An entry that the reader may read, with its texts out of `texts`.
    #[must_use]
    pub fn whole(row: JournalRow, texts: &EntryTexts) -> Self {
        let own: BTreeMap<String, TextView> = texts
            .range((row.id, String::new())..)
            .take_while(|((entry, _), _)| *entry == row.id)
            .map(|((_, name), text)| {
                (name.clone(), TextView { text: text.text.clone(), salt: hex(&text.salt) })
            })
            .collect();
        let reason = own.get("reason").map(|reason| reason.text.clone());
        Self {
            sequence: row.sequence,
            previous_hash: hex(&row.previous_hash),
            hash: hex(&row.hash),
            content: EntryContent::Said(Box::new(EntrySaid {
                id: row.id,
                recorded_at: row.recorded_at,
                request: row.request.to_string(),
                actor: row.actor,
                agency: row.agency,
                action: row.action,
                subject: SubjectView { kind: row.subject_kind, id: row.subject_id },
                reason,
                details: row.details.0,
                texts: own,
                salt: hex(&row.salt),
            })),
        }
    }
}
