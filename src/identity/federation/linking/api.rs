//! Links over HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::clock::Instant;
use crate::error::Result;
use crate::http::{App, Call};
use crate::identity::federation::identities::IdentityRow;
use crate::identity::federation::linking::service;
use crate::identity::federation::start;
use crate::ids::IdentityProviderId;

/// Where the browser goes next, with the cookie that it keeps until it comes back.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"authorization_url": "https://login.example.kg/auth?response_type=code&client_id=passage"}))]
pub struct SentToProvider {
    /// The provider's page, to be opened within ten minutes.
    pub authorization_url: String,
}

/// That an account is linked.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"linked_to": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11", "return_to": "/account"}))]
pub struct Linked {
    /// The provider that vouches for the account from now on.
    pub linked_to: IdentityProviderId,
    /// Where to go on: the path of this server that the link was begun with.
    pub return_to: Option<String>,
}

/// That a provider vouches for an account.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "provider_id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11", "provider_name": "Ministry sign-in",
    "subject": "8f1c2b", "linked_at": "2026-03-01T04:30:00.000000Z"
}))]
pub struct LinkView {
    /// The provider.
    pub provider_id: IdentityProviderId,
    /// What people call it.
    pub provider_name: String,
    /// Who the account's user is there.
    pub subject: String,
    /// Since when.
    pub linked_at: Instant,
}

/// To which providers an account is linked: one row for each subject.
#[derive(Serialize, ToSchema)]
pub struct LinkList {
    /// The links, the oldest first.
    pub items: Vec<LinkView>,
    /// Always null.
    pub next_cursor: Option<String>,
}

impl From<Vec<IdentityRow>> for LinkList {
    fn from(rows: Vec<IdentityRow>) -> Self {
        let view = |row: IdentityRow| LinkView {
            provider_id: row.provider_id,
            provider_name: row.provider_name,
            subject: row.subject,
            linked_at: row.created_at,
        };
        Self { items: rows.into_iter().map(view).collect(), next_cursor: None }
    }
}

/// Begins to link one's own account to an identity provider of one's own agency.
///
/// # Errors
/// Not found; the sign-in is not recent; the account is an admin's, a provider's own, or linked already; the provider does
/// not answer.
pub async fn start_link(app: App, call: Call) -> Result<Answer> {
    start::start_link(&app, call).await
}

/// To which providers one's own account is linked.
///
/// # Errors
/// The database is away.
pub async fn list_links(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, _| Answer::ok(&LinkList::from(service::list_own(view)?))).await
}

/// Parts one's own account from a provider.
///
/// # Errors
/// Not found; the sign-in is not recent; the agency has its officers sign in through a provider only.
pub async fn remove_link(app: App, call: Call) -> Result<Answer> {
    let (provider, mails) = (call.id("provider_id")?, app.mails());
    app.write(call, move |tx, _| service::remove_own(tx, provider, mails)).await
}

/// To which providers an account of one's own agency is linked, for its admins.
///
/// # Errors
/// Not found.
pub async fn list_user_links(app: App, call: Call) -> Result<Answer> {
    let user = call.id("user_id")?;
    app.read(call, move |view, _| Answer::ok(&LinkList::from(service::list_of(view, user)?))).await
}

/// Parts an account of one's own agency from a provider, for its admins.
///
/// # Errors
/// Not found; the sign-in is not recent; the account is the provider's own.
pub async fn remove_user_link(app: App, call: Call) -> Result<Answer> {
    let (user, provider) = (call.id("user_id")?, call.id("provider_id")?);
    let mails = app.mails();
    app.write(call, move |tx, _| service::remove_of(tx, user, provider, mails)).await
}
