//! Consignments over HTTP.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::cases::api::PageParams;
use crate::cases::case::model::{ConsignmentKind, Measured, Modality};
use crate::cases::consignments::service::{self, Shown};
use crate::cases::consignments::store::IdentifierRow;
use crate::cases::identifiers::IdentifierKind;
use crate::clock::Instant;
use crate::error::Result;
use crate::field::Field;
use crate::http::{App, Call};
use crate::ids::{AgencyId, CaseId, ConsignmentId, IdentifierId};
use crate::quantity::Quantity;

/// A change of a consignment: absent stays, null goes.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"quantity": {"value": "5.28", "unit": "kg"}, "measured": "measured"}))]
pub struct ConsignmentPatch {
    /// Which substance or thing, at most 200 characters.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub substance: Field<String>,
    /// How much.
    #[schema(value_type = Option<Quantity>)]
    #[serde(default)]
    pub quantity: Field<Quantity>,
    /// Whether the quantity was measured or estimated.
    #[schema(value_type = Option<Measured>)]
    #[serde(default)]
    pub measured: Field<Measured>,
    /// What of it travels on.
    #[schema(value_type = Option<Modality>)]
    #[serde(default)]
    pub modality: Field<Modality>,
    /// With `partial`: the live quantity that remains.
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
}

/// A consignment.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsignmentView {
    /// The consignment.
    pub id: ConsignmentId,
    /// Its case.
    pub case_id: CaseId,
    /// The agency that added it.
    pub agency_id: AgencyId,
    /// What kind of goods.
    pub kind: ConsignmentKind,
    /// Which substance or thing.
    pub substance: Option<String>,
    /// How much.
    pub quantity: Quantity,
    /// Whether the quantity was measured or estimated.
    pub measured: Measured,
    /// What of it travels on.
    pub modality: Modality,
    /// The live quantity that remains.
    pub live_quantity: Option<Quantity>,
    /// How it is packed.
    pub packaging: Option<String>,
    /// How it is hidden.
    pub concealment: Option<String>,
    /// What is dangerous about it.
    pub hazard: Option<String>,
    /// Seal numbers.
    pub seals: Vec<String>,
    /// The marks by which it is known; absent for those who may not read them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifiers: Option<Vec<IdentifierView>>,
    /// When it was added.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

/// An identifier.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentifierView {
    /// The identifier.
    pub id: IdentifierId,
    /// The agency that recorded it.
    pub agency_id: AgencyId,
    /// What kind of mark.
    pub kind: IdentifierKind,
    /// As it was read.
    pub value: String,
    /// As it is compared.
    pub normal_form: String,
    /// When it was recorded.
    pub created_at: Instant,
}

/// A page of consignments.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsignmentList {
    /// The consignments.
    pub items: Vec<ConsignmentView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

impl From<Shown> for ConsignmentView {
    fn from((row, identifiers): Shown) -> Self {
        Self {
            id: row.id,
            case_id: row.case_id,
            agency_id: row.agency_id,
            kind: row.kind,
            substance: row.substance,
            quantity: row.quantity.0,
            measured: row.measured,
            modality: row.modality,
            live_quantity: row.live_quantity.map(|live| live.0),
            packaging: row.packaging,
            concealment: row.concealment,
            hazard: row.hazard,
            seals: row.seals.0,
            identifiers: identifiers.map(|rows| rows.into_iter().map(Into::into).collect()),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<IdentifierRow> for IdentifierView {
    fn from(row: IdentifierRow) -> Self {
        Self {
            id: row.id,
            agency_id: row.agency_id,
            kind: row.kind,
            value: row.value,
            normal_form: row.normal_form,
            created_at: row.created_at,
        }
    }
}

/// Lists the consignments of a case.
///
/// # Errors
/// As the contract says.
pub async fn list_consignments(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let page = service::list(view, call.id("case_id")?, || PageParams::page(call))?;
        let page = page.map(ConsignmentView::from);
        Answer::ok(&ConsignmentList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// Reads a consignment.
///
/// # Errors
/// As the contract says.
pub async fn get_consignment(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let shown = service::get(view, call.id("case_id")?, call.id("consignment_id")?)?;
        show(shown)
    })
    .await
}

/// Adds a consignment to a case.
///
/// # Errors
/// As the contract says.
pub async fn create_consignment(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        service::add(tx, call.id("case_id")?, &call.submission)?.try_map(|shown| {
            let (id, version) = (shown.0.id, shown.0.version);
            let path = format!("/api/v1/cases/{}/consignments/{id}", shown.0.case_id);
            Ok(Answer::created(&ConsignmentView::from(shown), path)?.version(version))
        })
    })
    .await
}

/// Changes a consignment.
///
/// # Errors
/// As the contract says.
pub async fn edit_consignment(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, id) = (call.id("case_id")?, call.id("consignment_id")?);
        service::edit(tx, case, id, &call.submission)?.try_map(show)
    })
    .await
}

fn show(shown: Shown) -> Result<Answer> {
    let version = shown.0.version;
    Ok(Answer::ok(&ConsignmentView::from(shown))?.version(version))
}

/// Adds an identifier to a consignment.
///
/// # Errors
/// As the contract says.
pub async fn create_identifier(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, id) = (call.id("case_id")?, call.id("consignment_id")?);
        service::add_identifier(tx, case, id, &call.submission)?.try_map(|row| {
            let path = format!("/api/v1/cases/{case}/consignments/{id}/identifiers/{}", row.id);
            let version = row.version;
            Ok(Answer::created(&IdentifierView::from(row), path)?.version(version))
        })
    })
    .await
}

/// Reads an identifier of a consignment.
///
/// # Errors
/// As the contract says.
pub async fn get_identifier(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let (case, consignment) = (call.id("case_id")?, call.id("consignment_id")?);
        let row = service::get_identifier(view, case, consignment, call.id("identifier_id")?)?;
        let version = row.version;
        Ok(Answer::ok(&IdentifierView::from(row))?.version(version))
    })
    .await
}
