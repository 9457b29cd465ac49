//! What else is owed or comes from others: reports, hits, messages, and profiles of countries that are to be reviewed.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::{UNSETTLED, WATCHED, of};
use crate::access::{MemberRole, MemberStatus, Permit, act};
use crate::clock::Instant;
use crate::country::Country;
use crate::day::Day;
use crate::db::schema::{
    agencies, case_members, cases, country_profiles, deconfliction_hits,
    deconfliction_hits_pending, message_receivers, messages, state_reports,
};
use crate::db::{Run, View};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, HitId, MessageId, ProfileId};
use crate::watch::model::{AlertKind, Cause};

/// Interventions whose written report was due: for each State that acts on the route and has not filed its own.
pub(super) fn unreported(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    let now = view.now();
    let due: Vec<(CaseId, AgencyId, Option<Country>, Option<Instant>)> = case_members::table
        .inner_join(cases::table)
        .inner_join(agencies::table.on(agencies::id.eq(case_members::agency_id)))
        .filter(cases::report_due_at.lt(now))
        .filter(cases::status.eq_any(UNSETTLED))
        .filter(case_members::status.eq(MemberStatus::Accepted))
        .filter(
            case_members::role.eq(MemberRole::Lead).or(case_members::role.eq(MemberRole::Partner)),
        )
        .select((
            case_members::case_id,
            case_members::agency_id,
            agencies::country,
            cases::report_due_at,
        ))
        .all(view)?;
    let filed: Vec<(CaseId, AgencyId, Option<Country>)> = state_reports::table
        .inner_join(cases::table.on(cases::id.eq(state_reports::case_id)))
        .filter(cases::report_due_at.lt(now))
        .filter(cases::status.eq_any(UNSETTLED))
        .select((state_reports::case_id, state_reports::agency_id, state_reports::country))
        .all(view)?;
    let mut causes = Vec::new();
    for (case, agency, country, since) in due {
        let theirs = |(of, by, home): &(CaseId, AgencyId, Option<Country>)| {
            *of == case && (*by == agency || (home.is_some() && *home == country))
        };
        if !filed.iter().any(theirs) {
            let kind = AlertKind::ReportOverdue;
            causes.extend(of(case, [agency], kind, case.uuid(), since.unwrap_or(now)));
        }
    }
    Ok(causes)
}

/// Hits of which nobody has taken note yet, each for its side.
pub(super) fn hits(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
    let rows: Vec<(HitId, Option<CaseId>, AgencyId, Instant)> = deconfliction_hits_pending::table
        .inner_join(deconfliction_hits::table)
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
pub(super) fn unacknowledged(
    view: &mut View<'_>,
    _: &Permit<act::RaiseAlerts>,
) -> Result<Vec<Cause>> {
    let now = view.now();
    let rows: Vec<(MessageId, CaseId, AgencyId, AgencyId, Option<Instant>)> =
        message_receivers::table
            .inner_join(messages::table.on(messages::id.eq(message_receivers::message_id)))
            .inner_join(cases::table.on(cases::id.eq(messages::case_id)))
            .filter(message_receivers::awaited)
            .filter(message_receivers::acknowledged_at.is_null())
            .filter(messages::due_at.lt(now))
            .filter(cases::status.eq_any(WATCHED))
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
pub(super) fn reviews(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<Vec<Cause>> {
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
