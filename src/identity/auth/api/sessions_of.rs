//! Sessions in numbers, and those of other accounts, over HTTP: what one does when a device is lost.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::Answer;
use crate::clock::Instant;
use crate::db::types::Json;
use crate::error::Result;
use crate::http::{App, Call};
use crate::identity::auth::api::SessionQuery;
use crate::identity::auth::device::device_name;
use crate::identity::auth::sessions;
use crate::identity::auth::store::SessionRow;
use crate::identity::factors::Factor;
use crate::ids::SessionId;

/// Which of one's own sessions are ended.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct EndSessionsQuery {
    /// Whether the present one is ended too; otherwise it goes on.
    #[param(example = "false")]
    including_this: Option<bool>,
}

/// A session of an account of the agency, as its admin sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11", "last_address": "192.0.2.44", "device": "Firefox 128 on Windows",
    "authenticated_at": "2026-03-01T04:30:00.000000Z", "last_used_at": "2026-03-01T04:40:00.000000Z",
    "expires_at": "2026-03-08T04:30:00.000000Z", "second_factor": "totp",
    "acr": null, "amr": null
}))]
pub struct UserSessionView {
    /// The session.
    pub id: SessionId,
    /// The address that it was used from last, give or take a minute.
    pub last_address: String,
    /// What the client said it was, in short.
    pub device: String,
    /// When it began.
    pub authenticated_at: Instant,
    /// When it was used last, give or take a minute.
    pub last_used_at: Instant,
    /// When it ends in any case.
    pub expires_at: Instant,
    /// What was proved beside the password; null where nothing was.
    #[schema(value_type = Option<String>)]
    pub second_factor: Option<Factor>,
    /// How strongly the identity provider says that it signed the user in, in its own words.
    pub acr: Option<String>,
    /// By what means, in the provider's words (RFC 8176).
    pub amr: Option<Vec<String>>,
}

impl From<SessionRow> for UserSessionView {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id,
            last_address: row.last_address,
            device: device_name(&row.device),
            authenticated_at: row.authenticated_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            second_factor: row.second_factor,
            acr: row.acr,
            amr: row.amr.map(|Json(amr)| amr),
        }
    }
}

/// A page of an account's sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserSessionList {
    /// The sessions, the newest first.
    pub items: Vec<UserSessionView>,
    /// What to send as `?cursor=` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// Ends all of one's own sessions, the present one on demand.
///
/// # Errors
/// The query is not right.
pub async fn end_sessions(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        sessions::end_all(tx, || {
            let query: EndSessionsQuery = call.query()?;
            Ok(query.including_this.unwrap_or_default())
        })
    })
    .await
}

/// Lists the sessions of an account of one's own agency.
///
/// # Errors
/// Not found, also for whoever is no admin; the page asked for is not right.
pub async fn list_user_sessions(app: App, call: Call) -> Result<Answer> {
    let (user, idle) = (call.id("user_id")?, app.idle_seconds());
    app.read(call, move |view, call| {
        let page = sessions::list_of(view, user, idle, || {
            let query: SessionQuery = call.query()?;
            call.page(query.limit.as_deref(), query.cursor.as_deref())
        })?
        .map(UserSessionView::from);
        Answer::ok(&UserSessionList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// Ends a session of an account of one's own agency.
///
/// # Errors
/// Not found, also for whoever is no admin.
pub async fn end_user_session(app: App, call: Call) -> Result<Answer> {
    let (user, session) = (call.id("user_id")?, call.id("session_id")?);
    app.write(call, move |tx, _| sessions::end_of(tx, user, session)).await
}

/// Ends all sessions of an account of one's own agency.
///
/// # Errors
/// Not found, also for whoever is no admin.
pub async fn end_user_sessions(app: App, call: Call) -> Result<Answer> {
    let user = call.id("user_id")?;
    app.write(call, move |tx, _| sessions::end_all_of(tx, user)).await
}
