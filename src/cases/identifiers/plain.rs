//! What has no scheme of its own: documents and names.

use super::compact_latin;

/// Three to 32 letters and digits.
pub(super) fn document(text: &str) -> Result<String, String> {
    let number: String = compact_latin(text).chars().filter(|c| !matches!(c, '№' | '#')).collect();
    let fine =
        (3..=32).contains(&number.chars().count()) && number.chars().all(char::is_alphanumeric);
    if fine {
        Ok(number)
    } else {
        Err("expected the number of a document: 3 to 32 letters and digits".to_owned())
    }
}

/// A name in capitals with single spaces. Letters of Cyrillic that came as two characters are put together; a name
/// is not transliterated, so it has one normal form for each script.
pub(super) fn person(text: &str) -> Result<String, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let name = compose(&words.join(" ").to_uppercase());
    if name.chars().any(char::is_alphabetic) {
        Ok(name)
    } else {
        Err("expected the name of a person, with letters".to_owned())
    }
}

/// Puts a letter and its combining mark together (Unicode NFC for the letters of Russian, Ukrainian and Belarusian).
fn compose(text: &str) -> String {
    let mut composed = String::with_capacity(text.len());
    for c in text.chars() {
        let together = match (composed.chars().next_back(), c) {
            (Some('И'), '\u{306}') => 'Й',
            (Some('Е'), '\u{308}') => 'Ё',
            (Some('У'), '\u{306}') => 'Ў',
            (Some('І'), '\u{308}') => 'Ї',
            _ => {
                composed.push(c);
                continue;
            }
        };
        composed.pop();
        composed.push(together);
    }
    composed
}
