//! What raises, passes on and settles an alert. Pure.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{AgencyId, AlertId, CaseId};
use crate::text_enum;

text_enum! {
    /// What an alert is about.
    pub enum AlertKind {
        /// A milestone is due.
        MilestoneDue = "milestone_due",
        /// A milestone is overdue beyond its tolerance: the intervention decision is called for.
        MilestoneOverdue = "milestone_overdue",
        /// The expected time of arrival changed.
        EtaChanged = "eta_changed",
        /// A request for authorisation is not decided in time.
        DecisionOverdue = "decision_overdue",
        /// What was granted orally has to be confirmed now.
        ConfirmationOverdue = "confirmation_overdue",
        /// A grant ends soon.
        GrantExpiring = "grant_expiring",
        /// A grant has ended while goods are in the country or led to it: extend or intervene.
        GrantExpiredUnderWay = "grant_expired_under_way",
        /// A country took its leave back, and no other grant of it counts.
        Revoked = "revoked",
        /// A country grants less than it did, and no longer what a leg under way does there.
        GrantNarrowed = "grant_narrowed",
        /// A border was crossed without leave, or otherwise than permitted.
        UnauthorisedEntry = "unauthorised_entry",
        /// The goods took another way, or crossed a border otherwise than planned.
        RouteChanged = "route_changed",
        /// Control is lost.
        ControlLost = "control_lost",
        /// Something about who is in control is not as it should be: other seals or quantities were received, a foreign
        /// agency is in control, nobody was, or somebody took over or lost sight of the goods.
        ControlIrregular = "control_irregular",
        /// A handover was not accepted in its window.
        HandoverUnaccepted = "handover_unaccepted",
        /// The line of custody of an item has a gap.
        CustodyGap = "custody_gap",
        /// The goods were replaced before all States concerned had consented.
        SubstitutedWithoutConsent = "substituted_without_consent",
        /// The quantities of a consignment do not add up.
        MassImbalance = "mass_imbalance",
        /// Goods were removed or sampled, and no item of evidence was named that they became.
        RemovedWithoutEvidence = "removed_without_evidence",
        /// Control ended, and a day later nobody has said how much of the goods was there.
        MassUnsettled = "mass_unsettled",
        /// Another agency is after the same thing.
        DeconflictionHit = "deconfliction_hit",
        /// What is known of the own country is to be reviewed.
        ReviewDue = "review_due",
        /// The written report of an intervention was not filed in time.
        ReportOverdue = "report_overdue",
        /// A message was not acknowledged in time.
        MessageUnacknowledged = "message_unacknowledged",
    }
}

impl AlertKind {
    /// Whether it is about something that happened and stays so: acknowledging settles it.
    #[must_use]
    pub fn is_of_a_fact(self) -> bool {
        matches!(
            self,
            Self::EtaChanged
                | Self::Revoked
                | Self::GrantNarrowed
                | Self::UnauthorisedEntry
                | Self::RouteChanged
                | Self::ControlIrregular
                | Self::HandoverUnaccepted
                | Self::CustodyGap
                | Self::SubstitutedWithoutConsent
                | Self::MassImbalance
                | Self::RemovedWithoutEvidence
                | Self::DeconflictionHit
        )
    }
}

/// To whom an alert has been passed on.
pub const TO_CONTACT_POINT: i32 = 1;
/// The highest level: the coordinators of the case see it as well.
pub const TO_COORDINATORS: i32 = 2;

/// One cause for one agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// The case; none for what belongs to an agency alone.
    pub case: Option<CaseId>,
    /// Whom it concerns.
    pub agency: AgencyId,
    /// What it is.
    pub kind: AlertKind,
    /// The thing that it is about.
    pub subject: Uuid,
    /// Since when it is so; what is so since another moment is another cause.
    pub since: Instant,
}

/// An alert, as far as the pass asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raised {
    /// The alert.
    pub id: AlertId,
    /// Its cause.
    pub cause: Cause,
    /// When it was raised.
    pub raised_at: Instant,
    /// How far it was passed on.
    pub level: i32,
    /// Whether somebody has acknowledged it.
    pub acknowledged: bool,
    /// Whether it is settled.
    pub resolved: bool,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Todo {
    /// Tell of a cause.
    Raise(Cause),
    /// Open an alert again that was settled, because its cause stands after all: a clock that went back and forth tells
    /// nobody twice.
    Reopen(Raised),
    /// Pass an alert on.
    Escalate(Raised, i32),
    /// Settle an alert.
    Resolve(Raised),
}

impl Todo {
    /// What it is about.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        match self {
            Self::Raise(cause) => cause,
            Self::Reopen(alert) | Self::Escalate(alert, _) | Self::Resolve(alert) => &alert.cause,
        }
    }
}

/// Seconds after which an alert that nobody acknowledged is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delays {
    /// To the contact point.
    pub contact: i64,
    /// To the coordinators.
    pub coordinator: i64,
}

/// The key by which an alert stands for a cause, for good: of one cause an agency has one alert, however often it comes and
/// goes.
type Key = (AgencyId, AlertKind, Uuid, Instant);

fn key(cause: &Cause) -> Key {
    (cause.agency, cause.kind, cause.subject, cause.since)
}

/// What is to be done at `now` about `causes`, where `alerts` are all that are open and all that were ever raised about
/// the same.
#[must_use]
pub fn todo(causes: &[Cause], alerts: &[Raised], delays: Delays, now: Instant) -> Vec<Todo> {
    let standing: BTreeSet<Key> = causes.iter().map(key).collect();
    let known: BTreeMap<Key, &Raised> =
        alerts.iter().map(|alert| (key(&alert.cause), alert)).collect();
    let mut todo = Vec::new();
    let mut told = BTreeSet::new();
    for cause in causes.iter().filter(|cause| told.insert(key(cause))) {
        match known.get(&key(cause)) {
            None => todo.push(Todo::Raise(*cause)),
            Some(alert) if alert.resolved && !(alert.acknowledged && cause.kind.is_of_a_fact()) => {
                todo.push(Todo::Reopen(**alert));
            }
            Some(_) => {}
        }
    }
    for alert in alerts.iter().filter(|alert| !alert.resolved) {
        let gone = !standing.contains(&key(&alert.cause));
        if gone || (alert.acknowledged && alert.cause.kind.is_of_a_fact()) {
            todo.push(Todo::Resolve(*alert));
        } else if !alert.acknowledged {
            let level = level_at(alert, delays, now);
            if level > alert.level {
                todo.push(Todo::Escalate(*alert, level));
            }
        }
    }
    todo
}

fn level_at(alert: &Raised, delays: Delays, now: Instant) -> i32 {
    if now >= alert.raised_at.plus_seconds(delays.coordinator) {
        TO_COORDINATORS
    } else if now >= alert.raised_at.plus_seconds(delays.contact) {
        TO_CONTACT_POINT
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DELAYS: Delays = Delays { contact: 100, coordinator: 200 };

    fn at(seconds: i64) -> Instant {
        Instant::EARLIEST.plus_seconds(seconds)
    }

    fn cause(number: u128, kind: AlertKind) -> Cause {
        let agency = AgencyId::from_uuid(Uuid::from_u128(number % 3));
        Cause { case: None, agency, kind, subject: Uuid::from_u128(number), since: at(0) }
    }

    fn raised(cause: Cause) -> Raised {
        let id = AlertId::from_uuid(cause.subject);
        Raised { id, cause, raised_at: at(0), level: 0, acknowledged: false, resolved: false }
    }

    /// What the alerts are after everything was done.
    fn after(alerts: &[Raised], todo: &[Todo], now: Instant) -> Vec<Raised> {
        let mut after = alerts.to_vec();
        for one in todo {
            match one {
                Todo::Raise(cause) => after.push(Raised { raised_at: now, ..raised(*cause) }),
                Todo::Escalate(alert, level) => {
                    for known in after.iter_mut().filter(|known| known.cause == alert.cause) {
                        known.level = *level;
                    }
                }
                Todo::Resolve(alert) | Todo::Reopen(alert) => {
                    for known in after.iter_mut().filter(|known| known.cause == alert.cause) {
                        known.resolved = matches!(one, Todo::Resolve(_));
                    }
                }
            }
        }
        after
    }

    #[test]
    fn a_cause_is_told_once_passed_on_by_time_and_settled_when_it_is_gone() {
        let overdue = cause(1, AlertKind::MilestoneOverdue);
        assert_eq!(todo(&[overdue], &[], DELAYS, at(0)), [Todo::Raise(overdue)]);
        let alert = raised(overdue);
        assert_eq!(todo(&[overdue], &[alert], DELAYS, at(99)), []);
        assert_eq!(todo(&[overdue], &[alert], DELAYS, at(100)), [Todo::Escalate(alert, 1)]);
        // After a long sleep it goes to everybody at once; a clock that went back takes nothing back.
        assert_eq!(todo(&[overdue], &[alert], DELAYS, at(500)), [Todo::Escalate(alert, 2)]);
        let passed_on = Raised { level: 2, ..alert };
        assert_eq!(todo(&[overdue], &[passed_on], DELAYS, at(-500)), []);
        let seen = Raised { acknowledged: true, ..alert };
        assert_eq!(todo(&[overdue], &[seen], DELAYS, at(500)), []);
        assert_eq!(todo(&[], &[seen], DELAYS, at(500)), [Todo::Resolve(seen)]);
        let settled = Raised { resolved: true, ..seen };
        assert_eq!(todo(&[], &[settled], DELAYS, at(500)), []);
        // It is so after all: the same alert stands again. It is so anew: told again.
        assert_eq!(todo(&[overdue], &[settled], DELAYS, at(500)), [Todo::Reopen(settled)]);
        let anew = Cause { since: at(400), ..overdue };
        assert_eq!(todo(&[anew], &[settled], DELAYS, at(500)), [Todo::Raise(anew)]);
    }

    #[test]
    fn what_happened_is_told_once_and_settled_by_acknowledging_it() {
        let entry = cause(1, AlertKind::UnauthorisedEntry);
        let seen = Raised { acknowledged: true, ..raised(entry) };
        assert_eq!(todo(&[entry], &[seen], DELAYS, at(0)), [Todo::Resolve(seen)]);
        let settled = Raised { resolved: true, ..seen };
        assert_eq!(todo(&[entry], &[settled], DELAYS, at(0)), []);
        // It was gone before anybody took note of it, and is there after all.
        let unseen = Raised { acknowledged: false, ..settled };
        assert_eq!(todo(&[entry], &[unseen], DELAYS, at(0)), [Todo::Reopen(unseen)]);
    }

    proptest! {
        /// Whatever there is: doing what is to be done leaves nothing to do, nothing is told twice, and no level falls. What is
        /// opened again is passed on by the next pass.
        #[test]
        fn two_passes_settle_everything(
            causes in proptest::collection::vec((0_u128..20, 0_usize..AlertKind::all().len()), 0..12),
            known in proptest::collection::vec((0_u128..20, 0_usize..AlertKind::all().len(), 0..3_i32, any::<bool>(), any::<bool>()), 0..12),
            now in -300_i64..600,
        ) {
            let causes: Vec<Cause> =
                causes.into_iter().map(|(number, kind)| cause(number, AlertKind::all()[kind])).collect();
            let mut keys = BTreeSet::new();
            let known: Vec<Raised> = known
                .into_iter()
                .map(|(number, kind, level, acknowledged, resolved)| Raised {
                    level, acknowledged, resolved, ..raised(cause(number, AlertKind::all()[kind]))
                })
                .filter(|alert| keys.insert(key(&alert.cause)))
                .collect();
            let once = after(&known, &todo(&causes, &known, DELAYS, at(now)), at(now));
            let done = after(&once, &todo(&causes, &once, DELAYS, at(now)), at(now));
            prop_assert_eq!(todo(&causes, &done, DELAYS, at(now)), vec![]);
            let open: Vec<Key> = done.iter().filter(|alert| !alert.resolved).map(|alert| key(&alert.cause)).collect();
            let once: BTreeSet<Key> = open.iter().copied().collect();
            prop_assert_eq!(once.len(), open.len());
            for (before, after) in known.iter().zip(&done) {
                prop_assert!(after.level >= before.level);
            }
        }
    }

    impl AlertKind {
        fn all() -> &'static [Self] {
            <Self as crate::text_enum::TextEnum>::ALL
        }
    }
}
