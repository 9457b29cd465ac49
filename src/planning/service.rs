//! The use case: gather what the check rests on, and check.

use std::collections::BTreeMap;

use crate::access::{Permit, act};
use crate::cases::authorisations::model::RequestStatus;
use crate::cases::authorisations::rows::Found;
use crate::cases::authorisations::store as authorisations;
use crate::cases::consignments::store as consignments;
use crate::cases::legs::clearance::{self, Breach};
use crate::cases::legs::rows::LegRow;
use crate::cases::legs::store as legs;
use crate::cases::standing;
use crate::country::Country;
use crate::db::View;
use crate::directory::route_check::{
    self, CountryAnswer, Finding, Gap, GapKind, Goods, KnownLaw, PlannedLeg, RoutePlan,
};
use crate::directory::service as directory;
use crate::error::Result;
use crate::ids::CaseId;

/// What is missing, impossible or to be looked out for on the route of a case: the countries in the order of travel, each
/// with its findings. A grant is to last for `margin_seconds` beyond the planned exit (invariant 2).
///
/// # Errors
/// Not found.
pub fn check(
    view: &mut View<'_>,
    case: CaseId,
    margin_seconds: i64,
) -> Result<Vec<(Country, Vec<Finding>)>> {
    let seen = standing::see::<act::ReadPlan>(view, case)?;
    let route = legs::all(view, &seen.permit)?;
    let legs: Vec<PlannedLeg> = route
        .iter()
        .map(|row| PlannedLeg {
            from: row.from_country,
            to: row.to_country,
            planned_departure: row.planned_departure,
            planned_arrival: row.planned_arrival,
        })
        .collect();
    let countries = route_check::countries(&legs);
    let mut laws = BTreeMap::new();
    for country in &countries {
        if let Some(row) = directory::read(view, *country)? {
            let law = KnownLaw { profile: row.profile.0, confirmed: row.confirmed };
            laws.insert(*country, law);
        }
    }
    let plan = RoutePlan {
        legs,
        goods: goods(view, &seen.permit)?,
        answers: answers(view, &seen.permit)?,
        gaps: gaps(view, &seen.permit, &route)?,
        laws,
        represented: authorisations::represented(view, &seen.permit, &countries)?,
        now: view.now(),
        margin_seconds,
    };
    let findings = route_check::check(&plan);
    let of = |country: Country| {
        (country, findings.iter().filter(|found| found.country == country).cloned().collect())
    };
    Ok(countries.into_iter().map(of).collect())
}

fn goods(view: &mut View<'_>, permit: &Permit<act::ReadPlan>) -> Result<Vec<Goods>> {
    let travelling = consignments::travelling(view, permit)?;
    Ok(travelling.into_iter().map(|(kind, modality)| Goods { kind, modality }).collect())
}

/// What the grants that count when a leg departs do not cover of it; of the legs that lie ahead.
fn gaps(view: &mut View<'_>, permit: &Permit<act::ReadPlan>, route: &[LegRow]) -> Result<Vec<Gap>> {
    let grants = authorisations::grants(view, permit)?;
    let loads = legs::loads(view, permit)?;
    let now = view.now();
    let of = |row: &LegRow| -> Vec<Gap> {
        // No leg sets out in the past.
        let departs = row.planned_departure.max(now);
        let leg = row.sequence;
        let gap = |(breach, missing): clearance::Lack| {
            let country = missing.country?.parse().ok()?;
            Some(Gap { country, leg, kind: kind(breach)? })
        };
        clearance::lacks(&row.plan.0, &grants, &loads, departs)
            .into_iter()
            .filter_map(gap)
            .collect()
    };
    let ahead = route.iter().filter(|row| row.status.is_ahead());
    Ok(ahead.flat_map(of).collect())
}

/// What kind of gap it is; none of what the answer and its window tell by themselves.
fn kind(breach: Breach) -> Option<GapKind> {
    Some(match breach {
        Breach::NoAuthorisation
        | Breach::NotYetEffective
        | Breach::NoLongerEffective
        | Breach::Modality => return None,
        Breach::Leaving => GapKind::Leaving,
        Breach::Entering => GapKind::Entering,
        Breach::Passage => GapKind::Passage,
        Breach::EntryPoint => GapKind::EntryPoint,
        Breach::ExitPoint => GapKind::ExitPoint,
        Breach::LiveCap => GapKind::LiveCap,
        Breach::LiveNotComparable => GapKind::LiveNotComparable,
    })
}

/// What each country has said to the last request that was sent to it.
fn answers(
    view: &mut View<'_>,
    permit: &Permit<act::ReadPlan>,
) -> Result<BTreeMap<Country, CountryAnswer>> {
    let now = view.now();
    let found = authorisations::all(view, permit)?;
    let answer = |found: Found| {
        let answer = match (found.status_at(now), found.grant, found.row.submitted_at) {
            (RequestStatus::Granted | RequestStatus::GrantedOrally, Some(grant), _) => {
                CountryAnswer::Granted {
                    to_be_confirmed_by: grant.awaits_confirmation(),
                    permitted: grant.terms.0.permitted_modalities,
                    begins: grant.valid_from,
                    ends: grant.valid_until,
                }
            }
            (
                RequestStatus::Submitted
                | RequestStatus::Acknowledged
                | RequestStatus::InfoRequested,
                _,
                Some(since),
            ) => CountryAnswer::Requested { since, needed_by: found.row.decision_needed_by },
            (RequestStatus::Refused, ..) => CountryAnswer::Refused,
            (RequestStatus::Revoked, ..) => CountryAnswer::Revoked,
            (RequestStatus::Withdrawn, _, Some(_)) => CountryAnswer::Withdrawn,
            (RequestStatus::Lapsed, Some(grant), _) => {
                let by = grant.awaits_confirmation().unwrap_or(grant.valid_until);
                CountryAnswer::Lapsed { by }
            }
            (RequestStatus::Expired, Some(grant), _) => {
                CountryAnswer::Expired { ended: grant.valid_until }
            }
            _ => CountryAnswer::NotAsked,
        };
        (found.row.country, answer)
    };
    // The last request to a country stands.
    Ok(found.into_iter().map(answer).collect())
}
