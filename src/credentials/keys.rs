//! The key that signs access tokens: Ed25519 (RFC 8032), kept as PKCS#8 in a PEM file that only its owner reads.
//!
//! A key is named by its thumbprint (RFC 7638), so that the same key has the same `kid` on every node. Nothing here
//! prints key material: neither `Debug` nor an error.
//!
//! May import: `error`.

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

use crate::credentials::key_file::{self, FileFault};

/// The label of a PKCS#8 private key in PEM (RFC 7468).
const LABEL: &str = "PRIVATE KEY";

/// Why there is no signing key. Every message is one line: the path, what is wrong, what would be right.
#[derive(Debug, ThisError)]
pub enum KeyFault {
    /// There is no file, and none may be made.
    #[error("{}: no such file; make one: openssl genpkey -algorithm ed25519", named(.0))]
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
    #[error("{}: {what}; expected one Ed25519 private key, PKCS#8 in PEM", named(.path))]
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
    /// There are no random bytes, or they cannot be made a key.
    #[error("no Ed25519 key can be made here: the cryptographic library refuses")]
    NoKey,
}

impl KeyFault {
    fn of(path: &Path, fault: FileFault) -> Self {
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

/// The public half of a signing key, enough to verify what it signed.
#[derive(Debug, Clone)]
pub struct VerifyingKey {
    kid: String,
    x: String,
    decoding: DecodingKey,
}

impl VerifyingKey {
    fn new(public: &[u8]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(public);
        // RFC 7638 section 3: the required members in lexical order, without white space; RFC 8037 section 2 names them.
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(members.as_bytes()));
        Self { kid, x, decoding: DecodingKey::from_ed_der(public) }
    }

    /// The thumbprint by which tokens name this key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
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
    /// Reads the key from the file at `path`; when there is none and `may_create`, makes it first.
    ///
    /// Several processes may do so at once: the first to finish wins and all end with its key. A half-written key
    /// is never seen.
    ///
    /// # Errors
    /// When there is no usable key at `path` in the end; see [`KeyFault`].
    pub fn load_or_create(path: &Path, may_create: bool) -> Result<Self, KeyFault> {
        match Self::load(path) {
            Err(KeyFault::Missing(_)) if may_create => {
                create(path)?;
                Self::load(path)
            }
            result => result,
        }
    }

    /// Makes a key that lives in memory only.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub fn generate() -> Result<Self, KeyFault> {
        Self::from_pkcs8(new_pkcs8()?.as_ref()).ok_or(KeyFault::NoKey)
    }

    fn load(path: &Path) -> Result<Self, KeyFault> {
        let pem = key_file::read(path).map_err(|fault| KeyFault::of(path, fault))?;
        let not_a_key = |what| KeyFault::NotAKey { path: path.to_owned(), what };
        let pem = pem::parse(pem.as_slice()).map_err(|_| not_a_key("the content is no PEM"))?;
        if pem.tag() != LABEL {
            return Err(not_a_key(match pem.tag() {
                "PUBLIC KEY" => "this is a public key",
                "ENCRYPTED PRIVATE KEY" => "this key is encrypted",
                "CERTIFICATE" => "this is a certificate",
                _ => "the PEM holds something else",
            }));
        }
        let der = Zeroizing::new(pem.into_contents());
        Self::from_pkcs8(&der).ok_or_else(|| not_a_key("this private key is not Ed25519"))
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

/// A new key in PKCS#8, in the first version of that format, which every tool reads.
fn new_pkcs8() -> Result<Pkcs8V1Der<'static>, KeyFault> {
    let pair = Ed25519KeyPair::generate().map_err(|_| KeyFault::NoKey)?;
    pair.as_der().map_err(|_| KeyFault::NoKey)
}

/// Puts a new key at `path` unless another has been put there meanwhile.
fn create(path: &Path) -> Result<(), KeyFault> {
    let der = new_pkcs8()?;
    let pem = pem::Pem::new(LABEL, der.as_ref());
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    let text = Zeroizing::new(pem::encode_config(&pem, config));
    // `Pem` cannot be wiped where it is; its content can, once it has been taken out.
    drop(Zeroizing::new(pem.into_contents()));
    key_file::write_once(path, text.as_bytes()).map_err(|fault| KeyFault::of(path, fault))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use super::*;

    /// The private key of RFC 8037 appendix A.1, in PKCS#8.
    const RFC_8037: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
        -----END PRIVATE KEY-----\n";

    fn put(directory: &Path, content: &str, mode: u32) -> PathBuf {
        let path = directory.join("signing.pem");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn fault(path: &Path) -> String {
        let fault = SigningKey::load_or_create(path, false).unwrap_err().to_string();
        assert!(!fault.contains('\n'), "one line: {fault}");
        assert!(fault.contains(path.to_str().unwrap()), "names the path: {fault}");
        assert!(!fault.contains("MC4CAQ"), "no key material: {fault}");
        fault
    }

    #[test]
    fn the_thumbprint_is_the_one_of_rfc_8037() {
        let directory = tempfile::tempdir().unwrap();
        let path = put(directory.path(), RFC_8037, 0o600);
        let key = SigningKey::load_or_create(&path, false).unwrap();
        assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
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
    fn a_key_is_made_once_and_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("signing.pem");
        let made = SigningKey::load_or_create(&path, true).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
        let prefix = &RFC_8037[..48];
        assert!(fs::read_to_string(&path).unwrap().starts_with(prefix), "like openssl's: {prefix}");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left behind");
        for may_create in [true, false] {
            let again = SigningKey::load_or_create(&path, may_create).unwrap();
            assert_eq!(again.kid(), made.kid());
        }
    }

    #[test]
    fn racing_processes_end_with_the_same_key() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("signing.pem");
        let start = std::sync::Barrier::new(16);
        let mut kids: Vec<String> = std::thread::scope(|scope| {
            let racers = (0..16).map(|_| {
                scope.spawn(|| {
                    start.wait();
                    SigningKey::load_or_create(&path, true).unwrap().kid().to_owned()
                })
            });
            racers.collect::<Vec<_>>().into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        kids.dedup();
        assert_eq!(kids.len(), 1);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn the_loser_of_a_race_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = put(directory.path(), RFC_8037, 0o600);
        create(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), RFC_8037);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn a_missing_key_is_not_made_unless_allowed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("signing.pem");
        assert!(fault(&path).contains("no such file"));
        assert!(!path.exists());
    }

    #[test]
    fn a_key_that_cannot_be_made_is_said_so() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("missing").join("signing.pem");
        let fault = SigningKey::load_or_create(&path, true).unwrap_err();
        assert!(matches!(fault, KeyFault::NotMade { .. }), "{fault}");
        assert!(fault.to_string().contains("its directory must exist"));
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        for mode in [0o640, 0o604, 0o644, 0o620, 0o666] {
            let path = put(directory.path(), RFC_8037, mode);
            let fault = fault(&path);
            assert!(fault.contains(&format!("mode {mode:04o}")), "{fault}");
            assert!(fault.contains("chmod 600"), "{fault}");
        }
        let path = put(directory.path(), RFC_8037, 0o400);
        assert!(SigningKey::load_or_create(&path, false).is_ok());
    }

    #[test]
    fn what_is_no_key_is_refused_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let body = RFC_8037.lines().nth(1).unwrap();
        let public = "-----BEGIN PUBLIC KEY-----\n\
            MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
        for (content, what) in [
            (String::new(), "no PEM"),
            (body.to_owned(), "no PEM"),
            (RFC_8037.replace("END", "FIN"), "no PEM"),
            (public.to_owned(), "this is a public key"),
            (RFC_8037.replace("PRIVATE KEY", "EC PRIVATE KEY"), "something else"),
            (RFC_8037.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "is encrypted"),
            (RFC_8037.replace("MC4C", "MC4D"), "not Ed25519"),
            (format!("{}{RFC_8037}", " ".repeat(20_000)), "too large"),
        ] {
            let path = put(directory.path(), &content, 0o600);
            let fault = fault(&path);
            assert!(fault.contains(what), "{fault} should say {what}");
            assert!(SigningKey::load_or_create(&path, true).is_err());
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
    }

    #[test]
    fn a_directory_is_no_key() {
        let directory = tempfile::tempdir().unwrap();
        assert!(fault(directory.path()).contains("this is no file"));
    }

    #[test]
    fn what_cannot_be_reached_is_unreadable() {
        let directory = tempfile::tempdir().unwrap();
        let below_a_file = put(directory.path(), RFC_8037, 0o600).join("signing.pem");
        assert!(fault(&below_a_file).contains("cannot be read"));
    }

    #[test]
    fn a_key_is_never_printed() {
        let key = SigningKey::generate().unwrap();
        assert_eq!(format!("{key:?}"), format!("SigningKey {{ kid: {:?}, .. }}", key.kid()));
        assert!(!format!("{:?}", key.encoding()).contains("content: ["));
    }
}
