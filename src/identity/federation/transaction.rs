//! A sign-in that was begun, or what else somebody is sent to a provider for: what must come back, kept by the browser that
//! began it, sealed.
//!
//! The server keeps nothing of it but, once it was completed, that it was: so nobody fills the database by beginning, and
//! nothing counts twice.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::clock::Instant;
use crate::credentials::marks::Marks;
use crate::error::{Error, Result};
use crate::identity::federation::failure::FederationFailure as Failure;
use crate::ids::{IdentityProviderId, SessionId};

/// How long a sign-in may take, in seconds.
pub const LIFETIME: i64 = 600;
/// What is sealed is bound to this purpose.
const PURPOSE: &[u8] = b"passage federated sign-in";
/// The longest sealed transaction, in bytes.
const LONGEST: usize = 4096;

/// What somebody is sent to a provider for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    /// To sign in.
    SignIn,
    /// To link the account of whoever is signed in here, in that session.
    Link(SessionId),
    /// To prove once more, for that session, who he or she is.
    Prove(SessionId),
}

/// A sign-in that was begun, or another errand.
#[derive(Serialize, Deserialize)]
pub struct Transaction {
    provider: IdentityProviderId,
    /// What it is for.
    pub errand: Errand,
    /// What the provider sends back with the browser.
    pub state: String,
    /// What the ID token must have.
    pub nonce: String,
    /// What the code is redeemed with (RFC 7636).
    pub verifier: String,
    /// Where to go on afterwards: a path of this server.
    pub return_to: Option<String>,
    ends_at: i64,
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Transaction")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

impl Transaction {
    /// Begins an errand at `provider`, to go on at `return_to`.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn begin(
        provider: IdentityProviderId,
        errand: Errand,
        return_to: Option<String>,
        now: Instant,
    ) -> Result<Self> {
        let ends_at = now.seconds() + LIFETIME;
        let (state, nonce, verifier) = (random()?, random()?, random()?);
        Ok(Self { provider, errand, state, nonce, verifier, return_to, ends_at })
    }

    /// What the verifier is announced by: S256.
    #[must_use]
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()))
    }

    /// The transaction for the browser to keep.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn seal(&self, marks: &Marks) -> Result<String> {
        let text = Zeroizing::new(serde_json::to_string(self).map_err(Error::internal)?);
        Ok(URL_SAFE_NO_PAD.encode(marks.seal(PURPOSE, &text)?))
    }

    /// The transaction that a browser kept, where it belongs to this `provider` and to the `state` that came back, and is
    /// not over.
    ///
    /// # Errors
    /// Which of that does not hold.
    pub fn open(
        marks: &Marks,
        kept: Option<&str>,
        provider: IdentityProviderId,
        state: Option<&str>,
        now: Instant,
    ) -> Result<Self, Failure> {
        let unknown = || Failure::StateUnknown;
        let kept = kept.filter(|kept| kept.len() <= LONGEST).ok_or_else(unknown)?;
        let sealed = URL_SAFE_NO_PAD.decode(kept).map_err(|_| unknown())?;
        let text = Zeroizing::new(marks.open(PURPOSE, &sealed).map_err(|_| unknown())?);
        let found: Self = serde_json::from_str(&text).map_err(|_| unknown())?;
        let same =
            state.is_some_and(|state| bool::from(state.as_bytes().ct_eq(found.state.as_bytes())));
        if found.provider != provider || !same {
            return Err(Failure::BrowserMismatch);
        }
        if found.ends_at <= now.seconds() {
            return Err(Failure::StateExpired);
        }
        Ok(found)
    }

    /// What it is known by once it was completed.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        used(self.provider, b"state", &self.state)
    }

    /// When it was begun, in seconds since 1970.
    #[must_use]
    pub fn begun_at(&self) -> i64 {
        self.ends_at - LIFETIME
    }

    /// When nobody can complete it any more.
    #[must_use]
    pub fn ends_at(&self, now: Instant) -> Instant {
        now.plus_seconds(self.ends_at - now.seconds())
    }
}

/// What something of a provider is known by that counts once.
#[must_use]
pub fn used(provider: IdentityProviderId, kind: &[u8], text: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(b"passage federation ");
    hasher.update(kind);
    hasher.update([0]);
    hasher.update(provider.uuid().as_bytes());
    hasher.update(text.as_bytes());
    hasher.finalize().into()
}

/// 256 random bits.
fn random() -> Result<String> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    getrandom::fill(bytes.as_mut_slice())
        .map_err(|error| Error::internal(format!("no random bytes: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
}

/// The name of the cookie; with TLS the browser itself takes care that no other host sets it.
#[must_use]
pub fn cookie_name(public_url: &str) -> &'static str {
    if public_url.starts_with("https://") { "__Host-passage-sign-in" } else { "passage-sign-in" }
}

/// The cookie that keeps `value` for `seconds`.
#[must_use]
pub fn cookie(public_url: &str, value: &str, seconds: i64) -> String {
    let secure = if public_url.starts_with("https://") { "; Secure" } else { "" };
    let name = cookie_name(public_url);
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_is_bound_to_its_browser_provider_and_time() {
        let marks = Marks::generate().unwrap();
        let now = Instant::from_microseconds(1_000_000_000_000_000).unwrap();
        let provider = IdentityProviderId::new(now);
        let begun =
            Transaction::begin(provider, Errand::SignIn, Some("/cases".to_owned()), now).unwrap();
        let sealed = begun.seal(&marks).unwrap();
        assert!(!sealed.contains(&begun.state) && sealed.len() < LONGEST);
        let opened = Transaction::open(&marks, Some(&sealed), provider, Some(&begun.state), now);
        assert_eq!(opened.unwrap().errand, Errand::SignIn);
        let open = |kept: Option<&str>, provider, state: Option<&str>, seconds| {
            let opened =
                Transaction::open(&marks, kept, provider, state, now.plus_seconds(seconds));
            opened.map(|opened| opened.nonce)
        };
        let state = Some(begun.state.as_str());
        assert_eq!(open(Some(&sealed), provider, state, 599), Ok(begun.nonce.clone()));
        assert_eq!(open(Some(&sealed), provider, state, 600), Err(Failure::StateExpired));
        assert_eq!(open(None, provider, state, 0), Err(Failure::StateUnknown));
        assert_eq!(open(Some("x"), provider, state, 0), Err(Failure::StateUnknown));
        assert_eq!(open(Some(&sealed), provider, Some("x"), 0), Err(Failure::BrowserMismatch));
        assert_eq!(open(Some(&sealed), provider, None, 0), Err(Failure::BrowserMismatch));
        let other = IdentityProviderId::new(now);
        assert_eq!(open(Some(&sealed), other, state, 0), Err(Failure::BrowserMismatch));
        let elsewhere = Marks::generate().unwrap();
        let forged = begun.seal(&elsewhere).unwrap();
        assert_eq!(open(Some(&forged), provider, state, 0), Err(Failure::StateUnknown));
    }
}
