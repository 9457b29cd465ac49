//! What is asked for with agencies over HTTP.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::agency::{AgencyKind, Branch};
use crate::country::Country;
use crate::identity::agencies::model::Draft;
use crate::identity::agencies::store::AgencyRow;
use crate::submission::{clearable, kept};

/// A new agency. An operator is never made: it is there from the beginning.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "State Service for Drug Control", "short_name": "SSDC", "kind": "national", "branch": "drug_control",
    "country": "KG", "time_zone": "Asia/Bishkek", "languages": ["ky", "ru"],
    "contact_point": {"phone": "+996312123456", "email": "duty@example.kg", "hours": "24/7"}
}))]
pub struct CreateAgency {
    /// Its name, at most 200 characters.
    pub name: String,
    /// Its name in lists, at most 40 characters.
    pub short_name: String,
    /// National or regional.
    #[schema(value_type = AgencyKind)]
    pub kind: String,
    /// Which branch a national agency belongs to.
    #[schema(value_type = Option<Branch>)]
    pub branch: Option<String>,
    /// The country of a national agency; none for a regional one.
    #[schema(value_type = Option<Country>)]
    pub country: Option<String>,
    /// Its IANA time zone.
    pub time_zone: String,
    /// The languages it can be written to in: language tags of BCP 47.
    pub languages: Vec<String>,
    /// Whom to reach at any hour.
    pub contact_point: Option<ContactPointInput>,
}

/// Whom to reach at any hour.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactPointInput {
    /// A number with its country code (E.164).
    pub phone: Option<String>,
    /// An address.
    pub email: Option<String>,
    /// When somebody answers, at most 200 characters.
    pub hours: Option<String>,
}

/// A change of an agency: a merge patch. An agency's own admin sends nothing but `contact_point`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"contact_point": {"phone": "+996312654321"}}))]
pub struct EditAgency {
    /// Its name, at most 200 characters.
    #[serde(default, deserialize_with = "kept")]
    pub name: Option<String>,
    /// Its name in lists, at most 40 characters.
    #[serde(default, deserialize_with = "kept")]
    pub short_name: Option<String>,
    /// Only what it is already.
    #[serde(default, deserialize_with = "kept")]
    #[schema(value_type = Option<AgencyKind>)]
    pub kind: Option<String>,
    /// Which branch a national agency belongs to; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<Branch>)]
    pub branch: Option<Option<String>>,
    /// Only what it is already.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<Country>)]
    pub country: Option<Option<String>>,
    /// Its IANA time zone.
    #[serde(default, deserialize_with = "kept")]
    pub time_zone: Option<String>,
    /// The languages it can be written to in: language tags of BCP 47.
    #[serde(default, deserialize_with = "kept")]
    pub languages: Option<Vec<String>>,
    /// Whom to reach at any hour; null clears all of it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<EditContactPoint>)]
    pub contact_point: Option<Option<EditContactPoint>>,
}

/// A change of a contact point: a merge patch.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditContactPoint {
    /// A number with its country code (E.164); null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>)]
    pub phone: Option<Option<String>>,
    /// An address; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>)]
    pub email: Option<Option<String>>,
    /// When somebody answers; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>)]
    pub hours: Option<Option<String>>,
}

impl EditAgency {
    /// Whether nothing but the contact point is to change.
    #[must_use]
    pub fn concerns_contact_point_only(&self) -> bool {
        self.name.is_none()
            && self.short_name.is_none()
            && self.kind.is_none()
            && self.branch.is_none()
            && self.country.is_none()
            && self.time_zone.is_none()
            && self.languages.is_none()
    }

    /// What `draft` becomes; kind and country stay, and are held against this patch elsewhere.
    #[must_use]
    pub fn onto(&self, mut draft: Draft) -> Draft {
        let keep = |field: &mut String, wanted: &Option<String>| {
            if let Some(wanted) = wanted {
                field.clone_from(wanted);
            }
        };
        keep(&mut draft.name, &self.name);
        keep(&mut draft.short_name, &self.short_name);
        keep(&mut draft.time_zone, &self.time_zone);
        if let Some(languages) = &self.languages {
            draft.languages.clone_from(languages);
        }
        if let Some(branch) = &self.branch {
            draft.branch.clone_from(branch);
        }
        match &self.contact_point {
            None => {}
            Some(None) => (draft.phone, draft.email, draft.hours) = (None, None, None),
            Some(Some(contact)) => {
                draft.phone = contact.phone.clone().unwrap_or(draft.phone);
                draft.email = contact.email.clone().unwrap_or(draft.email);
                draft.hours = contact.hours.clone().unwrap_or(draft.hours);
            }
        }
        draft
    }
}

impl From<CreateAgency> for Draft {
    fn from(body: CreateAgency) -> Self {
        let contact = body.contact_point.unwrap_or_default();
        Self {
            name: body.name,
            short_name: body.short_name,
            kind: body.kind,
            branch: body.branch,
            country: body.country,
            time_zone: body.time_zone,
            languages: body.languages,
            phone: contact.phone,
            email: contact.email,
            hours: contact.hours,
        }
    }
}

impl From<AgencyRow> for Draft {
    fn from(row: AgencyRow) -> Self {
        Self {
            name: row.name,
            short_name: row.short_name,
            kind: row.kind.to_string(),
            branch: row.branch.map(|branch| branch.to_string()),
            country: row.country.map(|country| country.to_string()),
            time_zone: row.time_zone,
            languages: row.languages.0,
            phone: row.contact_phone,
            email: row.contact_email.map(|email| email.to_string()),
            hours: row.contact_hours,
        }
    }
}
