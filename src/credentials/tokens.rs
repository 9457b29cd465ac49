//! Access tokens: signed JWTs of the type `at+jwt` (RFC 9068), `EdDSA`, ten minutes or less.
//!
//! A token says who is asking, for which agency and in which session, and nothing personal. It does not say what the
//! session may do, nor that it still lives: both are looked up at each request. Only a machine's token has a `client_id`,
//! because people sign in here without an OAuth client, and a `scope`, which narrows what the machine may ask for.
//!
//! What is believed of a token is fixed here and never read from it: the algorithm, the type, the issuer, the
//! audience; the key is one of ours, whatever `jku`, `jwk` or `x5u` say. Time is a parameter, so the JWT library is
//! asked for the signature only.
//!
//! May import: `clock`, `error`, `ids`, `machine_scope`, `text_enum`; of `credentials`: `assertion`, `keys`, `key_ring`, `token_cache`.

use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::assertion;
use super::key_ring::KeyRing;
use super::keys::{Thumbprint, VerifyingKey};
use super::token_cache::TokenCache;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{AgencyId, Id, SessionId, UserId};
use crate::machine_scope::MachineScopes;

/// The type that our access tokens have, and nothing else of ours (RFC 9068 section 2.1).
const TYPE: &str = "at+jwt";

/// A longer text is no token of ours, in bytes.
const LONGEST: usize = 4 * 1024;

/// How far the clocks of our own nodes may be apart, in seconds.
const SKEW_SECONDS: i64 = 5;

/// How long a machine's token lives at the most, in seconds: it has no other to go on with, and gets the next one itself.
const MACHINE_SECONDS: u32 = 300;

/// Verified tokens that are remembered.
const REMEMBERED: usize = 10_000;

/// Marks the identifier of one access token.
#[derive(Debug)]
pub enum AccessToken {}

/// The identifier of one access token (`jti`).
pub type AccessTokenId = Id<AccessToken>;

crate::text_enum! {
    /// Why a token is refused: for the log; the client never learns which.
    pub enum TokenFault {
        /// Longer than any token of ours.
        TooLong = "too-long",
        /// Not three parts of base64url, or no JSON in them.
        Malformed = "malformed",
        /// Signed with another algorithm than ours, or not at all.
        Algorithm = "algorithm",
        /// Not an access token.
        Type = "type",
        /// Names an extension that must be understood (`crit`), and there is none.
        Critical = "critical",
        /// Names no key of ours.
        UnknownKey = "unknown-key",
        /// The signature is not that of the key.
        Signature = "signature",
        /// A claim is missing or of another form.
        Claims = "claims",
        /// Another issuer.
        Issuer = "issuer",
        /// For another audience.
        Audience = "audience",
        /// Too old.
        Expired = "expired",
        /// Issued in the future.
        NotYetValid = "not-yet-valid",
    }
}

impl std::error::Error for TokenFault {}

/// What a verified token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// Who is asking (`sub`).
    pub user: UserId,
    /// The agency that the user acts for (`agency`).
    pub agency: AgencyId,
    /// The session that the token belongs to (`sid`).
    pub session: SessionId,
    /// What a machine's token is for (`scope`); none in a person's.
    pub scopes: Option<MachineScopes>,
    /// The token itself (`jti`).
    pub token: AccessTokenId,
    /// When it was issued (`iat`), in whole seconds.
    pub issued_at: Instant,
    /// When it ends (`exp`), in whole seconds.
    pub expires_at: Instant,
}

/// A token for the client.
#[derive(Debug)]
pub struct IssuedToken {
    /// The token's text.
    pub token: SecretString,
    /// Its lifetime in seconds.
    pub expires_in: u32,
}

/// The claims as they stand in the token.
#[derive(Serialize, Deserialize)]
struct Wire {
    iss: String,
    aud: String,
    sub: UserId,
    agency: AgencyId,
    sid: SessionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    jti: AccessTokenId,
    iat: i64,
    exp: i64,
}

/// What of a header is looked at.
#[derive(Deserialize)]
struct Head {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<Value>,
}

/// Issues access tokens and verifies them.
pub struct TokenIssuer {
    keys: RwLock<Arc<KeyRing>>,
    issuer: String,
    audience: String,
    lifetime_seconds: u32,
    verified: TokenCache<Verified>,
}

/// A token whose content is believed, for as long as its key is.
#[derive(Clone, Copy)]
struct Verified {
    claims: Claims,
    key: Thumbprint,
}

impl TokenIssuer {
    /// Issues with `keys`, in the name of `issuer`, for `audience`; each token lives for `lifetime_seconds`.
    #[must_use]
    pub fn new(
        keys: KeyRing,
        issuer: impl Into<String>,
        audience: impl Into<String>,
        lifetime_seconds: u32,
    ) -> Self {
        Self {
            keys: RwLock::new(Arc::new(keys)),
            issuer: issuer.into(),
            audience: audience.into(),
            lifetime_seconds,
            verified: TokenCache::new(REMEMBERED),
        }
    }

    /// Goes on with `keys`; tells whether they are others than before. What a key signed that is not among them is not
    /// believed any more, whether it was verified before or not.
    pub fn take_keys(&self, keys: KeyRing) -> bool {
        let mut present = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let others = **present != keys;
        if others {
            *present = Arc::new(keys);
        }
        others
    }

    fn keys(&self) -> Arc<KeyRing> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every key whose tokens are believed at `now`, as a JSON Web Key Set (RFC 7517).
    #[must_use]
    pub fn jwks(&self, now: Instant) -> Value {
        json!({ "keys": self.keys().believed(now).map(VerifyingKey::jwk).collect::<Vec<_>>() })
    }

    /// Issues a token for `user`, who acts for `agency` in `session`.
    ///
    /// # Errors
    /// When no key signs yet, or the signature cannot be made.
    pub fn issue(
        &self,
        now: Instant,
        user: UserId,
        agency: AgencyId,
        session: SessionId,
    ) -> Result<IssuedToken> {
        self.sign(now, (user, agency, session), None, self.lifetime_seconds)
    }

    /// Issues a token for a machine, which acts for `agency` in `session` and may ask for `scopes`.
    ///
    /// # Errors
    /// When the signature cannot be made.
    pub fn issue_to_machine(
        &self,
        now: Instant,
        machine: UserId,
        agency: AgencyId,
        session: SessionId,
        scopes: MachineScopes,
    ) -> Result<IssuedToken> {
        let lifetime = self.lifetime_seconds.min(MACHINE_SECONDS);
        self.sign(now, (machine, agency, session), Some(scopes), lifetime)
    }

    fn sign(
        &self,
        now: Instant,
        (sub, agency, sid): (UserId, AgencyId, SessionId),
        scopes: Option<MachineScopes>,
        expires_in: u32,
    ) -> Result<IssuedToken> {
        let keys = self.keys();
        let key = keys
            .signing(now)
            .ok_or_else(|| Error::unavailable(1, "no signing key has begun to sign"))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key.kid().to_owned());
        let claims = Wire {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub,
            agency,
            sid,
            client_id: scopes.map(|_| sub),
            scope: scopes.map(|scopes| scopes.to_string()),
            jti: Id::new(now),
            iat: now.seconds(),
            exp: now.seconds().saturating_add(expires_in.into()),
        };
        let token = jsonwebtoken::encode(&header, &claims, key.encoding())
            .map_err(|error| Error::internal(format!("signing a token failed: {error}")))?;
        Ok(IssuedToken { token: token.into(), expires_in })
    }

    /// Says to `audience`, another party's server, that this one is its client `client` (RFC 7523). Whoever it is shown to can
    /// show it to others, for whom it must not count: the audience is nothing that the other party has chosen. Such an
    /// assertion is no access token: its type is another.
    ///
    /// # Errors
    /// When the signature cannot be made.
    pub fn assert_client(
        &self,
        now: Instant,
        client: &str,
        audience: &str,
    ) -> Result<SecretString> {
        let keys = self.keys();
        let key = keys
            .signing(now)
            .ok_or_else(|| Error::unavailable(1, "no signing key has begun to sign"))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(assertion::TYPE.to_owned());
        header.kid = Some(key.kid().to_owned());
        let claims = json!({
            "iss": client, "sub": client, "aud": audience, "jti": Id::<()>::new(now),
            "iat": now.seconds(), "exp": now.seconds().saturating_add(60),
        });
        let token = jsonwebtoken::encode(&header, &claims, key.encoding())
            .map_err(|error| Error::internal(format!("signing an assertion failed: {error}")))?;
        Ok(token.into())
    }

    /// What `token` says, if it is ours and valid at `now`. Whether its session still lives is another question.
    ///
    /// # Errors
    /// The first fault found; for the log only.
    pub fn verify(&self, token: &str, now: Instant) -> Result<Claims, TokenFault> {
        if token.len() > LONGEST {
            return Err(TokenFault::TooLong);
        }
        let keys = self.keys();
        let digest = Sha256::digest(token.as_bytes()).into();
        if let Some(Verified { claims, key }) = self.verified.get(&digest) {
            // A key may have gone since: retired by the clock, or replaced.
            let believed = keys.believes(&key, now);
            return if believed { in_time(claims, now) } else { Err(TokenFault::UnknownKey) };
        }
        let verified = self.verify_content(token, &keys, now)?;
        let claims = in_time(verified.claims, now)?;
        self.verified.insert(digest, verified);
        Ok(claims)
    }

    /// Everything but the token's own time, which changes between two verifications, as the keys do.
    fn verify_content(
        &self,
        token: &str,
        keys: &KeyRing,
        now: Instant,
    ) -> Result<Verified, TokenFault> {
        let (message, signature) = token.rsplit_once('.').ok_or(TokenFault::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(TokenFault::Malformed)?;
        if payload.contains('.') {
            return Err(TokenFault::Malformed);
        }
        let head: Head = parse(header, TokenFault::Malformed)?;
        if head.alg != "EdDSA" {
            return Err(TokenFault::Algorithm);
        }
        if head.typ.as_deref() != Some(TYPE) {
            return Err(TokenFault::Type);
        }
        if head.crit.is_some() {
            return Err(TokenFault::Critical);
        }
        let kid = head.kid.ok_or(TokenFault::UnknownKey)?;
        let key = keys.believed(now).find(|key| key.kid() == kid).ok_or(TokenFault::UnknownKey)?;
        let signed = jsonwebtoken::crypto::verify(
            signature,
            message.as_bytes(),
            key.decoding(),
            Algorithm::EdDSA,
        )
        .map_err(|_| TokenFault::Malformed)?;
        if !signed {
            return Err(TokenFault::Signature);
        }
        let claims = self.believe(&parse(payload, TokenFault::Claims)?)?;
        Ok(Verified { claims, key: *key.thumbprint() })
    }

    /// The claims of a token that one of our keys has signed.
    fn believe(&self, wire: &Wire) -> Result<Claims, TokenFault> {
        if wire.iss != self.issuer {
            return Err(TokenFault::Issuer);
        }
        if wire.aud != self.audience {
            return Err(TokenFault::Audience);
        }
        Ok(Claims {
            user: wire.sub,
            agency: wire.agency,
            session: wire.sid,
            scopes: scopes(wire)?,
            token: wire.jti,
            issued_at: moment(wire.iat)?,
            expires_at: moment(wire.exp)?,
        })
    }
}

/// What a machine's token is for: both or neither of the claims are there, and the client is the subject.
fn scopes(wire: &Wire) -> Result<Option<MachineScopes>, TokenFault> {
    match (wire.client_id, &wire.scope) {
        (None, None) => Ok(None),
        (Some(client), Some(scope)) if client == wire.sub => {
            MachineScopes::from_words(scope).map(Some).ok_or(TokenFault::Claims)
        }
        _ => Err(TokenFault::Claims),
    }
}

/// Reads one part of a token; what cannot be read as a `T` is the fault `unfit`.
fn parse<T: for<'de> Deserialize<'de>>(part: &str, unfit: TokenFault) -> Result<T, TokenFault> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| unfit)
}

/// The moment that a `NumericDate` (RFC 7519) of whole seconds means.
fn moment(seconds: i64) -> Result<Instant, TokenFault> {
    Instant::from_microseconds(seconds.saturating_mul(1_000_000)).map_err(|_| TokenFault::Claims)
}

/// `claims`, if they are valid at `now`, give or take the skew.
fn in_time(claims: Claims, now: Instant) -> Result<Claims, TokenFault> {
    if now >= claims.expires_at.plus_seconds(SKEW_SECONDS) {
        return Err(TokenFault::Expired);
    }
    if claims.issued_at > now.plus_seconds(SKEW_SECONDS) {
        return Err(TokenFault::NotYetValid);
    }
    Ok(claims)
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
