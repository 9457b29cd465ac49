//! Holding a digest against the recorded one.

use crate::access::act;
use crate::cases::evidence::digest::{self, Sha256, Verification};
use crate::cases::evidence::input::VerificationInput;
use crate::cases::evidence::item;
use crate::cases::evidence::store::{self, FlagRow};
use crate::clock::Instant;
use crate::db::Tx;
use crate::error::{Error, Faults, Result};
use crate::ids::{CaseId, EvidenceId};
use crate::journal::event::{Change, Deed};
use crate::submission::Submission;

use super::{event, flags_of, raise};

/// What a comparison gave.
#[derive(Debug)]
pub struct Verified {
    /// What it gave.
    pub result: Verification,
    /// The digest that was held against the recorded one.
    pub sha256: Sha256,
    /// When.
    pub at: Instant,
    /// The flags of the item now.
    pub flags: Vec<FlagRow>,
}

/// Holds a digest against the recorded one. That they differ is a fact: it is recorded, and leaves a flag once.
///
/// # Errors
/// Not found, forbidden, invalid; or the item was registered without a digest.
pub fn verify(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: EvidenceId,
    submission: &Submission,
) -> Result<Change<Verified>> {
    let item = item::take::<act::VerifyEvidence>(tx, case, id)?;
    let input: VerificationInput = submission.read()?;
    let mut faults = Faults::new();
    let found = input.sha256.required(&mut faults, "/sha256");
    faults.finish()?;
    let found = found.ok_or_else(|| Error::internal("a digest without faults was not judged"))?;
    let result = digest::verify(item.row.sha256.as_ref(), &found)?;
    let mut row = item.row;
    let mut flags = flags_of(tx, &item.permit, id)?;
    let told = event(&row, Deed::EvidenceVerified).with("result", result).with("sha256", &found);
    let mut events = vec![told];
    if let Some(kind) = result.flag()
        && !flags.iter().any(|flag| flag.kind == kind)
    {
        let explanation = format!("A comparison gave the digest {found}, not the recorded one.");
        let (flag, event) = raise(tx, &item.permit, &row, kind, explanation)?;
        flags.push(flag);
        events.push(event);
        row.version += 1;
        row.updated_at = tx.now();
        store::update_version(tx, &item.permit, &row)?;
    }
    let verified = Verified { result, sha256: found, at: tx.now(), flags };
    Ok(Change::by_all(verified, events))
}
