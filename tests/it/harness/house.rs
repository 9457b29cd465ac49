//! The agencies of the stories.

use passage::access::Role;
use serde_json::{Value, json};

/// The agencies that stories are about. Those of real States stand for their like; none is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum House {
    /// Drug control of Kyrgyzstan: leads, as a rule.
    Kg,
    /// Police of Kyrgyzstan.
    KgPolice,
    /// Prosecutor of Kyrgyzstan.
    KgProsecutor,
    /// Police of Kazakhstan.
    Kz,
    /// Prosecutor of Kazakhstan.
    KzProsecutor,
    /// Customs of Azerbaijan.
    Az,
    /// Prosecutor of Azerbaijan.
    AzProsecutor,
    /// Police of Russia.
    Ru,
    /// Prosecutor of Russia.
    RuProsecutor,
    /// Drug control of Tajikistan.
    Tj,
    /// Prosecutor of Tajikistan.
    TjProsecutor,
    /// Security service of Uzbekistan.
    Uz,
    /// Prosecutor of Uzbekistan.
    UzProsecutor,
    /// Border guard of Turkmenistan.
    Tm,
    /// Police of Georgia.
    Ge,
    /// A regional centre.
    Centre,
}

impl House {
    /// Name, branch and country; a regional centre has neither branch nor country.
    fn facts(self) -> (&'static str, Option<(&'static str, &'static str, &'static str)>) {
        match self {
            Self::Kg => ("Drug Control Service", Some(("drug_control", "KG", "Asia/Bishkek"))),
            Self::KgPolice => ("Police of Kyrgyzstan", Some(("police", "KG", "Asia/Bishkek"))),
            Self::KgProsecutor => {
                ("Prosecutor General of Kyrgyzstan", Some(("prosecutor", "KG", "Asia/Bishkek")))
            }
            Self::Kz => ("Police of Kazakhstan", Some(("police", "KZ", "Asia/Almaty"))),
            Self::KzProsecutor => {
                ("Prosecutor General of Kazakhstan", Some(("prosecutor", "KZ", "Asia/Almaty")))
            }
            Self::Az => ("Customs of Azerbaijan", Some(("customs", "AZ", "Asia/Baku"))),
            Self::Ru => ("Police of Russia", Some(("police", "RU", "Europe/Moscow"))),
            Self::AzProsecutor => {
                ("Prosecutor General of Azerbaijan", Some(("prosecutor", "AZ", "Asia/Baku")))
            }
            Self::RuProsecutor => {
                ("Prosecutor General of Russia", Some(("prosecutor", "RU", "Europe/Moscow")))
            }
            Self::Tj => {
                ("Drug Control of Tajikistan", Some(("drug_control", "TJ", "Asia/Dushanbe")))
            }
            Self::Uz => {
                ("State Security of Uzbekistan", Some(("security_service", "UZ", "Asia/Tashkent")))
            }
            Self::TjProsecutor => {
                ("Prosecutor General of Tajikistan", Some(("prosecutor", "TJ", "Asia/Dushanbe")))
            }
            Self::UzProsecutor => {
                ("Prosecutor General of Uzbekistan", Some(("prosecutor", "UZ", "Asia/Tashkent")))
            }
            Self::Tm => {
                ("Border Guard of Turkmenistan", Some(("border_guard", "TM", "Asia/Ashgabat")))
            }
            Self::Ge => ("Police of Georgia", Some(("police", "GE", "Asia/Tbilisi"))),
            Self::Centre => ("Silk Road Coordination Centre", None),
        }
    }

    /// Whether it is a regional centre.
    pub fn is_regional(self) -> bool {
        self.facts().1.is_none()
    }

    /// The role that speaks for it across borders.
    pub fn speaker(self) -> Role {
        if self.is_regional() { Role::Coordinator } else { Role::LiaisonOfficer }
    }

    /// Its country, where it has one.
    pub fn country(self) -> Option<&'static str> {
        self.facts().1.map(|(_, country, _)| country)
    }

    /// The domain of its addresses.
    pub(super) fn domain(self) -> String {
        format!("{self:?}.example").to_lowercase()
    }

    /// What a system admin enters for it.
    pub(super) fn description(self) -> Value {
        let (name, national) = self.facts();
        let contact = json!({"phone": "+996312000000", "email": format!("duty@{}", self.domain()), "hours": "24/7"});
        let mut body = json!({
            "name": name,
            "short_name": format!("{self:?}"),
            "kind": if national.is_some() { "national" } else { "regional" },
            "time_zone": "Asia/Almaty",
            "languages": ["ru", "en"],
            "contact_point": contact,
        });
        if let Some((branch, country, time_zone)) = national {
            body["branch"] = json!(branch);
            body["country"] = json!(country);
            body["time_zone"] = json!(time_zone);
        }
        body
    }
}
