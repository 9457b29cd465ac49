//! Evidence references over HTTP.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::cases::api::PageParams;
use crate::cases::case::model::HandlingCode;
use crate::clock::Instant;
use crate::error::Result;
use crate::http::{App, Call};
use crate::ids::{AgencyId, CaseId, EvidenceId, FlagId};

use super::digest::{Sha256, Verification};
use super::model::{Disposition, EvidenceKind, FlagKind, h1_locked};
use super::number::EvidenceNumber;
use super::service::{self, Shown, Verified};
use super::store::FlagRow;

mod transfers;

pub use transfers::*;

/// An evidence reference.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvidenceView {
    /// The item.
    pub id: EvidenceId,
    /// Its case.
    pub case_id: CaseId,
    /// What officers call it by: random, so that it tells of no other item.
    pub number: EvidenceNumber,
    /// The agency that recorded it.
    pub originator_agency_id: AgencyId,
    /// The agency that holds it.
    pub custodian_agency_id: AgencyId,
    /// Since when that agency holds it.
    pub held_since: Instant,
    /// What it is, in a line.
    pub title: String,
    /// What kind of thing.
    pub kind: EvidenceKind,
    /// What it is, at length.
    pub description: Option<String>,
    /// Where its holder keeps it.
    pub storage_place: String,
    /// The seal it bears.
    pub seal: Option<String>,
    /// The digest it was registered with.
    pub sha256: Option<Sha256>,
    /// Its size in bytes.
    pub size_bytes: Option<i64>,
    /// When it was collected.
    pub collected_at: Option<Instant>,
    /// Who collected it.
    pub collected_by: Option<String>,
    /// Where it was collected.
    pub collected_place: Option<String>,
    /// Under which conditions it may be used.
    pub handling_codes: Vec<HandlingCode>,
    /// The restriction in words.
    pub handling_note: Option<String>,
    /// Whether the provider permits its use as evidence in spite of `H1`.
    pub use_as_evidence_permitted: bool,
    /// Whether it is locked out of evidence bundles now.
    pub h1_locked: bool,
    /// To whom it is shown.
    pub audience: BTreeSet<AgencyId>,
    /// What is permanently odd about it.
    pub flags: Vec<FlagView>,
    /// What finally became of it.
    pub disposition: Option<Disposition>,
    /// Why.
    pub disposition_reason: Option<String>,
    /// When that was settled.
    pub disposed_at: Option<Instant>,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

/// A permanent flag.
#[derive(Debug, Serialize, ToSchema)]
pub struct FlagView {
    /// The flag.
    pub id: FlagId,
    /// What is odd.
    pub kind: FlagKind,
    /// In words.
    pub explanation: String,
    /// When it was raised.
    pub raised_at: Instant,
}

/// A page of evidence references.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvidenceList {
    /// The items that one is shown.
    pub items: Vec<EvidenceView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

/// What a comparison of digests gave.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerificationView {
    /// Whether they are the same.
    pub result: Verification,
    /// The digest that was held against the recorded one.
    pub sha256: Sha256,
    /// When.
    pub verified_at: Instant,
    /// What is permanently odd about the item now.
    pub flags: Vec<FlagView>,
}

impl From<Shown> for EvidenceView {
    fn from(Shown { row, audience, flags }: Shown) -> Self {
        Self {
            id: row.id,
            case_id: row.case_id,
            number: row.number,
            originator_agency_id: row.originator_agency_id,
            custodian_agency_id: row.custodian_agency_id,
            held_since: row.held_since,
            title: row.title,
            kind: row.kind,
            description: row.description,
            storage_place: row.storage_place,
            seal: row.seal,
            sha256: row.sha256,
            size_bytes: row.size_bytes,
            collected_at: row.collected_at,
            collected_by: row.collected_by,
            collected_place: row.collected_place,
            h1_locked: h1_locked(&row.handling_codes.0, row.use_as_evidence_permitted),
            handling_codes: row.handling_codes.0,
            handling_note: row.handling_note,
            use_as_evidence_permitted: row.use_as_evidence_permitted,
            audience,
            flags: flags.into_iter().map(Into::into).collect(),
            disposition: row.disposition,
            disposition_reason: row.disposition_reason,
            disposed_at: row.disposed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<FlagRow> for FlagView {
    fn from(row: FlagRow) -> Self {
        let FlagRow { id, kind, explanation, raised_at, .. } = row;
        Self { id, kind, explanation, raised_at }
    }
}

impl From<Verified> for VerificationView {
    fn from(verified: Verified) -> Self {
        Self {
            result: verified.result,
            sha256: verified.sha256,
            verified_at: verified.at,
            flags: verified.flags.into_iter().map(Into::into).collect(),
        }
    }
}

fn show(shown: Shown) -> Result<Answer> {
    let version = shown.row.version;
    Ok(Answer::ok(&EvidenceView::from(shown))?.version(version))
}

/// Lists the evidence references of a case that one is shown.
///
/// # Errors
/// As the contract says.
pub async fn list_evidence(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let page = service::list(view, call.id("case_id")?, || PageParams::page(call))?;
        let page = page.map(EvidenceView::from);
        Answer::ok(&EvidenceList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// Reads an evidence reference.
///
/// # Errors
/// As the contract says.
pub async fn get_evidence(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        show(service::get(view, call.id("case_id")?, call.id("evidence_id")?)?)
    })
    .await
}

/// Registers an item.
///
/// # Errors
/// As the contract says.
pub async fn create_evidence(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        service::register(tx, call.id("case_id")?, &call.submission)?.try_map(|shown| {
            let (case, id, version) = (shown.row.case_id, shown.row.id, shown.row.version);
            let path = format!("/api/v1/cases/{case}/evidence/{id}");
            Ok(Answer::created(&EvidenceView::from(shown), path)?.version(version))
        })
    })
    .await
}

/// Describes an item anew.
///
/// # Errors
/// As the contract says.
pub async fn edit_evidence(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, id) = (call.id("case_id")?, call.id("evidence_id")?);
        service::edit(tx, case, id, &call.submission)?.try_map(show)
    })
    .await
}

/// Sets to whom an item is shown.
///
/// # Errors
/// As the contract says.
pub async fn set_evidence_audience(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, id) = (call.id("case_id")?, call.id("evidence_id")?);
        service::set_audience(tx, case, id, &call.submission)?.try_map(show)
    })
    .await
}

/// Holds a digest against the recorded one.
///
/// # Errors
/// As the contract says.
pub async fn verify_evidence(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, id) = (call.id("case_id")?, call.id("evidence_id")?);
        service::verify(tx, case, id, &call.submission)?
            .try_map(|verified| Answer::ok(&VerificationView::from(verified)))
    })
    .await
}

/// Settles what becomes of an item.
///
/// # Errors
/// As the contract says.
pub async fn dispose_evidence(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, id) = (call.id("case_id")?, call.id("evidence_id")?);
        service::dispose(tx, case, id, &call.submission)?.try_map(show)
    })
    .await
}
