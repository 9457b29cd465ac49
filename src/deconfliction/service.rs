//! Use cases: ask, keep watch, read whom to call.

use crate::access::{Facts, act};
use crate::cases::identifiers::{self, IdentifierKind};
use crate::cases::standing;
use crate::clock::Instant;
use crate::db::{Page, PageOf, Tx, View};
use crate::deconfliction::api::{CheckInput, WatchInput};
use crate::deconfliction::store::{self, ContactRow, HitRow, WatchRow, Watched};
use crate::error::{Error, Faults, Result, codes};
use crate::ids::{CaseId, HitId, WatchId};
use crate::journal::chain::hex;
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::matching::{self, Asked};
use crate::submission::Submission;
use crate::text_enum::TextEnum as _;

/// Asks whether anybody else is after the same thing.
///
/// # Errors
/// Forbidden, invalid with every fault named, or too often.
pub fn check(tx: &mut Tx<'_>, submission: &Submission) -> Result<Change<Vec<ContactRow>>> {
    let permit = tx.permit::<act::CheckIdentifier>(&Facts::Server)?;
    let input: CheckInput = submission.read()?;
    let mut faults = Faults::new();
    let kind = input.kind.required(&mut faults, "/kind");
    let value = input.value.required(&mut faults, "/value");
    let normal = normal_form(kind, value.as_deref(), &mut faults);
    let case = input.case_id.optional(&mut faults, "/case_id");
    if let Some(case) = case {
        judge_case(tx, case, &mut faults)?;
    }
    faults.finish()?;
    let (Some(kind), Some(normal)) = (kind, normal) else { return Err(Error::not_found()) };
    let officer = tx.context().officer()?.clone();
    let asked =
        Asked { kind: kind.as_str(), normal_form: &normal, case, identifier: None, watch: None };
    let met = matching::meet(tx, asked)?;
    let contacts = store::contacts(tx, &permit, met.agencies)?;
    let mark = tx.marks().mark(kind.as_str(), &normal)?;
    let event = Event::in_agency(
        officer.agency,
        Deed::DeconflictionChecked,
        SubjectKind::Agency,
        officer.agency,
    )
    .with("kind", kind)
    .with("mark", hex(&mark.digest))
    .with("mark_key", mark.key)
    .with("found", contacts.len());
    let mut events = vec![event];
    // The case tells that it was asked for, and not about what.
    let told = |case| Event::in_case(case, Deed::DeconflictionChecked, SubjectKind::Case, case);
    events.extend(case.map(told));
    events.extend(met.events);
    Ok(Change::by_all(contacts, events))
}

/// A check is run for a case whose consignments the caller describes. One that does not exist and one that is another's are
/// the same fault.
fn judge_case(tx: &mut Tx<'_>, case: CaseId, faults: &mut Faults) -> Result<()> {
    match standing::take::<act::PlanConsignments>(tx, case) {
        Ok(_) => Ok(()),
        Err(error) if [&codes::NOT_FOUND, &codes::FORBIDDEN].contains(&error.code()) => {
            faults.add("/case_id", "expected a case whose consignments you describe");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn normal_form(
    kind: Option<IdentifierKind>,
    value: Option<&str>,
    faults: &mut Faults,
) -> Option<String> {
    let normal = faults.take("/value", identifiers::normalise(kind?, value?))?;
    Some(normal.into_string())
}

/// A page of the caller's own agency's watch entries.
///
/// # Errors
/// Forbidden; or what `page` says.
pub fn list_watches(
    view: &mut View<'_>,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<(WatchRow, Watched)>> {
    let permit = view.permit::<act::KeepWatches>(&Facts::Server)?;
    let scope = view.context().scope()?;
    let PageOf { items, next_cursor } = store::watches(view, &permit, &scope, page()?)?;
    let items: Result<Vec<_>> = items.into_iter().map(|row| opened(view, row)).collect();
    Ok(PageOf { items: items?, next_cursor })
}

/// A watch entry of the caller's own agency.
///
/// # Errors
/// Forbidden or not found.
pub fn get_watch(view: &mut View<'_>, id: WatchId) -> Result<(WatchRow, Watched)> {
    let permit = view.permit::<act::KeepWatches>(&Facts::Server)?;
    let scope = view.context().scope()?;
    let row = store::find_watch(view, &permit, &scope, id)?.ok_or_else(Error::not_found)?;
    opened(view, row)
}

fn opened(view: &View<'_>, row: WatchRow) -> Result<(WatchRow, Watched)> {
    let content = view.marks().open(row.id.uuid().as_bytes(), &row.sealed)?;
    let content = serde_json::from_str(&content).map_err(Error::internal)?;
    Ok((row, content))
}

/// Begins to watch for an identifier; whoever has it already is met at once.
///
/// # Errors
/// Forbidden, invalid with every fault named, or too often.
pub fn watch(tx: &mut Tx<'_>, submission: &Submission) -> Result<Change<(WatchRow, Watched)>> {
    let permit = tx.permit::<act::KeepWatches>(&Facts::Server)?;
    let input: WatchInput = submission.read()?;
    let mut faults = Faults::new();
    let kind = input.kind.required(&mut faults, "/kind");
    let value = input.value.required(&mut faults, "/value");
    let normal = normal_form(kind, value.as_deref(), &mut faults);
    let note = input.note.optional_text(&mut faults, "/note", 2000);
    let expires_at: Option<Instant> = input.expires_at.optional(&mut faults, "/expires_at");
    if let Some(end) = expires_at {
        faults.check(end > tx.now(), "/expires_at", "expected a time to come");
    }
    faults.finish()?;
    let (Some(kind), Some(value), Some(normal_form)) = (kind, value, normal) else {
        return Err(Error::not_found());
    };
    let (now, officer, scope) = (tx.now(), tx.context().officer()?.clone(), tx.context().scope()?);
    let id = WatchId::new(now);
    let mark = tx.marks().mark(kind.as_str(), &normal_form)?;
    let content = Watched { value: value.trim().to_owned(), normal_form, note };
    let sealed = serde_json::to_string(&content).map_err(Error::internal)?;
    let row = WatchRow {
        id,
        agency_id: officer.agency,
        kind,
        sealed: tx.marks().seal(id.uuid().as_bytes(), &sealed)?,
        mark: mark.digest.to_vec(),
        mark_key: mark.key,
        expires_at,
        ended_at: None,
        version: 1,
        created_by: officer.user,
        created_at: now,
    };
    store::insert_watch(tx, &permit, &scope, row.clone())?;
    let asked = Asked {
        kind: kind.as_str(),
        normal_form: &content.normal_form,
        case: None,
        identifier: None,
        watch: Some(id),
    };
    let met = matching::meet(tx, asked)?;
    let event = told(&row, Deed::WatchBegun).with("expires_at", row.expires_at);
    let mut events = vec![event];
    events.extend(met.events);
    Ok(Change::by_all((row, content), events))
}

fn told(row: &WatchRow, deed: Deed) -> Event {
    Event::in_agency(row.agency_id, deed, SubjectKind::Watch, row.id)
        .with("kind", row.kind)
        .with("mark", hex(&row.mark))
        .with("mark_key", row.mark_key)
}

/// Ends a watch entry of the caller's own agency.
///
/// # Errors
/// Forbidden or not found.
pub fn end_watch(tx: &mut Tx<'_>, id: WatchId) -> Result<Change<()>> {
    let permit = tx.permit::<act::KeepWatches>(&Facts::Server)?;
    let scope = tx.context().scope()?;
    let chain = ChainOf::Agency(scope.agency()).id();
    tx.lock_chain(chain)?;
    let mut row = store::find_watch(tx, &permit, &scope, id)?.ok_or_else(Error::not_found)?;
    if row.ended_at.is_some() {
        return Ok(Change::Unchanged(()));
    }
    row.ended_at = Some(tx.now());
    row.version += 1;
    store::end_watch(tx, &permit, &scope, &row)?;
    Ok(Change::by((), told(&row, Deed::WatchEnded)))
}

/// A page of the hits that concern the caller's own agency.
///
/// # Errors
/// Forbidden; or what `page` says.
pub fn list_hits(
    view: &mut View<'_>,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<(HitRow, ContactRow)>> {
    let permit = view.permit::<act::ReadHits>(&Facts::Server)?;
    let scope = view.context().scope()?;
    store::hits(view, &permit, &scope, None, page()?)
}

/// One hit that concerns the caller's own agency.
///
/// # Errors
/// Forbidden or not found.
pub fn get_hit(view: &mut View<'_>, id: HitId) -> Result<(HitRow, ContactRow)> {
    let permit = view.permit::<act::ReadHits>(&Facts::Server)?;
    let scope = view.context().scope()?;
    let page = store::hits(view, &permit, &scope, Some(id), Page { limit: 1, after: None })?;
    page.items.into_iter().next().ok_or_else(Error::not_found)
}
