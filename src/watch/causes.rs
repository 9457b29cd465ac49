//! What somebody has to be told of, read from the tables. Each function gives one kind or two of the same table.
//!
//! These queries look at every case: only the watch calls them, with the leave that no officer is given.

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use uuid::Uuid;

use crate::access::{Permit, act};
use crate::cases::authorisations::model::RequestStatus;
use crate::cases::balance::model::{QuantityFlag, QuantityKind};
use crate::cases::case::model::CaseStatus;
use crate::cases::case::transition::REPORT_DUE_SECONDS;
use crate::cases::control::model::EndedHow;
use crate::cases::evidence::model::FlagKind;
use crate::cases::legs::model::{LegFlag, LegStatus};
use crate::cases::milestones::model::{MilestoneKind, MilestoneStatus, ReportFlag};
use crate::clock::Instant;
use crate::country::Country;
use crate::day::Day;
use crate::db::schema::{
    agencies, authorisation_grants, authorisations, cases, control_periods, country_profiles,
    crossings, deconfliction_hits, evidence, evidence_flags, handovers, legs, message_receivers,
    messages, milestone_reports, milestones, quantity_reports,
};
use crate::db::types::Json;
use crate::db::{Run, View};
use crate::error::Result;
use crate::ids::{
    AgencyId, AuthorisationId, CaseId, ConsignmentId, CrossingId, EvidenceId, FlagId, HandoverId,
    HitId, LegId, MessageId, MilestoneId, ProfileId, ReportId,
};
use crate::watch::model::{AlertKind, Cause};

/// Cases in which nothing is watched any more.
const OVER: [CaseStatus; 3] = [CaseStatus::Concluded, CaseStatus::Closed, CaseStatus::CalledOff];
/// Cases in which nothing is left to be settled.
const SETTLED: [CaseStatus; 2] = [CaseStatus::Closed, CaseStatus::CalledOff];
/// States of a leg on which the goods are.
const UNDER_WAY: [LegStatus; 6] = [
    LegStatus::InProgress,
    LegStatus::AtHandover,
    LegStatus::Diverted,
    LegStatus::MustStop,
    LegStatus::Intervened,
    LegStatus::Lost,
];

/// Everything that somebody has to be told of now; a grant ends soon when it ends within `soon` seconds.
///
/// # Errors
/// When the database fails.
pub fn all(
    view: &mut View<'_>,
    permit: &Permit<act::RaiseAlerts>,
    soon: i64,
) -> Result<Vec<Cause>> {
    let mut causes = milestones(view, permit)?;
    causes.extend(requests(view, permit)?);
    causes.extend(grants(view, permit, soon)?);
    causes.extend(route(view, permit)?);
    causes.extend(entries(view, permit)?);
    causes.extend(substitutions(view, permit)?);
    causes.extend(control(view, permit)?);
    causes.extend(imbalances(view, permit)?);
    causes.extend(unsettled(view, permit)?);
    causes.extend(custody(view, permit)?);
    causes.extend(hits(view, permit)?);
    causes.extend(unacknowledged(view, permit)?);
    causes.extend(reviews(view, permit)?);
    Ok(causes)
}

/// One cause for each of some agencies.
fn of(
    case: CaseId,
    agencies: impl IntoIterator<Item = AgencyId>,
    kind: AlertKind,
    subject: Uuid,
    since: Instant,
) -> Vec<Cause> {
    let mut causes: Vec<Cause> = agencies
        .into_iter()
        .map(|agency| Cause { case: Some(case), agency, kind, subject, since })
        .collect();
    causes.sort_unstable();
    causes.dedup();
    causes
}

/// Milestones that are due or overdue, and reported changes of the time of arrival.
fn milestones(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    type Row = (MilestoneId, CaseId, AgencyId, AgencyId, Option<Instant>, Option<Instant>);
    let now = view.now();
    let open: Vec<Row> = milestones::table
        .inner_join(cases::table.on(cases::id.eq(milestones::case_id)))
        .filter(milestones::status.eq(MilestoneStatus::Pending))
        .filter(milestones::expected_at.le(now))
        .filter(cases::status.ne_all(OVER))
        .select((
            milestones::id,
            milestones::case_id,
            milestones::agency_id,
            cases::lead_agency_id,
            milestones::expected_at,
            milestones::overdue_after,
        ))
        .all(view)?;
    let mut causes = Vec::new();
    for (id, case, agency, lead, expected, end) in open {
        let (kind, since) = match end {
            Some(end) if now > end => (AlertKind::MilestoneOverdue, end),
            _ => (AlertKind::MilestoneDue, expected.unwrap_or(now)),
        };
        causes.extend(of(case, [agency, lead], kind, id.uuid(), since));
    }
    let changed: Vec<(MilestoneId, CaseId, AgencyId, Instant)> = milestones::table
        .inner_join(cases::table.on(cases::id.eq(milestones::case_id)))
        .filter(milestones::kind.eq(MilestoneKind::EtaChanged))
        .filter(milestones::report_id.is_not_null())
        .filter(cases::status.ne_all(OVER))
        .select((
            milestones::id,
            milestones::case_id,
            cases::lead_agency_id,
            milestones::updated_at,
        ))
        .all(view)?;
    for (id, case, lead, since) in changed {
        causes.extend(of(case, [lead], AlertKind::EtaChanged, id.uuid(), since));
    }
    Ok(causes)
}

/// Requests that are not decided in time.
fn requests(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
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
fn grants(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>, soon: i64) -> Result<Vec<Cause>> {
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

/// Legs that must stop, and goods on another way.
fn route(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    let held = [LegStatus::MustStop, LegStatus::Diverted];
    let rows: Vec<(LegId, CaseId, AgencyId, AgencyId, LegStatus, Instant)> = legs::table
        .inner_join(cases::table.on(cases::id.eq(legs::case_id)))
        .filter(legs::status.eq_any(held))
        .filter(cases::status.ne_all(OVER))
        .select((
            legs::id,
            legs::case_id,
            legs::agency_id,
            cases::lead_agency_id,
            legs::status,
            legs::updated_at,
        ))
        .all(view)?;
    let mut causes = Vec::new();
    for (id, case, agency, lead, status, since) in rows {
        let kind = match status {
            LegStatus::MustStop => AlertKind::Revoked,
            _ => AlertKind::RouteChanged,
        };
        causes.extend(of(case, [agency, lead], kind, id.uuid(), since));
    }
    Ok(causes)
}

/// Borders that were crossed without leave, or other than permitted.
fn entries(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    type Row = (CrossingId, CaseId, AgencyId, AgencyId, Instant, Json<Vec<LegFlag>>);
    let rows: Vec<Row> = crossings::table
        .inner_join(cases::table.on(cases::id.eq(crossings::case_id)))
        .filter(crossings::flags.ne("[]"))
        .filter(cases::status.ne_all(OVER))
        .select((
            crossings::id,
            crossings::case_id,
            crossings::agency_id,
            cases::lead_agency_id,
            crossings::recorded_at,
            crossings::flags,
        ))
        .all(view)?;
    let breach = |flag: &LegFlag| !matches!(flag, LegFlag::Late | LegFlag::Future);
    let mut causes = Vec::new();
    for (id, case, agency, lead, since, flags) in rows {
        if flags.0.iter().any(breach) {
            let kind = AlertKind::UnauthorisedEntry;
            causes.extend(of(case, [agency, lead], kind, id.uuid(), since));
        }
    }
    Ok(causes)
}

/// Goods that were replaced without the consent of every country on the route.
fn substitutions(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    type Row = (ReportId, CaseId, AgencyId, AgencyId, Instant, Json<Vec<ReportFlag>>);
    let rows: Vec<Row> = milestone_reports::table
        .inner_join(milestones::table.on(milestones::id.eq(milestone_reports::milestone_id)))
        .inner_join(cases::table.on(cases::id.eq(milestone_reports::case_id)))
        .filter(milestones::kind.eq(MilestoneKind::Substituted))
        .filter(milestone_reports::flags.ne("[]"))
        .filter(cases::status.ne_all(OVER))
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

/// Control that is lost, and handovers that nobody accepted in their window.
fn control(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    type Waiting = (HandoverId, CaseId, Option<AgencyId>, AgencyId, Option<Instant>);
    let now = view.now();
    let lost: Vec<(ConsignmentId, CaseId, AgencyId, AgencyId, Option<Instant>)> =
        control_periods::table
            .inner_join(cases::table.on(cases::id.eq(control_periods::case_id)))
            .filter(control_periods::lost_at.is_not_null())
            .filter(control_periods::ended_at.is_null())
            .select((
                control_periods::consignment_id,
                control_periods::case_id,
                control_periods::agency_id,
                cases::lead_agency_id,
                control_periods::lost_at,
            ))
            .all(view)?;
    let mut causes = Vec::new();
    for (id, case, holder, lead, since) in lost {
        let kind = AlertKind::ControlLost;
        causes.extend(of(case, [holder, lead], kind, id.uuid(), since.unwrap_or(now)));
    }
    let waiting: Vec<Waiting> = handovers::table
        .filter(handovers::open.eq(true))
        .filter(handovers::window_until.lt(now))
        .select((
            handovers::id,
            handovers::case_id,
            handovers::from_agency_id,
            handovers::to_agency_id,
            handovers::window_until,
        ))
        .all(view)?;
    for (id, case, from, to, since) in waiting {
        let sides = from.into_iter().chain([to]);
        let kind = AlertKind::HandoverUnaccepted;
        causes.extend(of(case, sides, kind, id.uuid(), since.unwrap_or(now)));
    }
    Ok(causes)
}

/// Quantities that did not add up and were not corrected; they are often known only when the case is concluded.
fn imbalances(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
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
        .filter(cases::status.ne_all(SETTLED))
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
        if flags.0.contains(&QuantityFlag::Imbalance) {
            causes.extend(of(case, [agency, lead], AlertKind::MassImbalance, id.uuid(), since));
        }
    }
    Ok(causes)
}

/// Goods of which control ended a day ago and nobody has said how much there was.
fn unsettled(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
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
            .filter(cases::status.ne_all(SETTLED))
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

/// Gaps in the custody of items: for whoever registered and whoever holds them.
fn custody(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    let rows: Vec<(FlagId, EvidenceId, CaseId, AgencyId, AgencyId, Instant)> =
        evidence_flags::table
            .inner_join(evidence::table.on(evidence::id.eq(evidence_flags::evidence_id)))
            .filter(evidence_flags::kind.eq_any([FlagKind::Gap, FlagKind::SealMismatch]))
            .select((
                evidence_flags::id,
                evidence_flags::evidence_id,
                evidence_flags::case_id,
                evidence::originator_agency_id,
                evidence::custodian_agency_id,
                evidence_flags::raised_at,
            ))
            .all(view)?;
    let cause = |(id, _, case, originator, custodian, since): (FlagId, EvidenceId, _, _, _, _)| {
        of(case, [originator, custodian], AlertKind::CustodyGap, id.uuid(), since)
    };
    Ok(rows.into_iter().flat_map(cause).collect())
}

/// Hits, each for its side.
fn hits(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    let rows: Vec<(HitId, Option<CaseId>, AgencyId, Instant)> = deconfliction_hits::table
        .select((
            deconfliction_hits::id,
            deconfliction_hits::case_id,
            deconfliction_hits::agency_id,
            deconfliction_hits::found_at,
        ))
        .all(view)?;
    let cause = |(id, case, agency, since): (HitId, Option<CaseId>, AgencyId, Instant)| Cause {
        case,
        agency,
        kind: AlertKind::DeconflictionHit,
        subject: id.uuid(),
        since,
    };
    Ok(rows.into_iter().map(cause).collect())
}

/// Messages that a receiver did not acknowledge in time: for the receiver, and for who sent them.
fn unacknowledged(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    let now = view.now();
    let rows: Vec<(MessageId, CaseId, AgencyId, AgencyId, Option<Instant>)> =
        message_receivers::table
            .inner_join(messages::table.on(messages::id.eq(message_receivers::message_id)))
            .inner_join(cases::table.on(cases::id.eq(messages::case_id)))
            .filter(message_receivers::awaited.eq(true))
            .filter(message_receivers::acknowledged_at.is_null())
            .filter(messages::due_at.lt(now))
            .filter(cases::status.ne_all(OVER))
            .select((
                messages::id,
                messages::case_id,
                messages::agency_id,
                message_receivers::agency_id,
                messages::due_at,
            ))
            .all(view)?;
    let mut causes = Vec::new();
    for (id, case, sender, receiver, since) in rows {
        let kind = AlertKind::MessageUnacknowledged;
        causes.extend(of(case, [sender, receiver], kind, id.uuid(), since.unwrap_or(now)));
    }
    causes.sort_unstable();
    causes.dedup();
    Ok(causes)
}

/// Profiles of countries that are to be reviewed, each for the agency of the country that keeps it; for all of them while
/// nobody does.
fn reviews(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    let today = Day::of(view.now());
    let later = diesel::alias!(country_profiles as later);
    let superseded = later
        .filter(later.field(country_profiles::country).eq(country_profiles::country))
        .filter(later.field(country_profiles::version).gt(country_profiles::version));
    let due: Vec<(ProfileId, Country, Option<Day>, AgencyId, Instant)> = country_profiles::table
        .filter(country_profiles::review_due_on.lt(today))
        .filter(not(exists(superseded)))
        .select((
            country_profiles::id,
            country_profiles::country,
            country_profiles::review_due_on,
            country_profiles::kept_by_agency_id,
            country_profiles::kept_at,
        ))
        .all(view)?;
    let countries: Vec<Country> = due.iter().map(|(_, country, ..)| *country).collect();
    let own: Vec<(AgencyId, Option<Country>)> = agencies::table
        .filter(agencies::country.eq_any(countries))
        .select((agencies::id, agencies::country))
        .order(agencies::id)
        .all(view)?;
    let mut causes = Vec::new();
    for (profile, country, day, keeper, kept_at) in due {
        let theirs = own.iter().filter(|(_, of)| *of == Some(country)).map(|(agency, _)| *agency);
        let theirs: Vec<AgencyId> = theirs.collect();
        let told = if theirs.contains(&keeper) { vec![keeper] } else { theirs };
        // The day itself is still in time.
        let since = day.and_then(|day| day.next()).unwrap_or(kept_at);
        causes.extend(told.into_iter().map(|agency| Cause {
            case: None,
            agency,
            kind: AlertKind::ReviewDue,
            subject: profile.uuid(),
            since,
        }));
    }
    Ok(causes)
}
