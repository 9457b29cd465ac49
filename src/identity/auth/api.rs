//! Signing in over HTTP.

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::agency::AgencyKind;
use crate::answer::Answer;
use crate::clock::Instant;
use crate::country::Country;
use crate::credentials::secrets::OpaqueSecret;
use crate::credentials::tokens::IssuedToken;
use crate::db::types::Json;
use crate::error::Result;
use crate::http::{App, Call};
use crate::identity::agencies::store::AgencyRow;
use crate::identity::auth::device::device_name;
use crate::identity::auth::store::SessionRow;
use crate::identity::auth::{by_passkey, invitations, refresh, sessions, sign_in};
use crate::identity::factors::Factor;
use crate::identity::users::api::UserView;
use crate::identity::users::store::EndReason;
use crate::ids::{AgencyId, SessionId};

pub mod addresses;
mod passwords;
pub mod proving;
mod reauthentication;
pub mod sessions_of;

/// What one signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "a.asanova@example.kg", "password": "correct horse battery staple"}))]
pub struct Login {
    /// The address, at most 254 characters.
    pub email: String,
    /// The password, at most 256 characters.
    #[schema(format = "password")]
    pub password: String,
    /// A one-time password of the device, or a recovery code, for accounts that have a second factor.
    pub otp: Option<String>,
}

/// What one signs in with in the place of a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "challenge": "xTqz…",
    "credential": {"id": "q7…", "rawId": "q7…", "type": "public-key", "response": {
        "authenticatorData": "SZY…", "clientDataJSON": "eyJ…", "signature": "MEU…", "userHandle": "AZs…"
    }}
}))]
pub struct PasskeyLogin {
    /// The challenge that the device has answered.
    pub challenge: String,
    /// The `PublicKeyCredential` by its `toJSON()`.
    #[schema(value_type = Object)]
    pub credential: Value,
}

/// What one goes on with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "psr_…"}))]
pub struct Refresh {
    /// The newest refresh token of the session.
    pub refresh_token: String,
}

/// What one sets the first password with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "psi_…", "password": "correct horse battery staple"}))]
pub struct AcceptInvitation {
    /// The invitation.
    pub token: String,
    /// The password: 12 to 256 characters, and none that is guessed soon, nor from one's name, address or agency.
    #[schema(format = "password")]
    pub password: String,
}

/// What one proves once more who one is with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"password": "correct horse battery staple", "otp": "287082"}))]
pub struct Reauthenticate {
    /// The password, at most 256 characters.
    #[schema(format = "password")]
    pub password: String,
    /// A one-time password of the device, or a recovery code, for accounts that have a second factor.
    pub otp: Option<String>,
}

/// That one has proved it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"authenticated_at": "2026-03-01T04:30:00.000000Z"}))]
pub struct Reauthenticated {
    /// From when on what is dangerous is open for a quarter of an hour.
    pub authenticated_at: Instant,
}

/// What one changes the password with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "current_password": "correct horse battery staple", "new_password": "seven otters cross the river"
}))]
pub struct ChangePassword {
    /// The present password.
    #[schema(format = "password")]
    pub current_password: String,
    /// The new one: 12 to 256 characters, and none that is guessed soon, nor from one's name, address or agency.
    #[schema(format = "password")]
    pub new_password: String,
}

/// That it was changed.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"sessions_ended": 2}))]
pub struct PasswordChanged {
    /// How many other sessions were ended.
    pub sessions_ended: usize,
}

/// Whose password is lost.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "a.asanova@example.kg"}))]
pub struct RequestReset {
    /// The address, at most 254 characters.
    pub email: String,
}

/// What one sets a new password with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "psp_…", "password": "correct horse battery staple"}))]
pub struct AcceptReset {
    /// What was mailed.
    pub token: String,
    /// The password: 12 to 256 characters, and none that is guessed soon, nor from one's name, address or agency.
    #[schema(format = "password")]
    pub password: String,
}

/// What one works with after signing in.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "access_token": "eyJ0eXAi…", "token_type": "Bearer", "expires_in": 600, "refresh_token": "psr_…"
}))]
pub struct Tokens {
    /// What to send as `Authorization: Bearer …`.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// How long the access token lasts, in seconds.
    pub expires_in: u32,
    /// What to get the next tokens with, once.
    pub refresh_token: String,
}

impl Tokens {
    /// Both tokens, for the client.
    #[must_use]
    pub fn new(access: &IssuedToken, refresh: &OpaqueSecret) -> Self {
        Self {
            access_token: access.token.expose_secret().to_owned(),
            token_type: "Bearer",
            expires_in: access.expires_in,
            refresh_token: refresh.expose().to_owned(),
        }
    }
}

/// One's own agency in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgencySummary {
    /// The agency.
    pub id: AgencyId,
    /// Its name.
    pub name: String,
    /// Its name in lists.
    pub short_name: String,
    /// What it is.
    pub kind: AgencyKind,
    /// Its country; null but for national agencies.
    pub country: Option<Country>,
    /// Its IANA time zone.
    pub time_zone: String,
}

impl From<AgencyRow> for AgencySummary {
    fn from(row: AgencyRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            short_name: row.short_name,
            kind: row.kind,
            country: row.country,
            time_zone: row.time_zone,
        }
    }
}

/// Who one is, for whom, and in which session.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The account.
    #[serde(flatten)]
    pub user: UserView,
    /// The agency.
    pub agency: AgencySummary,
    /// The present session.
    pub session_id: SessionId,
    /// When one last proved who one is.
    pub authenticated_at: Instant,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11", "current": true, "address": "192.0.2.7",
    "last_address": "192.0.2.44", "device": "Firefox 128 on Windows",
    "authenticated_at": "2026-03-01T04:30:00.000000Z", "last_used_at": "2026-03-01T04:40:00.000000Z",
    "expires_at": "2026-03-08T04:30:00.000000Z", "second_factor": "totp",
    "acr": null, "amr": null
}))]
pub struct SessionView {
    /// The session.
    pub id: SessionId,
    /// Whether this request belongs to it.
    pub current: bool,
    /// The address that it began at.
    pub address: String,
    /// The address that it was used from last, give or take a minute.
    pub last_address: String,
    /// What the client said it was, in short.
    pub device: String,
    /// When its user last proved who he or she is; where the provider that vouches for it does not tell, a quarter of an hour
    /// before it began.
    pub authenticated_at: Instant,
    /// When it was used last, give or take a minute.
    pub last_used_at: Instant,
    /// When it ends in any case.
    pub expires_at: Instant,
    /// What was proved beside the password; null where nothing was, or where it was taken away since.
    #[schema(value_type = Option<String>)]
    pub second_factor: Option<Factor>,
    /// How strongly the identity provider says that it signed the user in, in its own words.
    pub acr: Option<String>,
    /// By what means, in the provider's words (RFC 8176).
    pub amr: Option<Vec<String>>,
}

impl SessionView {
    fn of(row: SessionRow, current: SessionId) -> Self {
        Self {
            id: row.id,
            current: row.id == current,
            address: row.address,
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

/// A page of sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionList {
    /// The sessions, the newest first.
    pub items: Vec<SessionView>,
    /// What to send as `?cursor=` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// Which page of the sessions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct SessionQuery {
    /// How many at the most.
    #[param(example = "50")]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A challenge for signing in with a passkey.
///
/// # Errors
/// This server has no name.
pub async fn get_passkey_challenge(app: App, call: Call) -> Result<Answer> {
    let party = app.passkeys.clone();
    app.read(call, move |view, _| Answer::ok(&by_passkey::challenge(view, party.as_deref())?)).await
}

/// Signs in with a passkey.
///
/// # Errors
/// Invalid; too many failures; the sign-in failed.
pub async fn login_with_passkey(app: App, call: Call) -> Result<Answer> {
    by_passkey::sign_in(&app, call).await
}

/// Begins a session.
///
/// # Errors
/// The sign-in failed; too many failures from this address.
pub async fn login(app: App, call: Call) -> Result<Answer> {
    sign_in::sign_in(&app, call).await
}

/// Goes on with a session.
///
/// # Errors
/// The refresh token is not valid.
pub async fn refresh_session(app: App, call: Call) -> Result<Answer> {
    refresh::refresh(&app, call).await
}

/// Sets the first password of an account.
///
/// # Errors
/// The invitation is not valid; the password is not right.
pub async fn accept_invitation(app: App, call: Call) -> Result<Answer> {
    invitations::accept(&app, call).await
}

/// Proves once more who one is.
///
/// # Errors
/// It is not right; too many failures.
pub async fn reauthenticate(app: App, call: Call) -> Result<Answer> {
    reauthentication::reauthenticate(&app, call).await
}

/// Changes one's own password.
///
/// # Errors
/// Invalid; the present password is another; too many failures.
pub async fn change_password(app: App, call: Call) -> Result<Answer> {
    passwords::change(&app, call).await
}

/// Mails what a new password is set with.
///
/// # Errors
/// Too many requests; this server sends no mail.
pub async fn request_password_reset(app: App, call: Call) -> Result<Answer> {
    passwords::request_reset(&app, call).await
}

/// Sets a new password in the place of a lost one.
///
/// # Errors
/// The token is not valid; the password is not right.
pub async fn accept_password_reset(app: App, call: Call) -> Result<Answer> {
    passwords::accept_reset(&app, call).await
}

/// Ends the present session.
///
/// # Errors
/// The database is away.
pub async fn logout(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, _| sessions::sign_out(tx)).await
}

/// Who one is.
///
/// # Errors
/// The database is away.
pub async fn get_me(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let (user, agency) = sessions::me(view)?;
        let officer = call.context.officer()?;
        Answer::ok(&Me {
            user: user.into(),
            agency: agency.into(),
            session_id: officer.session,
            authenticated_at: officer.authenticated_at,
        })
    })
    .await
}

/// Lists one's own sessions.
///
/// # Errors
/// The page asked for is not right.
pub async fn list_sessions(app: App, call: Call) -> Result<Answer> {
    let idle = app.idle_seconds();
    app.read(call, move |view, call| {
        let current = call.context.officer()?.session;
        let page = sessions::list(view, idle, || {
            let query: SessionQuery = call.query()?;
            call.page(query.limit.as_deref(), query.cursor.as_deref())
        })?
        .map(|row| SessionView::of(row, current));
        Answer::ok(&SessionList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// Ends one of one's own sessions.
///
/// # Errors
/// Not found.
pub async fn end_session(app: App, call: Call) -> Result<Answer> {
    let id = call.id("session_id")?;
    app.write(call, move |tx, _| sessions::end(tx, id, EndReason::Revoked)).await
}
