//! E-mail addresses: what users sign in with, and where an agency or a country is written to.
//!
//! May import: `text_value`.

use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use utoipa::ToSchema;

use crate::text_value;

/// The longest address (RFC 5321, as corrected by erratum 1690).
const LONGEST: usize = 254;
/// The longest part before the `@` (RFC 5321, section 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

/// An e-mail address in its normal form: trimmed, small letters, ASCII, so that no two users have addresses that only
/// look different, or only look the same.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema, AsExpression, FromSqlRow,
)]
#[diesel(sql_type = Text)]
#[schema(value_type = String, format = "email", example = "a.asanova@example.kg")]
pub struct Email(String);

impl Email {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of nobody, for where one must stand.
    #[must_use]
    pub fn nobody() -> Self {
        Self("nobody@localhost".to_owned())
    }

    /// Whether mail to it can arrive: nothing does below the top-level domain `invalid` (RFC 2606), where the addresses of
    /// accounts are that have none.
    #[must_use]
    pub fn reaches_somebody(&self) -> bool {
        !self.0.ends_with(".invalid")
    }

    /// The part before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }
}

impl FromStr for Email {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = text.trim().to_ascii_lowercase();
        if address.len() > LONGEST {
            return Err(format!("expected an e-mail address of at most {LONGEST} characters"));
        }
        let refused = |c: char| !c.is_ascii_graphic() || "\"(),:;<>[\\]".contains(c);
        let dots_are_fine = |part: &str| part.split('.').all(|piece| !piece.is_empty());
        let fine = address.split_once('@').is_some_and(|(local, domain)| {
            local.len() <= LONGEST_LOCAL
                && dots_are_fine(local)
                && dots_are_fine(domain)
                && !address.contains(refused)
                && domain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
        });
        if fine {
            Ok(Self(address))
        } else {
            Err("expected an e-mail address such as a.asanova@example.kg".to_owned())
        }
    }
}

text_value!(Email);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_trimmed_and_made_small() {
        let email: Email = "  A.Asanova+cd@Example.KG \n".parse().unwrap();
        assert_eq!(email.as_str(), "a.asanova+cd@example.kg");
        assert_eq!(email.local_part(), "a.asanova+cd");
        assert!("officer@intranet".parse::<Email>().is_ok());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in [
            "",
            "@",
            "a",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "a@b c",
            "a\u{0}@b",
            "a@b\u{7}",
            "a@.b",
            "a@b.",
            ".a@b",
            "a..b@c",
            "a@b_c",
            "<a@b>",
            "a,b@c",
            "а@b.kg",
            "a@почта.кг",
            "a\tb@c",
        ] {
            assert!(wrong.parse::<Email>().is_err(), "{wrong:?}");
        }
        assert!(format!("{}@b.kg", "a".repeat(65)).parse::<Email>().is_err());
        assert!(format!("a@{}", "b".repeat(253)).parse::<Email>().unwrap_err().contains("254"));
        assert!(format!("a@{}", "b".repeat(252)).parse::<Email>().is_ok());
    }

    proptest! {
        #[test]
        fn the_normal_form_is_its_own(text in "\\PC*|[a-zA-Z.@ -]{1,20}") {
            if let Ok(email) = text.parse::<Email>() {
                prop_assert_eq!(email.as_str().parse::<Email>(), Ok(email));
            }
        }
    }
}
