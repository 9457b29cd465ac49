//! In which country the goods are, from what was started, crossed and completed. Pure.

use crate::clock::Instant;
use crate::country::Country;

use super::model::{Direction, LegStatus};

/// A leg, as far as it tells where the goods are; in the order of the route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Travelled {
    /// Where it begins.
    pub from: Country,
    /// Where it ends.
    pub to: Country,
    /// How far it has come.
    pub status: LegStatus,
    /// When it was started.
    pub started_at: Option<Instant>,
    /// When it arrived.
    pub ended_at: Option<Instant>,
}

/// A crossing that was not superseded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crossed {
    /// Which way.
    pub direction: Direction,
    /// Of which country's border.
    pub country: Country,
    /// When.
    pub occurred_at: Instant,
}

/// Where goods are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Whereabouts {
    /// The country in which they are.
    pub country: Option<Country>,
    /// The country whose border they are at, once they have left the one before and until they enter it. Both are at home
    /// there.
    pub ahead: Option<Country>,
}

/// Where the goods are: in the country that they entered or arrived in last; before anything moved, where the first leg
/// begins. None while no leg is planned and nothing was reported. Goods that left a country and were not reported to have
/// entered another are still its own, and the one that their leg leads to is ahead.
#[must_use]
pub fn of(legs: &[Travelled], crossings: &[Crossed]) -> Whereabouts {
    let Some((since, country)) = last_seen(legs, crossings) else {
        return Whereabouts { country: legs.first().map(|leg| leg.from), ahead: None };
    };
    let left = crossings.iter().any(|crossing| {
        crossing.direction == Direction::Exit
            && crossing.country == country
            && crossing.occurred_at >= since
    });
    let under_way = legs.iter().rev().filter(|leg| leg.started_at.is_some());
    let mut ways = under_way.filter(|leg| leg.status != LegStatus::Completed);
    let ahead = ways.find(|leg| leg.from == country).map(|leg| leg.to).filter(|_| left);
    Whereabouts { country: Some(country), ahead }
}

/// When the goods were last seen to be in a country, and in which.
fn last_seen(legs: &[Travelled], crossings: &[Crossed]) -> Option<(Instant, Country)> {
    let started = legs.iter().filter_map(|leg| Some((leg.started_at?, 0, leg.from)));
    let entered = crossings
        .iter()
        .filter(|crossing| crossing.direction == Direction::Enter)
        .map(|crossing| (crossing.occurred_at, 1, crossing.country));
    let arrived = legs
        .iter()
        .filter(|leg| leg.status == LegStatus::Completed)
        .filter_map(|leg| Some((leg.ended_at?, 2, leg.to)));
    let last = started.chain(entered).chain(arrived).max_by_key(|(at, rank, _)| (*at, *rank));
    last.map(|(at, _, country)| (at, country))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country_of(legs: &[Travelled], crossings: &[Crossed]) -> Option<Country> {
        of(legs, crossings).country
    }

    fn at(seconds: i64) -> Instant {
        Instant::EARLIEST.plus_seconds(seconds)
    }

    fn country(code: &str) -> Country {
        code.parse().unwrap()
    }

    fn leg(from: &str, to: &str, started: Option<i64>, ended: Option<i64>) -> Travelled {
        let status = match (started, ended) {
            (_, Some(_)) => LegStatus::Completed,
            (Some(_), None) => LegStatus::InProgress,
            (None, None) => LegStatus::Planned,
        };
        let (started_at, ended_at) = (started.map(at), ended.map(at));
        Travelled { from: country(from), to: country(to), status, started_at, ended_at }
    }

    fn crossed(direction: Direction, code: &str, seconds: i64) -> Crossed {
        Crossed { direction, country: country(code), occurred_at: at(seconds) }
    }

    #[test]
    fn goods_are_where_they_entered_or_arrived_last() {
        assert_eq!(country_of(&[], &[]), None);
        let ahead = [leg("KG", "KZ", None, None), leg("KZ", "AZ", None, None)];
        assert_eq!(country_of(&ahead, &[]), Some(country("KG")));
        let under_way = [leg("KG", "KZ", Some(10), None), leg("KZ", "AZ", None, None)];
        assert_eq!(country_of(&under_way, &[]), Some(country("KG")));
        let left = crossed(Direction::Exit, "KG", 20);
        assert_eq!(country_of(&under_way, &[left]), Some(country("KG")));
        let entered = crossed(Direction::Enter, "KZ", 21);
        assert_eq!(country_of(&under_way, &[left, entered]), Some(country("KZ")));
        let arrived = [leg("KG", "KZ", Some(10), Some(30)), leg("KZ", "AZ", None, None)];
        assert_eq!(country_of(&arrived, &[]), Some(country("KZ")));
        // A lorry that turned back.
        let back = crossed(Direction::Enter, "KG", 40);
        assert_eq!(country_of(&arrived, &[entered, back]), Some(country("KG")));
        // What is reported late does not move them back.
        let late = crossed(Direction::Enter, "UZ", 5);
        assert_eq!(country_of(&arrived, &[back, entered, late]), Some(country("KG")));
    }

    #[test]
    fn at_a_border_the_country_ahead_is_at_home_too() {
        let ahead = |legs: &[Travelled], crossings: &[Crossed]| of(legs, crossings).ahead;
        let under_way = [leg("KG", "KZ", Some(10), None), leg("KZ", "AZ", None, None)];
        let left = crossed(Direction::Exit, "KG", 20);
        assert_eq!(ahead(&under_way, &[]), None);
        assert_eq!(ahead(&under_way, &[left]), Some(country("KZ")));
        assert_eq!(ahead(&under_way, &[left, crossed(Direction::Enter, "KZ", 21)]), None);
        // Another time, another country.
        assert_eq!(ahead(&under_way, &[crossed(Direction::Exit, "KG", 9)]), None);
        assert_eq!(ahead(&under_way, &[crossed(Direction::Exit, "UZ", 20)]), None);
        assert_eq!(ahead(&[leg("KG", "KZ", None, None)], &[left]), None);
    }

    #[test]
    fn goods_that_moved_before_any_start_are_where_they_were_seen() {
        let ahead = [leg("KG", "KZ", None, None)];
        assert_eq!(country_of(&ahead, &[crossed(Direction::Enter, "KZ", 1)]), Some(country("KZ")));
        assert_eq!(country_of(&[], &[crossed(Direction::Enter, "KZ", 1)]), Some(country("KZ")));
    }
}
