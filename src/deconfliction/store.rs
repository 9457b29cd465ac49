//! Queries over watch entries and hits.

use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde::{Deserialize, Serialize};

use crate::access::{CaseSight, MemberStatus, Permit, Scope, act};
use crate::cases::identifiers::IdentifierKind;
use crate::clock::Instant;
use crate::country::Country;
use crate::db::schema::{
    agencies, case_assignments, case_members, cases, deconfliction_hits, watches,
};
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::error::{Error, Result};
use crate::ids::{AgencyId, CaseId, HitId, IdentifierId, UserId, WatchId};
use crate::text_enum::TextEnum as _;

/// A watch entry's row: what it is after is sealed.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = watches, treat_none_as_default_value = false)]
pub struct WatchRow {
    /// The entry.
    pub id: WatchId,
    /// The agency that watches.
    pub agency_id: AgencyId,
    /// What kind of identifier.
    pub kind: IdentifierKind,
    /// The identifier and the note, sealed.
    pub sealed: Vec<u8>,
    /// What it is found by.
    pub mark: Vec<u8>,
    /// The key of the mark.
    pub mark_key: i32,
    /// When it ends by itself.
    pub expires_at: Option<Instant>,
    /// When it was ended.
    pub ended_at: Option<Instant>,
    /// Counts the changes of this row.
    pub version: i64,
    /// Who made it.
    pub created_by: UserId,
    /// When that was.
    pub created_at: Instant,
}

/// What a watch entry is after, as it is sealed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Watched {
    /// The identifier, as it was read.
    pub value: String,
    /// As it is compared.
    pub normal_form: String,
    /// Why.
    pub note: Option<String>,
}

/// A hit as its side reads it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = deconfliction_hits)]
pub struct HitRow {
    /// The hit.
    pub id: HitId,
    /// What kind of identifier.
    pub kind: IdentifierKind,
    /// One's own case that it concerns.
    pub case_id: Option<CaseId>,
    /// One's own identifier that it concerns.
    pub identifier_id: Option<IdentifierId>,
    /// One's own watch entry that it concerns.
    pub watch_id: Option<WatchId>,
    /// When it was found.
    pub found_at: Instant,
}

/// Whom to call.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = agencies)]
pub struct ContactRow {
    /// The agency.
    pub id: AgencyId,
    /// What it is called.
    pub name: String,
    /// Its country.
    pub country: Option<Country>,
    /// Its number at any hour.
    pub contact_phone: Option<String>,
    /// Its address.
    pub contact_email: Option<String>,
    /// When somebody answers.
    pub contact_hours: Option<String>,
}

/// A page of the caller's own agency's watch entries, in the order in which they were made.
///
/// # Errors
/// When the database fails.
pub fn watches(
    view: &mut View<'_>,
    _: &Permit<act::KeepWatches>,
    scope: &Scope,
    page: Page,
) -> Result<PageOf<WatchRow>> {
    let after = page.after.map_or(WatchId::from_uuid(uuid::Uuid::nil()), Cursor::id);
    let rows = watches::table
        .filter(watches::agency_id.eq(scope.agency()))
        .filter(watches::id.gt(after))
        .select(columns::<WatchRow>())
        .order(watches::id)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &WatchRow| Cursor::after_id(row.id)))
}

/// A watch entry of the caller's own agency.
///
/// # Errors
/// When the database fails.
pub fn find_watch(
    view: &mut View<'_>,
    _: &Permit<act::KeepWatches>,
    scope: &Scope,
    id: WatchId,
) -> Result<Option<WatchRow>> {
    watches::table
        .filter(watches::id.eq(id))
        .filter(watches::agency_id.eq(scope.agency()))
        .select(columns::<WatchRow>())
        .maybe(view)
}

/// Inserts a watch entry of the caller's own agency.
///
/// # Errors
/// When the database fails.
pub fn insert_watch(
    tx: &mut Tx<'_>,
    _: &Permit<act::KeepWatches>,
    scope: &Scope,
    row: WatchRow,
) -> Result<()> {
    let row = WatchRow { agency_id: scope.agency(), ..row };
    diesel::insert_into(watches::table).values(row).run(tx)?;
    Ok(())
}

/// Ends a watch entry of the caller's own agency.
///
/// # Errors
/// When the database fails.
pub fn end_watch(
    tx: &mut Tx<'_>,
    _: &Permit<act::KeepWatches>,
    scope: &Scope,
    row: &WatchRow,
) -> Result<()> {
    diesel::update(watches::table.find(row.id))
        .filter(watches::agency_id.eq(scope.agency()))
        .set((watches::ended_at.eq(row.ended_at), watches::version.eq(row.version)))
        .run(tx)?;
    Ok(())
}

/// A page of the hits that concern the caller's own agency, newest first: of those that concern a case, the ones whose
/// case the caller sees. Who speaks for the agency sees those of cases that it has left as well.
///
/// # Errors
/// When the database fails.
pub fn hits(
    view: &mut View<'_>,
    _: &Permit<act::ReadHits>,
    scope: &Scope,
    only: Option<HitId>,
    page: Page,
) -> Result<PageOf<(HitRow, ContactRow)>> {
    let after = page.after.map_or(HitId::from_uuid(uuid::Uuid::max()), Cursor::id);
    let all = matches!(scope.cases(), CaseSight::AcceptedAndInvited | CaseSight::Accepted);
    let seen = case_members::table
        .inner_join(cases::table)
        .left_join(
            case_assignments::table.on(case_assignments::case_id
                .eq(case_members::case_id)
                .and(case_assignments::user_id.eq(scope.user()))),
        )
        .filter(case_members::agency_id.eq(scope.agency()))
        .filter(case_members::status.eq(MemberStatus::Accepted))
        .filter(
            case_assignments::user_id
                .is_not_null()
                .or(cases::restricted.eq(false).and(all.into_sql::<Bool>())),
        )
        .select(case_members::case_id.nullable());
    let speaks = (scope.cases() == CaseSight::AcceptedAndInvited).into_sql::<Bool>();
    let present = case_members::table
        .filter(case_members::agency_id.eq(scope.agency()))
        .filter(case_members::status.eq(MemberStatus::Accepted))
        .select(case_members::case_id.nullable());
    let left = speaks.and(deconfliction_hits::case_id.ne_all(present));
    let rows = deconfliction_hits::table
        .inner_join(agencies::table.on(agencies::id.eq(deconfliction_hits::other_agency_id)))
        .filter(deconfliction_hits::agency_id.eq(scope.agency()))
        .filter(deconfliction_hits::id.lt(after))
        .filter(only.is_none().into_sql::<Bool>().or(deconfliction_hits::id.nullable().eq(only)))
        .filter(
            deconfliction_hits::case_id
                .is_null()
                .or(deconfliction_hits::case_id.eq_any(seen))
                .or(left),
        )
        .select((columns::<HitRow>(), columns::<ContactRow>()))
        .order(deconfliction_hits::id.desc())
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &(HitRow, ContactRow)| Cursor::after_id(row.0.id)))
}

/// Whom to call at some agencies.
///
/// # Errors
/// When the database fails.
pub fn contacts(
    view: &mut View<'_>,
    _: &Permit<act::CheckIdentifier>,
    ids: Vec<AgencyId>,
) -> Result<Vec<ContactRow>> {
    agencies::table
        .filter(agencies::id.eq_any(ids))
        .select(columns::<ContactRow>())
        .order(agencies::name)
        .all(view)
}

/// Seals at most `most` watch entries anew that stand under a former key, and tells how many those were.
///
/// # Errors
/// When the database fails, or the former key is no longer in the file of keys.
pub fn seal_anew(tx: &mut Tx<'_>, most: i64) -> Result<usize> {
    let newest = tx.marks().newest_number()?;
    let former: Vec<WatchRow> = watches::table
        .filter(watches::mark_key.ne(newest))
        .select(columns::<WatchRow>())
        .order((watches::mark_key, watches::id))
        .limit(most)
        .all(tx)?;
    for row in &former {
        let about = *row.id.uuid().as_bytes();
        let content = tx.marks().open(&about, &row.sealed)?;
        let watched: Watched = serde_json::from_str(&content).map_err(Error::internal)?;
        let mark = tx.marks().mark(row.kind.as_str(), &watched.normal_form)?;
        let sealed = tx.marks().seal(&about, &content)?;
        diesel::update(watches::table.find(row.id))
            .set((
                watches::sealed.eq(sealed),
                watches::mark.eq(mark.digest.to_vec()),
                watches::mark_key.eq(mark.key),
            ))
            .run(tx)?;
    }
    Ok(former.len())
}
