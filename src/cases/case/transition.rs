//! The state table of a case.

use crate::clock::Instant;
use crate::error::{Fault, Faults, Refusal, codes};
use crate::text_enum::TextEnum;

use super::guards::{self, GuardFacts};
use super::model::{CaseStatus, Outcome};

#[cfg(test)]
mod tests;

/// Seconds from an intervention until its written report is due.
pub const REPORT_DUE_SECONDS: i64 = 24 * 60 * 60;
/// The longest reason, in characters.
pub const LONGEST_REASON: usize = 2000;

/// What the caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitionCommand {
    /// The state to move to.
    pub to: CaseStatus,
    /// Why.
    pub reason: Option<String>,
    /// How the case ended.
    pub outcome: Option<Outcome>,
}

/// What the caller is to the case, as far as its state table asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a caller can be several of these")]
pub struct Mover {
    /// Liaison officer or assigned case officer of the lead; coordinator where the lead is a regional centre.
    pub lead_officer: bool,
    /// Coordinator of a regional centre that is a member as `coordinator`.
    pub coordinator: bool,
    /// Officer of the agency that is in control.
    pub agency_in_control: bool,
    /// Authority of the country where the goods are.
    pub authority_where_goods_are: bool,
    /// Authority of any country affected.
    pub authority_of_affected_country: bool,
}

/// A move that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// The case is in its new state.
    Moved {
        /// The new state.
        to: CaseStatus,
        /// Why, trimmed; there when given.
        reason: Option<String>,
        /// How the case ended; there when it is concluded or called off.
        outcome: Option<Outcome>,
        /// When the written report of an intervention is due.
        report_due: Option<Instant>,
    },
    /// The lead has asked to close; the coordinator's confirmation is the second call. The state stays.
    CloseRequested,
}

/// A move that was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransitionDenied {
    /// This caller may not make this move.
    NotAllowed,
    /// The command itself is not right.
    Invalid(Vec<Fault>),
    /// The state of things refuses the move.
    Refused(Refusal),
}

impl From<Refusal> for TransitionDenied {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Who may make a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Lead,
    LeadWhereNobodyControls,
    Coordinator,
    AgencyInControl,
    AuthorityWhereGoodsAre,
    AuthorityAffected,
}

impl Who {
    fn includes(self, mover: Mover, facts: &GuardFacts) -> bool {
        match self {
            Self::Lead => mover.lead_officer,
            Self::LeadWhereNobodyControls => mover.lead_officer && facts.nobody_in_control,
            Self::Coordinator => mover.coordinator,
            Self::AgencyInControl => mover.agency_in_control,
            Self::AuthorityWhereGoodsAre => mover.authority_where_goods_are,
            Self::AuthorityAffected => mover.authority_of_affected_country,
        }
    }
}

/// One row of the state table.
struct Move {
    from: CaseStatus,
    to: CaseStatus,
    who: &'static [Who],
    reason: bool,
}

impl Move {
    fn admits(&self, mover: Mover, facts: &GuardFacts) -> bool {
        self.who.iter().any(|who| who.includes(mover, facts))
    }
}

const fn row(from: CaseStatus, to: CaseStatus, who: &'static [Who], reason: bool) -> Move {
    Move { from, to, who, reason }
}

/// The state table. The guards stand in [`guards`].
static TABLE: &[Move] = {
    use CaseStatus::{
        Active, CalledOff, Closed, Concluded, Draft, Intervention, Planning, Ready, Suspended,
    };
    const LEAD: &[Who] = &[Who::Lead];
    const LEAD_OR_COORDINATOR: &[Who] = &[Who::Lead, Who::Coordinator];
    const LEAD_OR_AUTHORITY: &[Who] = &[Who::Lead, Who::AuthorityAffected];
    const WHO_INTERVENES: &[Who] =
        &[Who::AgencyInControl, Who::AuthorityWhereGoodsAre, Who::LeadWhereNobodyControls];
    &[
        row(Draft, Planning, LEAD, false),
        row(Planning, Ready, LEAD_OR_COORDINATOR, false),
        row(Ready, Active, LEAD, false),
        row(Active, Suspended, LEAD_OR_AUTHORITY, true),
        row(Suspended, Active, LEAD_OR_AUTHORITY, true),
        row(Active, Intervention, WHO_INTERVENES, false),
        row(Suspended, Intervention, WHO_INTERVENES, false),
        row(Active, Concluded, LEAD, false),
        row(Intervention, Concluded, LEAD, false),
        row(Concluded, Closed, LEAD_OR_COORDINATOR, false),
        row(Ready, Planning, LEAD, true),
        row(Suspended, Concluded, LEAD, true),
        row(Suspended, CalledOff, LEAD, true),
        row(Draft, CalledOff, LEAD_OR_AUTHORITY, true),
        row(Planning, CalledOff, LEAD_OR_AUTHORITY, true),
        row(Ready, CalledOff, LEAD_OR_AUTHORITY, true),
    ]
};

/// Moves a case from `from` as `command` says, at `now`. A command: it can be refused.
///
/// Judged in this order: whether `mover` ever makes such a move, the command's own faults, the state, the guard. An
/// intervention has no guard: it never needs approval.
///
/// # Errors
/// [`TransitionDenied`] says which of the three it was.
pub fn transition(
    from: CaseStatus,
    command: &TransitionCommand,
    mover: Mover,
    facts: &GuardFacts,
    now: Instant,
) -> Result<Transition, TransitionDenied> {
    let found = TABLE.iter().find(|row| row.from == from && row.to == command.to);
    let allowed = match found {
        Some(row) => row.admits(mover, facts),
        None => ever_moves_to(command.to, mover, facts),
    };
    if !allowed {
        return Err(TransitionDenied::NotAllowed);
    }
    let faults = faults(command, found.is_some_and(|row| row.reason));
    if !faults.is_empty() {
        return Err(TransitionDenied::Invalid(faults));
    }
    if found.is_none() {
        return Err(no_such_move(from, command.to).into());
    }
    if command.to == CaseStatus::Closed {
        closing_step(mover, facts)?;
    }
    guards::check(command.to, from, facts)?;
    if command.to == CaseStatus::Closed
        && facts.closing.coordinator_is_member
        && !facts.closing.requested
    {
        return Ok(Transition::CloseRequested);
    }
    let outcome = match command.to {
        CaseStatus::CalledOff => Some(command.outcome.unwrap_or(Outcome::CalledOff)),
        _ => command.outcome,
    };
    let intervention = command.to == CaseStatus::Intervention;
    Ok(Transition::Moved {
        to: command.to,
        reason: given(command).map(str::to_owned),
        outcome,
        report_due: intervention.then(|| now.plus_seconds(REPORT_DUE_SECONDS)),
    })
}

/// Whether `mover` may move a case to `to` from some state; where no state leads there, whether to any state at all.
fn ever_moves_to(to: CaseStatus, mover: Mover, facts: &GuardFacts) -> bool {
    let reachable = TABLE.iter().any(|row| row.to == to);
    TABLE.iter().any(|row| (row.to == to || !reachable) && row.admits(mover, facts))
}

/// The reason without the space around it, unless nothing is left.
fn given(command: &TransitionCommand) -> Option<&str> {
    command.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty())
}

fn faults(command: &TransitionCommand, reason_needed: bool) -> Vec<Fault> {
    let mut faults = Faults::new();
    let to = command.to;
    match given(command) {
        None => faults.check(
            !reason_needed,
            "/reason",
            &format!("expected the reason of the move to {to}, 1 to {LONGEST_REASON} characters"),
        ),
        Some(reason) => faults.optional_text("/reason", Some(reason), LONGEST_REASON),
    }
    match (to, command.outcome) {
        (CaseStatus::Concluded, None) => {
            faults.add("/outcome", format!("expected the outcome, one of {}", Outcome::words()));
        }
        (CaseStatus::CalledOff, Some(outcome)) => faults.check(
            matches!(outcome, Outcome::CalledOff | Outcome::Refused),
            "/outcome",
            "expected called_off or refused, or no outcome",
        ),
        (CaseStatus::Concluded, Some(_)) | (_, None) => {}
        (_, Some(_)) => faults.add("/outcome", format!("expected no outcome on the move to {to}")),
    }
    faults.finish().err().map_or_else(Vec::new, |error| error.faults().to_vec())
}

fn no_such_move(from: CaseStatus, to: CaseStatus) -> Refusal {
    let moves: Vec<&str> =
        TABLE.iter().filter(|row| row.from == from).map(|row| row.to.as_str()).collect();
    let detail = if moves.is_empty() {
        format!("The case is {from}; no move leads out of that state.")
    } else {
        format!(
            "No move leads from {from} to {to}; from {from} a case moves to {}.",
            moves.join(", ")
        )
    };
    Refusal::new(&codes::STATE, detail)
}

/// Where a coordinator is a member, closing takes two calls: first the lead's, then the coordinator's.
fn closing_step(mover: Mover, facts: &GuardFacts) -> Result<(), Refusal> {
    let closing = facts.closing;
    let detail = match (closing.coordinator_is_member, closing.requested) {
        (_, false) if !mover.lead_officer => "The lead asks to close the case first.",
        (true, true) if !mover.coordinator => {
            "The lead has asked to close the case; the coordinator's confirmation is awaited."
        }
        _ => return Ok(()),
    };
    Err(Refusal::new(&codes::STATE, detail))
}
