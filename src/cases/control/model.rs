//! The line of control of a consignment.

use crate::clock::Instant;
use crate::country::Country;
use crate::error::{Refusal, codes};
use crate::ids::AgencyId;
use crate::text_enum;

#[cfg(test)]
mod tests;

text_enum! {
    /// How a period of control began.
    pub enum BegunHow {
        /// Nobody was in control, and the agency took it.
        Taken = "taken",
        /// A handover was accepted.
        HandedOver = "handed_over",
        /// It had to be taken over at once.
        Emergency = "emergency",
        /// What had been given up as lost was found.
        Recovered = "recovered",
    }
}

text_enum! {
    /// How a period of control ended.
    pub enum EndedHow {
        /// A handover was accepted.
        HandedOver = "handed_over",
        /// Another agency had to take over at once.
        TakenOver = "taken_over",
        /// The goods were seized.
        Seized = "seized",
        /// They were delivered, and seized.
        DeliveredAndSeized = "delivered_and_seized",
        /// They were destroyed.
        Destroyed = "destroyed",
        /// They are lost for good.
        LostForGood = "lost_for_good",
    }
}

text_enum! {
    /// Why control ends for good.
    pub enum EndReason {
        /// The goods were seized.
        Seized = "seized",
        /// They were delivered, and seized.
        DeliveredAndSeized = "delivered_and_seized",
        /// They were destroyed.
        Destroyed = "destroyed",
        /// They are lost for good.
        LostForGood = "lost_for_good",
    }
}

text_enum! {
    /// What was reported of control.
    pub enum ReportKind {
        /// Nobody knows where the goods are.
        Loss = "loss",
        /// They were found.
        Recovery = "recovery",
    }
}

text_enum! {
    /// What is odd about a period, a report or a takeover. A flag stays.
    pub enum ControlFlag {
        /// Invariant 6: the agency is not of the country where the goods are, and no grant lets it be in control there.
        ForeignControl = "foreign_control",
        /// Nobody was in control.
        NobodyInControl = "nobody_in_control",
        /// The agency was in control already, or the goods were lost, or found, already.
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

impl From<EndReason> for EndedHow {
    fn from(reason: EndReason) -> Self {
        match reason {
            EndReason::Seized => Self::Seized,
            EndReason::DeliveredAndSeized => Self::DeliveredAndSeized,
            EndReason::Destroyed => Self::Destroyed,
            EndReason::LostForGood => Self::LostForGood,
        }
    }
}

/// Where the line of control of a consignment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Nobody was ever in control.
    Before,
    /// Somebody is.
    Held {
        /// Who.
        by: AgencyId,
        /// Since when.
        since: Instant,
        /// Whether nobody knows where the goods are.
        lost: bool,
    },
    /// Control has ended for good.
    Over {
        /// How.
        how: EndedHow,
        /// When.
        at: Instant,
    },
}

/// Where the goods are to an agency that takes control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// The country where the goods are, as far as it is known.
    pub goods: Option<Country>,
    /// The country whose border they are at, after they left the one before.
    pub ahead: Option<Country>,
    /// The agency's country; none of a regional centre.
    pub own: Option<Country>,
    /// Whether a grant there lets officers of other countries be in control.
    pub foreigners_allowed: bool,
}

impl Ground {
    /// Whether the agency is at home there, or allowed (invariant 6).
    #[must_use]
    pub fn is_own(&self) -> bool {
        let here = self.goods == self.own || (self.ahead.is_some() && self.ahead == self.own);
        self.goods.is_none() || here || self.foreigners_allowed
    }
}

/// Takes control of a consignment that nobody was in control of. A command.
///
/// # Errors
/// By invariant 5 where somebody else is in control, by invariant 4 where control has ended or is the own agency's, by
/// invariant 6 where the goods are in another country.
pub fn take(line: Line, by: AgencyId, ground: Ground) -> Result<(), Refusal> {
    match line {
        Line::Before if ground.is_own() => Ok(()),
        Line::Before => {
            let country = ground.goods.map(|country| country.to_string()).unwrap_or_default();
            let detail = format!(
                "The goods are in {country}; an agency of that country takes control, or one that its grant allows."
            );
            Err(Refusal::new(&codes::INVARIANT_6, detail))
        }
        Line::Held { by: holder, .. } if holder == by => {
            Err(Refusal::new(&codes::INVARIANT_4, "Your agency is in control already."))
        }
        Line::Held { .. } => {
            let detail =
                "Another agency is in control; control passes by a handover that is accepted.";
            Err(Refusal::new(&codes::INVARIANT_5, detail))
        }
        Line::Over { .. } => {
            Err(Refusal::new(&codes::INVARIANT_4, "Control of this consignment has ended."))
        }
    }
}

/// Ends control for good. A command of whoever is in control.
///
/// # Errors
/// By invariant 5 where another agency is in control, by invariant 4 where nobody is.
pub fn end(line: Line, by: AgencyId) -> Result<(), Refusal> {
    match line {
        Line::Held { by: holder, .. } if holder == by => Ok(()),
        Line::Held { .. } => {
            let detail = "Another agency is in control; whoever is in control ends it.";
            Err(Refusal::new(&codes::INVARIANT_5, detail))
        }
        Line::Before | Line::Over { .. } => {
            Err(Refusal::new(&codes::INVARIANT_4, "Nobody is in control of this consignment."))
        }
    }
}

/// What a loss is to the line. A fact: whoever was in control stays responsible.
#[must_use]
pub fn lose(line: Line) -> Vec<ControlFlag> {
    match line {
        Line::Held { lost: false, .. } => Vec::new(),
        Line::Held { lost: true, .. } => vec![ControlFlag::Repeated],
        Line::Before | Line::Over { .. } => vec![ControlFlag::NobodyInControl],
    }
}

/// What becomes of the line when goods are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Whoever was in control is so again, without being lost.
    Regained,
    /// What was given up is in control of whoever found it.
    Begins,
    /// Nothing changes.
    Nothing,
}

/// What a recovery is to the line. A fact.
#[must_use]
pub fn recover(line: Line) -> (Recovery, Vec<ControlFlag>) {
    match line {
        Line::Held { lost: true, .. } => (Recovery::Regained, Vec::new()),
        Line::Held { lost: false, .. } => (Recovery::Nothing, vec![ControlFlag::Repeated]),
        Line::Over { how: EndedHow::LostForGood, .. } => (Recovery::Begins, vec![ControlFlag::Gap]),
        Line::Before | Line::Over { .. } => (Recovery::Nothing, vec![ControlFlag::NobodyInControl]),
    }
}

/// What an emergency takeover by `by` is to the line. A fact: it is recorded; a new period begins unless the agency was in
/// control already, and the line has no gap that can be avoided. Gives the moment at which the present period ends and the
/// new one begins: never after `now`, when it is recorded, whatever time was told; what begins ahead of now could not be
/// ended or handed over.
#[must_use]
pub fn take_over(
    line: Line,
    by: AgencyId,
    occurred_at: Instant,
    now: Instant,
) -> (Option<Instant>, Vec<ControlFlag>) {
    let at = occurred_at.min(now);
    match line {
        Line::Held { by: holder, .. } if holder == by => (None, vec![ControlFlag::Repeated]),
        Line::Held { since, .. } if occurred_at < since => {
            (Some(since), vec![ControlFlag::OutOfOrder])
        }
        Line::Held { since, .. } => (Some(at.max(since)), Vec::new()),
        Line::Before => (Some(at), vec![ControlFlag::NobodyInControl]),
        Line::Over { at: ended, .. } => {
            (Some(at.max(ended)), vec![ControlFlag::NobodyInControl, ControlFlag::Gap])
        }
    }
}
