//! What somebody says about a country, as it is sent; `judge.rs` says whether it is right.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::day::Day;
use crate::delivery::{ConsignmentKind, Modality};
use crate::email::Email;
use crate::field::Field;
use crate::ids::AgencyId;
use crate::language::Language;
use crate::phone::Phone;

/// A country's profile, whole.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "competent_authorities": [{
        "name": "State Service for Drug Control", "phone": "+996 312 123456", "email": "duty@example.kg",
        "hours": "24/7"
    }],
    "signatory": "Deputy head of the service",
    "permitted": [{"kind": "narcotic", "modalities": ["live", "substituted"]}],
    "substitution_allowed": true,
    "maximum_duration_hours": 720,
    "notice_hours": 72,
    "oral_procedure": {"allowed": true, "confirm_within_hours": 24, "description": "By the duty officer's phone."},
    "languages": ["ky", "ru"],
    "required_documents": ["Decision to open the investigation, certified"],
    "foreign_officers": {"allowed": true, "armed": false},
    "on_control_lost": "Intervene and report to the prosecutor at once.",
    "legal_basis": "An article of the law on operational activity",
    "source": "Answer of the competent authority to a questionnaire",
    "reviewed_on": "2026-03-01",
    "review_due_on": "2027-03-01"
}))]
pub struct ProfileInput {
    /// Whom to ask and to call, at most 50.
    #[serde(default)]
    #[schema(value_type = Vec<AuthorityInput>)]
    pub competent_authorities: Field<Vec<AuthorityInput>>,
    /// Who signs there, in at most 300 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub signatory: Field<String>,
    /// What is permitted, each kind once; a kind that is not named is not permitted.
    #[serde(default)]
    #[schema(value_type = Vec<PermittedInput>, required)]
    pub permitted: Field<Vec<PermittedInput>>,
    /// Whether goods may be replaced, wholly or partly.
    #[serde(default)]
    #[schema(value_type = bool, required)]
    pub substitution_allowed: Field<bool>,
    /// For how many hours the goods may be in the country at the most.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    pub maximum_duration_hours: Field<u32>,
    /// How many hours before the goods arrive the request is to be there.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    pub notice_hours: Field<u32>,
    /// Whether one may ask by word of mouth when it is urgent.
    #[serde(default)]
    #[schema(value_type = Option<OralProcedureInput>)]
    pub oral_procedure: Field<OralProcedureInput>,
    /// In which languages a request may be written: 1 to 50, each once.
    #[serde(default)]
    #[schema(value_type = Vec<Language>, required)]
    pub languages: Field<Vec<Language>>,
    /// What a request is to bring along: at most 50, of at most 300 characters.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub required_documents: Field<Vec<String>>,
    /// Whether officers of other States may accompany the goods.
    #[serde(default)]
    #[schema(value_type = Option<ForeignOfficersInput>)]
    pub foreign_officers: Field<ForeignOfficersInput>,
    /// What is done when control is lost, in at most 5000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub on_control_lost: Field<String>,
    /// The law that it rests on, in 1 to 5000 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub legal_basis: Field<String>,
    /// Where this is taken from, in 1 to 5000 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub source: Field<String>,
    /// When somebody last made sure of it: no later than tomorrow in UTC, because days begin elsewhere first.
    #[serde(default)]
    #[schema(value_type = Day, required)]
    pub reviewed_on: Field<Day>,
    /// By when somebody is to do so again: later than `reviewed_on`.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub review_due_on: Field<Day>,
}

/// An authority that a request is sent to.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthorityInput {
    /// What it is called, in 1 to 300 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub name: Field<String>,
    /// The agency that it is on this server: one of the country itself.
    #[serde(default)]
    #[schema(value_type = Option<AgencyId>)]
    pub agency_id: Field<AgencyId>,
    /// A number with its country code.
    #[serde(default)]
    #[schema(value_type = Phone, required)]
    pub phone: Field<Phone>,
    /// An address.
    #[serde(default)]
    #[schema(value_type = Option<Email>)]
    pub email: Field<Email>,
    /// When somebody answers, in at most 300 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub hours: Field<String>,
}

/// How goods of one kind may travel.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PermittedInput {
    /// What the goods are.
    #[serde(default)]
    #[schema(value_type = ConsignmentKind, required)]
    pub kind: Field<ConsignmentKind>,
    /// The ways in which they may travel, each once; none where the law forbids all of them.
    #[serde(default)]
    #[schema(value_type = Vec<Modality>, required)]
    pub modalities: Field<Vec<Modality>>,
}

/// Whether one may ask by word of mouth.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OralProcedureInput {
    /// Whether one may.
    #[serde(default)]
    #[schema(value_type = bool, required)]
    pub allowed: Field<bool>,
    /// Within how many hours it is to be confirmed in writing.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    pub confirm_within_hours: Field<u32>,
    /// How it goes, in at most 5000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub description: Field<String>,
}

/// Whether officers of other States may accompany the goods.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForeignOfficersInput {
    /// Whether they may.
    #[serde(default)]
    #[schema(value_type = bool, required)]
    pub allowed: Field<bool>,
    /// Whether they may bear arms.
    #[serde(default)]
    #[schema(value_type = bool, required)]
    pub armed: Field<bool>,
    /// What else is to be known, in at most 5000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub note: Field<String>,
}
