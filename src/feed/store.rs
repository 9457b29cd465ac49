//! Reading the journal by its numbers, cut to the chains that an agency has to do with.

use diesel::prelude::*;

use crate::access::{Permit, act};
use crate::db::schema::{agencies, case_members, feed_entries, journal_entries};
use crate::db::{Run, View, columns};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId};
use crate::journal::event::ChainOf;
use crate::journal::store::JournalRow;

/// The numbers behind `after`, up to and with `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Behind this.
    pub after: i64,
    /// Up to and with this.
    pub until: i64,
}

/// An entry at its number; the case is none for an entry of the agency's own chain.
pub type Numbered = (i64, Option<CaseId>, JournalRow);

/// At most `limit` entries of a span, from the lowest number on, out of the caller's agency's own chain and the cases that
/// it was ever asked into, or of `only` this case. Whether the caller may read them is not judged here.
///
/// # Errors
/// When nobody has signed in, or the database fails.
pub fn entries(
    view: &mut View<'_>,
    _permit: &Permit<act::FollowFeed>,
    span: Span,
    only: Option<CaseId>,
    limit: i64,
) -> Result<Vec<Numbered>> {
    let agency = view.context().officer()?.agency;
    let found = feed_entries::table
        .inner_join(
            journal_entries::table.on(journal_entries::chain_id
                .eq(feed_entries::chain_id)
                .and(journal_entries::sequence.eq(feed_entries::sequence))),
        )
        .left_join(
            case_members::table.on(case_members::case_id
                .eq(feed_entries::chain_id)
                .and(case_members::agency_id.eq(agency))),
        )
        .filter(feed_entries::number.gt(span.after))
        .filter(feed_entries::number.le(span.until))
        .order(feed_entries::number)
        .limit(limit)
        .select((feed_entries::number, case_members::case_id.nullable(), columns::<JournalRow>()));
    match only {
        Some(case) => found
            .filter(case_members::case_id.is_not_null())
            .filter(feed_entries::chain_id.eq(ChainOf::Case(case).id()))
            .all(view),
        None => found
            .filter(
                case_members::case_id
                    .is_not_null()
                    .or(feed_entries::chain_id.eq(ChainOf::Agency(agency).id())),
            )
            .all(view),
    }
}

/// The agencies that an entry of a span may concern: those that were ever asked into its case, or whose own chain it is
/// in. This tells whom to wake, and nothing to anybody.
///
/// # Errors
/// When the database fails.
pub fn concerned(view: &mut View<'_>, span: Span) -> Result<Vec<AgencyId>> {
    let numbered = || {
        feed_entries::table
            .filter(feed_entries::number.gt(span.after))
            .filter(feed_entries::number.le(span.until))
            .select(feed_entries::chain_id)
    };
    let mut members: Vec<AgencyId> = case_members::table
        .filter(case_members::case_id.eq_any(numbered()))
        .select(case_members::agency_id)
        .distinct()
        .all(view)?;
    let own: Vec<AgencyId> =
        agencies::table.filter(agencies::id.eq_any(numbered())).select(agencies::id).all(view)?;
    members.extend(own);
    Ok(members)
}
