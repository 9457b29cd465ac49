//! The two-sided handover: proposed, agreed, offered, accepted. All of it are commands. Pure.

use std::collections::BTreeSet;

use crate::clock::Instant;
use crate::error::{Refusal, codes};
use crate::ids::AgencyId;
use crate::quantity::Quantity;
use crate::text_enum;

text_enum! {
    /// Where a handover stands.
    pub enum HandoverStatus {
        /// One side has proposed it.
        Proposed = "proposed",
        /// The other side has agreed to place, window and seals.
        Agreed = "agreed",
        /// Whoever is in control offers the goods.
        Offered = "offered",
        /// The receiver has them, and is in control.
        Accepted = "accepted",
        /// The receiver has not taken them.
        Refused = "refused",
        /// Its window has passed.
        TimedOut = "timed_out",
        /// It came to nothing before it was accepted.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// What is odd about a handover. A flag stays.
    pub enum HandoverFlag {
        /// Invariant 11: another quantity was received than was known of.
        QuantityDiffers = "quantity_differs",
        /// Invariant 17: other seals were received than were given.
        SealsDiffer = "seals_differ",
        /// Invariant 6: the receiver is not of the country where the goods are, and no grant lets it be in control there.
        ForeignControl = "foreign_control",
        /// It was recorded after its window.
        RecordedLate = "recorded_late",
        /// It was no handover but a takeover that could not wait.
        Emergency = "emergency",
        /// Nobody was in control.
        NobodyInControl = "nobody_in_control",
        /// The agency was in control already.
        Repeated = "repeated",
        /// Said to have happened before the present period of control began.
        OutOfOrder = "out_of_order",
        /// Between the end of control and this there was nobody in control.
        Gap = "gap",
        /// Recorded long after it happened.
        Late = "late",
        /// Said to have happened after it was recorded, beyond the allowed skew of clocks.
        Future = "future",
    }
}

text_enum! {
    /// What is done to a handover.
    pub enum HandoverStep {
        /// Agree to it.
        Agree = "agree",
        /// Offer the goods.
        Offer = "offer",
        /// Take them.
        Accept = "accept",
        /// Do not take them.
        Refuse = "refuse",
        /// Let it come to nothing.
        Cancel = "cancel",
    }
}

/// A handover, as far as its rules ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handover {
    /// Where it stands, apart from what the clock tells.
    pub status: HandoverStatus,
    /// Who gives.
    pub from: AgencyId,
    /// Who takes.
    pub to: AgencyId,
    /// Who proposed it.
    pub proposed_by: AgencyId,
    /// The last moment of its window.
    pub until: Instant,
    /// Whether it was proposed after its window, as what nobody could record in time: then the clock does not end it.
    pub told_late: bool,
}

impl HandoverStatus {
    /// Whether it may still be accepted.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Proposed | Self::Agreed | Self::Offered)
    }
}

impl Handover {
    /// Where the handover stands at `moment`: one that was not accepted in its window has timed out. One that was proposed
    /// after its window waits until somebody ends it.
    #[must_use]
    pub fn status_at(&self, moment: Instant) -> HandoverStatus {
        if self.status.is_open() && moment > self.until && !self.told_late {
            HandoverStatus::TimedOut
        } else {
            self.status
        }
    }

    /// Whose turn it is to agree: the side that did not propose it.
    #[must_use]
    pub fn agreeing(&self) -> AgencyId {
        if self.proposed_by == self.to { self.from } else { self.to }
    }
}

/// Does `step` at `moment`. A command. The moment of an acceptance is when it happened, which may have been in the window
/// though it is recorded after it. What nobody accepted in its window is still refused or cancelled by whoever says so: then
/// nobody waits for it any more.
///
/// # Errors
/// When the state does not allow it, or the window has passed.
pub fn step(
    handover: &Handover,
    step: HandoverStep,
    moment: Instant,
) -> Result<HandoverStatus, Refusal> {
    let outside = step == HandoverStep::Accept && moment > handover.until;
    let status = if handover.status.is_open() && outside {
        HandoverStatus::TimedOut
    } else {
        handover.status_at(moment)
    };
    let next = match (step, status) {
        (HandoverStep::Agree, HandoverStatus::Proposed) => HandoverStatus::Agreed,
        (HandoverStep::Offer, HandoverStatus::Agreed) => HandoverStatus::Offered,
        (HandoverStep::Accept, HandoverStatus::Offered) => HandoverStatus::Accepted,
        (HandoverStep::Refuse, _) if handover.status == HandoverStatus::Offered => {
            HandoverStatus::Refused
        }
        (HandoverStep::Cancel, _) if handover.status.is_open() => HandoverStatus::Cancelled,
        (_, HandoverStatus::TimedOut) => {
            let detail = "The window of the handover has passed; say when in it the goods changed hands, propose another one, or \
                          record an emergency takeover.";
            return Err(Refusal::new(&codes::STATE, detail));
        }
        (step, status) => {
            let detail = format!(
                "The handover is {status}; proposed, it is agreed to, then offered, then accepted or refused. It is not \
                 possible to {step} it now."
            );
            return Err(Refusal::new(&codes::STATE, detail));
        }
    };
    Ok(next)
}

/// What was received against what was given: differences are flags, no errors (invariants 11 and 17).
#[must_use]
pub fn differences(
    given: &Quantity,
    received: &Quantity,
    seals_given: &[String],
    seals_received: &[String],
) -> Vec<HandoverFlag> {
    let same = received.counted_in(given.unit()).is_some_and(|amount| amount == given.value());
    let folded = |seals: &[String]| -> BTreeSet<String> {
        seals
            .iter()
            .map(|seal| seal.split_whitespace().collect::<String>().to_uppercase())
            .collect()
    };
    let mut flags = Vec::new();
    if !same {
        flags.push(HandoverFlag::QuantityDiffers);
    }
    if folded(seals_given) != folded(seals_received) {
        flags.push(HandoverFlag::SealsDiffer);
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Unit;
    use crate::text_enum::TextEnum;

    fn at(seconds: i64) -> Instant {
        Instant::EARLIEST.plus_seconds(seconds)
    }

    fn handover(status: HandoverStatus) -> Handover {
        let (from, to) = (AgencyId::new(at(1)), AgencyId::new(at(2)));
        Handover { status, from, to, proposed_by: from, until: at(100), told_late: false }
    }

    /// Rows are where the handover stands, columns what is done; a dot stands for a refusal.
    const TABLE: &str = "
status    | agree  | offer   | accept   | refuse  | cancel
proposed  | agreed | .       | .        | .       | cancelled
agreed    | .      | offered | .        | .       | cancelled
offered   | .      | .       | accepted | refused | cancelled
accepted  | .      | .       | .        | .       | .
refused   | .      | .       | .        | .       | .
timed_out | .      | .       | .        | .       | .
cancelled | .      | .       | .        | .       | .
";

    #[test]
    fn every_step_from_every_state() {
        let mut lines =
            TABLE.trim().lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
        let head = lines.next().unwrap();
        assert_eq!(lines.clone().count(), HandoverStatus::ALL.len());
        for line in lines {
            let status = HandoverStatus::from_word(line[0]).unwrap();
            for (name, expected) in head.iter().zip(&line).skip(1) {
                let one = HandoverStep::from_word(name).unwrap();
                let done = step(&handover(status), one, at(100));
                assert_eq!(&done.map_or(".", TextEnum::as_str), expected, "{name} from {status}");
                let after = step(&handover(status), one, at(101));
                let ends = matches!(one, HandoverStep::Refuse | HandoverStep::Cancel);
                assert_eq!(after.is_ok(), ends && *expected != ".", "{name} after the window");
            }
        }
    }

    #[test]
    fn what_was_proposed_after_its_window_is_agreed_to_and_offered_later_and_accepted_for_a_time_in_it()
     {
        let told_late = |status| Handover { told_late: true, ..handover(status) };
        assert_eq!(told_late(HandoverStatus::Offered).status_at(at(999)), HandoverStatus::Offered);
        for (status, one, next) in [
            (HandoverStatus::Proposed, HandoverStep::Agree, HandoverStatus::Agreed),
            (HandoverStatus::Agreed, HandoverStep::Offer, HandoverStatus::Offered),
            (HandoverStatus::Offered, HandoverStep::Cancel, HandoverStatus::Cancelled),
        ] {
            assert_eq!(step(&told_late(status), one, at(999)).unwrap(), next);
        }
        let offered = told_late(HandoverStatus::Offered);
        assert!(step(&offered, HandoverStep::Accept, at(101)).is_err());
        assert_eq!(
            step(&offered, HandoverStep::Accept, at(100)).unwrap(),
            HandoverStatus::Accepted
        );
    }

    #[test]
    fn the_other_side_agrees() {
        let handover = handover(HandoverStatus::Proposed);
        assert_eq!(handover.agreeing(), handover.to);
        let wished = Handover { proposed_by: handover.to, ..handover };
        assert_eq!(wished.agreeing(), handover.from);
    }

    #[test]
    fn invariants_11_and_17_differences_are_flags() {
        let amount = |value: &str, unit| Quantity::parse(value, unit).unwrap();
        let seals = |seals: &[&str]| seals.iter().map(|&seal| seal.to_owned()).collect::<Vec<_>>();
        let given = amount("5.3", Unit::Kilogram);
        let check = |received: Quantity, back: &[&str]| {
            differences(&given, &received, &seals(&["KG-4711", "KG-4712"]), &seals(back))
        };
        assert_eq!(check(amount("5300", Unit::Gram), &["kg-4712", "KG-4711"]), []);
        assert_eq!(
            check(amount("5.29", Unit::Kilogram), &["KG-4711", "KG-4712"]),
            [HandoverFlag::QuantityDiffers]
        );
        assert_eq!(
            check(amount("5.3", Unit::Litre), &["KG-4711"]),
            [HandoverFlag::QuantityDiffers, HandoverFlag::SealsDiffer]
        );
    }
}
