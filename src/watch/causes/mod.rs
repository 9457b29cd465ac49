//! What somebody has to be told of, read from the tables. Each function gives one kind or two of the same table.
//!
//! These queries look at every case: only the watch calls them, with the leave that no officer is given. Of a case only
//! those are told who take part in it. The moment since when a cause stands comes from what was recorded and is the same at
//! every pass: by it a cause is told from the next one of its kind.
//!
//! They run every few seconds for as long as the server does, so none of them reads a whole table that grows with the cases:
//! each begins at the cases that are open, at an index of its own, or at a moment. On `SQLite` a bound value never uses a
//! partial index; what such an index is made of stands in the query as it is.

use std::collections::BTreeSet;

use diesel::prelude::*;
use uuid::Uuid;

use crate::access::{MemberStatus, Permit, act};
use crate::cases::case::model::CaseStatus;
use crate::clock::Instant;
use crate::country::Country;
use crate::db::schema::{agencies, case_members};
use crate::db::{Run, View};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId};
use crate::watch::model::{AlertKind, Cause};

mod control;
mod goods;
mod inside;
mod leave;
mod milestones;
mod narrowed;
mod others;
mod route;

use control::Holders;

/// Cases in which something is watched. Most cases have ended: those that have not are named, so that they are found by an
/// index, and with them what belongs to them.
const WATCHED: [CaseStatus; 6] = [
    CaseStatus::Draft,
    CaseStatus::Planning,
    CaseStatus::Ready,
    CaseStatus::Active,
    CaseStatus::Suspended,
    CaseStatus::Intervention,
];
/// Cases in which something is left to be settled.
const UNSETTLED: [CaseStatus; 7] = [
    CaseStatus::Draft,
    CaseStatus::Planning,
    CaseStatus::Ready,
    CaseStatus::Active,
    CaseStatus::Suspended,
    CaseStatus::Intervention,
    CaseStatus::Concluded,
];
/// How long what happened in a case that is settled is still told of, in seconds.
const STILL_TOLD: i64 = 90 * 24 * 60 * 60;
/// How many ids a query is asked for at once.
pub(super) const AT_ONCE: usize = 500;

/// Everything that somebody has to be told of now; a grant ends soon when it ends within `soon` seconds.
///
/// # Errors
/// When the database fails.
pub fn all(
    view: &mut View<'_>,
    permit: &Permit<act::RaiseAlerts>,
    soon: i64,
) -> Result<Vec<Cause>> {
    let holders = Holders::load(view, permit)?;
    let mut causes = milestones::milestones(view, permit, &holders)?;
    causes.extend(leave::requests(view, permit)?);
    causes.extend(leave::grants(view, permit, &holders, soon)?);
    causes.extend(narrowed::grants(view, permit, &holders)?);
    causes.extend(route::diversions(view, permit, &holders)?);
    causes.extend(route::entries(view, permit, &holders)?);
    causes.extend(goods::substitutions(view, permit)?);
    causes.extend(control::lost(view, permit)?);
    causes.extend(control::unaccepted(view, permit)?);
    causes.extend(control::irregular(view, permit, &holders)?);
    causes.extend(goods::imbalances(view, permit)?);
    causes.extend(goods::unsettled(view, permit)?);
    causes.extend(goods::custody(view, permit)?);
    causes.extend(others::unreported(view, permit)?);
    causes.extend(others::hits(view, permit)?);
    causes.extend(others::unacknowledged(view, permit)?);
    causes.extend(others::reviews(view, permit)?);
    causes.sort_unstable();
    causes.dedup();
    of_members(view, permit, causes)
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

/// An agency that takes part in a case, and its country.
type Member = (CaseId, AgencyId, Option<Country>);

/// Who takes part in some cases.
fn members(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
    cases: &BTreeSet<CaseId>,
) -> Result<Vec<Member>> {
    let cases: Vec<CaseId> = cases.iter().copied().collect();
    let mut members = Vec::new();
    for some in cases.chunks(AT_ONCE) {
        let rows: Vec<Member> = case_members::table
            .inner_join(agencies::table.on(agencies::id.eq(case_members::agency_id)))
            .filter(case_members::case_id.eq_any(some.to_vec()))
            .filter(case_members::status.eq(MemberStatus::Accepted))
            .select((case_members::case_id, case_members::agency_id, agencies::country))
            .all(view)?;
        members.extend(rows);
    }
    Ok(members)
}

/// Those of the causes whose agency takes part in their case. A hit is for whoever entered what was met, also when that
/// agency has left the case.
fn of_members(
    view: &mut View<'_>,
    permit: &Permit<act::RaiseAlerts>,
    mut causes: Vec<Cause>,
) -> Result<Vec<Cause>> {
    let concerned = causes.iter().filter_map(|cause| cause.case).collect();
    let members: BTreeSet<(CaseId, AgencyId)> = members(view, permit, &concerned)?
        .into_iter()
        .map(|(case, agency, _)| (case, agency))
        .collect();
    causes.retain(|cause| {
        cause.kind == AlertKind::DeconflictionHit
            || cause.case.is_none_or(|case| members.contains(&(case, cause.agency)))
    });
    Ok(causes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_enum::TextEnum as _;

    #[test]
    fn every_state_in_which_a_case_is_open_is_looked_at() {
        for status in CaseStatus::ALL {
            let over = status.is_final() || *status == CaseStatus::Concluded;
            assert_eq!(WATCHED.contains(status), !over, "{status}");
            assert_eq!(UNSETTLED.contains(status), !status.is_final(), "{status}");
        }
    }
}
