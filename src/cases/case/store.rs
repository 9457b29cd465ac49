//! Queries over cases.

use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::access::{CaseSight, MemberRole, MemberStatus, Permit, Scope, act};
use crate::cases::case::model::{CaseStatus, HandlingCode, Modality, Outcome, Priority};
use crate::cases::reference::CaseReference;
use crate::clock::Instant;
use crate::country::Country;
use crate::db::schema::{agencies, authorisations, case_assignments, case_members, cases, legs};
use crate::db::types::Json;
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, UserId};

/// A case's row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = cases, treat_none_as_default_value = false)]
pub struct CaseRow {
    /// The case.
    pub id: CaseId,
    /// What officers call it by on the phone.
    pub reference: CaseReference,
    /// The agency that opened it.
    pub lead_agency_id: AgencyId,
    /// Its code name.
    pub code_name: String,
    /// What it is about.
    pub summary: String,
    /// Code name, reference and summary folded for searching.
    pub search: String,
    /// What is proposed to travel.
    pub modality: Modality,
    /// How urgent it is.
    pub priority: Priority,
    /// Under which conditions what it holds may be used.
    pub handling_codes: Json<Vec<HandlingCode>>,
    /// Its state.
    pub status: CaseStatus,
    /// Whether only assigned users see it.
    pub restricted: bool,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Whether anything was ever on the move in it.
    pub was_on_the_move: bool,
    /// When the lead asked to close it.
    pub close_requested_at: Option<Instant>,
    /// When the written report of an intervention is due.
    pub report_due_at: Option<Instant>,
    /// Who opened it.
    pub created_by: UserId,
    /// Counts the changes of this row.
    pub version: i64,
    /// When it was opened.
    pub created_at: Instant,
    /// When this row was changed last.
    pub updated_at: Instant,
}

/// Which of the cases one may see are listed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In this state.
    pub status: Option<CaseStatus>,
    /// With these words in reference, code name or summary.
    pub words: Option<String>,
    /// With a lead or member of this country, or a way through it.
    pub country: Option<Country>,
    /// With this agency as lead or member.
    pub member: Option<AgencyId>,
    /// Changed since then.
    pub updated_since: Option<Instant>,
}

/// Inserts a new case.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, _: &Permit<act::CreateCase>, row: &CaseRow) -> Result<()> {
    diesel::insert_into(cases::table).values(row.clone()).run(tx)?;
    Ok(())
}

/// Inserts a case that was worked before this server.
///
/// # Errors
/// When the database fails.
pub fn import(tx: &mut Tx<'_>, _: &Permit<act::ImportCase>, row: &CaseRow) -> Result<()> {
    diesel::insert_into(cases::table).values(row.clone()).run(tx)?;
    Ok(())
}

/// Writes the header of the case that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn update_header(tx: &mut Tx<'_>, permit: &Permit<act::EditCase>, row: &CaseRow) -> Result<()> {
    diesel::update(cases::table.find(permit.case()?))
        .set((
            cases::code_name.eq(&row.code_name),
            cases::summary.eq(&row.summary),
            cases::search.eq(&row.search),
            cases::modality.eq(row.modality),
            cases::priority.eq(row.priority),
            cases::handling_codes.eq(row.handling_codes.clone()),
            cases::restricted.eq(row.restricted),
            cases::version.eq(row.version),
            cases::updated_at.eq(row.updated_at),
        ))
        .run(tx)?;
    Ok(())
}

/// Writes the state of the case that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn update_status(
    tx: &mut Tx<'_>,
    permit: &Permit<act::ChangeCaseState>,
    row: &CaseRow,
) -> Result<()> {
    diesel::update(cases::table.find(permit.case()?))
        .set((
            cases::status.eq(row.status),
            cases::outcome.eq(row.outcome),
            cases::close_requested_at.eq(row.close_requested_at),
            cases::report_due_at.eq(row.report_due_at),
            cases::version.eq(row.version),
            cases::updated_at.eq(row.updated_at),
        ))
        .run(tx)?;
    Ok(())
}

/// Whether a case has this reference.
///
/// # Errors
/// When the database fails.
pub fn has_reference(tx: &mut Tx<'_>, reference: &CaseReference) -> Result<bool> {
    let count: i64 = cases::table.filter(cases::reference.eq(reference)).count().one(tx)?;
    Ok(count > 0)
}

/// A page of the cases within `scope`, newest first. It walks the agency's memberships in the order of the page, so
/// that a page costs the same however many cases there are.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    _: &Permit<act::ListCases>,
    scope: &Scope,
    filter: &Filter,
    page: Page,
) -> Result<PageOf<CaseRow>> {
    let sight = scope.cases();
    let invited = sight == CaseSight::AcceptedAndInvited;
    let all = matches!(sight, CaseSight::AcceptedAndInvited | CaseSight::Accepted);
    let authority = sight == CaseSight::Authority;
    if sight == CaseSight::None {
        return Ok(PageOf { items: Vec::new(), next_cursor: None });
    }
    let after = page.after.map_or(CaseId::from_uuid(uuid::Uuid::max()), Cursor::id);
    let words = filter.words.as_deref().map(like).unwrap_or_default();
    let since = filter.updated_since.unwrap_or(Instant::EARLIEST);
    let asked = authorisations::table
        .filter(authorisations::authority_agency_id.eq(scope.agency()))
        .filter(authorisations::submitted_at.is_not_null())
        .select(authorisations::case_id);
    let of_country =
        agencies::table.filter(agencies::country.eq(filter.country)).select(agencies::id);
    let others = diesel::alias!(case_members as others);
    let members_of_country = others
        .filter(others.field(case_members::agency_id).eq_any(of_country))
        .filter(others.field(case_members::status).eq(MemberStatus::Accepted))
        .select(others.field(case_members::case_id));
    let with_member = others
        .filter(others.field(case_members::agency_id).nullable().eq(filter.member))
        .filter(others.field(case_members::status).eq(MemberStatus::Accepted))
        .select(others.field(case_members::case_id));
    // Who only decides is shown the way in the own country, and finds by no other.
    let shown_route = filter.country == view.context().officer()?.country;
    let through_country = legs::table
        .filter(legs::removed_at.is_null())
        .filter(
            (legs::from_country.nullable().eq(filter.country))
                .or(legs::to_country.nullable().eq(filter.country)),
        )
        .select(legs::case_id);
    let rows = case_members::table
        .inner_join(cases::table)
        .left_join(
            case_assignments::table.on(case_assignments::case_id
                .eq(case_members::case_id)
                .and(case_assignments::user_id.eq(scope.user()))),
        )
        .filter(case_members::agency_id.eq(scope.agency()))
        .filter(case_members::case_id.lt(after))
        .filter(
            yes(invited).and(case_members::status.eq(MemberStatus::Invited)).or(
                case_members::status.eq(MemberStatus::Accepted).and(
                    case_assignments::user_id.is_not_null().or(cases::restricted.eq(false).and(
                        yes(all).or(yes(authority).and(
                            case_members::role
                                .eq(MemberRole::Authority)
                                .or(case_members::case_id.eq_any(asked)),
                        )),
                    )),
                ),
            ),
        )
        .filter(yes(filter.status.is_none()).or(cases::status.nullable().eq(filter.status)))
        .filter(yes(filter.words.is_none()).or(cases::search.like(words).escape('\\')))
        .filter(cases::updated_at.ge(since))
        .filter(yes(filter.member.is_none()).or(
            cases::lead_agency_id.nullable().eq(filter.member).or(
                case_members::status.eq(MemberStatus::Accepted).and(cases::id.eq_any(with_member)),
            ),
        ))
        .filter(
            yes(filter.country.is_none()).or(cases::lead_agency_id.eq_any(of_country).or(
                // Who else takes part and where the goods go is not for those who are only invited.
                case_members::status.eq(MemberStatus::Accepted).and(
                    cases::id.eq_any(members_of_country).or(cases::id
                        .eq_any(through_country)
                        .and(yes(shown_route).or(case_members::role.ne(MemberRole::Authority)))),
                ),
            )),
        )
        .select(columns::<CaseRow>())
        .order(case_members::case_id.desc())
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &CaseRow| Cursor::after_id(row.id)))
}

/// A condition that is the same for every row.
fn yes(condition: bool) -> diesel::dsl::AsExprOf<bool, Bool> {
    condition.into_sql::<Bool>()
}

/// A `LIKE` pattern that finds `words` anywhere.
fn like(words: &str) -> String {
    let mut pattern = String::from("%");
    for character in fold(words).chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// Folds a text so that searching it is the same on both databases: small letters, and ё as е.
#[must_use]
pub fn fold(text: &str) -> String {
    text.to_lowercase().replace('ё', "е")
}
