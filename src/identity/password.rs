//! What a new password must be.
//!
//! Length counts and known passwords are refused; no rules of composition (NIST SP 800-63B-4, section 3.1.1.2).

use crate::email::Email;

/// The fewest characters.
pub const SHORTEST: usize = 12;
/// The most characters; hashing more would only cost time.
pub const LONGEST: usize = 256;

/// Passwords of at least twelve characters that are tried first, in small letters.
const COMMON: [&str; 40] = [
    "000000000000",
    "111111111111",
    "112233445566",
    "121212121212",
    "123123123123",
    "123456123456",
    "123456789012",
    "1234567890123",
    "123456789123",
    "1q2w3e4r5t6y",
    "1q2w3e4r5t6y7u",
    "1qaz2wsx3edc",
    "abcd12345678",
    "abcdefghijkl",
    "adminadminadmin",
    "administrator",
    "administrator1",
    "aaaaaaaaaaaa",
    "changeme1234",
    "changemechangeme",
    "iloveyou1234",
    "letmein12345",
    "p@ssw0rd1234",
    "passagepassage",
    "passw0rd1234",
    "password1234",
    "password12345",
    "password123456",
    "passwordpassword",
    "q1w2e3r4t5y6",
    "qazwsxedcrfv",
    "qwerty123456",
    "qwerty1234567",
    "qwertyqwerty",
    "qwertyuiop12",
    "qwertyuiop123",
    "welcome12345",
    "zxcvbnm12345",
    "йцукенгшщзхъ",
    "парольпароль",
];

/// Checks a new password of the user with that `email`.
///
/// # Errors
/// In words that say what would be right; the password is never part of them.
pub fn check_password(password: &str, email: &Email) -> Result<(), String> {
    let length = password.chars().count();
    if !(SHORTEST..=LONGEST).contains(&length) {
        return Err(format!("expected a password of {SHORTEST} to {LONGEST} characters"));
    }
    let small = password.trim().to_lowercase();
    if small == email.as_str() || small == email.local_part() {
        return Err("expected a password that is not your e-mail address".to_owned());
    }
    if small.is_empty() || COMMON.contains(&small.as_str()) {
        return Err("expected a password that is not among those tried first".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), String> {
        check_password(password, &"aibek.asanov@example.kg".parse().unwrap())
    }

    #[test]
    fn length_counts_in_characters() {
        assert!(check("eleven char").is_err());
        assert!(check("twelve chars").is_ok());
        assert!(check("двенадцать б").is_ok());
        assert!(check(&"ab cd ef".repeat(32)).is_ok());
        assert!(check(&"ab cd ef".repeat(33)).unwrap_err().contains("12 to 256"));
    }

    #[test]
    fn neither_the_address_nor_what_is_tried_first() {
        assert!(check("Aibek.Asanov@example.kg").unwrap_err().contains("e-mail address"));
        assert!(check("AIBEK.ASANOV").unwrap_err().contains("e-mail address"));
        assert!(check("Password1234").unwrap_err().contains("tried first"));
        assert!(check(" Парольпароль ").unwrap_err().contains("tried first"));
        assert!(check(&" ".repeat(20)).is_err());
    }

    #[test]
    fn the_list_holds_only_what_the_length_would_let_pass() {
        for password in COMMON {
            assert!(password.chars().count() >= SHORTEST, "{password}");
            assert_eq!(password, password.to_lowercase());
        }
    }

    #[test]
    fn the_error_does_not_repeat_the_password() {
        assert!(!check("qwertyuiop123").unwrap_err().contains("qwerty"));
    }
}
