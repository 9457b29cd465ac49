use proptest::prelude::*;

use super::*;
use crate::text_enum::TextEnum;
use IdentifierKind as Kind;

fn normal(kind: Kind, raw: &str) -> String {
    normalise(kind, raw).unwrap_or_else(|error| panic!("{raw}: {error}")).into_string()
}

fn error(kind: Kind, raw: &str) -> String {
    match normalise(kind, raw) {
        Ok(normal) => panic!("{raw} became {}", normal.as_str()),
        Err(error) => error,
    }
}

#[test]
fn spellings_of_one_thing_meet_in_its_normal_form() {
    for (kind, raw, expected) in [
        (Kind::Container, "CSQU3054383", "CSQU3054383"),
        (Kind::Container, " csqu 305438-3 ", "CSQU3054383"),
        (Kind::Container, "СSQU3054383", "CSQU3054383"), // a Cyrillic С
        (Kind::Container, "MSKU 907032 3", "MSKU9070323"),
        (Kind::VehiclePlate, "01 kg 123 abc", "01KG123ABC"),
        (Kind::VehiclePlate, "А123ВС 77", "A123BC77"),
        (Kind::VehiclePlate, "В-1234-Б", "B1234Б"),
        (Kind::Vin, "1M8GDM9AXKP042788", "1M8GDM9AXKP042788"),
        (Kind::Vin, "xta 2108 0 0 4 1234567".trim(), "XTA21080041234567"),
        (Kind::Vin, "WVWZZZ1JZXW000001", "WVWZZZ1JZXW000001"),
        (Kind::VesselImo, "IMO 9074729", "9074729"),
        (Kind::VesselImo, "imo: 9074729", "9074729"),
        (Kind::VesselImo, "ИМО 9074729", "9074729"),
        (Kind::VesselImo, "9074729", "9074729"),
        (Kind::AirWaybill, "125-1234 5675", "12512345675"),
        (Kind::Flight, "kc 0123", "KC123"),
        (Kind::Flight, "KZR123A", "KZR123A"),
        (Kind::Flight, "S7 2045", "S72045"),
        (Kind::Flight, "3U8633", "3U8633"),
        (Kind::Flight, "U2-1", "U21"),
        (Kind::Train, "№ 018Ц", "18Ц"),
        (Kind::Train, "609н", "609H"),
        (Kind::Train, "7064-123-7000", "70641237000"),
        (Kind::PostalItem, "rr 473 124 829 kg", "RR473124829KG"),
        (Kind::Phone, "+996 (555) 12-34-56", "+996555123456"),
        (Kind::Phone, "00996 555 123456", "+996555123456"),
        (Kind::Imei, "49-015420-323751-8", "490154203237518"),
        (Kind::Document, "id № 123.456/7", "ID1234567"),
        (Kind::Document, "АN 1234567", "AN1234567"), // a Cyrillic А
        (Kind::Person, "  Айбек \t Асанов\n", "АЙБЕК АСАНОВ"),
        (Kind::Person, "Аи\u{306}бек Семе\u{308}нов", "АЙБЕК СЕМЁНОВ"),
        (Kind::Person, "\u{feff}O'Neil, Jean-Paul", "O'NEIL, JEAN-PAUL"),
    ] {
        assert_eq!(normal(kind, raw), expected, "{raw}");
    }
}

#[test]
fn a_wrong_check_digit_is_refused_with_the_right_one() {
    for (kind, raw, expected) in [
        (Kind::Container, "CSQU3054384", "the check digit of container CSQU3054384 should be 3"),
        (Kind::Container, "CSQU305438", "lacks its check digit, which should be 3"),
        (Kind::Vin, "1M8GDM9A1KP042788", "(ninth place) of VIN 1M8GDM9A1KP042788 should be X"),
        (Kind::VesselImo, "IMO9074720", "the check digit of IMO number 9074720 should be 9"),
        (
            Kind::AirWaybill,
            "125-12345676",
            "the check digit of air waybill 12512345676 should be 5",
        ),
        (
            Kind::PostalItem,
            "RR473124820KG",
            "the check digit of postal item RR473124820KG should be 9",
        ),
        (Kind::Imei, "490154203237510", "the check digit of IMEI 490154203237510 should be 8"),
        (Kind::Imei, "49015420323751", "lacks its check digit, which should be 8"),
    ] {
        let error = error(kind, raw);
        assert!(error.contains(expected), "{raw}: {error}");
    }
}

#[test]
fn what_is_of_another_shape_is_refused_with_what_would_be_right() {
    for (kind, raw, expected) in [
        (Kind::Container, "CSQ3054383", "four letters and seven digits"),
        (Kind::Container, "CSQU30543833", "four letters and seven digits"),
        (Kind::Container, "CSQA3054383", "should be U, J or Z"),
        (Kind::Container, "ЖSQU3054383", "four letters and seven digits"),
        (Kind::VehiclePlate, "1", "2 to 12"),
        (Kind::VehiclePlate, "1234567890123", "2 to 12"),
        (Kind::VehiclePlate, "01 KG?", "letters and digits"),
        (Kind::Vin, "WVWZZZIJZXW000001", "no letters I, O or Q"),
        (Kind::Vin, "WVWZZZ1JZXW00001", "17 letters and digits, not of 16"),
        (Kind::VesselImo, "IMO 907472", "7 digits"),
        (Kind::AirWaybill, "125-1234567", "3 and 8 digits"),
        (Kind::Flight, "KC", "such as KC123"),
        (Kind::Flight, "123", "such as KC123"),
        (Kind::Flight, "KC0000", "other than 0"),
        (Kind::Flight, "KC12345", "1 to 4 digits"),
        (Kind::Flight, "KC123AB", "perhaps a letter"),
        (Kind::Train, "ICE", "with a digit"),
        (Kind::Train, "000", "with a digit"),
        (Kind::PostalItem, "RR47312482KG", "two letters, nine digits"),
        (Kind::PostalItem, "RR473124829XX", "country's code"),
        (Kind::Phone, "0555 123456", "with its country code"),
        (Kind::Phone, "+44 (0)20 7946 0000", "leave out the (0)"),
        (Kind::Phone, "+0996555123456", "8 to 15 digits"),
        (Kind::Phone, "+1234567", "8 to 15 digits"),
        (Kind::Phone, "+1234567890123456", "8 to 15 digits"),
        (Kind::Imei, "4901542032375181", "IMEISV"),
        (Kind::Imei, "49015", "15 digits"),
        (Kind::Document, "12", "3 to 32"),
        (Kind::Person, "12", "with letters"),
        (Kind::Person, "Aibek\u{0}", "no control characters"),
        (Kind::Person, " \u{200b} ", "expected the name"),
    ] {
        let error = error(kind, raw);
        assert!(error.contains(expected), "{raw}: {error}");
    }
}

#[test]
fn length_is_limited_as_given_and_in_capitals() {
    for kind in Kind::ALL {
        assert!(error(*kind, &"A".repeat(201)).contains("at most 200"));
        assert!(!error(*kind, "").is_empty());
    }
    assert!(error(Kind::Person, &"ß".repeat(101)).contains("in capitals"));
    assert_eq!(normal(Kind::Person, &"a".repeat(200)).len(), 200);
}

#[test]
fn debug_tells_nothing() {
    assert_eq!(format!("{:?}", normalise(Kind::Person, "Aibek").unwrap()), "NormalForm(…)");
}

/// The number without its last digit, completed with the one check digit that is accepted.
fn complete(kind: Kind, front: &str, back: &str) -> String {
    let fitting: Vec<String> = (0..10)
        .map(|digit| format!("{front}{digit}{back}"))
        .filter(|number| normalise(kind, number).is_ok())
        .collect();
    assert_eq!(fitting.len(), 1, "{front}…{back} takes exactly one check digit: {fitting:?}");
    fitting.into_iter().next().unwrap()
}

/// `number` with the digit at `position` raised by `by` modulo ten.
fn substitute(number: &str, position: usize, by: u32) -> String {
    let raise = |c: char| char::from_digit((c.to_digit(10).unwrap() + by) % 10, 10).unwrap();
    number.char_indices().map(|(at, c)| if at == position { raise(c) } else { c }).collect()
}

proptest! {
    #[test]
    fn containers(front in "[A-Z]{3}[UJZ][0-9]{6}", position in 4_usize..11, by in 1_u32..10) {
        let number = complete(Kind::Container, &front, "");
        // Remainders 10 and 0 share the digit 0: there the scheme guarantees nothing.
        let guaranteed = !number.ends_with('0');
        prop_assert!(!guaranteed || normalise(Kind::Container, &substitute(&number, position, by)).is_err());
    }

    #[test]
    fn vessels(front in "[0-9]{6}", position in 0_usize..7, by in 1_u32..10) {
        let number = complete(Kind::VesselImo, &front, "");
        let weight = [7, 6, 5, 4, 3, 2, 1][position];
        // Weights that share a factor with 10 miss some substitutions.
        let guaranteed = weight * by % 10 != 0;
        prop_assert!(!guaranteed || normalise(Kind::VesselImo, &substitute(&number, position, by)).is_err());
    }

    #[test]
    fn air_waybills(front in "[0-9]{10}", position in 3_usize..11, by in 1_u32..10) {
        let number = complete(Kind::AirWaybill, &front, "");
        let other = substitute(&number, position, by);
        let digit = |text: &str| u32::from(text.as_bytes()[position] - b'0');
        // Digits that differ by seven are one modulo 7, but for the check digit itself.
        let guaranteed = position == 10 || digit(&number).abs_diff(digit(&other)) != 7;
        prop_assert!(!guaranteed || normalise(Kind::AirWaybill, &other).is_err());
    }

    #[test]
    fn postal_items(front in "[A-Z]{2}[0-9]{8}", position in 2_usize..11, by in 1_u32..10) {
        let number = complete(Kind::PostalItem, &front, "KG");
        // Remainders 0 and 6 share the digit 5: there the scheme guarantees nothing.
        let guaranteed = number.as_bytes()[10] != b'5';
        prop_assert!(!guaranteed || normalise(Kind::PostalItem, &substitute(&number, position, by)).is_err());
    }

    #[test]
    fn imeis(front in "[0-9]{14}", position in 0_usize..15, by in 1_u32..10) {
        let number = complete(Kind::Imei, &front, "");
        prop_assert!(normalise(Kind::Imei, &substitute(&number, position, by)).is_err());
    }

    #[test]
    fn american_vins(
        front in "[1-5][A-HJ-NPR-Z0-9]{7}", back in "[A-HJ-NPR-Z0-9]{8}",
        position in 1_usize..17, by in 1_u32..10,
    ) {
        let fitting: Vec<String> = "0123456789X".chars()
            .map(|check| format!("{front}{check}{back}"))
            .filter(|vin| normalise(Kind::Vin, vin).is_ok())
            .collect();
        prop_assert_eq!(fitting.len(), 1);
        let guaranteed = fitting[0].as_bytes()[position].is_ascii_digit();
        prop_assert!(!guaranteed || normalise(Kind::Vin, &substitute(&fitting[0], position, by)).is_err());
    }

    #[test]
    fn european_and_asian_vins_carry_no_check_digit(vin in "[J-NPR-Z][A-HJ-NPR-Z0-9]{16}") {
        prop_assert!(normalise(Kind::Vin, &vin).is_ok());
    }

    #[test]
    fn phones_and_flights(digits in "[1-9][0-9]{7,14}", flight in "([A-Z][A-Z0-9]|[A-Z]{3})[1-9][0-9]{0,3}[A-Z]?") {
        prop_assert_eq!(normal(Kind::Phone, &format!("+{digits}")), normal(Kind::Phone, &format!("00 {digits}")));
        prop_assert_eq!(normal(Kind::Flight, &flight), flight);
    }

    #[test]
    fn a_normal_form_is_its_own(index in 0..Kind::ALL.len(), raw in "\\PC{0,40}|[ 0-9A-Za-zА-яёI№+.-]{1,17}") {
        let kind = Kind::ALL[index];
        if let Ok(once) = normalise(kind, &raw) {
            let twice = normalise(kind, once.as_str());
            prop_assert_eq!(twice.as_ref().map(NormalForm::as_str), Ok(once.as_str()));
        }
    }

    #[test]
    fn nothing_makes_it_panic(index in 0..Kind::ALL.len(), raw in any::<String>()) {
        let _ = normalise(Kind::ALL[index], &raw);
    }
}
