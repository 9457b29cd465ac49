//! Queries over the profiles of countries. Each version is a row that never changes.

use diesel::prelude::*;

use crate::access::{Permit, act};
use crate::clock::Instant;
use crate::country::Country;
use crate::day::Day;
use crate::db::schema::{agencies, country_profiles};
use crate::db::types::Json;
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::directory::model::Profile;
use crate::error::Result;
use crate::ids::{AgencyId, ProfileId, UserId};

/// One version of a country's profile.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = country_profiles, treat_none_as_default_value = false)]
pub struct ProfileRow {
    /// The version.
    pub id: ProfileId,
    /// The country.
    pub country: Country,
    /// Counts the versions, from 1.
    pub version: i64,
    /// What was kept.
    pub profile: Json<Profile>,
    /// Whether it is the country's own word.
    pub confirmed: bool,
    /// The profile's own `reviewed_on`, for lists.
    pub reviewed_on: Day,
    /// The profile's own `review_due_on`, for lists.
    pub review_due_on: Option<Day>,
    /// Who kept it.
    pub kept_by: UserId,
    /// For which agency.
    pub kept_by_agency_id: AgencyId,
    /// When.
    pub kept_at: Instant,
}

/// What a list shows of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = country_profiles)]
pub struct SummaryRow {
    /// The country.
    pub country: Country,
    /// The present version.
    pub version: i64,
    /// Whether it is the country's own word.
    pub confirmed: bool,
    /// When somebody last made sure of it.
    pub reviewed_on: Day,
    /// By when somebody is to do so again.
    pub review_due_on: Option<Day>,
}

/// The present profile of `country`, if there is one. Access to it rests on this; nothing of it is shown before.
///
/// # Errors
/// When the database fails.
pub fn find(view: &mut View<'_>, country: Country) -> Result<Option<ProfileRow>> {
    country_profiles::table
        .filter(country_profiles::country.eq(country))
        .select(columns::<ProfileRow>())
        .order(country_profiles::version.desc())
        .limit(1)
        .maybe(view)
}

/// What a list shows of the present profiles of some countries.
///
/// # Errors
/// When the database fails.
pub fn summaries(
    view: &mut View<'_>,
    _: &Permit<act::ReadCountries>,
    countries: Vec<Country>,
) -> Result<Vec<SummaryRow>> {
    let later = diesel::alias!(country_profiles as later);
    let superseded = later
        .filter(later.field(country_profiles::country).eq(country_profiles::country))
        .filter(later.field(country_profiles::version).gt(country_profiles::version));
    country_profiles::table
        .filter(country_profiles::country.eq_any(countries))
        .filter(diesel::dsl::not(diesel::dsl::exists(superseded)))
        .select(columns::<SummaryRow>())
        .all(view)
}

/// A page of the versions of the profile that the permit is for, the newest first.
///
/// # Errors
/// When the database fails.
pub fn history(
    view: &mut View<'_>,
    permit: &Permit<act::ReadCountries>,
    page: Page,
) -> Result<PageOf<ProfileRow>> {
    let after = page.after.map_or(i64::MAX, Cursor::number);
    let rows = country_profiles::table
        .filter(country_profiles::country.eq(permit.country()?))
        .filter(country_profiles::version.lt(after))
        .select(columns::<ProfileRow>())
        .order(country_profiles::version.desc())
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &ProfileRow| Cursor::after_number(row.version)))
}

/// Which of `named` are agencies of the country that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn own_agencies(
    view: &mut View<'_>,
    permit: &Permit<act::KeepCountry>,
    named: Vec<AgencyId>,
) -> Result<Vec<AgencyId>> {
    agencies::table
        .filter(agencies::id.eq_any(named))
        .filter(agencies::country.eq(permit.country()?))
        .select(agencies::id)
        .all(view)
}

/// Inserts the next version of the profile that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, permit: &Permit<act::KeepCountry>, row: ProfileRow) -> Result<()> {
    let row = ProfileRow { country: permit.country()?, ..row };
    diesel::insert_into(country_profiles::table).values(row).run(tx)?;
    Ok(())
}
