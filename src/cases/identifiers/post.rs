//! What is sent: air waybills and postal items.

use super::{check_digit, compact, compact_latin, digits, label, weighted_sum};
use crate::cases::identifiers::IdentifierKind;
use crate::country::Country;

/// IATA: three digits of the airline, seven digits, and those seven modulo 7. The normal form is the eleven digits.
pub(super) fn air_waybill(text: &str) -> Result<String, String> {
    let number = compact(text);
    let values = digits(&number).filter(|values| values.len() == 11);
    let Some([_, _, _, serial @ .., found]) = values.as_deref() else {
        return Err(format!("expected an {}", label(IdentifierKind::AirWaybill)));
    };
    let expected = serial.iter().fold(0, |rest, digit| (rest * 10 + digit) % 7);
    check_digit("air waybill", &number, *found, expected).map(|()| number)
}

/// UPU S10: two letters of the service, eight digits, a check digit, the country.
pub(super) fn postal_item(text: &str) -> Result<String, String> {
    let number = compact_latin(text);
    let error = || {
        format!(
            "expected the {}: two letters, nine digits, two letters of the country",
            label(IdentifierKind::PostalItem)
        )
    };
    let (service, rest) = number.split_at_checked(2).ok_or_else(error)?;
    let (serial, country) = rest.split_at_checked(9).ok_or_else(error)?;
    let values = digits(serial);
    let letters = |part: &str| part.len() == 2 && part.chars().all(|c| c.is_ascii_uppercase());
    let (true, true, Some([front @ .., found])) =
        (letters(service), letters(country), values.as_deref())
    else {
        return Err(error());
    };
    if country.parse::<Country>().is_err() {
        return Err(format!("postal item {number} should end in a country's code, such as KG"));
    }
    let expected = match 11 - weighted_sum(front, &[8, 6, 4, 2, 3, 5, 9, 7]) % 11 {
        10 => 0,
        11 => 5,
        digit => digit,
    };
    check_digit("postal item", &number, *found, expected).map(|()| number.clone())
}
