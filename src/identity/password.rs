//! What a new password must be.
//!
//! Length counts, and what is guessed first is refused; no rules of composition (NIST SP 800-63B-4, section 3.1.1.2). How soon
//! a password is guessed is estimated offline, by the word lists and patterns of `zxcvbn`: the passwords of past breaches,
//! names and words, rows of keys, dates and repetitions, with letters replaced or turned around. The user's own name and
//! address and the agency's names are guessed first too.

use crate::email::Email;

/// The fewest characters.
pub const SHORTEST: usize = 12;
/// The most characters; hashing more would only cost time.
pub const LONGEST: usize = 256;
/// The fewest guesses that a password must take, as a power of ten: with a hash that costs tens of milliseconds, a year of work
/// for whoever has stolen it, and centuries for whoever asks the server. Three words that are guessed first take fewer.
const FEWEST_GUESSES: f64 = 9.0;
/// The shortest word that is taken for one of the user's own.
const SHORTEST_WORD: usize = 3;

/// What is tried first where people type in Cyrillic, in small letters; the word lists know Latin letters only.
const COMMON: [&str; 12] = [
    "администратор",
    "йцукен123456",
    "йцукенгшщзхъ",
    "кыргызстан123",
    "казахстан123",
    "пароль123456",
    "парольпароль",
    "привет123456",
    "фывапролджэ1",
    "фывапролджэ\\",
    "ячсмитьбю123",
    "қазақстан123",
];

/// Whose password it is to be: what whoever guesses knows of the user.
#[derive(Debug, Clone)]
pub struct Owner {
    email: Email,
    words: Vec<String>,
}

impl Owner {
    /// Somebody with that address and those names, such as the full name and those of the agency.
    #[must_use]
    pub fn new(email: Email, names: &[&str]) -> Self {
        let mut words = vec!["passage".to_owned()];
        for text in names.iter().copied().chain([email.as_str(), email.local_part()]) {
            words.push(text.to_lowercase());
            let parts = text.split(|letter: char| !letter.is_alphanumeric());
            let own = parts.filter(|part| part.chars().count() >= SHORTEST_WORD);
            words.extend(own.map(str::to_lowercase));
        }
        words.sort_unstable();
        words.dedup();
        Self { email, words }
    }
}

/// Checks a new password of `owner`.
///
/// # Errors
/// In words that say what would be right; the password is never part of them.
pub fn check_password(password: &str, owner: &Owner) -> Result<(), String> {
    let length = password.chars().count();
    if !(SHORTEST..=LONGEST).contains(&length) {
        return Err(format!("expected a password of {SHORTEST} to {LONGEST} characters"));
    }
    let small = password.trim().to_lowercase();
    if small == owner.email.as_str() || small == owner.email.local_part() {
        return Err("expected a password that is not your e-mail address".to_owned());
    }
    if small.is_empty() || COMMON.contains(&small.as_str()) || is_guessed(password, &[]) {
        return Err("expected a password that is not among those tried first, such as several words that do not belong \
                    together"
            .to_owned());
    }
    let words: Vec<&str> = owner.words.iter().map(String::as_str).collect();
    if is_guessed(password, &words) {
        return Err("expected a password that is not made of your name, your address or your agency's names".to_owned());
    }
    Ok(())
}

/// Whether somebody who knows `words` has it soon.
fn is_guessed(password: &str, words: &[&str]) -> bool {
    zxcvbn::zxcvbn(password, words).guesses_log10() < FEWEST_GUESSES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), String> {
        let email = "aibek.asanov@customs.example.kg".parse().unwrap();
        let names = ["Aibek Asanov", "State Service for Drug Control", "Gosnarkokontrol"];
        check_password(password, &Owner::new(email, &names))
    }

    #[test]
    fn length_counts_in_characters() {
        assert!(check("x7#Kq2!vPz9").is_err());
        assert!(check("x7#Kq2!vPz9w").is_ok());
        assert!(check("двенадцать б").is_ok());
        let long = "seven otters cross the river at dawn ".repeat(7);
        let of = |length| long.chars().take(length).collect::<String>();
        assert!(check(&of(256)).is_ok());
        assert!(check(&of(257)).unwrap_err().contains("12 to 256"));
    }

    #[test]
    fn what_is_tried_first_is_refused_however_it_is_written() {
        assert!(check("Aibek.Asanov@customs.example.kg").unwrap_err().contains("e-mail address"));
        assert!(check("AIBEK.ASANOV").unwrap_err().contains("e-mail address"));
        for password in [
            // Of past breaches.
            "Password1234",
            "p@ssw0rd1234",
            "1q2w3e4r5t6y",
            "qwertyuiop123",
            "123456789012",
            "changemechangeme",
            "administrator",
            "iloveyou1234",
            // Rows of keys, repetitions, sequences, dates.
            "zxcvbnm,./zx",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "abcdefghijkl",
            "01.01.1990199",
            "drowssap4321",
            " Парольпароль ",
            "ЙЦУКЕНГШЩЗХЪ",
        ] {
            let said = check(password).expect_err(password);
            assert!(said.contains("tried first"), "{password}: {said}");
        }
        assert!(check(&" ".repeat(20)).is_err());
    }

    #[test]
    fn neither_the_users_nor_the_agencys_nor_this_servers_own_words() {
        for password in [
            "Gosnarkokontrol1",
            "asanov-aibek",
            "G0snark0k0ntr0l!",
            "lortnokokransoG",
            "passage-gosnarkokontrol",
        ] {
            let said = check(password).expect_err(password);
            assert!(said.contains("your name"), "{password}: {said}");
        }
        // Somebody else's are no worse than others.
        let other = Owner::new("b@example.kz".parse().unwrap(), &["Bakyt Usenov", "Customs"]);
        assert!(check_password("Gosnarkokontrol1", &other).is_ok());
    }

    #[test]
    fn what_people_are_told_to_take_is_taken() {
        for password in [
            "correct horse battery staple",
            "seven otters cross the river",
            "snow leopard at dawn",
            "жети күзөн дарыядан өттү",
            "x7#Kq2!vPz9w",
        ] {
            assert_eq!(check(password), Ok(()), "{password}");
        }
    }

    #[test]
    fn the_list_holds_only_what_nothing_else_would_refuse() {
        for password in COMMON {
            assert!(password.chars().count() >= SHORTEST, "{password}");
            assert_eq!(password, password.to_lowercase());
        }
        let needed = COMMON.iter().filter(|password| !is_guessed(password, &[])).count();
        assert!(needed > COMMON.len() / 2, "{needed} of {} are needed", COMMON.len());
    }

    #[test]
    fn the_longest_takes_no_time_worth_stealing() {
        let begun = std::time::Instant::now();
        for password in
            ["4@8({[</\\|1!0$5+7%2z".repeat(13), "aA1!".repeat(64), "password".repeat(32)]
        {
            let password: String = password.chars().take(LONGEST).collect();
            let _ = check(&password);
        }
        assert!(begun.elapsed().as_secs() < 3, "{:?}", begun.elapsed());
    }

    #[test]
    fn the_error_does_not_repeat_the_password() {
        assert!(!check("qwertyuiop123").unwrap_err().contains("qwerty"));
    }
}
