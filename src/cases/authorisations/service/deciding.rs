//! The side that decides: grants, confirms, extends, refuses, revokes.

use super::{moved, still_planned, take, told};
use crate::access::{Act, Permit, act};
use crate::agency::AuthorityMark;
use crate::cases::authorisations::input::{
    GrantInput, Granted, NothingInput, OralGrantInput, ReasonInput,
};
use crate::cases::authorisations::model::{self, Step};
use crate::cases::authorisations::rows::{Found, GrantRow, RequestRow};
use crate::cases::authorisations::store::{self, Handling};
use crate::cases::legs::progress::Happening;
use crate::cases::legs::rows::LegRow;
use crate::cases::legs::service as legs;
use crate::cases::legs::store::Moving;
use crate::clock::Instant;
use crate::db::types::Json;
use crate::db::{Tx, View};
use crate::error::{Error, Result};
use crate::ids::{AuthorisationId, CaseId};
use crate::journal::event::{Change, Deed, Event};
use crate::submission::Submission;

/// Grants what was asked, or as much of it as is said; over what was granted orally, this is the paper. Legs under way that
/// it does not cover must stop.
///
/// # Errors
/// Not found, forbidden, invalid with every fault named; refused by invariant 7 or by the request's state.
pub fn grant(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: AuthorisationId,
    submission: &Submission,
) -> Result<Change<Found>> {
    let (found, permit) = take::<act::DecideRequest>(tx, case, id)?;
    let input: GrantInput = submission.read()?;
    let granted = input.judge(&found.row.terms.0.asks, tx.now())?;
    decide(tx, &permit, &found)?;
    write_grant(tx, &permit, found, granted, (Step::Grant, Deed::RequestGranted))
}

/// Records that an authority has said yes. It counts until it should have been confirmed.
///
/// # Errors
/// Not found, forbidden, invalid by invariant 8 and otherwise; refused by invariant 7 or by the request's state.
pub fn grant_orally(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: AuthorisationId,
    submission: &Submission,
    allowed_skew: i64,
) -> Result<Change<Found>> {
    let (found, permit) = take::<act::RecordOralGrant>(tx, case, id)?;
    let input: OralGrantInput = submission.read()?;
    let granted = input.judge(&found.row.terms.0.asks, tx.now(), allowed_skew)?;
    decide(tx, &permit, &found)?;
    write_grant(tx, &permit, found, granted, (Step::GrantOrally, Deed::GrantedOrally))
}

/// Gives the grant its next version, which takes the place of the present one when it begins to count. Legs under way that
/// one does not cover which counts at once must stop.
///
/// # Errors
/// Not found, forbidden, invalid with every fault named; refused by invariant 7 or by the request's state.
pub fn extend(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: AuthorisationId,
    submission: &Submission,
) -> Result<Change<Found>> {
    let (found, permit) = take::<act::DecideRequest>(tx, case, id)?;
    let input: GrantInput = submission.read()?;
    let granted = input.judge(&found.row.terms.0.asks, tx.now())?;
    decide(tx, &permit, &found)?;
    write_grant(tx, &permit, found, granted, (Step::Extend, Deed::GrantExtended))
}

/// Confirms what was granted orally.
///
/// # Errors
/// Not found, forbidden; refused by invariant 7 or by the request's state.
pub fn confirm(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: AuthorisationId,
    submission: &Submission,
) -> Result<Change<Found>> {
    let (found, permit) = take::<act::DecideRequest>(tx, case, id)?;
    let NothingInput {} = submission.read_or_empty()?;
    decide(tx, &permit, &found)?;
    let row = decided(tx, &permit, &found, Step::Confirm, |_| {})?;
    let mut grant = found.grant.ok_or_else(|| Error::internal("an oral grant without its row"))?;
    grant.confirmed_by = row.decided_by;
    grant.confirmed_at = row.decided_at;
    store::update_grant(tx, &permit, &grant)?;
    let event = told(Deed::GrantConfirmed, &row).with("grant", grant.number);
    Ok(Change::by(Found { row, grant: Some(grant) }, event))
}

/// Refuses, for a reason; what was granted orally stops counting at once.
///
/// # Errors
/// Not found, forbidden, invalid by invariant 9; refused by invariant 7 or by the request's state.
pub fn refuse(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: AuthorisationId,
    submission: &Submission,
) -> Result<Change<Found>> {
    end(tx, case, id, submission, (Step::Refuse, Deed::RequestRefused))
}

/// Takes a grant back, for a reason: it stops counting at once, and legs under way in the country must stop.
///
/// # Errors
/// Not found, forbidden, invalid by invariant 9; refused by invariant 7 or by the request's state.
pub fn revoke(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: AuthorisationId,
    submission: &Submission,
) -> Result<Change<Found>> {
    end(tx, case, id, submission, (Step::Revoke, Deed::GrantRevoked))
}

fn end(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: AuthorisationId,
    submission: &Submission,
    (step, deed): (Step, Deed),
) -> Result<Change<Found>> {
    let (found, permit) = take::<act::DecideRequest>(tx, case, id)?;
    let input: ReasonInput = submission.read()?;
    let (code, reason) = input.judge()?;
    // What an agency has granted it may always take back, also when it holds authority no more.
    let holds = found.grant.is_some() || holds_authority(tx, &permit, &found)?;
    decides(tx, &found, holds)?;
    let row = decided(tx, &permit, &found, step, |row| {
        row.reason_code = Some(code);
        row.reason = Some(reason.clone());
    })?;
    let mut events =
        vec![told(deed, &row).with("reason_code", code).text("reason", reason.as_str())];
    let mut grant = None;
    if found.grant.is_some() {
        grant = end_grants(tx, &permit, &row, tx.now())?;
        let touching = |leg: &LegRow| leg.plan.0.touches(row.country);
        events.extend(legs::befall(tx, &permit, Happening::Revoked, touching)?);
    }
    Ok(Change::by_all(Found { row, grant }, events))
}

/// Ends every version of the grant that still counts or will; gives the last one.
fn end_grants(
    tx: &mut Tx<'_>,
    permit: &Permit<act::DecideRequest>,
    row: &RequestRow,
    now: Instant,
) -> Result<Option<GrantRow>> {
    let mut last = None;
    for mut grant in store::versions_of(tx, permit, row.id)? {
        if grant.ended_at.is_none_or(|ended| ended > now) {
            grant.ended_at = Some(now);
            store::update_grant(tx, permit, &grant)?;
        }
        last = Some(grant);
    }
    Ok(last)
}

/// Whether the caller may decide this at all, and the case still asks for it.
fn decide<A: Act>(tx: &mut Tx<'_>, permit: &Permit<A>, found: &Found) -> Result<()> {
    let holds = holds_authority(tx, permit, found)?;
    decides(tx, found, holds)?;
    still_planned(tx, permit)
}

fn holds_authority<A: Act>(view: &mut View<'_>, permit: &Permit<A>, found: &Found) -> Result<bool> {
    let holder = store::addressee(view, permit, found.row.authority_agency_id)?;
    Ok(holder.is_some_and(|holder| holder.mark == AuthorityMark::Held))
}

fn decides(view: &View<'_>, found: &Found, holds: bool) -> Result<()> {
    let asked: Vec<_> =
        std::iter::once(found.row.drafted_by).chain(found.row.submitted_by).collect();
    model::decides(view.context().officer()?.user, &asked, holds)?;
    Ok(())
}

fn decided<A: Handling>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    found: &Found,
    step: Step,
    change: impl FnOnce(&mut RequestRow),
) -> Result<RequestRow> {
    let (now, user) = (tx.now(), tx.context().officer()?.user);
    moved(tx, permit, found, step, |row| {
        row.decided_by = Some(user);
        row.decided_at = Some(now);
        change(row);
    })
}

/// Writes the next version of a grant. Legs under way that it does not cover, as soon as it counts, must stop.
fn write_grant<A: Handling + Moving>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    found: Found,
    granted: Granted,
    (step, deed): (Step, Deed),
) -> Result<Change<Found>> {
    let (now, officer) = (tx.now(), tx.context().officer()?);
    let row = decided(tx, permit, &found, step, |row| row.grants += 1)?;
    if let Some(mut former) = found.grant {
        // The present version counts until the next one does.
        former.ended_at = Some(granted.valid_from.max(now));
        store::update_grant(tx, permit, &former)?;
    }
    let (spoken, confirm_by) = granted.spoken.unzip();
    let grant = GrantRow {
        authorisation_id: row.id,
        number: row.grants,
        case_id: row.case_id,
        country: row.country,
        terms: Json(granted.terms),
        valid_from: granted.valid_from,
        valid_until: granted.valid_until,
        spoken: spoken.map(Json),
        confirm_by,
        agency_id: officer.agency,
        recorded_by: officer.user,
        recorded_at: now,
        confirmed_by: None,
        confirmed_at: None,
        ended_at: None,
    };
    store::insert_grant(tx, permit, &grant)?;
    let mut events = vec![told_grant(deed, &row, &grant)];
    if grant.valid_from <= now {
        events.extend(legs::stop_uncovered(tx, permit, row.country)?);
    }
    Ok(Change::by_all(Found { row, grant: Some(grant) }, events))
}

fn told_grant(deed: Deed, row: &RequestRow, grant: &GrantRow) -> Event {
    let terms = &grant.terms.0;
    let event = told(deed, row)
        .with("grant", grant.number)
        .with("permitted_modalities", &terms.permitted_modalities)
        .with("asks", &terms.asks)
        .with("live_cap", terms.live_cap)
        .with("foreign_officers", terms.foreign_officers)
        .with("valid_from", grant.valid_from)
        .with("valid_until", grant.valid_until)
        .with("confirm_by", grant.confirm_by)
        .optional_text("conditions", terms.conditions.as_deref())
        .text("entry_points", terms.entry_points.join("\n"))
        .text("exit_points", terms.exit_points.join("\n"));
    match &grant.spoken {
        None => event,
        Some(Json(spoken)) => event
            .with("spoken_at", spoken.spoken_at)
            .with("channel", spoken.channel)
            .text("person", spoken.person.clone())
            .text("office", spoken.office.clone()),
    }
}
