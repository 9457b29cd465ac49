//! The hash chain: pure.
//!
//! An entry's hash is SHA-256 over the RFC 8785 canonical JSON of all that it says, its salt and the hash of the entry
//! before it. The first entry of a chain follows 32 zero bytes.

use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::clock::Instant;
use crate::ids::{AgencyId, ChainId, EntryId, RequestId};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// What the first entry of a chain follows.
pub const GENESIS: Hash = [0; 32];

/// Everything that an entry says: what is hashed, under the names that are hashed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statement {
    /// The chain.
    pub chain: ChainId,
    /// The place in the chain, from 1.
    pub sequence: i64,
    /// The entry.
    pub id: EntryId,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// The request that did it.
    pub request: RequestId,
    /// Who did it: `user:…`, `command:…` or `nobody`.
    pub actor: String,
    /// For which agency.
    pub agency: Option<AgencyId>,
    /// What was done: the word of a [`Deed`](crate::journal::event::Deed), or one that only a newer server knows.
    pub action: String,
    /// To what.
    pub subject: Subject,
    /// Ids, words, numbers, times and digests of texts.
    pub details: Map<String, Value>,
    /// Sixteen random bytes, hexadecimal, so that a neighbour in the chain cannot test guesses.
    pub salt: String,
    /// The hash of the entry before, hexadecimal.
    pub previous_hash: String,
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// What kind of thing: the word of a [`SubjectKind`](crate::journal::event::SubjectKind), or one that only a newer
    /// server knows.
    pub kind: String,
    /// The thing's id.
    pub id: uuid::Uuid,
}

impl Statement {
    /// The canonical JSON that is hashed.
    ///
    /// # Errors
    /// When a number in `details` has no canonical form; the server writes none of those.
    pub fn canonical(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json_canonicalizer::to_vec(self)
    }

    /// The entry's hash.
    ///
    /// # Errors
    /// As [`Statement::canonical`].
    pub fn hash(&self) -> Result<Hash, serde_json::Error> {
        Ok(Sha256::digest(self.canonical()?).into())
    }
}

/// The digest that stands in an entry for a text: SHA-256 over the text's own salt and the text.
#[must_use]
pub fn text_digest(salt: &[u8], text: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(salt);
    hasher.update(text.as_bytes());
    hex(&hasher.finalize())
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The 32 bytes of lower-case hexadecimal; nothing for any other text.
#[must_use]
pub fn hash_from_hex(text: &str) -> Option<Hash> {
    bytes_from_hex(text)?.try_into().ok()
}

/// The bytes of lower-case hexadecimal; nothing for any other text.
#[must_use]
pub fn bytes_from_hex(text: &str) -> Option<Vec<u8>> {
    let bytes: Vec<u8> = text
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect::<Option<_>>()?;
    (hex(&bytes) == text).then_some(bytes)
}
