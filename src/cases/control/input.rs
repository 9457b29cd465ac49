//! What a caller says of control and of handovers, judged field by field.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cases::case::model::Measured;
use crate::cases::consignments::input::judge_seals;
use crate::cases::control::model::EndReason;
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::error::Faults;
use crate::field::Field;
use crate::ids::{AgencyId, ConsignmentId, LegId};
use crate::quantity::Quantity;

/// Longest place, in characters.
const LONGEST_PLACE: usize = 200;
/// Longest note and condition, in characters.
const LONGEST_NOTE: usize = 2000;
/// No case is older than this.
const FIRST_YEAR: i16 = 1900;

/// When and where something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub occurred_at: Instant,
    /// Where.
    pub place: String,
    /// The IANA zone in which the time is told.
    pub time_zone: String,
}

/// When and where; none where a fault was noted. The time is told in the zone `home` unless said.
pub fn told(
    faults: &mut Faults,
    occurred_at: &Field<Instant>,
    (place, time_zone): (&Field<String>, &Field<String>),
    home: &str,
) -> Option<Told> {
    let occurred_at = occurred_at.required(faults, "/occurred_at");
    let sensible = occurred_at.is_none_or(|at| at.year() >= FIRST_YEAR);
    faults.check(sensible, "/occurred_at", "expected a time in 1900 or later");
    let place = place.text(faults, "/place", LONGEST_PLACE);
    let time_zone = time_zone.zone(faults, "/time_zone", home);
    Some(Told { occurred_at: occurred_at?, place: place?, time_zone })
}

/// What is a command cannot lie ahead of `now` by more than `skew` seconds.
fn not_ahead(told: Option<&Told>, faults: &mut Faults, now: Instant, skew: i64) {
    let fine = told.is_none_or(|told| told.occurred_at <= now.plus_seconds(skew));
    faults.check(fine, "/occurred_at", "expected a time that is not ahead of now");
}

/// Taking control.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"occurred_at": "2026-12-01T02:00:00Z", "place": "Warehouse in Osh"}))]
pub struct TakeInput {
    /// When, not later than now.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub occurred_at: Field<Instant>,
    /// Where, in 1 to 200 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub place: Field<String>,
    /// The IANA zone in which the time is told; the agency's unless said.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub time_zone: Field<String>,
}

impl TakeInput {
    /// When and where; none where a fault was noted.
    pub(super) fn judge(
        &self,
        faults: &mut Faults,
        (now, skew): (Instant, i64),
        home: &str,
    ) -> Option<Told> {
        let told = told(faults, &self.occurred_at, (&self.place, &self.time_zone), home);
        not_ahead(told.as_ref(), faults, now, skew);
        told
    }
}

/// The end of control.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "reason": "seized", "occurred_at": "2026-12-02T02:00:00Z", "place": "Baku", "quantity": {"value": "5.3", "unit": "kg"}
}))]
pub struct EndInput {
    /// Why control ends for good.
    #[serde(default)]
    #[schema(value_type = EndReason, required)]
    pub reason: Field<EndReason>,
    /// When, not later than now.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub occurred_at: Field<Instant>,
    /// Where, in 1 to 200 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub place: Field<String>,
    /// The IANA zone in which the time is told; the agency's unless said.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub time_zone: Field<String>,
    /// How much of the illicit goods was there at the end; it settles the balance, and may be told later.
    #[serde(default)]
    #[schema(value_type = Option<Quantity>)]
    pub quantity: Field<Quantity>,
    /// Whether that was measured, which it was unless it is said.
    #[serde(default)]
    #[schema(value_type = Option<Measured>)]
    pub measured: Field<Measured>,
}

/// An end that is right in itself.
#[derive(Debug, Clone)]
pub struct End {
    /// Why.
    pub reason: EndReason,
    /// When and where.
    pub said: Told,
    /// How much there was at the end, and whether that was measured.
    pub found: Option<(Quantity, Measured)>,
}

impl EndInput {
    /// Why, when, where and with how much; none where a fault was noted.
    pub(super) fn judge(
        &self,
        faults: &mut Faults,
        (now, skew): (Instant, i64),
        home: &str,
    ) -> Option<End> {
        let reason = self.reason.required(faults, "/reason");
        let told = told(faults, &self.occurred_at, (&self.place, &self.time_zone), home);
        not_ahead(told.as_ref(), faults, now, skew);
        let quantity = self.quantity.optional(faults, "/quantity");
        let measured = self.measured.optional(faults, "/measured").unwrap_or(Measured::Measured);
        let found = quantity.map(|quantity| (quantity, measured));
        Some(End { reason: reason?, said: told?, found })
    }
}

/// The report of a loss or a recovery.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "occurred_at": "2026-12-01T05:40:00Z", "place": "Before Taraz", "note": "The signal is gone since the tunnel"
}))]
pub struct ControlReportInput {
    /// When.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub occurred_at: Field<Instant>,
    /// Where, in 1 to 200 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub place: Field<String>,
    /// The IANA zone in which the time is told; the agency's unless said.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub time_zone: Field<String>,
    /// Anything else, in at most 2000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub note: Field<String>,
}

impl ControlReportInput {
    /// When, where and anything else; none where a fault was noted.
    pub(super) fn judge(&self, faults: &mut Faults, home: &str) -> Option<(Told, Option<String>)> {
        let told = told(faults, &self.occurred_at, (&self.place, &self.time_zone), home);
        let note = self.note.optional_text(faults, "/note", LONGEST_NOTE);
        Some((told?, note))
    }
}

/// A takeover that could not wait.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "consignment_id": "0198c1de-0000-7000-8000-000000000001", "occurred_at": "2026-12-01T05:40:00Z",
    "place": "Before Taraz", "reason": "The escort was in an accident"
}))]
pub struct TakeoverInput {
    /// The consignment.
    #[serde(default)]
    #[schema(value_type = ConsignmentId, required)]
    pub consignment_id: Field<ConsignmentId>,
    /// When.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub occurred_at: Field<Instant>,
    /// Where, in 1 to 200 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub place: Field<String>,
    /// The IANA zone in which the time is told; the agency's unless said.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub time_zone: Field<String>,
    /// Why it could not wait, in 1 to 2000 characters.
    #[serde(default)]
    #[schema(value_type = Reason, required)]
    pub reason: Field<Reason>,
}

impl TakeoverInput {
    /// Which consignment, when, where and why; none where a fault was noted.
    pub(super) fn judge(
        &self,
        faults: &mut Faults,
        home: &str,
    ) -> Option<(ConsignmentId, Told, Reason)> {
        let consignment = self.consignment_id.required(faults, "/consignment_id");
        let told = told(faults, &self.occurred_at, (&self.place, &self.time_zone), home);
        let reason = self.reason.required(faults, "/reason");
        Some((consignment?, told?, reason?))
    }
}

/// The window of a handover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandoverWindow {
    /// Its first moment.
    pub from: Instant,
    /// Its last moment.
    pub until: Instant,
}

/// A handover to be proposed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "consignment_id": "0198c1de-0000-7000-8000-000000000001", "to_agency_id": "0198c1de-0000-7000-8000-000000000002",
    "place": "Korday, lane 4", "window": {"from": "2026-12-01T04:00:00Z", "until": "2026-12-01T06:00:00Z"},
    "seals": ["KG-4711"]
}))]
pub struct ProposalInput {
    /// The consignment.
    #[serde(default)]
    #[schema(value_type = ConsignmentId, required)]
    pub consignment_id: Field<ConsignmentId>,
    /// Who is to take it.
    #[serde(default)]
    #[schema(value_type = AgencyId, required)]
    pub to_agency_id: Field<AgencyId>,
    /// The leg on which it happens.
    #[serde(default)]
    #[schema(value_type = Option<LegId>)]
    pub leg_id: Field<LegId>,
    /// Where, in 1 to 200 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub place: Field<String>,
    /// The IANA zone of that place; the agency's unless said.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub time_zone: Field<String>,
    /// When; also a window that has passed, for what nobody could record in time.
    #[serde(default)]
    #[schema(value_type = HandoverWindow, required)]
    pub window: Field<HandoverWindow>,
    /// The seals with which the goods are given, at most 100.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub seals: Field<Vec<String>>,
}

/// A proposal that was judged to be right.
#[derive(Debug)]
pub(super) struct Proposal {
    pub(super) consignment: ConsignmentId,
    pub(super) to: AgencyId,
    pub(super) leg: Option<LegId>,
    pub(super) place: String,
    pub(super) time_zone: String,
    pub(super) window: HandoverWindow,
    pub(super) seals: Vec<String>,
}

impl ProposalInput {
    /// The proposal; none where a fault was noted.
    pub(super) fn judge(&self, faults: &mut Faults, home: &str) -> Option<Proposal> {
        let consignment = self.consignment_id.required(faults, "/consignment_id");
        let to = self.to_agency_id.required(faults, "/to_agency_id");
        let leg = self.leg_id.optional(faults, "/leg_id");
        let place = self.place.text(faults, "/place", LONGEST_PLACE);
        let time_zone = self.time_zone.zone(faults, "/time_zone", home);
        let window = self.window.required(faults, "/window");
        if let Some(window) = window {
            faults.check(window.from < window.until, "/window/until", "expected a time after from");
            let sensible = window.from.year() >= FIRST_YEAR;
            faults.check(sensible, "/window/from", "expected a time in 1900 or later");
        }
        let seals = self.seals.optional(faults, "/seals").unwrap_or_default();
        judge_seals(&seals, faults, "/seals");
        Some(Proposal {
            consignment: consignment?,
            to: to?,
            leg,
            place: place?,
            time_zone,
            window: window?,
            seals,
        })
    }
}

/// What the receiver of a handover states.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "quantity": {"value": "10.6", "unit": "kg"}, "condition": "dry, tape untouched", "seals": ["KG-4711"],
    "occurred_at": "2026-12-01T05:10:00Z"
}))]
pub struct AcceptanceInput {
    /// How much was received.
    #[serde(default)]
    #[schema(value_type = Quantity, required)]
    pub quantity: Field<Quantity>,
    /// In which condition, in 1 to 2000 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub condition: Field<String>,
    /// With which seals, at most 100.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required)]
    pub seals: Field<Vec<String>>,
    /// When the goods changed hands, not later than now; now unless said.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    pub occurred_at: Field<Instant>,
    /// The IANA zone in which the time is told; the agency's unless said.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub time_zone: Field<String>,
}

/// An acceptance that was judged to be right.
#[derive(Debug)]
pub(super) struct Acceptance {
    pub(super) quantity: Quantity,
    pub(super) condition: String,
    pub(super) seals: Vec<String>,
    pub(super) occurred_at: Instant,
    pub(super) time_zone: String,
}

impl AcceptanceInput {
    /// The acceptance; none where a fault was noted.
    pub(super) fn judge(
        &self,
        faults: &mut Faults,
        (now, skew): (Instant, i64),
        home: &str,
    ) -> Option<Acceptance> {
        let quantity = self.quantity.required(faults, "/quantity");
        let condition = self.condition.text(faults, "/condition", LONGEST_NOTE);
        let seals = self.seals.required(faults, "/seals");
        judge_seals(seals.as_deref().unwrap_or_default(), faults, "/seals");
        let occurred_at = self.occurred_at.optional(faults, "/occurred_at").unwrap_or(now);
        let fine = occurred_at <= now.plus_seconds(skew);
        faults.check(fine, "/occurred_at", "expected a time that is not ahead of now");
        let time_zone = self.time_zone.zone(faults, "/time_zone", home);
        Some(Acceptance {
            quantity: quantity?,
            condition: condition?,
            seals: seals?,
            occurred_at,
            time_zone,
        })
    }
}

/// Why a handover is refused or cancelled.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The seal is broken"}))]
pub struct HandoverReasonInput {
    /// The reason, in 1 to 2000 characters.
    #[serde(default)]
    #[schema(value_type = Option<Reason>)]
    pub reason: Field<Reason>,
}
