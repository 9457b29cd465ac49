//! Fields that are judged together: a body is read leniently first, then every field says what is wrong with it, so
//! that one answer names every fault.
//!
//! May import: `error`, `time_zone`.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};

use crate::error::Faults;
use crate::time_zone;

/// A field as it was sent: missing, or some JSON that may or may not be a `T`.
#[derive(Debug, Clone)]
pub struct Field<T> {
    sent: Option<Value>,
    wanted: PhantomData<fn() -> T>,
}

/// What a merge patch (RFC 7396) says of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Patch<T> {
    /// Nothing: it stays.
    Keep,
    /// Null: it goes.
    Clear,
    /// A value: it takes the place of the present one.
    Set(T),
}

impl<T> Patch<T> {
    /// Applies the patch to a field that may be empty.
    pub fn apply(self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value),
        }
    }
}

impl<T> Default for Field<T> {
    fn default() -> Self {
        Self { sent: None, wanted: PhantomData }
    }
}

impl<'de, T> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { sent: Some(Value::deserialize(deserializer)?), wanted: PhantomData })
    }
}

impl<T: DeserializeOwned> Field<T> {
    /// The value that must be there.
    pub fn required(&self, faults: &mut Faults, pointer: &str) -> Option<T> {
        match &self.sent {
            None => {
                faults.add(pointer, "is missing");
                None
            }
            Some(value) => read(value, faults, pointer),
        }
    }

    /// The value that may be there; null is none.
    pub fn optional(&self, faults: &mut Faults, pointer: &str) -> Option<T> {
        match &self.sent {
            None | Some(Value::Null) => None,
            Some(value) => read(value, faults, pointer),
        }
    }

    /// What a merge patch says of a field that may be empty.
    pub fn patch(&self, faults: &mut Faults, pointer: &str) -> Patch<T> {
        match &self.sent {
            None => Patch::Keep,
            Some(Value::Null) => Patch::Clear,
            Some(value) => read(value, faults, pointer).map_or(Patch::Keep, Patch::Set),
        }
    }

    /// What a merge patch says of a field that is never empty: a new value, or nothing.
    pub fn patch_required(&self, faults: &mut Faults, pointer: &str) -> Option<T> {
        match &self.sent {
            Some(Value::Null) => {
                faults.add(pointer, "cannot be taken away");
                None
            }
            other => other.as_ref().and_then(|value| read(value, faults, pointer)),
        }
    }
}

impl Field<String> {
    /// A text that must be there: trimmed, of 1 to `longest` characters.
    pub fn text(&self, faults: &mut Faults, pointer: &str, longest: usize) -> Option<String> {
        let text = self.required(faults, pointer)?;
        faults.text(pointer, &text, longest);
        Some(text.trim().to_owned())
    }

    /// A text that may be there: of at most `longest` characters; blank is none.
    pub fn optional_text(
        &self,
        faults: &mut Faults,
        pointer: &str,
        longest: usize,
    ) -> Option<String> {
        let text = self.optional(faults, pointer)?;
        faults.optional_text(pointer, Some(&text), longest);
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// The IANA zone in which a time is told, by its proper name: the zone `home` unless said.
    pub fn zone(&self, faults: &mut Faults, pointer: &str, home: &str) -> String {
        let said = self.optional(faults, pointer);
        let zone = said.and_then(|zone| faults.take(pointer, time_zone::canonical(&zone)));
        zone.unwrap_or_else(|| home.to_owned())
    }

    /// What a merge patch says of a text that may be empty.
    pub fn patch_text(&self, faults: &mut Faults, pointer: &str, longest: usize) -> Patch<String> {
        match self.patch(faults, pointer) {
            Patch::Set(text) => {
                faults.text(pointer, &text, longest);
                Patch::Set(text.trim().to_owned())
            }
            other => other,
        }
    }
}

fn read<T: DeserializeOwned>(value: &Value, faults: &mut Faults, pointer: &str) -> Option<T> {
    serde_path_to_error::deserialize(value)
        .map_err(|error| {
            let inner = crate::submission::pointer(error.path());
            faults.add(format!("{pointer}{inner}"), error.into_inner().to_string());
        })
        .ok()
}

impl<T: utoipa::ToSchema> utoipa::PartialSchema for Field<T> {
    fn schema() -> RefOr<Schema> {
        T::schema()
    }
}

impl<T: utoipa::ToSchema> utoipa::ToSchema for Field<T> {
    fn name() -> Cow<'static, str> {
        T::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Sample {
        name: Field<String>,
        number: Field<u8>,
        gone: Field<u8>,
    }

    fn sample(body: &str) -> Sample {
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let mut faults = Faults::new();
        let body = sample(r#"{"number":"x","gone":null}"#);
        assert_eq!(body.name.text(&mut faults, "/name", 10), None);
        assert_eq!(body.number.required(&mut faults, "/number"), None);
        assert_eq!(body.gone.patch_required(&mut faults, "/gone"), None);
        assert_eq!(faults.finish().unwrap_err().faults().len(), 3);
    }

    #[test]
    fn a_patch_tells_missing_from_null() {
        let mut faults = Faults::new();
        let body = sample(r#"{"number":7,"gone":null}"#);
        assert_eq!(body.name.patch(&mut faults, "/name"), Patch::Keep);
        assert_eq!(body.number.patch(&mut faults, "/number"), Patch::Set(7));
        assert_eq!(body.gone.patch(&mut faults, "/gone"), Patch::Clear);
        assert!(faults.finish().is_ok());
    }
}
