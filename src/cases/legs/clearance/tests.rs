use super::*;
use crate::cases::legs::model::{End, Mode};
use crate::ids::AuthorisationId;

fn at(seconds: i64) -> Instant {
    Instant::EARLIEST.plus_seconds(seconds)
}

fn kilograms(value: &str) -> Quantity {
    Quantity::parse(value, Unit::Kilogram).unwrap()
}

fn load(modality: Modality) -> Load {
    Load {
        consignment: ConsignmentId::new(at(0)),
        modality,
        quantity: kilograms("5.3"),
        live_quantity: None,
    }
}

fn grant(country: &str) -> Grant {
    Grant {
        request: AuthorisationId::new(at(0)),
        country: country.parse().unwrap(),
        permitted_modalities: vec![Modality::Live],
        asks: vec![Ask::Transit],
        live_cap: None,
        entry_points: Vec::new(),
        exit_points: Vec::new(),
        foreign_officers: false,
        valid_from: at(10),
        valid_until: at(20),
        confirm_by: None,
        ended_at: None,
    }
}

fn end(country: &str) -> End {
    End { place: "Korday".into(), country: country.parse().unwrap(), time_zone: "UTC".into() }
}

fn plan(from: &str, to: &str) -> Plan {
    Plan {
        from: end(from),
        to: end(to),
        mode: Mode::Road,
        exit_point: None,
        entry_point: Some("Korday".into()),
        planned_departure: at(12),
        planned_arrival: at(18),
        responsible: Vec::new(),
    }
}

fn reasons(lacks: &[Lack]) -> Vec<(String, String)> {
    lacks
        .iter()
        .map(|(_, missing)| (missing.country.clone().unwrap_or_default(), missing.reason.clone()))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(country, reason)| ((*country).into(), (*reason).into())).collect()
}

#[test]
fn invariant_1_every_country_that_the_leg_touches_has_said_yes() {
    let loads = [load(Modality::Live)];
    let leg = plan("KG", "KZ");
    let none = lacks(&leg, &[], &loads, at(15));
    assert_eq!(reasons(&none), pairs(&[("KG", "no-authorisation"), ("KZ", "no-authorisation")]));
    assert_eq!(refuse(none).unwrap_err().code, &codes::INVARIANT_1);
    let one = lacks(&leg, &[grant("KG")], &loads, at(15));
    assert_eq!(reasons(&one), pairs(&[("KZ", "no-authorisation")]));
    assert!(lacks(&leg, &[grant("KG"), grant("KZ")], &loads, at(15)).is_empty());
    assert!(lacks(&plan("KG", "KG"), &[grant("KG")], &loads, at(15)).is_empty());
}

#[test]
fn invariant_1_counts_at_the_moment_of_the_start() {
    let loads = [load(Modality::Live)];
    let both = [grant("KG"), grant("KZ")];
    let leg = plan("KG", "KZ");
    assert_eq!(
        reasons(&lacks(&leg, &both, &loads, at(9))),
        pairs(&[
            ("KG", "authorisation-not-yet-effective"),
            ("KZ", "authorisation-not-yet-effective")
        ])
    );
    assert_eq!(
        reasons(&lacks(&leg, &both, &loads, at(21))),
        pairs(&[
            ("KG", "authorisation-no-longer-effective"),
            ("KZ", "authorisation-no-longer-effective")
        ])
    );
    let revoked = Grant { ended_at: Some(at(14)), ..grant("KZ") };
    let lacking = lacks(&leg, &[grant("KG"), revoked.clone()], &loads, at(15));
    assert_eq!(reasons(&lacking), pairs(&[("KZ", "authorisation-no-longer-effective")]));
    // What took the place of the revoked one counts.
    assert!(lacks(&leg, &[grant("KG"), revoked, grant("KZ")], &loads, at(15)).is_empty());
}

#[test]
fn invariant_1_covers_what_is_done_there_and_the_entry_point() {
    let loads = [load(Modality::Live)];
    let leg = plan("KG", "KZ");
    let only = |country: &str, asks: &[Ask]| Grant { asks: asks.to_vec(), ..grant(country) };
    for (leaving, entering, expected) in [
        (Ask::Exit, Ask::Enter, &[][..]),
        (Ask::Transit, Ask::Deliver, &[]),
        (Ask::Enter, Ask::Transit, &[("KG", "leaving-not-granted")]),
        (Ask::Exit, Ask::Exit, &[("KZ", "entering-not-granted")]),
        (Ask::Sample, Ask::Enter, &[("KG", "leaving-not-granted")]),
    ] {
        let grants = [only("KG", &[leaving]), only("KZ", &[entering])];
        assert_eq!(reasons(&lacks(&leg, &grants, &loads, at(15))), pairs(expected));
    }
    for (points, fine) in
        [(&["korday "][..], true), (&["Dostyk", "Korday"], true), (&["Dostyk"], false)]
    {
        let entry_points = points.iter().map(|&point| point.to_owned()).collect();
        let grants = [grant("KG"), Grant { entry_points, ..grant("KZ") }];
        assert_eq!(lacks(&leg, &grants, &loads, at(15)).is_empty(), fine, "{points:?}");
    }
}

#[test]
fn invariant_1_covers_the_exit_point() {
    let loads = [load(Modality::Live)];
    let by =
        |point: Option<&str>| Plan { exit_point: point.map(str::to_owned), ..plan("KG", "KZ") };
    let out = Grant { exit_points: vec!["Ak-Jol".into()], ..grant("KG") };
    let grants = [out.clone(), grant("KZ")];
    let at_point = |point| reasons(&lacks(&by(point), &grants, &loads, at(15)));
    assert!(at_point(Some("AK JOL")).is_empty());
    for elsewhere in [Some("Chaldovar"), None] {
        assert_eq!(at_point(elsewhere), pairs(&[("KG", "exit-point-not-permitted")]));
    }
    // It says nothing of where they come in, and nothing of what stays inside.
    assert!(lacks(&plan("KG", "KG"), &[out], &loads, at(15)).is_empty());
}

#[test]
fn invariant_3_the_modality_is_in_the_permitted_set() {
    // A set, not a level: who allows substituted goods has not allowed live ones, nor the other way round.
    for (permitted, travels) in
        [(Modality::Live, Modality::Substituted), (Modality::Substituted, Modality::Live)]
    {
        let grants = [grant("KG"), Grant { permitted_modalities: vec![permitted], ..grant("KZ") }];
        let both = Grant { permitted_modalities: vec![permitted, travels], ..grant("KG") };
        let lacking =
            lacks(&plan("KG", "KZ"), &[both, grants[1].clone()], &[load(travels)], at(15));
        assert_eq!(reasons(&lacking), pairs(&[("KZ", "modality-not-permitted")]));
        assert_eq!(refuse(lacking).unwrap_err().code, &codes::INVARIANT_3);
    }
}

#[test]
fn invariant_3_the_live_quantity_is_within_the_cap() {
    let all = vec![Modality::Live, Modality::Partial, Modality::Substituted];
    let capped = |cap: Quantity| {
        let permitted_modalities = all.clone();
        [grant("KG"), Grant { live_cap: Some(cap), permitted_modalities, ..grant("KG") }][1].clone()
    };
    let inside = plan("KG", "KG");
    let grams = |value: &str| Quantity::parse(value, Unit::Gram).unwrap();
    let check = |cap, loads: &[Load]| reasons(&lacks(&inside, &[capped(cap)], loads, at(15)));
    assert!(check(grams("5300"), &[load(Modality::Live)]).is_empty());
    assert_eq!(
        check(grams("5299.999"), &[load(Modality::Live)]),
        pairs(&[("KG", "live-quantity-over-cap")])
    );
    // What was replaced is not live; of a part, only what remains.
    assert!(check(grams("1"), &[load(Modality::Substituted)]).is_empty());
    let part = Load { live_quantity: Some(grams("20")), ..load(Modality::Partial) };
    assert!(check(grams("20"), &[part, load(Modality::Substituted)]).is_empty());
    assert_eq!(check(grams("39"), &[part, part]), pairs(&[("KG", "live-quantity-over-cap")]));
    // Tablets are not within a number of grams.
    let tablets =
        Load { quantity: Quantity::parse("10", Unit::Tablet).unwrap(), ..load(Modality::Live) };
    assert_eq!(check(grams("9000"), &[tablets]), pairs(&[("KG", "live-quantity-not-comparable")]));
}

#[test]
fn of_several_grants_the_closest_one_is_held_against_the_leg() {
    let narrow = Grant {
        permitted_modalities: vec![Modality::Substituted],
        asks: vec![Ask::Sample],
        ..grant("KG")
    };
    let wide = grant("KG");
    assert!(lacks(&plan("KG", "KG"), &[narrow, wide], &[load(Modality::Live)], at(15)).is_empty());
}
