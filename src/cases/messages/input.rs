//! What a caller says in a message, judged field by field.

use std::collections::BTreeSet;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::cases::case::model::HandlingCode;
use crate::cases::messages::model::MessageKind;
use crate::clock::Instant;
use crate::error::Faults;
use crate::field::Field;
use crate::ids::{AgencyId, MessageId};

/// Longest message, in characters.
const LONGEST_TEXT: usize = 5000;
/// Longest restriction, in characters.
const LONGEST_NOTE: usize = 2000;
/// Most agencies of one message.
const MOST_AGENCIES: usize = 200;

/// A message to be sent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "request", "to": ["019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11"],
    "text": "The lorry has changed its trailer. Please confirm the plate at Ak-Zhol.",
    "due_at": "2026-03-01T06:00:00Z", "handling_codes": ["H2"]
}))]
pub struct MessageInput {
    /// What it is for.
    #[serde(default)]
    #[schema(value_type = MessageKind, required)]
    pub kind: Field<MessageKind>,
    /// To which other agencies that take part in the case.
    #[serde(default)]
    #[schema(value_type = Vec<AgencyId>, required)]
    pub to: Field<Vec<AgencyId>>,
    /// What it says, in 1 to 5000 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub text: Field<String>,
    /// By when it is to be acknowledged.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    pub due_at: Field<Instant>,
    /// Under which conditions it may be used, none unless said; those of a message that is passed on are added.
    #[serde(default)]
    #[schema(value_type = Option<Vec<HandlingCode>>)]
    pub handling_codes: Field<Vec<HandlingCode>>,
    /// With `H3`: the restriction, in at most 2000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub handling_note: Field<String>,
    /// With `reply`: the message that it answers.
    #[serde(default)]
    #[schema(value_type = Option<MessageId>)]
    pub in_reply_to: Field<MessageId>,
    /// The message that it passes on.
    #[serde(default)]
    #[schema(value_type = Option<MessageId>)]
    pub forwards: Field<MessageId>,
}

/// To whom a message may be passed on.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"agencies": ["019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11"]}))]
pub struct ConsentInput {
    /// Agencies that take part in the case.
    #[serde(default)]
    #[schema(value_type = Vec<AgencyId>, required)]
    pub agencies: Field<Vec<AgencyId>>,
}

/// A message that was judged to be right, but for those it is sent to and the messages it names.
#[derive(Debug)]
pub(super) struct NewMessage {
    pub(super) kind: MessageKind,
    pub(super) text: String,
    pub(super) due_at: Option<Instant>,
    pub(super) handling_codes: Vec<HandlingCode>,
    pub(super) handling_note: Option<String>,
    pub(super) in_reply_to: Option<MessageId>,
    pub(super) forwards: Option<MessageId>,
}

impl MessageInput {
    /// The message; none where a fault was noted.
    pub(super) fn judge(&self, now: Instant, faults: &mut Faults) -> Option<NewMessage> {
        let kind = self.kind.required(faults, "/kind");
        let text = self.text.text(faults, "/text", LONGEST_TEXT);
        let due_at = self.due_at.optional(faults, "/due_at");
        let handling_codes = self.handling_codes.optional(faults, "/handling_codes");
        let handling_note =
            self.handling_note.optional_text(faults, "/handling_note", LONGEST_NOTE);
        let in_reply_to = self.in_reply_to.optional(faults, "/in_reply_to");
        let forwards = self.forwards.optional(faults, "/forwards");
        if let Some(due_at) = due_at {
            faults.check(due_at > now, "/due_at", "expected a time to come");
        }
        let (kind, mut handling_codes) = (kind?, handling_codes.unwrap_or_default());
        handling_codes.sort_unstable();
        handling_codes.dedup();
        faults.check(
            handling_note.is_some() || !handling_codes.contains(&HandlingCode::H3),
            "/handling_note",
            "expected with H3: the restriction in words",
        );
        faults.check(
            in_reply_to.is_some() == (kind == MessageKind::Reply),
            "/in_reply_to",
            "expected with reply, and only with it: the message that it answers",
        );
        Some(NewMessage {
            kind,
            text: text?,
            due_at,
            handling_codes,
            handling_note,
            in_reply_to,
            forwards,
        })
    }
}

/// Agencies that must be named, each once.
pub(super) fn named(
    field: &Field<Vec<AgencyId>>,
    faults: &mut Faults,
    pointer: &str,
) -> Option<Vec<AgencyId>> {
    let agencies = field.required(faults, pointer)?;
    let fine = (1..=MOST_AGENCIES).contains(&agencies.len());
    faults.check(fine, pointer, "expected 1 to 200 agencies");
    let once: BTreeSet<&AgencyId> = agencies.iter().collect();
    faults.check(once.len() == agencies.len(), pointer, "expected each agency once");
    Some(agencies)
}
