//! What a caller says of a case, judged field by field.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::cases::case::model::{CaseStatus, HandlingCode, Modality, Outcome, Priority};
use crate::cases::consignments::input::{ConsignmentInput, NewConsignment};
use crate::cases::legs::input::LegInput;
use crate::cases::legs::model::Plan;
use crate::error::Faults;
use crate::field::Field;

/// Longest code name, in characters.
const LONGEST_NAME: usize = 100;
/// Longest summary, in characters.
const LONGEST_SUMMARY: usize = 10_000;
/// Most consignments of a case when it is opened.
const MOST_CONSIGNMENTS: usize = 50;
/// Most legs of a case when it is opened.
const MOST_LEGS: usize = 50;

/// A case to be opened.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code_name": "Snow leopard", "summary": "Heroin in a truck of dried fruit, expected at the border within two days.",
    "priority": "urgent", "handling_codes": ["H1"], "modality": "live",
    "consignments": [{
        "kind": "narcotic", "substance": "heroin", "quantity": {"value": "5.3", "unit": "kg"},
        "measured": "estimated", "modality": "live"
    }]
}))]
pub struct CaseInput {
    /// What the case is called, at most 100 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub code_name: Field<String>,
    /// What it is about, at most 10,000 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub summary: Field<String>,
    /// How urgent it is.
    #[serde(default)]
    #[schema(value_type = Priority, required)]
    pub priority: Field<Priority>,
    /// Under which conditions what it holds may be used.
    #[serde(default)]
    #[schema(value_type = Option<Vec<HandlingCode>>)]
    pub handling_codes: Field<Vec<HandlingCode>>,
    /// What is proposed to travel.
    #[serde(default)]
    #[schema(value_type = Modality, required)]
    pub modality: Field<Modality>,
    /// Whether only assigned users see it.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub restricted: Field<bool>,
    /// What is on the way, at most 50.
    #[serde(default)]
    #[schema(value_type = Option<Vec<ConsignmentInput>>)]
    pub consignments: Field<Vec<ConsignmentInput>>,
    /// The route in its order, at most 50 legs.
    #[serde(default)]
    #[schema(value_type = Option<Vec<LegInput>>)]
    pub legs: Field<Vec<LegInput>>,
}

/// A case that was judged to be right.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// What it is called.
    pub code_name: String,
    /// What it is about.
    pub summary: String,
    /// How urgent it is.
    pub priority: Priority,
    /// Under which conditions what it holds may be used.
    pub handling_codes: Vec<HandlingCode>,
    /// What is proposed to travel.
    pub modality: Modality,
    /// Whether only assigned users see it.
    pub restricted: bool,
    /// What is on the way.
    pub consignments: Vec<NewConsignment>,
    /// The route: each leg with its place, if one is named.
    pub legs: Vec<(Option<i32>, Plan)>,
}

impl CaseInput {
    /// Judges every field; `home` is the zone of the caller's agency.
    pub fn judge(&self, faults: &mut Faults, home: &str) -> Option<NewCase> {
        let code_name = self.code_name.text(faults, "/code_name", LONGEST_NAME);
        let summary = self.summary.text(faults, "/summary", LONGEST_SUMMARY);
        let priority = self.priority.required(faults, "/priority");
        let codes = self.handling_codes.optional(faults, "/handling_codes").unwrap_or_default();
        let modality = self.modality.required(faults, "/modality");
        let restricted = self.restricted.optional(faults, "/restricted").unwrap_or_default();
        let sent = self.consignments.optional(faults, "/consignments").unwrap_or_default();
        faults.check(sent.len() <= MOST_CONSIGNMENTS, "/consignments", "expected at most 50");
        let consignments = sent
            .iter()
            .take(MOST_CONSIGNMENTS)
            .enumerate()
            .filter_map(|(index, input)| input.judge(faults, &format!("/consignments/{index}")))
            .collect();
        let sent = self.legs.optional(faults, "/legs").unwrap_or_default();
        faults.check(sent.len() <= MOST_LEGS, "/legs", "expected at most 50");
        let legs = sent
            .iter()
            .take(MOST_LEGS)
            .enumerate()
            .filter_map(|(index, input)| input.judge(faults, &format!("/legs/{index}"), home))
            .collect();
        Some(NewCase {
            code_name: code_name?,
            summary: summary?,
            priority: priority?,
            handling_codes: sorted(codes),
            modality: modality?,
            restricted,
            consignments,
            legs,
        })
    }
}

/// Handling codes in their order, each once.
fn sorted(mut codes: Vec<HandlingCode>) -> Vec<HandlingCode> {
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// A change of a case's header: absent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"priority": "routine"}))]
pub struct CasePatch {
    /// What the case is called, at most 100 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub code_name: Field<String>,
    /// What it is about, at most 10,000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub summary: Field<String>,
    /// How urgent it is.
    #[serde(default)]
    #[schema(value_type = Option<Priority>)]
    pub priority: Field<Priority>,
    /// Under which conditions what it holds may be used.
    #[serde(default)]
    #[schema(value_type = Option<Vec<HandlingCode>>)]
    pub handling_codes: Field<Vec<HandlingCode>>,
    /// What is proposed to travel.
    #[serde(default)]
    #[schema(value_type = Option<Modality>)]
    pub modality: Field<Modality>,
    /// Whether only assigned users see it.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub restricted: Field<bool>,
}

/// The fields of a header that may be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// What it is called.
    pub code_name: String,
    /// What it is about.
    pub summary: String,
    /// How urgent it is.
    pub priority: Priority,
    /// Under which conditions what it holds may be used.
    pub handling_codes: Vec<HandlingCode>,
    /// What is proposed to travel.
    pub modality: Modality,
    /// Whether only assigned users see it.
    pub restricted: bool,
}

impl CasePatch {
    /// The header after the patch; every fault is noted.
    pub fn apply(&self, faults: &mut Faults, mut header: Header) -> Header {
        if let Some(name) = self.code_name.patch_required(faults, "/code_name") {
            faults.text("/code_name", &name, LONGEST_NAME);
            name.trim().clone_into(&mut header.code_name);
        }
        if let Some(summary) = self.summary.patch_required(faults, "/summary") {
            faults.text("/summary", &summary, LONGEST_SUMMARY);
            summary.trim().clone_into(&mut header.summary);
        }
        if let Some(priority) = self.priority.patch_required(faults, "/priority") {
            header.priority = priority;
        }
        if let Some(codes) = self.handling_codes.patch_required(faults, "/handling_codes") {
            header.handling_codes = sorted(codes);
        }
        if let Some(modality) = self.modality.patch_required(faults, "/modality") {
            header.modality = modality;
        }
        if let Some(restricted) = self.restricted.patch_required(faults, "/restricted") {
            header.restricted = restricted;
        }
        header
    }
}

/// A move to another state.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to": "called_off", "reason": "The carrier was arrested elsewhere."}))]
pub struct TransitionInput {
    /// The state to move to.
    #[serde(default)]
    #[schema(value_type = CaseStatus, required)]
    pub to: Field<CaseStatus>,
    /// Why; some moves demand it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub reason: Field<String>,
    /// How the case ended; concluding demands it.
    #[serde(default)]
    #[schema(value_type = Option<Outcome>)]
    pub outcome: Field<Outcome>,
}
