//! In which countries goods are on their way.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::AT_ONCE;
use crate::access::{Permit, act};
use crate::cases::legs::model::{Direction, LegStatus};
use crate::cases::legs::whereabouts::{self, Crossed, Travelled, Whereabouts};
use crate::clock::Instant;
use crate::country::Country;
use crate::db::schema::{consignments, control_periods, crossings, legs};
use crate::db::{Run, View};
use crate::error::Result;
use crate::ids::{CaseId, ConsignmentId};

/// The countries in which goods of some cases are on their way, or to which the legs under way lead; none for a case whose
/// goods are in nobody's control any more.
pub(super) fn countries(
    view: &mut View<'_>,
    permit: &Permit<act::RaiseAlerts>,
    cases: &BTreeSet<CaseId>,
) -> Result<BTreeMap<CaseId, BTreeSet<Country>>> {
    let cases: Vec<CaseId> = cases.iter().copied().collect();
    let mut inside = BTreeMap::new();
    for some in cases.chunks(AT_ONCE) {
        let mut travelled = travelled(view, permit, some)?;
        let mut crossed = crossed(view, permit, some)?;
        let held = held(view, permit, some)?;
        for case in some.iter().filter(|case| held.contains(case)) {
            let legs = travelled.remove(case).unwrap_or_default();
            let crossings = crossed.remove(case).unwrap_or_default();
            inside.insert(*case, on_the_way(&legs, &crossings));
        }
    }
    Ok(inside)
}

/// Where goods are that have moved, and where the legs under way lead. A country that they have left does not count.
fn on_the_way(legs: &[Travelled], crossings: &[Crossed]) -> BTreeSet<Country> {
    let moved = legs.iter().any(|leg| leg.started_at.is_some()) || !crossings.is_empty();
    if !moved {
        return BTreeSet::new();
    }
    let Whereabouts { country, ahead } = whereabouts::of(legs, crossings);
    let here = country.filter(|_| ahead.is_none());
    let led_to = legs.iter().filter(|leg| leg.status.is_under_way()).map(|leg| leg.to);
    here.into_iter().chain(led_to).collect()
}

/// The countries that the goods of some cases have been in and have left, and to which no leg that is under way or ahead
/// leads them again.
pub(super) fn behind(
    view: &mut View<'_>,
    permit: &Permit<act::RaiseAlerts>,
    cases: &BTreeSet<CaseId>,
) -> Result<BTreeMap<CaseId, BTreeSet<Country>>> {
    let cases: Vec<CaseId> = cases.iter().copied().collect();
    let mut behind = BTreeMap::new();
    for some in cases.chunks(AT_ONCE) {
        let mut travelled = travelled(view, permit, some)?;
        let mut crossed = crossed(view, permit, some)?;
        for case in some {
            let legs = travelled.remove(case).unwrap_or_default();
            let crossings = crossed.remove(case).unwrap_or_default();
            behind.insert(*case, left(&legs, &crossings));
        }
    }
    Ok(behind)
}

fn left(legs: &[Travelled], crossings: &[Crossed]) -> BTreeSet<Country> {
    let ahead = legs.iter().filter(|leg| leg.status.is_ahead());
    let mut still = on_the_way(legs, crossings);
    still.extend(ahead.flat_map(|leg| [leg.from, leg.to]));
    let travelled = legs.iter().filter(|leg| leg.started_at.is_some());
    travelled
        .flat_map(|leg| [leg.from, leg.to])
        .chain(crossings.iter().map(|crossing| crossing.country))
        .filter(|country| !still.contains(country))
        .collect()
}

fn travelled(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
    cases: &[CaseId],
) -> Result<BTreeMap<CaseId, Vec<Travelled>>> {
    type Row = (CaseId, Country, Country, LegStatus, Option<Instant>, Option<Instant>);
    let rows: Vec<Row> = legs::table
        .filter(legs::case_id.eq_any(cases.to_vec()))
        .filter(legs::removed_at.is_null())
        .select((
            legs::case_id,
            legs::from_country,
            legs::to_country,
            legs::status,
            legs::started_at,
            legs::ended_at,
        ))
        .order((legs::case_id, legs::sequence))
        .all(view)?;
    let mut travelled: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (case, from, to, status, started_at, ended_at) in rows {
        let leg = Travelled { from, to, status, started_at, ended_at };
        travelled.entry(case).or_default().push(leg);
    }
    Ok(travelled)
}

fn crossed(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
    cases: &[CaseId],
) -> Result<BTreeMap<CaseId, Vec<Crossed>>> {
    let corrections = diesel::alias!(crossings as corrections);
    let corrected = corrections
        .filter(corrections.field(crossings::supersedes_id).eq(crossings::id.nullable()));
    let rows: Vec<(CaseId, Direction, Country, Instant)> = crossings::table
        .filter(crossings::case_id.eq_any(cases.to_vec()))
        .filter(not(exists(corrected)))
        .select((
            crossings::case_id,
            crossings::direction,
            crossings::country,
            crossings::occurred_at,
        ))
        .order(crossings::id)
        .all(view)?;
    let mut crossed: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (case, direction, country, occurred_at) in rows {
        crossed.entry(case).or_default().push(Crossed { direction, country, occurred_at });
    }
    Ok(crossed)
}

/// Those of the cases with goods of which control has not ended.
fn held(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
    cases: &[CaseId],
) -> Result<BTreeSet<CaseId>> {
    let all: Vec<(ConsignmentId, CaseId)> = consignments::table
        .filter(consignments::case_id.eq_any(cases.to_vec()))
        .select((consignments::id, consignments::case_id))
        .all(view)?;
    let periods: Vec<(ConsignmentId, Option<Instant>)> = control_periods::table
        .filter(control_periods::case_id.eq_any(cases.to_vec()))
        .select((control_periods::consignment_id, control_periods::ended_at))
        .all(view)?;
    // A consignment has at most one open period: what is not open ended, unless it never began.
    let mut open: BTreeMap<ConsignmentId, bool> = BTreeMap::new();
    for (consignment, ended) in periods {
        *open.entry(consignment).or_default() |= ended.is_none();
    }
    let known: BTreeSet<CaseId> = all.iter().map(|(_, case)| *case).collect();
    let mut held: BTreeSet<CaseId> = all
        .into_iter()
        .filter(|(consignment, _)| open.get(consignment).copied().unwrap_or(true))
        .map(|(_, case)| case)
        .collect();
    // Where nobody has written down what travels, something may travel all the same.
    held.extend(cases.iter().filter(|case| !known.contains(case)));
    Ok(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::EARLIEST.plus_seconds(seconds)
    }

    fn leg(from: &str, to: &str, started: Option<i64>, ended: Option<i64>) -> Travelled {
        let status = match (started, ended) {
            (_, Some(_)) => LegStatus::Completed,
            (Some(_), None) => LegStatus::InProgress,
            (None, None) => LegStatus::Planned,
        };
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        Travelled { from, to, status, started_at: started.map(at), ended_at: ended.map(at) }
    }

    fn crossed(direction: Direction, country: &str, seconds: i64) -> Crossed {
        Crossed { direction, country: country.parse().unwrap(), occurred_at: at(seconds) }
    }

    fn codes(legs: &[Travelled], crossings: &[Crossed]) -> String {
        let countries = on_the_way(legs, crossings);
        countries.iter().map(Country::as_str).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn goods_are_inside_where_they_wait_and_where_they_are_led() {
        let ahead = [leg("KG", "KZ", None, None), leg("KZ", "AZ", None, None)];
        assert_eq!(codes(&ahead, &[]), "", "nothing has moved");
        let first = [leg("KG", "KZ", Some(10), None), leg("KZ", "AZ", None, None)];
        assert_eq!(codes(&first, &[]), "KG KZ");
        let left = crossed(Direction::Exit, "KG", 20);
        assert_eq!(codes(&first, &[left]), "KZ", "what they have left is behind them");
        assert_eq!(codes(&first, &[left, crossed(Direction::Enter, "KZ", 21)]), "KZ");
        let waiting = [leg("KG", "KZ", Some(10), Some(30)), leg("KZ", "AZ", None, None)];
        assert_eq!(codes(&waiting, &[]), "KZ", "between two legs");
        assert_eq!(codes(&[], &[crossed(Direction::Enter, "UZ", 1)]), "UZ");
    }

    #[test]
    fn what_the_goods_have_left_is_behind_them_unless_the_way_leads_back() {
        let behind = |legs: &[Travelled], crossings: &[Crossed]| {
            let countries = left(legs, crossings);
            countries.iter().map(Country::as_str).collect::<Vec<_>>().join(" ")
        };
        let first = [leg("KG", "KZ", Some(10), None), leg("KZ", "AZ", None, None)];
        assert_eq!(behind(&first, &[]), "");
        let out = crossed(Direction::Exit, "KG", 20);
        assert_eq!(behind(&first, &[out]), "KG");
        assert_eq!(
            behind(&first, &[out, crossed(Direction::Enter, "KG", 30)]),
            "",
            "they turned back"
        );
        let waiting = [leg("KG", "KZ", Some(10), Some(30)), leg("KZ", "AZ", None, None)];
        assert_eq!(behind(&waiting, &[]), "KG");
        let back = [leg("KG", "KZ", Some(10), Some(30)), leg("KZ", "KG", None, None)];
        assert_eq!(behind(&back, &[]), "");
        let through = [leg("KG", "KZ", Some(10), Some(30)), leg("KZ", "AZ", Some(40), Some(50))];
        assert_eq!(behind(&through, &[]), "KG KZ");
    }
}
