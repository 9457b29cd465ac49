//! What a caller says of a transfer.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::error::Faults;
use crate::field::Field;
use crate::ids::AgencyId;
use crate::quantity::Quantity;

use super::{LONGEST_LINE, LONGEST_NOTE, LONGEST_PLACE, past};

/// An offer to hand an item over.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "to_agency_id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11", "place": "Korday", "purpose": "Analysis",
    "seal": "KG-0417", "condition": "Undamaged", "weight": {"value": "1.02", "unit": "kg"}
}))]
pub struct TransferInput {
    /// The receiving agency: lead, partner or coordinator of the case, to whom the item is shown.
    #[schema(value_type = AgencyId, required)]
    #[serde(default)]
    pub to_agency_id: Field<AgencyId>,
    /// Where it changes hands, in at most 300 characters.
    #[schema(value_type = String, required)]
    #[serde(default)]
    pub place: Field<String>,
    /// The IANA zone of that place; the agency's unless said.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub time_zone: Field<String>,
    /// Why it changes hands, in at most 2000 characters.
    #[schema(value_type = String, required)]
    #[serde(default)]
    pub purpose: Field<String>,
    /// The seal it leaves with; when missing, the one it is recorded with.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub seal: Field<String>,
    /// The condition it leaves in, in at most 2000 characters.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub condition: Field<String>,
    /// The weight it leaves with.
    #[schema(value_type = Option<Quantity>)]
    #[serde(default)]
    pub weight: Field<Quantity>,
    /// When it left the releaser's hands, where it left them before the receiver took it.
    #[schema(value_type = Option<Instant>)]
    #[serde(default)]
    pub released_at: Field<Instant>,
}

/// An offer that was judged to be right, but for its receiver.
#[derive(Debug, Clone)]
pub struct NewTransfer {
    pub(in crate::cases::evidence) to: AgencyId,
    pub(in crate::cases::evidence) place: String,
    pub(in crate::cases::evidence) time_zone: String,
    pub(in crate::cases::evidence) purpose: String,
    pub(in crate::cases::evidence) seal: Option<String>,
    pub(in crate::cases::evidence) condition: Option<String>,
    pub(in crate::cases::evidence) weight: Option<Quantity>,
    pub(in crate::cases::evidence) released_at: Option<Instant>,
}

impl TransferInput {
    /// The offer; `None` where a fault was noted.
    pub(in crate::cases::evidence) fn judge(
        &self,
        now: Instant,
        home: &str,
        faults: &mut Faults,
    ) -> Option<NewTransfer> {
        let to = self.to_agency_id.required(faults, "/to_agency_id");
        let place = self.place.text(faults, "/place", LONGEST_PLACE);
        let time_zone = self.time_zone.zone(faults, "/time_zone", home);
        let purpose = self.purpose.text(faults, "/purpose", LONGEST_NOTE);
        let seal = self.seal.optional_text(faults, "/seal", LONGEST_LINE);
        let condition = self.condition.optional_text(faults, "/condition", LONGEST_NOTE);
        let weight = self.weight.optional(faults, "/weight");
        let released_at = past(&self.released_at, now, faults, "/released_at");
        let (to, place, purpose) = (to?, place?, purpose?);
        Some(NewTransfer { to, place, time_zone, purpose, seal, condition, weight, released_at })
    }
}

/// What the receiver states.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "seal": "KG-0417", "condition": "Undamaged", "storage_place": "Laboratory, safe 2",
    "weight": {"value": "1.02", "unit": "kg"}
}))]
pub struct AcceptanceInput {
    /// The seal it came with; empty when it came with none, missing when nothing is said of it.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub seal: Field<String>,
    /// The condition it came in, in at most 2000 characters.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub condition: Field<String>,
    /// Where the receiver keeps it, in at most 300 characters; where it changed hands, when missing.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub storage_place: Field<String>,
    /// The weight it came with.
    #[schema(value_type = Option<Quantity>)]
    #[serde(default)]
    pub weight: Field<Quantity>,
    /// When the receiver took it over; now, when missing.
    #[schema(value_type = Option<Instant>)]
    #[serde(default)]
    pub received_at: Field<Instant>,
    /// The IANA zone in which that is told; the agency's unless said.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub time_zone: Field<String>,
}

/// A receiver's statement that was judged to be right.
#[derive(Debug, Clone)]
pub struct Receipt {
    pub(in crate::cases::evidence) seal: Option<String>,
    pub(in crate::cases::evidence) condition: Option<String>,
    pub(in crate::cases::evidence) storage_place: Option<String>,
    pub(in crate::cases::evidence) weight: Option<Quantity>,
    pub(in crate::cases::evidence) received_at: Instant,
    pub(in crate::cases::evidence) time_zone: String,
}

impl AcceptanceInput {
    /// The statement.
    pub(in crate::cases::evidence) fn judge(
        &self,
        now: Instant,
        home: &str,
        faults: &mut Faults,
    ) -> Receipt {
        let seal = self.seal.optional(faults, "/seal");
        faults.optional_text("/seal", seal.as_deref(), LONGEST_LINE);
        Receipt {
            seal: seal.map(|seal| seal.trim().to_owned()),
            condition: self.condition.optional_text(faults, "/condition", LONGEST_NOTE),
            storage_place: self.storage_place.optional_text(
                faults,
                "/storage_place",
                LONGEST_PLACE,
            ),
            weight: self.weight.optional(faults, "/weight"),
            received_at: past(&self.received_at, now, faults, "/received_at").unwrap_or(now),
            time_zone: self.time_zone.zone(faults, "/time_zone", home),
        }
    }
}

/// Why an offer is refused or taken back.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The seal is broken"}))]
pub struct TransferReason {
    /// Why.
    #[schema(value_type = Reason, required)]
    #[serde(default)]
    pub reason: Field<Reason>,
}
