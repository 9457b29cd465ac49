//! Use cases: send, acknowledge, consent that a message is passed on.

use std::collections::{BTreeSet, HashMap};

use crate::access::{Act, Facts, MemberRole, MessageFacts, Permit, act};
use crate::cases::case::model::HandlingCode;
use crate::cases::messages::input::{ConsentInput, MessageInput, NewMessage, named};
use crate::cases::messages::model::{Original, pass_on};
use crate::cases::messages::store::{self, ConsentRow, Filter, MessageRow, ReceiverRow};
use crate::cases::standing;
use crate::db::types::Json;
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Error, Faults, Result, codes};
use crate::ids::{AgencyId, CaseId, MessageId};
use crate::journal::event::{Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// A message with everything that is shown of it.
#[derive(Debug)]
pub struct Shown {
    /// The message.
    pub row: MessageRow,
    /// To whom it was sent.
    pub receivers: Vec<ReceiverRow>,
    /// To whom it may be passed on.
    pub consents: Vec<ConsentRow>,
    /// What it passes on.
    pub quoted: Option<MessageRow>,
}

/// A page of the messages that the caller's agency sent or was sent; `ask` gives what is asked for, once access was
/// judged.
///
/// # Errors
/// Not found; or what `ask` says.
pub fn list(
    view: &mut View<'_>,
    case: CaseId,
    ask: impl FnOnce() -> Result<(Filter, Page)>,
) -> Result<PageOf<Shown>> {
    let seen = standing::see::<act::ReadMessages>(view, case)?;
    let (filter, page) = ask()?;
    let agency = view.context().officer()?.agency;
    let page = store::list(view, &seen.permit, agency, filter, page)?;
    let ids: Vec<MessageId> = page.items.iter().map(|row| row.id).collect();
    let mut receivers = store::receivers(view, &seen.permit, ids.clone())?;
    let mut consents = store::consents(view, &seen.permit, ids)?;
    let forwarded = page.items.iter().filter_map(|row| row.forwards_id).collect();
    let quoted = store::quoted(view, &seen.permit, forwarded)?;
    Ok(page.map(|row| Shown {
        receivers: receivers.remove(&row.id).unwrap_or_default(),
        consents: consents.remove(&row.id).unwrap_or_default(),
        quoted: row.forwards_id.and_then(|id| quoted.get(&id).cloned()),
        row,
    }))
}

/// One message.
///
/// # Errors
/// Not found where it is missing, or was sent neither by nor to the caller's agency.
pub fn get(view: &mut View<'_>, case: CaseId, id: MessageId) -> Result<Shown> {
    let (row, permit) = see::<act::ReadMessages>(view, case, id)?;
    whole(view, &permit, row)
}

/// The message `id`, where the caller may do `A` to it.
fn see<A: Act>(
    view: &mut View<'_>,
    case: CaseId,
    id: MessageId,
) -> Result<(MessageRow, Permit<A>)> {
    let agency = view.context().officer()?.agency;
    let standing = standing::load(view, case)?;
    let ends = match standing {
        None => None,
        Some(_) => store::ends(view, case, id, agency)?,
    };
    let facts = standing.zip(ends).map(|(case, ends)| MessageFacts {
        case,
        sender: ends.sender == agency,
        receiver: ends.receiver.is_some(),
    });
    let permit = view.permit(&Facts::Message(facts))?;
    let row = store::find(view, &permit, id)?;
    row.map(|row| (row, permit)).ok_or_else(Error::not_found)
}

/// The same for a change: no other change of the case runs until this one has ended.
fn take<A: Act>(tx: &mut Tx<'_>, case: CaseId, id: MessageId) -> Result<(MessageRow, Permit<A>)> {
    let seen = see(tx, case, id)?;
    if standing::hold(tx, case)? { see(tx, case, id) } else { Ok(seen) }
}

fn whole<A: Act>(view: &mut View<'_>, permit: &Permit<A>, row: MessageRow) -> Result<Shown> {
    let receivers = store::receivers(view, permit, vec![row.id])?.remove(&row.id);
    let consents = store::consents(view, permit, vec![row.id])?.remove(&row.id);
    let quoted = match row.forwards_id {
        Some(forwarded) => store::quoted(view, permit, vec![forwarded])?.remove(&forwarded),
        None => None,
    };
    let (receivers, consents) = (receivers.unwrap_or_default(), consents.unwrap_or_default());
    Ok(Shown { row, receivers, consents, quoted })
}

/// Sends a message to other agencies of the case.
///
/// # Errors
/// Not found, forbidden, invalid with every fault named; or it passes on what bears `H2`, without consent.
pub fn send(tx: &mut Tx<'_>, case: CaseId, submission: &Submission) -> Result<Change<Shown>> {
    let seen = standing::take::<act::SendMessage>(tx, case)?;
    let input: MessageInput = submission.read()?;
    let mut faults = Faults::new();
    let new = input.judge(tx.now(), &mut faults);
    let to = named(&input.to, &mut faults, "/to").unwrap_or_default();
    let members = store::members(tx, &seen.permit)?;
    let own = tx.context().officer()?.agency;
    judge_receivers(&to, own, &members, "/to", &mut faults);
    let answered = input.in_reply_to.optional(&mut Faults::new(), "/in_reply_to");
    readable(tx, case, answered, "/in_reply_to", &mut faults)?;
    let forwarded = input.forwards.optional(&mut Faults::new(), "/forwards");
    let original = readable(tx, case, forwarded, "/forwards", &mut faults)?;
    faults.finish()?;
    let mut new = new.ok_or_else(|| Error::internal("a message without faults was not judged"))?;
    if let Some(original) = &original {
        let of = passed_on(tx, &seen.permit, original)?;
        pass_on(&of, own, &to.iter().copied().collect())?;
        // What is passed on keeps its conditions.
        new.handling_codes.extend(original.handling_codes.0.iter().copied());
        new.handling_codes.sort_unstable();
        new.handling_codes.dedup();
        if new.handling_note.is_none() {
            new.handling_note.clone_from(&original.handling_note);
        }
    }
    insert(tx, &seen.permit, new, &to, &members, original)
}

fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::SendMessage>,
    new: NewMessage,
    to: &[AgencyId],
    members: &HashMap<AgencyId, MemberRole>,
    quoted: Option<MessageRow>,
) -> Result<Change<Shown>> {
    let (now, case, officer) = (tx.now(), permit.case()?, tx.context().officer()?);
    let row = MessageRow {
        id: MessageId::new(now),
        case_id: case,
        agency_id: officer.agency,
        user_id: officer.user,
        kind: new.kind,
        text: new.text,
        due_at: new.due_at,
        handling_codes: Json(new.handling_codes),
        handling_note: new.handling_note,
        in_reply_to_id: new.in_reply_to,
        forwards_id: new.forwards,
        sent_at: now,
    };
    let receivers: Vec<ReceiverRow> = to
        .iter()
        .map(|agency| ReceiverRow {
            message_id: row.id,
            agency_id: *agency,
            case_id: case,
            awaited: members.get(agency) != Some(&MemberRole::Observer),
            acknowledged_by: None,
            acknowledged_at: None,
        })
        .collect();
    store::insert(tx, permit, row.clone(), &receivers)?;
    let event = Event::in_case(case, Deed::MessageSent, SubjectKind::Message, row.id)
        .with("kind", row.kind)
        .with("to", to)
        .with("due_at", row.due_at)
        .with("handling_codes", &row.handling_codes.0)
        .with("in_reply_to", row.in_reply_to_id)
        .with("forwards", row.forwards_id)
        .text("text", row.text.clone())
        .optional_text("handling_note", row.handling_note.as_deref());
    Ok(Change::by(Shown { row, receivers, consents: Vec::new(), quoted }, event))
}

/// In the same words whether there is no such agency or it takes no part in the case.
fn judge_receivers(
    to: &[AgencyId],
    own: AgencyId,
    members: &HashMap<AgencyId, MemberRole>,
    pointer: &str,
    faults: &mut Faults,
) {
    for (at, agency) in to.iter().enumerate() {
        let fine = *agency != own && members.contains_key(agency);
        let wanted = "expected another agency that takes part in the case";
        faults.check(fine, &format!("{pointer}/{at}"), wanted);
    }
}

/// A message that the body names: in the same words whether there is none or the caller is not shown it.
fn readable(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: Option<MessageId>,
    pointer: &str,
    faults: &mut Faults,
) -> Result<Option<MessageRow>> {
    let Some(id) = id else { return Ok(None) };
    match see::<act::ReadMessages>(tx, case, id) {
        Ok((row, _)) => Ok(Some(row)),
        Err(error) if error.code() == &codes::NOT_FOUND => {
            faults
                .add(pointer, "expected a message of this case that your agency sent or was sent");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn passed_on(
    tx: &mut Tx<'_>,
    permit: &Permit<act::SendMessage>,
    row: &MessageRow,
) -> Result<Original> {
    let receivers = store::receivers(tx, permit, vec![row.id])?.remove(&row.id).unwrap_or_default();
    let consents = store::consents(tx, permit, vec![row.id])?.remove(&row.id).unwrap_or_default();
    Ok(Original {
        sender: row.agency_id,
        receivers: receivers.iter().map(|receiver| receiver.agency_id).collect(),
        not_to_be_passed_on: row.handling_codes.0.contains(&HandlingCode::H2),
        consents: consents.iter().map(|consent| consent.agency_id).collect(),
    })
}

/// Acknowledges a message for the caller's agency. The first one counts; a second one changes nothing.
///
/// # Errors
/// Not found; forbidden where it was not sent to the caller's agency.
pub fn acknowledge(tx: &mut Tx<'_>, case: CaseId, id: MessageId) -> Result<Change<Shown>> {
    let (row, permit) = take::<act::AcknowledgeMessage>(tx, case, id)?;
    let officer = tx.context().officer()?;
    let shown = whole(tx, &permit, row)?;
    let own = shown.receivers.iter().find(|receiver| receiver.agency_id == officer.agency);
    if own.is_none_or(|receiver| receiver.acknowledged_at.is_some()) {
        return Ok(Change::Unchanged(shown));
    }
    store::acknowledge(tx, &permit, id, officer.agency, officer.user)?;
    let event = Event::in_case(case, Deed::MessageAcknowledged, SubjectKind::Message, id);
    Ok(Change::by(whole(tx, &permit, shown.row)?, event))
}

/// Consents that a message of the caller's own agency is passed on to other agencies of the case.
///
/// # Errors
/// Not found; forbidden where another agency sent it; invalid with every fault named.
pub fn consent(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: MessageId,
    submission: &Submission,
) -> Result<Change<Shown>> {
    let (row, permit) = take::<act::ConsentToPassingOn>(tx, case, id)?;
    let officer = tx.context().officer()?;
    let input: ConsentInput = submission.read()?;
    let mut faults = Faults::new();
    let agencies = named(&input.agencies, &mut faults, "/agencies").unwrap_or_default();
    let members = store::members(tx, &permit)?;
    judge_receivers(&agencies, officer.agency, &members, "/agencies", &mut faults);
    faults.finish()?;
    let shown = whole(tx, &permit, row)?;
    let given: BTreeSet<AgencyId> = shown.consents.iter().map(|row| row.agency_id).collect();
    let added: Vec<AgencyId> = agencies.into_iter().filter(|id| !given.contains(id)).collect();
    if added.is_empty() {
        return Ok(Change::Unchanged(shown));
    }
    let rows = added.iter().map(|agency| ConsentRow {
        message_id: id,
        agency_id: *agency,
        case_id: case,
        given_by: officer.user,
        given_at: tx.now(),
    });
    store::consent(tx, &permit, rows.collect())?;
    let event = Event::in_case(case, Deed::MessageConsented, SubjectKind::Message, id)
        .with("agencies", added);
    Ok(Change::by(whole(tx, &permit, shown.row)?, event))
}
