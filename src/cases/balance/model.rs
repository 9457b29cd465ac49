//! The balance: initial = remaining + removed + samples + lost, within a tolerance.

use rust_decimal::Decimal;

use crate::cases::case::model::Measured;
use crate::cases::control::model::{EndedHow, Line};
use crate::cases::milestones::model::ReportLimits;
use crate::clock::Instant;
use crate::quantity::{Quantity, Unit};
use crate::text_enum;

#[cfg(test)]
mod tests;

text_enum! {
    /// What a reported quantity is.
    pub enum QuantityKind {
        /// So much was there at first: it takes the place of what was said of that before.
        Initial = "initial",
        /// So much of the illicit goods was there.
        Remaining = "remaining",
        /// So much was taken out, as where goods are replaced.
        Removed = "removed",
        /// So much was taken as a sample.
        Sampled = "sampled",
        /// So much is lost.
        Lost = "lost",
    }
}

text_enum! {
    /// What is odd about a reported quantity. A flag stays.
    pub enum QuantityFlag {
        /// Invariant 11: with this report the balance does not add up.
        Imbalance = "imbalance",
        /// Invariant 10: it was taken out, and no item of evidence was named that it became.
        NotInEvidence = "not_in_evidence",
        /// It is not counted in what the consignment is counted in, and is left out of the balance.
        OtherUnit = "other_unit",
        /// Invariant 3: so much was there at first, and a country on a leg under way does not let so much that is live pass.
        OverLiveCap = "over_live_cap",
        /// Recorded long after it happened.
        Late = "late",
        /// Said to have happened after it was recorded, beyond the allowed skew of clocks.
        Future = "future",
    }
}

impl QuantityKind {
    /// Whether it was taken from what there was.
    #[must_use]
    pub fn is_taken(self) -> bool {
        matches!(self, Self::Removed | Self::Sampled | Self::Lost)
    }
}

/// How far a balance may be off, in percent of what there was at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance {
    /// Where both ends were measured.
    pub measured: u8,
    /// Where one of them was estimated.
    pub estimated: u8,
}

/// What there was at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Initial {
    /// How much.
    pub quantity: Quantity,
    /// Whether that was measured.
    pub measured: Measured,
}

/// A reported quantity, as far as the balance asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// What it is.
    pub kind: QuantityKind,
    /// How much.
    pub quantity: Quantity,
    /// Whether that was measured.
    pub measured: Measured,
    /// When it was so.
    pub occurred_at: Instant,
}

/// What of the goods was there when somebody looked last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remaining {
    /// How much.
    pub amount: Decimal,
    /// When.
    pub at: Instant,
}

/// How the quantities of a consignment add up, in the unit of what there was at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// What there was at first.
    pub initial: Initial,
    /// What was taken out.
    pub removed: Decimal,
    /// What was taken as samples.
    pub sampled: Decimal,
    /// What is lost.
    pub lost: Decimal,
    /// What was there when somebody looked last.
    pub remaining: Option<Remaining>,
    /// What is missing when somebody looked last; below zero where there was more. Nothing where nobody looked and no more
    /// was taken than there was.
    pub difference: Option<Decimal>,
    /// How far the difference may be from zero.
    pub tolerance: Decimal,
    /// Whether it is known what became of all of it: control has ended, and what remained was told at the end or after it.
    pub settled: bool,
}

impl Balance {
    /// Whether it adds up; nothing while that cannot be said.
    #[must_use]
    pub fn is_balanced(&self) -> Option<bool> {
        self.difference.map(|difference| difference.abs() <= self.tolerance)
    }

    /// What should be left by what was taken; nothing less than zero.
    #[must_use]
    pub fn left(&self) -> Decimal {
        let taken = self.removed + self.sampled + self.lost;
        (self.initial.quantity.value() - taken).max(Decimal::ZERO)
    }

    fn unit(&self) -> Unit {
        self.initial.quantity.unit()
    }

    /// So much in the unit of the balance, with the digits that a quantity has.
    #[must_use]
    pub fn quantity(&self, amount: Decimal) -> Quantity {
        Quantity::closest(amount, self.unit())
    }
}

/// How what was told adds up, in the order in which it was recorded.
///
/// The difference is as of when somebody looked last: what was taken later does not count against what was there then.
#[must_use]
pub fn balance(initial: Initial, told: &[Told], line: Line, tolerance: Tolerance) -> Balance {
    let unit = initial.quantity.unit();
    let amount = |told: &Told| told.quantity.counted_in(unit);
    let sum = |counts: &dyn Fn(&Told) -> bool| -> Decimal {
        told.iter().filter(|told| counts(told)).filter_map(amount).sum()
    };
    let of = |kind: QuantityKind| sum(&|told: &Told| told.kind == kind);
    let looked = told
        .iter()
        .filter(|told| told.kind == QuantityKind::Remaining)
        .filter_map(|told| Some((told, amount(told)?)))
        // Of two at the same moment, the one that was recorded last.
        .max_by_key(|(told, _)| told.occurred_at);
    let taken_until =
        |at: Instant| sum(&|told: &Told| told.kind.is_taken() && told.occurred_at <= at);
    let all = sum(&|told: &Told| told.kind.is_taken());
    let first = initial.quantity.value();
    let both_measured = initial.measured == Measured::Measured
        && looked.is_none_or(|(told, _)| told.measured == Measured::Measured);
    let percent = if both_measured { tolerance.measured } else { tolerance.estimated };
    let tolerance = first * Decimal::new(i64::from(percent), 2);
    let difference = match looked {
        Some((told, there)) => Some(first - there - taken_until(told.occurred_at)),
        None => (all > first + tolerance).then(|| first - all),
    };
    let settled = match line {
        Line::Over { how: EndedHow::LostForGood, .. } => true,
        Line::Over { at, .. } => looked.is_some_and(|(told, _)| told.occurred_at >= at),
        Line::Before | Line::Held { .. } => false,
    };
    Balance {
        initial,
        removed: of(QuantityKind::Removed),
        sampled: of(QuantityKind::Sampled),
        lost: of(QuantityKind::Lost),
        remaining: looked.map(|(told, amount)| Remaining { amount, at: told.occurred_at }),
        difference,
        tolerance,
        settled,
    }
}

/// What is odd about the time of a report.
#[must_use]
pub fn timing(occurred_at: Instant, now: Instant, limits: ReportLimits) -> Vec<QuantityFlag> {
    let flags = [
        (limits.is_late(occurred_at, now), QuantityFlag::Late),
        (limits.is_ahead(occurred_at, now), QuantityFlag::Future),
    ];
    flags.into_iter().filter_map(|(odd, flag)| odd.then_some(flag)).collect()
}

/// What is odd about `last`, which was told after everything in `told`: whether it adds up, and what it became.
#[must_use]
pub fn judge(
    initial: Initial,
    told: &[Told],
    last: Told,
    tolerance: Tolerance,
    in_evidence: bool,
) -> Vec<QuantityFlag> {
    let counted = last.quantity.counted_in(initial.quantity.unit()).is_some();
    let taken_out = matches!(last.kind, QuantityKind::Removed | QuantityKind::Sampled);
    let with: Vec<Told> = told.iter().copied().chain([last]).collect();
    let is_off = |told: &[Told]| {
        balance(initial, told, Line::Before, tolerance).is_balanced() == Some(false)
    };
    // What was taken is not to blame for what was missing before.
    let blamed = !last.kind.is_taken() || !is_off(told);
    let flags = [
        (counted && blamed && is_off(&with), QuantityFlag::Imbalance),
        (
            taken_out && !last.quantity.value().is_zero() && !in_evidence,
            QuantityFlag::NotInEvidence,
        ),
        (!counted, QuantityFlag::OtherUnit),
    ];
    flags.into_iter().filter_map(|(odd, flag)| odd.then_some(flag)).collect()
}
