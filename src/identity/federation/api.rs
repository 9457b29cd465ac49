//! Identity providers over HTTP.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::RoleSet;
use crate::answer::Answer;
use crate::clock::Instant;
use crate::error::Result;
use crate::http::{App, Call};
use crate::identity::auth::api::Tokens;
pub use crate::identity::federation::callback::CallbackQuery;
use crate::identity::federation::claims::{Denial, Outcome};
use crate::identity::federation::failure::FederationFailure;
pub use crate::identity::federation::input::{CreateProvider, EditProvider, PreviewInput};
use crate::identity::federation::linking::api::Linked;
pub use crate::identity::federation::logout::BackchannelLogout;
use crate::identity::federation::model::{
    LogoutProfile, Recheck, RoleMapping, SigningAlgorithm, TokenAuth,
};
use crate::identity::federation::service::{self, Rules};
pub use crate::identity::federation::start::StartQuery;
use crate::identity::federation::store::ProviderRow;
use crate::identity::federation::{callback, logout, start};
use crate::ids::{AgencyId, IdentityProviderId, UserId};

/// An agency's identity provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11", "agency_id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e12",
    "name": "Ministry sign-in", "issuer": "https://login.example.kg/realms/officers", "client_id": "passage",
    "has_client_secret": false, "token_auth": "private_key_jwt", "algorithms": ["ES256"],
    "scopes": ["email", "profile", "offline_access"], "role_claim": "groups",
    "role_mappings": [{"value": "passage-liaison", "roles": ["liaison_officer"]}],
    "role_mappings_in_effect": [], "waits_for_confirmation": true, "confirmed_by": null,
    "logout_profile": "standard", "recheck": "refresh", "enabled": true, "required": false, "trouble": null,
    "redirect_uri": "https://passage.example.org/api/v1/auth/oidc/019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11/callback",
    "backchannel_logout_uri":
        "https://passage.example.org/api/v1/auth/oidc/019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11/backchannel-logout",
    "start_uri": "https://passage.example.org/api/v1/auth/oidc/019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11/start",
    "created_at": "2026-03-01T04:30:00.000000Z", "updated_at": "2026-03-01T04:30:00.000000Z"
}))]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing, and they combine")]
pub struct ProviderView {
    /// The provider.
    pub id: IdentityProviderId,
    /// The one agency whose officers it vouches for.
    pub agency_id: AgencyId,
    /// What people call it.
    pub name: String,
    /// Its issuer.
    pub issuer: String,
    /// What it calls this server.
    pub client_id: String,
    /// Whether a secret is shared with it; the secret itself is never shown.
    pub has_client_secret: bool,
    /// How this server proves to it who it is.
    pub token_auth: TokenAuth,
    /// The algorithms that count.
    pub algorithms: Vec<SigningAlgorithm>,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that roles are read from.
    pub role_claim: String,
    /// What its values are to give.
    pub role_mappings: Vec<RoleMapping>,
    /// What they give now.
    pub role_mappings_in_effect: Vec<RoleMapping>,
    /// Whether a liaison officer or coordinator of the agency has to confirm the difference.
    pub waits_for_confirmation: bool,
    /// Who confirmed last.
    pub confirmed_by: Option<UserId>,
    /// The form of its logout tokens.
    pub logout_profile: LogoutProfile,
    /// How it is asked whether it still vouches for somebody.
    pub recheck: Recheck,
    /// Whether one may sign in through it.
    pub enabled: bool,
    /// Whether the agency's officers may sign in through a provider only.
    pub required: bool,
    /// What kept this server from asking it the last time that it tried to; null when nothing did.
    pub trouble: Option<FederationFailure>,
    /// To be registered there: where it sends people back to.
    pub redirect_uri: String,
    /// To be registered there: where it tells that somebody has signed out.
    pub backchannel_logout_uri: String,
    /// Where the agency's officers begin to sign in.
    pub start_uri: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

impl ProviderView {
    fn of(row: ProviderRow, public_url: &str) -> Self {
        let address = |last| format!("{public_url}/api/v1/auth/oidc/{}/{last}", row.id);
        Self {
            redirect_uri: address("callback"),
            backchannel_logout_uri: address("backchannel-logout"),
            start_uri: address("start"),
            waits_for_confirmation: row.waits(),
            role_mappings_in_effect: row.grants().map(|it| it.mappings.clone()).unwrap_or_default(),
            id: row.id,
            agency_id: row.agency_id,
            name: row.name,
            issuer: row.issuer,
            client_id: row.client_id,
            has_client_secret: row.client_secret.is_some(),
            token_auth: row.token_auth,
            algorithms: row.algorithms.0,
            scopes: row.scopes.0,
            role_claim: row.role_claim,
            role_mappings: row.role_mappings.0,
            confirmed_by: row.confirmed_by,
            logout_profile: row.logout_profile,
            recheck: row.recheck,
            enabled: row.enabled,
            required: row.required,
            trouble: row.trouble,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A page of identity providers.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderList {
    /// The providers, the oldest first.
    pub items: Vec<ProviderView>,
    /// What to send as `?cursor=` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// Which page of the providers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ProviderQuery {
    /// How many at the most.
    #[param(example = "50")]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What claims would give.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "roles": ["liaison_officer"], "denied": null, "matched": ["passage-liaison"], "ignored": ["staff"],
    "roles_now": [], "denied_now": "roles_none"
}))]
pub struct PreviewView {
    /// The roles, once everything that is asked for is confirmed.
    pub roles: RoleSet,
    /// Why there are none.
    pub denied: Option<Denial>,
    /// The values that give something.
    pub matched: Vec<String>,
    /// The values that give nothing.
    pub ignored: Vec<String>,
    /// The roles with what is in effect now.
    pub roles_now: RoleSet,
    /// Why there are none.
    pub denied_now: Option<Denial>,
}

/// What one works with after signing in through an identity provider.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "access_token": "eyJ0eXAi…", "token_type": "Bearer", "expires_in": 600, "refresh_token": "psr_…",
    "return_to": "/cases?state=active"
}))]
pub struct FederatedTokens {
    /// The tokens.
    #[serde(flatten)]
    pub tokens: Tokens,
    /// Where to go on: the path of this server that the sign-in was begun with.
    pub return_to: Option<String>,
}

/// What came of being sent to an identity provider.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum Completed {
    /// One has signed in.
    SignedIn(FederatedTokens),
    /// One's account is linked.
    Linked(Linked),
    /// One has proved who one is.
    Proved(ProvedAnew),
}

/// That one has proved once more who one is.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"authenticated_at": "2026-03-01T04:30:00.000000Z", "return_to": "/account"}))]
pub struct ProvedAnew {
    /// From when on what is dangerous is open for a quarter of an hour.
    pub authenticated_at: Instant,
    /// Where to go on: the path of this server that this was begun with.
    pub return_to: Option<String>,
}

/// That one has signed out here, and where to sign out at the provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"end_session_url": "https://login.example.kg/logout?client_id=passage"}))]
pub struct SignedOut {
    /// Where the session at the provider ends; null where it has none, or does not say.
    pub end_session_url: Option<String>,
}

/// Begins to sign in through an identity provider.
///
/// # Errors
/// Not found; the provider does not answer.
pub async fn start_federated_sign_in(app: App, call: Call) -> Result<Answer> {
    start::start(&app, call).await
}

/// Completes signing in through an identity provider, or what else one was sent there for.
///
/// # Errors
/// Not found; what the provider says does not count; it does not answer.
pub async fn complete_federated_sign_in(app: App, call: Call) -> Result<Answer> {
    callback::complete(&app, call).await
}

/// Begins to prove once more who one is, at the provider that vouches for the session.
///
/// # Errors
/// Not found, where it does not vouch for it; the provider does not answer.
pub async fn start_proof(app: App, call: Call) -> Result<Answer> {
    start::start_proof(&app, call).await
}

/// Ends the sessions that an identity provider's logout token names.
///
/// # Errors
/// Not found; the token does not count; the provider's keys cannot be had.
pub async fn end_federated_sessions(app: App, call: Call) -> Result<Answer> {
    logout::end_sessions(&app, call).await
}

/// Ends the present session, and tells where to end the one at the provider.
///
/// # Errors
/// The database is away.
pub async fn logout_federated(app: App, call: Call) -> Result<Answer> {
    logout::sign_out(&app, call).await
}

fn rules(app: &App) -> Rules {
    Rules { confirms: app.config.identity.confirm_accounts, outbound: app.outbound.clone() }
}

fn shown(row: ProviderRow, public_url: &str) -> Result<Answer> {
    let version = row.version;
    Ok(Answer::ok(&ProviderView::of(row, public_url))?.version(version))
}

/// Lists an agency's identity providers.
///
/// # Errors
/// Not found, forbidden; the page asked for is not right.
pub async fn list_identity_providers(app: App, call: Call) -> Result<Answer> {
    let (agency, url) = (call.id("agency_id")?, app.config.public_url());
    app.read(call, move |view, call| {
        let page = service::list(view, agency, || {
            let query: ProviderQuery = call.query()?;
            call.page(query.limit.as_deref(), query.cursor.as_deref())
        })?
        .map(|row| ProviderView::of(row, &url));
        Answer::ok(&ProviderList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// Connects an identity provider.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent; invalid; the issuer cannot be used.
pub async fn create_identity_provider(app: App, call: Call) -> Result<Answer> {
    let (agency, rules, url) = (call.id("agency_id")?, rules(&app), app.config.public_url());
    app.write(call, move |tx, call| {
        service::create(tx, agency, &call.submission, &rules)?.try_map(|row| {
            let path = format!("/api/v1/agencies/{agency}/identity-providers/{}", row.id);
            let version = row.version;
            Ok(Answer::created(&ProviderView::of(row, &url), path)?.version(version))
        })
    })
    .await
}

/// One identity provider.
///
/// # Errors
/// Not found, forbidden.
pub async fn get_identity_provider(app: App, call: Call) -> Result<Answer> {
    let (agency, id) = (call.id("agency_id")?, call.id("provider_id")?);
    let url = app.config.public_url();
    app.read(call, move |view, _| shown(service::read(view, agency, id)?, &url)).await
}

/// Changes an identity provider.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent; stale; invalid.
pub async fn edit_identity_provider(app: App, call: Call) -> Result<Answer> {
    let (agency, id) = (call.id("agency_id")?, call.id("provider_id")?);
    let (rules, url) = (rules(&app), app.config.public_url());
    app.write(call, move |tx, call| {
        service::edit(tx, agency, id, &call.submission, &rules)?.try_map(|row| shown(row, &url))
    })
    .await
}

/// Lets what an identity provider gives take effect.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent; another version than the one named.
pub async fn confirm_identity_provider(app: App, call: Call) -> Result<Answer> {
    let (agency, id) = (call.id("agency_id")?, call.id("provider_id")?);
    let url = app.config.public_url();
    app.write(call, move |tx, call| {
        service::confirm(tx, agency, id, &call.submission)?.try_map(|row| shown(row, &url))
    })
    .await
}

/// Removes an identity provider.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent.
pub async fn remove_identity_provider(app: App, call: Call) -> Result<Answer> {
    let (agency, id) = (call.id("agency_id")?, call.id("provider_id")?);
    app.write(call, move |tx, _| service::remove(tx, agency, id)).await
}

/// Tries claims on the mappings of an identity provider.
///
/// # Errors
/// Not found, forbidden; invalid.
pub async fn preview_identity_provider(app: App, call: Call) -> Result<Answer> {
    let (agency, id) = (call.id("agency_id")?, call.id("provider_id")?);
    app.read(call, move |view, call| {
        let preview = service::preview(view, agency, id, &call.submission)?;
        let parts = |outcome: &Outcome| match outcome.roles {
            Ok(roles) => (roles, None),
            Err(denial) => (RoleSet::EMPTY, Some(denial)),
        };
        let ((roles, denied), (roles_now, denied_now)) =
            (parts(&preview.outcome), parts(&preview.now));
        let Outcome { matched, ignored, .. } = preview.outcome;
        Answer::ok(&PreviewView { roles, denied, matched, ignored, roles_now, denied_now })
    })
    .await
}
