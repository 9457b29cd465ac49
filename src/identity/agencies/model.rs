//! What an agency is said to be, and whether that is right.

use jiff::tz::TimeZone;
use uuid::Uuid;

pub use crate::agency::AuthorityMark;
use crate::agency::{AgencyKind, Branch};
use crate::country::Country;
use crate::email::Email;
use crate::error::Faults;
use crate::identity::words::{optional, word};
use crate::ids::AgencyId;
use crate::language::Language;
use crate::phone::Phone;

/// The agency that runs the server; the first migration makes it.
pub const OPERATOR: AgencyId =
    AgencyId::from_uuid(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));

/// The longest name, in characters.
const LONGEST_NAME: usize = 200;
/// The longest short name, in characters.
const LONGEST_SHORT_NAME: usize = 40;
/// The longest words on the hours of a contact point, in characters.
const LONGEST_HOURS: usize = 200;
/// The most languages.
const MOST_LANGUAGES: usize = 20;

/// What somebody says that an agency is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// Its name in lists.
    pub short_name: String,
    /// What it is.
    pub kind: String,
    /// Which branch it belongs to.
    pub branch: Option<String>,
    /// Its country.
    pub country: Option<String>,
    /// Its IANA time zone.
    pub time_zone: String,
    /// The languages it can be written to in.
    pub languages: Vec<String>,
    /// Whom to call.
    pub phone: Option<String>,
    /// Whom to write to.
    pub email: Option<String>,
    /// When the contact point answers.
    pub hours: Option<String>,
}

/// What an agency is, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its name in lists.
    pub short_name: String,
    /// What it is.
    pub kind: AgencyKind,
    /// Which branch it belongs to.
    pub branch: Option<Branch>,
    /// Its country.
    pub country: Option<Country>,
    /// Its IANA time zone, in the spelling of the database of zones.
    pub time_zone: String,
    /// The languages it can be written to in.
    pub languages: Vec<String>,
    /// Whom to call.
    pub phone: Option<String>,
    /// Whom to write to.
    pub email: Option<Email>,
    /// When the contact point answers.
    pub hours: Option<String>,
}

impl Draft {
    /// The description, unless there is a fault, each of which is noted.
    pub fn check(&self, faults: &mut Faults) -> Option<Description> {
        faults.text("/name", &self.name, LONGEST_NAME);
        faults.text("/short_name", &self.short_name, LONGEST_SHORT_NAME);
        let kind = word::<AgencyKind>(faults, "/kind", &self.kind);
        let branch = self.branch.as_deref().and_then(|text| word(faults, "/branch", text));
        let country = optional::<Country>(faults, "/country", self.country.as_deref());
        self.check_kind(kind, faults);
        let time_zone = faults.take("/time_zone", zone(&self.time_zone));
        self.check_languages(faults);
        let phone = optional::<Phone>(faults, "/contact_point/phone", self.phone.as_deref());
        let email = optional::<Email>(faults, "/contact_point/email", self.email.as_deref());
        faults.optional_text("/contact_point/hours", self.hours.as_deref(), LONGEST_HOURS);
        Some(Description {
            name: self.name.trim().to_owned(),
            short_name: self.short_name.trim().to_owned(),
            kind: kind?,
            branch,
            country,
            time_zone: time_zone?,
            languages: self.languages.clone(),
            phone: phone.map(|phone| phone.to_string()),
            email,
            hours: trimmed(self.hours.as_deref()),
        })
    }

    fn check_kind(&self, kind: Option<AgencyKind>, faults: &mut Faults) {
        match kind {
            Some(AgencyKind::National) if self.country.is_none() => {
                faults.add("/country", "expected the country of a national agency");
            }
            Some(AgencyKind::Regional | AgencyKind::Operator) => {
                let nothing = "expected nothing: only a national agency has one";
                faults.check(self.country.is_none(), "/country", nothing);
                faults.check(self.branch.is_none(), "/branch", nothing);
            }
            _ => {}
        }
    }

    fn check_languages(&self, faults: &mut Faults) {
        if self.languages.is_empty() || self.languages.len() > MOST_LANGUAGES {
            faults.add("/languages", format!("expected 1 to {MOST_LANGUAGES} languages"));
        }
        for (at, language) in self.languages.iter().enumerate() {
            let pointer = format!("/languages/{at}");
            if faults.take(&pointer, language.parse::<Language>()).is_some()
                && self.languages.iter().take(at).any(|other| other == language)
            {
                faults.add(pointer, "expected each language once");
            }
        }
    }
}

fn trimmed(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The zone's name in the spelling of the database of zones.
fn zone(name: &str) -> Result<String, &'static str> {
    let found = TimeZone::get(name).ok();
    found
        .and_then(|zone| zone.iana_name().map(str::to_owned))
        .filter(|name| name != "Etc/Unknown")
        .ok_or("expected an IANA time zone, such as Asia/Bishkek")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft {
            name: "State Service for Drug Control".to_owned(),
            short_name: "SSDC".to_owned(),
            kind: "national".to_owned(),
            branch: Some("drug_control".to_owned()),
            country: Some("KG".to_owned()),
            time_zone: "asia/bishkek".to_owned(),
            languages: vec!["ky".to_owned(), "ru".to_owned()],
            phone: Some("+996 (312) 12-34-56".to_owned()),
            email: Some("Duty@example.kg".to_owned()),
            hours: Some("24/7".to_owned()),
        }
    }

    fn pointers(draft: &Draft) -> Vec<String> {
        let mut faults = Faults::new();
        draft.check(&mut faults);
        let refused = faults.finish().err();
        let named = |error: crate::error::Error| {
            error.faults().iter().map(|fault| fault.pointer.clone()).collect()
        };
        refused.map(named).unwrap_or_default()
    }

    #[test]
    fn what_is_right_is_taken_in_its_normal_form() {
        let mut faults = Faults::new();
        let description = draft().check(&mut faults).unwrap();
        assert!(faults.finish().is_ok());
        assert_eq!(description.time_zone, "Asia/Bishkek");
        assert_eq!(description.email.unwrap().as_str(), "duty@example.kg");
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let wrong = Draft {
            name: " ".to_owned(),
            short_name: "x".repeat(41),
            kind: "imperial".to_owned(),
            branch: Some("navy".to_owned()),
            country: Some("XX".to_owned()),
            time_zone: "Asia/Frunze2".to_owned(),
            languages: vec!["ky".to_owned(), "ky".to_owned(), "Kyrgyz".to_owned()],
            phone: Some("0312 123456".to_owned()),
            email: Some("nobody".to_owned()),
            hours: Some("x".repeat(201)),
        };
        assert_eq!(
            pointers(&wrong),
            [
                "/name",
                "/short_name",
                "/kind",
                "/branch",
                "/country",
                "/time_zone",
                "/languages/1",
                "/languages/2",
                "/contact_point/phone",
                "/contact_point/email",
                "/contact_point/hours"
            ]
        );
    }

    #[test]
    fn only_a_national_agency_has_a_country_and_it_must() {
        assert_eq!(pointers(&Draft { country: None, ..draft() }), ["/country"]);
        let regional = Draft { kind: "regional".to_owned(), ..draft() };
        assert_eq!(pointers(&regional), ["/country", "/branch"]);
        let regional = Draft { country: None, branch: None, ..regional };
        assert!(pointers(&regional).is_empty());
    }
}
