//! The mark that an agency holds authority for its country.
//!
//! A system admin sets it; but for a country's first, it counts only when a liaison officer of an agency that already
//! holds it confirms it. All agencies of the country are told.

use crate::access::{Facts, act};
use crate::agency::AgencyKind;
use crate::db::Tx;
use crate::error::{Error, Refusal, Result, codes};
use crate::identity::agencies::model::AuthorityMark;
use crate::identity::agencies::store::{self, AgencyRow};
use crate::identity::auth;
use crate::ids::AgencyId;
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};

/// An agency and all agencies of its country, none of which changes until the transaction ends.
struct Taken {
    row: Option<AgencyRow>,
    facts: Facts,
    country_has_authority: bool,
    peers: Vec<AgencyId>,
}

fn take(tx: &mut Tx<'_>, id: AgencyId) -> Result<Taken> {
    let country = store::find(tx, id)?.and_then(|row| row.country);
    let peers = match country {
        Some(country) => store::of_country(tx, country)?,
        None => vec![id],
    };
    for peer in &peers {
        tx.lock_chain(ChainOf::Agency(*peer).id())?;
    }
    let row = store::find(tx, id)?;
    let facts = row.as_ref().map(|row| store::facts(tx, row)).transpose()?;
    let country_has_authority = facts.as_ref().is_some_and(|facts| facts.country_has_authority);
    Ok(Taken { row, facts: Facts::Agency(facts), country_has_authority, peers })
}

/// Marks an agency as holding authority for its country.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent; refused for an agency without a country.
pub fn mark(tx: &mut Tx<'_>, id: AgencyId) -> Result<Change<AgencyRow>> {
    let taken = take(tx, id)?;
    let permit = tx.permit::<act::MarkAuthority>(&taken.facts)?;
    auth::recently(tx)?;
    let row = taken.row.ok_or_else(Error::not_found)?;
    if row.kind != AgencyKind::National {
        let words = "Only a national agency holds authority for a country.";
        return Err(Refusal::new(&codes::STATE, words).into());
    }
    let mark = match row.authority_mark {
        AuthorityMark::Held => AuthorityMark::Held,
        // Who held it before gets it back; otherwise only the first agency that a country ever had needs nobody.
        _ if row.authority_first_held_at.is_some() => AuthorityMark::Held,
        _ if taken.country_has_authority => AuthorityMark::Proposed,
        _ => AuthorityMark::Held,
    };
    let Some(row) = marked(row.clone(), mark, tx) else { return Ok(Change::Unchanged(row)) };
    store::mark(tx, &permit, &row)?;
    Ok(told(row, &taken.peers, Deed::AuthorityMarked))
}

/// Confirms the mark of another agency of one's own country.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent; refused where there is nothing to confirm.
pub fn confirm(tx: &mut Tx<'_>, id: AgencyId) -> Result<Change<AgencyRow>> {
    let taken = take(tx, id)?;
    let permit = tx.permit::<act::ConfirmAuthority>(&taken.facts)?;
    auth::recently(tx)?;
    let row = taken.row.ok_or_else(Error::not_found)?;
    if row.authority_mark == AuthorityMark::None {
        let words = "This agency was not marked as holding authority.";
        return Err(Refusal::new(&codes::STATE, words).into());
    }
    let Some(row) = marked(row.clone(), AuthorityMark::Held, tx) else {
        return Ok(Change::Unchanged(row));
    };
    store::confirm_mark(tx, &permit, &row)?;
    Ok(told(row, &taken.peers, Deed::AuthorityConfirmed))
}

/// Takes the mark away.
///
/// # Errors
/// Not found, forbidden.
pub fn unmark(tx: &mut Tx<'_>, id: AgencyId) -> Result<Change<AgencyRow>> {
    let taken = take(tx, id)?;
    let permit = tx.permit::<act::MarkAuthority>(&taken.facts)?;
    let row = taken.row.ok_or_else(Error::not_found)?;
    let Some(row) = marked(row.clone(), AuthorityMark::None, tx) else {
        return Ok(Change::Unchanged(row));
    };
    store::mark(tx, &permit, &row)?;
    Ok(told(row, &taken.peers, Deed::AuthorityUnmarked))
}

/// The row with another mark; none when it has that mark already.
fn marked(row: AgencyRow, mark: AuthorityMark, tx: &Tx<'_>) -> Option<AgencyRow> {
    (row.authority_mark != mark).then(|| AgencyRow {
        authority_mark: mark,
        authority_first_held_at: row
            .authority_first_held_at
            .or((mark == AuthorityMark::Held).then(|| tx.now())),
        version: row.version + 1,
        updated_at: tx.now(),
        ..row
    })
}

fn told(row: AgencyRow, peers: &[AgencyId], deed: Deed) -> Change<AgencyRow> {
    let event = |peer: &AgencyId| {
        Event::in_agency(*peer, deed, SubjectKind::Agency, row.id)
            .with("country", row.country)
            .with("authority", row.authority_mark)
    };
    let events = peers.iter().map(event).collect();
    Change::by_all(row, events)
}
