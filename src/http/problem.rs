//! Errors as `application/problem+json` (RFC 9457).

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Class, Error, Fault, Missing};
use crate::http::scim;

/// An error as the client sees it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:passage:problem:validation-failed")]
    pub kind: String,
    /// One line for people.
    pub title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What happened here and what can be done about it.
    pub detail: String,
    /// The path that was asked for.
    #[schema(example = "/api/v1/cases")]
    pub instance: String,
    /// Stable, kebab-case; one that begins with `invariant-` names the invariant.
    #[schema(example = "validation-failed")]
    pub code: String,
    /// Every field that is not right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
    /// Everything that is missing for a refused command.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
}

/// The status of each class of errors.
pub(super) fn status(class: Class) -> StatusCode {
    match class {
        Class::Malformed => StatusCode::BAD_REQUEST,
        Class::Unauthenticated => StatusCode::UNAUTHORIZED,
        Class::Forbidden => StatusCode::FORBIDDEN,
        Class::NotFound => StatusCode::NOT_FOUND,
        Class::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Class::Conflict => StatusCode::CONFLICT,
        Class::Stale => StatusCode::PRECONDITION_FAILED,
        Class::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Class::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Class::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Class::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
        Class::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Class::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Class::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The response to an error; what only the operator may read goes to the log.
pub(super) fn respond(error: &Error, instance: &str) -> HttpResponse {
    let status = status(error.code().class);
    if let Some(operator) = error.operator() {
        tracing::error!(code = error.code().name, cause = operator, "request failed");
    }
    let mut response = if scim::is_spoken_at(instance) {
        scim::respond(error)
    } else {
        as_problem(error, status, instance)
    };
    let headers = response.headers_mut();
    if let Some(seconds) = error.retry_after() {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
    }
    response
}

fn as_problem(error: &Error, status: StatusCode, instance: &str) -> HttpResponse {
    let problem = Problem {
        kind: format!("urn:passage:problem:{}", error.code().name),
        title: error.code().title.to_owned(),
        status: status.as_u16(),
        detail: error.detail().to_owned(),
        instance: instance.to_owned(),
        code: error.code().name.to_owned(),
        errors: error.faults().to_vec(),
        missing: error.missing().to_vec(),
    };
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "application/problem+json"))
        .body(serde_json::to_string(&problem).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::codes;

    #[test]
    fn the_documentation_gives_every_code_its_status() {
        let documentation = include_str!("../../docs/api.md");
        for code in codes::ALL {
            let row = format!("| `{}` | {} | ", code.name, status(code.class).as_u16());
            assert!(documentation.lines().any(|line| line.starts_with(&row)), "{row}");
        }
    }
}
