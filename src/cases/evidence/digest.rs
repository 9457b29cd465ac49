//! The SHA-256 digest of a digital item: which kinds have one, and what a comparison gives.

use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use utoipa::ToSchema;

use super::model::{EvidenceKind, FlagKind};
use crate::error::{Fault, Refusal, codes};
use crate::{text_enum, text_value};

/// A SHA-256 digest (FIPS 180-4) in 64 small hexadecimal digits; capitals are taken and made small.
#[derive(Debug, Clone, PartialEq, Eq, Hash, ToSchema, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
#[schema(
    value_type = String,
    example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    pattern = "^[0-9a-fA-F]{64}$"
)]
pub struct Sha256(String);

impl Sha256 {
    /// The 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Sha256 {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err("expected a SHA-256 digest of 64 hexadecimal digits".to_owned())
        }
    }
}

text_value!(Sha256);

text_enum! {
    /// What a comparison of digests gave.
    pub enum Verification {
        /// The same.
        Match = "match",
        /// Not the same.
        Mismatch = "mismatch",
    }
}

impl Verification {
    /// The flag that the result leaves.
    #[must_use]
    pub fn flag(self) -> Option<FlagKind> {
        (self == Self::Mismatch).then_some(FlagKind::HashMismatch)
    }
}

/// What is wrong with the digest and size of a new item: things have none, data has both, recordings and documents
/// have both or none.
#[must_use]
pub fn digest_faults(
    kind: EvidenceKind,
    sha256: Option<&Sha256>,
    size_bytes: Option<i64>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut check = |given: bool, other: bool, pointer: &str| match kind {
        EvidenceKind::Physical | EvidenceKind::Sample if given => {
            faults.push(Fault::new(pointer, format!("expected none: the kind {kind} has no data")));
        }
        EvidenceKind::Digital if !given => {
            faults.push(Fault::new(pointer, "expected for the kind digital"));
        }
        EvidenceKind::Photo
        | EvidenceKind::Video
        | EvidenceKind::Audio
        | EvidenceKind::Document
            if other && !given =>
        {
            faults.push(Fault::new(pointer, "expected sha256 and size_bytes together, or neither"));
        }
        _ => {}
    };
    check(sha256.is_some(), size_bytes.is_some(), "/sha256");
    check(size_bytes.is_some(), sha256.is_some(), "/size_bytes");
    if size_bytes.is_some_and(|size| size < 1) {
        faults.push(Fault::new("/size_bytes", "expected at least 1 byte"));
    }
    faults
}

/// Compares `found` with the digest the item was registered with.
///
/// # Errors
/// When the item was registered without one.
pub fn verify(registered: Option<&Sha256>, found: &Sha256) -> Result<Verification, Refusal> {
    match registered {
        Some(digest) if digest == found => Ok(Verification::Match),
        Some(_) => Ok(Verification::Mismatch),
        None => {
            let detail = "The item was registered without a digest; there is nothing to compare.";
            Err(Refusal::new(&codes::STATE, detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_enum::TextEnum;

    #[test]
    fn capitals_and_small_letters_are_the_same_digest() {
        let small: Sha256 = "ab".repeat(32).parse().unwrap();
        assert_eq!("AB".repeat(32).parse::<Sha256>().unwrap(), small);
        assert_eq!(serde_json::to_string(&small).unwrap(), format!("\"{}\"", "ab".repeat(32)));
    }

    #[test]
    fn anything_but_64_digits_is_refused() {
        for wrong in ["", &"a".repeat(63), &"a".repeat(65), &"g".repeat(64), &"я".repeat(32)] {
            assert!(wrong.parse::<Sha256>().unwrap_err().contains("64 hexadecimal digits"));
        }
    }

    #[test]
    fn digest_and_size_go_by_the_kind() {
        let digest: Sha256 = "ab".repeat(32).parse().unwrap();
        for kind in EvidenceKind::ALL {
            for (sha256, size) in [(false, false), (true, false), (false, true), (true, true)] {
                let faults = digest_faults(*kind, sha256.then_some(&digest), size.then_some(7));
                let expected: Vec<&str> = match (kind, sha256, size) {
                    (EvidenceKind::Physical | EvidenceKind::Sample, _, _) => {
                        [(sha256, "/sha256"), (size, "/size_bytes")].to_vec()
                    }
                    (EvidenceKind::Digital, _, _) => {
                        [(!sha256, "/sha256"), (!size, "/size_bytes")].to_vec()
                    }
                    _ => [(size && !sha256, "/sha256"), (sha256 && !size, "/size_bytes")].to_vec(),
                }
                .into_iter()
                .filter_map(|(wrong, pointer)| wrong.then_some(pointer))
                .collect();
                let pointers: Vec<&str> =
                    faults.iter().map(|fault| fault.pointer.as_str()).collect();
                assert_eq!(pointers, expected, "{kind} {sha256} {size}");
            }
        }
        assert_eq!(digest_faults(EvidenceKind::Digital, Some(&digest), Some(0)).len(), 1);
    }

    #[test]
    fn another_digest_leaves_a_flag() {
        let registered: Sha256 = "ab".repeat(32).parse().unwrap();
        let other: Sha256 = "cd".repeat(32).parse().unwrap();
        let same = verify(Some(&registered), &registered).unwrap();
        assert_eq!((same, same.flag()), (Verification::Match, None));
        let differs = verify(Some(&registered), &other).unwrap();
        assert_eq!(
            (differs, differs.flag()),
            (Verification::Mismatch, Some(FlagKind::HashMismatch))
        );
        assert_eq!(verify(None, &other).unwrap_err().code, &codes::STATE);
    }
}
