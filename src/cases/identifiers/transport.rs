//! What carries: containers, vehicles, vessels, flights, trains.

use super::{check_digit, compact, compact_latin, digits, label, weighted_sum};
use crate::cases::identifiers::IdentifierKind;

/// ISO 6346: three letters of the owner, `U`, `J` or `Z`, six digits, a check digit.
pub(super) fn container(text: &str) -> Result<String, String> {
    let number = compact_latin(text);
    let owner_has_letters = number.chars().take(4).all(|c| c.is_ascii_uppercase());
    let rest: String = number.chars().skip(4).collect();
    let (true, Some(serial), 10 | 11) = (owner_has_letters, digits(&rest), number.len()) else {
        return Err(format!(
            "expected a {}: four letters and seven digits",
            label(IdentifierKind::Container)
        ));
    };
    if !matches!(number.chars().nth(3), Some('U' | 'J' | 'Z')) {
        return Err(format!("the fourth letter of container {number} should be U, J or Z"));
    }
    let values = number.chars().take(10).map(container_value);
    let sum: u32 = values.zip(0..).map(|(value, power)| value << power).sum();
    let expected = sum % 11 % 10;
    match serial.get(6) {
        Some(found) => check_digit("container", &number, *found, expected).map(|()| number),
        None => {
            Err(format!("container {number} lacks its check digit, which should be {expected}"))
        }
    }
}

/// A is 10, and multiples of 11 are left out.
fn container_value(c: char) -> u32 {
    let value = c.to_digit(36).unwrap_or_default();
    match value {
        0..=10 => value,
        11..=20 => value + 1,
        21..=30 => value + 2,
        _ => value + 3,
    }
}

/// Two to twelve letters and digits.
pub(super) fn plate(text: &str) -> Result<String, String> {
    let plate = compact_latin(text);
    let fine =
        (2..=12).contains(&plate.chars().count()) && plate.chars().all(char::is_alphanumeric);
    if fine {
        Ok(plate)
    } else {
        Err("expected a registration plate of 2 to 12 letters and digits, such as 01KG123ABC"
            .to_owned())
    }
}

/// ISO 3779. The check digit in the ninth place is demanded where the region's law does: North America, 1 to 5.
pub(super) fn vin(text: &str) -> Result<String, String> {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let vin = compact_latin(text);
    if vin.chars().any(|c| matches!(c, 'I' | 'O' | 'Q')) {
        return Err("a VIN has no letters I, O or Q; look for the digits 1 and 0".to_owned());
    }
    let values: Option<Vec<u32>> = vin.chars().map(vin_value).collect();
    let values = values.filter(|values| values.len() == 17).ok_or_else(|| {
        format!("expected a VIN of 17 letters and digits, not of {}", vin.chars().count())
    })?;
    let expected = std::char::from_digit(weighted_sum(&values, &WEIGHTS) % 11, 10).unwrap_or('X');
    let north_american = matches!(vin.chars().next(), Some('1'..='5'));
    if north_american && vin.chars().nth(8) != Some(expected) {
        return Err(format!("the check digit (ninth place) of VIN {vin} should be {expected}"));
    }
    Ok(vin)
}

fn vin_value(c: char) -> Option<u32> {
    match c {
        '0'..='9' => c.to_digit(10),
        'A' | 'J' => Some(1),
        'B' | 'K' | 'S' => Some(2),
        'C' | 'L' | 'T' => Some(3),
        'D' | 'M' | 'U' => Some(4),
        'E' | 'N' | 'V' => Some(5),
        'F' | 'W' => Some(6),
        'G' | 'P' | 'X' => Some(7),
        'H' | 'Y' => Some(8),
        'R' | 'Z' => Some(9),
        _ => None,
    }
}

/// Seven digits, of which the last is a check digit; with or without `IMO`. The normal form is the digits.
pub(super) fn vessel_imo(text: &str) -> Result<String, String> {
    let number = compact(text);
    let number = number.strip_prefix("IMO").or(number.strip_prefix("ИМО")).unwrap_or(&number);
    let number = number.trim_start_matches([':', '№', '#']);
    let values = digits(number).filter(|values| values.len() == 7);
    let Some([front @ .., found]) = values.as_deref() else {
        return Err(format!("expected an {}", label(IdentifierKind::VesselImo)));
    };
    let expected = weighted_sum(front, &[7, 6, 5, 4, 3, 2]) % 10;
    check_digit("IMO number", number, *found, expected).map(|()| number.to_owned())
}

/// An airline (two characters of IATA or three letters of ICAO), one to four digits, perhaps a letter. Leading zeros
/// of the number are left out.
pub(super) fn flight(text: &str) -> Result<String, String> {
    let flight = compact_latin(text);
    let error = || {
        "expected a flight number: airline (KC or KZR), 1 to 4 digits other than 0, perhaps a letter, such as KC123"
            .to_owned()
    };
    if !flight.is_ascii() {
        return Err(error());
    }
    let icao = flight.chars().take(3).all(|c| c.is_ascii_uppercase());
    let (airline, rest) = flight.split_at_checked(if icao { 3 } else { 2 }).ok_or_else(error)?;
    let airline_is_fine = airline.chars().all(|c| c.is_ascii_alphanumeric())
        && airline.chars().any(|c| c.is_ascii_uppercase());
    let number = rest.trim_end_matches(|c: char| c.is_ascii_uppercase());
    let suffix = rest.strip_prefix(number).unwrap_or_default();
    let significant = number.trim_start_matches('0');
    let number_is_fine = (1..=4).contains(&number.len())
        && !significant.is_empty()
        && digits(significant).is_some()
        && suffix.len() <= 1;
    if airline_is_fine && number_is_fine {
        Ok(format!("{airline}{significant}{suffix}"))
    } else {
        Err(error())
    }
}

/// One to twelve letters and digits with a digit among them: a passenger train (`18`, `609Н`, `ICE 75`) or the index
/// of a freight train. A number sign and leading zeros are left out.
pub(super) fn train(text: &str) -> Result<String, String> {
    let train = compact_latin(text);
    let train = train.trim_start_matches(['№', '#', '0']);
    let fine = (1..=12).contains(&train.chars().count())
        && train.chars().all(char::is_alphanumeric)
        && train.chars().any(|c| c.is_ascii_digit());
    if fine {
        Ok(train.to_owned())
    } else {
        Err(format!(
            "expected a {}: 1 to 12 letters and digits, with a digit other than a leading 0",
            label(IdentifierKind::Train)
        ))
    }
}
