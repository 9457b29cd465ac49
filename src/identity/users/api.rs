//! Users over HTTP.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{Role, RoleSet};
use crate::answer::Answer;
use crate::clock::Instant;
use crate::config::Mode;
use crate::email::Email;
use crate::error::Result;
use crate::http::{App, Call};
use crate::identity::model::{Locale, UserStatus};
use crate::identity::users::create::{self, Created};
use crate::identity::users::inviting;
use crate::identity::users::service;
pub use crate::identity::users::service::Rules;
use crate::identity::users::store::UserRow;
use crate::ids::{AgencyId, IdentityProviderId, UserId};
use crate::submission::kept;

/// A new account. It has no password until its user redeems the invitation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "email": "a.asanova@example.kg", "full_name": "Aigul Asanova", "roles": ["liaison_officer"], "locale": "ky"
}))]
pub struct CreateUser {
    /// What the user signs in with; used by nobody else on this server.
    #[schema(value_type = Email)]
    pub email: String,
    /// The full name, at most 200 characters.
    pub full_name: String,
    /// The roles; some exclude each other.
    #[schema(value_type = Vec<Role>)]
    pub roles: Vec<String>,
    /// The language of pages and letters; English when missing.
    #[schema(value_type = Option<Locale>)]
    pub locale: Option<String>,
    /// For system admins: another agency that has no active admin, whose first `agency_admin` this is.
    pub agency_id: Option<AgencyId>,
}

/// A change of an account: a merge patch. Roles that are added may wait for a confirmation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"roles": ["liaison_officer", "case_officer"]}))]
pub struct EditUser {
    /// The full name, at most 200 characters.
    #[serde(default, deserialize_with = "kept")]
    pub full_name: Option<String>,
    /// All roles that the user is to have.
    #[serde(default, deserialize_with = "kept")]
    #[schema(value_type = Option<Vec<Role>>)]
    pub roles: Option<Vec<String>>,
    /// The language of pages and letters.
    #[serde(default, deserialize_with = "kept")]
    #[schema(value_type = Option<Locale>)]
    pub locale: Option<String>,
}

/// An account.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11", "agency_id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e12",
    "email": "a.asanova@example.kg", "full_name": "Aigul Asanova", "roles": ["liaison_officer"],
    "proposed_roles": null, "status": "active", "confirmed": true, "locale": "ky", "provider_id": null,
    "created_at": "2026-03-01T04:30:00.000000Z", "updated_at": "2026-03-01T04:30:00.000000Z"
}))]
pub struct UserView {
    /// The user.
    pub id: UserId,
    /// The one agency that the user belongs to.
    pub agency_id: AgencyId,
    /// What the user signs in with.
    pub email: Email,
    /// The full name.
    pub full_name: String,
    /// The roles; they count once the account is confirmed.
    pub roles: RoleSet,
    /// All roles that the user will have once somebody confirms them; null when nothing waits.
    pub proposed_roles: Option<RoleSet>,
    /// Where the account stands.
    pub status: UserStatus,
    /// Whether the account is in effect.
    pub confirmed: bool,
    /// The language of pages and letters.
    pub locale: Locale,
    /// The identity provider that vouches for the user; null where he or she signs in here.
    pub provider_id: Option<IdentityProviderId>,
    /// When the account was made.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

impl From<UserRow> for UserView {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.id,
            agency_id: row.agency_id,
            email: row.email,
            full_name: row.full_name,
            roles: row.roles.0,
            proposed_roles: row.proposed_roles.map(|roles| roles.0),
            status: row.status,
            confirmed: row.confirmed_at.is_some(),
            locale: row.locale,
            provider_id: row.provider_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A new account with its invitation.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11", "agency_id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e12",
    "email": "a.asanova@example.kg", "full_name": "Aigul Asanova", "roles": ["liaison_officer"],
    "proposed_roles": null, "status": "invited", "confirmed": true, "locale": "ky",
    "created_at": "2026-03-01T04:30:00.000000Z", "updated_at": "2026-03-01T04:30:00.000000Z",
    "invitation_token": "psi_…"
}))]
pub struct CreatedUser {
    /// The account.
    #[serde(flatten)]
    pub user: UserView,
    /// What the user sets the first password with: shown this once, and null when the same request is sent again and in
    /// production mode, where it goes by mail only.
    pub invitation_token: Option<String>,
}

/// An invitation in the place of a former one.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"expires_at": "2026-03-04T04:30:00.000000Z", "invitation_token": "psi_…"}))]
pub struct RenewedInvitation {
    /// Until when it can be redeemed.
    pub expires_at: Instant,
    /// What the user sets the first password with: shown this once, and null when the same request is sent again and in
    /// production mode, where it goes by mail only.
    pub invitation_token: Option<String>,
}

/// A page of accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserList {
    /// The accounts, the oldest first.
    pub items: Vec<UserView>,
    /// What to send as `?cursor=` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// Which page of the accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct UserQuery {
    /// How many at the most.
    #[param(example = "50")]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What the configuration says about accounts.
#[must_use]
pub fn rules(app: &App) -> Rules {
    let identity = &app.config.identity;
    Rules {
        confirm_accounts: identity.confirm_accounts,
        mails: app.mails(),
        invitation_seconds: i64::try_from(identity.invitation.as_secs()).unwrap_or(i64::MAX),
    }
}

/// Whether an invitation is shown to whoever made the account.
#[must_use]
pub fn reveals(app: &App) -> bool {
    app.config.server.mode != Mode::Production
}

fn shown(row: UserRow) -> Result<Answer> {
    let version = row.version;
    Ok(Answer::ok(&UserView::from(row))?.version(version))
}

fn shown_once(created: &Created, reveals: bool) -> Result<Answer> {
    let (path, version) = (format!("/api/v1/users/{}", created.row.id), created.row.version);
    let token = reveals.then(|| created.invitation.expose().to_owned());
    let with = |invitation_token| CreatedUser {
        user: UserView::from(created.row.clone()),
        invitation_token,
    };
    Answer::created(&with(token), path)?.version(version).keeping(&with(None))
}

/// Lists the accounts of one's own agency.
///
/// # Errors
/// The page asked for is not right.
pub async fn list_users(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let page = service::list(view, || {
            let query: UserQuery = call.query()?;
            call.page(query.limit.as_deref(), query.cursor.as_deref())
        })?
        .map(UserView::from);
        Answer::ok(&UserList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// Makes an account.
///
/// # Errors
/// Forbidden; not found where the agency does not exist; invalid; the address cannot be used.
pub async fn create_user(app: App, call: Call) -> Result<Answer> {
    let (rules, reveals) = (rules(&app), reveals(&app));
    app.write(call, move |tx, call| {
        let created = create::create(tx, &call.submission, rules)?;
        created.try_map(|created| shown_once(&created, reveals))
    })
    .await
}

/// One account of one's own agency.
///
/// # Errors
/// Not found.
pub async fn get_user(app: App, call: Call) -> Result<Answer> {
    let id = call.id("user_id")?;
    app.read(call, move |view, _| shown(service::read(view, id)?)).await
}

/// Changes an account.
///
/// # Errors
/// Not found, forbidden; stale; invalid; the last admin must stay.
pub async fn edit_user(app: App, call: Call) -> Result<Answer> {
    let (id, rules) = (call.id("user_id")?, rules(&app));
    app.write(call, move |tx, call| service::edit(tx, id, &call.submission, rules)?.try_map(shown))
        .await
}

/// Lets an account, or the roles proposed for it, take effect.
///
/// # Errors
/// Not found, forbidden; the account was ended.
pub async fn confirm_user(app: App, call: Call) -> Result<Answer> {
    let (id, rules) = (call.id("user_id")?, rules(&app));
    app.write(call, move |tx, call| {
        service::confirm(tx, id, &call.submission, rules)?.try_map(shown)
    })
    .await
}

/// Invites somebody once more, in the place of the former invitation.
///
/// # Errors
/// Not found, forbidden; there is no invitation to renew; too many lately.
pub async fn create_invitation(app: App, call: Call) -> Result<Answer> {
    let (id, rules, reveals) = (call.id("user_id")?, rules(&app), reveals(&app));
    app.write(call, move |tx, _| {
        inviting::renew(tx, id, rules)?.try_map(|renewed| {
            let with = |invitation_token| RenewedInvitation {
                expires_at: renewed.expires_at,
                invitation_token,
            };
            let token = reveals.then(|| renewed.invitation.expose().to_owned());
            Answer::ok(&with(token))?.keeping(&with(None))
        })
    })
    .await
}

/// Ends an account and all its sessions.
///
/// # Errors
/// Not found, forbidden; the last admin must stay.
pub async fn deactivate_user(app: App, call: Call) -> Result<Answer> {
    let id = call.id("user_id")?;
    app.write(call, move |tx, _| service::deactivate(tx, id)?.try_map(shown)).await
}
