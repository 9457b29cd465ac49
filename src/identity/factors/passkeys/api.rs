//! Passkeys over HTTP.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::clock::Instant;
use crate::error::Result;
use crate::http::{App, Call};
use crate::identity::factors::api::RecoveryCodes;
use crate::identity::factors::passkeys::service::{self, Begun, Created};
use crate::identity::factors::passkeys::store::PasskeyRow;
use crate::ids::PasskeyId;
use crate::submission::kept;

/// What the browser begins with.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "challenge": "xTqz…", "options": {"challenge": "mBa…", "rp": {"id": "passage.example.org", "name": "Passage"}}
}))]
pub struct Challenge {
    /// What is sent back with the device's answer, within five minutes, once.
    pub challenge: String,
    /// What the browser hands to the device: `publicKey` of `navigator.credentials`, in the JSON form of Web
    /// Authentication (`parseCreationOptionsFromJSON`, `parseRequestOptionsFromJSON`).
    #[schema(value_type = Object)]
    pub options: Value,
}

impl From<Begun> for Challenge {
    fn from(begun: Begun) -> Self {
        Self { challenge: begun.challenge, options: begun.options }
    }
}

/// A passkey that the caller's device has made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "challenge": "xTqz…", "name": "Work phone",
    "credential": {"id": "q7…", "rawId": "q7…", "type": "public-key", "response": {
        "attestationObject": "o2N…", "clientDataJSON": "eyJ…"
    }}
}))]
pub struct CreatePasskey {
    /// The challenge that it was made for.
    pub challenge: String,
    /// What to call it, at most 100 characters.
    pub name: String,
    /// The `PublicKeyCredential` by its `toJSON()`.
    #[schema(value_type = Object)]
    pub credential: Value,
}

/// A change of a passkey: a merge patch.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Old phone"}))]
pub struct EditPasskey {
    /// What to call it, at most 100 characters.
    #[serde(default, deserialize_with = "kept")]
    pub name: Option<String>,
}

/// A passkey.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11", "name": "Work phone",
    "created_at": "2026-03-01T04:30:00.000000Z", "last_used_at": null, "suspected_at": null
}))]
pub struct PasskeyView {
    /// The passkey.
    pub id: PasskeyId,
    /// What its user calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Instant,
    /// When somebody signed in with it last.
    pub last_used_at: Option<Instant>,
    /// When another device with the same key was noticed: it counts no more, and is to be removed.
    pub suspected_at: Option<Instant>,
}

impl From<PasskeyRow> for PasskeyView {
    fn from(row: PasskeyRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            suspected_at: row.suspected_at,
        }
    }
}

/// A new passkey.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11", "name": "Work phone",
    "created_at": "2026-03-01T04:30:00.000000Z", "last_used_at": null, "suspected_at": null,
    "recovery_codes": ["abcd-efgh-ijkm-npqr"]
}))]
pub struct CreatedPasskey {
    /// The passkey.
    #[serde(flatten)]
    pub passkey: PasskeyView,
    /// Ten codes that stand in for it, shown this once; empty where the account has some left.
    pub recovery_codes: Vec<String>,
}

/// One's passkeys: ten at the most.
#[derive(Serialize, ToSchema)]
pub struct PasskeyList {
    /// The passkeys, the oldest first.
    pub items: Vec<PasskeyView>,
    /// Always null.
    pub next_cursor: Option<String>,
}

/// Begins to make a passkey.
///
/// # Errors
/// The sign-in is not recent; there are enough; this server has no name.
pub async fn get_creation_challenge(app: App, call: Call) -> Result<Answer> {
    let party = app.passkeys.clone();
    app.read(call, move |view, _| {
        Answer::ok(&Challenge::from(service::begin(view, party.as_deref())?))
    })
    .await
}

/// Keeps the passkey that the device has made.
///
/// # Errors
/// Invalid; there are enough; the sign-in is not recent.
pub async fn create_passkey(app: App, call: Call) -> Result<Answer> {
    let party = app.passkeys.clone();
    app.write(call, move |tx, call| {
        let created = service::create(tx, party.as_deref(), &call.submission)?;
        created.try_map(shown_once)
    })
    .await
}

fn shown_once(created: Created) -> Result<Answer> {
    let path = format!("/api/v1/auth/passkeys/{}", created.row.id);
    let version = created.row.version;
    let RecoveryCodes { recovery_codes } = RecoveryCodes::of(&created.codes);
    let view = CreatedPasskey { passkey: created.row.into(), recovery_codes };
    Ok(Answer::created(&view, path)?.version(version))
}

/// One's own passkeys.
///
/// # Errors
/// The database is away.
pub async fn list_passkeys(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, _| {
        let items = service::list(view)?.into_iter().map(PasskeyView::from).collect();
        Answer::ok(&PasskeyList { items, next_cursor: None })
    })
    .await
}

/// One of one's own passkeys.
///
/// # Errors
/// Not found.
pub async fn get_passkey(app: App, call: Call) -> Result<Answer> {
    let id = call.id("passkey_id")?;
    app.read(call, move |view, _| shown(service::read(view, id)?)).await
}

/// Gives one of one's own passkeys another name.
///
/// # Errors
/// Not found; stale; invalid.
pub async fn edit_passkey(app: App, call: Call) -> Result<Answer> {
    let id = call.id("passkey_id")?;
    app.write(call, move |tx, call| service::edit(tx, id, &call.submission)?.try_map(shown)).await
}

/// Removes one of one's own passkeys.
///
/// # Errors
/// Not found; the sign-in is not recent.
pub async fn remove_passkey(app: App, call: Call) -> Result<Answer> {
    let id = call.id("passkey_id")?;
    app.write(call, move |tx, _| service::remove(tx, id)).await
}

fn shown(row: PasskeyRow) -> Result<Answer> {
    let version = row.version;
    Ok(Answer::ok(&PasskeyView::from(row))?.version(version))
}
