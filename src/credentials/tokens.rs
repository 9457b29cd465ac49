//! Access tokens: signed JWTs of the type `at+jwt` (RFC 9068), `EdDSA`, ten minutes or less.
//!
//! A token says who is asking, for which agency and in which session, and nothing personal. It does not say what the
//! session may do, nor that it still lives: both are looked up at each request. There is no `client_id`, because
//! people sign in here without an OAuth client.
//!
//! What is believed of a token is fixed here and never read from it: the algorithm, the type, the issuer, the
//! audience; the key is one of ours, whatever `jku`, `jwk` or `x5u` say. Time is a parameter, so the JWT library is
//! asked for the signature only.
//!
//! May import: `clock`, `error`, `ids`, `text_enum`; of `credentials`: `keys`, `token_cache`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::keys::{SigningKey, VerifyingKey};
use super::token_cache::TokenCache;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{AgencyId, Id, SessionId, UserId};

/// The type that our access tokens have, and nothing else of ours (RFC 9068 section 2.1).
const TYPE: &str = "at+jwt";

/// A longer text is no token of ours, in bytes.
const LONGEST: usize = 4 * 1024;

/// How far the clocks of our own nodes may be apart, in seconds.
const SKEW_SECONDS: i64 = 5;

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
    key: SigningKey,
    known: Vec<VerifyingKey>,
    issuer: String,
    audience: String,
    lifetime_seconds: u32,
    verified: TokenCache<Claims>,
}

impl TokenIssuer {
    /// Issues with `key`, in the name of `issuer`, for `audience`; each token lives for `lifetime_seconds`.
    #[must_use]
    pub fn new(
        key: SigningKey,
        issuer: impl Into<String>,
        audience: impl Into<String>,
        lifetime_seconds: u32,
    ) -> Self {
        Self {
            known: vec![key.verifying_key().clone()],
            key,
            issuer: issuer.into(),
            audience: audience.into(),
            lifetime_seconds,
            verified: TokenCache::new(REMEMBERED),
        }
    }

    /// Also believes, and publishes, `key`: the next one before it signs, the former one until its last token ends.
    #[must_use]
    pub fn also_knowing(mut self, key: VerifyingKey) -> Self {
        if self.known(key.kid()).is_none() {
            self.known.push(key);
        }
        self
    }

    /// Every key whose tokens are believed, as a JSON Web Key Set (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({ "keys": self.known.iter().map(VerifyingKey::jwk).collect::<Vec<_>>() })
    }

    /// Issues a token for `user`, who acts for `agency` in `session`.
    ///
    /// # Errors
    /// When the signature cannot be made.
    pub fn issue(
        &self,
        now: Instant,
        user: UserId,
        agency: AgencyId,
        session: SessionId,
    ) -> Result<IssuedToken> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.key.kid().to_owned());
        let claims = Wire {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: user,
            agency,
            sid: session,
            jti: Id::new(now),
            iat: now.seconds(),
            exp: now.seconds().saturating_add(self.lifetime_seconds.into()),
        };
        let token = jsonwebtoken::encode(&header, &claims, self.key.encoding())
            .map_err(|error| Error::internal(format!("signing a token failed: {error}")))?;
        Ok(IssuedToken { token: token.into(), expires_in: self.lifetime_seconds })
    }

    /// What `token` says, if it is ours and valid at `now`. Whether its session still lives is another question.
    ///
    /// # Errors
    /// The first fault found; for the log only.
    pub fn verify(&self, token: &str, now: Instant) -> Result<Claims, TokenFault> {
        if token.len() > LONGEST {
            return Err(TokenFault::TooLong);
        }
        let key = Sha256::digest(token.as_bytes()).into();
        if let Some(claims) = self.verified.get(&key) {
            return in_time(claims, now);
        }
        let claims = in_time(self.verify_content(token)?, now)?;
        self.verified.insert(key, claims);
        Ok(claims)
    }

    /// Everything but the time, which alone changes between two verifications.
    fn verify_content(&self, token: &str) -> Result<Claims, TokenFault> {
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
        let key = head.kid.and_then(|kid| self.known(&kid)).ok_or(TokenFault::UnknownKey)?;
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
        self.believe(&parse(payload, TokenFault::Claims)?)
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
            token: wire.jti,
            issued_at: moment(wire.iat)?,
            expires_at: moment(wire.exp)?,
        })
    }

    fn known(&self, kid: &str) -> Option<&VerifyingKey> {
        self.known.iter().find(|key| key.kid() == kid)
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
