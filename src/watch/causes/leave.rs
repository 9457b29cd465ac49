//! What the countries were asked and what they granted.

use diesel::prelude::*;

use super::{OVER, UNDER_WAY, of};
use crate::access::{Permit, act};
use crate::cases::authorisations::model::RequestStatus;
use crate::clock::Instant;
use crate::country::Country;
use crate::db::schema::{authorisation_grants, authorisations, cases, legs};
use crate::db::{Run, View};
use crate::error::Result;
use crate::ids::{AgencyId, AuthorisationId, CaseId};
use crate::watch::model::{AlertKind, Cause};

/// Requests that are not decided in time.
pub(super) fn requests(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    const WAITING: [RequestStatus; 3] =
        [RequestStatus::Submitted, RequestStatus::Acknowledged, RequestStatus::InfoRequested];
    let now = view.now();
    let rows: Vec<(AuthorisationId, CaseId, AgencyId, AgencyId, Instant)> = authorisations::table
        .inner_join(cases::table.on(cases::id.eq(authorisations::case_id)))
        .filter(authorisations::status.eq_any(WAITING))
        .filter(authorisations::decision_needed_by.lt(now))
        .filter(cases::status.ne_all(OVER))
        .select((
            authorisations::id,
            authorisations::case_id,
            authorisations::agency_id,
            authorisations::authority_agency_id,
            authorisations::decision_needed_by,
        ))
        .all(view)?;
    let cause = |(id, case, asking, asked, since): (AuthorisationId, CaseId, _, _, Instant)| {
        of(case, [asking, asked], AlertKind::DecisionOverdue, id.uuid(), since)
    };
    Ok(rows.into_iter().flat_map(cause).collect())
}

/// Grants that end soon, that ended while a leg is under way, and oral ones that nobody confirmed.
pub(super) fn grants(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
    soon: i64,
) -> Result<Vec<Cause>> {
    type Row = (
        (AuthorisationId, CaseId, AgencyId, AgencyId),
        (Country, Instant, Option<Instant>, Option<Instant>),
    );
    const COUNTS: [RequestStatus; 2] = [RequestStatus::Granted, RequestStatus::GrantedOrally];
    let now = view.now();
    let rows: Vec<Row> = authorisation_grants::table
        .inner_join(
            authorisations::table.on(authorisations::id.eq(authorisation_grants::authorisation_id)),
        )
        .inner_join(cases::table.on(cases::id.eq(authorisation_grants::case_id)))
        .filter(authorisations::status.eq_any(COUNTS))
        .filter(authorisation_grants::number.eq(authorisations::grants))
        .filter(cases::status.ne_all(OVER))
        .select((
            (
                authorisations::id,
                authorisations::case_id,
                authorisations::agency_id,
                authorisations::authority_agency_id,
            ),
            (
                authorisations::country,
                authorisation_grants::valid_until,
                authorisation_grants::confirm_by,
                authorisation_grants::confirmed_at,
            ),
        ))
        .all(view)?;
    let travelling: Vec<(CaseId, Country, Country)> = legs::table
        .filter(legs::status.eq_any(UNDER_WAY))
        .select((legs::case_id, legs::from_country, legs::to_country))
        .all(view)?;
    let mut causes = Vec::new();
    for ((id, case, asking, asked), (country, until, confirm_by, confirmed)) in rows {
        let both = [asking, asked];
        let confirm_by = confirm_by.filter(|_| confirmed.is_none());
        if let Some(confirm_by) = confirm_by.filter(|confirm_by| now > *confirm_by) {
            causes.extend(of(case, both, AlertKind::ConfirmationOverdue, id.uuid(), confirm_by));
        }
        let ends = confirm_by.map_or(until, |confirm_by| confirm_by.min(until));
        let inside = travelling
            .iter()
            .any(|(of, from, to)| *of == case && (*from == country || *to == country));
        if now > ends && inside {
            causes.extend(of(case, both, AlertKind::GrantExpiredUnderWay, id.uuid(), ends));
        } else if now <= ends && ends <= now.plus_seconds(soon) {
            causes.extend(of(case, both, AlertKind::GrantExpiring, id.uuid(), ends));
        }
    }
    Ok(causes)
}
