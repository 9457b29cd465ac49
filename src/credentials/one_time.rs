//! One-time passwords that a device makes by the time (TOTP, RFC 6238), in the form that every authenticator knows:
//! HMAC-SHA-1, six digits, thirty seconds. One step before and one after count too, for clocks that differ.
//!
//! That a step counts once only is for whoever keeps the last one.
//!
//! May import: `clock`, `error`.

use std::fmt;

use secrecy::zeroize::Zeroizing;
use totp_rs::{Builder, Secret, Totp};

use crate::clock::Instant;
use crate::error::{Error, Result};

/// Bytes of a secret: as many as the hash has (RFC 4226, section 4).
const BYTES: usize = 20;
/// Digits of a one-time password.
const DIGITS: usize = 6;

/// A secret shared with a user's device.
pub struct OneTimeSecret(Secret);

impl fmt::Debug for OneTimeSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OneTimeSecret([redacted])")
    }
}

impl OneTimeSecret {
    /// Makes a secret of 160 random bits.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate() -> Result<Self> {
        let mut bytes = Zeroizing::new([0_u8; BYTES]);
        getrandom::fill(bytes.as_mut_slice())
            .map_err(|error| Error::internal(format!("no random bytes: {error}")))?;
        Ok(Self(Secret::new(Box::from(bytes.as_slice()))))
    }

    /// The secret whose [`Self::text`] this is.
    ///
    /// # Errors
    /// A defect, when it is no such text.
    pub fn restore(text: &str) -> Result<Self> {
        Secret::try_from_base32(text)
            .map(Self)
            .map_err(|_| Error::internal("a secret of one-time passwords is damaged"))
    }

    /// The secret in base32 (RFC 4648), as one types it into a device.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.to_base32())
    }

    /// The secret as an `otpauth` address, as a device reads it from a picture; `account` is whose it is.
    ///
    /// # Errors
    /// A defect, when the account cannot be named like this.
    pub fn address(&self, account: &str) -> Result<Zeroizing<String>> {
        // A colon would separate a name of ours from the account's.
        let device = self.device(account.replace(':', "_"))?;
        let address = device.to_url().map_err(|error| Error::internal(error.to_string()))?;
        Ok(Zeroizing::new(address))
    }

    /// The step that `password` is for, if that is the present one, the one before or the one after.
    ///
    /// # Errors
    /// A defect, when the secret is too short.
    pub fn step(&self, password: &str, now: Instant) -> Result<Option<i64>> {
        if !looks_like_one(password) {
            return Ok(None);
        }
        let seconds = u64::try_from(now.seconds()).unwrap_or_default();
        let step = self.device(String::new())?.check(password, seconds);
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }

    fn device(&self, account: String) -> Result<Totp> {
        let mut builder = Builder::new().with_secret(self.0.clone()).with_skew(1);
        if !account.is_empty() {
            builder = builder.with_account_name(account).with_issuer(Some("Passage"));
        }
        builder.build().map_err(|error| Error::internal(error.to_string()))
    }
}

/// Whether `text` has the form of a one-time password.
#[must_use]
pub fn looks_like_one(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 6238, appendix B, in base32.
    const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn at(seconds: i64) -> Instant {
        Instant::from_microseconds(seconds * 1_000_000).unwrap()
    }

    #[test]
    fn the_published_vectors_hold() {
        let secret = OneTimeSecret::restore(KEY).unwrap();
        // The last six of the eight digits in the RFC's table.
        for (seconds, password) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")]
        {
            assert_eq!(secret.step(password, at(seconds)).unwrap(), Some(seconds / 30));
        }
    }

    #[test]
    fn one_step_before_and_after_count_and_no_more() {
        let secret = OneTimeSecret::restore(KEY).unwrap();
        let step = 1_234_567_890 / 30;
        for (steps, counts) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let found = secret.step("005924", at((step + steps) * 30)).unwrap();
            assert_eq!(found, counts.then_some(step), "{steps}");
        }
    }

    #[test]
    fn what_is_no_six_digits_is_never_one() {
        let secret = OneTimeSecret::restore(KEY).unwrap();
        for wrong in ["", "5924", "0005924", "00 5924", "005 924", "٠٠٥٩٢٤", "00592a", "+05924"]
        {
            assert_eq!(secret.step(wrong, at(1_234_567_890)).unwrap(), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_restored_from_its_text_and_never_printed() {
        let secret = OneTimeSecret::generate().unwrap();
        let text = secret.text();
        assert_eq!(text.len(), 32);
        assert_eq!(OneTimeSecret::restore(&text).unwrap().text(), text);
        assert_ne!(OneTimeSecret::generate().unwrap().text(), text);
        assert_eq!(format!("{secret:?}"), "OneTimeSecret([redacted])");
        assert!(OneTimeSecret::restore("not base32!").is_err());
        let address = secret.address("a:b@example.kg").unwrap();
        assert!(address.starts_with("otpauth://totp/Passage:a_b%40example.kg?"), "{address:?}");
        assert!(address.contains(text.as_str()));
    }
}
