//! What surrounds one request: who asks, when, and under which names.

use crate::access::{Caller, Officer, Provisioner, Scope};
use crate::clock::Instant;
use crate::config::Matches;
use crate::error::{Error, Result, codes};
use crate::ids::RequestId;

/// What makes a retried command have one effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// SHA-256 over method, path and the client's key.
    pub key: [u8; 32],
    /// SHA-256 over the request's body and the headers that guard it.
    pub request: [u8; 32],
}

/// What surrounds one request.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who asks.
    pub caller: Caller,
    /// The moment that counts as now for the whole request.
    pub now: Instant,
    /// The id under which the request is logged and journalled.
    pub request: RequestId,
    /// The operation asked for, as the contract names it.
    pub operation: &'static str,
    /// Whether a case is consulted only with a reason.
    pub reason_required: bool,
    /// How many identifiers may be matched within an hour.
    pub matches: Matches,
    /// Why a case is consulted, as the caller said with this request.
    pub consultation_reason: Option<String>,
    /// The key under which the answer is kept.
    pub idempotency: Option<IdempotencyKey>,
}

impl Context {
    /// The context of a command on the server's own machine.
    #[must_use]
    pub fn of_command(name: &'static str, now: Instant) -> Self {
        Self {
            caller: Caller::Command(name),
            now,
            request: RequestId::new(now),
            operation: name,
            reason_required: false,
            matches: Matches { officer: i64::MAX, agency: i64::MAX },
            consultation_reason: None,
            idempotency: None,
        }
    }

    /// The officer who asks.
    ///
    /// # Errors
    /// When nobody has signed in.
    pub fn officer(&self) -> Result<&Officer> {
        self.caller.officer().ok_or_else(|| Error::new(&codes::UNAUTHENTICATED, "Sign in first."))
    }

    /// The identity provider that asks.
    ///
    /// # Errors
    /// When none does.
    pub fn provisioner(&self) -> Result<Provisioner> {
        let missing = || Error::new(&codes::UNAUTHENTICATED, "Send the provisioning token.");
        self.caller.provisioner().ok_or_else(missing)
    }

    /// What the officer's lists are cut to.
    ///
    /// # Errors
    /// When nobody has signed in.
    pub fn scope(&self) -> Result<Scope> {
        self.officer().map(Scope::of)
    }
}
