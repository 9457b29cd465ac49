//! One round of a stream: the next entries that the caller may read now.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Action, Facts, Permit, Verdict, act, judge};
use crate::cases::journal::Reader;
use crate::cases::standing;
use crate::db::View;
use crate::error::{Class, Error, Result, codes};
use crate::feed::cursor;
use crate::feed::store::{self, Numbered, Span};
use crate::ids::{CaseId, ChainId};
use crate::journal::numbers::newest_number;
use crate::journal::store::{JournalRow, texts_of};
use crate::journal::view::EntryView;

/// How many numbers one round passes at most, so that no look at the database takes long.
const SPAN: i64 = 2000;
/// How many entries one round reads at most, so that no stream holds much.
const MOST: i64 = 100;

/// An entry of a journal that the caller may read, as it is told.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedEvent {
    /// The case; null for what is in the journal of the caller's own agency.
    pub case_id: Option<CaseId>,
    /// The journal that it stands in.
    pub chain: ChainId,
    /// True where one must say first why one consults the case: then the entry is withheld.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_required: Option<bool>,
    /// The entry.
    #[serde(flatten)]
    pub entry: EntryView,
}

/// An event with its id.
#[derive(Debug)]
pub struct Told {
    /// The id behind which the stream goes on.
    pub id: String,
    /// The event, as JSON.
    pub data: String,
}

/// What a round gave.
#[derive(Debug)]
pub struct Round {
    /// What is told.
    pub told: Vec<Told>,
    /// Where the stream stands now.
    pub number: i64,
    /// The id of that place.
    pub id: String,
    /// Whether more numbers are there already.
    pub more: bool,
}

/// What the caller may read of a case now.
enum Sight {
    Nothing,
    /// That something happened: why the case is consulted was not said yet.
    Withheld,
    /// What the reader reads of a case.
    Of(Box<Reader>),
    /// The whole of the journal of the caller's own agency.
    Whole,
}

fn sight(view: &mut View<'_>, case: Option<CaseId>) -> Result<Sight> {
    let sight = match case {
        None => view.permit::<act::ReadAgencyJournal>(&Facts::Server).map(|_| Sight::Whole),
        Some(case) => standing::see::<act::ReadCaseJournal>(view, case)
            .and_then(|seen| Reader::of(view, &seen))
            .map(|reader| Sight::Of(Box::new(reader))),
    };
    sight.or_else(|error| {
        if error.code() == &codes::CONSULTATION_REASON_REQUIRED {
            Ok(Sight::Withheld)
        } else if matches!(error.code().class, Class::NotFound | Class::Forbidden) {
            Ok(Sight::Nothing)
        } else {
            Err(error)
        }
    })
}

/// Leave to follow the feed, or one case of it: asked for in every round.
///
/// # Errors
/// Forbidden; not found where the case is hidden or missing.
pub fn permit(view: &mut View<'_>, only: Option<CaseId>) -> Result<Permit<act::FollowFeed>> {
    let permit = view.permit::<act::FollowFeed>(&Facts::Server)?;
    if let Some(case) = only {
        let facts = Facts::Case(standing::load(view, case)?);
        // No consultation yet: nothing of the case is told by this.
        if judge(&view.context().caller, Action::ReadCaseJournal, &facts) != Verdict::Allow {
            return Err(Error::not_found());
        }
    }
    Ok(permit)
}

/// The next round of a stream that stands at `after`.
///
/// # Errors
/// As [`permit`]; or the database is away.
pub fn round(view: &mut View<'_>, after: i64, only: Option<CaseId>) -> Result<Round> {
    let permit = permit(view, only)?;
    let newest = newest_number(view)?;
    let span = Span { after, until: newest.min(after.saturating_add(SPAN)).max(after) };
    let rows = store::entries(view, &permit, span, only, MOST)?;
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == MOST);
    let number = rows.last().filter(|_| full).map_or(span.until, |(number, _, _)| *number);
    let told = tell(view, rows)?;
    Ok(Round { told, number, id: cursor::seal(view, number)?, more: number < newest })
}

fn tell(view: &mut View<'_>, rows: Vec<Numbered>) -> Result<Vec<Told>> {
    let mut sights: BTreeMap<Option<CaseId>, Sight> = BTreeMap::new();
    for (_, case, _) in &rows {
        if let Entry::Vacant(unknown) = sights.entry(*case) {
            unknown.insert(sight(view, *case)?);
        }
    }
    let rows: Vec<(i64, Option<CaseId>, bool, JournalRow)> = rows
        .into_iter()
        .filter_map(|(number, case, row)| match sights.get(&case)? {
            Sight::Nothing => None,
            Sight::Withheld => Some((number, case, false, row)),
            Sight::Of(reader) => reader.may_read(&row).then_some((number, case, true, row)),
            Sight::Whole => Some((number, case, true, row)),
        })
        .collect();
    let texts = texts_of(view, rows.iter().filter(|(_, _, whole, _)| *whole).map(|row| &row.3))?;
    rows.into_iter()
        .map(|(number, case_id, whole, row)| {
            let event = FeedEvent {
                case_id,
                chain: row.chain,
                reason_required: (!whole).then_some(true),
                entry: if whole {
                    EntryView::whole(row, &texts)
                } else {
                    EntryView::withheld(&row)
                },
            };
            let data = serde_json::to_string(&event).map_err(Error::internal)?;
            Ok(Told { id: cursor::seal(view, number)?, data })
        })
        .collect()
}
