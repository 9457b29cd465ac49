//! Opaque secrets that a client keeps and the server knows only by their digest: refresh tokens, invitations, resets of
//! passwords, changes of addresses, tokens of provisioning.
//!
//! A secret is 256 random bits behind a prefix that says what it is for, so that a person or a scanner of leaked
//! secrets recognises it. Only its SHA-256 is stored: with 256 random bits there is nothing to guess, so no slow
//! hash is needed, and the digest can be looked up by an index.
//!
//! May import: `error`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};

/// Random bytes in a secret.
const BYTES: usize = 32;

/// Characters of a whole secret: the prefix of four and 32 bytes in base64url.
const LENGTH: usize = 4 + 43;

/// What a secret is for. The digest covers the prefix, so one never passes for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Renews a session's access token.
    Refresh,
    /// Sets the first password of an account.
    Invitation,
    /// Sets a new password in the place of a lost one.
    PasswordReset,
    /// Confirms another address of an account.
    AddressChange,
    /// Brings in, changes and ends the accounts that an identity provider vouches for.
    Provisioning,
}

impl Purpose {
    /// The four characters that a secret of this purpose begins with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "psr_",
            Self::Invitation => "psi_",
            Self::PasswordReset => "psp_",
            Self::AddressChange => "pse_",
            Self::Provisioning => "pss_",
        }
    }
}

/// The SHA-256 of a secret's whole text: what is stored and looked up.
pub type SecretDigest = [u8; 32];

/// A fresh secret, to be given to the client once.
#[derive(Clone)]
pub struct OpaqueSecret {
    purpose: Purpose,
    text: SecretString,
}

impl OpaqueSecret {
    /// Makes a secret of 256 random bits.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate(purpose: Purpose) -> Result<Self> {
        let mut bytes = Zeroizing::new([0_u8; BYTES]);
        getrandom::fill(bytes.as_mut_slice())
            .map_err(|error| Error::internal(format!("no random bytes: {error}")))?;
        let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()));
        let text = SecretString::from(format!("{}{}", purpose.prefix(), encoded.as_str()));
        Ok(Self { purpose, text })
    }

    /// The text for the client.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// The digest to store.
    #[must_use]
    pub fn digest(&self) -> SecretDigest {
        Sha256::digest(self.expose().as_bytes()).into()
    }
}

impl fmt::Debug for OpaqueSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "OpaqueSecret({}[redacted])", self.purpose.prefix())
    }
}

/// The digest to look up for what a client sent; `None` for what cannot be a secret of this purpose, before any
/// database is asked. Each secret has exactly one spelling.
#[must_use]
pub fn digest(purpose: Purpose, text: &str) -> Option<SecretDigest> {
    if text.len() != LENGTH {
        return None;
    }
    let encoded = text.strip_prefix(purpose.prefix())?;
    let mut bytes = Zeroizing::new([0_u8; BYTES]);
    let written = URL_SAFE_NO_PAD.decode_slice(encoded, bytes.as_mut_slice()).ok()?;
    (written == BYTES).then(|| Sha256::digest(text.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_again_by_its_digest() {
        for purpose in [
            Purpose::Refresh,
            Purpose::Invitation,
            Purpose::PasswordReset,
            Purpose::AddressChange,
            Purpose::Provisioning,
        ] {
            let secret = OpaqueSecret::generate(purpose).unwrap();
            assert!(secret.expose().starts_with(purpose.prefix()));
            assert_eq!(secret.expose().len(), LENGTH);
            assert_eq!(digest(purpose, secret.expose()), Some(secret.digest()));
        }
    }

    #[test]
    fn no_two_secrets_are_alike() {
        let one = OpaqueSecret::generate(Purpose::Refresh).unwrap();
        let other = OpaqueSecret::generate(Purpose::Refresh).unwrap();
        assert_ne!(one.digest(), other.digest());
    }

    #[test]
    fn one_purpose_never_passes_for_the_other() {
        let refresh = OpaqueSecret::generate(Purpose::Refresh).unwrap();
        assert_eq!(digest(Purpose::Invitation, refresh.expose()), None);
        let renamed = refresh.expose().replacen("psr_", "psi_", 1);
        assert_ne!(digest(Purpose::Invitation, &renamed), Some(refresh.digest()));
    }

    #[test]
    fn what_is_no_secret_has_no_digest() {
        let secret = OpaqueSecret::generate(Purpose::Refresh).unwrap();
        let text = secret.expose();
        let zeros = format!("psr_{}", "A".repeat(43));
        assert!(digest(Purpose::Refresh, &zeros).is_some());
        // The last of 43 characters carries four bits: "B" would be a second spelling of the same bytes.
        let second_spelling = format!("psr_{}B", "A".repeat(42));
        for malformed in [
            "",
            "psr_",
            &text[..LENGTH - 1],
            &format!("{text}A"),
            &format!("{text}="),
            &format!(" {}", &text[1..]),
            &format!("PSR_{}", &text[4..]),
            &format!("psr_{}+", &zeros[5..]),
            &format!("psr_{}", "ы".repeat(21) + "A"),
            &second_spelling,
            &"psr_".repeat(1_000_000),
        ] {
            let shown: String = malformed.chars().take(60).collect();
            assert_eq!(digest(Purpose::Refresh, malformed), None, "{shown}");
        }
    }

    #[test]
    fn a_secret_is_never_printed() {
        let secret = OpaqueSecret::generate(Purpose::Refresh).unwrap();
        assert_eq!(format!("{secret:?}"), "OpaqueSecret(psr_[redacted])");
    }
}
