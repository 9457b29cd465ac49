//! What somebody has to be told of, read from the tables. Each function gives one kind or two of the same table.
//!
//! These queries look at every case: only the watch calls them, with the leave that no officer is given.

use uuid::Uuid;

use crate::access::{Permit, act};
use crate::cases::case::model::CaseStatus;
use crate::cases::legs::model::LegStatus;
use crate::clock::Instant;
use crate::db::View;
use crate::error::Result;
use crate::ids::{AgencyId, CaseId};
use crate::watch::model::{AlertKind, Cause};

mod control;
mod goods;
mod leave;
mod milestones;
mod others;
mod route;

/// Cases in which nothing is watched any more.
const OVER: [CaseStatus; 3] = [CaseStatus::Concluded, CaseStatus::Closed, CaseStatus::CalledOff];
/// Cases in which nothing is left to be settled.
const SETTLED: [CaseStatus; 2] = [CaseStatus::Closed, CaseStatus::CalledOff];
/// States of a leg on which the goods are.
const UNDER_WAY: [LegStatus; 6] = [
    LegStatus::InProgress,
    LegStatus::AtHandover,
    LegStatus::Diverted,
    LegStatus::MustStop,
    LegStatus::Intervened,
    LegStatus::Lost,
];

/// Everything that somebody has to be told of now; a grant ends soon when it ends within `soon` seconds.
///
/// # Errors
/// When the database fails.
pub fn all(
    view: &mut View<'_>,
    permit: &Permit<act::RaiseAlerts>,
    soon: i64,
) -> Result<Vec<Cause>> {
    let mut causes = milestones::milestones(view, permit)?;
    causes.extend(leave::requests(view, permit)?);
    causes.extend(leave::grants(view, permit, soon)?);
    causes.extend(route::route(view, permit)?);
    causes.extend(route::entries(view, permit)?);
    causes.extend(goods::substitutions(view, permit)?);
    causes.extend(control::control(view, permit)?);
    causes.extend(goods::imbalances(view, permit)?);
    causes.extend(goods::unsettled(view, permit)?);
    causes.extend(goods::custody(view, permit)?);
    causes.extend(others::hits(view, permit)?);
    causes.extend(others::unacknowledged(view, permit)?);
    causes.extend(others::reviews(view, permit)?);
    Ok(causes)
}

/// One cause for each of some agencies.
fn of(
    case: CaseId,
    agencies: impl IntoIterator<Item = AgencyId>,
    kind: AlertKind,
    subject: Uuid,
    since: Instant,
) -> Vec<Cause> {
    let mut causes: Vec<Cause> = agencies
        .into_iter()
        .map(|agency| Cause { case: Some(case), agency, kind, subject, since })
        .collect();
    causes.sort_unstable();
    causes.dedup();
    causes
}
