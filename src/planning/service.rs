//! The use case: gather what the check rests on, and check.

use std::collections::BTreeMap;

use crate::access::{Permit, act};
use crate::cases::authorisations::model::RequestStatus;
use crate::cases::authorisations::rows::Found;
use crate::cases::authorisations::store as authorisations;
use crate::cases::consignments::store as consignments;
use crate::cases::legs::store as legs;
use crate::cases::standing;
use crate::country::Country;
use crate::db::View;
use crate::directory::route_check::{
    self, CountryAnswer, Finding, Goods, KnownLaw, PlannedLeg, RoutePlan,
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
    let legs: Vec<PlannedLeg> = legs::all(view, &seen.permit)?
        .into_iter()
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
        laws,
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

/// What each country has said to the last request that was sent to it. What has lapsed or run out takes a new one.
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
            (RequestStatus::Refused | RequestStatus::Revoked, ..) => CountryAnswer::Refused,
            _ => CountryAnswer::NotAsked,
        };
        (found.row.country, answer)
    };
    // The last request to a country stands.
    Ok(found.into_iter().map(answer).collect())
}
