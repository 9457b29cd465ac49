//! The way that the goods take, and the borders that they cross.

use std::collections::BTreeSet;

use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use uuid::Uuid;

use super::{Holders, STILL_TOLD, UNSETTLED, members, of};
use crate::access::{Permit, act};
use crate::cases::legs::model::{Direction, LegFlag, Plan};
use crate::clock::Instant;
use crate::country::Country;
use crate::db::schema::{cases, crossings, leg_diversions, legs};
use crate::db::types::Json;
use crate::db::{Run, View};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, CrossingId, LegId};
use crate::watch::model::{AlertKind, Cause};

/// Goods that went another way (invariant 14), whatever their leg or their case stood at: told to whoever reported it, planned
/// the leg or answers for it in a country, to the lead, and to whoever is in control.
pub(super) fn diversions(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
    holders: &Holders,
) -> Result<Vec<Cause>> {
    type Row = (LegId, CaseId, AgencyId, AgencyId, AgencyId, Json<Plan>, Instant);
    let recent = view.now().plus_seconds(-STILL_TOLD);
    let diverted = || {
        leg_diversions::table
            .inner_join(legs::table.on(legs::id.eq(leg_diversions::leg_id)))
            .inner_join(cases::table.on(cases::id.eq(leg_diversions::case_id)))
            .select((
                leg_diversions::leg_id,
                leg_diversions::case_id,
                leg_diversions::agency_id,
                legs::agency_id,
                cases::lead_agency_id,
                legs::plan,
                leg_diversions::recorded_at,
            ))
    };
    let mut rows: Vec<Row> = diverted().filter(cases::status.eq_any(UNSETTLED)).all(view)?;
    let others: Vec<Row> = diverted().filter(leg_diversions::recorded_at.gt(recent)).all(view)?;
    rows.extend(others);
    let cause = |(id, case, reporter, planner, lead, plan, since): Row| {
        let responsible = plan.0.responsible.iter().map(|responsible| responsible.agency_id);
        let told = holders.and(case, responsible.chain([reporter, planner, lead]));
        of(case, told, AlertKind::RouteChanged, id.uuid(), since)
    };
    Ok(rows.into_iter().flat_map(cause).collect())
}

/// What a crossing is told as: one without leave, or other than permitted, as that; one that breaches the plan alone as another
/// way (invariant 14). What was only told late calls nobody.
fn told_as(flags: &[LegFlag]) -> Option<AlertKind> {
    use LegFlag::{
        ForeignControl, Future, Late, ModalityNotPermitted, NotStarted, OffPlan, OverLiveCap,
        Unauthorised, UnexpectedCountry,
    };
    let kind = |flag: &LegFlag| match flag {
        Unauthorised | ModalityNotPermitted | OverLiveCap | ForeignControl => {
            Some(AlertKind::UnauthorisedEntry)
        }
        UnexpectedCountry | OffPlan | NotStarted => Some(AlertKind::RouteChanged),
        Late | Future => None,
    };
    // In the order of the kinds: without leave comes first.
    flags.iter().filter_map(kind).min()
}

/// A border that was crossed otherwise than it should: the thing that tells of it, the case, who reported it and who leads, and
/// the country; since when, and as what.
type Breached = ((Uuid, CaseId, AgencyId, AgencyId, Country), Instant, AlertKind);

/// Borders that were crossed otherwise than they should, also where the case had ended by then: what still
/// moves then is watched by nobody else. The agencies of the country are told as far as they take part.
pub(super) fn entries(
    view: &mut View<'_>,
    permit: &Permit<act::RaiseAlerts>,
    holders: &Holders,
) -> Result<Vec<Cause>> {
    let mut rows = crossed(view, permit)?;
    rows.extend(arrived(view, permit)?);
    let concerned: BTreeSet<CaseId> = rows.iter().map(|((_, case, ..), ..)| *case).collect();
    let members = members(view, permit, &concerned)?;
    let mut causes = Vec::new();
    for ((id, case, reporter, lead, country), since, kind) in rows {
        let there = members.iter().filter(|(of, _, home)| *of == case && *home == Some(country));
        let there = there.map(|(_, agency, _)| *agency);
        let told = holders.and(case, there.chain([reporter, lead]));
        causes.extend(of(case, told, kind, id, since));
    }
    Ok(causes)
}

/// Crossings as they were reported. One that was corrected is told of by its correction.
fn crossed(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Breached>> {
    type Row = ((CrossingId, CaseId, AgencyId, AgencyId, Country), (Instant, Json<Vec<LegFlag>>));
    let recent = view.now().plus_seconds(-STILL_TOLD);
    let flagged = || {
        let corrections = diesel::alias!(crossings as corrections);
        let corrected = corrections
            .filter(corrections.field(crossings::supersedes_id).eq(crossings::id.nullable()));
        crossings::table
            .inner_join(cases::table.on(cases::id.eq(crossings::case_id)))
            .filter(sql::<Bool>("crossings.flags <> '[]'"))
            .filter(not(exists(corrected)))
            .select((
                (
                    crossings::id,
                    crossings::case_id,
                    crossings::agency_id,
                    cases::lead_agency_id,
                    crossings::country,
                ),
                (crossings::recorded_at, crossings::flags),
            ))
    };
    let mut rows: Vec<Row> = flagged().filter(cases::status.eq_any(UNSETTLED)).all(view)?;
    let others: Vec<Row> = flagged().filter(crossings::recorded_at.gt(recent)).all(view)?;
    rows.extend(others);
    let told = |((id, case, reporter, lead, country), (since, flags)): Row| {
        Some(((id.uuid(), case, reporter, lead, country), since, told_as(&flags.0)?))
    };
    Ok(rows.into_iter().filter_map(told).collect())
}

/// Goods that have arrived behind a border which nobody reported that they crossed; whoever reports that later tells of it.
/// A leg that has arrived does not change any more.
fn arrived(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Breached>> {
    type Row = ((LegId, CaseId, AgencyId, AgencyId, Country), (Instant, Json<Vec<LegFlag>>));
    let recent = view.now().plus_seconds(-STILL_TOLD);
    let flagged = || {
        let corrections = diesel::alias!(crossings as corrections);
        let corrected = corrections
            .filter(corrections.field(crossings::supersedes_id).eq(crossings::id.nullable()));
        let entered = crossings::table
            .filter(crossings::case_id.eq(legs::case_id))
            .filter(crossings::leg_id.eq(legs::id))
            .filter(crossings::country.eq(legs::to_country))
            .filter(crossings::direction.eq(Direction::Enter))
            .filter(not(exists(corrected)));
        legs::table
            .inner_join(cases::table.on(cases::id.eq(legs::case_id)))
            .filter(sql::<Bool>("legs.arrival_flags <> '[]'"))
            .filter(legs::removed_at.is_null())
            .filter(not(exists(entered)))
            .select((
                (legs::id, legs::case_id, legs::agency_id, cases::lead_agency_id, legs::to_country),
                (legs::updated_at, legs::arrival_flags),
            ))
    };
    let mut rows: Vec<Row> = flagged().filter(cases::status.eq_any(UNSETTLED)).all(view)?;
    let others: Vec<Row> = flagged().filter(legs::updated_at.gt(recent)).all(view)?;
    rows.extend(others);
    let told = |((id, case, planner, lead, country), (since, flags)): Row| {
        Some(((id.uuid(), case, planner, lead, country), since, told_as(&flags.0)?))
    };
    Ok(rows.into_iter().filter_map(told).collect())
}
