//! Queries over evidence references.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::access::{Act, Permit, act};
use crate::cases::case::model::HandlingCode;
use crate::clock::Instant;
use crate::db::schema::{evidence, evidence_audience, evidence_transfers};
use crate::db::types::Json;
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, EvidenceId, UserId};

use super::digest::Sha256;
use super::model::{Disposition, EvidenceKind, TransferStatus};
use super::number::EvidenceNumber;

mod audience;
mod flags;
pub mod transfers;

pub use audience::{audience, audiences, readable_ids, update_audience};
pub use flags::{FlagRow, flags, insert_flag};

/// An evidence reference's row.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = evidence, treat_none_as_default_value = false)]
pub struct EvidenceRow {
    /// The item.
    pub id: EvidenceId,
    /// Its case.
    pub case_id: CaseId,
    /// What officers call it by.
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
    /// Who collected it.
    pub collected_by: Option<String>,
    /// When it was collected.
    pub collected_at: Option<Instant>,
    /// Where it was collected.
    pub collected_place: Option<String>,
    /// Under which conditions it may be used.
    pub handling_codes: Json<Vec<HandlingCode>>,
    /// The restriction in words.
    pub handling_note: Option<String>,
    /// Whether the provider permits its use as evidence in spite of `H1`.
    pub use_as_evidence_permitted: bool,
    /// What finally became of it.
    pub disposition: Option<Disposition>,
    /// Why.
    pub disposition_reason: Option<String>,
    /// When that was settled.
    pub disposed_at: Option<Instant>,
    /// Counts the changes of this row.
    pub version: i64,
    /// Who registered it.
    pub created_by: UserId,
    /// When it was registered.
    pub created_at: Instant,
    /// When this row was changed last.
    pub updated_at: Instant,
}

/// Which agencies an item concerns, as far as access to it asks.
#[derive(Debug, Clone, Copy, Queryable)]
pub(super) struct Parties {
    /// Who recorded it.
    pub originator: AgencyId,
    /// Who holds it.
    pub custodian: AgencyId,
    /// The agency asked about, where the item is shown to it.
    pub shown_to: Option<AgencyId>,
    /// To whom it is offered.
    pub offered_to: Option<AgencyId>,
}

/// What `agency` is to an item, for the facts that access rests on: one statement, whether the item is hidden or there
/// is none.
///
/// # Errors
/// When the database fails.
pub(super) fn parties(
    view: &mut View<'_>,
    case: CaseId,
    id: EvidenceId,
    agency: AgencyId,
) -> Result<Option<Parties>> {
    evidence::table
        .left_join(
            evidence_audience::table.on(evidence_audience::evidence_id
                .eq(evidence::id)
                .and(evidence_audience::agency_id.eq(agency))),
        )
        .left_join(
            evidence_transfers::table.on(evidence_transfers::evidence_id
                .eq(evidence::id)
                .and(evidence_transfers::status.eq(TransferStatus::Offered))),
        )
        .filter(evidence::id.eq(id))
        .filter(evidence::case_id.eq(case))
        .select((
            evidence::originator_agency_id,
            evidence::custodian_agency_id,
            evidence_audience::agency_id.nullable(),
            evidence_transfers::to_agency_id.nullable(),
        ))
        .maybe(view)
}

/// An item of the case.
///
/// # Errors
/// When the database fails.
pub fn find<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    id: EvidenceId,
) -> Result<Option<EvidenceRow>> {
    evidence::table
        .filter(evidence::id.eq(id))
        .filter(evidence::case_id.eq(permit.case()?))
        .select(columns::<EvidenceRow>())
        .maybe(view)
}

/// A page of the items of a case that are shown to `agency`, in the order in which they were registered. It walks the
/// agency's own part of the audiences, so that what is not shown costs nothing.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    permit: &Permit<act::ReadEvidence>,
    agency: AgencyId,
    page: Page,
) -> Result<PageOf<EvidenceRow>> {
    let after = page.after.map_or(EvidenceId::from_uuid(uuid::Uuid::nil()), Cursor::id);
    let rows = evidence_audience::table
        .inner_join(evidence::table.on(evidence::id.eq(evidence_audience::evidence_id)))
        .filter(evidence_audience::case_id.eq(permit.case()?))
        .filter(evidence_audience::agency_id.eq(agency))
        .filter(evidence_audience::evidence_id.gt(after))
        .select(columns::<EvidenceRow>())
        .order(evidence_audience::evidence_id)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &EvidenceRow| Cursor::after_id(row.id)))
}

/// Items of which nobody has settled what becomes of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unsettled {
    /// Those that an agency is shown.
    pub shown: Vec<EvidenceId>,
    /// Whether there are others. Neither which nor how many is for that agency to know.
    pub hidden: bool,
}

/// The items of a case of which nobody has settled what becomes of them, as far as `agency` is shown them.
///
/// # Errors
/// When the database fails.
pub fn without_disposition<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    agency: AgencyId,
) -> Result<Unsettled> {
    let rows: Vec<(EvidenceId, Option<AgencyId>)> = evidence::table
        .left_join(
            evidence_audience::table.on(evidence_audience::evidence_id
                .eq(evidence::id)
                .and(evidence_audience::agency_id.eq(agency))),
        )
        .filter(evidence::case_id.eq(permit.case()?))
        .filter(evidence::disposition.is_null())
        .select((evidence::id, evidence_audience::agency_id.nullable()))
        .order(evidence::id)
        .all(view)?;
    let hidden = rows.iter().any(|(_, reader)| reader.is_none());
    let shown = rows.into_iter().filter(|(_, reader)| reader.is_some()).map(|(id, _)| id).collect();
    Ok(Unsettled { shown, hidden })
}

/// Whether an item of the case has this number already.
///
/// # Errors
/// When the database fails.
pub fn is_taken(
    view: &mut View<'_>,
    permit: &Permit<act::RegisterEvidence>,
    number: &EvidenceNumber,
) -> Result<bool> {
    let count: i64 = evidence::table
        .filter(evidence::case_id.eq(permit.case()?))
        .filter(evidence::number.eq(number))
        .count()
        .one(view)?;
    Ok(count > 0)
}

/// Inserts an item into the case that the permit is for, and shows it to `audience`.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::RegisterEvidence>,
    row: EvidenceRow,
    audience: &BTreeSet<AgencyId>,
) -> Result<()> {
    let (case, id) = (permit.case()?, row.id);
    diesel::insert_into(evidence::table).values(EvidenceRow { case_id: case, ..row }).run(tx)?;
    audience::show_to(tx, case, id, audience.iter().copied())
}

/// Writes what may be said anew of an item of the case.
///
/// # Errors
/// When the database fails.
pub fn update(
    tx: &mut Tx<'_>,
    permit: &Permit<act::EditEvidence>,
    row: &EvidenceRow,
) -> Result<()> {
    let of_case = evidence::table
        .filter(evidence::id.eq(row.id))
        .filter(evidence::case_id.eq(permit.case()?));
    diesel::update(of_case)
        .set((
            evidence::title.eq(&row.title),
            evidence::description.eq(&row.description),
            evidence::storage_place.eq(&row.storage_place),
            evidence::handling_codes.eq(row.handling_codes.clone()),
            evidence::handling_note.eq(&row.handling_note),
            evidence::use_as_evidence_permitted.eq(row.use_as_evidence_permitted),
            evidence::version.eq(row.version),
            evidence::updated_at.eq(row.updated_at),
        ))
        .run(tx)?;
    Ok(())
}

/// Writes the version of an item of which something changed that stands in a table beside it.
///
/// # Errors
/// When the database fails.
pub fn update_version<A: Act>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    row: &EvidenceRow,
) -> Result<()> {
    let of_case = evidence::table
        .filter(evidence::id.eq(row.id))
        .filter(evidence::case_id.eq(permit.case()?));
    diesel::update(of_case)
        .set((evidence::version.eq(row.version), evidence::updated_at.eq(row.updated_at)))
        .run(tx)?;
    Ok(())
}

/// Writes what becomes of an item of the case.
///
/// # Errors
/// When the database fails.
pub fn dispose(
    tx: &mut Tx<'_>,
    permit: &Permit<act::DisposeEvidence>,
    row: &EvidenceRow,
) -> Result<()> {
    let of_case = evidence::table
        .filter(evidence::id.eq(row.id))
        .filter(evidence::case_id.eq(permit.case()?));
    diesel::update(of_case)
        .set((
            evidence::disposition.eq(row.disposition),
            evidence::disposition_reason.eq(&row.disposition_reason),
            evidence::disposed_at.eq(row.disposed_at),
            evidence::version.eq(row.version),
            evidence::updated_at.eq(row.updated_at),
        ))
        .run(tx)?;
    Ok(())
}
