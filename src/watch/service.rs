//! Use cases: read the alerts that one is called by, acknowledge them.

use crate::access::{Facts, act};
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Error, Result};
use crate::ids::AlertId;
use crate::journal::event::{Change, Deed};
use crate::watch::pass::event;
use crate::watch::store::{self, AlertRow, Filter};

/// A page of the alerts that the caller is called by; `ask` gives what is asked for, once access was judged.
///
/// # Errors
/// Forbidden; or what `ask` says.
pub fn list(
    view: &mut View<'_>,
    ask: impl FnOnce() -> Result<(Filter, Page)>,
) -> Result<PageOf<AlertRow>> {
    let permit = view.permit::<act::AnswerAlerts>(&Facts::Server)?;
    let (filter, page) = ask()?;
    let scope = view.context().scope()?;
    store::list(view, &permit, &scope, filter, page)
}

/// One alert.
///
/// # Errors
/// Forbidden, or not found.
pub fn get(view: &mut View<'_>, id: AlertId) -> Result<AlertRow> {
    let only = Filter { only: Some(id), ..Filter::default() };
    let page = list(view, || Ok((only, Page { limit: 1, after: None })))?;
    page.items.into_iter().next().ok_or_else(Error::not_found)
}

/// Acknowledges an alert. Whoever comes second finds it done.
///
/// # Errors
/// Forbidden, or not found.
pub fn acknowledge(tx: &mut Tx<'_>, id: AlertId) -> Result<Change<AlertRow>> {
    let permit = tx.permit::<act::AnswerAlerts>(&Facts::Server)?;
    let found = get(tx, id)?;
    let chain = event(Deed::AlertAcknowledged, &found).chain;
    tx.lock_chain(chain.id())?;
    let found = get(tx, id)?;
    if found.acknowledged_at.is_some() {
        return Ok(Change::Unchanged(found));
    }
    let row = AlertRow {
        acknowledged_by: Some(tx.context().officer()?.user),
        acknowledged_at: Some(tx.now()),
        version: found.version + 1,
        ..found
    };
    store::acknowledge(tx, &permit, &row)?;
    let event = event(Deed::AlertAcknowledged, &row);
    Ok(Change::by(row, event))
}
