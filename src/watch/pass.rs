//! One pass of the watch, and the task that makes them.

use std::collections::BTreeMap;

use crate::access::{Context, Facts, Permit, act};
use crate::answer::Answer;
use crate::clock::SharedClock;
use crate::config::Watch;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::ids::{AgencyId, AlertId, CaseId, EntryId, HitId, Id};
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::watch::model::{self, AlertKind, Cause, Delays, Raised, Todo};
use crate::watch::store::{self, AlertRow};
use crate::watch::{causes, letters};

/// Watches for as long as the server runs. Several nodes may do so: each cause is looked at again behind the lock of its
/// chain, so that nobody is told twice.
pub async fn keep(db: Db, clock: SharedClock, settings: Watch, mails: bool) {
    loop {
        tokio::time::sleep(settings.interval).await;
        match pass(&db, &clock, &settings, mails).await {
            Ok(0) => {}
            Ok(done) => tracing::info!(done, "told of what somebody has to know"),
            Err(error) => waits(&error, "the watch waits for its next pass"),
        }
    }
}

fn waits(error: &Error, what: &str) {
    let cause = error.operator().unwrap_or_default();
    tracing::warn!(code = error.code().name, cause, "{what}");
}

fn seconds(span: std::time::Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}

/// Looks once, does what is to be done, and tells how much that was. With `mails`, letters are written about it. What cannot
/// be settled waits for the next pass, and keeps nothing behind it waiting.
///
/// # Errors
/// When the causes cannot be read.
pub async fn pass(db: &Db, clock: &SharedClock, settings: &Watch, mails: bool) -> Result<usize> {
    let context = Context::of_command("watch", clock.now());
    let delays = Delays {
        contact: seconds(settings.contact_after),
        coordinator: seconds(settings.coordinator_after),
    };
    let soon = seconds(settings.grant_ends_within);
    let todo = db
        .read(&context, move |view| {
            let permit = view.permit::<act::RaiseAlerts>(&Facts::Server)?;
            let causes = causes::all(view, &permit, soon)?;
            let alerts = store::standing(view, &permit, &causes)?;
            Ok(model::todo(&causes, &alerts, delays, view.now()))
        })
        .await?;
    let mut by_chain: BTreeMap<(Option<CaseId>, Option<AgencyId>), Vec<Todo>> = BTreeMap::new();
    for one in todo {
        let cause = one.cause();
        let agency = cause.case.is_none().then_some(cause.agency);
        by_chain.entry((cause.case, agency)).or_default().push(one);
    }
    let mut done = 0;
    for todo in by_chain.into_values() {
        let count = todo.len();
        match db.write(&context, move |tx| settle(tx, &todo, mails)).await {
            Ok(_) => done += count,
            Err(error) => waits(&error, "some of what is to be told waits for the next pass"),
        }
    }
    Ok(done)
}

/// Does what is to be done in one chain. Each alert is looked at again behind the lock of the chain: another node may have
/// been there.
fn settle(tx: &mut Tx<'_>, todo: &[Todo], mails: bool) -> Result<Change<Answer>> {
    let permit = tx.permit::<act::RaiseAlerts>(&Facts::Server)?;
    let mut events = Vec::new();
    for one in todo {
        tx.lock_chain(chain(one.cause()).id())?;
        events.extend(match one {
            Todo::Raise(cause) => raise(tx, &permit, cause, mails)?,
            Todo::Reopen(alert) => reopen(tx, &permit, alert, mails)?,
            Todo::Escalate(alert, level) => escalate(tx, &permit, alert, *level, mails)?,
            Todo::Resolve(alert) => resolve(tx, &permit, alert)?,
        });
    }
    Ok(Change::by_all(Answer::empty(), events))
}

type Leave = Permit<act::RaiseAlerts>;

fn raise(tx: &mut Tx<'_>, permit: &Leave, cause: &Cause, mails: bool) -> Result<Option<Event>> {
    if store::is_told(tx, permit, cause)? {
        return Ok(None);
    }
    let row = raised(tx, cause);
    store::insert(tx, permit, &row)?;
    if mails {
        letters::write(tx, permit, &row, None)?;
    }
    Ok(Some(told(Deed::AlertRaised, &row)))
}

/// The same alert stands again, and nobody is written to anew; what was not sent yet still is.
fn reopen(tx: &mut Tx<'_>, permit: &Leave, alert: &Raised, mails: bool) -> Result<Option<Event>> {
    let settled = store::find(tx, permit, alert.id)?.filter(|row| row.resolved_at.is_some());
    let Some(row) = settled else { return Ok(None) };
    let row = AlertRow { resolved_at: None, version: row.version + 1, ..row };
    store::update(tx, permit, &row)?;
    if mails {
        letters::take_up(tx, permit, row.id)?;
    }
    Ok(Some(told(Deed::AlertReopened, &row)))
}

fn escalate(
    tx: &mut Tx<'_>,
    permit: &Leave,
    alert: &Raised,
    level: i32,
    mails: bool,
) -> Result<Option<Event>> {
    let open = store::find(tx, permit, alert.id)?.filter(|row| row.resolved_at.is_none());
    let unseen = open.filter(|row| row.acknowledged_at.is_none() && row.level < level);
    let Some(row) = unseen else { return Ok(None) };
    let former = row.level;
    let row = AlertRow { level, version: row.version + 1, ..row };
    store::update(tx, permit, &row)?;
    if mails {
        letters::write(tx, permit, &row, Some(former))?;
    }
    Ok(Some(told(Deed::AlertEscalated, &row)))
}

fn resolve(tx: &mut Tx<'_>, permit: &Leave, alert: &Raised) -> Result<Option<Event>> {
    let open = store::find(tx, permit, alert.id)?.filter(|row| row.resolved_at.is_none());
    let Some(row) = open else { return Ok(None) };
    let (resolved_at, version) = (Some(tx.now()), row.version + 1);
    let row = AlertRow { resolved_at, version, ..row };
    store::update(tx, permit, &row)?;
    if row.kind == AlertKind::DeconflictionHit {
        store::forget_hit(tx, permit, HitId::from_uuid(row.subject_id.uuid()))?;
    }
    Ok(Some(told(Deed::AlertResolved, &row)))
}

fn chain(cause: &Cause) -> ChainOf {
    cause.case.map_or(ChainOf::Agency(cause.agency), ChainOf::Case)
}

fn raised(tx: &Tx<'_>, cause: &Cause) -> AlertRow {
    AlertRow {
        id: AlertId::new(tx.now()),
        agency_id: cause.agency,
        case_id: cause.case,
        kind: cause.kind,
        subject_id: EntryId::from_uuid(cause.subject),
        since: cause.since,
        raised_at: tx.now(),
        level: 0,
        acknowledged_by: None,
        acknowledged_at: None,
        resolved_at: None,
        version: 1,
    }
}

fn told(deed: Deed, row: &AlertRow) -> Event {
    event(deed, row).by_server()
}

/// What an event about an alert tells in any case.
pub(super) fn event(deed: Deed, row: &AlertRow) -> Event {
    let subject: Id<_> = row.id;
    let event = match row.case_id {
        Some(case) => Event::in_case(case, deed, SubjectKind::Alert, subject),
        None => Event::in_agency(row.agency_id, deed, SubjectKind::Alert, subject),
    };
    event
        .with("for", row.agency_id)
        .with("kind", row.kind)
        .with("about", row.subject_id)
        .with("since", row.since)
        .with("level", row.level)
}
