//! Queries over agencies.

use diesel::prelude::*;

use crate::access::{AgencyFacts, Permit, act};
use crate::agency::{AgencyKind, Branch};
use crate::clock::Instant;
use crate::country::Country;
use crate::db::schema::{agencies, users};
use crate::db::types::Json;
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::email::Email;
use crate::error::Result;
use crate::identity::agencies::model::{AuthorityMark, Description};
use crate::ids::AgencyId;
use crate::journal::event::ChainOf;

/// An agency's row.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = agencies, treat_none_as_default_value = false)]
pub struct AgencyRow {
    /// The agency.
    pub id: AgencyId,
    /// Its name.
    pub name: String,
    /// Its name in lists.
    pub short_name: String,
    /// What it is.
    pub kind: AgencyKind,
    /// Which branch it belongs to.
    pub branch: Option<Branch>,
    /// Its country; none but for national agencies.
    pub country: Option<Country>,
    /// Its IANA time zone.
    pub time_zone: String,
    /// The languages it can be written to in.
    pub languages: Json<Vec<String>>,
    /// Whom to call.
    pub contact_phone: Option<String>,
    /// Whom to write to.
    pub contact_email: Option<Email>,
    /// When the contact point answers.
    pub contact_hours: Option<String>,
    /// Whether it holds authority for its country.
    pub authority_mark: AuthorityMark,
    /// Counts the changes of this row.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When this row was changed last.
    pub updated_at: Instant,
    /// When it held authority for its country for the first time; stays when the mark goes.
    pub authority_first_held_at: Option<Instant>,
}

impl AgencyRow {
    /// A new agency, made at `now`.
    #[must_use]
    pub fn new(description: Description, now: Instant) -> Self {
        Self {
            id: AgencyId::new(now),
            name: description.name,
            short_name: description.short_name,
            kind: description.kind,
            branch: description.branch,
            country: description.country,
            time_zone: description.time_zone,
            languages: Json(description.languages),
            contact_phone: description.phone,
            contact_email: description.email,
            contact_hours: description.hours,
            authority_mark: AuthorityMark::None,
            version: 1,
            created_at: now,
            updated_at: now,
            authority_first_held_at: None,
        }
    }
}

/// The agency `id`, if there is one.
///
/// # Errors
/// When the database fails.
pub fn find(view: &mut View<'_>, id: AgencyId) -> Result<Option<AgencyRow>> {
    agencies::table.find(id).select(columns::<AgencyRow>()).maybe(view)
}

/// The same for a change: no other change of the agency runs until this one has ended.
///
/// # Errors
/// When the database fails.
pub fn take(tx: &mut Tx<'_>, id: AgencyId) -> Result<Option<AgencyRow>> {
    tx.lock_chain(ChainOf::Agency(id).id())?;
    find(tx, id)
}

/// What access to `agency` rests on.
///
/// # Errors
/// When nobody has signed in, or the database fails.
pub fn facts(view: &mut View<'_>, agency: &AgencyRow) -> Result<AgencyFacts> {
    let own = view.context().officer()?.agency;
    let admins: i64 = users::table
        .filter(users::agency_id.eq(agency.id))
        .filter(users::password_hash.is_not_null())
        .filter(users::former_roles.like("%\"agency_admin\"%"))
        .count()
        .one(view)?;
    let ever_held: Vec<(AgencyId, AuthorityMark)> = agencies::table
        .filter(agencies::country.is_not_null())
        .filter(agencies::country.eq(agency.country))
        .filter(agencies::authority_first_held_at.is_not_null())
        .select((agencies::id, agencies::authority_mark))
        .all(view)?;
    Ok(AgencyFacts {
        agency: agency.id,
        kind: agency.kind,
        has_admin: admins > 0,
        peer_authority: ever_held.contains(&(own, AuthorityMark::Held)),
        country_has_authority: ever_held.iter().any(|(holder, _)| *holder != agency.id),
    })
}

/// The agencies of a country, in the order in which their chains are locked.
///
/// # Errors
/// When the database fails.
pub fn of_country(view: &mut View<'_>, country: Country) -> Result<Vec<AgencyId>> {
    agencies::table
        .filter(agencies::country.eq(country))
        .select(agencies::id)
        .order(agencies::id)
        .all(view)
}

/// A page of all agencies, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    _: &Permit<act::ReadAgencies>,
    page: Page,
) -> Result<PageOf<AgencyRow>> {
    let after = page.after.map_or(AgencyId::from_uuid(uuid::Uuid::nil()), Cursor::id);
    let rows = agencies::table
        .filter(agencies::id.gt(after))
        .select(columns::<AgencyRow>())
        .order(agencies::id)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &AgencyRow| Cursor::after_id(row.id)))
}

/// Inserts a new agency.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, _: &Permit<act::CreateAgency>, row: &AgencyRow) -> Result<()> {
    diesel::insert_into(agencies::table).values(row.clone()).run(tx)?;
    Ok(())
}

/// Writes what may change of the agency that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn update(tx: &mut Tx<'_>, permit: &Permit<act::EditAgency>, row: &AgencyRow) -> Result<()> {
    diesel::update(agencies::table.find(permit.agency()?))
        .set((
            agencies::name.eq(&row.name),
            agencies::short_name.eq(&row.short_name),
            agencies::branch.eq(row.branch),
            agencies::time_zone.eq(&row.time_zone),
            agencies::languages.eq(row.languages.clone()),
            agencies::contact_phone.eq(&row.contact_phone),
            agencies::contact_email.eq(&row.contact_email),
            agencies::contact_hours.eq(&row.contact_hours),
            agencies::version.eq(row.version),
            agencies::updated_at.eq(row.updated_at),
        ))
        .run(tx)?;
    Ok(())
}

/// Writes the contact point of the agency that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn update_contact_point(
    tx: &mut Tx<'_>,
    permit: &Permit<act::EditContactPoint>,
    row: &AgencyRow,
) -> Result<()> {
    diesel::update(agencies::table.find(permit.agency()?))
        .set((
            agencies::contact_phone.eq(&row.contact_phone),
            agencies::contact_email.eq(&row.contact_email),
            agencies::contact_hours.eq(&row.contact_hours),
            agencies::version.eq(row.version),
            agencies::updated_at.eq(row.updated_at),
        ))
        .run(tx)?;
    Ok(())
}

/// Sets or takes away the mark of authority of the agency that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn mark(tx: &mut Tx<'_>, permit: &Permit<act::MarkAuthority>, row: &AgencyRow) -> Result<()> {
    let agency = permit.agency()?;
    write_mark(tx, agency, row)
}

/// Confirms the mark of authority of the agency that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn confirm_mark(
    tx: &mut Tx<'_>,
    permit: &Permit<act::ConfirmAuthority>,
    row: &AgencyRow,
) -> Result<()> {
    let agency = permit.agency()?;
    write_mark(tx, agency, row)
}

fn write_mark(tx: &mut Tx<'_>, agency: AgencyId, row: &AgencyRow) -> Result<()> {
    diesel::update(agencies::table.find(agency))
        .set((
            agencies::authority_mark.eq(row.authority_mark),
            agencies::authority_first_held_at.eq(row.authority_first_held_at),
            agencies::version.eq(row.version),
            agencies::updated_at.eq(row.updated_at),
        ))
        .run(tx)?;
    Ok(())
}
