//! What must be so before a case may change its state: facts, and what they leave missing.

use uuid::Uuid;

use crate::country::Country;
use crate::error::{Code, Missing, Refusal, codes};
use crate::ids::{ConsignmentId, EvidenceId};

use super::model::CaseStatus;

/// Everything about a case that its state table asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuardFacts {
    /// The header.
    pub header: Header,
    /// The route and the answers to it.
    pub route: Route,
    /// What is still open.
    pub open: Open,
    /// The closing so far.
    pub closing: Closing,
    /// Whether no agency is in control of any consignment.
    pub nobody_in_control: bool,
}

/// Which mandatory parts of the header are there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one question each, asked together")]
pub struct Header {
    /// A code name.
    pub code_name: bool,
    /// A summary.
    pub summary: bool,
    /// The proposed modality.
    pub modality: bool,
    /// A priority.
    pub priority: bool,
    /// At least one consignment.
    pub consignment: bool,
}

/// The route and how far it is prepared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// How many legs are planned.
    pub legs: usize,
    /// Whether each leg begins where and after the one before ends.
    pub contiguous: bool,
    /// Countries on the route that have refused; nothing else is asked of them.
    pub refused: Vec<Country>,
    /// Countries on the route that have taken back what they granted; nothing else is asked of them.
    pub revoked: Vec<Country>,
    /// Countries on the route without intervention criteria.
    pub without_criteria: Vec<Country>,
    /// Countries on the route without a decision-maker.
    pub without_decision_maker: Vec<Country>,
    /// Countries on the route without a 24/7 contact.
    pub without_contact: Vec<Country>,
    /// Whether the deconfliction check was run.
    pub deconfliction_checked: bool,
    /// What the first leg lacks by invariants 1 and 3, each with the code of its own; empty when it is authorised.
    pub first_leg_lacks: Vec<(&'static Code, Missing)>,
}

/// What is still open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Open {
    /// Requests for authorisation without a decision.
    pub undecided_requests: Vec<Uuid>,
    /// Consignments with an open control period.
    pub controlled: Vec<ConsignmentId>,
    /// Handovers that nobody accepted.
    pub unaccepted_handovers: Vec<Uuid>,
    /// States that owe their report on action taken.
    pub missing_reports: Vec<Country>,
    /// Evidence without disposition.
    pub evidence_without_disposition: Vec<EvidenceId>,
    /// Whether there is more of it that the caller is not shown, and is not told how much.
    pub hidden_evidence_without_disposition: bool,
    /// Whether anything ever moved, anybody was in control or intervened; where nobody acted, nobody owes a report.
    pub acted: bool,
}

/// How far the closing has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Closing {
    /// Whether a coordinator is a member, whose confirmation closing needs.
    pub coordinator_is_member: bool,
    /// Whether the lead has asked to close.
    pub requested: bool,
}

/// One thing missing, with the code that names its invariant where it has one.
type Lack = (Option<&'static Code>, Missing);

fn in_country(country: Country, reason: &str) -> Missing {
    Missing { country: Some(country.as_str().to_owned()), ..Missing::reason(reason) }
}

/// Checks the guard of the move to `to`, whole: the refusal lists everything that is missing.
///
/// # Errors
/// When something is missing. The code names the invariant when all that is missing breaches the same one.
pub fn check(to: CaseStatus, from: CaseStatus, facts: &GuardFacts) -> Result<(), Refusal> {
    let lacks = lacks(from, to, facts);
    let Some((first, _)) = lacks.first() else { return Ok(()) };
    let same = lacks.iter().all(|(code, _)| code == first);
    let code = if same { *first } else { None };
    let detail = match to {
        CaseStatus::Closed => "Settle what is listed as missing, then close the case.".to_owned(),
        _ => format!("Before the case can be {to}, add what is listed as missing."),
    };
    let missing = lacks.into_iter().map(numbered).collect();
    Err(Refusal::new(code.unwrap_or(&codes::TRANSITION_NOT_READY), detail).missing(missing))
}

/// Something missing, with the number of its invariant where it has one.
fn numbered((code, missing): Lack) -> Missing {
    match code {
        Some(code) => missing.under(code),
        None => missing,
    }
}

/// What the guard of a move finds missing.
fn lacks(from: CaseStatus, to: CaseStatus, facts: &GuardFacts) -> Vec<Lack> {
    match (from, to) {
        (CaseStatus::Draft, CaseStatus::Planning) => header_lacks(facts.header),
        (CaseStatus::Planning, CaseStatus::Ready) => readiness_lacks(facts),
        (CaseStatus::Ready, CaseStatus::Active) => activation_lacks(facts),
        (CaseStatus::Concluded, CaseStatus::Closed) => closing_lacks(&facts.open),
        _ => Vec::new(),
    }
}

fn header_lacks(header: Header) -> Vec<Lack> {
    [
        (header.code_name, "no-code-name"),
        (header.summary, "no-summary"),
        (header.modality, "no-modality"),
        (header.priority, "no-priority"),
        (header.consignment, "no-consignments"),
    ]
    .into_iter()
    .filter(|(there, _)| !there)
    .map(|(_, reason)| (None, Missing::reason(reason)))
    .collect()
}

/// The guard of `planning → ready`.
fn readiness_lacks(facts: &GuardFacts) -> Vec<Lack> {
    let mut lacks = Vec::new();
    if facts.route.legs == 0 {
        lacks.push((None, Missing::reason("no-legs")));
    } else if !facts.route.contiguous {
        lacks.push((Some(&codes::INVARIANT_12), Missing::reason("legs-not-contiguous")));
    }
    lacks.extend(
        facts
            .open
            .undecided_requests
            .iter()
            .map(|request| (None, Missing::of(request, "undecided-request"))),
    );
    lacks.extend(preparation_lacks(&facts.route));
    lacks
}

/// Invariant 13: criteria, decision-maker and 24/7 contact of each country, and the deconfliction check. A country that has
/// said no is named as that.
fn preparation_lacks(route: &Route) -> Vec<Lack> {
    let mut missing = Vec::new();
    let said_no = [(&route.refused, "country-refused"), (&route.revoked, "country-revoked")];
    for (countries, reason) in said_no {
        missing.extend(countries.iter().map(|country| in_country(*country, reason)));
    }
    for (countries, reason) in [
        (&route.without_criteria, "no-intervention-criteria"),
        (&route.without_decision_maker, "no-decision-maker"),
        (&route.without_contact, "no-24-7-contact"),
    ] {
        // Without a leg the countries are not known yet; what each will need is listed all the same.
        if route.legs == 0 && countries.is_empty() {
            missing.push(Missing::reason(reason));
        }
        missing.extend(countries.iter().map(|country| in_country(*country, reason)));
    }
    if !route.deconfliction_checked {
        missing.push(Missing::reason("deconfliction-check-not-run"));
    }
    missing.into_iter().map(|missing| -> Lack { (Some(&codes::INVARIANT_13), missing) }).collect()
}

/// The guard of `ready → active`: invariants 1 and 3 for the first leg, and 13 again.
fn activation_lacks(facts: &GuardFacts) -> Vec<Lack> {
    let mut lacks: Vec<Lack> = Vec::new();
    if facts.route.legs == 0 {
        lacks.push((None, Missing::reason("no-legs")));
    }
    let first_leg = facts.route.first_leg_lacks.iter().cloned();
    lacks.extend(first_leg.map(|(code, missing)| -> Lack { (Some(code), missing) }));
    lacks.extend(preparation_lacks(&facts.route));
    lacks
}

/// Invariant 25.
fn closing_lacks(open: &Open) -> Vec<Lack> {
    let mut missing: Vec<Missing> = Vec::new();
    missing.extend(open.controlled.iter().map(|id| Missing::of(id, "open-control-period")));
    missing
        .extend(open.unaccepted_handovers.iter().map(|id| Missing::of(id, "unaccepted-handover")));
    missing.extend(open.undecided_requests.iter().map(|id| Missing::of(id, "undecided-request")));
    if open.acted {
        missing
            .extend(open.missing_reports.iter().map(|state| in_country(*state, "missing-report")));
    }
    let evidence = open.evidence_without_disposition.iter();
    missing.extend(evidence.map(|id| Missing::of(id, "evidence-without-disposition")));
    if open.hidden_evidence_without_disposition {
        missing.push(Missing::reason("evidence-without-disposition"));
    }
    missing.into_iter().map(|missing| -> Lack { (Some(&codes::INVARIANT_25), missing) }).collect()
}

/// The state to which a case goes next on its way, and what stands between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// The state.
    pub to: CaseStatus,
    /// What its guard finds missing, what the move itself has to say, and whose call is awaited.
    pub missing: Vec<Missing>,
}

/// The next state on the way of a case that stands at `status`; none after its end.
fn next(status: CaseStatus, facts: &GuardFacts) -> Option<Next> {
    use CaseStatus::{
        Active, CalledOff, Closed, Concluded, Draft, Intervention, Planning, Ready, Suspended,
    };
    let to = match status {
        Draft => Planning,
        Planning => Ready,
        Ready | Suspended => Active,
        Active | Intervention => Concluded,
        Concluded => Closed,
        Closed | CalledOff => return None,
    };
    let mut missing: Vec<Missing> = lacks(status, to, facts).into_iter().map(numbered).collect();
    let Closing { coordinator_is_member, requested } = facts.closing;
    let closes = to == Closed && coordinator_is_member;
    let said = [
        (status == Suspended, "no-reason"),
        (to == Concluded, "no-outcome"),
        (closes && !requested, "close-not-requested"),
        (closes, "close-not-confirmed"),
    ];
    let said = said.into_iter().filter(|(lacking, _)| *lacking);
    missing.extend(said.map(|(_, reason)| Missing::reason(reason)));
    Some(Next { to, missing })
}

/// What still stands between a case and its start, and between it and its next state, item by item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Between the case and `ready`; empty once it is ready.
    pub ready: Vec<Missing>,
    /// Between the case and `active`, as far as it is not among the above; empty once it is active.
    pub active: Vec<Missing>,
    /// Where it goes next; none after its end.
    pub next: Option<Next>,
}

/// What still stands between a case in the state `status` and its start, and its next state.
#[must_use]
pub fn readiness(status: CaseStatus, facts: &GuardFacts) -> Readiness {
    let before_ready = match status {
        CaseStatus::Draft => [header_lacks(facts.header), readiness_lacks(facts)].concat(),
        CaseStatus::Planning => readiness_lacks(facts),
        _ => Vec::new(),
    };
    let before_active = match status {
        CaseStatus::Draft | CaseStatus::Planning | CaseStatus::Ready => activation_lacks(facts),
        _ => Vec::new(),
    };
    let ready: Vec<Missing> = before_ready.into_iter().map(numbered).collect();
    let active = before_active.into_iter().map(numbered);
    let active = active.filter(|missing| !ready.contains(missing)).collect();
    Readiness { ready, active, next: next(status, facts) }
}
