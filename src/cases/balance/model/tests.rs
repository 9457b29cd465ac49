use proptest::prelude::*;

use super::*;
use crate::ids::AgencyId;
use crate::text_enum::TextEnum;

const TOLERANCE: Tolerance = Tolerance { measured: 1, estimated: 10 };

fn at(minutes: i64) -> Instant {
    Instant::EARLIEST.plus_seconds(60 * minutes)
}

fn kilos(value: &str) -> Quantity {
    Quantity::parse(value, Unit::Kilogram).unwrap()
}

fn initial(value: &str) -> Initial {
    Initial { quantity: kilos(value), measured: Measured::Measured }
}

fn told(kind: QuantityKind, quantity: Quantity, minutes: i64) -> Told {
    Told { kind, quantity, measured: Measured::Measured, occurred_at: at(minutes) }
}

fn weighed(value: &str, minutes: i64) -> Told {
    told(QuantityKind::Remaining, kilos(value), minutes)
}

fn over(how: EndedHow, minutes: i64) -> Line {
    Line::Over { how, at: at(minutes) }
}

#[test]
fn what_was_taken_and_what_remained_make_what_there_was() {
    let grams = Quantity::parse("600", Unit::Gram).unwrap();
    let reports = [
        told(QuantityKind::Removed, kilos("9"), 1),
        told(QuantityKind::Sampled, grams, 2),
        told(QuantityKind::Lost, kilos("0.4"), 3),
        weighed("0.6", 4),
    ];
    let whole = balance(initial("10.6"), &reports, over(EndedHow::Seized, 4), TOLERANCE);
    assert_eq!(whole.difference, Some(Decimal::ZERO));
    assert_eq!((whole.is_balanced(), whole.settled), (Some(true), true));
    assert_eq!(whole.quantity(whole.sampled), kilos("0.6"));
    assert_eq!(whole.quantity(whole.left()), kilos("0.6"));
}

#[test]
fn the_tolerance_depends_on_whether_it_was_measured() {
    let balanced =
        |initial, found| balance(initial, &[found], Line::Before, TOLERANCE).is_balanced().unwrap();
    let estimated = |mut told: Told| {
        told.measured = Measured::Estimated;
        told
    };
    assert!(balanced(initial("10"), weighed("9.9", 1)));
    assert!(!balanced(initial("10"), weighed("9.89", 1)));
    assert!(balanced(initial("10"), weighed("10.1", 1)));
    assert!(!balanced(initial("10"), weighed("10.11", 1)));
    assert!(balanced(initial("10"), estimated(weighed("9", 1))));
    assert!(!balanced(initial("10"), estimated(weighed("8.99", 1))));
    let guessed = Initial { measured: Measured::Estimated, ..initial("10") };
    assert!(balanced(guessed, weighed("11", 1)));
}

#[test]
fn what_was_taken_later_does_not_count_against_what_was_there() {
    let reports = [told(QuantityKind::Sampled, kilos("1"), 5), weighed("10", 4)];
    let line = over(EndedHow::Seized, 6);
    let before = balance(initial("10"), &reports, line, TOLERANCE);
    assert_eq!((before.difference, before.settled), (Some(Decimal::ZERO), false));
    let same_moment = [weighed("3", 7), reports[0], weighed("9", 7)];
    let after = balance(initial("10"), &same_moment, line, TOLERANCE);
    assert_eq!((after.difference, after.settled), (Some(Decimal::ZERO), true));
}

#[test]
fn what_cannot_be_compared_is_left_out_and_said() {
    let pieces = Quantity::parse("4", Unit::Piece).unwrap();
    let odd = told(QuantityKind::Removed, pieces, 1);
    assert_eq!(
        judge(initial("10"), &[], odd, TOLERANCE, false),
        [QuantityFlag::NotInEvidence, QuantityFlag::OtherUnit]
    );
    let balance = balance(initial("10"), &[odd], Line::Before, TOLERANCE);
    assert_eq!((balance.removed, balance.is_balanced()), (Decimal::ZERO, None));
}

#[test]
fn what_is_taken_out_becomes_evidence() {
    for kind in QuantityKind::ALL {
        let flags = |value, in_evidence| {
            judge(initial("10"), &[], told(*kind, kilos(value), 1), TOLERANCE, in_evidence)
        };
        let taken_out = matches!(kind, QuantityKind::Removed | QuantityKind::Sampled);
        assert_eq!(flags("10", false).contains(&QuantityFlag::NotInEvidence), taken_out);
        assert_eq!(flags("10", true), []);
    }
    let nothing = told(QuantityKind::Removed, kilos("0"), 1);
    assert_eq!(judge(initial("10"), &[], nothing, TOLERANCE, false), []);
}

#[test]
fn no_more_is_taken_than_there_was() {
    let taken = told(QuantityKind::Lost, kilos("10.2"), 1);
    assert_eq!(judge(initial("10"), &[], taken, TOLERANCE, true), [QuantityFlag::Imbalance]);
    let less = told(QuantityKind::Lost, kilos("10.1"), 1);
    assert_eq!(judge(initial("10"), &[], less, TOLERANCE, true), []);
}

#[test]
fn what_was_missing_before_is_not_blamed_on_what_is_taken() {
    let missing = [weighed("9", 1)];
    let sample = told(QuantityKind::Sampled, kilos("0.001"), 2);
    assert_eq!(judge(initial("10"), &missing, sample, TOLERANCE, true), []);
    assert_eq!(
        judge(initial("10"), &missing, weighed("9", 3), TOLERANCE, true),
        [QuantityFlag::Imbalance]
    );
}

#[test]
fn what_is_lost_for_good_is_settled_without_a_weighing() {
    let held = Line::Held { by: AgencyId::new(at(0)), since: at(0), lost: true };
    for (line, settled) in [
        (Line::Before, false),
        (held, false),
        (over(EndedHow::Destroyed, 5), false),
        (over(EndedHow::LostForGood, 5), true),
    ] {
        assert_eq!(balance(initial("10"), &[], line, TOLERANCE).settled, settled);
    }
}

proptest! {
    /// Whatever is split off in whatever order, the parts make the whole; a part that is held back is what is missing.
    #[test]
    fn parts_make_the_whole(
        grams in proptest::collection::vec((0usize..3, 0i64..100_000), 0..20),
        left in 0i64..1_000_000,
        held_back in 0i64..1_000_000,
    ) {
        let quantity = |grams: i64| Quantity::new(Decimal::from(grams), Unit::Gram).unwrap();
        let total: i64 = grams.iter().map(|(_, grams)| grams).sum::<i64>() + left + held_back;
        let kinds = [QuantityKind::Removed, QuantityKind::Sampled, QuantityKind::Lost];
        let mut reports: Vec<Told> =
            grams.iter().map(|(kind, grams)| told(kinds[*kind], quantity(*grams), 1)).collect();
        reports.push(told(QuantityKind::Remaining, quantity(left), 2));
        let initial = Initial { quantity: quantity(total), measured: Measured::Measured };
        let found = balance(initial, &reports, Line::Before, Tolerance { measured: 0, estimated: 0 });
        prop_assert_eq!(found.difference, Some(Decimal::from(held_back)));
        prop_assert_eq!(found.is_balanced(), Some(held_back == 0));
    }
}
