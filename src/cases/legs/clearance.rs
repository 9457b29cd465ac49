//! What stands between a leg and its start: the countries that have not said yes, or not to this. Pure.
//!
//! The same judgement holds a reported crossing to what its country had allowed at that moment; there it refuses nothing.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::cases::authorisations::grant::Grant;
use crate::clock::Instant;
use crate::country::Country;
use crate::delivery::{Ask, Modality};
use crate::error::{Code, Missing, Refusal, codes};
use crate::ids::ConsignmentId;
use crate::quantity::{Quantity, Unit};
use crate::text_enum;
use crate::text_enum::TextEnum as _;

use super::model::{LegFlag, Plan, is_same_place};

#[cfg(test)]
mod tests;

/// What travels, as far as countries ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// The consignment.
    pub consignment: ConsignmentId,
    /// How it travels.
    pub modality: Modality,
    /// How much it is.
    pub quantity: Quantity,
    /// How much of it is live, where a part is.
    pub live_quantity: Option<Quantity>,
}

impl Load {
    /// How much of it is live.
    fn live(&self) -> Option<Quantity> {
        match self.modality {
            Modality::Live => Some(self.quantity),
            Modality::Partial => Some(self.live_quantity.unwrap_or(self.quantity)),
            Modality::Substituted => None,
        }
    }
}

/// What the goods do in a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing<'a> {
    /// They leave it, at this point where one is known.
    Leave(Option<&'a str>),
    /// They come in, at this point where one is known.
    Enter(Option<&'a str>),
    /// They stay inside.
    Stay,
}

text_enum! {
    /// What a country has not allowed.
    pub enum Breach {
        /// Invariant 1: it has allowed nothing.
        NoAuthorisation = "no-authorisation",
        /// Invariant 1: its grant does not count yet.
        NotYetEffective = "authorisation-not-yet-effective",
        /// Invariant 1: its grant does not count any more.
        NoLongerEffective = "authorisation-no-longer-effective",
        /// Invariant 1: not that they leave it.
        Leaving = "leaving-not-granted",
        /// Invariant 1: not that they come in.
        Entering = "entering-not-granted",
        /// Invariant 1: not that they pass inside.
        Passage = "passage-not-granted",
        /// Invariant 1: not that they come in there.
        EntryPoint = "entry-point-not-permitted",
        /// Invariant 1: not that they leave there.
        ExitPoint = "exit-point-not-permitted",
        /// Invariant 3: not goods that travel like this.
        Modality = "modality-not-permitted",
        /// Invariant 3: not so much that is live.
        LiveCap = "live-quantity-over-cap",
        /// Invariant 3: what is live cannot be held against what it allows.
        LiveNotComparable = "live-quantity-not-comparable",
    }
}

/// Something missing, and the rule that it breaches.
pub type Lack = (Breach, Missing);

impl Breach {
    /// The flag on a reported fact.
    #[must_use]
    pub fn flag(self) -> LegFlag {
        match self {
            Self::Modality => LegFlag::ModalityNotPermitted,
            Self::LiveCap | Self::LiveNotComparable => LegFlag::OverLiveCap,
            _ => LegFlag::Unauthorised,
        }
    }

    /// The code of the invariant that it breaches.
    #[must_use]
    pub fn code(self) -> &'static Code {
        match self.flag() {
            LegFlag::Unauthorised => &codes::INVARIANT_1,
            _ => &codes::INVARIANT_3,
        }
    }

    fn in_country(self, country: Country) -> Lack {
        (self, missing(country, None, self.as_str()).under(self.code()))
    }

    fn of_consignment(self, country: Country, consignment: ConsignmentId) -> Lack {
        (self, missing(country, Some(consignment), self.as_str()).under(self.code()))
    }
}

/// Everything that is missing for `loads` to travel the leg `plan` at the moment `at`, country by country.
#[must_use]
pub fn lacks(plan: &Plan, grants: &[Grant], loads: &[Load], at: Instant) -> Vec<Lack> {
    if plan.from.country == plan.to.country {
        return in_country(plan.from.country, Doing::Stay, grants, loads, at);
    }
    let leaving = Doing::Leave(plan.exit_point.as_deref());
    let entering = Doing::Enter(plan.entry_point.as_deref());
    let mut lacks = in_country(plan.from.country, leaving, grants, loads, at);
    lacks.extend(in_country(plan.to.country, entering, grants, loads, at));
    lacks
}

/// The same for one country of the leg alone.
#[must_use]
pub fn lacks_of(
    country: Country,
    plan: &Plan,
    grants: &[Grant],
    loads: &[Load],
    at: Instant,
) -> Vec<Lack> {
    let mut lacks = lacks(plan, grants, loads, at);
    lacks.retain(|(_, missing)| missing.country.as_deref() == Some(country.as_str()));
    lacks
}

/// Everything that `country` has not allowed of `doing` this with `loads` at the moment `at`.
#[must_use]
pub fn in_country(
    country: Country,
    doing: Doing<'_>,
    grants: &[Grant],
    loads: &[Load],
    at: Instant,
) -> Vec<Lack> {
    let of_country = || grants.iter().filter(|grant| grant.country == country);
    let effective = of_country().filter(|grant| grant.is_effective(at));
    let closest = effective.map(|grant| not_covered(grant, doing, loads)).min_by_key(Vec::len);
    closest.unwrap_or_else(|| {
        let breach = if of_country().any(|grant| grant.valid_from > at && grant.ended_at.is_none())
        {
            Breach::NotYetEffective
        } else if of_country().next().is_some() {
            Breach::NoLongerEffective
        } else {
            Breach::NoAuthorisation
        };
        vec![breach.in_country(country)]
    })
}

/// Those of the `countries` that do not let goods be replaced at the moment `at` (invariant 10): each State concerned
/// consents by a grant that says so.
#[must_use]
pub fn without_consent(
    countries: &BTreeSet<Country>,
    grants: &[Grant],
    at: Instant,
) -> Vec<Missing> {
    let consents = |country: &Country| {
        grants.iter().any(|grant| {
            grant.country == *country
                && grant.asks.contains(&Ask::Substitute)
                && grant.is_effective(at)
        })
    };
    let silent = countries.iter().filter(|country| !consents(country));
    silent.map(|country| missing(*country, None, "substitution-not-granted")).collect()
}

/// Refuses a command for which something is missing.
///
/// # Errors
/// By invariant 1 where a country has not allowed it at all, else by invariant 3; with everything that is missing, each by
/// its own invariant.
pub fn refuse(lacks: Vec<Lack>) -> Result<(), Refusal> {
    if lacks.is_empty() {
        return Ok(());
    }
    let not_authorised = lacks.iter().any(|(breach, _)| breach.code() == &codes::INVARIANT_1);
    let code = if not_authorised { &codes::INVARIANT_1 } else { &codes::INVARIANT_3 };
    let detail =
        "Every country that the leg touches has to allow it now and as it is; see what is missing.";
    let missing = lacks.into_iter().map(|(_, missing)| missing).collect();
    Err(Refusal::new(code, detail).missing(missing))
}

fn not_covered(grant: &Grant, doing: Doing<'_>, loads: &[Load]) -> Vec<Lack> {
    let mut lacks = Vec::new();
    let (enough, breach): (&[Ask], _) = match doing {
        Doing::Leave(_) => (&[Ask::Exit, Ask::Transit], Breach::Leaving),
        Doing::Enter(_) => (&[Ask::Enter, Ask::Transit, Ask::Deliver], Breach::Entering),
        Doing::Stay => (&[Ask::Exit, Ask::Transit, Ask::Enter, Ask::Deliver], Breach::Passage),
    };
    if !grant.asks.iter().any(|ask| enough.contains(ask)) {
        lacks.push(breach.in_country(grant.country));
    }
    let elsewhere = match doing {
        Doing::Leave(point) => (!is_one_of(&grant.exit_points, point)).then_some(Breach::ExitPoint),
        Doing::Enter(point) => {
            (!is_one_of(&grant.entry_points, point)).then_some(Breach::EntryPoint)
        }
        Doing::Stay => None,
    };
    lacks.extend(elsewhere.map(|breach| breach.in_country(grant.country)));
    let others = loads.iter().filter(|load| !grant.permitted_modalities.contains(&load.modality));
    lacks.extend(
        others.map(|load| Breach::Modality.of_consignment(grant.country, load.consignment)),
    );
    if let Some(cap) = grant.live_cap {
        lacks.extend(over(grant.country, cap, loads));
    }
    lacks
}

/// Whether a border is crossed at one of the points that a grant names; anywhere where it names none.
fn is_one_of(named: &[String], point: Option<&str>) -> bool {
    named.is_empty()
        || point.is_some_and(|point| named.iter().any(|known| is_same_place(known, point)))
}

/// What is live beyond the cap, over all consignments. What cannot be held against it is not within it.
fn over(country: Country, cap: Quantity, loads: &[Load]) -> Vec<Lack> {
    let mut lacks = Vec::new();
    let mut total = Some(Decimal::ZERO);
    for load in loads {
        let Some(live) = load.live() else { continue };
        if let Some(amount) = counted(&live, cap.unit()) {
            total = total.and_then(|total| total.checked_add(amount));
        } else {
            lacks.push(Breach::LiveNotComparable.of_consignment(country, load.consignment));
        }
    }
    if total.is_none_or(|total| total > cap.value()) {
        lacks.push(Breach::LiveCap.in_country(country));
    }
    lacks
}

fn counted(live: &Quantity, unit: Unit) -> Option<Decimal> {
    if live.value().is_zero() { Some(Decimal::ZERO) } else { live.counted_in(unit) }
}

fn missing(country: Country, consignment: Option<ConsignmentId>, reason: &str) -> Missing {
    Missing {
        country: Some(country.as_str().to_owned()),
        subject: consignment.map(|id| id.to_string()),
        reason: reason.to_owned(),
        invariant: None,
    }
}
