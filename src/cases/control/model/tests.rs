use super::*;
use crate::text_enum::TextEnum;

fn at(seconds: i64) -> Instant {
    Instant::EARLIEST.plus_seconds(seconds)
}

fn agency(number: i64) -> AgencyId {
    AgencyId::from_uuid(uuid::Uuid::from_u128(u128::from(number.unsigned_abs())))
}

fn held(by: i64, lost: bool) -> Line {
    Line::Held { by: agency(by), since: at(100), lost }
}

fn over(how: EndedHow) -> Line {
    Line::Over { how, at: at(200) }
}

const HOME: Ground = Ground { goods: None, ahead: None, own: None, foreigners_allowed: false };

fn ground(goods: &str, own: &str, foreigners_allowed: bool) -> Ground {
    Ground { goods: goods.parse().ok(), ahead: None, own: own.parse().ok(), foreigners_allowed }
}

#[test]
fn the_words_are_those_of_the_contract() {
    assert_eq!(EndReason::words(), "seized, delivered_and_seized, destroyed, lost_for_good");
    for reason in EndReason::ALL {
        assert_eq!(EndedHow::from(*reason).as_str(), reason.as_str());
    }
}

#[test]
fn invariant_4_control_begins_once_and_ends_once() {
    assert!(take(Line::Before, agency(1), HOME).is_ok());
    assert_eq!(take(held(1, false), agency(1), HOME).unwrap_err().code, &codes::INVARIANT_4);
    for how in EndedHow::ALL {
        assert_eq!(take(over(*how), agency(1), HOME).unwrap_err().code, &codes::INVARIANT_4);
        assert_eq!(end(over(*how), agency(1)).unwrap_err().code, &codes::INVARIANT_4);
    }
    assert_eq!(end(Line::Before, agency(1)).unwrap_err().code, &codes::INVARIANT_4);
    assert!(end(held(1, false), agency(1)).is_ok());
    assert!(end(held(1, true), agency(1)).is_ok());
}

#[test]
fn invariant_5_nobody_takes_or_ends_the_control_of_another() {
    assert_eq!(take(held(2, false), agency(1), HOME).unwrap_err().code, &codes::INVARIANT_5);
    assert_eq!(take(held(2, true), agency(1), HOME).unwrap_err().code, &codes::INVARIANT_5);
    assert_eq!(end(held(2, false), agency(1)).unwrap_err().code, &codes::INVARIANT_5);
}

#[test]
fn invariant_6_control_begins_in_ones_own_country_unless_a_grant_allows_more() {
    assert!(take(Line::Before, agency(1), ground("KG", "KG", false)).is_ok());
    let refused = take(Line::Before, agency(1), ground("KZ", "KG", false)).unwrap_err();
    assert_eq!(refused.code, &codes::INVARIANT_6);
    assert!(refused.detail.contains("KZ"));
    assert!(take(Line::Before, agency(1), ground("KZ", "KG", true)).is_ok());
    assert!(take(Line::Before, agency(1), ground("", "KG", false)).is_ok());
}

#[test]
fn a_loss_and_a_recovery_are_always_taken() {
    assert_eq!(lose(held(1, false)), []);
    assert_eq!(lose(held(1, true)), [ControlFlag::Repeated]);
    assert_eq!(lose(Line::Before), [ControlFlag::NobodyInControl]);
    assert_eq!(recover(held(1, true)), (Recovery::Regained, vec![]));
    assert_eq!(recover(held(1, false)), (Recovery::Nothing, vec![ControlFlag::Repeated]));
    assert_eq!(recover(over(EndedHow::LostForGood)), (Recovery::Begins, vec![ControlFlag::Gap]));
    let seized = recover(over(EndedHow::Seized));
    assert_eq!(seized, (Recovery::Nothing, vec![ControlFlag::NobodyInControl]));
}

#[test]
fn an_emergency_takeover_is_always_taken_and_leaves_no_gap() {
    assert_eq!(take_over(held(2, false), agency(1), at(150), at(300)), (Some(at(150)), vec![]));
    let early = take_over(held(2, false), agency(1), at(50), at(300));
    assert_eq!(early, (Some(at(100)), vec![ControlFlag::OutOfOrder]));
    assert_eq!(
        take_over(held(1, false), agency(1), at(150), at(300)),
        (None, vec![ControlFlag::Repeated])
    );
    let first = take_over(Line::Before, agency(1), at(150), at(300));
    assert_eq!(first, (Some(at(150)), vec![ControlFlag::NobodyInControl]));
    let after = take_over(over(EndedHow::Seized), agency(1), at(150), at(300));
    assert_eq!(after, (Some(at(200)), vec![ControlFlag::NobodyInControl, ControlFlag::Gap]));
}

#[test]
fn a_takeover_that_is_told_for_a_time_ahead_begins_when_it_is_recorded() {
    assert_eq!(take_over(held(2, false), agency(1), at(900), at(300)), (Some(at(300)), vec![]));
    let (first, _) = take_over(Line::Before, agency(1), at(900), at(300));
    assert_eq!(first, Some(at(300)));
    let (after, _) = take_over(over(EndedHow::Seized), agency(1), at(900), at(300));
    assert_eq!(after, Some(at(300)));
    // Clocks differ a little: the line never runs backwards.
    assert_eq!(take_over(held(2, false), agency(1), at(900), at(99)), (Some(at(100)), vec![]));
}
