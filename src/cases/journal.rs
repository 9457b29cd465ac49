//! The journal of a case, as far as the reader may read what each entry is about.

use std::collections::BTreeSet;

use crate::access::{self, CaseFacts, MemberRole, Reach, act};
use crate::answer::Answer;
use crate::cases::api::PageParams;
use crate::cases::authorisations::store as authorisations;
use crate::cases::evidence::store as evidence;
use crate::cases::legs::store as legs;
use crate::cases::messages::store as messages;
use crate::cases::standing::{self, Seen};
use crate::db::{Cursor, Page, PageOf, View};
use crate::error::Result;
use crate::http::{App, Call};
use crate::ids::{AuthorisationId, CaseId, ChainId, EvidenceId, Id, LegId, MessageId};
use crate::journal::event::{ChainOf, SubjectKind};
use crate::journal::store::{self, JournalRow};
use crate::journal::view::{EntryView, JournalPage};

/// Reads the journal of a case.
///
/// # Errors
/// As the contract says.
pub async fn list_case_journal(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let case: CaseId = call.id("case_id")?;
        let page = page(view, case, || PageParams::page(call))?;
        let chain: ChainId = ChainOf::Case(case).id();
        Answer::ok(&JournalPage { chain, items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

fn page(
    view: &mut View<'_>,
    case: CaseId,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<EntryView>> {
    let seen = standing::see::<act::ReadCaseJournal>(view, case)?;
    let page = page()?;
    let rows = store::case_page(view, &seen.permit, page.after.map(Cursor::number), page.fetch())?;
    let rows = page.cut(rows, |row: &JournalRow| Cursor::after_number(row.sequence));
    let reader = Reader::of(view, &seen)?;
    let shown: Vec<&JournalRow> = rows.items.iter().filter(|row| reader.may_read(row)).collect();
    let texts = store::texts_of(view, shown.iter().copied())?;
    Ok(rows.map(|row| {
        if reader.may_read(&row) {
            EntryView::whole(row, &texts)
        } else {
            EntryView::withheld(&row)
        }
    }))
}

/// What a reader may read of a case now. An auditor reads the entries that the agency may read, and nothing else of it.
#[derive(Debug)]
pub struct Reader {
    agency_id: uuid::Uuid,
    reach: Reach,
    evidence: BTreeSet<EvidenceId>,
    messages: BTreeSet<MessageId>,
    requests: Shown<AuthorisationId>,
    legs: Shown<LegId>,
    /// Whether the agency coordinates the case.
    coordinates: bool,
}

/// The level at which an alert is the coordinators' as well.
const TO_COORDINATORS: i64 = 2;

fn has_come_to_coordinators(row: &JournalRow) -> bool {
    let level = row.details.0.get("level").and_then(serde_json::Value::as_i64);
    level.is_some_and(|level| level >= TO_COORDINATORS)
}

/// Whether the agency takes part to decide only: of route and requests it is shown what concerns the own country.
fn decides(facts: &CaseFacts) -> bool {
    facts.membership.is_some_and(|member| member.role == MemberRole::Authority)
}

/// Of which things of a kind one reads.
#[derive(Debug)]
enum Shown<I> {
    All,
    Some(BTreeSet<I>),
}

impl<K> Shown<Id<K>> {
    fn includes(&self, id: uuid::Uuid) -> bool {
        match self {
            Self::All => true,
            Self::Some(ids) => ids.contains(&Id::from_uuid(id)),
        }
    }
}

impl Reader {
    /// What the caller may read of the case that was `seen`.
    ///
    /// # Errors
    /// When nobody has signed in, or the database fails.
    pub fn of(view: &mut View<'_>, seen: &Seen<act::ReadCaseJournal>) -> Result<Self> {
        let officer = view.context().officer()?;
        let (agency, country) = (officer.agency, officer.country);
        let permit = &seen.permit;
        let (requests, legs) = if decides(&seen.facts) {
            let touching = match country {
                Some(country) => legs::touching(view, permit, country)?,
                None => BTreeSet::new(),
            };
            let submitted = authorisations::submitted_to(view, permit, country)?;
            (Shown::Some(submitted), Shown::Some(touching))
        } else {
            (Shown::All, Shown::All)
        };
        Ok(Self {
            agency_id: agency.uuid(),
            reach: access::reach(&seen.facts),
            evidence: evidence::readable_ids(view, permit, agency)?,
            messages: messages::readable_ids(view, permit, agency)?,
            requests,
            legs,
            coordinates: seen
                .facts
                .membership
                .is_some_and(|member| member.role == MemberRole::Coordinator),
        })
    }

    /// Whether the server did it for the reader's agency.
    fn is_for(&self, row: &JournalRow) -> bool {
        let agency = row.details.0.get("for").and_then(|id| id.as_str());
        agency == Some(self.agency_id.to_string().as_str())
    }

    /// Whether the reader may read what an entry of the case's chain says.
    #[must_use]
    pub fn may_read(&self, row: &JournalRow) -> bool {
        match row.subject() {
            Some(SubjectKind::Case | SubjectKind::Member) => true,
            // Whom an alert called, and whom another agency assigns, is its own affair; the coordinators are called by what
            // was passed on to them.
            Some(SubjectKind::Alert) => {
                self.is_for(row) || (self.coordinates && has_come_to_coordinators(row))
            }
            Some(SubjectKind::Assignment) => {
                row.agency.is_some_and(|agency| agency.uuid() == self.agency_id) || self.is_for(row)
            }
            Some(
                SubjectKind::Consignment
                | SubjectKind::Milestone
                | SubjectKind::StateReport
                | SubjectKind::Control
                | SubjectKind::Handover,
            ) => self.reach.plan,
            Some(SubjectKind::Identifier) => self.reach.identifiers,
            Some(SubjectKind::Evidence) => {
                self.evidence.contains(&EvidenceId::from_uuid(row.subject_id.uuid()))
            }
            Some(SubjectKind::Message) => {
                self.messages.contains(&MessageId::from_uuid(row.subject_id.uuid()))
            }
            Some(SubjectKind::Leg) => self.legs.includes(row.subject_id.uuid()),
            Some(SubjectKind::Authorisation) => self.requests.includes(row.subject_id.uuid()),
            Some(
                SubjectKind::Agency
                | SubjectKind::User
                | SubjectKind::Session
                | SubjectKind::IdentityProvider
                | SubjectKind::ProvisioningToken
                | SubjectKind::Machine
                | SubjectKind::Hit
                | SubjectKind::Watch
                | SubjectKind::Country,
            )
            | None => false,
        }
    }
}
