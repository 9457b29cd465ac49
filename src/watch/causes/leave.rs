//! What the countries were asked, what they granted, and what they took back.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::{Holders, WATCHED, inside, of};
use crate::access::{Permit, act};
use crate::cases::authorisations::model::RequestStatus;
use crate::clock::Instant;
use crate::country::Country;
use crate::db::schema::{authorisation_grants, authorisations, cases};
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
        .filter(cases::status.eq_any(WATCHED))
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

/// A version of a grant: who was asked by whom, and from when until when it counts.
#[derive(Debug, Clone, Copy)]
struct Version {
    request: AuthorisationId,
    asking: AgencyId,
    asked: AgencyId,
    lead: AgencyId,
    status: RequestStatus,
    decided_at: Option<Instant>,
    from: Instant,
    /// The last moment at which it counts unless it is ended.
    until: Instant,
    /// By when it has to be confirmed; none where it was, or was in writing.
    confirm_by: Option<Instant>,
    /// When it was revoked, or a new version took its place.
    ended: Option<Instant>,
}

impl Version {
    fn counts(&self, at: Instant) -> bool {
        self.from <= at && at <= self.until && self.ended.is_none_or(|ended| at < ended)
    }

    /// Until when it counts or counted.
    fn last(&self) -> Instant {
        self.ended.map_or(self.until, |ended| ended.min(self.until))
    }

    /// Whether it counted at some time after `end`.
    fn counted_after(&self, end: Instant, now: Instant) -> bool {
        self.from <= now && self.from < self.last() && end < self.last()
    }

    fn stands(&self) -> bool {
        matches!(self.status, RequestStatus::Granted | RequestStatus::GrantedOrally)
    }
}

/// Until when the country's leave lasts without a gap, and by which version: one may take the place of another. None where
/// nothing counts at `now`.
fn lasts(versions: &[Version], now: Instant) -> Option<(Instant, Version)> {
    let mut found: Option<(Instant, Version)> = None;
    let mut at = now;
    loop {
        let counting = versions.iter().filter(|version| version.counts(at));
        let Some(next) = counting.max_by_key(|version| version.last()) else { return found };
        if found.is_some_and(|(until, _)| next.last() <= until) {
            return found;
        }
        at = next.last();
        found = Some((at, *next));
    }
}

/// Grants that end soon, that ended while goods are inside, oral ones that nobody confirmed, and leave that was taken back.
/// What another grant of the same country covers is no cause, and that leave ends soon is none once the goods are gone.
pub(super) fn grants(
    view: &mut View<'_>,
    permit: &Permit<act::RaiseAlerts>,
    holders: &Holders,
    soon: i64,
) -> Result<Vec<Cause>> {
    let now = view.now();
    let by_country = versions(view, permit)?;
    let mut causes = Vec::new();
    let (mut ending, mut ended) = (Vec::new(), Vec::new());
    for ((case, country), versions) in &by_country {
        match lasts(versions, now) {
            Some((until, version)) if until <= now.plus_seconds(soon) => {
                ending.push((*case, *country, version, until));
            }
            Some(_) => {}
            None => {
                causes.extend(uncovered(*case, versions, holders, now));
                let past =
                    versions.iter().filter(|version| version.stands() && version.last() < now);
                ended.extend(
                    past.max_by_key(|version| version.last()).map(|it| (*case, *country, *it)),
                );
            }
        }
    }
    let concerned: BTreeSet<CaseId> = ending.iter().map(|(case, ..)| *case).collect();
    let behind = inside::behind(view, permit, &concerned)?;
    for (case, country, version, until) in ending {
        if !behind.get(&case).is_some_and(|countries| countries.contains(&country)) {
            let both = [version.asking, version.asked];
            let (kind, id) = (AlertKind::GrantExpiring, version.request.uuid());
            causes.extend(of(case, both, kind, id, until));
        }
    }
    let concerned: BTreeSet<CaseId> = ended.iter().map(|(case, ..)| *case).collect();
    let inside = inside::countries(view, permit, &concerned)?;
    for (case, country, version) in ended {
        if inside.get(&case).is_some_and(|countries| countries.contains(&country)) {
            let told = holders.and(case, [version.asking, version.asked, version.lead]);
            let (kind, id) = (AlertKind::GrantExpiredUnderWay, version.request.uuid());
            causes.extend(of(case, told, kind, id, version.last()));
        }
    }
    Ok(causes)
}

/// What a country that has no grant now has taken back, or said and not confirmed; nothing of which another one took the
/// place meanwhile, however that ended.
fn uncovered(case: CaseId, versions: &[Version], holders: &Holders, now: Instant) -> Vec<Cause> {
    let mut causes = Vec::new();
    let replaced =
        |version: &Version| versions.iter().any(|other| other.counted_after(version.last(), now));
    for version in versions.iter().filter(|version| !replaced(version)) {
        let Version { request, asking, asked, lead, status, .. } = *version;
        let unconfirmed = version.confirm_by.filter(|confirm_by| now > *confirm_by);
        match (status, unconfirmed, version.decided_at) {
            (RequestStatus::GrantedOrally, Some(since), _) => {
                let kind = AlertKind::ConfirmationOverdue;
                causes.extend(of(case, [asking, asked], kind, request.uuid(), since));
            }
            // What was granted orally may be refused: that takes it back as well.
            (RequestStatus::Revoked | RequestStatus::Refused, _, Some(since)) => {
                let told = holders.and(case, [asking, lead]);
                causes.extend(of(case, told, AlertKind::Revoked, request.uuid(), since));
            }
            _ => {}
        }
    }
    causes.sort_unstable();
    causes.dedup();
    causes
}

type ByCountry = BTreeMap<(CaseId, Country), Vec<Version>>;

/// Every version of what was granted in cases that are not over, by case and country.
fn versions(view: &mut View<'_>, _: &Permit<act::RaiseAlerts>) -> Result<ByCountry> {
    type Row = (
        (AuthorisationId, CaseId, AgencyId, AgencyId, AgencyId, RequestStatus, Option<Instant>),
        (Country, Instant, Instant, Option<Instant>, Option<Instant>, Option<Instant>),
    );
    let rows: Vec<Row> = authorisation_grants::table
        .inner_join(
            authorisations::table.on(authorisations::id.eq(authorisation_grants::authorisation_id)),
        )
        .inner_join(cases::table.on(cases::id.eq(authorisation_grants::case_id)))
        .filter(cases::status.eq_any(WATCHED))
        .select((
            (
                authorisations::id,
                authorisations::case_id,
                authorisations::agency_id,
                authorisations::authority_agency_id,
                cases::lead_agency_id,
                authorisations::status,
                authorisations::decided_at,
            ),
            (
                authorisations::country,
                authorisation_grants::valid_from,
                authorisation_grants::valid_until,
                authorisation_grants::confirm_by,
                authorisation_grants::confirmed_at,
                authorisation_grants::ended_at,
            ),
        ))
        .all(view)?;
    let mut by_country: ByCountry = BTreeMap::new();
    for (request, grant) in rows {
        let (request, case, asking, asked, lead, status, decided_at) = request;
        let (country, from, valid_until, confirm_by, confirmed, ended) = grant;
        let confirm_by = confirm_by.filter(|_| confirmed.is_none());
        let until = confirm_by.map_or(valid_until, |confirm_by| confirm_by.min(valid_until));
        by_country.entry((case, country)).or_default().push(Version {
            request,
            asking,
            asked,
            lead,
            status,
            decided_at,
            from,
            until,
            confirm_by,
            ended,
        });
    }
    Ok(by_country)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::EARLIEST.plus_seconds(seconds)
    }

    fn version(from: i64, until: i64, ended: Option<i64>) -> Version {
        let agency = AgencyId::new(at(0));
        Version {
            request: AuthorisationId::new(at(0)),
            asking: agency,
            asked: agency,
            lead: agency,
            status: RequestStatus::Granted,
            decided_at: Some(at(0)),
            from: at(from),
            until: at(until),
            confirm_by: None,
            ended: ended.map(at),
        }
    }

    fn until(versions: &[Version], now: i64) -> Option<Instant> {
        lasts(versions, at(now)).map(|(until, _)| until)
    }

    #[test]
    fn leave_lasts_as_long_as_one_grant_follows_the_other() {
        let one = version(10, 20, None);
        assert_eq!(until(&[], 10), None);
        assert_eq!(until(&[one], 9), None);
        assert_eq!(until(&[one], 20), Some(at(20)));
        assert_eq!(until(&[one], 21), None);
        // The next version takes the place of the present one.
        let (former, next) = (version(10, 20, Some(15)), version(15, 40, None));
        assert_eq!(until(&[former, next], 12), Some(at(40)));
        assert_eq!(until(&[former, next], 15), Some(at(40)));
        // One that begins later leaves a gap.
        assert_eq!(until(&[one, version(30, 40, None)], 12), Some(at(20)));
        assert_eq!(until(&[one, version(30, 40, None)], 25), None);
        // What was revoked counts no more, from that moment on.
        assert_eq!(until(&[version(10, 20, Some(15))], 15), None);
        // Another request of the same country covers it.
        assert_eq!(until(&[version(10, 20, Some(15)), version(12, 30, None)], 16), Some(at(30)));
    }
}
