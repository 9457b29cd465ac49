//! Queries over consignments and their identifiers.

use std::collections::HashMap;

use diesel::prelude::*;

use serde::{Deserialize, Serialize};

use crate::access::{Act, Permit, act};
use crate::cases::case::model::{ConsignmentKind, Measured, Modality};
use crate::cases::identifiers::IdentifierKind;
use crate::cases::legs::clearance::Load;
use crate::clock::Instant;
use crate::credentials::marks::{Mark, Marks};
use crate::db::schema::{consignments, identifiers};
use crate::db::types::Json;
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::error::{Error, Result};
use crate::ids::{AgencyId, CaseId, ConsignmentId, IdentifierId};
use crate::quantity::Quantity;
use crate::text_enum::TextEnum as _;

/// A consignment's row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = consignments, treat_none_as_default_value = false)]
pub struct ConsignmentRow {
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
    pub quantity: Json<Quantity>,
    /// Whether the quantity was measured or estimated.
    pub measured: Measured,
    /// What of it travels on.
    pub modality: Modality,
    /// The live quantity that remains.
    pub live_quantity: Option<Json<Quantity>>,
    /// How it is packed.
    pub packaging: Option<String>,
    /// How it is hidden.
    pub concealment: Option<String>,
    /// What is dangerous about it.
    pub hazard: Option<String>,
    /// Seal numbers.
    pub seals: Json<Vec<String>>,
    /// Counts the changes of this row.
    pub version: i64,
    /// When it was added.
    pub created_at: Instant,
    /// When this row was changed last.
    pub updated_at: Instant,
}

impl ConsignmentRow {
    /// What travels, as far as countries ask.
    #[must_use]
    pub fn load(&self) -> Load {
        Load {
            consignment: self.id,
            modality: self.modality,
            quantity: self.quantity.0,
            live_quantity: self.live_quantity.as_ref().map(|live| live.0),
        }
    }
}

/// An identifier of a consignment. The database holds it sealed, and finds it by its mark.
#[derive(Debug, Clone)]
pub struct IdentifierRow {
    /// The identifier.
    pub id: IdentifierId,
    /// Its case.
    pub case_id: CaseId,
    /// Its consignment.
    pub consignment_id: ConsignmentId,
    /// The agency that recorded it.
    pub agency_id: AgencyId,
    /// What kind of mark.
    pub kind: IdentifierKind,
    /// As it was read.
    pub value: String,
    /// As it is compared.
    pub normal_form: String,
    /// Counts the changes of this row.
    pub version: i64,
    /// When it was recorded.
    pub created_at: Instant,
}

/// What the database holds of an identifier.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = identifiers)]
struct SealedRow {
    id: IdentifierId,
    case_id: CaseId,
    consignment_id: ConsignmentId,
    agency_id: AgencyId,
    kind: IdentifierKind,
    sealed: Vec<u8>,
    mark: Vec<u8>,
    mark_key: i32,
    version: i64,
    created_at: Instant,
}

/// What is sealed of an identifier.
#[derive(Debug, Serialize, Deserialize)]
struct Content {
    value: String,
    normal_form: String,
}

impl SealedRow {
    fn seal(marks: &Marks, row: IdentifierRow) -> Result<(Self, Mark)> {
        let mark = marks.mark(row.kind.as_str(), &row.normal_form)?;
        let content = Content { value: row.value, normal_form: row.normal_form };
        let content = serde_json::to_string(&content).map_err(Error::internal)?;
        let sealed = Self {
            id: row.id,
            case_id: row.case_id,
            consignment_id: row.consignment_id,
            agency_id: row.agency_id,
            kind: row.kind,
            sealed: marks.seal(row.id.uuid().as_bytes(), &content)?,
            mark: mark.digest.to_vec(),
            mark_key: mark.key,
            version: row.version,
            created_at: row.created_at,
        };
        Ok((sealed, mark))
    }

    fn open(self, marks: &Marks) -> Result<IdentifierRow> {
        let content = marks.open(self.id.uuid().as_bytes(), &self.sealed)?;
        let content: Content = serde_json::from_str(&content).map_err(Error::internal)?;
        Ok(IdentifierRow {
            id: self.id,
            case_id: self.case_id,
            consignment_id: self.consignment_id,
            agency_id: self.agency_id,
            kind: self.kind,
            value: content.value,
            normal_form: content.normal_form,
            version: self.version,
            created_at: self.created_at,
        })
    }
}

/// Inserts a consignment into the case that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::PlanConsignments>,
    row: ConsignmentRow,
) -> Result<()> {
    let row = ConsignmentRow { case_id: permit.case()?, ..row };
    diesel::insert_into(consignments::table).values(row).run(tx)?;
    Ok(())
}

/// Writes a consignment of the case that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn update(
    tx: &mut Tx<'_>,
    permit: &Permit<act::PlanConsignments>,
    row: &ConsignmentRow,
) -> Result<()> {
    let of_case = consignments::table
        .filter(consignments::id.eq(row.id))
        .filter(consignments::case_id.eq(permit.case()?));
    diesel::update(of_case)
        .set((
            consignments::substance.eq(&row.substance),
            consignments::quantity.eq(row.quantity.clone()),
            consignments::measured.eq(row.measured),
            consignments::modality.eq(row.modality),
            consignments::live_quantity.eq(row.live_quantity.clone()),
            consignments::packaging.eq(&row.packaging),
            consignments::concealment.eq(&row.concealment),
            consignments::hazard.eq(&row.hazard),
            consignments::seals.eq(row.seals.clone()),
            consignments::version.eq(row.version),
            consignments::updated_at.eq(row.updated_at),
        ))
        .run(tx)?;
    Ok(())
}

/// Inserts an identifier into the case that the permit is for, and gives the mark by which it is found.
///
/// # Errors
/// When the database fails, or the consignment has it already.
pub fn insert_identifier(
    tx: &mut Tx<'_>,
    permit: &Permit<act::PlanConsignments>,
    row: IdentifierRow,
) -> Result<Mark> {
    let row = IdentifierRow { case_id: permit.case()?, ..row };
    let (sealed, mark) = SealedRow::seal(tx.marks(), row)?;
    diesel::insert_into(identifiers::table).values(sealed).run(tx)?;
    Ok(mark)
}

/// A consignment of the case that is to be changed.
///
/// # Errors
/// When the database fails.
pub fn find_to_change(
    view: &mut View<'_>,
    permit: &Permit<act::PlanConsignments>,
    id: ConsignmentId,
) -> Result<Option<ConsignmentRow>> {
    find(view, permit.case()?, id)
}

/// A consignment of the case that is read.
///
/// # Errors
/// When the database fails.
pub fn find_to_read(
    view: &mut View<'_>,
    permit: &Permit<act::ReadPlan>,
    id: ConsignmentId,
) -> Result<Option<ConsignmentRow>> {
    find(view, permit.case()?, id)
}

fn find(view: &mut View<'_>, case: CaseId, id: ConsignmentId) -> Result<Option<ConsignmentRow>> {
    consignments::table
        .filter(consignments::id.eq(id))
        .filter(consignments::case_id.eq(case))
        .select(columns::<ConsignmentRow>())
        .maybe(view)
}

/// A page of the consignments of a case, in the order in which they were added.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    permit: &Permit<act::ReadPlan>,
    page: Page,
) -> Result<PageOf<ConsignmentRow>> {
    let after = page.after.map_or(ConsignmentId::from_uuid(uuid::Uuid::nil()), Cursor::id);
    let rows = consignments::table
        .filter(consignments::case_id.eq(permit.case()?))
        .filter(consignments::id.gt(after))
        .select(columns::<ConsignmentRow>())
        .order(consignments::id)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &ConsignmentRow| Cursor::after_id(row.id)))
}

/// Every consignment of the case, for the dossier of a request.
///
/// # Errors
/// When the database fails.
pub fn of_dossier(
    view: &mut View<'_>,
    permit: &Permit<act::ReadRequests>,
) -> Result<Vec<ConsignmentRow>> {
    consignments::table
        .filter(consignments::case_id.eq(permit.case()?))
        .select(columns::<ConsignmentRow>())
        .order(consignments::id)
        .all(view)
}

/// What travels in the case, and how.
///
/// # Errors
/// When the database fails.
pub fn travelling(
    view: &mut View<'_>,
    permit: &Permit<act::ReadPlan>,
) -> Result<Vec<(ConsignmentKind, Modality)>> {
    consignments::table
        .filter(consignments::case_id.eq(permit.case()?))
        .select((consignments::kind, consignments::modality))
        .order(consignments::id)
        .all(view)
}

/// What shows identifiers: a reading of them, and the dossier of a request.
pub trait ShowsIdentifiers: Act {}
impl ShowsIdentifiers for act::ReadIdentifiers {}
impl ShowsIdentifiers for act::ReadRequests {}

/// The identifiers of some consignments of a case, by consignment.
///
/// # Errors
/// When the database fails.
pub fn identifiers_of<A: ShowsIdentifiers>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    ids: Vec<ConsignmentId>,
) -> Result<HashMap<ConsignmentId, Vec<IdentifierRow>>> {
    let rows: Vec<SealedRow> = identifiers::table
        .filter(identifiers::case_id.eq(permit.case()?))
        .filter(identifiers::consignment_id.eq_any(ids))
        .select(columns::<SealedRow>())
        .order(identifiers::id)
        .all(view)?;
    let mut by_consignment: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        let row = row.open(view.marks())?;
        by_consignment.entry(row.consignment_id).or_default().push(row);
    }
    Ok(by_consignment)
}

/// One identifier of a case.
///
/// # Errors
/// When the database fails.
pub fn find_identifier(
    view: &mut View<'_>,
    permit: &Permit<act::ReadIdentifiers>,
    consignment: ConsignmentId,
    id: IdentifierId,
) -> Result<Option<IdentifierRow>> {
    let row: Option<SealedRow> = identifiers::table
        .filter(identifiers::id.eq(id))
        .filter(identifiers::consignment_id.eq(consignment))
        .filter(identifiers::case_id.eq(permit.case()?))
        .select(columns::<SealedRow>())
        .maybe(view)?;
    row.map(|row| row.open(view.marks())).transpose()
}

/// Whether a consignment of the case has this identifier already.
///
/// # Errors
/// When the database fails.
pub fn has_identifier(
    view: &mut View<'_>,
    permit: &Permit<act::PlanConsignments>,
    consignment: ConsignmentId,
    kind: IdentifierKind,
    normal_form: &str,
) -> Result<bool> {
    let marks = view.marks().marks(kind.as_str(), normal_form);
    let marks: Vec<Vec<u8>> = marks.iter().map(|mark| mark.digest.to_vec()).collect();
    let count: i64 = identifiers::table
        .filter(identifiers::case_id.eq(permit.case()?))
        .filter(identifiers::consignment_id.eq(consignment))
        .filter(identifiers::mark.eq_any(marks))
        .count()
        .one(view)?;
    Ok(count > 0)
}

/// How many consignments the case has.
///
/// # Errors
/// When the database fails.
pub fn count<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<i64> {
    consignments::table.filter(consignments::case_id.eq(permit.case()?)).count().one(view)
}

/// Seals at most `most` identifiers anew that stand under a former key, and tells how many those were. Whoever may read
/// them stays the same: no permit is asked for.
///
/// # Errors
/// When the database fails, or the former key is no longer in the file of keys.
pub fn seal_anew(tx: &mut Tx<'_>, most: i64) -> Result<usize> {
    let newest = tx.marks().newest_number()?;
    let former: Vec<SealedRow> = identifiers::table
        .filter(identifiers::mark_key.ne(newest))
        .select(columns::<SealedRow>())
        .order((identifiers::mark_key, identifiers::id))
        .limit(most)
        .all(tx)?;
    let count = former.len();
    for row in former {
        let (row, _) = SealedRow::seal(tx.marks(), row.open(tx.marks())?)?;
        diesel::update(identifiers::table.find(row.id))
            .set((
                identifiers::sealed.eq(row.sealed),
                identifiers::mark.eq(row.mark),
                identifiers::mark_key.eq(row.mark_key),
            ))
            .run(tx)?;
    }
    Ok(count)
}
