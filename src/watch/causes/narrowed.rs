//! What countries granted and have narrowed since, while legs are under way that the former version covered.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::{AT_ONCE, Holders, WATCHED, inside, of};
use crate::access::{Permit, act};
use crate::cases::authorisations::grant::Grant;
use crate::cases::authorisations::rows::GrantRow;
use crate::cases::legs::clearance::{Load, lacks_of};
use crate::cases::legs::model::{LegStatus, Plan};
use crate::clock::Instant;
use crate::country::Country;
use crate::db::schema::{authorisation_grants, authorisations, cases, consignments, legs};
use crate::db::types::Json;
use crate::db::{Run, View, columns};
use crate::delivery::Modality;
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, ConsignmentId};
use crate::quantity::Quantity;
use crate::text_enum::TextEnum as _;
use crate::watch::model::{AlertKind, Cause};

/// A version of a grant, who asked for it, and since when it is known and counts.
#[derive(Debug, Clone)]
struct Version {
    grant: Grant,
    asking: AgencyId,
    asked: AgencyId,
    since: Instant,
}

/// Versions that count and do not cover a leg under way which a former version of the same grant did: for both sides of the
/// request, the lead and whoever is in control. What another grant of the country covers is no cause, and what the goods
/// have left is none either.
pub(super) fn grants(
    view: &mut View<'_>,
    permit: &Permit<act::RaiseAlerts>,
    holders: &Holders,
) -> Result<Vec<Cause>> {
    let legs = under_way(view, permit)?;
    let concerned: BTreeSet<CaseId> = legs.iter().map(|(case, ..)| *case).collect();
    let versions = versions(view, permit, &concerned)?;
    let loads = loads(view, permit, &concerned)?;
    let behind = inside::behind(view, permit, &concerned)?;
    let now = view.now();
    let mut causes = Vec::new();
    for (case, lead, Json(plan)) in &legs {
        let all = versions.get(case).map_or(&[][..], Vec::as_slice);
        let load = loads.get(case).map_or(&[][..], Vec::as_slice);
        for country in plan.countries() {
            if behind.get(case).is_some_and(|behind| behind.contains(&country)) {
                continue;
            }
            if let Some(version) = narrowed(country, plan, all, load, now) {
                let told = holders.and(*case, [version.asking, version.asked, *lead]);
                let (kind, id) = (AlertKind::GrantNarrowed, version.grant.request.uuid());
                causes.extend(of(*case, told, kind, id, version.since));
            }
        }
    }
    Ok(causes)
}

/// The version by which `country` no longer covers the leg, where a former version of that grant did.
fn narrowed<'a>(
    country: Country,
    plan: &Plan,
    all: &'a [Version],
    loads: &[Load],
    now: Instant,
) -> Option<&'a Version> {
    let effective =
        |version: &&Version| version.grant.country == country && version.grant.is_effective(now);
    let grants: Vec<Grant> = all.iter().filter(effective).map(|it| it.grant.clone()).collect();
    if grants.is_empty() || lacks_of(country, plan, &grants, loads, now).is_empty() {
        return None;
    }
    let covered = |version: &Version| {
        // As it would cover the leg if it still counted.
        let standing = Grant {
            valid_from: now,
            valid_until: now,
            confirm_by: None,
            ended_at: None,
            ..version.grant.clone()
        };
        lacks_of(country, plan, &[standing], loads, now).is_empty()
    };
    let present = all.iter().filter(effective).max_by_key(|version| version.since)?;
    let mut former = all.iter().filter(|version| {
        version.grant.request == present.grant.request && version.since < present.since
    });
    former.any(covered).then_some(present)
}

type Leg = (CaseId, AgencyId, Json<Plan>);

fn under_way(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Leg>> {
    let under_way: Vec<LegStatus> =
        LegStatus::ALL.iter().copied().filter(|status| status.is_under_way()).collect();
    legs::table
        .inner_join(cases::table.on(cases::id.eq(legs::case_id)))
        .filter(cases::status.eq_any(WATCHED))
        .filter(legs::status.eq_any(under_way))
        .filter(legs::removed_at.is_null())
        .select((legs::case_id, cases::lead_agency_id, legs::plan))
        .order(legs::id)
        .all(view)
}

fn versions(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
    cases: &BTreeSet<CaseId>,
) -> Result<BTreeMap<CaseId, Vec<Version>>> {
    type Row = (GrantRow, AgencyId, AgencyId);
    let cases: Vec<CaseId> = cases.iter().copied().collect();
    let mut versions: BTreeMap<CaseId, Vec<Version>> = BTreeMap::new();
    for some in cases.chunks(AT_ONCE) {
        let rows: Vec<Row> = authorisation_grants::table
            .inner_join(
                authorisations::table
                    .on(authorisations::id.eq(authorisation_grants::authorisation_id)),
            )
            .filter(authorisation_grants::case_id.eq_any(some.to_vec()))
            .select((
                columns::<GrantRow>(),
                authorisations::agency_id,
                authorisations::authority_agency_id,
            ))
            .order((authorisation_grants::authorisation_id, authorisation_grants::number))
            .all(view)?;
        for (row, asking, asked) in rows {
            let (case, since) = (row.case_id, row.valid_from.max(row.recorded_at));
            let version = Version { grant: Grant::from(row), asking, asked, since };
            versions.entry(case).or_default().push(version);
        }
    }
    Ok(versions)
}

fn loads(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
    cases: &BTreeSet<CaseId>,
) -> Result<BTreeMap<CaseId, Vec<Load>>> {
    type Row = (CaseId, ConsignmentId, Modality, Json<Quantity>, Option<Json<Quantity>>);
    let cases: Vec<CaseId> = cases.iter().copied().collect();
    let mut loads: BTreeMap<CaseId, Vec<Load>> = BTreeMap::new();
    for some in cases.chunks(AT_ONCE) {
        let rows: Vec<Row> = consignments::table
            .filter(consignments::case_id.eq_any(some.to_vec()))
            .select((
                consignments::case_id,
                consignments::id,
                consignments::modality,
                consignments::quantity,
                consignments::live_quantity,
            ))
            .all(view)?;
        for (case, consignment, modality, quantity, live) in rows {
            loads.entry(case).or_default().push(Load {
                consignment,
                modality,
                quantity: quantity.0,
                live_quantity: live.map(|live| live.0),
            });
        }
    }
    Ok(loads)
}
