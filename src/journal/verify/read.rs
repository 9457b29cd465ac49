//! What a verification reads, page by page.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;

use crate::access::Context;
use crate::agency::AgencyKind;
use crate::db::schema::{agencies, cases, journal_chains, journal_entries, journal_texts};
use crate::db::{Db, Run, View, columns};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, ChainId, EntryId};
use crate::journal::ChainKind;
use crate::journal::verify::check::{End, Head};
use crate::journal::verify::finding::{ChainName, Finding, Flaw};
use crate::journal::verify::stored::{Stored, StoredChain, StoredEntry, StoredText};
use crate::text_enum::TextEnum;

/// How many rows one look takes at the most.
const PAGE: usize = 1_000;
const LIMIT: i64 = 1_000;

/// An entry's key.
pub(super) type Position = (ChainId, i64);

impl StoredChain {
    pub(super) fn name(&self, id: ChainId) -> ChainName {
        ChainName { kind: self.kind.0.as_deref().and_then(ChainKind::from_word), id }
    }

    pub(super) fn head(&self) -> Head {
        Head { sequence: self.head_sequence, hash: self.head_hash() }
    }

    pub(super) fn end(&self) -> End {
        End::Head(self.head())
    }
}

/// A page of the list of chains, with what those chains tell of.
pub(super) struct Chains {
    rows: Vec<StoredChain>,
    empty: BTreeSet<ChainId>,
    cases: BTreeSet<ChainId>,
    agencies: BTreeSet<ChainId>,
}

impl Chains {
    pub(super) fn readable(&self) -> impl Iterator<Item = (&StoredChain, ChainId)> {
        self.rows.iter().filter_map(|row| row.id.0.map(|id| (row, id)))
    }

    pub(super) fn unreadable(&self) -> impl Iterator<Item = Finding> {
        let broken = self.rows.iter().filter(|row| row.id.0.is_none());
        broken.map(|_| Finding::of_journal(Flaw::Unreadable))
    }

    /// Where the next page begins, if this one has come further than `after`.
    pub(super) fn last_behind(&self, after: Option<ChainId>) -> Option<ChainId> {
        let last = self.readable().map(|(_, id)| id).max();
        last.filter(|last| after.is_none_or(|after| *last > after))
    }

    pub(super) fn founded(&self, chain: ChainName) -> bool {
        match chain.kind {
            Some(ChainKind::Case) => self.cases.contains(&chain.id),
            Some(ChainKind::Agency) => self.agencies.contains(&chain.id),
            None => false,
        }
    }

    pub(super) fn is_empty(&self, chain: ChainId) -> bool {
        self.empty.contains(&chain)
    }
}

pub(super) fn chains(view: &mut View<'_>, after: Option<ChainId>) -> Result<Chains> {
    let page = journal_chains::table
        .order(journal_chains::id)
        .limit(LIMIT)
        .select(columns::<StoredChain>());
    let rows: Vec<StoredChain> = match after {
        Some(after) => page.filter(journal_chains::id.gt(after)).all(view)?,
        None => page.all(view)?,
    };
    let ids: Vec<ChainId> = rows.iter().filter_map(|row| row.id.0).collect();
    let own = journal_entries::table.filter(journal_entries::chain_id.eq(journal_chains::id));
    let empty: Vec<ChainId> = journal_chains::table
        .filter(journal_chains::id.eq_any(ids.clone()))
        .filter(not(exists(own)))
        .select(journal_chains::id)
        .all(view)?;
    let cases: Vec<ChainId> =
        cases::table.filter(cases::id.eq_any(ids.clone())).select(cases::id).all(view)?;
    let agencies: Vec<ChainId> =
        agencies::table.filter(agencies::id.eq_any(ids)).select(agencies::id).all(view)?;
    let set = |ids: Vec<ChainId>| ids.into_iter().collect();
    Ok(Chains { rows, empty: set(empty), cases: set(cases), agencies: set(agencies) })
}

/// A page of entries in the order of chain and sequence, from one look at the database.
pub(super) struct Batch {
    pub(super) entries: Vec<StoredEntry>,
    /// The chains of these entries and the one that the page before ended in.
    pub(super) chains: BTreeMap<ChainId, StoredChain>,
    pub(super) texts: BTreeMap<EntryId, Vec<StoredText>>,
    /// Whether there is nothing behind.
    pub(super) last: bool,
}

pub(super) fn batch(view: &mut View<'_>, after: Option<Position>) -> Result<Batch> {
    let (entries, last) = entries(view, after)?;
    with_chains_and_texts(view, entries, after.map(|(chain, _)| chain), last)
}

/// A page of one chain, from one look at the database: what it holds behind `after`.
pub(super) fn batch_of(view: &mut View<'_>, chain: ChainId, after: i64) -> Result<Batch> {
    let entries: Vec<StoredEntry> = journal_entries::table
        .filter(journal_entries::chain_id.eq(chain))
        .filter(journal_entries::sequence.gt(after))
        .order(journal_entries::sequence)
        .limit(LIMIT)
        .select(columns::<StoredEntry>())
        .all(view)?;
    let last = entries.len() < PAGE;
    with_chains_and_texts(view, entries, Some(chain), last)
}

fn with_chains_and_texts(
    view: &mut View<'_>,
    entries: Vec<StoredEntry>,
    chain: Option<ChainId>,
    last: bool,
) -> Result<Batch> {
    let mut ids: BTreeSet<ChainId> = entries.iter().filter_map(|entry| entry.chain_id.0).collect();
    ids.extend(chain);
    let rows: Vec<StoredChain> = journal_chains::table
        .filter(journal_chains::id.eq_any(ids.into_iter().collect::<Vec<_>>()))
        .select(columns::<StoredChain>())
        .all(view)?;
    let chains = rows.into_iter().filter_map(|row| row.id.0.map(|id| (id, row))).collect();
    let ids: Vec<EntryId> = entries.iter().filter_map(|entry| entry.id.0).collect();
    let rows: Vec<StoredText> = journal_texts::table
        .filter(journal_texts::entry_id.eq_any(ids))
        .order((journal_texts::entry_id, journal_texts::name))
        .select(columns::<StoredText>())
        .all(view)?;
    let mut texts: BTreeMap<EntryId, Vec<StoredText>> = BTreeMap::new();
    for row in rows {
        texts.entry(row.entry_id).or_default().push(row);
    }
    Ok(Batch { entries, chains, texts, last })
}

/// The entries behind `after`, and whether there are no more. Two look-ups, each straight from the index.
fn entries(view: &mut View<'_>, after: Option<Position>) -> Result<(Vec<StoredEntry>, bool)> {
    let page = || {
        journal_entries::table
            .order((journal_entries::chain_id, journal_entries::sequence))
            .select(columns::<StoredEntry>())
    };
    let mut rows: Vec<StoredEntry> = match after {
        None => page().limit(LIMIT + 1).all(view)?,
        Some((chain, sequence)) => {
            let same = page()
                .filter(journal_entries::chain_id.eq(chain))
                .filter(journal_entries::sequence.gt(sequence));
            let mut rows: Vec<StoredEntry> = same.limit(LIMIT + 1).all(view)?;
            if rows.len() <= PAGE {
                let rest = LIMIT + 1 - i64::try_from(rows.len()).unwrap_or(LIMIT);
                let others = page().filter(journal_entries::chain_id.gt(chain));
                rows.extend(others.limit(rest).all::<StoredEntry>(view)?);
            }
            rows
        }
    };
    let more = rows.len() > PAGE;
    // One row too many, unless it has the key of the row before: the next page begins behind that key.
    let key = |row: &StoredEntry| (row.chain_id.0, row.sequence);
    if more && rows.last().map(key) != rows.iter().rev().nth(1).map(key) {
        rows.pop();
    }
    Ok((rows, !more))
}

/// One page of a sweep: ids behind `after` that should not be there.
pub(super) type Sweep = fn(&mut View<'_>, Option<EntryId>) -> Result<Vec<Stored<EntryId>>>;

/// What a sweep has found, by its id.
pub(super) type Found = fn(EntryId) -> Finding;

/// What is looked for beside the chains, and what it is called when it is there.
pub(super) const SWEEPS: [(Sweep, Found); 4] = [
    (cases_without_chain, |id| untold(ChainKind::Case, id)),
    (agencies_without_chain, |id| untold(ChainKind::Agency, id)),
    (texts_without_entry, |id| Finding::of_journal(Flaw::TextsWithoutEntry { id })),
    (shared_ids, |id| Finding::of_journal(Flaw::SharedId { id })),
];

fn untold(kind: ChainKind, id: EntryId) -> Finding {
    let chain = ChainName { kind: Some(kind), id: ChainId::from_uuid(id.uuid()) };
    Finding { chain: Some(chain), entry: None, flaw: Flaw::Untold }
}

/// Runs a sweep from its first page to its last, and hands on every id, or nothing for one that cannot be read.
pub(super) async fn sweep(
    db: &Db,
    context: &Context,
    page: Sweep,
    mut found: impl FnMut(Option<EntryId>),
) -> Result<()> {
    let mut after = None;
    loop {
        let ids = db.read(context, move |view| page(view, after)).await?;
        let next = ids.iter().filter_map(|id| id.0).max();
        ids.iter().map(|id| id.0).for_each(&mut found);
        if ids.len() < PAGE || next <= after {
            return Ok(());
        }
        after = next;
    }
}

fn cases_without_chain(
    view: &mut View<'_>,
    after: Option<EntryId>,
) -> Result<Vec<Stored<EntryId>>> {
    let chain = journal_chains::table.filter(journal_chains::id.eq(cases::id));
    let page =
        cases::table.filter(not(exists(chain))).order(cases::id).limit(LIMIT).select(cases::id);
    match after {
        Some(after) => page.filter(cases::id.gt(CaseId::from_uuid(after.uuid()))).all(view),
        None => page.all(view),
    }
}

fn agencies_without_chain(
    view: &mut View<'_>,
    after: Option<EntryId>,
) -> Result<Vec<Stored<EntryId>>> {
    let chain = journal_chains::table.filter(journal_chains::id.eq(agencies::id));
    let page = agencies::table
        // The operator's agency comes with the database; its chain begins with its first system admin.
        .filter(agencies::kind.ne(AgencyKind::Operator))
        .filter(not(exists(chain)))
        .order(agencies::id)
        .limit(LIMIT)
        .select(agencies::id);
    match after {
        Some(after) => page.filter(agencies::id.gt(AgencyId::from_uuid(after.uuid()))).all(view),
        None => page.all(view),
    }
}

fn texts_without_entry(
    view: &mut View<'_>,
    after: Option<EntryId>,
) -> Result<Vec<Stored<EntryId>>> {
    let entry = journal_entries::table.filter(journal_entries::id.eq(journal_texts::entry_id));
    let page = journal_texts::table
        .filter(not(exists(entry)))
        .order(journal_texts::entry_id)
        .limit(LIMIT)
        .select(journal_texts::entry_id)
        .distinct();
    match after {
        Some(after) => page.filter(journal_texts::entry_id.gt(after)).all(view),
        None => page.all(view),
    }
}

fn shared_ids(view: &mut View<'_>, after: Option<EntryId>) -> Result<Vec<Stored<EntryId>>> {
    let groups = journal_entries::table
        .group_by(journal_entries::id)
        .having(count_star().gt(1))
        .order(journal_entries::id)
        .limit(LIMIT)
        .select(journal_entries::id);
    match after {
        Some(after) => groups.filter(journal_entries::id.gt(after)).all(view),
        None => groups.all(view),
    }
}
