//! Legs and the rules of their plan and their progress.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cases::milestones::model::ReportLimits;
use crate::clock::Instant;
use crate::country::Country;
use crate::error::{Missing, Refusal, codes};
use crate::ids::AgencyId;
use crate::text_enum;

use super::clearance::{self, Lack};

#[cfg(test)]
mod tests;

text_enum! {
    /// How the goods travel.
    pub enum Mode {
        /// By road.
        Road = "road",
        /// By rail.
        Rail = "rail",
        /// By air.
        Air = "air",
        /// By sea.
        Sea = "sea",
        /// On a river, canal or lake.
        InlandWater = "inland_water",
        /// By post.
        Post = "post",
        /// On the body of a courier.
        CourierBody = "courier_body",
        /// On foot.
        Pedestrian = "pedestrian",
    }
}

text_enum! {
    /// Where a leg stands.
    pub enum LegStatus {
        /// Planned; some country has not said yes, or not for this.
        Planned = "planned",
        /// Every country that it touches has said yes, now and to this.
        Cleared = "cleared",
        /// Under way.
        InProgress = "in_progress",
        /// Under way, and being handed over.
        AtHandover = "at_handover",
        /// Arrived.
        Completed = "completed",
        /// On another way than planned.
        Diverted = "diverted",
        /// A country has withdrawn its leave: stop it.
        MustStop = "must_stop",
        /// Agencies have intervened.
        Intervened = "intervened",
        /// Nobody knows where the goods are.
        Lost = "lost",
    }
}

text_enum! {
    /// Which way a border was crossed.
    pub enum Direction {
        /// Into the country.
        Enter = "enter",
        /// Out of the country.
        Exit = "exit",
    }
}

text_enum! {
    /// What is odd about a reported crossing or diversion, a start or an arrival. A flag stays.
    pub enum LegFlag {
        /// Invariant 1: the country had no effective authorisation for it at that moment.
        Unauthorised = "unauthorised",
        /// Invariant 3: the country does not let goods travel like this.
        ModalityNotPermitted = "modality_not_permitted",
        /// Invariant 3: more is live than the country permits.
        OverLiveCap = "over_live_cap",
        /// Invariant 6: whoever is in control is not of the country, and no grant lets it be in control there.
        ForeignControl = "foreign_control",
        /// Invariant 14: the country is not on this leg.
        UnexpectedCountry = "unexpected_country",
        /// Invariant 14: the leg was taken off the plan.
        OffPlan = "off_plan",
        /// The leg was not under way.
        NotStarted = "not_started",
        /// Recorded long after it happened.
        Late = "late",
        /// Said to have happened after it was recorded, beyond the allowed skew of clocks.
        Future = "future",
    }
}

/// One end of a leg.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct End {
    /// Where.
    pub place: String,
    /// In which country.
    pub country: Country,
    /// The IANA zone of the place.
    pub time_zone: String,
}

impl End {
    /// Whether both are the same place, however it is written.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.country == other.country && is_same_place(&self.place, &other.place)
    }
}

/// Whether two names are of the same place, however they are written: capitals, spaces, hyphens and the like do not tell
/// places apart, a word more does.
#[must_use]
pub fn is_same_place(left: &str, right: &str) -> bool {
    let between =
        |c: char| c.is_whitespace() || c.is_ascii_punctuation() || matches!(c, '–' | '—' | '’');
    let folded = |name: &str| -> Vec<String> {
        let words = name.split(between).filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    folded(left) == folded(right)
}

/// The agency that answers for a leg in a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Responsible {
    /// The country.
    pub country: Country,
    /// The agency, which takes part in the case.
    pub agency_id: AgencyId,
}

/// A leg as it is planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Where it begins.
    pub from: End,
    /// Where it ends.
    pub to: End,
    /// How the goods travel.
    pub mode: Mode,
    /// Where they leave the first country.
    pub exit_point: Option<String>,
    /// Where they enter the second.
    pub entry_point: Option<String>,
    /// When they leave.
    pub planned_departure: Instant,
    /// When they arrive.
    pub planned_arrival: Instant,
    /// Who answers for them, by country.
    pub responsible: Vec<Responsible>,
}

impl Plan {
    /// The countries that the leg touches, in the order of travel: one or two.
    pub fn countries(&self) -> impl Iterator<Item = Country> {
        let second = (self.to.country != self.from.country).then_some(self.to.country);
        std::iter::once(self.from.country).chain(second)
    }

    /// Whether the leg touches `country`.
    #[must_use]
    pub fn touches(&self, country: Country) -> bool {
        self.from.country == country || self.to.country == country
    }
}

/// How `after` does not join `before`, if it does not (invariant 12).
#[must_use]
pub fn disjoint(before: &Plan, after: &Plan) -> Option<&'static str> {
    if !before.to.is(&after.from) {
        Some("not-contiguous-in-place")
    } else if after.planned_departure < before.planned_arrival {
        Some("departs-before-arrival")
    } else {
        None
    }
}

/// Whether `plan` fits between its neighbours on the route. A command.
///
/// # Errors
/// By invariant 12, naming each neighbour that it does not join.
pub fn fit(plan: &Plan, before: Option<&Plan>, after: Option<&Plan>) -> Result<(), Refusal> {
    let missing: Vec<Missing> = [
        before
            .and_then(|before| disjoint(before, plan))
            .map(|reason| format!("{reason}-to-the-leg-before")),
        after
            .and_then(|after| disjoint(plan, after))
            .map(|reason| format!("{reason}-to-the-leg-after")),
    ]
    .into_iter()
    .flatten()
    .map(Missing::reason)
    .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let detail = "A leg begins where the one before ends, and not earlier than that one arrives.";
    Err(Refusal::new(&codes::INVARIANT_12, detail).missing(missing))
}

/// Whether the legs, in their order, make one route.
#[must_use]
pub fn is_contiguous(plans: &[&Plan]) -> bool {
    plans
        .windows(2)
        .all(|pair| matches!(pair, [before, after] if disjoint(before, after).is_none()))
}

impl LegStatus {
    /// Whether the goods are on this leg.
    #[must_use]
    pub fn is_under_way(self) -> bool {
        matches!(
            self,
            Self::InProgress
                | Self::AtHandover
                | Self::Diverted
                | Self::MustStop
                | Self::Intervened
                | Self::Lost
        )
    }

    /// Whether the leg has not been started. Only such a leg's plan is changed.
    #[must_use]
    pub fn is_ahead(self) -> bool {
        matches!(self, Self::Planned | Self::Cleared)
    }
}

/// Whether the plan of a leg in this state is changed. A command.
///
/// # Errors
/// When the leg was started.
pub fn replan(status: LegStatus) -> Result<(), Refusal> {
    if status.is_ahead() {
        return Ok(());
    }
    let detail = format!("The leg is {status}; only a leg that was not started is planned anew.");
    Err(Refusal::new(&codes::STATE, detail))
}

/// What a leg waits for beside the countries' leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Whether the case is active.
    pub active: bool,
    /// Whether every leg before has arrived.
    pub reached: bool,
}

impl Turn {
    fn lacks(self) -> Vec<Missing> {
        let all = [(self.active, "case-not-active"), (self.reached, "leg-before-not-completed")];
        let missing = all.into_iter().filter(|(there, _)| !there);
        missing.map(|(_, reason)| Missing::reason(reason)).collect()
    }
}

/// Starts a leg, in its turn and where no country `lacks` anything. A command.
///
/// # Errors
/// By invariants 1 and 3 where a country has not allowed it, else by the state of leg and case; with everything that is
/// missing.
pub fn start(status: LegStatus, turn: Turn, lacks: Vec<Lack>) -> Result<LegStatus, Refusal> {
    if !status.is_ahead() {
        let detail = format!("The leg is {status}; it was started already.");
        return Err(Refusal::new(&codes::STATE, detail));
    }
    go(turn, lacks)
}

/// The goods go: both at a start and when a leg goes on.
fn go(turn: Turn, lacks: Vec<Lack>) -> Result<LegStatus, Refusal> {
    let waiting = turn.lacks();
    clearance::refuse(lacks).map_err(|mut refusal| {
        refusal.missing.extend(waiting.iter().cloned());
        refusal
    })?;
    if waiting.is_empty() {
        return Ok(LegStatus::InProgress);
    }
    let detail = "A leg is started while the case is active and the legs before it are completed.";
    Err(Refusal::new(&codes::STATE, detail).missing(waiting))
}

/// Completes a leg: the goods have arrived. A command. A leg that was held goes on first, by its own way: whatever the goods
/// did meanwhile is told as a crossing, a diversion or a milestone, which is always taken.
///
/// # Errors
/// When the leg is not under way, or is held; with what holds it.
pub fn complete(status: LegStatus) -> Result<LegStatus, Refusal> {
    let (detail, held_by) = match status {
        LegStatus::InProgress | LegStatus::AtHandover | LegStatus::Diverted => {
            return Ok(LegStatus::Completed);
        }
        LegStatus::Completed => ("The leg was completed already.", None),
        LegStatus::Planned | LegStatus::Cleared => ("The leg was not started.", None),
        LegStatus::MustStop => (
            "A country has withdrawn its leave: with leave the leg is resumed first. A border that was crossed all the same \
             is reported as a crossing.",
            Some("leg-must-stop"),
        ),
        LegStatus::Intervened => (
            "Agencies have intervened: the leg is resumed first. A border that was crossed all the same is reported as a \
             crossing.",
            Some("leg-intervened"),
        ),
        LegStatus::Lost => (
            "Goods of the case are lost: that they were found is reported first.",
            Some("goods-lost"),
        ),
    };
    let missing = held_by.map(Missing::reason).into_iter().collect();
    Err(Refusal::new(&codes::STATE, detail).missing(missing))
}

/// What keeps a leg where it stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hindrance {
    /// Whether goods of the case are lost.
    pub lost: bool,
    /// Whether its goods are being handed over.
    pub handing_over: bool,
}

impl Hindrance {
    fn missing(self) -> Vec<Missing> {
        let all = [(self.lost, "goods-lost"), (self.handing_over, "handover-under-way")];
        let there = all.into_iter().filter(|(there, _)| *there);
        there.map(|(_, reason)| Missing::reason(reason)).collect()
    }
}

/// Lets a leg go on that was diverted or told to stop, that agencies had intervened in, that was lost, or that stands where a
/// handover came to nothing, under the same conditions as its start. A command.
///
/// # Errors
/// As for a start; or goods are still lost, or are being handed over.
pub fn resume(
    status: LegStatus,
    hindrance: Hindrance,
    turn: Turn,
    lacks: Vec<Lack>,
) -> Result<LegStatus, Refusal> {
    let stands = status.is_under_way() && status != LegStatus::InProgress;
    if !stands {
        let detail = format!("The leg is {status}; there is nothing from which it goes on.");
        return Err(Refusal::new(&codes::STATE, detail));
    }
    let hindered = match status {
        LegStatus::Lost => Hindrance { handing_over: false, ..hindrance },
        LegStatus::AtHandover => Hindrance { lost: false, ..hindrance },
        _ => Hindrance::default(),
    };
    let missing = hindered.missing();
    if missing.is_empty() {
        return go(turn, lacks);
    }
    let detail = "Goods that are lost or being handed over go on when they are found, or when it is settled who has them.";
    Err(Refusal::new(&codes::STATE, detail).missing(missing))
}

/// What is odd about a report that the goods have taken another way. A fact.
#[must_use]
pub fn divert(status: LegStatus, off_plan: bool) -> Vec<LegFlag> {
    let flags = [(off_plan, LegFlag::OffPlan), (!status.is_under_way(), LegFlag::NotStarted)];
    flags.into_iter().filter_map(|(odd, flag)| odd.then_some(flag)).collect()
}

/// What is odd about the time of a report, in the order of the list.
#[must_use]
pub fn timing_flags(
    occurred_at: Instant,
    recorded_at: Instant,
    limits: ReportLimits,
) -> Vec<LegFlag> {
    let late = limits.is_late(occurred_at, recorded_at);
    let future = limits.is_ahead(occurred_at, recorded_at);
    let flags = [(late, LegFlag::Late), (future, LegFlag::Future)];
    flags.into_iter().filter_map(|(odd, flag)| odd.then_some(flag)).collect()
}
