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

/// How long a grant is to last beyond the planned arrival, in seconds (invariant 2).
const MARGIN: i64 = 2 * 60 * 60;

/// What is missing, impossible or to be looked out for on the route of a case: the countries in the order of travel, each
/// with its findings.
///
/// # Errors
/// Not found.
pub fn check(view: &mut View<'_>, case: CaseId) -> Result<Vec<(Country, Vec<Finding>)>> {
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
        margin_seconds: MARGIN,
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
            ) => CountryAnswer::Requested { since },
            (RequestStatus::Refused | RequestStatus::Revoked, ..) => CountryAnswer::Refused,
            _ => CountryAnswer::NotAsked,
        };
        (found.row.country, answer)
    };
    // The last request to a country stands.
    Ok(found.into_iter().map(answer).collect())
}
