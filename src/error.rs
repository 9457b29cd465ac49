//! What can go wrong, free of any transport.
//!
//! An [`Error`] carries two texts that are apart by type: what the client is told (`code`, `detail`, `faults`,
//! `missing`) and what only the operator sees (`operator`, written to the log). [`codes`] is the one registry of codes.
//!
//! May import: nothing of this crate.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The result of anything that a client can ask for.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The class of an error; every class has exactly one HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The input cannot be read.
    Malformed,
    /// Nobody, or nobody we know, is asking.
    Unauthenticated,
    /// The caller may see the thing and may not do this.
    Forbidden,
    /// The thing does not exist or may not be seen: the caller cannot tell which.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The state of things refuses the command.
    Conflict,
    /// The caller's version is not the current one.
    Stale,
    /// The input is larger than allowed.
    TooLarge,
    /// The input is of another type than asked for.
    WrongType,
    /// The input can be read and is not right.
    Invalid,
    /// A header that guards the request is missing.
    PreconditionRequired,
    /// Too often.
    TooMany,
    /// Something that the server needs is away or full.
    Unavailable,
    /// A defect.
    Internal,
}

/// A stable code with its title.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Kebab-case and stable: clients match on it.
    pub name: &'static str,
    /// One line for people.
    pub title: &'static str,
    /// The class, which settles the status.
    pub class: Class,
}

impl Code {
    /// The number of the invariant that the code names, where it names one.
    #[must_use]
    pub fn invariant(&self) -> Option<u8> {
        let (number, _) = self.name.strip_prefix("invariant-")?.split_once('-')?;
        number.parse().ok()
    }
}

/// The one registry of error codes. A test holds `docs/api.md` to it.
pub mod codes {
    use super::{Class, Code};

    macro_rules! registry {
        ($($name:ident: $class:ident $code:literal $title:literal;)*) => {
            $(#[doc = $title] pub static $name: Code = Code { name: $code, title: $title, class: Class::$class };)*
            /// Every code.
            pub static ALL: &[&Code] = &[$(&$name),*];
        };
    }
    registry! {
        MALFORMED: Malformed "malformed-request" "The request cannot be read";
        LOGOUT_TOKEN_REFUSED: Malformed "logout-token-refused" "The logout token does not count";
        SCIM_FILTER: Malformed "scim-filter" "This filter is not understood";
        SCIM_PATH: Malformed "scim-path" "This path is not understood";
        SCIM_NO_TARGET: Malformed "scim-no-target" "This change names nothing";
        SCIM_IMMUTABLE: Malformed "scim-immutable" "This attribute never changes";
        UNAUTHENTICATED: Unauthenticated "unauthenticated" "Sign in first";
        SIGN_IN_FAILED: Unauthenticated "sign-in-failed" "The sign-in failed";
        SECOND_FACTOR_REQUIRED: Unauthenticated "second-factor-required" "The password is right; a second factor is asked for too";
        INVALID_REFRESH_TOKEN: Unauthenticated "invalid-refresh-token" "The refresh token is not valid";
        FEDERATION_FAILED: Unauthenticated "federation-failed" "What the identity provider says does not count";
        FEDERATION_REQUIRED: Unauthenticated "federation-required" "Sign in through your agency's identity provider";
        INVALID_INVITATION: Unauthenticated "invalid-invitation" "The invitation is not valid";
        INVALID_PASSWORD_RESET: Unauthenticated "invalid-password-reset" "What sets a new password is not valid";
        INVALID_ADDRESS_CHANGE: Unauthenticated "invalid-address-change" "What confirms a new address is not valid";
        FORBIDDEN: Forbidden "forbidden" "You may see this and may not do this";
        INSUFFICIENT_SCOPE: Forbidden "insufficient-scope" "The machine account has not the scope for this";
        REAUTHENTICATION_REQUIRED: Forbidden "reauthentication-required" "Sign in again to do this";
        SECOND_FACTOR_SETUP_REQUIRED: Forbidden "second-factor-setup-required" "Your role needs a second factor first";
        NOT_FOUND: NotFound "not-found" "Nothing is here that you may see";
        METHOD_NOT_ALLOWED: MethodNotAllowed "method-not-allowed" "This path does not know that method";
        STATE: Conflict "state-refused" "The present state refuses this";
        TRANSITION_NOT_READY: Conflict "transition-not-ready" "The case is not ready for this state";
        MEMBERSHIP_EXISTS: Conflict "membership-exists" "The agency is a member already";
        DUPLICATE: Conflict "duplicate" "This exists already";
        LAST_ADMIN: Conflict "last-admin" "The last of its kind must stay";
        SEPARATION_OF_DUTIES: Invalid "separation-of-duties" "These roles exclude each other";
        REQUEST_IN_FLIGHT: Conflict "request-in-flight" "The first request with this key is still running";
        INVARIANT_1: Conflict "invariant-1-leg-not-authorised" "A country on the leg has no effective authorisation";
        INVARIANT_3: Conflict "invariant-3-not-permitted" "A country on the leg does not let the goods travel like this";
        INVARIANT_4: Conflict "invariant-4-one-control-period" "Exactly one control period is open for each consignment";
        INVARIANT_5: Conflict "invariant-5-control-by-handover" "Control changes by an accepted handover only";
        INVARIANT_6: Conflict "invariant-6-not-in-the-country" "Control begins in one's own country";
        INVARIANT_7: Conflict "invariant-7-not-theirs-to-decide" "An authority of the country decides, who did not ask";
        INVARIANT_8: Invalid "invariant-8-oral-grant-incomplete" "An oral grant names who said it, in which office, when, how, and by when it is confirmed";
        INVARIANT_9: Invalid "invariant-9-reason-required" "Refusal and revocation carry a reason";
        INVARIANT_10: Conflict "invariant-10-substitution-without-consent" "Goods are replaced with the consent of all States concerned";
        INVARIANT_12: Conflict "invariant-12-legs-not-contiguous" "Legs are contiguous in place and increasing in time";
        INVARIANT_13: Conflict "invariant-13-not-prepared" "Criteria, decision-makers, contacts and the deconfliction check come first";
        INVARIANT_16: Conflict "invariant-16-one-custodian" "An item has one custodian at any time";
        INVARIANT_18: Conflict "invariant-18-facts-are-immutable" "Facts are superseded, never overwritten";
        INVARIANT_20: Forbidden "invariant-20-audience" "Only its originator widens what is shown";
        INVARIANT_20_H2: Conflict "invariant-20-not-to-be-passed-on" "Not to be passed on without the sender's consent";
        H1_LOCK: Conflict "h1-lock" "Not to be used as evidence without the provider's permission";
        INVARIANT_25: Conflict "invariant-25-not-closable" "Something is still open in this case";
        STALE_VERSION: Stale "stale-version" "Someone changed this since you read it";
        TOO_LARGE: TooLarge "too-large" "The request is too large";
        WRONG_TYPE: WrongType "unsupported-media-type" "Send JSON";
        VALIDATION: Invalid "validation-failed" "Some of what you sent is not right";
        IDEMPOTENCY_KEY_REUSED: Invalid "idempotency-key-reused" "This key was used for another request";
        IF_MATCH_REQUIRED: PreconditionRequired "if-match-required" "Say which version you change";
        CONSULTATION_REASON_REQUIRED: PreconditionRequired "consultation-reason-required" "Say why you consult this case";
        TOO_MANY: TooMany "too-many-requests" "Too many attempts";
        UNAVAILABLE: Unavailable "unavailable" "The server cannot answer now";
        PROVIDER_UNAVAILABLE: Unavailable "provider-unavailable" "The identity provider does not answer";
        INTERNAL: Internal "internal-error" "The server failed";
    }
}

/// One thing that is wrong with the input, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// JSON pointer (RFC 6901) into the request body; `?name` for a query parameter.
    #[schema(example = "/consignments/0/quantity")]
    pub pointer: String,
    /// What is wrong and what would be right.
    #[schema(example = "expected a decimal number such as 10.6")]
    pub detail: String,
}

impl Fault {
    /// A fault at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// One thing that stands between a command and its acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Missing {
    /// The country concerned (ISO 3166-1 alpha-2).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "KZ")]
    pub country: Option<String>,
    /// The id of the thing concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What is missing, in kebab-case.
    #[schema(example = "no-authorisation")]
    pub reason: String,
    /// The number of the invariant that it breaches, where it breaches one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 1)]
    pub invariant: Option<u8>,
}

impl Missing {
    /// Something missing that belongs to no country and no other thing.
    pub fn reason(reason: impl Into<String>) -> Self {
        Self { country: None, subject: None, reason: reason.into(), invariant: None }
    }

    /// Something missing of the thing with the id `subject`.
    pub fn of(subject: impl fmt::Display, reason: impl Into<String>) -> Self {
        let subject = Some(subject.to_string());
        Self { country: None, subject, reason: reason.into(), invariant: None }
    }

    /// The same, as a breach of the invariant that `code` names; what has a number of its own keeps it.
    #[must_use]
    pub fn under(mut self, code: &Code) -> Self {
        self.invariant = self.invariant.or_else(|| code.invariant());
        self
    }
}

/// A command refused by the state of things: a value of the pure rules, which know no transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code; one that begins with `invariant-` names the invariant.
    pub code: &'static Code,
    /// What a person can do about it.
    pub detail: String,
    /// Everything that is missing.
    pub missing: Vec<Missing>,
}

impl Refusal {
    /// A refusal with nothing to list.
    pub fn new(code: &'static Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), missing: Vec::new() }
    }

    /// The same refusal, listing what is missing: by the invariant of its code, unless an item names another.
    #[must_use]
    pub fn missing(mut self, missing: Vec<Missing>) -> Self {
        self.missing = missing.into_iter().map(|missing| missing.under(self.code)).collect();
        self
    }
}

/// An error with what the client is told and, apart from it, what the operator sees.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: &'static Code,
    detail: String,
    faults: Vec<Fault>,
    missing: Vec<Missing>,
    retry_after: Option<u32>,
    operator: Option<String>,
}

impl Error {
    /// An error with a code and words for the client.
    pub fn new(code: &'static Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            detail: detail.into(),
            faults: Vec::new(),
            missing: Vec::new(),
            retry_after: None,
            operator: None,
        }))
    }

    /// The one answer for what does not exist and for what may not be seen.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(&codes::NOT_FOUND, "There is nothing here, or nothing that you may see.")
    }

    /// The caller sees the thing and may not do this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(&codes::FORBIDDEN, detail)
    }

    /// Input that can be read and is not right, every fault named.
    #[must_use]
    pub fn invalid(faults: Vec<Fault>) -> Self {
        let detail = match faults.len() {
            1 => "One field is not right; see errors.".to_owned(),
            count => format!("{count} fields are not right; see errors."),
        };
        let mut error = Self::new(&codes::VALIDATION, detail);
        error.0.faults = faults;
        error
    }

    /// Something the server needs is away or full; the client may try again after `seconds`.
    pub fn unavailable(seconds: u32, operator: impl fmt::Display) -> Self {
        let mut error = Self::new(
            &codes::UNAVAILABLE,
            "The server cannot answer now. Send the same request again, with the same Idempotency-Key.",
        );
        error.0.retry_after = Some(seconds);
        error.0.operator = Some(operator.to_string());
        error
    }

    /// Too often; the client may try again after `seconds`.
    pub fn too_many(seconds: u32, detail: impl Into<String>) -> Self {
        let mut error = Self::new(&codes::TOO_MANY, detail);
        error.0.retry_after = Some(seconds);
        error
    }

    /// Something that others must do first; the client may try again after `seconds`.
    pub fn retry(code: &'static Code, seconds: u32, detail: impl Into<String>) -> Self {
        let mut error = Self::new(code, detail);
        error.0.retry_after = Some(seconds);
        error
    }

    /// A defect: the client learns nothing of it, the operator everything.
    pub fn internal(operator: impl fmt::Display) -> Self {
        let mut error = Self::new(
            &codes::INTERNAL,
            "The server failed. The failure is logged under this request's id.",
        );
        error.0.operator = Some(operator.to_string());
        error
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &'static Code {
        self.0.code
    }

    /// What the client is told.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Every fault of the input.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.0.faults
    }

    /// Everything that is missing for a refused command.
    #[must_use]
    pub fn missing(&self) -> &[Missing] {
        &self.0.missing
    }

    /// Seconds until another try makes sense.
    #[must_use]
    pub fn retry_after(&self) -> Option<u32> {
        self.0.retry_after
    }

    /// What only the operator may read.
    #[must_use]
    pub fn operator(&self) -> Option<&str> {
        self.0.operator.as_deref()
    }
}

/// A refusal as it is kept under an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptError {
    code: String,
    detail: String,
    faults: Vec<Fault>,
    missing: Vec<Missing>,
}

impl Error {
    /// What is kept of this error under an idempotency key: refusals only, because a failure may pass.
    #[must_use]
    pub fn kept(&self) -> Option<KeptError> {
        matches!(self.0.code.class, Class::Conflict | Class::Stale | Class::Invalid).then(|| {
            KeptError {
                code: self.0.code.name.to_owned(),
                detail: self.0.detail.clone(),
                faults: self.0.faults.clone(),
                missing: self.0.missing.clone(),
            }
        })
    }
}

impl From<KeptError> for Error {
    fn from(kept: KeptError) -> Self {
        let known = codes::ALL.iter().find(|code| code.name == kept.code);
        let code = known.copied().unwrap_or(&codes::STATE);
        let mut error = Self::new(code, kept.detail);
        error.0.faults = kept.faults;
        error.0.missing = kept.missing;
        error
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.0.code.name, self.0.detail)
    }
}

impl std::error::Error for Error {}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let mut error = Self::new(refusal.code, refusal.detail);
        error.0.missing = refusal.missing;
        error
    }
}

/// Collects every fault of an input before it is refused.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// No fault yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether no fault was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes a fault at `pointer`.
    pub fn add(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.0.push(Fault::new(pointer, detail));
    }

    /// Notes all that `others` noted.
    pub fn append(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Notes a fault at `pointer` unless `fine`.
    pub fn check(&mut self, fine: bool, pointer: &str, detail: &str) {
        if !fine {
            self.add(pointer, detail);
        }
    }

    /// The value of `result`, or its error noted as a fault at `pointer`.
    pub fn take<T, E: fmt::Display>(&mut self, pointer: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(pointer, error.to_string())).ok()
    }

    /// Checks a text: trimmed it is neither empty nor longer than `longest` characters, and has no control
    /// characters but line breaks and tabs.
    pub fn text(&mut self, pointer: &str, text: &str, longest: usize) {
        if text.trim().is_empty() {
            self.add(pointer, format!("expected a text of 1 to {longest} characters"));
        } else {
            self.optional_text(pointer, Some(text), longest);
        }
    }

    /// Checks a text that may be missing or empty.
    pub fn optional_text(&mut self, pointer: &str, text: Option<&str>, longest: usize) {
        let Some(text) = text else { return };
        if text.chars().count() > longest {
            self.add(pointer, format!("expected at most {longest} characters"));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.add(pointer, "expected no control characters but line breaks and tabs");
        }
    }

    /// `Ok` without a fault, otherwise the error that names them all.
    ///
    /// # Errors
    /// When a fault was noted.
    pub fn finish(self) -> Result<()> {
        self.finish_as(&codes::VALIDATION)
    }

    /// The same, where all the faults together are one matter with a code of its own.
    ///
    /// # Errors
    /// When a fault was noted.
    pub fn finish_as(self, code: &'static Code) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut error = Error::invalid(self.0);
        error.0.code = code;
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The table of codes in the documentation: title by code.
    fn documented() -> BTreeMap<&'static str, &'static str> {
        let mut titles = BTreeMap::new();
        for line in include_str!("../docs/api.md").lines() {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, code, status, title, _, _] = cells[..] else { continue };
            let code = code.strip_prefix('`').and_then(|code| code.strip_suffix('`'));
            if let (Some(code), true) = (code, status.parse::<u16>().is_ok()) {
                assert_eq!(titles.insert(code, title), None, "{code} stands there twice");
            }
        }
        titles
    }

    #[test]
    fn the_documentation_lists_every_code_and_no_other() {
        let registered: BTreeMap<_, _> =
            codes::ALL.iter().map(|code| (code.name, code.title)).collect();
        assert_eq!(registered.len(), codes::ALL.len(), "two codes have one name");
        assert_eq!(documented(), registered);
    }
}
