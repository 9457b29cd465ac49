//! What a caller says of a consignment, judged field by field.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::cases::case::model::{ConsignmentKind, Measured, Modality};
use crate::cases::identifiers::{self, IdentifierKind, NormalForm};
use crate::error::Faults;
use crate::field::Field;
use crate::quantity::Quantity;

/// Longest substance, seal and such, in characters.
const LONGEST_LINE: usize = 200;
/// Longest description of packaging, concealment and hazard, in characters.
const LONGEST_NOTE: usize = 2000;
/// Most seals and identifiers of one consignment.
const MOST_MARKS: usize = 100;

/// A consignment to be added.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "narcotic", "substance": "heroin", "quantity": {"value": "5.3", "unit": "kg"}, "measured": "estimated",
    "modality": "live", "packaging": "eleven packets", "seals": ["KG-0417"],
    "identifiers": [{"kind": "container", "value": "CSQU3054383"}]
}))]
pub struct ConsignmentInput {
    /// What kind of goods.
    #[schema(value_type = ConsignmentKind, required)]
    #[serde(default)]
    pub kind: Field<ConsignmentKind>,
    /// Which substance or thing, at most 200 characters.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub substance: Field<String>,
    /// How much.
    #[schema(value_type = Quantity, required)]
    #[serde(default)]
    pub quantity: Field<Quantity>,
    /// Whether the quantity was measured or estimated.
    #[schema(value_type = Measured, required)]
    #[serde(default)]
    pub measured: Field<Measured>,
    /// What of it travels on.
    #[schema(value_type = Modality, required)]
    #[serde(default)]
    pub modality: Field<Modality>,
    /// With `partial`: the live quantity that remains, in the unit of `quantity`.
    #[schema(value_type = Option<Quantity>)]
    #[serde(default)]
    pub live_quantity: Field<Quantity>,
    /// How it is packed, at most 2000 characters.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub packaging: Field<String>,
    /// How it is hidden, at most 2000 characters.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub concealment: Field<String>,
    /// What is dangerous about it, at most 2000 characters.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub hazard: Field<String>,
    /// Seal numbers, at most 100.
    #[schema(value_type = Option<Vec<String>>)]
    #[serde(default)]
    pub seals: Field<Vec<String>>,
    /// The marks by which it is known, at most 100.
    #[schema(value_type = Option<Vec<IdentifierInput>>)]
    #[serde(default)]
    pub identifiers: Field<Vec<IdentifierInput>>,
}

/// An identifier to be added.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "vehicle_plate", "value": "01KG777ABC"}))]
pub struct IdentifierInput {
    /// What kind of mark.
    #[schema(value_type = IdentifierKind, required)]
    #[serde(default)]
    pub kind: Field<IdentifierKind>,
    /// The mark as it was read.
    #[schema(value_type = String, required)]
    #[serde(default)]
    pub value: Field<String>,
}

/// A consignment that was judged to be right.
#[derive(Debug, Clone)]
pub struct NewConsignment {
    /// What kind of goods.
    pub kind: ConsignmentKind,
    /// How much.
    pub quantity: Quantity,
    /// Whether the quantity was measured or estimated.
    pub measured: Measured,
    /// What of it travels on.
    pub modality: Modality,
    /// The live quantity that remains.
    pub live_quantity: Option<Quantity>,
    /// Which substance or thing.
    pub substance: Option<String>,
    /// How it is packed.
    pub packaging: Option<String>,
    /// How it is hidden.
    pub concealment: Option<String>,
    /// What is dangerous about it.
    pub hazard: Option<String>,
    /// Seal numbers.
    pub seals: Vec<String>,
    /// The marks by which it is known.
    pub identifiers: Vec<NewIdentifier>,
}

/// An identifier that was judged to be right.
#[derive(Debug, Clone)]
pub struct NewIdentifier {
    /// What kind of mark.
    pub kind: IdentifierKind,
    /// As it was read.
    pub value: String,
    /// As it is compared.
    pub normal_form: NormalForm,
}

impl ConsignmentInput {
    /// Judges every field; `at` is the pointer of the consignment itself.
    pub fn judge(&self, faults: &mut Faults, at: &str) -> Option<NewConsignment> {
        let pointer = |name: &str| format!("{at}/{name}");
        let kind = self.kind.required(faults, &pointer("kind"));
        let quantity = self.quantity.required(faults, &pointer("quantity"));
        let measured = self.measured.required(faults, &pointer("measured"));
        let modality = self.modality.required(faults, &pointer("modality"));
        let live_quantity = self.live_quantity.optional(faults, &pointer("live_quantity"));
        let note = |field: &Field<String>, faults: &mut Faults, name: &str| {
            field.optional_text(faults, &pointer(name), LONGEST_NOTE)
        };
        let substance = self.substance.optional_text(faults, &pointer("substance"), LONGEST_LINE);
        let packaging = note(&self.packaging, faults, "packaging");
        let concealment = note(&self.concealment, faults, "concealment");
        let hazard = note(&self.hazard, faults, "hazard");
        let seals = self.seals.optional(faults, &pointer("seals")).unwrap_or_default();
        judge_seals(&seals, faults, &pointer("seals"));
        let sent = self.identifiers.optional(faults, &pointer("identifiers")).unwrap_or_default();
        faults.check(sent.len() <= MOST_MARKS, &pointer("identifiers"), "expected at most 100");
        let identifiers = sent
            .iter()
            .enumerate()
            .filter_map(|(index, input)| input.judge(faults, &format!("{at}/identifiers/{index}")))
            .collect();
        let (quantity, modality) = (quantity?, modality?);
        judge_live(modality, &quantity, live_quantity.as_ref(), faults, &pointer("live_quantity"));
        Some(NewConsignment {
            kind: kind?,
            quantity,
            measured: measured?,
            modality,
            live_quantity,
            substance,
            packaging,
            concealment,
            hazard,
            seals,
            identifiers,
        })
    }
}

/// Judges seal numbers.
pub fn judge_seals(seals: &[String], faults: &mut Faults, at: &str) {
    faults.check(seals.len() <= MOST_MARKS, at, "expected at most 100 seals");
    for (index, seal) in seals.iter().enumerate() {
        faults.text(&format!("{at}/{index}"), seal, LONGEST_LINE);
    }
}

/// Judges the live quantity against modality and quantity: `partial` leaves less than all of it live.
pub fn judge_live(
    modality: Modality,
    quantity: &Quantity,
    live: Option<&Quantity>,
    faults: &mut Faults,
    at: &str,
) {
    match (modality, live) {
        (Modality::Partial, None) => {
            faults.add(at, "with modality partial, say which live quantity remains");
        }
        (_, Some(live)) if live.unit() != quantity.unit() => {
            faults.add(at, format!("expected the unit of quantity, {}", quantity.unit()));
        }
        (_, Some(live)) if live.value() > quantity.value() => {
            faults.add(at, "expected no more than quantity");
        }
        (Modality::Substituted, Some(live)) if !live.value().is_zero() => {
            faults.add(at, "with modality substituted nothing live remains; use partial");
        }
        _ => {}
    }
}

impl IdentifierInput {
    /// Judges kind, value and check digit; `at` is the pointer of the identifier itself.
    pub fn judge(&self, faults: &mut Faults, at: &str) -> Option<NewIdentifier> {
        let kind = self.kind.required(faults, &format!("{at}/kind"));
        let value = self.value.required(faults, &format!("{at}/value"));
        let (kind, value) = (kind?, value?);
        let normal_form =
            faults.take(&format!("{at}/value"), identifiers::normalise(kind, &value))?;
        Some(NewIdentifier { kind, value: value.trim().to_owned(), normal_form })
    }
}
