//! The goods themselves: what was replaced, what does not add up, and the custody of evidence.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::{STILL_TOLD, UNSETTLED, WATCHED, of};
use crate::access::{Permit, act};
use crate::cases::balance::model::{QuantityFlag, QuantityKind};
use crate::cases::case::transition::REPORT_DUE_SECONDS;
use crate::cases::control::model::EndedHow;
use crate::cases::evidence::model::FlagKind;
use crate::cases::milestones::model::{MilestoneKind, ReportFlag};
use crate::clock::Instant;
use crate::db::schema::{
    cases, control_periods, evidence, evidence_flags, milestone_reports, milestones,
    quantity_reports,
};
use crate::db::types::Json;
use crate::db::{Run, View};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, ConsignmentId, FlagId, ReportId};
use crate::watch::model::{AlertKind, Cause};

/// Goods that were replaced without the consent of every country on the route.
pub(super) fn substitutions(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
) -> Result<Vec<Cause>> {
    type Row = (ReportId, CaseId, AgencyId, AgencyId, Instant, Json<Vec<ReportFlag>>);
    let rows: Vec<Row> = milestone_reports::table
        .inner_join(milestones::table.on(milestones::id.eq(milestone_reports::milestone_id)))
        .inner_join(cases::table.on(cases::id.eq(milestones::case_id)))
        .filter(milestones::kind.eq(MilestoneKind::Substituted))
        .filter(milestone_reports::flags.ne("[]"))
        .filter(cases::status.eq_any(WATCHED))
        .select((
            milestone_reports::id,
            milestone_reports::case_id,
            milestone_reports::agency_id,
            cases::lead_agency_id,
            milestone_reports::recorded_at,
            milestone_reports::flags,
        ))
        .all(view)?;
    let breaches = rows.into_iter().filter(|row| row.5.0.contains(&ReportFlag::WithoutConsent));
    let cause = |(id, case, agency, lead, since, _): Row| {
        let kind = AlertKind::SubstitutedWithoutConsent;
        of(case, [agency, lead], kind, id.uuid(), since)
    };
    Ok(breaches.flat_map(cause).collect())
}

/// Quantities that did not add up (invariant 11), of which nobody said what they became (invariant 10), or of which more travels
/// than a country lets pass (invariant 3), and that were not corrected; they are often known only when the case is concluded.
pub(super) fn imbalances(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    type Row = (ConsignmentId, CaseId, AgencyId, AgencyId, Instant, Json<Vec<QuantityFlag>>);
    let corrections = diesel::alias!(quantity_reports as corrections);
    let corrected = corrections
        .filter(
            corrections
                .field(quantity_reports::consignment_id)
                .eq(quantity_reports::consignment_id),
        )
        .filter(
            corrections.field(quantity_reports::supersedes).eq(quantity_reports::number.nullable()),
        );
    let rows: Vec<Row> = quantity_reports::table
        .inner_join(cases::table.on(cases::id.eq(quantity_reports::case_id)))
        .filter(quantity_reports::flags.ne("[]"))
        .filter(cases::status.eq_any(UNSETTLED))
        .filter(not(exists(corrected)))
        .select((
            quantity_reports::consignment_id,
            quantity_reports::case_id,
            quantity_reports::agency_id,
            cases::lead_agency_id,
            quantity_reports::recorded_at,
            quantity_reports::flags,
        ))
        .all(view)?;
    let mut causes = Vec::new();
    for (id, case, agency, lead, since, flags) in rows {
        for flag in flags.0 {
            let kind = match flag {
                QuantityFlag::Imbalance => AlertKind::MassImbalance,
                QuantityFlag::NotInEvidence => AlertKind::RemovedWithoutEvidence,
                QuantityFlag::OverLiveCap => AlertKind::UnauthorisedEntry,
                _ => continue,
            };
            causes.extend(of(case, [agency, lead], kind, id.uuid(), since));
        }
    }
    Ok(causes)
}

/// Goods of which control ended a day ago and nobody has said how much there was.
pub(super) fn unsettled(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    const FOUND: [EndedHow; 3] =
        [EndedHow::Seized, EndedHow::DeliveredAndSeized, EndedHow::Destroyed];
    let due = view.now().plus_seconds(-REPORT_DUE_SECONDS);
    let told = quantity_reports::table
        .filter(quantity_reports::consignment_id.eq(control_periods::consignment_id))
        .filter(quantity_reports::kind.eq(QuantityKind::Remaining))
        .filter(quantity_reports::occurred_at.nullable().ge(control_periods::ended_at));
    let rows: Vec<(ConsignmentId, CaseId, AgencyId, AgencyId, Option<Instant>)> =
        control_periods::table
            .inner_join(cases::table.on(cases::id.eq(control_periods::case_id)))
            .filter(control_periods::ended_how.eq_any(FOUND))
            .filter(control_periods::ended_at.lt(due))
            .filter(cases::status.eq_any(UNSETTLED))
            .filter(not(exists(told)))
            .select((
                control_periods::consignment_id,
                control_periods::case_id,
                control_periods::agency_id,
                cases::lead_agency_id,
                control_periods::ended_at,
            ))
            .all(view)?;
    let mut causes = Vec::new();
    for (id, case, agency, lead, ended) in rows {
        let since = ended.unwrap_or(due).plus_seconds(REPORT_DUE_SECONDS);
        causes.extend(of(case, [agency, lead], AlertKind::MassUnsettled, id.uuid(), since));
    }
    Ok(causes)
}

/// Gaps in the custody of items, and seals that came otherwise than they left (invariants 16 and 17): for whoever registered
/// and whoever holds them, while there is something to settle in the case or it happened of late.
pub(super) fn custody(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    type Row = (FlagId, CaseId, AgencyId, AgencyId, Instant);
    let recent = view.now().plus_seconds(-STILL_TOLD);
    let flagged = || {
        evidence_flags::table
            .inner_join(evidence::table.on(evidence::id.eq(evidence_flags::evidence_id)))
            .inner_join(cases::table.on(cases::id.eq(evidence_flags::case_id)))
            .filter(evidence_flags::kind.eq_any([FlagKind::Gap, FlagKind::SealMismatch]))
            .select((
                evidence_flags::id,
                evidence_flags::case_id,
                evidence::originator_agency_id,
                evidence::custodian_agency_id,
                evidence_flags::raised_at,
            ))
    };
    let mut rows: Vec<Row> = flagged().filter(cases::status.eq_any(UNSETTLED)).all(view)?;
    let others: Vec<Row> = flagged().filter(evidence_flags::raised_at.gt(recent)).all(view)?;
    rows.extend(others);
    let cause = |(id, case, originator, custodian, since): Row| {
        of(case, [originator, custodian], AlertKind::CustodyGap, id.uuid(), since)
    };
    Ok(rows.into_iter().flat_map(cause).collect())
}
