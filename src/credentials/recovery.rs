//! Recovery codes: what one signs in with once, when the device that makes one-time passwords is gone.
//!
//! A code is 120 random bits, written as six groups of four characters that nobody confuses. Only a digest is kept,
//! bound to the user: with that many random bits there is nothing to guess, not even from a stolen database, so no slow
//! hash is needed (OWASP ASVS 5.0, V6.5.2).
//!
//! May import: `error`.

use secrecy::zeroize::Zeroizing;
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};

/// The characters of a code: no `l`, `o`, `0`, `1`.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Characters of a code, without the dashes.
const LENGTH: usize = 24;
/// Characters of one group.
const GROUP: usize = 4;

/// Makes a code, as its user is shown it.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn generate() -> Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new([0_u8; LENGTH]);
    getrandom::fill(bytes.as_mut_slice())
        .map_err(|error| Error::internal(format!("no random bytes: {error}")))?;
    let mut code = Zeroizing::new(String::with_capacity(LENGTH + LENGTH / GROUP));
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at % GROUP == 0 {
            code.push('-');
        }
        // 32 characters: every one is as likely.
        code.extend(ALPHABET.get(usize::from(byte % 32)).map(|character| char::from(*character)));
    }
    Ok(code)
}

/// The digest that `code` of the user with this id is found by; none for what cannot be a code. Dashes, spaces and capital
/// letters make no difference.
#[must_use]
pub fn digest(user: &[u8; 16], code: &str) -> Option<[u8; 32]> {
    let normal: Zeroizing<Vec<u8>> = Zeroizing::new(
        code.bytes()
            .filter(|byte| !matches!(byte, b'-' | b' '))
            .map(|byte| byte.to_ascii_lowercase())
            .collect(),
    );
    let fine = normal.len() == LENGTH && normal.iter().all(|byte| ALPHABET.contains(byte));
    fine.then(|| {
        let mut hasher = Sha256::new();
        hasher.update(b"passage recovery code");
        hasher.update(user);
        hasher.update(normal.as_slice());
        hasher.finalize().into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_again_however_it_is_typed() {
        let code = generate().unwrap();
        assert_eq!(code.len(), 29);
        let wanted = digest(&[1; 16], &code).unwrap();
        let loose = code.replace('-', " ").to_uppercase();
        for typed in [loose.as_str(), &code.replace('-', ""), &format!(" {} ", code.as_str())] {
            assert_eq!(digest(&[1; 16], typed), Some(wanted), "{typed}");
        }
        assert_ne!(digest(&[2; 16], &code), Some(wanted), "bound to the user");
        assert_ne!(generate().unwrap(), code);
    }

    #[test]
    fn what_cannot_be_a_code_has_no_digest() {
        let right = "abcd-efgh-ijkm-npqr-stuv-wxyz";
        assert!(digest(&[1; 16], right).is_some());
        for wrong in ["", "123456", &right[1..], &right.replace('q', "l"), &format!("{right}a")] {
            assert_eq!(digest(&[1; 16], wrong), None, "{wrong}");
        }
    }
}
