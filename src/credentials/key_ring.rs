//! The keys that sign access tokens, one behind the other: which one signs now, and which are believed.
//!
//! Each key has two dates: since when it is published, and from when on it signs. Everything else follows from these and
//! the clock, so that all nodes with the same file change over at the same moment and nobody has to do anything then. A
//! key is published before it signs, so that whoever keeps the published keys knows it by then. A former key is believed
//! for as long as a token of it may last, and not at all after that.
//!
//! The file is a row of PEM blocks (RFC 7468), each behind two lines with its dates. A block without dates, as `openssl
//! genpkey` makes it, signs since ever.
//!
//! May import: `clock`; of `credentials`: `keys`, `key_file`.

use std::fmt::{self, Write as _};
use std::iter;
use std::path::Path;

use secrecy::zeroize::Zeroizing;

use crate::clock::Instant;
use crate::credentials::key_file;
use crate::credentials::keys::{KeyFault, SigningKey, Thumbprint, VerifyingKey, new_pem};
use crate::text_enum;

/// For how long a former key is believed after its successor has begun to sign, in seconds: as long as the longest
/// access token, with what the clocks of two nodes may be apart, twice.
const BELIEVED_SECONDS: i64 = 600 + 2 * 5;

/// What stands in front of the keys in a file that was written here.
const PREAMBLE: &str =
    "Signing keys of Passage, kept by `passage keys`. Every node needs the same file.\n";
const PUBLISHED: &str = "Published: ";
const SIGNS_FROM: &str = "Signs-From: ";

text_enum! {
    /// Where a key stands.
    pub enum KeyState {
        /// It is published and does not sign yet.
        Next = "next",
        /// It signs.
        Signing = "signing",
        /// It signs no more, and what it signed is believed.
        Former = "former",
        /// Nothing of it is believed.
        Retired = "retired",
    }
}

/// A key with its dates.
#[derive(Clone)]
pub struct DatedKey {
    key: SigningKey,
    pem: Zeroizing<String>,
    /// Since when it is published.
    pub published: Instant,
    /// From when on it signs.
    pub signs_from: Instant,
}

impl DatedKey {
    fn new(
        pem: Zeroizing<String>,
        published: Instant,
        signs_from: Instant,
    ) -> Result<Self, &'static str> {
        Ok(Self { key: SigningKey::from_pem(&pem)?, pem, published, signs_from })
    }

    /// The thumbprint by which tokens name it.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.key.kid()
    }
}

impl fmt::Debug for DatedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DatedKey")
            .field("kid", &self.kid())
            .field("published", &self.published)
            .field("signs_from", &self.signs_from)
            .finish_non_exhaustive()
    }
}

impl PartialEq for DatedKey {
    fn eq(&self, other: &Self) -> bool {
        self.kid() == other.kid()
            && (self.published, self.signs_from) == (other.published, other.signs_from)
    }
}

/// The keys of a server, in the order in which they sign; there is at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyRing {
    keys: Vec<DatedKey>,
}

impl KeyRing {
    /// One key that lives in memory only and signs since ever.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub fn generate() -> Result<Self, KeyFault> {
        Self::first(Instant::EARLIEST)
    }

    /// One new key that signs from `now` on.
    fn first(now: Instant) -> Result<Self, KeyFault> {
        let key = DatedKey::new(new_pem()?, now, now).map_err(|_| KeyFault::NoKey)?;
        Ok(Self { keys: vec![key] })
    }

    /// Reads the keys from the file at `path`; when there is none and `may_create`, makes one first.
    ///
    /// Several processes may do so at once: the first to finish wins and all end with its key. A half-written key
    /// is never seen.
    ///
    /// # Errors
    /// When there is no usable key at `path` in the end; see [`KeyFault`].
    pub fn load_or_create(path: &Path, may_create: bool) -> Result<Self, KeyFault> {
        match Self::load(path) {
            Err(KeyFault::Missing(_)) if may_create => {
                let pem = new_pem()?;
                key_file::write_once(path, pem.as_bytes())
                    .map_err(|fault| KeyFault::of(path, fault))?;
                Self::load(path)
            }
            result => result,
        }
    }

    /// Reads the keys from the file at `path`.
    ///
    /// # Errors
    /// When there is no usable key; see [`KeyFault`].
    pub fn load(path: &Path) -> Result<Self, KeyFault> {
        let content = key_file::read(path).map_err(|fault| KeyFault::of(path, fault))?;
        Self::parse(&content).map_err(|what| KeyFault::NotAKey { path: path.to_owned(), what })
    }

    fn parse(content: &[u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(content).map_err(|_| "the content is no PEM")?;
        let mut keys = Vec::new();
        let mut block = Block::default();
        for line in text.lines() {
            if block.takes(line)? {
                keys.push(block.finish()?);
                block = Block::default();
            }
        }
        if keys.is_empty() || block.begun() {
            return Err("the content is no PEM");
        }
        keys.sort_by_key(|key: &DatedKey| key.signs_from);
        for (at, key) in keys.iter().enumerate() {
            let behind = keys.get(at + 1..).unwrap_or_default();
            if behind.iter().any(|other| other.kid() == key.kid()) {
                return Err("a key stands there twice");
            }
            if behind.iter().any(|other| other.signs_from == key.signs_from) {
                return Err("two keys begin to sign at the same time");
            }
        }
        Ok(Self { keys })
    }

    /// The content of a file with these keys.
    fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(PREAMBLE.to_owned());
        for key in &self.keys {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "\n{PUBLISHED}{}", key.published);
            let _ = writeln!(text, "{SIGNS_FROM}{}", key.signs_from);
            text.push_str(&key.pem);
        }
        text
    }

    /// Every key with where it stands at `now`, and until when it is believed where that is known.
    pub fn states(
        &self,
        now: Instant,
    ) -> impl Iterator<Item = (&DatedKey, KeyState, Option<Instant>)> {
        let successors = self.keys.iter().skip(1).map(Some).chain(iter::once(None));
        self.keys.iter().zip(successors).map(move |(key, successor)| {
            let until = successor.map(|key| key.signs_from.plus_seconds(BELIEVED_SECONDS));
            let state =
                match (successor, until) {
                    _ if key.signs_from > now => KeyState::Next,
                    (Some(successor), Some(until)) if successor.signs_from <= now => {
                        if until > now { KeyState::Former } else { KeyState::Retired }
                    }
                    _ => KeyState::Signing,
                };
            (key, state, until)
        })
    }

    /// The key that signs at `now`; none before the first one begins to.
    #[must_use]
    pub fn signing(&self, now: Instant) -> Option<&SigningKey> {
        let mut states = self.states(now);
        states.find(|(_, state, _)| *state == KeyState::Signing).map(|(key, _, _)| &key.key)
    }

    /// The keys whose tokens are believed at `now`, which are those that are published.
    pub fn believed(&self, now: Instant) -> impl Iterator<Item = &VerifyingKey> {
        self.states(now)
            .filter(|(_, state, _)| *state != KeyState::Retired)
            .map(|(key, _, _)| key.key.verifying_key())
    }

    /// Whether what the key with this thumbprint signed is believed at `now`.
    #[must_use]
    pub fn believes(&self, thumbprint: &Thumbprint, now: Instant) -> bool {
        self.believed(now).any(|key| key.thumbprint() == thumbprint)
    }

    /// The same keys without those that are retired, and a new one that is published from `now` on and signs after
    /// `notice_seconds`.
    ///
    /// # Errors
    /// When a next key waits already, which takes over by itself; or there are no random bytes.
    fn followed(&self, now: Instant, notice_seconds: i64) -> Result<Self, KeyFault> {
        let mut kept = Vec::new();
        for (key, state, _) in self.states(now) {
            match state {
                KeyState::Next => {
                    return Err(KeyFault::Waits {
                        kid: key.kid().to_owned(),
                        signs_from: key.signs_from,
                    });
                }
                KeyState::Signing | KeyState::Former => kept.push(key.clone()),
                KeyState::Retired => {}
            }
        }
        let signs_from = now.plus_seconds(notice_seconds);
        let next = DatedKey::new(new_pem()?, now, signs_from).map_err(|_| KeyFault::NoKey)?;
        kept.push(next);
        Ok(Self { keys: kept })
    }
}

/// A block of the file while it is read.
#[derive(Default)]
struct Block {
    pem: Option<Zeroizing<String>>,
    published: Option<Instant>,
    signs_from: Option<Instant>,
}

impl Block {
    /// Takes one more line; tells whether the block ends with it. Text that is neither date nor key explains.
    fn takes(&mut self, line: &str) -> Result<bool, &'static str> {
        let line = line.trim();
        let date = |text: &str| text.parse().map(Some).map_err(|_| "a date of a key is none");
        if self.pem.is_none() && line.starts_with("-----BEGIN ") {
            self.pem = Some(Zeroizing::new(String::with_capacity(1024)));
        }
        if let Some(pem) = &mut self.pem {
            pem.push_str(line);
            pem.push('\n');
        } else if let Some(text) = line.strip_prefix(PUBLISHED) {
            self.published = date(text)?;
        } else if let Some(text) = line.strip_prefix(SIGNS_FROM) {
            self.signs_from = date(text)?;
        }
        Ok(self.pem.is_some() && line.starts_with("-----END "))
    }

    fn begun(&self) -> bool {
        self.pem.is_some()
    }

    fn finish(self) -> Result<DatedKey, &'static str> {
        let (published, signs_from) = match (self.published, self.signs_from) {
            (None, None) => (Instant::EARLIEST, Instant::EARLIEST),
            (Some(published), Some(signs_from)) if published <= signs_from => {
                (published, signs_from)
            }
            (Some(_), Some(_)) => return Err("a key signs before it is published"),
            _ => return Err("a key has one of its two dates only"),
        };
        DatedKey::new(self.pem.unwrap_or_default(), published, signs_from)
    }
}

/// Puts a new key into the file at `path`, which is published from `now` on and signs after `notice_seconds`; where there
/// is no file, one key that signs at once.
///
/// # Errors
/// When a next key waits already, or the file cannot be read or written.
pub fn rotate(path: &Path, now: Instant, notice_seconds: i64) -> Result<KeyRing, KeyFault> {
    let ring = match KeyRing::load(path) {
        Err(KeyFault::Missing(_)) => KeyRing::first(now)?,
        present => present?.followed(now, notice_seconds)?,
    };
    write(path, ring)
}

/// Puts one new key, which signs at once, in the place of all that stand in the file at `path`: for keys that somebody
/// else may have read. Nothing that they signed is believed any more.
///
/// # Errors
/// When the file cannot be written.
pub fn replace(path: &Path, now: Instant) -> Result<KeyRing, KeyFault> {
    write(path, KeyRing::first(now)?)
}

fn write(path: &Path, ring: KeyRing) -> Result<KeyRing, KeyFault> {
    let text = ring.text();
    key_file::replace(path, text.as_bytes()).map_err(|fault| KeyFault::of(path, fault))?;
    Ok(ring)
}

#[cfg(test)]
#[path = "key_ring_tests.rs"]
mod tests;
