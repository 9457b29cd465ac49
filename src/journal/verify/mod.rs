//! Verification: whether the journal is as it was written.
//!
//! [`check_chain`] is the pure core, [`verify`] streams the configured database through it, [`verify_export`] checks an
//! exported journal without any server.

mod check;
mod export;
mod finding;
mod read;
mod settle;
mod stored;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::access::Context;
use crate::db::Db;
use crate::error::Result;
use crate::ids::{ChainId, EntryId};
use crate::journal::chain::text_digest;
use crate::journal::verify::check::ChainCheck;
use crate::journal::verify::read::{Batch, Position};
use crate::journal::verify::stored::{StoredChain, StoredText};

pub use check::{End, Head, check_chain};
pub use export::verify_export;
pub use finding::{ChainName, Finding, Flaw, Place, Verification};
pub use stored::{Stored, StoredEntry};

/// Checks the whole journal of a database: that every entry says what its hash stands for and follows the one before it,
/// that none is missing, doubled or out of place, that every chain ends at its head and tells of a case or agency that
/// exists, that each of those has its chain, and that the texts are those that the entries hold the digests of. An erased
/// text is counted and no finding.
///
/// It reads by pages and may run beside a working server: each page is one consistent look, and what was appended in the
/// meantime is checked as well.
///
/// What it cannot find, because the database alone does not hold the proof: whoever may write to the database without the
/// server, and knows how, can drop the newest entries of a chain *and* set its head back, or make entries and all that
/// follow them anew with fitting hashes. That is found once signed checkpoints are kept outside of the database.
///
/// # Errors
/// When the database fails. What is wrong with the journal is a finding and no error.
pub async fn verify(db: &Db, context: &Context) -> Result<Verification> {
    let mut verification = Verification::default();
    check_list_of_chains(db, context, &mut verification).await?;
    check_entries(db, context, &mut verification).await?;
    for (sweep, flaw) in read::SWEEPS {
        let unreadable = || Finding::of_journal(Flaw::Unreadable);
        let findings = &mut verification.findings;
        read::sweep(db, context, sweep, |id| findings.push(id.map_or_else(unreadable, flaw)))
            .await?;
    }
    let mut doubled = Vec::new();
    for finding in &verification.findings {
        if let (Flaw::Doubled { .. }, Some(place)) = (&finding.flaw, &finding.entry) {
            doubled.extend(place.id);
        }
    }
    verification.findings.retain(|finding| match finding.flaw {
        // The double was named already.
        Flaw::SharedId { id } => !doubled.contains(&id),
        _ => true,
    });
    verification.findings.dedup();
    Ok(verification)
}

/// Checks what the chain `id` holds behind `verified`, its head when it was checked last; all of it where nothing was
/// checked. Gives its head as it stands now, behind which the next check goes on, and what was found. What stands before is
/// not looked at again: what was done to it since is found by [`verify`].
///
/// # Errors
/// As [`verify`].
pub async fn verify_behind(
    db: &Db,
    context: &Context,
    id: ChainId,
    verified: Option<Head>,
) -> Result<(Option<Head>, Verification)> {
    let mut verification = Verification { chains: 1, ..Verification::default() };
    let chain = ChainName { kind: None, id };
    let mut check = verified.map_or_else(
        || ChainCheck::new(chain),
        |head| ChainCheck::<StoredEntry>::behind(chain, head),
    );
    let mut after = verified.map_or(0, |head| head.sequence);
    loop {
        let batch = db.read(context, move |view| read::batch_of(view, id, after)).await?;
        check.chain = name(&batch.chains, id);
        for entry in batch.entries {
            after = entry.sequence;
            take_entry(&mut check, entry, &batch.texts, &mut verification);
        }
        if batch.last {
            let head = batch.chains.get(&id).map(StoredChain::head);
            close(Some(check), &batch.chains, &mut verification);
            return Ok((head, verification));
        }
    }
}

/// Checks what each chain tells of, and that it has entries.
async fn check_list_of_chains(
    db: &Db,
    context: &Context,
    verification: &mut Verification,
) -> Result<()> {
    let mut after = None;
    loop {
        let list = db.read(context, move |view| read::chains(view, after)).await?;
        let Some(next) = list.last_behind(after) else {
            verification.findings.extend(list.unreadable());
            return Ok(());
        };
        for (row, id) in list.readable() {
            verification.chains += 1;
            let chain = row.name(id);
            let found = |flaw| Finding { chain: Some(chain), entry: None, flaw };
            if !list.founded(chain) {
                verification.findings.push(found(Flaw::Unfounded));
            }
            if list.is_empty(id) {
                let check = ChainCheck::<StoredEntry>::new(chain);
                verification.findings.extend(check.finish(row.end()));
            }
        }
        verification.findings.extend(list.unreadable());
        after = Some(next);
    }
}

/// Checks all entries, chain by chain, and their texts.
async fn check_entries(db: &Db, context: &Context, verification: &mut Verification) -> Result<()> {
    let mut after: Option<Position> = None;
    let mut open: Option<ChainCheck<StoredEntry>> = None;
    loop {
        let batch = db.read(context, move |view| read::batch(view, after)).await?;
        let Batch { entries, chains, texts, last } = batch;
        let before = after;
        for entry in entries {
            let position = entry.chain_id.0.map(|chain| (chain, entry.sequence));
            // A key that does not sort where it was found is no key that the server wrote.
            let Some(position) = position.filter(|found| after.is_none_or(|after| *found >= after))
            else {
                verification.findings.push(Finding::of_journal(Flaw::Unreadable));
                continue;
            };
            after = Some(position);
            let mut check = match open.take() {
                Some(check) if check.chain.id == position.0 => check,
                ended => {
                    close(ended, &chains, verification);
                    ChainCheck::new(name(&chains, position.0))
                }
            };
            take_entry(&mut check, entry, &texts, verification);
            open = Some(check);
        }
        if last || after == before {
            close(open, &chains, verification);
            return Ok(());
        }
    }
}

/// Takes the next entry of a chain, and holds its texts against it.
fn take_entry(
    check: &mut ChainCheck<StoredEntry>,
    entry: StoredEntry,
    texts: &BTreeMap<EntryId, Vec<StoredText>>,
    verification: &mut Verification,
) {
    verification.entries += 1;
    let own = entry.id.0.and_then(|id| texts.get(&id)).map_or(&[][..], Vec::as_slice);
    let (erased, findings) = judge_texts(&entry, own, check.chain);
    if check.push(entry) {
        verification.erased_texts += erased;
        verification.findings.extend(findings);
    }
}

fn name(chains: &BTreeMap<ChainId, StoredChain>, id: ChainId) -> ChainName {
    chains.get(&id).map_or(ChainName { kind: None, id }, |row| row.name(id))
}

fn close(
    check: Option<ChainCheck<StoredEntry>>,
    chains: &BTreeMap<ChainId, StoredChain>,
    verification: &mut Verification,
) {
    let Some(check) = check else { return };
    let end = chains.get(&check.chain.id).map_or(End::NoChain, StoredChain::end);
    verification.findings.extend(check.finish(end));
}

/// How many of the entry's texts were erased, and what is wrong with those that were not.
fn judge_texts(entry: &StoredEntry, texts: &[StoredText], chain: ChainName) -> (u64, Vec<Finding>) {
    use check::Link;
    let digests: BTreeMap<String, String> = entry.digests().into_iter().collect();
    let mut kept = 0;
    let mut findings = Vec::new();
    for text in texts {
        let name = text.name.0.clone().unwrap_or_default();
        let flaw = match (digests.get(&name), &text.salt.0, &text.text.0) {
            (None, ..) => Flaw::TextStray { name },
            (Some(digest), Some(salt), Some(words)) if text_digest(salt, words) == *digest => {
                kept += 1;
                continue;
            }
            (Some(_), ..) => {
                kept += 1;
                Flaw::TextChanged { name }
            }
        };
        findings.push(Finding { chain: Some(chain), entry: Some(entry.place()), flaw });
    }
    let known = u64::try_from(digests.len()).unwrap_or(u64::MAX);
    (known.saturating_sub(kept), findings)
}
