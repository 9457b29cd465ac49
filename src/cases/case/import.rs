//! Recording a case that was worked before this server, by telephone and fax, in the state that it had reached. Only a
//! command on the server's own machine may; the journal says so, and what is added later is marked as late.

use crate::access::{Facts, act};
use crate::cases::assignments::store as assignments;
use crate::cases::case::input::CaseInput;
use crate::cases::case::model::{CaseStatus, Outcome};
use crate::cases::case::service::{draw_reference, search_text};
use crate::cases::case::store::{self, CaseRow};
use crate::cases::members::store as members;
use crate::country::Country;
use crate::db::Tx;
use crate::db::types::Json;
use crate::error::{Error, Faults, Result};
use crate::ids::{AgencyId, CaseId, UserId};
use crate::journal::event::{Change, Deed, Event, SubjectKind};

/// A case as it stood.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The agency that led it.
    pub lead: AgencyId,
    /// That agency's country.
    pub country: Option<Country>,
    /// The officer to whom it is assigned.
    pub officer: UserId,
    /// Its header; consignments are added afterwards.
    pub header: CaseInput,
    /// The state that it had reached.
    pub status: CaseStatus,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

/// The zone of an imported header, which has no legs.
const UTC: &str = "UTC";

/// Records a case as it stood.
///
/// # Errors
/// Forbidden to everybody but commands on the server's own machine; invalid with every fault named.
pub fn import(tx: &mut Tx<'_>, imported: &Imported) -> Result<Change<CaseRow>> {
    let permit = tx.permit::<act::ImportCase>(&Facts::Server)?;
    let mut faults = Faults::new();
    let judged = imported.header.judge(&mut faults, UTC);
    faults.finish()?;
    let header = judged.ok_or_else(|| Error::internal("a case without faults was not judged"))?;
    let now = tx.now();
    let reference = draw_reference(tx, imported.country)?;
    let row = CaseRow {
        id: CaseId::new(now),
        search: search_text(&reference, &header.code_name, &header.summary),
        reference,
        lead_agency_id: imported.lead,
        code_name: header.code_name,
        summary: header.summary,
        modality: header.modality,
        priority: header.priority,
        handling_codes: Json(header.handling_codes),
        status: imported.status,
        restricted: header.restricted,
        outcome: imported.outcome,
        was_on_the_move: false,
        close_requested_at: None,
        report_due_at: None,
        created_by: imported.officer,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    store::import(tx, &permit, &row)?;
    members::insert_imported_lead(tx, &permit, row.id, imported.lead)?;
    assignments::insert_imported(tx, &permit, row.id, imported.officer, imported.lead)?;
    let events = vec![
        Event::in_case(row.id, Deed::CaseImported, SubjectKind::Case, row.id)
            .with("reference", &row.reference)
            .with("lead", row.lead_agency_id)
            .with("status", row.status)
            .with("outcome", row.outcome)
            .text("code_name", row.code_name.clone())
            .text("summary", row.summary.clone()),
        Event::in_case(row.id, Deed::OfficerAssigned, SubjectKind::Assignment, imported.officer),
    ];
    Ok(Change::by_all(row, events))
}
