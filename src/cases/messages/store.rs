//! Queries over messages, who they were sent to, and the consents to pass them on.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::access::{Act, MemberRole, MemberStatus, Permit, act};
use crate::cases::case::model::HandlingCode;
use crate::cases::messages::model::MessageKind;
use crate::clock::Instant;
use crate::db::schema::{case_members, message_consents, message_receivers, messages};
use crate::db::types::Json;
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::error::Result;
use crate::ids::{AgencyId, CaseId, MessageId, UserId};

/// A message's row. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
pub struct MessageRow {
    /// The message.
    pub id: MessageId,
    /// Its case.
    pub case_id: CaseId,
    /// The agency that sent it.
    pub agency_id: AgencyId,
    /// Who sent it.
    pub user_id: UserId,
    /// What it is for.
    pub kind: MessageKind,
    /// What it says.
    pub text: String,
    /// By when it is to be acknowledged.
    pub due_at: Option<Instant>,
    /// Under which conditions it may be used.
    pub handling_codes: Json<Vec<HandlingCode>>,
    /// With `H3`: the restriction.
    pub handling_note: Option<String>,
    /// The message that it answers.
    pub in_reply_to_id: Option<MessageId>,
    /// The message that it passes on.
    pub forwards_id: Option<MessageId>,
    /// When it was sent.
    pub sent_at: Instant,
}

/// To whom a message was sent.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = message_receivers, treat_none_as_default_value = false)]
pub struct ReceiverRow {
    /// The message.
    pub message_id: MessageId,
    /// The agency.
    pub agency_id: AgencyId,
    /// The case.
    pub case_id: CaseId,
    /// Whether the agency is to acknowledge it: an observer only reads.
    pub awaited: bool,
    /// Who acknowledged it.
    pub acknowledged_by: Option<UserId>,
    /// When that was.
    pub acknowledged_at: Option<Instant>,
}

/// A consent to pass a message on.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = message_consents)]
pub struct ConsentRow {
    /// The message.
    pub message_id: MessageId,
    /// To whom it may be passed on.
    pub agency_id: AgencyId,
    /// The case.
    pub case_id: CaseId,
    /// Who consented.
    pub given_by: UserId,
    /// When that was.
    pub given_at: Instant,
}

/// What an agency is to a message, as far as access to it asks.
#[derive(Debug, Clone, Copy, Queryable)]
pub(super) struct Ends {
    /// Who sent it.
    pub sender: AgencyId,
    /// The agency asked about, where it was sent to it.
    pub receiver: Option<AgencyId>,
}

/// What `agency` is to a message of the case, for the facts that access rests on.
///
/// # Errors
/// When the database fails.
pub(super) fn ends(
    view: &mut View<'_>,
    case: CaseId,
    id: MessageId,
    agency: AgencyId,
) -> Result<Option<Ends>> {
    messages::table
        .left_join(
            message_receivers::table.on(message_receivers::message_id
                .eq(messages::id)
                .and(message_receivers::agency_id.eq(agency))),
        )
        .filter(messages::id.eq(id))
        .filter(messages::case_id.eq(case))
        .select((messages::agency_id, message_receivers::agency_id.nullable()))
        .maybe(view)
}

/// A message of the case.
///
/// # Errors
/// When the database fails.
pub fn find<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    id: MessageId,
) -> Result<Option<MessageRow>> {
    messages::table
        .filter(messages::id.eq(id))
        .filter(messages::case_id.eq(permit.case()?))
        .select(columns::<MessageRow>())
        .maybe(view)
}

/// Which messages of a case are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<MessageKind>,
    /// That the caller's agency has still to acknowledge.
    pub unacknowledged: bool,
}

/// A page of the messages that `agency` sent or was sent, in the order in which they were sent.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    permit: &Permit<act::ReadMessages>,
    agency: AgencyId,
    filter: Filter,
    page: Page,
) -> Result<PageOf<MessageRow>> {
    let case = permit.case()?;
    let after = page.after.map_or(MessageId::from_uuid(uuid::Uuid::nil()), Cursor::id);
    let received = message_receivers::table
        .filter(message_receivers::case_id.eq(case))
        .filter(message_receivers::agency_id.eq(agency))
        .select(message_receivers::message_id);
    let awaiting = message_receivers::table
        .filter(message_receivers::case_id.eq(case))
        .filter(message_receivers::agency_id.eq(agency))
        .filter(message_receivers::awaited.eq(true))
        .filter(message_receivers::acknowledged_at.is_null())
        .select(message_receivers::message_id);
    let (any, word) = (filter.kind.is_none(), filter.kind.unwrap_or(MessageKind::Information));
    let rows = messages::table
        .filter(messages::case_id.eq(case))
        .filter(messages::id.gt(after))
        .filter(messages::agency_id.eq(agency).or(messages::id.eq_any(received)))
        .filter(messages::kind.eq(word).or(any.into_sql::<diesel::sql_types::Bool>()))
        .filter(
            messages::id
                .eq_any(awaiting)
                .or((!filter.unacknowledged).into_sql::<diesel::sql_types::Bool>()),
        )
        .select(columns::<MessageRow>())
        .order(messages::id)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &MessageRow| Cursor::after_id(row.id)))
}

/// To whom some messages of the case were sent.
///
/// # Errors
/// When the database fails.
pub fn receivers<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    ids: Vec<MessageId>,
) -> Result<HashMap<MessageId, Vec<ReceiverRow>>> {
    let rows: Vec<ReceiverRow> = message_receivers::table
        .filter(message_receivers::case_id.eq(permit.case()?))
        .filter(message_receivers::message_id.eq_any(ids))
        .select(columns::<ReceiverRow>())
        .order(message_receivers::agency_id)
        .all(view)?;
    Ok(grouped(rows, |row| row.message_id))
}

/// The consents to pass some messages of the case on.
///
/// # Errors
/// When the database fails.
pub fn consents<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    ids: Vec<MessageId>,
) -> Result<HashMap<MessageId, Vec<ConsentRow>>> {
    let rows: Vec<ConsentRow> = message_consents::table
        .filter(message_consents::case_id.eq(permit.case()?))
        .filter(message_consents::message_id.eq_any(ids))
        .select(columns::<ConsentRow>())
        .order(message_consents::agency_id)
        .all(view)?;
    Ok(grouped(rows, |row| row.message_id))
}

fn grouped<T>(rows: Vec<T>, of: impl Fn(&T) -> MessageId) -> HashMap<MessageId, Vec<T>> {
    let mut groups: HashMap<_, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(of(&row)).or_default().push(row);
    }
    groups
}

/// What some messages of the case pass on: shown to whoever is shown the message that quotes it.
///
/// # Errors
/// When the database fails.
pub fn quoted<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    ids: Vec<MessageId>,
) -> Result<HashMap<MessageId, MessageRow>> {
    let rows: Vec<MessageRow> = messages::table
        .filter(messages::case_id.eq(permit.case()?))
        .filter(messages::id.eq_any(ids))
        .select(columns::<MessageRow>())
        .all(view)?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The agencies that take part in the case now, each as what.
///
/// # Errors
/// When the database fails.
pub fn members<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
) -> Result<HashMap<AgencyId, MemberRole>> {
    let rows: Vec<(AgencyId, MemberRole)> = case_members::table
        .filter(case_members::case_id.eq(permit.case()?))
        .filter(case_members::status.eq(MemberStatus::Accepted))
        .select((case_members::agency_id, case_members::role))
        .all(view)?;
    Ok(rows.into_iter().collect())
}

/// The messages of a case that `agency` may read: what the journal shows of messages goes by it.
///
/// # Errors
/// When the database fails.
pub fn readable_ids(
    view: &mut View<'_>,
    permit: &Permit<act::ReadCaseJournal>,
    agency: AgencyId,
) -> Result<std::collections::BTreeSet<MessageId>> {
    let case = permit.case()?;
    let received = message_receivers::table
        .filter(message_receivers::case_id.eq(case))
        .filter(message_receivers::agency_id.eq(agency))
        .select(message_receivers::message_id);
    let ids: Vec<MessageId> = messages::table
        .filter(messages::case_id.eq(case))
        .filter(messages::agency_id.eq(agency).or(messages::id.eq_any(received)))
        .select(messages::id)
        .all(view)?;
    Ok(ids.into_iter().collect())
}

/// Inserts a message of the case that the permit is for, with those to whom it is sent.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::SendMessage>,
    row: MessageRow,
    receivers: &[ReceiverRow],
) -> Result<()> {
    let case_id = permit.case()?;
    diesel::insert_into(messages::table).values(MessageRow { case_id, ..row }).run(tx)?;
    for receiver in receivers {
        let receiver = ReceiverRow { case_id, ..receiver.clone() };
        diesel::insert_into(message_receivers::table).values(receiver).run(tx)?;
    }
    Ok(())
}

/// Notes that `agency` acknowledged a message.
///
/// # Errors
/// When the database fails.
pub fn acknowledge(
    tx: &mut Tx<'_>,
    permit: &Permit<act::AcknowledgeMessage>,
    id: MessageId,
    agency: AgencyId,
    by: UserId,
) -> Result<()> {
    let now = tx.now();
    diesel::update(message_receivers::table.find((id, agency)))
        .filter(message_receivers::case_id.eq(permit.case()?))
        .set((
            message_receivers::acknowledged_by.eq(by),
            message_receivers::acknowledged_at.eq(now),
        ))
        .run(tx)?;
    Ok(())
}

/// Records consents to pass a message on.
///
/// # Errors
/// When the database fails.
pub fn consent(
    tx: &mut Tx<'_>,
    permit: &Permit<act::ConsentToPassingOn>,
    rows: Vec<ConsentRow>,
) -> Result<()> {
    let case_id = permit.case()?;
    for row in rows {
        let row = ConsentRow { case_id, ..row };
        diesel::insert_into(message_consents::table).values(row).run(tx)?;
    }
    Ok(())
}
