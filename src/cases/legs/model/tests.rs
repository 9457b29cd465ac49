use super::*;
use crate::cases::legs::clearance::Breach;
use crate::text_enum::TextEnum;

fn at(seconds: i64) -> Instant {
    Instant::EARLIEST.plus_seconds(seconds)
}

fn end(place: &str, country: &str) -> End {
    End { place: place.into(), country: country.parse().unwrap(), time_zone: "UTC".into() }
}

fn plan(from: (&str, &str), to: (&str, &str), departure: i64, arrival: i64) -> Plan {
    Plan {
        from: end(from.0, from.1),
        to: end(to.0, to.1),
        mode: Mode::Road,
        exit_point: None,
        entry_point: None,
        planned_departure: at(departure),
        planned_arrival: at(arrival),
        responsible: Vec::new(),
    }
}

#[test]
fn the_words_are_those_of_the_contract() {
    assert_eq!(Mode::words(), "road, rail, air, sea, inland_water, post, courier_body, pedestrian");
    assert_eq!(
        LegStatus::words(),
        "planned, cleared, in_progress, at_handover, completed, diverted, must_stop, intervened, lost"
    );
    assert_eq!(Direction::words(), "enter, exit");
}

#[test]
fn invariant_12_legs_join_in_place_and_time() {
    let first = plan(("Osh", "KG"), ("Korday", "KZ"), 0, 10);
    let next = plan((" korday", "KZ"), ("Almaty", "KZ"), 10, 20);
    assert!(fit(&next, Some(&first), None).is_ok());
    assert!(fit(&first, None, Some(&next)).is_ok());
    assert!(is_contiguous(&[&first, &next]));
    for (wrong, reason) in [
        (plan(("Korday", "KG"), ("Almaty", "KZ"), 10, 20), "not-contiguous-in-place"),
        (plan(("Dostyk", "KZ"), ("Almaty", "KZ"), 10, 20), "not-contiguous-in-place"),
        (plan(("Korday", "KZ"), ("Almaty", "KZ"), 9, 20), "departs-before-arrival"),
    ] {
        let refusal = fit(&wrong, Some(&first), None).unwrap_err();
        assert_eq!(refusal.code, &codes::INVARIANT_12);
        let lack = Missing::reason(format!("{reason}-to-the-leg-before"));
        assert_eq!(refusal.missing, [lack.under(&codes::INVARIANT_12)]);
        let refusal = fit(&first, None, Some(&wrong)).unwrap_err();
        let lack = Missing::reason(format!("{reason}-to-the-leg-after"));
        assert_eq!(refusal.missing, [lack.under(&codes::INVARIANT_12)]);
        assert!(!is_contiguous(&[&first, &wrong]));
    }
}

const NOW: Turn = Turn { active: true, reached: true };

fn lack() -> Vec<Lack> {
    vec![(Breach::NoAuthorisation, Missing::reason("no-authorisation"))]
}

#[test]
fn a_leg_starts_once_in_its_turn_and_with_leave() {
    for status in LegStatus::ALL {
        let fine = matches!(status, LegStatus::Planned | LegStatus::Cleared);
        assert_eq!(start(*status, NOW, Vec::new()).is_ok(), fine, "{status}");
        assert_eq!(replan(*status).is_ok(), fine, "{status}");
    }
    let refused = start(LegStatus::Planned, NOW, lack()).unwrap_err();
    assert_eq!(refused.code, &codes::INVARIANT_1);
    for (active, reached) in [(false, true), (true, false), (false, false)] {
        let turn = Turn { active, reached };
        let refused = start(LegStatus::Planned, turn, Vec::new()).unwrap_err();
        assert_eq!(refused.code, &codes::STATE);
        assert_eq!(refused.missing, turn.lacks());
        // Everything that is missing is said at once.
        let refused = start(LegStatus::Planned, turn, lack()).unwrap_err();
        assert_eq!(refused.code, &codes::INVARIANT_1);
        assert_eq!(refused.missing.len(), 1 + turn.lacks().len());
    }
}

#[test]
fn what_is_under_way_arrives_and_what_was_held_goes_on_with_leave() {
    let free = Hindrance::default();
    for status in LegStatus::ALL {
        let held = [LegStatus::MustStop, LegStatus::Intervened, LegStatus::Lost].contains(status);
        assert_eq!(complete(*status).is_ok(), status.is_under_way() && !held, "{status}");
        assert!(!held || complete(*status).unwrap_err().missing.len() == 1, "{status}");
        let stands = status.is_under_way() && *status != LegStatus::InProgress;
        assert_eq!(resume(*status, free, NOW, Vec::new()).is_ok(), stands, "{status}");
        assert!(resume(*status, free, NOW, lack()).is_err());
        let suspended = Turn { active: false, reached: true };
        assert!(resume(*status, free, suspended, Vec::new()).is_err());
    }
}

#[test]
fn nothing_goes_on_that_is_lost_or_being_handed_over() {
    let lost = Hindrance { lost: true, handing_over: false };
    let handing_over = Hindrance { lost: false, handing_over: true };
    for (status, hindrance, reason) in [
        (LegStatus::Lost, lost, "goods-lost"),
        (LegStatus::AtHandover, handing_over, "handover-under-way"),
    ] {
        let refused = resume(status, hindrance, NOW, Vec::new()).unwrap_err();
        assert_eq!(refused.code, &codes::STATE);
        assert_eq!(refused.missing, [Missing::reason(reason)]);
    }
    assert!(resume(LegStatus::Lost, handing_over, NOW, Vec::new()).is_ok());
    assert!(resume(LegStatus::MustStop, lost, NOW, Vec::new()).is_ok());
}

#[test]
fn a_diversion_is_always_taken() {
    for status in LegStatus::ALL {
        assert_eq!(divert(*status, false).is_empty(), status.is_under_way(), "{status}");
        assert!(divert(*status, true).contains(&LegFlag::OffPlan));
    }
}

#[test]
fn a_place_is_the_same_however_it_is_written() {
    for (left, right, same) in [
        ("Korday", " KORDAY ", true),
        ("Ak-Jol", "ak jol", true),
        ("Ak  Jol", "Ak–Jol", true),
        ("Korday", "Dostyk", false),
        ("Korday", "Korday, lane 4", false),
        ("Акжол", "АКЖОЛ", true),
    ] {
        assert_eq!(is_same_place(left, right), same, "{left}, {right}");
    }
}
