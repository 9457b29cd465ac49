//! Who plays in the demonstration. The agencies stand for the kinds of agencies that took part in published operations;
//! every person is invented.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::demo::stage::Stage;
use crate::demo::{PASSWORD, SYSTEM_ADMIN};
use crate::error::{Error, Result};

/// An agency and its people: role and name, whose addresses are made of role and short name.
struct Part {
    key: &'static str,
    name: &'static str,
    kind: &'static str,
    branch: Option<&'static str>,
    country: Option<&'static str>,
    time_zone: &'static str,
    languages: &'static [&'static str],
    people: &'static [(&'static str, &'static str)],
}

const PARTS: [Part; 10] = [
    Part {
        key: "kg",
        name: "Drug Control Service, Bishkek (demonstration)",
        kind: "national",
        branch: Some("drug_control"),
        country: Some("KG"),
        time_zone: "Asia/Bishkek",
        languages: &["ky", "ru"],
        people: &[
            ("liaison_officer", "Aigul Asanova"),
            ("case_officer", "Bakyt Toktogulov"),
            ("auditor", "Cholpon Saparova"),
        ],
    },
    Part {
        key: "kz",
        name: "National Security Committee, Astana (demonstration)",
        kind: "national",
        branch: Some("security_service"),
        country: Some("KZ"),
        time_zone: "Asia/Almaty",
        languages: &["kk", "ru"],
        people: &[("liaison_officer", "Daniyar Akhmetov"), ("case_officer", "Erlan Suleimenov")],
    },
    Part {
        key: "kz-prosecutor",
        name: "Prosecutor's Office, Astana (demonstration)",
        kind: "national",
        branch: Some("prosecutor"),
        country: Some("KZ"),
        time_zone: "Asia/Almaty",
        languages: &["kk", "ru"],
        people: &[("liaison_officer", "Farida Nurlanova"), ("authority", "Gulnara Omarova")],
    },
    Part {
        key: "kg-prosecutor",
        name: "Prosecutor General's Office, Bishkek (demonstration)",
        kind: "national",
        branch: Some("prosecutor"),
        country: Some("KG"),
        time_zone: "Asia/Bishkek",
        languages: &["ky", "ru"],
        people: &[("liaison_officer", "Jamilya Orozova"), ("authority", "Mirlan Abdyldaev")],
    },
    Part {
        key: "az-prosecutor",
        name: "Prosecutor General's Office, Baku (demonstration)",
        kind: "national",
        branch: Some("prosecutor"),
        country: Some("AZ"),
        time_zone: "Asia/Baku",
        languages: &["az", "ru"],
        people: &[("liaison_officer", "Leyla Huseynova"), ("authority", "Rashad Guliyev")],
    },
    Part {
        key: "az",
        name: "State Customs Committee, Baku (demonstration)",
        kind: "national",
        branch: Some("customs"),
        country: Some("AZ"),
        time_zone: "Asia/Baku",
        languages: &["az", "ru"],
        people: &[("liaison_officer", "Hasan Mammadov"), ("case_officer", "Ilham Aliyeva")],
    },
    Part {
        key: "ru",
        name: "Federal Security Service, Moscow (demonstration)",
        kind: "national",
        branch: Some("security_service"),
        country: Some("RU"),
        time_zone: "Europe/Moscow",
        languages: &["ru"],
        people: &[("liaison_officer", "Kirill Lebedev"), ("case_officer", "Larisa Morozova")],
    },
    Part {
        key: "ru-prosecutor",
        name: "Prosecutor General's Office, Moscow (demonstration)",
        kind: "national",
        branch: Some("prosecutor"),
        country: Some("RU"),
        time_zone: "Europe/Moscow",
        languages: &["ru"],
        people: &[("liaison_officer", "Pavel Sorokin"), ("authority", "Raisa Tikhonova")],
    },
    Part {
        key: "centre",
        name: "Regional Information and Coordination Centre, Almaty (demonstration)",
        kind: "regional",
        branch: None,
        country: None,
        time_zone: "Asia/Almaty",
        languages: &["en", "ru"],
        people: &[("coordinator", "Nodira Rashidova")],
    },
    Part {
        key: "uz",
        name: "Drug Control Service, Tashkent (demonstration)",
        kind: "national",
        branch: Some("drug_control"),
        country: Some("UZ"),
        time_zone: "Asia/Tashkent",
        languages: &["uz", "ru"],
        people: &[("liaison_officer", "Otabek Pulatov")],
    },
];

/// Everybody who plays.
pub struct Cast {
    /// The agencies' ids by key.
    pub agencies: HashMap<&'static str, String>,
    /// E-mail addresses, with role and agency, for the welcome.
    pub sign_ins: Vec<(String, String)>,
}

impl Cast {
    /// The address of the officer of an agency in a role.
    ///
    /// # Errors
    /// A defect, when nobody plays that.
    pub fn officer(&self, agency: &str, role: &str) -> Result<&str> {
        let email = email(agency, role);
        let mut addresses = self.sign_ins.iter().map(|(address, _)| address.as_str());
        addresses
            .find(|address| *address == email)
            .ok_or_else(|| Error::internal(format!("nobody plays {email}")))
    }

    /// The address of whoever speaks for an agency.
    ///
    /// # Errors
    /// A defect, when nobody does.
    pub fn speaker(&self, agency: &str) -> Result<&str> {
        let role = if agency == "centre" { "coordinator" } else { "liaison_officer" };
        self.officer(agency, role)
    }

    /// An agency's id.
    #[must_use]
    pub fn agency(&self, key: &str) -> &str {
        self.agencies.get(key).map_or("", String::as_str)
    }
}

/// The address of whoever plays a role in an agency.
#[must_use]
pub fn email(agency: &str, role: &str) -> String {
    format!("{}.{agency}@demo.example", role.replace('_', "-"))
}

/// Makes the agencies and their people, each by whom the rules allow.
///
/// # Errors
/// What the contract refuses.
pub async fn engage(stage: &Stage) -> Result<Cast> {
    let mut cast = Cast { agencies: HashMap::new(), sign_ins: Vec::new() };
    for part in &PARTS {
        let agency = stage
            .call(
                Some(SYSTEM_ADMIN),
                "create_agency",
                &[],
                json!({
                    "name": part.name, "short_name": part.key.to_uppercase(), "kind": part.kind,
                    "branch": part.branch, "country": part.country, "time_zone": part.time_zone,
                    "languages": part.languages,
                    "contact_point": {
                        "phone": "+10000000000", "email": format!("duty.{}@demo.example", part.key), "hours": "24/7",
                    },
                }),
            )
            .await?
            .id();
        let admin = ("agency_admin", "Administrator");
        let admin = person(stage, SYSTEM_ADMIN, part, admin, Some(&agency)).await?;
        cast.sign_ins.push((admin.clone(), format!("agency_admin, {}", part.name)));
        for (role, name) in part.people {
            let address = person(stage, &admin, part, (role, name), None).await?;
            cast.sign_ins.push((address, format!("{role}, {}", part.name)));
        }
        if part.people.iter().any(|(role, _)| *role == "authority") {
            // The first of its country: nobody else has to confirm it.
            let path = [("agency_id", agency.as_str())];
            stage.call(Some(SYSTEM_ADMIN), "mark_authority", &path, Value::Null).await?;
        }
        cast.agencies.insert(part.key, agency);
    }
    Ok(cast)
}

async fn person(
    stage: &Stage,
    by: &str,
    part: &Part,
    (role, name): (&str, &str),
    agency: Option<&str>,
) -> Result<String> {
    let email = email(part.key, role);
    let mut body = json!({ "email": email, "full_name": name, "roles": [role], "locale": "en" });
    if let (Some(agency), Some(fields)) = (agency, body.as_object_mut()) {
        fields.insert("agency_id".to_owned(), json!(agency));
    }
    let token = stage.call(Some(by), "create_user", &[], body).await?.text("invitation_token");
    let password = json!({ "token": token, "password": PASSWORD });
    stage.call(None, "accept_invitation", &[], password).await?;
    Ok(email)
}
