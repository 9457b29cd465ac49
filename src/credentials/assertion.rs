//! Client assertions (RFC 7523): what a machine proves with that it is the client, by a signature of its own key.
//!
//! What is believed of one is fixed here: its type, one audience which is our issuer, one minute of life at the most,
//! and the algorithm of the key. The claims are read before the signature is held against a key, because they say whose
//! key that is; nothing is believed of them before. That an assertion is used once is for whoever keeps what was used.
//!
//! May import: `clock`, `ids`, `text_enum`; of `credentials`: `client_key`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::client_key::ClientKey;
use crate::clock::Instant;
use crate::ids::UserId;
use crate::text_enum;
use crate::text_enum::TextEnum as _;

/// The type of an assertion, and of nothing else.
pub(super) const TYPE: &str = "client-authentication+jwt";
/// A longer text is no assertion, in bytes.
const LONGEST: usize = 4 * 1024;
/// How far ahead an assertion may end, in seconds.
const LONGEST_LIFE: i64 = 60;
/// How far the client's clock may be apart from ours, in seconds.
const SKEW: i64 = 5;
/// The longest name of one assertion, in bytes.
const LONGEST_JTI: usize = 128;

text_enum! {
    /// Why an assertion is refused: for the journal; the client never learns which.
    pub enum AssertionFault {
        /// Longer than any assertion.
        TooLong = "too_long",
        /// Not three parts of base64url, or no JSON in them.
        Malformed = "malformed",
        /// Of another type.
        Type = "type",
        /// Names an extension that must be understood, and there is none.
        Critical = "critical",
        /// Signed with another algorithm than the key's, or not at all.
        Algorithm = "algorithm",
        /// No key of the client that may be used has this name.
        UnknownKey = "unknown_key",
        /// The signature is not that of the key.
        Signature = "signature",
        /// A claim is missing or of another form.
        Claims = "claims",
        /// Issuer and subject are not the one client.
        Issuer = "issuer",
        /// The client that the request names is another.
        OtherClient = "other_client",
        /// For another audience than our issuer alone.
        Audience = "audience",
        /// Its time has passed.
        Expired = "expired",
        /// It would last for too long.
        LastsTooLong = "lasts_too_long",
        /// It is for later.
        NotYetValid = "not_yet_valid",
    }
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<Value>,
}

/// An assertion that was read and not yet believed.
pub struct Assertion<'a> {
    message: &'a str,
    signature: Vec<u8>,
    head: Head,
    claims: Map<String, Value>,
}

/// What a verified assertion says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The digest of its name, which counts once for its client.
    pub once: [u8; 32],
    /// From when on nobody could use it again.
    pub over: Instant,
}

impl<'a> Assertion<'a> {
    /// Reads an assertion.
    ///
    /// # Errors
    /// It has not the form of one.
    pub fn read(text: &'a str) -> Result<Self, AssertionFault> {
        if text.len() > LONGEST {
            return Err(AssertionFault::TooLong);
        }
        let (message, signature) = text.rsplit_once('.').ok_or(AssertionFault::Malformed)?;
        let (head, claims) = message.split_once('.').ok_or(AssertionFault::Malformed)?;
        Ok(Self {
            message,
            signature: decode(signature)?,
            head: parse(head)?,
            claims: parse(claims)?,
        })
    }

    /// Whose it says that it is.
    #[must_use]
    pub fn client(&self) -> Option<UserId> {
        self.claims.get("sub")?.as_str()?.parse().ok()
    }

    /// Holds the assertion against the `keys` of `client`, at `now`, for us, whose name is `issuer`; tells the place of
    /// the key that signed it.
    ///
    /// # Errors
    /// The first fault found.
    pub fn verify(
        &self,
        client: UserId,
        keys: &[ClientKey],
        issuer: &str,
        now: Instant,
    ) -> Result<(usize, Verified), AssertionFault> {
        if self.head.typ.as_deref() != Some(TYPE) {
            return Err(AssertionFault::Type);
        }
        if self.head.crit.is_some() {
            return Err(AssertionFault::Critical);
        }
        let at = self.key(keys)?;
        self.believe(client, issuer, now).map(|verified| (at, verified))
    }

    /// The place of the key that signed it.
    fn key(&self, keys: &[ClientKey]) -> Result<usize, AssertionFault> {
        let named = |key: &ClientKey| self.head.kid.as_ref().is_none_or(|kid| *kid == key.kid);
        let mut fault = AssertionFault::UnknownKey;
        for (at, key) in keys.iter().enumerate().filter(|(_, key)| named(key)) {
            if self.head.alg != key.algorithm.as_str() {
                fault = AssertionFault::Algorithm;
            } else if key.verifies(self.message.as_bytes(), &self.signature) {
                return Ok(at);
            } else {
                fault = AssertionFault::Signature;
            }
        }
        Err(fault)
    }

    /// The claims of an assertion that a key of `client` has signed.
    fn believe(
        &self,
        client: UserId,
        issuer: &str,
        now: Instant,
    ) -> Result<Verified, AssertionFault> {
        let client = client.to_string();
        let is_client = |name: &str| self.claims.get(name).and_then(Value::as_str) == Some(&client);
        if !is_client("iss") || !is_client("sub") {
            return Err(AssertionFault::Issuer);
        }
        // A list is refused even where it names us alone: what else reads it may believe another member.
        if self.claims.get("aud").and_then(Value::as_str) != Some(issuer) {
            return Err(AssertionFault::Audience);
        }
        let ends = self.moment("exp")?.ok_or(AssertionFault::Claims)?;
        if now >= ends.plus_seconds(SKEW) {
            return Err(AssertionFault::Expired);
        }
        if ends > now.plus_seconds(LONGEST_LIFE) {
            return Err(AssertionFault::LastsTooLong);
        }
        for name in ["iat", "nbf"] {
            if self.moment(name)?.is_some_and(|moment| moment > now.plus_seconds(SKEW)) {
                return Err(AssertionFault::NotYetValid);
            }
        }
        let jti = self.claims.get("jti").and_then(Value::as_str).unwrap_or_default();
        if !(1..=LONGEST_JTI).contains(&jti.len()) {
            return Err(AssertionFault::Claims);
        }
        let once = Sha256::digest(jti.as_bytes()).into();
        Ok(Verified { once, over: ends.plus_seconds(SKEW) })
    }

    /// A claim that is a `NumericDate` (RFC 7519) of whole seconds, where there is one.
    fn moment(&self, name: &str) -> Result<Option<Instant>, AssertionFault> {
        let Some(claim) = self.claims.get(name) else { return Ok(None) };
        let seconds = claim.as_i64().ok_or(AssertionFault::Claims)?;
        Instant::from_microseconds(seconds.saturating_mul(1_000_000))
            .map(Some)
            .map_err(|_| AssertionFault::Claims)
    }
}

fn decode(part: &str) -> Result<Vec<u8>, AssertionFault> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| AssertionFault::Malformed)
}

fn parse<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, AssertionFault> {
    serde_json::from_slice(&decode(part)?).map_err(|_| AssertionFault::Malformed)
}

#[cfg(test)]
#[path = "assertion_tests.rs"]
mod tests;
