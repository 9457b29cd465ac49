//! Matching: whether somebody else on this server is after the same thing.
//!
//! Identifiers and watch entries meet by their keyed marks. A hit is told to both sides and says whom to call, nothing
//! else (invariant 22): each side has a row of its own, with its own case or watch entry and the other's agency. Whatever
//! is entered is matched in the transaction that enters it, one after the other, so that of two that are entered at the
//! same time one meets the other.
//!
//! May import: `access`, `clock`, `credentials`, `db`, `error`, `ids`, `journal::event`.

use diesel::prelude::*;

use crate::clock::Instant;
use crate::db::schema::{
    deconfliction_checks, deconfliction_hits, deconfliction_hits_pending, identifiers, watches,
};
use crate::db::{Run, Tx, View};
use crate::error::{Error, Result};
use crate::ids::{AgencyId, CaseId, HitId, IdentifierId, UserId, WatchId};
use crate::journal::event::{Deed, Event, SubjectKind};

/// Seconds in which the number of matches is limited.
const WITHIN: i64 = 3600;

/// What is entered or asked about.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What kind of identifier, as the contract names it.
    pub kind: &'a str,
    /// Its normal form.
    pub normal_form: &'a str,
    /// The case that it is entered into, or asked about for.
    pub case: Option<CaseId>,
    /// The identifier, where one is entered.
    pub identifier: Option<IdentifierId>,
    /// The watch entry, where one is entered.
    pub watch: Option<WatchId>,
}

/// What was found, and what tells of it.
#[derive(Debug)]
pub struct Met {
    /// The agencies to call, each once.
    pub agencies: Vec<AgencyId>,
    /// A hit for each side of each meeting, in the journals of those who are told.
    pub events: Vec<Event>,
}

/// One side of a meeting.
#[derive(Debug, Clone, Copy)]
struct Side {
    agency: AgencyId,
    case: Option<CaseId>,
    identifier: Option<IdentifierId>,
    watch: Option<WatchId>,
}

#[derive(Insertable)]
#[diesel(table_name = deconfliction_hits, treat_none_as_default_value = false)]
struct HitRow<'a> {
    id: HitId,
    agency_id: AgencyId,
    other_agency_id: AgencyId,
    kind: &'a str,
    case_id: Option<CaseId>,
    identifier_id: Option<IdentifierId>,
    watch_id: Option<WatchId>,
    found_at: Instant,
}

/// Matches what the caller enters, watches for or asks about with everything else, records the check, and tells both sides of
/// each meeting. What is of the same case does not meet. Whichever way something is matched, it tells as much: all of them
/// count towards what one officer may within an hour, and towards what all of an agency may, machines included.
///
/// # Errors
/// Too often; or the database fails.
pub fn meet(tx: &mut Tx<'_>, asked: Asked<'_>) -> Result<Met> {
    tx.lock_matching()?;
    let (now, officer) = (tx.now(), tx.context().officer()?.clone());
    not_too_often(tx, officer.user, officer.agency)?;
    let marks = tx.marks().marks(asked.kind, asked.normal_form);
    let marks: Vec<Vec<u8>> = marks.iter().map(|mark| mark.digest.to_vec()).collect();
    let own = Side {
        agency: officer.agency,
        case: asked.case,
        identifier: asked.identifier,
        watch: asked.watch,
    };
    let mut others = in_cases(tx, &marks, asked.case)?;
    others.extend(watched(tx, &marks, asked.watch, now)?);
    let mut met = Met { agencies: Vec::new(), events: Vec::new() };
    for other in &others {
        met.events.push(tell(tx, asked.kind, own, other.agency)?);
        met.events.push(tell(tx, asked.kind, *other, own.agency)?);
        met.agencies.push(other.agency);
    }
    met.agencies.sort_unstable();
    met.agencies.dedup();
    diesel::insert_into(deconfliction_checks::table)
        .values((
            deconfliction_checks::id.eq(HitId::new(now)),
            deconfliction_checks::agency_id.eq(officer.agency),
            deconfliction_checks::user_id.eq(officer.user),
            deconfliction_checks::case_id.eq(asked.case),
            deconfliction_checks::entered.eq(asked.identifier.is_some()),
            deconfliction_checks::kind.eq(asked.kind),
            deconfliction_checks::found.eq(i32::try_from(others.len()).map_err(Error::internal)?),
            deconfliction_checks::checked_at.eq(now),
        ))
        .run(tx)?;
    Ok(met)
}

fn in_cases(tx: &mut Tx<'_>, marks: &[Vec<u8>], but: Option<CaseId>) -> Result<Vec<Side>> {
    let found: Vec<(IdentifierId, CaseId, AgencyId)> = identifiers::table
        .filter(identifiers::mark.eq_any(marks.to_vec()))
        .select((identifiers::id, identifiers::case_id, identifiers::agency_id))
        .order(identifiers::id)
        .all(tx)?;
    let mut cases: Vec<CaseId> = Vec::new();
    let sides = found.into_iter().filter(|(_, case, _)| {
        let first = !cases.contains(case);
        cases.push(*case);
        first && Some(*case) != but
    });
    let sides = sides.map(|(identifier, case, agency)| Side {
        agency,
        case: Some(case),
        identifier: Some(identifier),
        watch: None,
    });
    Ok(sides.collect())
}

fn watched(
    tx: &mut Tx<'_>,
    marks: &[Vec<u8>],
    but: Option<WatchId>,
    now: Instant,
) -> Result<Vec<Side>> {
    let found: Vec<(WatchId, AgencyId)> = watches::table
        .filter(watches::mark.eq_any(marks.to_vec()))
        .filter(watches::ended_at.is_null())
        .filter(watches::expires_at.is_null().or(watches::expires_at.gt(now)))
        .select((watches::id, watches::agency_id))
        .order(watches::id)
        .all(tx)?;
    let sides = found.into_iter().filter(|(watch, _)| Some(*watch) != but);
    let sides = sides.map(|(watch, agency)| Side {
        agency,
        case: None,
        identifier: None,
        watch: Some(watch),
    });
    Ok(sides.collect())
}

/// Records one side's hit, of which somebody there has to take note. Its journal tells that the server found it, and not
/// who of the other agency entered what.
fn tell(tx: &mut Tx<'_>, kind: &str, side: Side, other: AgencyId) -> Result<Event> {
    let row = HitRow {
        id: HitId::new(tx.now()),
        agency_id: side.agency,
        other_agency_id: other,
        kind,
        case_id: side.case,
        identifier_id: side.identifier,
        watch_id: side.watch,
        found_at: tx.now(),
    };
    let id = row.id;
    let event = Event::in_agency(side.agency, Deed::DeconflictionHit, SubjectKind::Hit, id)
        .with("kind", kind)
        .with("other_agency", other)
        .by_server();
    diesel::insert_into(deconfliction_hits::table).values(row).run(tx)?;
    diesel::insert_into(deconfliction_hits_pending::table)
        .values(deconfliction_hits_pending::hit_id.eq(id))
        .run(tx)?;
    Ok(event)
}

/// Counted under the lock, so that many at once are no way past a limit.
fn not_too_often(tx: &mut Tx<'_>, user: UserId, agency: AgencyId) -> Result<()> {
    let (most, since) = (tx.context().matches, tx.now().plus_seconds(-WITHIN));
    let by_officer: i64 = deconfliction_checks::table
        .filter(deconfliction_checks::user_id.eq(user))
        .filter(deconfliction_checks::checked_at.gt(since))
        .count()
        .one(tx)?;
    let by_agency: i64 = deconfliction_checks::table
        .filter(deconfliction_checks::agency_id.eq(agency))
        .filter(deconfliction_checks::checked_at.gt(since))
        .count()
        .one(tx)?;
    let (who, most) = if by_officer >= most.officer {
        ("You", most.officer)
    } else if by_agency >= most.agency {
        ("Your agency", most.agency)
    } else {
        return Ok(());
    };
    let detail = format!(
        "{who} asked for, watched or entered {most} identifiers within an hour; each time is recorded. Go on later."
    );
    Err(Error::too_many(600, detail))
}

/// Whether anything was matched for the case: an identifier that was entered into it, or one that was asked about for it.
///
/// # Errors
/// When the database fails.
pub fn was_checked(view: &mut View<'_>, case: CaseId) -> Result<bool> {
    let checks: i64 = deconfliction_checks::table
        .filter(deconfliction_checks::case_id.eq(case))
        .count()
        .one(view)?;
    Ok(checks > 0)
}
