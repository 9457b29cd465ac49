//! The state table of a request for authorisation. All of it are commands; only the clock acts by itself.

use crate::clock::Instant;
use crate::error::{Refusal, codes};
use crate::ids::UserId;
use crate::text_enum;

#[cfg(test)]
mod tests;

text_enum! {
    /// Where a request stands.
    pub enum RequestStatus {
        /// Being written; the requested agency does not see it.
        Draft = "draft",
        /// Sent.
        Submitted = "submitted",
        /// The requested agency has it.
        Acknowledged = "acknowledged",
        /// The requested agency wants to know more.
        InfoRequested = "info_requested",
        /// Taken back before it was decided.
        Withdrawn = "withdrawn",
        /// An authority has said yes; the paper is to follow.
        GrantedOrally = "granted_orally",
        /// An authority has granted it.
        Granted = "granted",
        /// An authority has refused it.
        Refused = "refused",
        /// An authority has taken its grant back.
        Revoked = "revoked",
        /// What was said was not confirmed in time.
        Lapsed = "lapsed",
        /// The grant has run out.
        Expired = "expired",
    }
}

text_enum! {
    /// Why an authority refuses or revokes.
    pub enum ReasonCode {
        /// The country's law does not permit it.
        NotPermittedByLaw = "not_permitted_by_law",
        /// The request does not say enough.
        InsufficientFacts = "insufficient_facts",
        /// People would be in danger.
        RiskToLife = "risk_to_life",
        /// The goods could be lost.
        RiskOfLoss = "risk_of_loss",
        /// Nobody can watch the goods.
        NoResources = "no_resources",
        /// Another operation would suffer.
        OwnOperation = "own_operation",
        /// A condition was not kept.
        ConditionsBreached = "conditions_breached",
        /// Things are not as they were.
        ChangedCircumstances = "changed_circumstances",
        /// Anything else, in words.
        Other = "other",
    }
}

text_enum! {
    /// How an authority said yes.
    pub enum Channel {
        /// By telephone.
        Phone = "phone",
        /// Face to face.
        InPerson = "in_person",
        /// By radio.
        Radio = "radio",
        /// By video.
        Video = "video",
        /// By a secure message.
        SecureMessage = "secure_message",
    }
}

text_enum! {
    /// What was said while a request is looked at.
    pub enum QuestionKind {
        /// The requested agency asks.
        Question = "question",
        /// The requesting agency answers.
        Answer = "answer",
    }
}

text_enum! {
    /// What is done to a request.
    pub enum Step {
        /// Change the draft.
        Edit = "edit",
        /// Add to it when to intervene, where it did not say so.
        Supplement = "supplement",
        /// Send it.
        Submit = "submit",
        /// Take it back.
        Withdraw = "withdraw",
        /// Say that one has it.
        Acknowledge = "acknowledge",
        /// Ask for information.
        RequestInfo = "request_info",
        /// Give the information.
        Answer = "answer",
        /// Record that an authority has said yes.
        GrantOrally = "grant_orally",
        /// Grant.
        Grant = "grant",
        /// Confirm what was said.
        Confirm = "confirm",
        /// Give the grant a new version.
        Extend = "extend",
        /// Refuse.
        Refuse = "refuse",
        /// Take the grant back.
        Revoke = "revoke",
    }
}

impl RequestStatus {
    /// Whether a decision is awaited.
    #[must_use]
    pub fn is_undecided(self) -> bool {
        matches!(self, Self::Draft | Self::Submitted | Self::Acknowledged | Self::InfoRequested)
    }

    /// Whether a grant was given that was neither taken back nor has run out.
    #[must_use]
    pub fn is_granted(self) -> bool {
        matches!(self, Self::GrantedOrally | Self::Granted)
    }

    /// Whether something may still come of it: another request to the country waits for that.
    #[must_use]
    pub fn is_open(self) -> bool {
        self.is_undecided() || self.is_granted()
    }
}

/// Where a request that is kept as `stored` stands at `now`. What was granted orally lapses when `confirm_by` passes, any
/// grant expires when `valid_until` passes; nobody has to do anything for it.
#[must_use]
pub fn status_at(
    stored: RequestStatus,
    valid_until: Option<Instant>,
    confirm_by: Option<Instant>,
    now: Instant,
) -> RequestStatus {
    let passed = |moment: Option<Instant>| moment.is_some_and(|moment| now > moment);
    match stored {
        RequestStatus::GrantedOrally if passed(confirm_by) => RequestStatus::Lapsed,
        RequestStatus::GrantedOrally | RequestStatus::Granted if passed(valid_until) => {
            RequestStatus::Expired
        }
        other => other,
    }
}

/// The state table: where `step` leads from where.
fn leads(status: RequestStatus, step: Step) -> Option<RequestStatus> {
    use RequestStatus::{
        Acknowledged, Draft, Granted, GrantedOrally, InfoRequested, Refused, Revoked, Submitted,
        Withdrawn,
    };
    Some(match (step, status) {
        (Step::Edit, Draft) => Draft,
        (Step::Supplement, Submitted | Acknowledged | InfoRequested | GrantedOrally | Granted) => {
            status
        }
        (Step::Submit, Draft) => Submitted,
        (Step::Withdraw, Draft | Submitted | Acknowledged | InfoRequested) => Withdrawn,
        (Step::Acknowledge, Submitted) | (Step::Answer, InfoRequested) => Acknowledged,
        (Step::RequestInfo, Acknowledged) => InfoRequested,
        (Step::GrantOrally, Acknowledged) => GrantedOrally,
        (Step::Grant, Acknowledged | GrantedOrally)
        | (Step::Confirm, GrantedOrally)
        | (Step::Extend, Granted) => Granted,
        (Step::Refuse, Acknowledged | GrantedOrally) => Refused,
        (Step::Revoke, GrantedOrally | Granted) => Revoked,
        _ => return None,
    })
}

/// Does `step` to a request that stands at `status`. A command.
///
/// # Errors
/// When the state does not allow it; the refusal says what does.
pub fn step(status: RequestStatus, step: Step) -> Result<RequestStatus, Refusal> {
    leads(status, step).ok_or_else(|| {
        let detail = match (status, step) {
            (RequestStatus::Submitted, Step::Grant | Step::GrantOrally | Step::Refuse) => {
                "The request is submitted; acknowledge it first, then decide.".to_owned()
            }
            (RequestStatus::InfoRequested, Step::Grant | Step::GrantOrally | Step::Refuse) => {
                "Information is awaited; the requesting side answers first.".to_owned()
            }
            (RequestStatus::Lapsed, _) => {
                "What was granted orally was not confirmed in time and has lapsed; it takes a new request.".to_owned()
            }
            (RequestStatus::Expired, _) => {
                "The grant has run out; it takes a new request.".to_owned()
            }
            _ => format!("The request is {status}; that state does not allow this."),
        };
        Refusal::new(&codes::STATE, detail)
    })
}

/// Whoever decides is not whoever asked, and speaks for an agency that holds authority for the country now (invariant 7).
///
/// # Errors
/// By invariant 7.
pub fn decides(officer: UserId, asked: &[UserId], holds_authority: bool) -> Result<(), Refusal> {
    let detail = if asked.contains(&officer) {
        "Whoever filed a request does not decide it; another authority of the agency does."
    } else if !holds_authority {
        "The agency does not hold authority for the country any more."
    } else {
        return Ok(());
    };
    Err(Refusal::new(&codes::INVARIANT_7, detail))
}
