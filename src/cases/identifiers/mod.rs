//! What a consignment can be recognised by, and the normal form of each kind.
//!
//! Two spellings of the same thing have one normal form, so that they meet when they are matched. A normal form is
//! its own normal form. Where the scheme has a check digit, a wrong one is refused with the digit that would be right.
//!
//! May import: `country`, `text_enum`.

mod plain;
mod post;
mod telecom;
#[cfg(test)]
mod tests;
mod transport;

use std::fmt;

use crate::text_enum;

/// The longest identifier, in characters, as given and in its normal form.
pub const LONGEST: usize = 200;

text_enum! {
    /// What an identifier is.
    pub enum IdentifierKind {
        /// Freight container (ISO 6346).
        Container = "container",
        /// Registration plate of a road vehicle.
        VehiclePlate = "vehicle_plate",
        /// Vehicle identification number (ISO 3779).
        Vin = "vin",
        /// Ship's number of the International Maritime Organization.
        VesselImo = "vessel_imo",
        /// Air waybill (IATA resolution 600a).
        AirWaybill = "air_waybill",
        /// Flight number.
        Flight = "flight",
        /// Train number.
        Train = "train",
        /// Postal item (UPU S10).
        PostalItem = "postal_item",
        /// Telephone number (ITU-T E.164).
        Phone = "phone",
        /// Mobile equipment identity (3GPP TS 23.003).
        Imei = "imei",
        /// Passport, customs declaration or other paper.
        Document = "document",
        /// A person's name.
        Person = "person",
    }
}

/// An identifier in its normal form. `Debug` keeps it out of logs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NormalForm(String);

impl NormalForm {
    /// The normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The normal form, owned.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Debug for NormalForm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NormalForm(…)")
    }
}

/// The normal form of `raw` as an identifier of that `kind`.
///
/// # Errors
/// In words that say what would be right, when `raw` is no identifier of that kind.
pub fn normalise(kind: IdentifierKind, raw: &str) -> Result<NormalForm, String> {
    if raw.chars().count() > LONGEST {
        return Err(format!("expected at most {LONGEST} characters"));
    }
    if raw.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return Err("expected no control characters".to_owned());
    }
    let text: String = raw.chars().filter(|c| !is_invisible(*c)).collect();
    let text = text.trim();
    if text.is_empty() {
        return Err(format!("expected the {}", label(kind)));
    }
    let normal = match kind {
        IdentifierKind::Container => transport::container(text),
        IdentifierKind::VehiclePlate => transport::plate(text),
        IdentifierKind::Vin => transport::vin(text),
        IdentifierKind::VesselImo => transport::vessel_imo(text),
        IdentifierKind::AirWaybill => post::air_waybill(text),
        IdentifierKind::Flight => transport::flight(text),
        IdentifierKind::Train => transport::train(text),
        IdentifierKind::PostalItem => post::postal_item(text),
        IdentifierKind::Phone => telecom::phone(text),
        IdentifierKind::Imei => telecom::imei(text),
        IdentifierKind::Document => plain::document(text),
        IdentifierKind::Person => plain::person(text),
    }?;
    // Capitals can be longer than small letters: ß becomes SS.
    if normal.chars().count() > LONGEST {
        return Err(format!("expected at most {LONGEST} characters in capitals"));
    }
    Ok(NormalForm(normal))
}

fn label(kind: IdentifierKind) -> &'static str {
    match kind {
        IdentifierKind::Container => "container number, such as CSQU3054383",
        IdentifierKind::VehiclePlate => "registration plate, such as 01KG123ABC",
        IdentifierKind::Vin => "vehicle identification number of 17 characters",
        IdentifierKind::VesselImo => "IMO number of 7 digits, such as IMO 9074729",
        IdentifierKind::AirWaybill => "air waybill of 3 and 8 digits, such as 125-12345675",
        IdentifierKind::Flight => "flight number, such as KC123",
        IdentifierKind::Train => "train number, such as 18 or 609H",
        IdentifierKind::PostalItem => "number of the postal item, such as RR473124829KG",
        IdentifierKind::Phone => "telephone number with its country code, such as +996555123456",
        IdentifierKind::Imei => "IMEI of 15 digits",
        IdentifierKind::Document => "number of the document, 3 to 32 letters and digits",
        IdentifierKind::Person => "name of the person",
    }
}

/// Marks that are pasted along unseen: zero-width spaces, marks of direction, the byte order mark, soft hyphens.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '‐'..='―' | '−' | '.' | '/' | '_' | '·')
}

/// Capitals without separators.
fn compact(text: &str) -> String {
    text.chars().filter(|c| !is_separator(*c)).flat_map(char::to_uppercase).collect()
}

/// Capitals without separators, with every Cyrillic or Greek letter that looks like a Latin one made Latin: a plate
/// typed on another keyboard is the same plate.
fn compact_latin(text: &str) -> String {
    compact(text).chars().map(latin_lookalike).collect()
}

fn latin_lookalike(c: char) -> char {
    match c {
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'Х' | 'Χ' => 'X',
        'У' | 'Ү' | 'Υ' => 'Y',
        'Ζ' => 'Z',
        other => other,
    }
}

/// The digits as numbers; `None` when anything else is among them.
fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|c| c.to_digit(10)).collect()
}

/// The digits of `values` times their `weights`, summed.
fn weighted_sum(values: &[u32], weights: &[u32]) -> u32 {
    values.iter().zip(weights).map(|(value, weight)| value * weight).sum()
}

/// Fails with the digit that would be right unless `found` is `expected`.
fn check_digit(what: &str, number: &str, found: u32, expected: u32) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("the check digit of {what} {number} should be {expected}"))
    }
}
