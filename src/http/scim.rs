//! The language of SCIM (RFC 7644), which identity providers speak: its media type, and its form of errors.
//!
//! SCIM has no 422: what can be read and is not right is a 400 there, and `scimType` says what is wrong with it.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Class, Error, codes};
use crate::http::problem;

/// The media type.
pub(super) const MEDIA_TYPE: &str = "application/scim+json";
/// What the paths begin with.
const BASE: &str = "/api/v1/scim/";
/// What an error calls itself.
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// An error as SCIM knows it (RFC 7644, section 3.12).
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "409", "scimType": "uniqueness",
    "detail": "Somebody has this userName already."
}))]
pub struct ScimError {
    /// What this is: the URI of the message.
    pub schemas: [&'static str; 1],
    /// The HTTP status, as text.
    pub status: String,
    /// What is wrong with the request, in a word of SCIM.
    #[serde(rename = "scimType", skip_serializing_if = "Option::is_none")]
    #[schema(rename = "scimType")]
    pub scim_type: Option<&'static str>,
    /// What happened here and what can be done about it.
    pub detail: String,
}

/// Whether SCIM is spoken at `path`.
pub(super) fn is_spoken_at(path: &str) -> bool {
    path.starts_with(BASE)
}

/// The status of each class of errors.
fn status(class: Class) -> StatusCode {
    match class {
        Class::Invalid | Class::PreconditionRequired => StatusCode::BAD_REQUEST,
        other => problem::status(other),
    }
}

/// The word for what is wrong (RFC 7644, table 9).
fn scim_type(error: &Error) -> Option<&'static str> {
    let code = error.code();
    let is = |known: &'static crate::error::Code| code.name == known.name;
    if is(&codes::SCIM_FILTER) {
        Some("invalidFilter")
    } else if is(&codes::SCIM_PATH) {
        Some("invalidPath")
    } else if is(&codes::SCIM_NO_TARGET) {
        Some("noTarget")
    } else if is(&codes::SCIM_IMMUTABLE) {
        Some("mutability")
    } else if is(&codes::DUPLICATE) {
        Some("uniqueness")
    } else {
        match code.class {
            Class::Malformed => Some("invalidSyntax"),
            Class::Invalid => Some("invalidValue"),
            _ => None,
        }
    }
}

/// What people read: every fault, where there are some.
fn detail(error: &Error) -> String {
    if error.faults().is_empty() {
        return error.detail().to_owned();
    }
    let faults = error.faults().iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail));
    faults.collect::<Vec<_>>().join("; ")
}

/// The response to an error, without the headers that every error has.
pub(super) fn respond(error: &Error) -> HttpResponse {
    let status = status(error.code().class);
    let body = ScimError {
        schemas: [ERROR],
        status: status.as_u16().to_string(),
        scim_type: scim_type(error),
        detail: detail(error),
    };
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, MEDIA_TYPE))
        .body(serde_json::to_string(&body).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Fault, Refusal};

    #[test]
    fn what_is_wrong_is_said_in_words_of_scim() {
        let of = |error: &Error| (status(error.code().class).as_u16(), scim_type(error));
        let invalid = Error::invalid(vec![Fault::new("/a", "x"), Fault::new("/b", "y")]);
        assert_eq!(of(&invalid), (400, Some("invalidValue")));
        assert_eq!(detail(&invalid), "/a: x; /b: y");
        for (code, wanted) in [
            (&codes::SCIM_FILTER, (400, Some("invalidFilter"))),
            (&codes::SCIM_PATH, (400, Some("invalidPath"))),
            (&codes::SCIM_NO_TARGET, (400, Some("noTarget"))),
            (&codes::SCIM_IMMUTABLE, (400, Some("mutability"))),
            (&codes::MALFORMED, (400, Some("invalidSyntax"))),
            (&codes::DUPLICATE, (409, Some("uniqueness"))),
            (&codes::STATE, (409, None)),
            (&codes::STALE_VERSION, (412, None)),
            (&codes::NOT_FOUND, (404, None)),
            (&codes::UNAUTHENTICATED, (401, None)),
        ] {
            assert_eq!(of(&Refusal::new(code, "words").into()), wanted, "{}", code.name);
        }
    }
}
