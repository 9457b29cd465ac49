//! Marks: what identifiers are found again by, and how they are kept, so that a copy of the database reveals none.
//!
//! An identifier is sealed (AES-256-GCM, a fresh nonce each time, bound to the row that it belongs to) and found by the
//! HMAC-SHA-256 of its normal form. The keys stand in a file outside of the database, one to a line: `number key`, with
//! 256 random bits in base64url. The highest number makes new marks and seals; the others still find and open. A key is
//! changed by adding a line with the next number; rows under the former one are sealed anew by and by.
//!
//! May import: `error`.

use std::fmt;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::zeroize::Zeroizing;

use crate::credentials::key_file::{self, FileFault};
use crate::error::{Error, Result};

/// Bytes of a key.
const KEY: usize = 32;
/// Bytes in front of what is sealed: the key's number and the nonce.
const HEAD: usize = 4 + NONCE_LEN;

/// Why there are no keys for identifiers: one line.
#[derive(Debug, thiserror::Error)]
#[error("identifier keys {path}: {what}")]
pub struct MarksFault {
    path: String,
    what: String,
}

/// What an identifier is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mark {
    /// The number of the key that made it.
    pub key: i32,
    /// The HMAC of its kind and normal form.
    pub digest: [u8; 32],
}

/// The keys, newest first; their secrets are in no `Debug`.
pub struct Marks {
    keys: Vec<Key>,
}

struct Key {
    number: i32,
    index: hmac::Key,
    seal: RandomizedNonceKey,
}

impl fmt::Debug for Marks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<i32> = self.keys.iter().map(|key| key.number).collect();
        formatter.debug_struct("Marks").field("keys", &numbers).finish_non_exhaustive()
    }
}

impl Key {
    /// Two keys for two purposes, derived from one.
    fn derive(number: i32, secret: &[u8; KEY]) -> Option<Self> {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let index = hmac::sign(&root, b"passage identifier index");
        let seal = hmac::sign(&root, b"passage identifier seal");
        Some(Self {
            number,
            index: hmac::Key::new(hmac::HMAC_SHA256, index.as_ref()),
            seal: RandomizedNonceKey::new(&AES_256_GCM, seal.as_ref()).ok()?,
        })
    }

    fn mark(&self, kind: &str, normal_form: &str) -> Option<Mark> {
        let mut context = hmac::Context::with_key(&self.index);
        context.update(kind.as_bytes());
        context.update(&[0]);
        context.update(normal_form.as_bytes());
        let digest = context.sign().as_ref().try_into().ok()?;
        Some(Mark { key: self.number, digest })
    }
}

impl Marks {
    /// Reads the keys from the file at `path`; when there is none and `may_create`, makes one first.
    ///
    /// # Errors
    /// When there are no usable keys at `path` in the end.
    pub fn load_or_create(path: &Path, may_create: bool) -> Result<Self, MarksFault> {
        let content = match key_file::read(path) {
            Err(FileFault::Missing) if may_create => {
                let line = new_line(1).map_err(|fault| said(path, &fault))?;
                key_file::write_once(path, line.as_bytes()).map_err(|fault| said(path, &fault))?;
                key_file::read(path)
            }
            result => result,
        };
        let content = content.map_err(|fault| said(path, &fault))?;
        Self::parse(&content).map_err(|what| fault(path, what))
    }

    /// One key that lives in memory only.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub fn generate() -> Result<Self> {
        let line = new_line(1).map_err(|_| Error::internal("no random bytes"))?;
        Self::parse(line.as_bytes()).map_err(Error::internal)
    }

    /// For commands that look at no identifier: marking, sealing and opening fail.
    #[must_use]
    pub fn none() -> Self {
        Self { keys: Vec::new() }
    }

    fn parse(content: &[u8]) -> Result<Self, String> {
        let wanted = "expected lines of a number from 1 up, a space, and 32 bytes in base64url";
        let text = std::str::from_utf8(content).map_err(|_| wanted.to_owned())?;
        let mut keys: Vec<Key> = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let key = parse_line(line).ok_or_else(|| format!("line {}: {wanted}", at + 1))?;
            if keys.iter().any(|known| known.number == key.number) {
                return Err(format!(
                    "line {}: the number {} stands there twice",
                    at + 1,
                    key.number
                ));
            }
            keys.push(key);
        }
        keys.sort_by_key(|key| std::cmp::Reverse(key.number));
        if keys.is_empty() { Err(format!("there is no key; {wanted}")) } else { Ok(Self { keys }) }
    }

    fn newest(&self) -> Result<&Key> {
        self.keys.first().ok_or_else(|| Error::internal("there are no keys for identifiers"))
    }

    /// The mark under the newest key: what a new row is found by.
    ///
    /// # Errors
    /// A defect, when there are no keys.
    pub fn mark(&self, kind: &str, normal_form: &str) -> Result<Mark> {
        let mark = self.newest()?.mark(kind, normal_form);
        mark.ok_or_else(|| Error::internal("a mark has another length"))
    }

    /// The marks under every key: what is looked for.
    #[must_use]
    pub fn marks(&self, kind: &str, normal_form: &str) -> Vec<Mark> {
        self.keys.iter().filter_map(|key| key.mark(kind, normal_form)).collect()
    }

    /// The number of the key that seals now.
    ///
    /// # Errors
    /// A defect, when there are no keys.
    pub fn newest_number(&self) -> Result<i32> {
        self.newest().map(|key| key.number)
    }

    /// Seals `text`; it opens only together with the same `about`.
    ///
    /// # Errors
    /// A defect, when there are no keys.
    pub fn seal(&self, about: &[u8], text: &str) -> Result<Vec<u8>> {
        let key = self.newest()?;
        let mut content = text.as_bytes().to_vec();
        let nonce = key
            .seal
            .seal_in_place_append_tag(Aad::from(about), &mut content)
            .map_err(|_| Error::internal("an identifier cannot be sealed"))?;
        let mut sealed = Vec::with_capacity(HEAD + content.len());
        sealed.extend_from_slice(&key.number.to_be_bytes());
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&content);
        Ok(sealed)
    }

    /// Opens what was sealed about the same thing, under whichever key that was.
    ///
    /// # Errors
    /// When the key is no longer in the file, or this is not what was sealed.
    pub fn open(&self, about: &[u8], sealed: &[u8]) -> Result<String> {
        let damaged = || Error::internal("a sealed identifier is damaged, or not of this row");
        let (number, rest) = sealed.split_first_chunk::<4>().ok_or_else(damaged)?;
        let (nonce, content) = rest.split_first_chunk::<NONCE_LEN>().ok_or_else(damaged)?;
        let number = i32::from_be_bytes(*number);
        let key = self.keys.iter().find(|key| key.number == number).ok_or_else(|| {
            Error::internal(format!("identifier key {number} is missing from the file of keys"))
        })?;
        let mut content = Zeroizing::new(content.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let text =
            key.seal.open_in_place(nonce, Aad::from(about), &mut content).map_err(|_| damaged())?;
        std::str::from_utf8(text).map(str::to_owned).map_err(|_| damaged())
    }
}

fn parse_line(line: &str) -> Option<Key> {
    let (number, secret) = line.split_once(' ')?;
    let number: i32 = number.parse().ok().filter(|number| *number > 0)?;
    let secret = Zeroizing::new(URL_SAFE_NO_PAD.decode(secret.trim()).ok()?);
    let secret: &[u8; KEY] = secret.as_slice().try_into().ok()?;
    Key::derive(number, secret)
}

fn new_line(number: i32) -> Result<Zeroizing<String>, FileFault> {
    let mut secret = Zeroizing::new([0_u8; KEY]);
    getrandom::fill(secret.as_mut_slice()).map_err(|_| FileFault::NoRandomBytes)?;
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(secret.as_slice()));
    Ok(Zeroizing::new(format!("{number} {}\n", encoded.as_str())))
}

fn said(path: &Path, said: &FileFault) -> MarksFault {
    let what = match said {
        FileFault::Missing => {
            "no such file; make one with one line: 1 and 32 random bytes in base64url".to_owned()
        }
        FileFault::Unreadable(cause) => {
            format!("cannot be read ({cause}); the server's user must own it")
        }
        FileFault::TooOpen(mode) => {
            format!("others have access (mode {mode:04o}); run chmod 600 on it")
        }
        FileFault::NotAFile => "this is no file".to_owned(),
        FileFault::TooLarge => "the file is too large for keys".to_owned(),
        FileFault::NotMade(cause) => {
            format!("cannot be made ({cause}); its directory must exist and be writable")
        }
        FileFault::NoRandomBytes => "there are no random bytes for a new key".to_owned(),
    };
    fault(path, what)
}

#[expect(clippy::unnecessary_debug_formatting, reason = "escaped, an error stays on one line")]
fn fault(path: &Path, what: String) -> MarksFault {
    MarksFault { path: format!("{path:?}"), what }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(lines: &str) -> Marks {
        Marks::parse(lines.as_bytes()).unwrap()
    }

    fn lines(numbers: &[i32]) -> Vec<String> {
        numbers.iter().map(|number| new_line(*number).unwrap().to_string()).collect()
    }

    #[test]
    fn what_was_sealed_opens_about_the_same_thing_only() {
        let marks = marks(&lines(&[1]).concat());
        let sealed = marks.seal(b"row 1", "MSCU 123456 7").unwrap();
        assert_eq!(marks.open(b"row 1", &sealed).unwrap(), "MSCU 123456 7");
        assert!(marks.open(b"row 2", &sealed).is_err());
        assert_ne!(marks.seal(b"row 1", "MSCU 123456 7").unwrap(), sealed, "a fresh nonce");
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(marks.open(b"row 1", &damaged).is_err(), "byte {at}");
        }
        for length in 0..sealed.len() {
            assert!(marks.open(b"row 1", &sealed[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_mark_tells_kinds_and_normal_forms_apart_and_needs_the_key() {
        let (one, other) = (marks(&lines(&[1]).concat()), marks(&lines(&[1]).concat()));
        let mark = one.mark("container", "MSCU1234567").unwrap();
        assert_eq!(one.mark("container", "MSCU1234567").unwrap(), mark);
        assert_ne!(one.mark("vin", "MSCU1234567").unwrap(), mark);
        assert_ne!(one.mark("container", "MSCU1234568").unwrap(), mark);
        assert_ne!(other.mark("container", "MSCU1234567").unwrap().digest, mark.digest);
    }

    #[test]
    fn a_new_key_takes_over_and_the_former_one_still_finds_and_opens() {
        let former = lines(&[1]).concat();
        let before = marks(&former);
        let (mark, sealed) = (before.mark("vin", "X").unwrap(), before.seal(b"a", "X").unwrap());
        let after = marks(&format!("# both\n{former}\n{}", lines(&[2]).concat()));
        assert_eq!(after.newest_number().unwrap(), 2);
        assert_eq!(after.mark("vin", "X").unwrap().key, 2);
        assert!(after.marks("vin", "X").contains(&mark));
        assert_eq!(after.open(b"a", &sealed).unwrap(), "X");
        let gone = marks(&lines(&[2]).concat()).open(b"a", &sealed).unwrap_err();
        assert!(gone.operator().unwrap_or_default().contains("key 1"), "{gone:?}");
    }

    #[test]
    fn a_bad_file_is_said_in_one_line_without_any_key() {
        let good = lines(&[1]).concat();
        for bad in ["", "# nothing\n", "1", "0 AAAA", "x y", "1 AAAA", &good.replace("1 ", "-1 ")] {
            assert!(Marks::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        let twice = Marks::parse(format!("{good}{good}").as_bytes()).unwrap_err();
        assert!(twice.contains("twice") && !twice.contains(good[2..].trim()), "{twice}");
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("keys");
        let fault = Marks::load_or_create(&missing, false).unwrap_err().to_string();
        assert!(fault.contains("no such file") && !fault.contains('\n'), "{fault}");
        let made = Marks::load_or_create(&missing, true).unwrap();
        let again = Marks::load_or_create(&missing, false).unwrap();
        assert_eq!(made.mark("vin", "X").unwrap(), again.mark("vin", "X").unwrap());
    }
}
