//! What a caller says of an item and its transfers, judged field by field.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::cases::case::model::HandlingCode;
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::error::{Fault, Faults};
use crate::field::{Field, Patch};
use crate::ids::AgencyId;

use super::digest::{Sha256, digest_faults};
use super::model::{Disposition, EvidenceKind};
use super::store::EvidenceRow;

mod transfers;

pub use transfers::{AcceptanceInput, NewTransfer, Receipt, TransferInput, TransferReason};

/// Longest title, name and seal, in characters.
const LONGEST_LINE: usize = 200;
/// Longest place, in characters.
const LONGEST_PLACE: usize = 300;
/// Longest description and note, in characters.
const LONGEST_NOTE: usize = 2000;
/// Most agencies of one audience.
const MOST_AGENCIES: usize = 200;
/// How far clocks may differ, in seconds.
const ALLOWED_SKEW: i64 = 120;

/// An item to be registered.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "Packet 1 of 11", "kind": "physical", "storage_place": "Evidence room, shelf 4", "seal": "KG-0417",
    "collected_at": "2026-03-01T04:30:00Z", "collected_place": "Ak-Zhol", "handling_codes": ["H1"]
}))]
pub struct EvidenceInput {
    /// What it is, in a line of at most 200 characters.
    #[schema(value_type = String, required)]
    #[serde(default)]
    pub title: Field<String>,
    /// What kind of thing.
    #[schema(value_type = EvidenceKind, required)]
    #[serde(default)]
    pub kind: Field<EvidenceKind>,
    /// What it is, in at most 2000 characters.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub description: Field<String>,
    /// Where it is kept, in at most 300 characters.
    #[schema(value_type = String, required)]
    #[serde(default)]
    pub storage_place: Field<String>,
    /// The seal it bears, at most 200 characters.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub seal: Field<String>,
    /// The SHA-256 digest: with `digital` always, never with `physical` and `sample`.
    #[schema(value_type = Option<Sha256>)]
    #[serde(default)]
    pub sha256: Field<Sha256>,
    /// The size in bytes, wherever there is a digest.
    #[schema(value_type = Option<i64>)]
    #[serde(default)]
    pub size_bytes: Field<i64>,
    /// When it was collected.
    #[schema(value_type = Option<Instant>)]
    #[serde(default)]
    pub collected_at: Field<Instant>,
    /// Who collected it, at most 200 characters.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub collected_by: Field<String>,
    /// Where it was collected, at most 300 characters.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub collected_place: Field<String>,
    /// Under which conditions it may be used.
    #[schema(value_type = Vec<HandlingCode>, required)]
    #[serde(default)]
    pub handling_codes: Field<Vec<HandlingCode>>,
    /// With `H3`: the restriction, in at most 2000 characters.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub handling_note: Field<String>,
    /// Which agencies beside the own one may see it: members of the case.
    #[schema(value_type = Option<Vec<AgencyId>>)]
    #[serde(default)]
    pub audience: Field<Vec<AgencyId>>,
}

/// An item that was judged to be right.
#[derive(Debug, Clone)]
pub struct NewEvidence {
    pub(super) title: String,
    pub(super) kind: EvidenceKind,
    pub(super) description: Option<String>,
    pub(super) storage_place: String,
    pub(super) seal: Option<String>,
    pub(super) sha256: Option<Sha256>,
    pub(super) size_bytes: Option<i64>,
    pub(super) collected_at: Option<Instant>,
    pub(super) collected_by: Option<String>,
    pub(super) collected_place: Option<String>,
    pub(super) handling_codes: Vec<HandlingCode>,
    pub(super) handling_note: Option<String>,
}

impl EvidenceInput {
    /// The item, but for its audience; `None` where a fault was noted.
    pub(super) fn judge(&self, now: Instant, faults: &mut Faults) -> Option<NewEvidence> {
        let title = self.title.text(faults, "/title", LONGEST_LINE);
        let kind = self.kind.required(faults, "/kind");
        let description = self.description.optional_text(faults, "/description", LONGEST_NOTE);
        let storage_place = self.storage_place.text(faults, "/storage_place", LONGEST_PLACE);
        let seal = self.seal.optional_text(faults, "/seal", LONGEST_LINE);
        let sha256 = self.sha256.optional(faults, "/sha256");
        let size_bytes = self.size_bytes.optional(faults, "/size_bytes");
        let collected_at = past(&self.collected_at, now, faults, "/collected_at");
        let collected_by = self.collected_by.optional_text(faults, "/collected_by", LONGEST_LINE);
        let collected_place =
            self.collected_place.optional_text(faults, "/collected_place", LONGEST_PLACE);
        let handling_codes = self.handling_codes.required(faults, "/handling_codes").map(sorted);
        let handling_note =
            self.handling_note.optional_text(faults, "/handling_note", LONGEST_NOTE);
        let (kind, handling_codes) = (kind?, handling_codes?);
        for Fault { pointer, detail } in digest_faults(kind, sha256.as_ref(), size_bytes) {
            faults.add(pointer, detail);
        }
        judge_note(&handling_codes, handling_note.as_deref(), faults);
        Some(NewEvidence {
            title: title?,
            kind,
            description,
            storage_place: storage_place?,
            seal,
            sha256,
            size_bytes,
            collected_at,
            collected_by,
            collected_place,
            handling_codes,
            handling_note,
        })
    }
}

fn sorted(mut handling_codes: Vec<HandlingCode>) -> Vec<HandlingCode> {
    handling_codes.sort_unstable();
    handling_codes.dedup();
    handling_codes
}

fn judge_note(handling_codes: &[HandlingCode], note: Option<&str>, faults: &mut Faults) {
    let fine = note.is_some() || !handling_codes.contains(&HandlingCode::H3);
    faults.check(fine, "/handling_note", "expected with H3: the restriction in words");
}

/// A time that may be missing and is not to come.
fn past(
    field: &Field<Instant>,
    now: Instant,
    faults: &mut Faults,
    pointer: &str,
) -> Option<Instant> {
    let time = field.optional(faults, pointer)?;
    let fine = time <= now.plus_seconds(ALLOWED_SKEW);
    faults.check(fine, pointer, "expected a time that is not to come");
    Some(time)
}

/// A change of an item: absent stays, null goes. A custodian who did not register it may change `storage_place` only.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"storage_place": "Evidence room, shelf 7", "use_as_evidence_permitted": true}))]
pub struct EvidencePatch {
    /// What it is, in a line of at most 200 characters.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub title: Field<String>,
    /// What it is, in at most 2000 characters.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub description: Field<String>,
    /// Where it is kept, in at most 300 characters.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub storage_place: Field<String>,
    /// Under which conditions it may be used. `H1` stays once it is there.
    #[schema(value_type = Option<Vec<HandlingCode>>)]
    #[serde(default)]
    pub handling_codes: Field<Vec<HandlingCode>>,
    /// With `H3`: the restriction, in at most 2000 characters.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub handling_note: Field<String>,
    /// Whether the item may be used as evidence in spite of `H1`.
    #[schema(value_type = Option<bool>)]
    #[serde(default)]
    pub use_as_evidence_permitted: Field<bool>,
    /// A fact: taken only as it was recorded.
    #[schema(value_type = Option<EvidenceKind>)]
    #[serde(default)]
    pub kind: Field<EvidenceKind>,
    /// A fact: taken only as it was recorded.
    #[schema(value_type = Option<Sha256>)]
    #[serde(default)]
    pub sha256: Field<Sha256>,
    /// A fact: taken only as it was recorded.
    #[schema(value_type = Option<i64>)]
    #[serde(default)]
    pub size_bytes: Field<i64>,
}

impl EvidencePatch {
    /// `found` with the change.
    pub(super) fn apply(&self, found: &EvidenceRow, faults: &mut Faults) -> EvidenceRow {
        let mut row = found.clone();
        if let Some(title) = self.title.patch_required(faults, "/title") {
            faults.text("/title", &title, LONGEST_LINE);
            title.trim().clone_into(&mut row.title);
        }
        self.description
            .patch_text(faults, "/description", LONGEST_NOTE)
            .apply(&mut row.description);
        if let Some(place) = self.storage_place.patch_required(faults, "/storage_place") {
            faults.text("/storage_place", &place, LONGEST_PLACE);
            place.trim().clone_into(&mut row.storage_place);
        }
        if let Some(codes) = self.handling_codes.patch_required(faults, "/handling_codes") {
            row.handling_codes.0 = sorted(codes);
        }
        self.handling_note
            .patch_text(faults, "/handling_note", LONGEST_NOTE)
            .apply(&mut row.handling_note);
        let permitted = "/use_as_evidence_permitted";
        if let Some(is) = self.use_as_evidence_permitted.patch_required(faults, permitted) {
            row.use_as_evidence_permitted = is;
        }
        let codes = &row.handling_codes.0;
        let h1 = codes.contains(&HandlingCode::H1);
        faults.check(
            h1 || !found.handling_codes.0.contains(&HandlingCode::H1),
            "/handling_codes",
            "expected H1 to stay; to lift the lock, set use_as_evidence_permitted",
        );
        let fine = h1 || !row.use_as_evidence_permitted;
        faults.check(fine, permitted, "expected only with H1, which it lifts the lock of");
        judge_note(codes, row.handling_note.as_deref(), faults);
        self.judge_facts(found, faults);
        row
    }

    fn judge_facts(&self, found: &EvidenceRow, faults: &mut Faults) {
        let fact = "expected as it was recorded: a fact stays; register what is another item anew";
        let kind = self.kind.patch(faults, "/kind");
        faults.check(same(&kind, Some(&found.kind)), "/kind", fact);
        let sha256 = self.sha256.patch(faults, "/sha256");
        faults.check(same(&sha256, found.sha256.as_ref()), "/sha256", fact);
        let size = self.size_bytes.patch(faults, "/size_bytes");
        faults.check(same(&size, found.size_bytes.as_ref()), "/size_bytes", fact);
    }
}

fn same<T: PartialEq>(patch: &Patch<T>, recorded: Option<&T>) -> bool {
    match patch {
        Patch::Keep => true,
        Patch::Clear => recorded.is_none(),
        Patch::Set(value) => recorded == Some(value),
    }
}

/// To whom an item is shown.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"agencies": ["019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11"]}))]
pub struct AudienceInput {
    /// The agencies. The originator, the custodian and whom the item is offered to are in it without being named.
    #[schema(value_type = Vec<AgencyId>, required)]
    #[serde(default)]
    pub agencies: Field<Vec<AgencyId>>,
}

/// Judges that there are not too many agencies in an audience.
pub(super) fn judge_audience(wanted: &[AgencyId], pointer: &str, faults: &mut Faults) {
    if wanted.len() > MOST_AGENCIES {
        faults.add(pointer, format!("expected at most {MOST_AGENCIES} agencies"));
    }
}

/// A digest to be compared.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}))]
pub struct VerificationInput {
    /// The SHA-256 digest of the item as it is now.
    #[schema(value_type = Sha256, required)]
    #[serde(default)]
    pub sha256: Field<Sha256>,
}

/// What becomes of an item.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"disposition": "destroyed", "reason": "Order of the court of 3 May"}))]
pub struct DispositionInput {
    /// What becomes of it.
    #[schema(value_type = Disposition, required)]
    #[serde(default)]
    pub disposition: Field<Disposition>,
    /// Why.
    #[schema(value_type = Option<Reason>)]
    #[serde(default)]
    pub reason: Field<Reason>,
}
