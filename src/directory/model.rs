//! What a country's law and practice ask of a controlled delivery.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Officer;
use crate::country::Country;
use crate::day::Day;
use crate::delivery::{ConsignmentKind, Modality};
use crate::email::Email;
use crate::ids::AgencyId;
use crate::language::Language;
use crate::phone::Phone;

/// An authority that a request is sent to, and whom to call there at any hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CompetentAuthority {
    /// What it is called.
    pub name: String,
    /// The agency that it is on this server, where it is one: always of the country itself.
    pub agency_id: Option<AgencyId>,
    /// A number with its country code.
    pub phone: Phone,
    /// An address.
    pub email: Option<Email>,
    /// When somebody answers.
    pub hours: Option<String>,
}

/// How goods of one kind may travel in the country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Permitted {
    /// What the goods are.
    pub kind: ConsignmentKind,
    /// The ways in which they may travel; none where the law forbids all of them.
    pub modalities: Vec<Modality>,
}

/// Whether one may ask by word of mouth when it is urgent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OralProcedure {
    /// Whether one may.
    pub allowed: bool,
    /// Within how many hours it is to be confirmed in writing.
    pub confirm_within_hours: Option<u32>,
    /// How it goes.
    pub description: Option<String>,
}

/// Whether officers of other States may accompany the goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ForeignOfficers {
    /// Whether they may.
    pub allowed: bool,
    /// Whether they may bear arms.
    pub armed: bool,
    /// What else is to be known.
    pub note: Option<String>,
}

/// A country's profile. What is none is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Profile {
    /// Whom to ask and to call.
    pub competent_authorities: Vec<CompetentAuthority>,
    /// Who signs there.
    pub signatory: Option<String>,
    /// What is permitted; a kind of goods that is not named is not.
    pub permitted: Vec<Permitted>,
    /// Whether goods may be replaced, wholly or partly.
    pub substitution_allowed: bool,
    /// For how many hours the goods may be in the country at the most.
    pub maximum_duration_hours: Option<u32>,
    /// How many hours before the goods arrive the request is to be there.
    pub notice_hours: Option<u32>,
    /// Whether one may ask by word of mouth.
    pub oral_procedure: Option<OralProcedure>,
    /// In which languages a request may be written.
    pub languages: Vec<Language>,
    /// What a request is to bring along.
    pub required_documents: Vec<String>,
    /// Whether officers of other States may come along.
    pub foreign_officers: Option<ForeignOfficers>,
    /// What is done when control is lost.
    pub on_control_lost: Option<String>,
    /// The law that it rests on.
    pub legal_basis: String,
    /// Where this is taken from.
    pub source: String,
    /// When somebody last made sure of it.
    pub reviewed_on: Day,
    /// By when somebody is to do so again.
    pub review_due_on: Option<Day>,
}

/// Whether what was kept until `due` is to be reviewed by `today`: the day itself is still in time.
#[must_use]
pub fn is_review_due(due: Option<&Day>, today: &Day) -> bool {
    due.is_some_and(|due| due < today)
}

/// Whether what `officer` keeps about `country` counts as the country's own word.
#[must_use]
pub fn confirms(officer: &Officer, country: Country) -> bool {
    officer.country == Some(country)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_is_due_on_the_day_after() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let due = day("2026-03-01");
        assert!(!is_review_due(Some(&due), &day("2026-02-28")));
        assert!(!is_review_due(Some(&due), &day("2026-03-01")));
        assert!(is_review_due(Some(&due), &day("2026-03-02")));
        assert!(!is_review_due(None, &day("9999-12-31")));
    }
}
