//! Messages over HTTP.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::Answer;
use crate::cases::case::model::HandlingCode;
use crate::cases::messages::model::MessageKind;
use crate::cases::messages::service::{self, Shown};
use crate::cases::messages::store::{Filter, MessageRow, ReceiverRow};
use crate::clock::Instant;
use crate::db::Page;
use crate::error::{Faults, Result};
use crate::http::{App, Call};
use crate::ids::{AgencyId, CaseId, MessageId, UserId};
use crate::text_enum::TextEnum;

pub use crate::cases::messages::input::{ConsentInput, MessageInput};

/// Which messages are listed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MessageParams {
    /// Of this kind.
    #[param(value_type = Option<MessageKind>)]
    pub kind: Option<String>,
    /// `true`: those that your agency has still to acknowledge.
    #[param(value_type = Option<bool>)]
    pub unacknowledged: Option<String>,
    /// How many at most; 50 unless said.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    pub limit: Option<String>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// An agency to which a message was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiverView {
    /// The agency.
    pub agency_id: AgencyId,
    /// Whether it is to acknowledge the message: an observer only reads.
    pub awaited: bool,
    /// When it acknowledged the message.
    pub acknowledged_at: Option<Instant>,
    /// Who acknowledged it.
    pub acknowledged_by: Option<UserId>,
}

/// A message as another one quotes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuoteView {
    /// The message.
    pub id: MessageId,
    /// The agency that sent it.
    pub agency_id: AgencyId,
    /// What it is for.
    pub kind: MessageKind,
    /// What it says.
    pub text: String,
    /// When it was sent.
    pub sent_at: Instant,
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageView {
    /// The message.
    pub id: MessageId,
    /// Its case.
    pub case_id: CaseId,
    /// The agency that sent it.
    pub agency_id: AgencyId,
    /// Who sent it.
    pub sent_by: UserId,
    /// When it was sent.
    pub sent_at: Instant,
    /// What it is for.
    pub kind: MessageKind,
    /// What it says.
    pub text: String,
    /// By when it is to be acknowledged.
    pub due_at: Option<Instant>,
    /// Whether that has passed and somebody has not acknowledged it.
    pub overdue: bool,
    /// Under which conditions it may be used.
    pub handling_codes: Vec<HandlingCode>,
    /// With `H3`: the restriction.
    pub handling_note: Option<String>,
    /// The message that it answers.
    pub in_reply_to: Option<MessageId>,
    /// The message that it passes on.
    pub forwards: Option<QuoteView>,
    /// To whom it was sent.
    pub receivers: Vec<ReceiverView>,
    /// To whom it may be passed on although it bears `H2`.
    pub may_be_passed_on_to: Vec<AgencyId>,
}

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageList {
    /// The messages.
    pub items: Vec<MessageView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

impl From<ReceiverRow> for ReceiverView {
    fn from(row: ReceiverRow) -> Self {
        Self {
            agency_id: row.agency_id,
            awaited: row.awaited,
            acknowledged_at: row.acknowledged_at,
            acknowledged_by: row.acknowledged_by,
        }
    }
}

impl From<MessageRow> for QuoteView {
    fn from(row: MessageRow) -> Self {
        Self {
            id: row.id,
            agency_id: row.agency_id,
            kind: row.kind,
            text: row.text,
            sent_at: row.sent_at,
        }
    }
}

impl MessageView {
    fn of(shown: Shown, now: Instant) -> Self {
        let Shown { row, receivers, consents, quoted } = shown;
        let waits = receivers.iter().any(|one| one.awaited && one.acknowledged_at.is_none());
        Self {
            id: row.id,
            case_id: row.case_id,
            agency_id: row.agency_id,
            sent_by: row.user_id,
            sent_at: row.sent_at,
            kind: row.kind,
            text: row.text,
            due_at: row.due_at,
            overdue: waits && row.due_at.is_some_and(|due| due < now),
            handling_codes: row.handling_codes.0,
            handling_note: row.handling_note,
            in_reply_to: row.in_reply_to_id,
            forwards: quoted.map(Into::into),
            receivers: receivers.into_iter().map(Into::into).collect(),
            may_be_passed_on_to: consents.into_iter().map(|consent| consent.agency_id).collect(),
        }
    }
}

/// The message itself never changes: its version counts who acknowledged it and to whom it may be passed on.
fn version(shown: &Shown) -> Result<i64> {
    let acknowledged = shown.receivers.iter().filter(|one| one.acknowledged_at.is_some()).count();
    let changes = acknowledged + shown.consents.len();
    i64::try_from(changes).map(|changes| changes + 1).map_err(crate::error::Error::internal)
}

fn show(shown: Shown, now: Instant) -> Result<Answer> {
    let version = version(&shown)?;
    Ok(Answer::ok(&MessageView::of(shown, now))?.version(version))
}

/// Lists the messages that one's agency sent or was sent.
///
/// # Errors
/// As the contract says.
pub async fn list_messages(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let page = service::list(view, call.id("case_id")?, || asked(call))?;
        let now = view.now();
        let page = page.map(|shown| MessageView::of(shown, now));
        Answer::ok(&MessageList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

fn asked(call: &Call) -> Result<(Filter, Page)> {
    let params: MessageParams = call.query()?;
    let mut faults = Faults::new();
    let kind = params.kind.as_deref().and_then(|word| {
        let kind = MessageKind::from_word(word);
        let wanted = format!("expected one of {}", MessageKind::words());
        faults.check(kind.is_some(), "?kind", &wanted);
        kind
    });
    let unacknowledged = params.unacknowledged.as_deref();
    let fine = matches!(unacknowledged, None | Some("true" | "false"));
    faults.check(fine, "?unacknowledged", "expected true or false");
    let page = call.page(params.limit.as_deref(), params.cursor.as_deref());
    if let Err(error) = &page {
        for fault in error.faults() {
            faults.add(fault.pointer.clone(), fault.detail.clone());
        }
    }
    faults.finish()?;
    Ok((Filter { kind, unacknowledged: unacknowledged == Some("true") }, page?))
}

/// Sends a message.
///
/// # Errors
/// As the contract says.
pub async fn create_message(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let now = tx.now();
        service::send(tx, call.id("case_id")?, &call.submission)?.try_map(|shown| {
            let path = format!("/api/v1/cases/{}/messages/{}", shown.row.case_id, shown.row.id);
            let version = version(&shown)?;
            Ok(Answer::created(&MessageView::of(shown, now), path)?.version(version))
        })
    })
    .await
}

/// Reads one message.
///
/// # Errors
/// As the contract says.
pub async fn get_message(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let shown = service::get(view, call.id("case_id")?, call.id("message_id")?)?;
        show(shown, view.now())
    })
    .await
}

/// Acknowledges a message for one's own agency.
///
/// # Errors
/// As the contract says.
pub async fn acknowledge_message(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, id, now) = (call.id("case_id")?, call.id("message_id")?, tx.now());
        service::acknowledge(tx, case, id)?.try_map(|shown| show(shown, now))
    })
    .await
}

/// Consents that one's own message is passed on.
///
/// # Errors
/// As the contract says.
pub async fn create_consent(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, id, now) = (call.id("case_id")?, call.id("message_id")?, tx.now());
        service::consent(tx, case, id, &call.submission)?.try_map(|shown| show(shown, now))
    })
    .await
}
