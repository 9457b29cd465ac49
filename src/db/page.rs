//! Keyset pages: a page costs the same wherever it stands.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{Error, Fault, Result};
use crate::ids::Id;

/// Where a page begins: behind the row with this key. Opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(u128);

const VERSION: u8 = 1;

impl Cursor {
    /// Behind the row with this id.
    #[must_use]
    pub fn after_id<K>(id: Id<K>) -> Self {
        Self(id.uuid().as_u128())
    }

    /// Behind the row with this number.
    #[must_use]
    pub fn after_number(number: i64) -> Self {
        Self(u128::from(number.unsigned_abs()))
    }

    /// The id that the page begins behind.
    #[must_use]
    pub fn id<K>(self) -> Id<K> {
        Id::from_uuid(Uuid::from_u128(self.0))
    }

    /// The number that the page begins behind.
    #[must_use]
    pub fn number(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// The cursor as clients carry it.
    #[must_use]
    pub fn encode(self) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.0.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor that a client carried.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (version, key) = bytes.split_first()?;
        (*version == VERSION).then_some(())?;
        Some(Self(u128::from_be_bytes(key.try_into().ok()?)))
    }
}

/// Which page of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many rows at the most.
    pub limit: i64,
    /// Where it begins; at the start when none.
    pub after: Option<Cursor>,
}

impl Page {
    /// Reads `?limit=` and `?cursor=`.
    ///
    /// # Errors
    /// Invalid, naming both where both are not right.
    pub fn parse(
        limit: Option<&str>,
        cursor: Option<&str>,
        default: i64,
        most: i64,
    ) -> Result<Self> {
        let mut faults = Vec::new();
        let limit = match limit.map(str::parse::<i64>) {
            None => default,
            Some(Ok(limit)) if (1..=most).contains(&limit) => limit,
            Some(_) => {
                faults.push(Fault::new("?limit", format!("expected a number from 1 to {most}")));
                default
            }
        };
        let after = cursor.and_then(|text| {
            let cursor = Cursor::decode(text);
            if cursor.is_none() {
                faults.push(Fault::new("?cursor", "expected the next_cursor of an earlier answer"));
            }
            cursor
        });
        if faults.is_empty() { Ok(Self { limit, after }) } else { Err(Error::invalid(faults)) }
    }

    /// One row more than the page shows, which tells whether there is a next page.
    #[must_use]
    pub fn fetch(self) -> i64 {
        self.limit + 1
    }

    /// Cuts `rows`, fetched with [`Page::fetch`], to the page; `key` gives a row's cursor.
    #[must_use]
    pub fn cut<T>(self, mut rows: Vec<T>, key: impl Fn(&T) -> Cursor) -> PageOf<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|row| key(row).encode());
        PageOf { items: rows, next_cursor }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PageOf<T> {
    /// The rows.
    pub items: Vec<T>,
    /// What to send as `?cursor=` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

impl<T> PageOf<T> {
    /// The same page with each row shown differently.
    pub fn map<U>(self, show: impl FnMut(T) -> U) -> PageOf<U> {
        PageOf { items: self.items.into_iter().map(show).collect(), next_cursor: self.next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_comes_back_as_it_went(key: u128) {
            let cursor = Cursor(key);
            prop_assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }

        #[test]
        fn no_text_breaks_a_cursor(text in ".*") {
            let _ = Cursor::decode(&text);
        }

        #[test]
        fn pages_give_every_row_once(rows in proptest::collection::btree_set(1i64..10_000, 0..200), limit in 1i64..50) {
            let mut seen = Vec::new();
            let mut page = Page { limit, after: None };
            loop {
                let behind = page.after.map_or(0, Cursor::number);
                let fetch = usize::try_from(page.fetch()).unwrap();
                let fetched = rows.range(behind + 1..).copied().take(fetch).collect();
                let cut = page.cut(fetched, |row| Cursor::after_number(*row));
                seen.extend(cut.items);
                let Some(next) = cut.next_cursor else { break };
                page.after = Cursor::decode(&next);
            }
            prop_assert_eq!(seen, rows.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn both_faults_are_named() {
        let error = Page::parse(Some("0"), Some("x"), 50, 200).unwrap_err();
        assert_eq!(error.faults().len(), 2);
    }
}
