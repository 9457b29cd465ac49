//! A key that signs access tokens: Ed25519 (RFC 8032), as PKCS#8 in PEM. `key_ring` says which one signs when.
//!
//! A key is named by its thumbprint (RFC 7638), so that the same key has the same `kid` on every node. Nothing here
//! prints key material: neither `Debug` nor an error.
//!
//! May import: `clock`; of `credentials`: `key_file`.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::zeroize::Zeroizing;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use thiserror::Error as ThisError;

use crate::clock::Instant;
use crate::credentials::key_file::FileFault;

/// The label of a PKCS#8 private key in PEM (RFC 7468).
const LABEL: &str = "PRIVATE KEY";

/// Why there is no signing key. Every message is one line: the path, what is wrong, what would be right.
#[derive(Debug, ThisError)]
pub enum KeyFault {
    /// There is no file, and none may be made.
    #[error("{}: no such file; make one: passage keys rotate", named(.0))]
    Missing(PathBuf),
    /// The file is there and cannot be read.
    #[error("{}: cannot be read ({cause}); the server's user must own it", named(.path))]
    Unreadable {
        /// Where the key should be.
        path: PathBuf,
        /// What the operating system says.
        cause: io::Error,
    },
    /// Others than the owner have access.
    #[error("{}: others have access (mode {mode:04o}); run chmod 600 on it", named(.path))]
    TooOpen {
        /// Where the key is.
        path: PathBuf,
        /// The file's permission bits.
        mode: u32,
    },
    /// The content is not such a key.
    #[error("{}: {what}; expected Ed25519 private keys, PKCS#8 in PEM", named(.path))]
    NotAKey {
        /// Where the key should be.
        path: PathBuf,
        /// What is there instead.
        what: &'static str,
    },
    /// The file is missing and could not be made.
    #[error("{}: cannot be made ({cause}); its directory must exist and be writable", named(.path))]
    NotMade {
        /// Where the key should be.
        path: PathBuf,
        /// What the operating system says.
        cause: io::Error,
    },
    /// A next key waits for its time.
    #[error(
        "key {kid} waits and signs from {signs_from} on by itself; --now replaces all keys at once"
    )]
    Waits {
        /// The key that waits.
        kid: String,
        /// From when on it signs.
        signs_from: Instant,
    },
    /// There are no random bytes, or they cannot be made a key.
    #[error("no Ed25519 key can be made here: the cryptographic library refuses")]
    NoKey,
}

impl KeyFault {
    pub(super) fn of(path: &Path, fault: FileFault) -> Self {
        let path = path.to_owned();
        match fault {
            FileFault::Missing => Self::Missing(path),
            FileFault::Unreadable(cause) => Self::Unreadable { path, cause },
            FileFault::TooOpen(mode) => Self::TooOpen { path, mode },
            FileFault::NotAFile => Self::NotAKey { path, what: "this is no file" },
            FileFault::TooLarge => Self::NotAKey { path, what: "the file is too large for a key" },
            FileFault::NotMade(cause) => Self::NotMade { path, cause },
            FileFault::NoRandomBytes => Self::NoKey,
        }
    }
}

/// How an error names the key at `path`.
#[expect(clippy::unnecessary_debug_formatting, reason = "escaped, an error stays on one line")]
fn named(path: &Path) -> String {
    format!("signing key {path:?}")
}

/// What names a key (RFC 7638), as bytes.
pub type Thumbprint = [u8; 32];

/// The public half of a signing key, enough to verify what it signed.
#[derive(Debug, Clone)]
pub struct VerifyingKey {
    kid: String,
    thumbprint: Thumbprint,
    x: String,
    decoding: DecodingKey,
}

impl VerifyingKey {
    fn new(public: &[u8]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(public);
        // RFC 7638 section 3: the required members in lexical order, without white space; RFC 8037 section 2 names them.
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let thumbprint: Thumbprint = Sha256::digest(members.as_bytes()).into();
        let kid = URL_SAFE_NO_PAD.encode(thumbprint);
        Self { kid, thumbprint, x, decoding: DecodingKey::from_ed_der(public) }
    }

    /// The thumbprint by which tokens name this key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The same as bytes.
    #[must_use]
    pub fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }

    /// The key as a JSON Web Key (RFC 7517, RFC 8037), as it is published.
    #[must_use]
    pub fn jwk(&self) -> Value {
        json!({
            "kty": "OKP",
            "crv": "Ed25519",
            "x": self.x,
            "kid": self.kid,
            "use": "sig",
            "alg": "EdDSA",
        })
    }

    /// The key in the form that verifies.
    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }
}

/// An Ed25519 key that signs tokens.
#[derive(Clone)]
pub struct SigningKey {
    public: VerifyingKey,
    encoding: EncodingKey,
}

impl SigningKey {
    /// Reads a key from one PEM block.
    ///
    /// # Errors
    /// When it is none; the words say what it is instead.
    pub(super) fn from_pem(pem: &str) -> Result<Self, &'static str> {
        let pem = pem::parse(pem).map_err(|_| "the content is no PEM")?;
        if pem.tag() != LABEL {
            return Err(match pem.tag() {
                "PUBLIC KEY" => "this is a public key",
                "ENCRYPTED PRIVATE KEY" => "this key is encrypted",
                "CERTIFICATE" => "this is a certificate",
                _ => "the PEM holds something else",
            });
        }
        let der = Zeroizing::new(pem.into_contents());
        Self::from_pkcs8(&der).ok_or("this private key is not Ed25519")
    }

    fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(der).ok()?;
        Some(Self {
            public: VerifyingKey::new(pair.public_key().as_ref()),
            encoding: EncodingKey::from_ed_der(der),
        })
    }

    /// The thumbprint (RFC 7638) by which tokens name this key.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.public.kid()
    }

    /// The public half as a JSON Web Key.
    #[must_use]
    pub fn jwk(&self) -> Value {
        self.public.jwk()
    }

    /// The public half.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// The key in the form that signs.
    pub(super) fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningKey").field("kid", &self.kid()).finish_non_exhaustive()
    }
}

/// A new key in PEM: PKCS#8 in the first version of that format, which every tool reads.
///
/// # Errors
/// When there are no random bytes.
pub(super) fn new_pem() -> Result<Zeroizing<String>, KeyFault> {
    let pair = Ed25519KeyPair::generate().map_err(|_| KeyFault::NoKey)?;
    let der: Pkcs8V1Der<'static> = pair.as_der().map_err(|_| KeyFault::NoKey)?;
    let pem = pem::Pem::new(LABEL, der.as_ref());
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    let text = Zeroizing::new(pem::encode_config(&pem, config));
    // `Pem` cannot be wiped where it is; its content can, once it has been taken out.
    drop(Zeroizing::new(pem.into_contents()));
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The private key of RFC 8037 appendix A.1, in PKCS#8.
    const RFC_8037: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
        -----END PRIVATE KEY-----\n";

    #[test]
    fn the_thumbprint_is_the_one_of_rfc_8037() {
        let key = SigningKey::from_pem(RFC_8037).unwrap();
        assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(URL_SAFE_NO_PAD.encode(key.verifying_key().thumbprint()), key.kid());
        assert_eq!(
            key.jwk(),
            json!({
                "kty": "OKP",
                "crv": "Ed25519",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                "use": "sig",
                "alg": "EdDSA",
            })
        );
    }

    #[test]
    fn a_key_is_never_printed() {
        let key = SigningKey::from_pem(&new_pem().unwrap()).unwrap();
        assert_eq!(format!("{key:?}"), format!("SigningKey {{ kid: {:?}, .. }}", key.kid()));
        assert!(!format!("{:?}", key.encoding()).contains("content: ["));
    }
}
