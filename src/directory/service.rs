//! Use cases: read what a country asks, keep it, read what it was before.

use std::collections::BTreeMap;

use crate::access::{CountryFacts, Facts, Permit, act};
use crate::country::Country;
use crate::day::Day;
use crate::db::types::Json;
use crate::db::{Cursor, Page, PageOf, Tx, View};
use crate::directory::input::ProfileInput;
use crate::directory::model::{self, Profile};
use crate::directory::store::{self, ProfileRow, SummaryRow};
use crate::error::{Error, Faults, Result};
use crate::ids::{AgencyId, ProfileId};
use crate::journal::event::{Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A page of all countries in the order of their codes, each with what a list shows of its profile.
///
/// # Errors
/// What `page` says; the database is away.
pub fn list(
    view: &mut View<'_>,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<(Country, Option<SummaryRow>)>> {
    let permit = view.permit::<act::ReadCountries>(&Facts::Server)?;
    let page = page()?;
    let after = page.after.map_or(0, Cursor::number);
    let fetch = usize::try_from(page.fetch()).unwrap_or(usize::MAX);
    let countries = Country::all().filter(|country| place(*country) > after).take(fetch).collect();
    let page = page.cut(countries, |country| Cursor::after_number(place(*country)));
    let rows = store::summaries(view, &permit, page.items.clone())?;
    let mut known: BTreeMap<Country, SummaryRow> =
        rows.into_iter().map(|row| (row.country, row)).collect();
    Ok(page.map(|country| (country, known.remove(&country))))
}

/// A number for each country, in the order of the codes.
fn place(country: Country) -> i64 {
    country.as_str().bytes().fold(0, |number, letter| number * 256 + i64::from(letter))
}

fn facts(country: Country, row: Option<&ProfileRow>) -> Facts {
    let confirmed = row.is_some_and(|row| row.confirmed);
    Facts::Country(Some(CountryFacts { country, confirmed }))
}

/// The present profile of a country, if it has one.
///
/// # Errors
/// The database is away.
pub fn read(view: &mut View<'_>, country: Country) -> Result<Option<ProfileRow>> {
    let row = store::find(view, country)?;
    view.permit::<act::ReadCountries>(&facts(country, row.as_ref()))?;
    Ok(row)
}

/// A page of the versions of a country's profile, the newest first.
///
/// # Errors
/// What `page` says; the database is away.
pub fn history(
    view: &mut View<'_>,
    country: Country,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<ProfileRow>> {
    let permit = view.permit::<act::ReadCountries>(&facts(country, None))?;
    store::history(view, &permit, page()?)
}

/// Leave to keep the profile of a country, which nobody else does until this transaction ends, and what it is now.
fn take(
    tx: &mut Tx<'_>,
    country: Country,
) -> Result<(Permit<act::KeepCountry>, Option<ProfileRow>)> {
    let row = store::find(tx, country)?;
    let permit = tx.permit::<act::KeepCountry>(&facts(country, row.as_ref()))?;
    if !tx.lock_country(country)? {
        return Ok((permit, row));
    }
    // Somebody may have kept it while this one waited.
    let row = store::find(tx, country)?;
    Ok((tx.permit::<act::KeepCountry>(&facts(country, row.as_ref()))?, row))
}

/// Keeps a country's profile, whole, as its next version.
///
/// # Errors
/// Forbidden; the version missing or stale; invalid, naming every fault.
pub fn keep(
    tx: &mut Tx<'_>,
    country: Country,
    submission: &Submission,
) -> Result<Change<ProfileRow>> {
    let (permit, before) = take(tx, country)?;
    let version = before.as_ref().map_or(0, |row| row.version);
    let input: ProfileInput = submission.read_guarded(version)?;
    let mut faults = Faults::new();
    let profile = input.judge(&Day::of(tx.now().plus_seconds(DAY)), &mut faults);
    check_agencies(tx, &permit, &input.named_agencies(), &mut faults)?;
    faults.finish()?;
    let profile = profile.ok_or_else(|| Error::internal("a faultless profile is none"))?;
    let officer = tx.context().officer()?.clone();
    let confirmed = model::confirms(&officer, country);
    if let Some(before) = before
        && before.profile.0 == profile
        && before.confirmed == confirmed
    {
        return Ok(Change::Unchanged(before));
    }
    let now = tx.now();
    let row = ProfileRow {
        id: ProfileId::new(now),
        country,
        version: version + 1,
        confirmed,
        reviewed_on: profile.reviewed_on.clone(),
        review_due_on: profile.review_due_on.clone(),
        profile: Json(profile),
        kept_by: officer.user,
        kept_by_agency_id: officer.agency,
        kept_at: now,
    };
    store::insert(tx, &permit, row.clone())?;
    let event = told(&row)?;
    Ok(Change::by(row, event))
}

fn told(row: &ProfileRow) -> Result<Event> {
    let profile: &Profile = &row.profile.0;
    // The whole text: the chain then holds to what was said of the law on that day.
    let text = serde_json::to_string(profile).map_err(Error::internal)?;
    let (deed, subject) = (Deed::CountryProfileKept, SubjectKind::Country);
    Ok(Event::in_agency(row.kept_by_agency_id, deed, subject, row.id)
        .with("country", row.country)
        .with("version", row.version)
        .with("confirmed", row.confirmed)
        .with("reviewed_on", &row.reviewed_on)
        .with("review_due_on", &row.review_due_on)
        .text("profile", text))
}

/// Notes each agency among `named` that is not of the country itself.
fn check_agencies(
    tx: &mut Tx<'_>,
    permit: &Permit<act::KeepCountry>,
    named: &[(usize, AgencyId)],
    faults: &mut Faults,
) -> Result<()> {
    if named.is_empty() {
        return Ok(());
    }
    let own = store::own_agencies(tx, permit, named.iter().map(|(_, id)| *id).collect())?;
    for (at, id) in named {
        let pointer = format!("/competent_authorities/{at}/agency_id");
        faults.check(own.contains(id), &pointer, "expected an agency of the country itself");
    }
    Ok(())
}
