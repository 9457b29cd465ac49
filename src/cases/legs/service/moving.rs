//! How a leg is travelled: started, completed, taken up again, and the way that the goods took instead.

use super::{crossing, hear, lacks, lacks_since, shown, take, told};
use crate::access::{Permit, act};
use crate::cases::case::model::CaseStatus;
use crate::cases::control::store as control;
use crate::cases::legs::input::{self, CompleteInput, DivertInput, ResumeInput, StartInput};
use crate::cases::legs::model::{self, Hindrance, LegStatus, Turn};
use crate::cases::legs::progress::Happening;
use crate::cases::legs::rows::{DiversionRow, LegRow};
use crate::cases::legs::store;
use crate::cases::milestones::model::ReportLimits;
use crate::cases::reason::Reason;
use crate::cases::standing;
use crate::db::types::Json;
use crate::db::{Tx, View};
use crate::error::{Error, Faults, Result};
use crate::ids::{CaseId, LegId};
use crate::journal::event::{Change, Deed};
use crate::submission::Submission;

/// Starts a leg. A command. One that is told of later needs leave at the time when it began, and leave that still counts.
///
/// # Errors
/// Not found, forbidden, invalid; or refused by invariants 1 and 3, or by the state of leg and case, with everything that
/// is missing.
pub fn start(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: LegId,
    submission: &Submission,
    limits: ReportLimits,
) -> Result<Change<LegRow>> {
    let (row, permit) = take::<act::MoveLeg>(tx, case, id)?;
    let sent: StartInput = submission.read_or_empty()?;
    let mut faults = Faults::new();
    let left = input::moment(&sent.occurred_at, &mut faults, tx.now(), limits.allowed_skew);
    faults.finish()?;
    let turn = turn(tx, &permit, &row)?;
    let started_at = left.unwrap_or(tx.now());
    let lacks = lacks_since(tx, &permit, &row, started_at)?;
    let status = model::start(row.status, turn, lacks)?;
    let start_flags = Json(model::timing_flags(started_at, tx.now(), limits));
    let row = LegRow { started_at: Some(started_at), start_flags, ..row.moved(status, tx.now()) };
    store::update_status(tx, &permit, &row)?;
    store::set_on_the_move(tx, &permit)?;
    let event = told(Deed::LegStarted, &row)
        .with("occurred_at", started_at)
        .with("flags", &row.start_flags.0);
    Ok(Change::by(row, event))
}

/// Completes a leg: the goods have arrived. A command; that they are in the country is a fact, and is held to what an entry is
/// where nobody reported one.
///
/// # Errors
/// Not found, forbidden, invalid; or the leg is not under way, or is held.
pub fn complete(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: LegId,
    submission: &Submission,
    limits: ReportLimits,
) -> Result<Change<LegRow>> {
    let (row, permit) = take::<act::MoveLeg>(tx, case, id)?;
    let sent: CompleteInput = submission.read_or_empty()?;
    let mut faults = Faults::new();
    let arrived = input::moment(&sent.occurred_at, &mut faults, tx.now(), limits.allowed_skew);
    let note = input::note(&sent.note, &mut faults);
    let ended_at = arrived.unwrap_or(tx.now());
    let after_start = row.started_at.is_none_or(|started| started <= ended_at);
    faults.check(after_start, "/occurred_at", "expected a time after the leg was started");
    faults.finish()?;
    let status = model::complete(row.status)?;
    let arrival_flags = Json(crossing::arrival(tx, &permit, &row, ended_at, limits)?);
    let row = LegRow { ended_at: Some(ended_at), arrival_flags, ..row.moved(status, tx.now()) };
    store::update_status(tx, &permit, &row)?;
    let event = told(Deed::LegCompleted, &row)
        .with("occurred_at", ended_at)
        .with("flags", &row.arrival_flags.0)
        .optional_text("note", note.as_deref());
    Ok(Change::by(row, event))
}

/// Lets a leg go on that was held, for a reason. A command.
///
/// # Errors
/// Not found, forbidden, invalid; or refused as a start is.
pub fn resume(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: LegId,
    submission: &Submission,
) -> Result<Change<LegRow>> {
    let (row, permit) = take::<act::MoveLeg>(tx, case, id)?;
    let sent: ResumeInput = submission.read()?;
    let mut faults = Faults::new();
    let reason = sent.reason.required(&mut faults, "/reason");
    faults.finish()?;
    let turn = turn(tx, &permit, &row)?;
    let lacks = lacks(tx, &permit, &row)?;
    let hindrance = hindrance(tx, &permit, &row)?;
    let status = model::resume(row.status, hindrance, turn, lacks)?;
    let row = row.moved(status, tx.now());
    store::update_status(tx, &permit, &row)?;
    let event =
        told(Deed::LegResumed, &row).optional_text("reason", reason.as_ref().map(Reason::as_str));
    Ok(Change::by(row, event))
}

/// Takes the report that the goods went another way (invariant 14). A fact: it is recorded whatever the leg's state, also of a
/// leg that was taken off the plan, from whoever acts on the route.
///
/// # Errors
/// Not found, forbidden or invalid.
pub fn divert(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: LegId,
    submission: &Submission,
    limits: ReportLimits,
) -> Result<Change<LegRow>> {
    let (row, permit) = hear::<act::ReportTravel>(tx, case, id)?;
    let sent: DivertInput = submission.read()?;
    let mut faults = Faults::new();
    let reason = sent.reason.required(&mut faults, "/reason");
    let seen = sent.occurred_at.optional(&mut faults, "/occurred_at");
    let place = input::place(&sent.place, &mut faults);
    let home = &tx.context().officer()?.time_zone;
    let time_zone = sent.time_zone.zone(&mut faults, "/time_zone", home);
    faults.finish()?;
    let reason = reason.ok_or_else(|| Error::internal("a diversion without faults"))?;
    let occurred_at = seen.unwrap_or(tx.now());
    let mut flags = model::divert(row.status, row.removed_at.is_some());
    flags.extend(model::timing_flags(occurred_at, tx.now(), limits));
    let progress = row.progress().after(Happening::Diverted, true);
    let row = row.progressed(progress, tx.now());
    store::update_status(tx, &permit, &row)?;
    let officer = tx.context().officer()?;
    let diversion = DiversionRow {
        leg_id: row.id,
        number: 0,
        case_id: case,
        agency_id: officer.agency,
        user_id: officer.user,
        occurred_at,
        recorded_at: tx.now(),
        place,
        time_zone,
        reason,
        flags: Json(flags),
    };
    store::divert(tx, &permit, diversion.clone())?;
    let event = told(Deed::LegDiverted, &row)
        .with("occurred_at", occurred_at)
        .with("time_zone", &diversion.time_zone)
        .with("flags", &diversion.flags.0)
        .text("reason", diversion.reason.as_str())
        .optional_text("place", diversion.place.as_deref());
    let row = shown(tx, &permit, row)?;
    Ok(Change::by(row, event))
}

/// What keeps the leg where it stands.
fn hindrance(
    view: &mut View<'_>,
    permit: &Permit<act::MoveLeg>,
    row: &LegRow,
) -> Result<Hindrance> {
    let now = view.now();
    let open = control::all_open(view, permit)?;
    Ok(Hindrance {
        lost: control::is_anything_lost(view, permit)?,
        handing_over: open.iter().any(|other| other.offers_on(row.id, now)),
    })
}

/// Whether it is this leg's turn.
fn turn(view: &mut View<'_>, permit: &Permit<act::MoveLeg>, row: &LegRow) -> Result<Turn> {
    let route = store::all(view, permit)?;
    let mut before = route.iter().filter(|other| other.sequence < row.sequence);
    Ok(Turn {
        active: standing::status(view, permit)? == CaseStatus::Active,
        reached: before.all(|other| other.status == LegStatus::Completed),
    })
}
