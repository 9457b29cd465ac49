//! Closed lists of words: one declaration gives the Rust enum, its word in JSON and in both databases, and its
//! schema. A word that is not on the list is an error that names the list.
//!
//! May import: nothing of this crate.

/// An enum whose variants are stored and sent as fixed words.
pub trait TextEnum: Sized + Copy + 'static {
    /// Every variant, in the order of its declaration.
    const ALL: &'static [Self];

    /// The word of this variant.
    fn as_str(self) -> &'static str;

    /// The variant of `word`, if there is one.
    #[must_use]
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|variant| variant.as_str() == word)
    }

    /// The words, for an error that says what would be right.
    #[must_use]
    fn words() -> String {
        Self::ALL.iter().map(|variant| variant.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Declares a [`TextEnum`]: `text_enum! { /// doc  pub enum Kind { /// doc  Narcotic = "narcotic" } }`.
///
/// The word is taken as a bare token: wrapped as a literal, the schema's derive does not see it and names the variant.
#[macro_export]
macro_rules! text_enum {
    ($(#[$outer:meta])* pub enum $name:ident { $($(#[$inner:meta])* $variant:ident = $word:tt),+ $(,)? }) => {
        $(#[$outer])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, utoipa::ToSchema,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
        )]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name { $($(#[$inner])* #[serde(rename = $word)] $variant),+ }

        impl $crate::text_enum::TextEnum for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str($crate::text_enum::TextEnum::as_str(*self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <String as serde::Deserialize>::deserialize(deserializer)?;
                <Self as $crate::text_enum::TextEnum>::from_word(&word).ok_or_else(|| {
                    serde::de::Error::custom(format!(
                        "expected one of {}",
                        <Self as $crate::text_enum::TextEnum>::words()
                    ))
                })
            }
        }

        impl<B: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::Text, B> for $name
        where
            str: diesel::serialize::ToSql<diesel::sql_types::Text, B>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, B>,
            ) -> diesel::serialize::Result {
                $crate::text_enum::TextEnum::as_str(*self).to_sql(out)
            }
        }

        impl<B: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::Text, B> for $name
        where
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, B>,
        {
            fn from_sql(bytes: B::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                let word = <String as diesel::deserialize::FromSql<diesel::sql_types::Text, B>>::from_sql(bytes)?;
                <Self as $crate::text_enum::TextEnum>::from_word(&word)
                    .ok_or_else(|| format!("{word:?} is no {}", stringify!($name)).into())
            }
        }
    };
}
