//! Queries over alerts.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::access::{CaseSight, MemberRole, MemberStatus, Permit, Scope, act};
use crate::clock::Instant;
use crate::db::schema::{
    alerts, authorisations, case_assignments, case_members, cases, deconfliction_hits_pending,
};
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::error::Result;
use crate::ids::{AgencyId, AlertId, CaseId, EntryId, HitId, UserId};
use crate::watch::causes::AT_ONCE;
use crate::watch::model::{AlertKind, Cause, Raised, TO_COORDINATORS};

/// An alert's row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = alerts, treat_none_as_default_value = false)]
pub struct AlertRow {
    /// The alert.
    pub id: AlertId,
    /// The agency that it is for.
    pub agency_id: AgencyId,
    /// The case; none for what belongs to an agency alone.
    pub case_id: Option<CaseId>,
    /// What it is about.
    pub kind: AlertKind,
    /// The thing that it is about, whatever its kind.
    pub subject_id: EntryId,
    /// Since when it is so.
    pub since: Instant,
    /// When it was raised.
    pub raised_at: Instant,
    /// How far it was passed on: 0, 1 to the contact point, 2 to the coordinators of the case.
    pub level: i32,
    /// Who acknowledged it.
    pub acknowledged_by: Option<UserId>,
    /// When.
    pub acknowledged_at: Option<Instant>,
    /// When it was settled.
    pub resolved_at: Option<Instant>,
    /// Counts the changes of this row.
    pub version: i64,
}

impl AlertRow {
    /// The alert, as far as a pass asks.
    #[must_use]
    pub fn raised(&self) -> Raised {
        Raised {
            id: self.id,
            cause: Cause {
                case: self.case_id,
                agency: self.agency_id,
                kind: self.kind,
                subject: self.subject_id.uuid(),
                since: self.since,
            },
            raised_at: self.raised_at,
            level: self.level,
            acknowledged: self.acknowledged_at.is_some(),
            resolved: self.resolved_at.is_some(),
        }
    }
}

/// Which alerts are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Settled ones, or those that are not; both unless said.
    pub resolved: Option<bool>,
    /// Acknowledged ones, or those that are not; both unless said.
    pub acknowledged: Option<bool>,
    /// Of this case.
    pub case: Option<CaseId>,
    /// This one alone.
    pub only: Option<AlertId>,
}

/// Every alert that is open, and those that were settled and are about the same as `causes`: what a pass holds the causes
/// against.
///
/// # Errors
/// When the database fails.
pub fn standing(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
    causes: &[Cause],
) -> Result<Vec<Raised>> {
    let mut rows: Vec<AlertRow> = alerts::table
        .filter(alerts::resolved_at.is_null())
        .select(columns::<AlertRow>())
        .order(alerts::id)
        .all(view)?;
    let subjects: BTreeSet<EntryId> =
        causes.iter().map(|cause| EntryId::from_uuid(cause.subject)).collect();
    let subjects: Vec<EntryId> = subjects.into_iter().collect();
    for some in subjects.chunks(AT_ONCE) {
        let settled: Vec<AlertRow> = alerts::table
            .filter(alerts::subject_id.eq_any(some.to_vec()))
            .filter(alerts::resolved_at.is_not_null())
            .select(columns::<AlertRow>())
            .order(alerts::id)
            .all(view)?;
        rows.extend(settled);
    }
    Ok(rows.iter().map(AlertRow::raised).collect())
}

/// An alert, whoever it is for.
///
/// # Errors
/// When the database fails.
pub fn find(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
    id: AlertId,
) -> Result<Option<AlertRow>> {
    alerts::table.filter(alerts::id.eq(id)).select(columns::<AlertRow>()).maybe(view)
}

/// Whether an agency was ever told of a cause.
///
/// # Errors
/// When the database fails.
pub fn is_told(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>, cause: &Cause) -> Result<bool> {
    let told: i64 = alerts::table
        .filter(alerts::subject_id.eq(EntryId::from_uuid(cause.subject)))
        .filter(alerts::kind.eq(cause.kind))
        .filter(alerts::agency_id.eq(cause.agency))
        .filter(alerts::since.eq(cause.since))
        .count()
        .one(view)?;
    Ok(told > 0)
}

/// Inserts an alert.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, _: &Permit<act::RaiseAlerts>, row: &AlertRow) -> Result<()> {
    diesel::insert_into(alerts::table).values(row.clone()).run(tx)?;
    Ok(())
}

/// Writes how far an alert was passed on, and that it is settled.
///
/// # Errors
/// When the database fails.
pub fn update(tx: &mut Tx<'_>, _: &Permit<act::RaiseAlerts>, row: &AlertRow) -> Result<()> {
    diesel::update(alerts::table.find(row.id))
        .set((
            alerts::level.eq(row.level),
            alerts::resolved_at.eq(row.resolved_at),
            alerts::version.eq(row.version),
        ))
        .run(tx)?;
    Ok(())
}

/// Lets go of a hit of which somebody has taken note: the watch looks at it no more.
///
/// # Errors
/// When the database fails.
pub fn forget_hit(tx: &mut Tx<'_>, _: &Permit<act::RaiseAlerts>, hit: HitId) -> Result<()> {
    diesel::delete(deconfliction_hits_pending::table.find(hit)).run(tx)?;
    Ok(())
}

/// Writes who acknowledged an alert.
///
/// # Errors
/// When the database fails.
pub fn acknowledge(tx: &mut Tx<'_>, _: &Permit<act::AnswerAlerts>, row: &AlertRow) -> Result<()> {
    diesel::update(alerts::table.find(row.id))
        .set((
            alerts::acknowledged_by.eq(row.acknowledged_by),
            alerts::acknowledged_at.eq(row.acknowledged_at),
            alerts::version.eq(row.version),
        ))
        .run(tx)?;
    Ok(())
}

/// A page of the alerts that the caller is called by, newest first: those of the own agency in cases that the caller sees,
/// those that belong to the agency alone, hits of cases that the agency has left, and those of other agencies that have
/// come to its coordinators.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    _: &Permit<act::AnswerAlerts>,
    scope: &Scope,
    filter: Filter,
    page: Page,
) -> Result<PageOf<AlertRow>> {
    let after = page.after.map_or(AlertId::from_uuid(uuid::Uuid::max()), Cursor::id);
    let yes = |condition: bool| condition.into_sql::<Bool>();
    let all = matches!(scope.cases(), CaseSight::AcceptedAndInvited | CaseSight::Accepted);
    let authority = scope.cases() == CaseSight::Authority;
    let speaks = scope.cases() == CaseSight::AcceptedAndInvited;
    let asked = authorisations::table
        .filter(authorisations::authority_agency_id.eq(scope.agency()))
        .filter(authorisations::submitted_at.is_not_null())
        .select(authorisations::case_id);
    let agencies_cases = || {
        case_members::table
            .inner_join(cases::table)
            .left_join(
                case_assignments::table.on(case_assignments::case_id
                    .eq(case_members::case_id)
                    .and(case_assignments::user_id.eq(scope.user()))),
            )
            .filter(case_members::agency_id.eq(scope.agency()))
            .filter(case_members::status.eq(MemberStatus::Accepted))
    };
    let seen = agencies_cases()
        .filter(
            case_assignments::user_id.is_not_null().or(cases::restricted.eq(false).and(
                yes(all).or(yes(authority).and(
                    case_members::role
                        .eq(MemberRole::Authority)
                        .or(case_members::case_id.eq_any(asked)),
                )),
            )),
        )
        .select(case_members::case_id.nullable());
    let coordinated = agencies_cases()
        .filter(case_members::role.eq(MemberRole::Coordinator))
        .filter(case_assignments::user_id.is_not_null().or(cases::restricted.eq(false)))
        .filter(yes(all))
        .select(case_members::case_id.nullable());
    let present = agencies_cases().select(case_members::case_id.nullable());
    let left = alerts::kind
        .eq(AlertKind::DeconflictionHit)
        .and(yes(speaks))
        .and(alerts::case_id.ne_all(present));
    let rows =
        alerts::table
            .filter(alerts::id.lt(after))
            .filter(
                alerts::agency_id
                    .eq(scope.agency())
                    .and(
                        alerts::case_id
                            .is_null()
                            .and(yes(all))
                            .or(alerts::case_id.eq_any(seen))
                            .or(left),
                    )
                    .or(alerts::level.ge(TO_COORDINATORS).and(alerts::case_id.eq_any(coordinated))),
            )
            .filter(yes(filter.only.is_none()).or(alerts::id.nullable().eq(filter.only)))
            .filter(yes(filter.case.is_none()).or(alerts::case_id.eq(filter.case)))
            .filter(
                yes(filter.resolved.is_none())
                    .or(alerts::resolved_at.is_not_null().eq(yes(filter.resolved == Some(true)))),
            )
            .filter(yes(filter.acknowledged.is_none()).or(
                alerts::acknowledged_at.is_not_null().eq(yes(filter.acknowledged == Some(true))),
            ))
            .select(columns::<AlertRow>())
            .order(alerts::id.desc())
            .limit(page.fetch())
            .all(view)?;
    Ok(page.cut(rows, |row: &AlertRow| Cursor::after_id(row.id)))
}
