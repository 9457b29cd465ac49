//! What a token of provisioning is, and what a provider says of an account: pure.

use serde::{Deserialize, Serialize};

use crate::email::Email;
use crate::error::{Error, Result};
use crate::identity::model::Locale;
use crate::ids::UserId;
use crate::text_enum;

/// How long a token may last, in seconds: a year.
pub const LONGEST_LIFE: i64 = 366 * 24 * 3600;
/// How many tokens of a provider work at the most: the present one and the next.
pub const MOST_TOKENS: i64 = 2;
/// The longest name of a token, in characters.
pub const LONGEST_TOKEN_NAME: usize = 200;
/// The longest id or user name that a provider gives, in characters.
pub const LONGEST_ID: usize = 255;
/// The longest full name, in characters.
pub const LONGEST_NAME: usize = 200;

text_enum! {
    /// What a provider's tokens name the user by whom it brings in under an `externalId`. Neither of them changes, and no user
    /// sets it: an address or a user name is not on this list.
    pub enum SubjectClaim {
        /// The subject.
        Sub = "sub",
        /// The object id of Entra ID, whose subject is another one for each application.
        Oid = "oid",
    }
}

text_enum! {
    /// Where a token stands.
    pub enum TokenStatus {
        /// Nobody has confirmed it yet.
        Waiting = "waiting",
        /// It works.
        Active = "active",
        /// Its time has passed.
        Expired = "expired",
        /// It was taken back.
        Revoked = "revoked",
    }
}

/// What a provider says of somebody, in its own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// What the user is called there.
    pub user_name: String,
    /// The name to be shown.
    #[serde(default)]
    pub display_name: Option<String>,
    /// The whole name.
    #[serde(default)]
    pub formatted: Option<String>,
    /// The given name.
    #[serde(default)]
    pub given_name: Option<String>,
    /// The family name.
    #[serde(default)]
    pub family_name: Option<String>,
    /// Where the user is written to.
    #[serde(default)]
    pub email: Option<Email>,
    /// The language, such as `ky-KG`.
    #[serde(default)]
    pub locale: Option<String>,
    /// The values that give roles; none where the provider never said any.
    #[serde(default)]
    pub roles: Option<Vec<String>>,
}

impl Profile {
    /// What no two accounts of a provider have in common: the user name, whose capitals do not matter (RFC 7643, section
    /// 4.1.1).
    #[must_use]
    pub fn key(&self) -> String {
        key(&self.user_name)
    }

    /// The name that is shown here.
    #[must_use]
    pub fn full_name(&self) -> String {
        let parts = [&self.given_name, &self.family_name];
        let joined = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
        let told = self.display_name.as_deref().or(self.formatted.as_deref());
        let name = told.unwrap_or(if joined.is_empty() { &self.user_name } else { &joined });
        name.chars().take(LONGEST_NAME).collect()
    }

    /// Where the user is written to; where the provider tells nothing, it is an address that nothing arrives at.
    ///
    /// # Errors
    /// Never; a defect.
    pub fn address(&self, user: UserId) -> Result<Email> {
        self.email.clone().map_or_else(|| no_address(user), Ok)
    }

    /// The language of pages and letters.
    #[must_use]
    pub fn language(&self) -> Locale {
        locale_of(self.locale.as_deref().unwrap_or_default())
    }
}

/// The same of a user name that is looked for.
#[must_use]
pub fn key(user_name: &str) -> String {
    user_name.to_lowercase()
}

/// The language that a tag such as `ky-KG` means; English where it is none of ours.
#[must_use]
pub fn locale_of(tag: &str) -> Locale {
    match tag.to_ascii_lowercase().split(['-', '_']).next() {
        Some("ru") => Locale::Ru,
        Some("ky") => Locale::Ky,
        _ => Locale::En,
    }
}

/// Every account has an address. Where a provider tells none, it is one that nothing arrives at (RFC 2606).
///
/// # Errors
/// Never; a defect.
pub fn no_address(user: UserId) -> Result<Email> {
    format!("{user}@no-address.invalid").parse().map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_is_shown_is_the_best_that_was_told() {
        let mut profile = Profile { user_name: "a.asanova".to_owned(), ..Profile::default() };
        assert_eq!(profile.full_name(), "a.asanova");
        profile.family_name = Some("Asanova".to_owned());
        assert_eq!(profile.full_name(), "Asanova");
        profile.given_name = Some("Aigul".to_owned());
        assert_eq!(profile.full_name(), "Aigul Asanova");
        profile.formatted = Some("Ms Aigul Asanova".to_owned());
        assert_eq!(profile.full_name(), "Ms Aigul Asanova");
        profile.display_name = Some("Aigul A.".to_owned());
        assert_eq!(profile.full_name(), "Aigul A.");
        profile.display_name = Some("x".repeat(300));
        assert_eq!(profile.full_name().chars().count(), LONGEST_NAME);
    }

    #[test]
    fn capitals_of_a_user_name_do_not_matter() {
        assert_eq!(key("A.Asanova@Example.KG"), key("a.asanova@example.kg"));
        assert_eq!(key("Айгуль"), key("айгуль"));
        assert_ne!(key("a"), key("b"));
    }

    #[test]
    fn a_language_is_known_by_its_first_part() {
        let of = ["ky-KG", "KY", "ru_RU", "en-US", "de", "", "kyz"].map(locale_of);
        let wanted =
            [Locale::Ky, Locale::Ky, Locale::Ru, Locale::En, Locale::En, Locale::En, Locale::En];
        assert_eq!(of, wanted);
    }
}
