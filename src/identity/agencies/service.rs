//! Use cases of agencies.

use crate::access::{Facts, act};
use crate::agency::AgencyKind;
use crate::db::types::Json;
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Class, Error, Faults, Result};
use crate::identity::agencies::api::{CreateAgency, EditAgency};
use crate::identity::agencies::model::{Description, Draft};
use crate::identity::agencies::store::{self, AgencyRow};
use crate::ids::AgencyId;
use crate::journal::event::{Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// A page of all agencies.
///
/// # Errors
/// The page asked for is not right; the database is away.
pub fn list(view: &mut View<'_>, page: impl FnOnce() -> Result<Page>) -> Result<PageOf<AgencyRow>> {
    let permit = view.permit::<act::ReadAgencies>(&Facts::Server)?;
    store::list(view, &permit, page()?)
}

/// One agency.
///
/// # Errors
/// Not found.
pub fn read(view: &mut View<'_>, id: AgencyId) -> Result<AgencyRow> {
    let row = store::find(view, id)?;
    let facts = row.as_ref().map(|row| store::facts(view, row)).transpose()?;
    view.permit::<act::ReadAgencies>(&Facts::Agency(facts))?;
    row.ok_or_else(Error::not_found)
}

/// Makes an agency.
///
/// # Errors
/// Forbidden but for system admins; invalid, naming every fault.
pub fn create(tx: &mut Tx<'_>, submission: &Submission) -> Result<Change<AgencyRow>> {
    let permit = tx.permit::<act::CreateAgency>(&Facts::Server)?;
    let draft = Draft::from(submission.read::<CreateAgency>()?);
    let mut faults = Faults::new();
    let description = draft.check(&mut faults);
    if description.as_ref().is_some_and(|found| found.kind == AgencyKind::Operator) {
        faults.add("/kind", "expected national or regional: the operator is there already");
    }
    faults.finish()?;
    let description = description.ok_or_else(|| Error::internal("a faultless agency is none"))?;
    let row = AgencyRow::new(description, tx.now());
    store::insert(tx, &permit, &row)?;
    let event = Event::in_agency(row.id, Deed::AgencyCreated, SubjectKind::Agency, row.id)
        .with("kind", row.kind)
        .with("branch", row.branch)
        .with("country", row.country)
        .text("name", &row.name);
    Ok(Change::by(row, event))
}

/// Changes an agency, or its contact point only.
///
/// # Errors
/// Not found, forbidden; the version missing or stale; invalid, naming every fault.
pub fn edit(tx: &mut Tx<'_>, id: AgencyId, submission: &Submission) -> Result<Change<AgencyRow>> {
    let found = store::take(tx, id)?;
    let facts = found.as_ref().map(|row| store::facts(tx, row)).transpose()?;
    let facts = Facts::Agency(facts);
    let whole = match tx.permit::<act::EditAgency>(&facts) {
        Ok(permit) => Some(permit),
        Err(error) if error.code().class == Class::Forbidden => None,
        Err(error) => return Err(error),
    };
    let contact_point = tx.permit::<act::EditContactPoint>(&facts)?;
    let before = found.ok_or_else(Error::not_found)?;
    let patch: EditAgency = submission.read_guarded(before.version)?;
    if whole.is_none() && !patch.concerns_contact_point_only() {
        return Err(Error::forbidden("An agency's admin changes its contact_point only."));
    }
    let after = merge(&before, &patch, tx)?;
    let changed = changed(&before, &after);
    if changed.is_empty() {
        return Ok(Change::Unchanged(before));
    }
    match whole {
        Some(permit) => store::update(tx, &permit, &after)?,
        None => store::update_contact_point(tx, &contact_point, &after)?,
    }
    let event = Event::in_agency(id, Deed::AgencyEdited, SubjectKind::Agency, id)
        .with("changed", changed)
        .text("name", &after.name)
        .optional_text("phone", after.contact_phone.as_deref())
        .optional_text("email", after.contact_email.as_ref().map(crate::email::Email::as_str));
    Ok(Change::by(after, event))
}

/// The row as the patch wants it.
fn merge(before: &AgencyRow, patch: &EditAgency, tx: &Tx<'_>) -> Result<AgencyRow> {
    let mut faults = Faults::new();
    let same_kind = patch.kind.as_deref().is_none_or(|kind| kind == before.kind.to_string());
    faults.check(same_kind, "/kind", "expected the same: an agency's kind never changes");
    let country = before.country.map(|country| country.to_string());
    let same_country = patch.country.as_ref().is_none_or(|wanted| *wanted == country);
    faults.check(same_country, "/country", "expected the same: an agency's country never changes");
    let description = patch.onto(Draft::from(before.clone())).check(&mut faults);
    faults.finish()?;
    let Description { name, short_name, branch, time_zone, languages, phone, email, hours, .. } =
        description.ok_or_else(|| Error::internal("a faultless agency is none"))?;
    Ok(AgencyRow {
        name,
        short_name,
        branch,
        time_zone,
        languages: Json(languages),
        contact_phone: phone,
        contact_email: email,
        contact_hours: hours,
        version: before.version + 1,
        updated_at: tx.now(),
        ..before.clone()
    })
}

fn changed(before: &AgencyRow, after: &AgencyRow) -> Vec<&'static str> {
    [
        ("name", before.name != after.name),
        ("short_name", before.short_name != after.short_name),
        ("branch", before.branch != after.branch),
        ("time_zone", before.time_zone != after.time_zone),
        ("languages", before.languages != after.languages),
        (
            "contact_point",
            before.contact_phone != after.contact_phone
                || before.contact_email != after.contact_email
                || before.contact_hours != after.contact_hours,
        ),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}
