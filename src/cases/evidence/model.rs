//! Evidence: its words, and the rules of custody, audience and disposition.

use std::collections::BTreeSet;

use crate::cases::case::model::HandlingCode;
use crate::clock::Instant;
use crate::error::{Refusal, codes};
use crate::ids::AgencyId;
use crate::text_enum;

#[cfg(test)]
mod tests;

text_enum! {
    /// What an item is.
    pub enum EvidenceKind {
        /// A thing.
        Physical = "physical",
        /// A sample taken from a substance.
        Sample = "sample",
        /// Data.
        Digital = "digital",
        /// A photograph.
        Photo = "photo",
        /// A moving picture.
        Video = "video",
        /// A recorded sound.
        Audio = "audio",
        /// A document, on paper or not.
        Document = "document",
    }
}

text_enum! {
    /// What is permanently odd about an item.
    pub enum FlagKind {
        /// Its line of custody has a gap.
        Gap = "gap",
        /// A seal was not the one it left with.
        SealMismatch = "seal_mismatch",
        /// A digest was not the one it was registered with.
        HashMismatch = "hash_mismatch",
        /// Locked out of evidence bundles until its provider permits.
        H1Lock = "h1_lock",
    }
}

text_enum! {
    /// What finally became of an item.
    pub enum Disposition {
        /// Given back to whom it belongs.
        Returned = "returned",
        /// Destroyed.
        Destroyed = "destroyed",
        /// Given to a court.
        TransferredToCourt = "transferred_to_court",
        /// Kept by its custodian for good.
        Retained = "retained",
        /// Let go, as it turned out to be no evidence.
        Released = "released",
        /// Forfeited to the State.
        Forfeited = "forfeited",
        /// Used up by analysis.
        Consumed = "consumed",
    }
}

text_enum! {
    /// Where a transfer stands.
    pub enum TransferStatus {
        /// Offered; the releaser still holds the item.
        Offered = "offered",
        /// Accepted; the receiver holds the item.
        Accepted = "accepted",
        /// Refused; the releaser holds the item.
        Refused = "refused",
        /// Taken back by the releaser, who holds the item.
        Cancelled = "cancelled",
    }
}

/// Who holds an item, as far as the rules ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custody {
    /// The agency that recorded the item.
    pub originator: AgencyId,
    /// The agency that holds it.
    pub custodian: AgencyId,
    /// Since when the custodian holds it.
    pub since: Instant,
    /// The seal it bears.
    pub seal: Option<String>,
    /// The agency that it is offered to, as long as the offer is not answered.
    pub offered_to: Option<AgencyId>,
    /// What finally became of it.
    pub disposition: Option<Disposition>,
    /// Whether it carries handling code `H1` without the provider's permission.
    pub h1_locked: bool,
}

/// A transfer, as far as the rules ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Where it stands.
    pub status: TransferStatus,
    /// The releasing agency.
    pub from: AgencyId,
    /// The receiving agency.
    pub to: AgencyId,
    /// When it was offered.
    pub offered_at: Instant,
    /// When the item left the releaser's hands, where that was told.
    pub released_at: Option<Instant>,
    /// The seal it left with; `None` when the offer says nothing, which stands for the item's own.
    pub seal: Option<String>,
}

/// What the receiver states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// When the item was taken over.
    pub accepted_at: Instant,
    /// The seal it came with: `None` when nothing is said of it, empty when there was none.
    pub seal: Option<String>,
}

/// What became of an accepted transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The agency that holds the item now.
    pub custodian: AgencyId,
    /// The seal it bears now.
    pub seal: Option<String>,
    /// New permanent flags.
    pub flags: Vec<FlagKind>,
}

/// The flags that handling codes leave, at the registration or when they are added.
#[must_use]
pub fn flags_of_codes(handling_codes: &[HandlingCode]) -> Vec<FlagKind> {
    if handling_codes.contains(&HandlingCode::H1) { vec![FlagKind::H1Lock] } else { Vec::new() }
}

/// Whether an item is locked out of evidence bundles: it carries `H1`, and its provider has not permitted the use.
#[must_use]
pub fn h1_locked(handling_codes: &[HandlingCode], permitted: bool) -> bool {
    handling_codes.contains(&HandlingCode::H1) && !permitted
}

/// Whether `by` may offer the item to `to`. A command.
///
/// # Errors
/// Invariant 16 when `by` does not hold the item or a transfer is open; the state when the item has its disposition or
/// `to` holds it already.
pub fn offer(custody: &Custody, by: AgencyId, to: AgencyId) -> Result<(), Refusal> {
    let (code, detail) = if custody.custodian != by {
        (&codes::INVARIANT_16, "Only the agency that holds the item offers it.")
    } else if custody.offered_to.is_some() {
        (&codes::INVARIANT_16, "A transfer of this item is open; it is answered first.")
    } else if custody.disposition.is_some() {
        (&codes::STATE, "The item has its final disposition.")
    } else if to == by {
        (&codes::STATE, "Your agency holds the item already.")
    } else {
        return Ok(());
    };
    Err(Refusal::new(code, detail))
}

/// Takes the item over. A command as to whether the transfer may be accepted; what the receiver states about time and
/// seal is a fact and only leaves flags. The item left the releaser at `released_at` or, where that was not told, when
/// the receiver took it; more than `longest_gap` seconds between the two are a gap, and so are times that go back.
///
/// # Errors
/// When `by` is not the receiver, or the transfer was answered before.
pub fn accept(
    custody: &Custody,
    transfer: &Transfer,
    by: AgencyId,
    acceptance: &Acceptance,
    longest_gap: i64,
) -> Result<Accepted, Refusal> {
    answerable(transfer, by)?;
    let accepted_at = acceptance.accepted_at;
    let too_long = |released: Instant| {
        released > accepted_at || released.plus_seconds(longest_gap) < accepted_at
    };
    let gap = accepted_at < transfer.offered_at
        || accepted_at < custody.since
        || transfer.from != custody.custodian
        || transfer.released_at.is_some_and(too_long);
    let left_with = plain_seal(transfer.seal.as_ref().or(custody.seal.as_ref()));
    let relabelled = transfer.seal.is_some()
        && custody.seal.is_some()
        && left_with != plain_seal(custody.seal.as_ref());
    let came_with = acceptance.seal.as_ref().map(|seal| plain_seal(Some(seal)));
    let mismatch = relabelled || came_with.is_some_and(|seal| seal != left_with);
    let mut flags = Vec::new();
    if gap {
        flags.push(FlagKind::Gap);
    }
    if mismatch {
        flags.push(FlagKind::SealMismatch);
    }
    let seal = match &acceptance.seal {
        Some(seal) => Some(seal.trim().to_owned()).filter(|seal| !seal.is_empty()),
        None => transfer.seal.clone().or_else(|| custody.seal.clone()),
    };
    Ok(Accepted { custodian: transfer.to, seal, flags })
}

/// Whether `by` may refuse the transfer. A command; the releaser holds the item on.
///
/// # Errors
/// When `by` is not the receiver, or the transfer was answered before.
pub fn refuse(transfer: &Transfer, by: AgencyId) -> Result<(), Refusal> {
    answerable(transfer, by)
}

/// Whether `by` may take its offer back, as when the receiver cannot answer any more. A command; the releaser holds the
/// item on.
///
/// # Errors
/// When `by` is not the releaser, or the transfer was answered before.
pub fn cancel(transfer: &Transfer, by: AgencyId) -> Result<(), Refusal> {
    if transfer.from != by {
        let detail = "Only the agency that offers the item takes the offer back.";
        return Err(Refusal::new(&codes::FORBIDDEN, detail));
    }
    still_open(transfer)
}

fn answerable(transfer: &Transfer, by: AgencyId) -> Result<(), Refusal> {
    if transfer.to != by {
        let detail = "Only the agency that the item is offered to answers.";
        return Err(Refusal::new(&codes::FORBIDDEN, detail));
    }
    still_open(transfer)
}

fn still_open(transfer: &Transfer) -> Result<(), Refusal> {
    match transfer.status {
        TransferStatus::Offered => Ok(()),
        TransferStatus::Accepted | TransferStatus::Refused | TransferStatus::Cancelled => {
            let detail = format!("The transfer was {} already.", transfer.status);
            Err(Refusal::new(&codes::STATE, detail))
        }
    }
}

/// A seal as it is compared: capitals, no space, no dashes.
fn plain_seal(seal: Option<&String>) -> String {
    let letters = seal.map(String::as_str).unwrap_or_default().chars();
    letters.filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_uppercase).collect()
}

/// The audience of an item, so far `present`, once `by` has set it to `wanted`. The originator, the custodian and the
/// agency that the item is offered to are always in it. The originator widens and narrows it, a custodian who is not
/// the originator only narrows it. A command.
///
/// # Errors
/// Invariant 20 when `by` is not the originator and would widen it, or is neither originator nor custodian.
pub fn change_audience(
    custody: &Custody,
    by: AgencyId,
    present: &BTreeSet<AgencyId>,
    wanted: impl IntoIterator<Item = AgencyId>,
) -> Result<BTreeSet<AgencyId>, Refusal> {
    let always = [custody.originator, custody.custodian].into_iter().chain(custody.offered_to);
    let audience: BTreeSet<AgencyId> = wanted.into_iter().chain(always).collect();
    let may_narrow = by == custody.custodian && audience.is_subset(present);
    if by == custody.originator || may_narrow {
        Ok(audience)
    } else {
        let detail = "Only the agency that recorded the item adds to those who may see it.";
        Err(Refusal::new(&codes::INVARIANT_20, detail))
    }
}

/// Whether `by` may give the item this final disposition. A command.
///
/// # Errors
/// When `by` neither holds nor recorded the item, it has its disposition, a transfer is open, or it would go to a court
/// while its provider has not permitted that.
pub fn dispose(custody: &Custody, by: AgencyId, disposition: Disposition) -> Result<(), Refusal> {
    let (code, detail) = if by != custody.custodian && by != custody.originator {
        (
            &codes::FORBIDDEN,
            "Only the agency that holds or recorded the item settles what becomes of it.",
        )
    } else if custody.disposition.is_some() {
        (&codes::STATE, "The item has its final disposition.")
    } else if custody.offered_to.is_some() {
        (&codes::STATE, "A transfer of this item is open; it is answered first.")
    } else if custody.h1_locked && disposition == Disposition::TransferredToCourt {
        (&codes::H1_LOCK, "The provider has not permitted that this item is used as evidence.")
    } else {
        return Ok(());
    };
    Err(Refusal::new(code, detail))
}
