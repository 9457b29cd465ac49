//! Tokens that a provider signs: pure. What is believed of one is fixed by who asks and never read from it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::clock::Instant;
use crate::identity::federation::failure::FederationFailure as Failure;
use crate::identity::federation::model::{LogoutProfile, SigningAlgorithm};
use crate::text_enum::TextEnum;

/// A longer text is no token, in bytes.
const LONGEST: usize = 64 * 1024;
/// The longest name of a key, in bytes.
const LONGEST_KID: usize = 255;
/// The longest identifier in a token, in characters (for `sub` as `OpenID` Connect Core says, section 2).
const LONGEST_ID: usize = 255;
/// How far a provider's clock may be from ours, in seconds.
pub const SKEW: i64 = 60;
/// How long a logout token may last, in seconds.
const LOGOUT_LIFETIME: i64 = 120;
/// What a logout token says that it is.
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The claims of a token.
pub type Claims = Map<String, Value>;

/// What of a header is looked at; `jku`, `jwk` and `x5u` are not.
#[derive(Deserialize)]
struct Head {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<Value>,
}

/// A token that nobody has verified yet.
#[derive(Debug)]
pub struct Unverified<'a> {
    message: &'a str,
    signature: &'a str,
    claims: Claims,
    /// The algorithm, which is pinned.
    pub algorithm: SigningAlgorithm,
    /// The name of the key.
    pub kid: Option<String>,
    /// The type, in small letters.
    typ: Option<String>,
}

impl<'a> Unverified<'a> {
    /// Takes a token apart that is signed with one of `pinned`.
    ///
    /// # Errors
    /// It is no token, or signed otherwise.
    pub fn read(token: &'a str, pinned: &[SigningAlgorithm]) -> Result<Self, Failure> {
        let malformed = || Failure::TokenMalformed;
        if token.len() > LONGEST {
            return Err(malformed());
        }
        let (head, _) = token.split_once('.').ok_or_else(malformed)?;
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed());
        let head: Head = serde_json::from_slice(&bytes(head)?).map_err(|_| malformed())?;
        let algorithm = SigningAlgorithm::from_word(&head.alg)
            .filter(|algorithm| pinned.contains(algorithm))
            .ok_or(Failure::AlgNotAllowed)?;
        // Only now: providers that sign nothing differ in whether they write the empty signature.
        let (message, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
        let (_, payload) = message.split_once('.').ok_or_else(malformed)?;
        if payload.contains('.') {
            return Err(malformed());
        }
        if head.crit.is_some() {
            return Err(malformed());
        }
        if head.kid.as_ref().is_some_and(|kid| kid.len() > LONGEST_KID) {
            return Err(Failure::KeyUnknown);
        }
        let claims = serde_json::from_slice(&bytes(payload)?).map_err(|_| malformed())?;
        let typ = head.typ.map(|typ| typ.to_ascii_lowercase());
        Ok(Self { message, signature, claims, algorithm, kid: head.kid, typ })
    }

    /// The claims, once `key` has signed them.
    ///
    /// # Errors
    /// It has not.
    pub fn verify(&self, key: &DecodingKey) -> Result<Signed<'_>, Failure> {
        let algorithm = library_name(self.algorithm);
        let message = self.message.as_bytes();
        match jsonwebtoken::crypto::verify(self.signature, message, key, algorithm) {
            Ok(true) => Ok(Signed { token: self }),
            Ok(false) | Err(_) => Err(Failure::SignatureWrong),
        }
    }
}

fn library_name(algorithm: SigningAlgorithm) -> Algorithm {
    match algorithm {
        SigningAlgorithm::Es256 => Algorithm::ES256,
        SigningAlgorithm::Es384 => Algorithm::ES384,
        SigningAlgorithm::EdDsa => Algorithm::EdDSA,
        SigningAlgorithm::Rs256 => Algorithm::RS256,
        SigningAlgorithm::Rs384 => Algorithm::RS384,
        SigningAlgorithm::Rs512 => Algorithm::RS512,
        SigningAlgorithm::Ps256 => Algorithm::PS256,
        SigningAlgorithm::Ps384 => Algorithm::PS384,
        SigningAlgorithm::Ps512 => Algorithm::PS512,
    }
}

/// The key of that name and algorithm in a set of keys; a token that names none is verified with the only one that fits.
#[must_use]
pub fn pick(set: &Value, kid: Option<&str>, algorithm: SigningAlgorithm) -> Option<DecodingKey> {
    let keys = set.get("keys")?.as_array()?;
    let mut fitting = keys.iter().filter(|key| {
        let word = |name: &str| key.get(name).and_then(Value::as_str);
        word("use").is_none_or(|used| used == "sig")
            && word("alg").is_none_or(|alg| alg == algorithm.as_str())
            && kid.is_none_or(|kid| word("kid") == Some(kid))
            && fits(word("kty"), word("crv"), algorithm)
    });
    let key = fitting.next()?;
    if kid.is_none() && fitting.next().is_some() {
        return None;
    }
    let part = |name: &str| key.get(name).and_then(Value::as_str);
    match algorithm {
        SigningAlgorithm::Es256 | SigningAlgorithm::Es384 => {
            DecodingKey::from_ec_components(part("x")?, part("y")?).ok()
        }
        SigningAlgorithm::EdDsa => DecodingKey::from_ed_components(part("x")?).ok(),
        _ => {
            let modulus = part("n")?;
            // 2048 bits are 256 bytes.
            let long = URL_SAFE_NO_PAD.decode(modulus).is_ok_and(|bytes| bytes.len() >= 256);
            long.then(|| DecodingKey::from_rsa_components(modulus, part("e")?).ok()).flatten()
        }
    }
}

fn fits(kind: Option<&str>, curve: Option<&str>, algorithm: SigningAlgorithm) -> bool {
    match algorithm {
        SigningAlgorithm::Es256 => (kind, curve) == (Some("EC"), Some("P-256")),
        SigningAlgorithm::Es384 => (kind, curve) == (Some("EC"), Some("P-384")),
        SigningAlgorithm::EdDsa => (kind, curve) == (Some("OKP"), Some("Ed25519")),
        _ => kind == Some("RSA"),
    }
}

/// Whom a token must be from and for.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The issuer, exactly.
    pub issuer: &'a str,
    /// What it calls this server.
    pub client_id: &'a str,
    /// The present moment.
    pub now: Instant,
}

/// A token that its issuer has signed.
#[derive(Debug)]
pub struct Signed<'a> {
    token: &'a Unverified<'a>,
}

/// What a logout token says.
#[derive(Debug, PartialEq, Eq)]
pub struct Logout {
    /// Who signed out.
    pub subject: Option<String>,
    /// In which session at the provider.
    pub sid: Option<String>,
    /// The token's own identifier.
    pub jti: String,
}

impl Signed<'_> {
    /// The claims of an ID token, with its subject. With `nonce`, it must be of that sign-in; with `access_token`, and where
    /// it says so, it must belong to that one.
    ///
    /// # Errors
    /// The first thing that is not right.
    pub fn id_token(
        &self,
        expected: Expected<'_>,
        nonce: Option<&str>,
        access_token: Option<&str>,
    ) -> Result<(String, Claims), Failure> {
        let claims = &self.token.claims;
        if self.token.typ.as_deref().is_some_and(|typ| typ != "jwt") {
            return Err(Failure::TypeWrong);
        }
        self.addressed(expected)?;
        self.in_time(expected.now)?;
        if let Some(nonce) = nonce
            && claims.get("nonce").and_then(Value::as_str) != Some(nonce)
        {
            return Err(Failure::NonceWrong);
        }
        if let (Some(hash), Some(access_token)) = (claims.get("at_hash"), access_token) {
            let wanted = half_hash(self.token.algorithm, access_token);
            if wanted.is_some_and(|wanted| hash.as_str() != Some(wanted.as_str())) {
                return Err(Failure::AtHashWrong);
            }
        }
        let subject = identifier(claims, "sub")?.ok_or(Failure::ClaimsMalformed)?;
        Ok((subject, claims.clone()))
    }

    /// What a logout token says (`OpenID` Connect Back-Channel Logout 1.0, section 2.6).
    ///
    /// # Errors
    /// The first thing that is not right.
    pub fn logout(
        &self,
        expected: Expected<'_>,
        profile: LogoutProfile,
    ) -> Result<Logout, Failure> {
        let (claims, now) = (&self.token.claims, expected.now.seconds());
        let typ = self.token.typ.as_deref();
        let standard = profile == LogoutProfile::Standard;
        let fine = match profile {
            LogoutProfile::Standard => typ == Some("logout+jwt"),
            LogoutProfile::OldDraft => matches!(typ, None | Some("jwt" | "logout+jwt")),
        };
        if !fine {
            return Err(Failure::TypeWrong);
        }
        self.addressed(expected)?;
        let issued = self.issued(expected.now)?;
        match seconds(claims, "exp")? {
            Some(end) if end - issued > LOGOUT_LIFETIME => return Err(Failure::LifetimeWrong),
            Some(end) if end + SKEW <= now => return Err(Failure::Expired),
            None if standard => return Err(Failure::LifetimeWrong),
            _ => {}
        }
        if issued + LOGOUT_LIFETIME + SKEW <= now {
            return Err(Failure::LifetimeWrong);
        }
        let event = claims.get("events").and_then(|events| events.get(LOGOUT_EVENT));
        if !event.is_some_and(Value::is_object) {
            return Err(Failure::LogoutEventMissing);
        }
        if claims.contains_key("nonce") {
            return Err(Failure::NoncePresent);
        }
        let jti = identifier(claims, "jti")?.ok_or(Failure::JtiMissing)?;
        let (subject, sid) = (identifier(claims, "sub")?, identifier(claims, "sid")?);
        if subject.is_none() && sid.is_none() {
            return Err(Failure::NobodyNamed);
        }
        Ok(Logout { subject, sid, jti })
    }

    /// From the issuer, for this server.
    fn addressed(&self, expected: Expected<'_>) -> Result<(), Failure> {
        let claims = &self.token.claims;
        match claims.get("iss") {
            Some(Value::String(issuer)) if issuer == expected.issuer => {}
            _ => return Err(Failure::IssuerWrong),
        }
        let several = match claims.get("aud") {
            Some(Value::String(one)) if one == expected.client_id => false,
            Some(Value::Array(many))
                if many.iter().all(Value::is_string)
                    && many.iter().any(|one| one == expected.client_id) =>
            {
                many.len() > 1
            }
            _ => return Err(Failure::AudWrong),
        };
        match claims.get("azp") {
            None if !several => Ok(()),
            Some(Value::String(party)) if party == expected.client_id => Ok(()),
            _ => Err(Failure::AzpWrong),
        }
    }

    fn issued(&self, now: Instant) -> Result<i64, Failure> {
        let issued = seconds(&self.token.claims, "iat")?.ok_or(Failure::ClaimsMalformed)?;
        if issued > now.seconds() + SKEW {
            return Err(Failure::IssuedInFuture);
        }
        Ok(issued)
    }

    fn in_time(&self, now: Instant) -> Result<(), Failure> {
        self.issued(now)?;
        let claims = &self.token.claims;
        let end = seconds(claims, "exp")?.ok_or(Failure::ClaimsMalformed)?;
        if end.saturating_add(SKEW) <= now.seconds() {
            return Err(Failure::Expired);
        }
        if seconds(claims, "nbf")?.is_some_and(|begin| begin > now.seconds() + SKEW) {
            return Err(Failure::IssuedInFuture);
        }
        Ok(())
    }
}

/// When the user signed in at the provider, where the claims of an ID token tell it (`OpenID` Connect Core 1.0, section 2).
#[must_use]
pub fn signed_in_at(claims: &Claims, now: Instant) -> Option<Instant> {
    let told = seconds(claims, "auth_time").ok().flatten()?;
    Some(now.plus_seconds(told - now.seconds()))
}

/// A time in a token: a number, and nothing that only looks like one.
fn seconds(claims: &Claims, name: &str) -> Result<Option<i64>, Failure> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let whole = value.as_i64().or_else(|| value.as_f64().and_then(whole_seconds));
    // Far beyond every calendar, sums would not be right any more.
    whole
        .filter(|seconds| (0..=1 << 40).contains(seconds))
        .map(Some)
        .ok_or(Failure::ClaimsMalformed)
}

#[expect(clippy::cast_possible_truncation, reason = "the range is looked at before")]
fn whole_seconds(number: f64) -> Option<i64> {
    (0.0..1e12).contains(&number).then(|| number.floor() as i64)
}

/// An identifier of 1 to 255 characters.
fn identifier(claims: &Claims, name: &str) -> Result<Option<String>, Failure> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text))
            if (1..=LONGEST_ID).contains(&text.chars().count())
                && !text.chars().any(char::is_control) =>
        {
            Ok(Some(text.clone()))
        }
        Some(_) => Err(Failure::ClaimsMalformed),
    }
}

/// What `at_hash` is for that access token; nothing where the algorithm has no one hash of its own.
fn half_hash(algorithm: SigningAlgorithm, access_token: &str) -> Option<String> {
    let text = access_token.as_bytes();
    let hash = match algorithm {
        SigningAlgorithm::Es256 | SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => {
            Sha256::digest(text).to_vec()
        }
        SigningAlgorithm::Es384 | SigningAlgorithm::Rs384 | SigningAlgorithm::Ps384 => {
            Sha384::digest(text).to_vec()
        }
        SigningAlgorithm::Rs512 | SigningAlgorithm::Ps512 => Sha512::digest(text).to_vec(),
        SigningAlgorithm::EdDsa => return None,
    };
    hash.get(..hash.len() / 2).map(|half| URL_SAFE_NO_PAD.encode(half))
}
