//! What a caller handed in, read no earlier than access to what it is for has been judged.
//!
//! The order of judgement is the contract's: type and syntax (415, 400), then the version (428, 412), then the shape
//! and every value (422). A use case gets it by calling [`Submission::read`] or [`Submission::read_guarded`] after it
//! got its permit.
//!
//! May import: `answer`, `error`.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::answer::etag;
use crate::error::{Error, Fault, Result, codes};

/// A request's body and the headers that guard it.
#[derive(Debug, Clone, Default)]
pub struct Submission {
    /// The body's media type, as sent.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    /// `If-Match`, as sent.
    pub if_match: Option<String>,
}

impl Submission {
    /// Reads the body.
    ///
    /// # Errors
    /// Wrong type, malformed, or invalid in shape.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        self.check_syntax()?;
        Self::shape(&self.body)
    }

    /// Reads the body where one may be missing: an empty body is an empty object.
    ///
    /// # Errors
    /// Wrong type, malformed, or invalid in shape.
    pub fn read_or_empty<T: DeserializeOwned>(&self) -> Result<T> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Self::shape(b"{}");
        }
        self.read()
    }

    /// Reads the body as SCIM has it (RFC 7644, section 3.1): an object, of which nothing but its syntax is judged here.
    ///
    /// # Errors
    /// Wrong type, malformed, or no object.
    pub fn read_scim(&self) -> Result<Map<String, Value>> {
        self.check_syntax_of(&["application/scim+json", "application/json"])?;
        Self::shape(&self.body)
    }

    /// Reads the body where others than our own clients send it, as a form does (`application/x-www-form-urlencoded`). What
    /// else they send does not matter, and of what is wrong with it they are told nothing but that (400).
    ///
    /// # Errors
    /// Wrong type, or malformed.
    pub fn read_form<T: DeserializeOwned>(&self) -> Result<T> {
        if self.media_type() != "application/x-www-form-urlencoded" {
            let words = "Send the body as application/x-www-form-urlencoded.";
            return Err(Error::new(&codes::WRONG_TYPE, words));
        }
        let text = std::str::from_utf8(&self.body)
            .map_err(|_| Error::new(&codes::MALFORMED, "The body is not UTF-8."))?;
        serde_urlencoded::from_str(text).map_err(|error| {
            Error::new(&codes::MALFORMED, format!("The form cannot be read: {error}."))
        })
    }

    /// The type of the body, in small letters and without parameters.
    fn media_type(&self) -> String {
        let sent = self.content_type.as_deref().unwrap_or_default();
        sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Reads the body of a change to a row whose present version is `version`.
    ///
    /// # Errors
    /// Wrong type or malformed; the version missing or stale; invalid in shape.
    pub fn read_guarded<T: DeserializeOwned>(&self, version: i64) -> Result<T> {
        self.check_syntax()?;
        self.guard(version)?;
        Self::shape(&self.body)
    }

    /// Holds `If-Match` against the present version of the row. `*` and a list name no one version and
    /// count as stale.
    ///
    /// # Errors
    /// The version is missing or stale.
    pub fn guard(&self, version: i64) -> Result<()> {
        let Some(if_match) = &self.if_match else {
            return Err(Error::new(
                &codes::IF_MATCH_REQUIRED,
                "Send If-Match with the ETag that you read, so that nobody's change is overwritten.",
            ));
        };
        if if_match.trim() == etag(version) {
            return Ok(());
        }
        Err(Error::new(
            &codes::STALE_VERSION,
            "Someone changed this since you read it, or the ETag is of something else; read it again.",
        ))
    }

    fn check_syntax(&self) -> Result<()> {
        self.check_syntax_of(&["application/json", "application/merge-patch+json"])
    }

    fn check_syntax_of(&self, types: &[&str]) -> Result<()> {
        if !types.contains(&self.media_type().as_str()) {
            return Err(Error::new(&codes::WRONG_TYPE, "Send the body as application/json."));
        }
        std::str::from_utf8(&self.body)
            .map_err(|_| Error::new(&codes::MALFORMED, "The body is not UTF-8."))?;
        serde_json::from_slice::<IgnoredAny>(&self.body).map_err(|error| {
            Error::new(
                &codes::MALFORMED,
                format!(
                    "The body is not JSON: see line {}, column {}.",
                    error.line(),
                    error.column()
                ),
            )
        })?;
        Ok(())
    }

    fn shape<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
        if has_nul_escape(body) {
            return Err(Error::invalid(vec![Fault::new("", "expected no U+0000 in any text")]));
        }
        if body.trim_ascii_start().first() != Some(&b'{') {
            // Otherwise a list would be taken for the fields in their order.
            return Err(Error::invalid(vec![Fault::new("", "expected an object")]));
        }
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            let pointer = pointer(error.path());
            Error::invalid(vec![Fault::new(pointer, said(&error.into_inner()))])
        })
    }
}

/// For a field of a merge patch (RFC 7396) that cannot be cleared: absent keeps it, null is a fault.
///
/// # Errors
/// The shape of the value.
pub fn kept<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// For a field of a merge patch (RFC 7396) that can be cleared: absent keeps it, null clears it.
///
/// # Errors
/// The shape of the value.
pub fn clearable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// The words of a shape error without the position, which is in the pointer.
fn said(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.rsplit_once(" at line ").map_or(words.clone(), |(before, _)| before.to_owned())
}

/// The JSON pointer of a place in a body.
pub(crate) fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                Some(format!("/{}", key.replace('~', "~0").replace('/', "~1")))
            }
            Segment::Unknown => None,
        })
        .collect()
}

/// Whether a JSON text has an escaped U+0000, which `PostgreSQL` cannot keep.
fn has_nul_escape(body: &[u8]) -> bool {
    let mut escaped = false;
    body.iter().enumerate().any(|(at, byte)| {
        if escaped {
            escaped = false;
            return *byte == b'u' && body.get(at + 1..at + 5) == Some(b"0000".as_slice());
        }
        escaped = *byte == b'\\';
        false
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only its reading is tested")]
        items: Vec<u8>,
    }

    fn sent(body: &str) -> Submission {
        Submission {
            content_type: Some("application/json; charset=utf-8".to_owned()),
            body: body.as_bytes().to_vec(),
            if_match: Some("\"3\"".to_owned()),
        }
    }

    fn code(result: Result<Sample>) -> &'static str {
        result.unwrap_err().code().name
    }

    #[test]
    fn the_order_is_type_syntax_version_shape() {
        let mut wrong = sent("{");
        wrong.content_type = Some("text/plain".to_owned());
        assert_eq!(code(wrong.read_guarded(1)), "unsupported-media-type");
        assert_eq!(code(sent("{").read_guarded(1)), "malformed-request");
        assert_eq!(code(sent("{\"x\":1}").read_guarded(1)), "stale-version");
        assert_eq!(code(sent("{\"x\":1}").read_guarded(3)), "validation-failed");
        assert!(sent("{\"items\":[1]}").read_guarded::<Sample>(3).is_ok());
    }

    #[test]
    fn a_missing_version_and_a_star_are_no_version() {
        let mut submission = sent("{}");
        submission.if_match = None;
        assert_eq!(submission.guard(3).unwrap_err().code().name, "if-match-required");
        submission.if_match = Some("*".to_owned());
        assert_eq!(submission.guard(3).unwrap_err().code().name, "stale-version");
    }

    #[test]
    fn a_shape_error_points_at_its_place_and_doubled_fields_are_one() {
        let error = sent(r#"{"items":[1,"x"]}"#).read::<Sample>().unwrap_err();
        assert_eq!(error.faults()[0].pointer, "/items/1");
        assert!(!error.faults()[0].detail.contains("line"));
        assert_eq!(code(sent(r#"{"items":[],"items":[]}"#).read()), "validation-failed");
    }

    #[test]
    fn a_list_is_not_taken_for_the_fields_in_their_order() {
        assert_eq!(code(sent("[[1]]").read()), "validation-failed");
        assert_eq!(code(sent("null").read()), "validation-failed");
        assert!(sent(" \n{\"items\":[1]}").read::<Sample>().is_ok());
    }

    #[test]
    fn an_escaped_nul_is_found_and_an_escaped_backslash_is_not_one() {
        assert!(has_nul_escape(br#"{"a":"\u0000"}"#));
        assert!(!has_nul_escape(br#"{"a":"\\u0000"}"#));
    }
}
