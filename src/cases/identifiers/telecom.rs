//! What speaks: telephone numbers and the equipment they are used with.

use super::{check_digit, compact, digits};

/// ITU-T E.164: `+`, the country code and the number, 8 to 15 digits; `00` in front stands for `+`.
pub(super) fn phone(text: &str) -> Result<String, String> {
    let number = compact(text);
    if number.contains("(0)") {
        return Err("leave out the (0): it is not dialled from abroad".to_owned());
    }
    let number: String = number.chars().filter(|c| !matches!(c, '(' | ')')).collect();
    let Some(international) = number.strip_prefix('+').or(number.strip_prefix("00")) else {
        return Err(
            "expected a telephone number with its country code, such as +996555123456".to_owned()
        );
    };
    let fine = (8..=15).contains(&international.len())
        && digits(international).is_some()
        && !international.starts_with('0');
    if fine {
        Ok(format!("+{international}"))
    } else {
        Err("expected + and 8 to 15 digits beginning with the country code, such as +996555123456"
            .to_owned())
    }
}

/// 3GPP TS 23.003: fifteen digits, of which the last is a check digit after Luhn.
pub(super) fn imei(text: &str) -> Result<String, String> {
    let number = compact(text);
    let values = digits(&number).unwrap_or_default();
    match values.as_slice() {
        [front @ .., found] if front.len() == 14 => {
            check_digit("IMEI", &number, *found, luhn(front)).map(|()| number)
        }
        all if all.len() == 14 => Err(format!(
            "IMEI {number} has 14 digits and lacks its check digit, which should be {}",
            luhn(all)
        )),
        all if all.len() == 16 => Err(
            "this is an IMEISV of 16 digits; expected the IMEI: its first 14 digits and the check digit".to_owned(),
        ),
        _ => Err("expected an IMEI of 15 digits".to_owned()),
    }
}

/// The digit that makes the sum after Luhn a multiple of ten, for an even count of digits in front of it.
fn luhn(front: &[u32]) -> u32 {
    let sum: u32 = front
        .iter()
        .enumerate()
        .map(|(index, digit)| match (index % 2, digit) {
            (0, digit) => *digit,
            (_, 0..=4) => digit * 2,
            (_, digit) => digit * 2 - 9,
        })
        .sum();
    (10 - sum % 10) % 10
}
