//! What a use case answers, in the terms of the contract: a status, a body, and the version that it carries.
//!
//! It is a value of its own, and no HTTP response, because it is made inside the transaction and kept there under the
//! request's idempotency key.
//!
//! May import: `error`.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body as JSON text; none for 204.
    pub body: Option<String>,
    /// The strong entity tag of the one row that the body shows.
    pub etag: Option<String>,
    /// Where a thing that was made can be read.
    pub location: Option<String>,
    /// What the browser is to keep, as a `Set-Cookie` header.
    #[serde(skip)]
    pub cookie: Option<String>,
    /// What is kept instead of the body, where the body says a secret once.
    #[serde(skip)]
    pub kept_body: Option<String>,
}

impl Answer {
    /// 200 with a body.
    ///
    /// # Errors
    /// A defect, when the body cannot be written as JSON.
    pub fn ok(body: &impl Serialize) -> Result<Self> {
        Self::with_status(200, body)
    }

    /// 201 with a body and the path of what was made.
    ///
    /// # Errors
    /// A defect, when the body cannot be written as JSON.
    pub fn created(body: &impl Serialize, location: impl Into<String>) -> Result<Self> {
        let mut answer = Self::with_status(201, body)?;
        answer.location = Some(location.into());
        Ok(answer)
    }

    /// 204, without a body.
    #[must_use]
    pub fn empty() -> Self {
        Self { status: 204, body: None, etag: None, location: None, cookie: None, kept_body: None }
    }

    /// 302, sending a browser elsewhere.
    #[must_use]
    pub fn found(location: impl Into<String>) -> Self {
        Self { status: 302, location: Some(location.into()), ..Self::empty() }
    }

    /// The same answer, which has the browser keep `cookie`.
    #[must_use]
    pub fn cookie(mut self, cookie: String) -> Self {
        self.cookie = Some(cookie);
        self
    }

    /// 202, without a body.
    #[must_use]
    pub fn accepted() -> Self {
        Self { status: 202, ..Self::empty() }
    }

    /// `status` with a body: a refusal too, where the contract gives it a form of its own.
    ///
    /// # Errors
    /// A defect, when the body cannot be written as JSON.
    pub fn with_status(status: u16, body: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_string(body).map_err(Error::internal)?;
        Ok(Self { status, body: Some(body), ..Self::empty() })
    }

    /// The same answer, carrying the version of the row that it shows.
    #[must_use]
    pub fn version(mut self, version: i64) -> Self {
        self.etag = Some(etag(version));
        self
    }

    /// The same answer; `body` is what is kept under an idempotency key in its place.
    ///
    /// # Errors
    /// A defect, when the body cannot be written as JSON.
    pub fn keeping(mut self, body: &impl Serialize) -> Result<Self> {
        self.kept_body = Some(serde_json::to_string(body).map_err(Error::internal)?);
        Ok(self)
    }

    /// What is kept of this answer.
    #[must_use]
    pub fn kept(&self) -> Self {
        let mut kept = self.clone();
        if let Some(body) = kept.kept_body.take() {
            kept.body = Some(body);
        }
        kept
    }
}

/// The strong entity tag of a row's version.
#[must_use]
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}
