//! Recoveries over HTTP.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::clock::Instant;
use crate::email::Email;
use crate::error::Result;
use crate::http::{App, Call};
use crate::identity::model::Locale;
use crate::identity::recovery::service::{self, Begun};
use crate::identity::users::api::{UserView, reveals, rules};

/// An admin for an agency whose own can no longer sign in: a new one, or the one who has this address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "b.usenov@example.kg", "full_name": "Bakyt Usenov", "locale": "ky"}))]
pub struct RecoverAdmin {
    /// What the admin signs in with: used by nobody else on this server, or by an admin of that agency, who gets the own
    /// account again and keeps its name and language.
    #[schema(value_type = Email)]
    pub email: String,
    /// The full name, at most 200 characters.
    pub full_name: String,
    /// The language of pages and letters; English when missing.
    #[schema(value_type = Option<Locale>)]
    pub locale: Option<String>,
}

/// An account that waits for a confirmation.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11", "agency_id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e12",
    "email": "b.usenov@example.kg", "full_name": "Bakyt Usenov", "roles": ["agency_admin"],
    "proposed_roles": null, "status": "invited", "confirmed": false, "locale": "ky",
    "created_at": "2026-03-01T04:30:00.000000Z", "updated_at": "2026-03-01T04:30:00.000000Z",
    "takes_effect_at": null, "invitation_token": "psi_…"
}))]
pub struct RecoveryBegun {
    /// The account.
    #[serde(flatten)]
    pub user: UserView,
    /// When it takes effect unless an admin of the agency ends it; null where somebody who speaks for the agency has to
    /// confirm it.
    pub takes_effect_at: Option<Instant>,
    /// What the admin sets the first password with: shown this once, and null when the same request is sent again and in
    /// production mode, where it goes by mail only. Null too where the account is there: then it is made when that is opened
    /// anew.
    pub invitation_token: Option<String>,
}

fn shown(begun: &Begun, reveals: bool) -> Result<Answer> {
    let (path, version) = (format!("/api/v1/users/{}", begun.row.id), begun.row.version);
    let with = |invitation_token| RecoveryBegun {
        user: UserView::from(begun.row.clone()),
        takes_effect_at: begun.takes_effect_at,
        invitation_token,
    };
    let invitation = begun.invitation.as_ref().filter(|_| reveals);
    let token = invitation.map(|invitation| invitation.expose().to_owned());
    Answer::created(&with(token), path)?.version(version).keeping(&with(None))
}

/// Begins to give an agency an admin again.
///
/// # Errors
/// Not found; forbidden; the sign-in is not recent; invalid; the address cannot be used.
pub async fn recover_admin(app: App, call: Call) -> Result<Answer> {
    let (id, rules, reveals) = (call.id("agency_id")?, rules(&app), reveals(&app));
    app.write(call, move |tx, call| {
        service::begin(tx, id, &call.submission, rules)?.try_map(|begun| shown(&begun, reveals))
    })
    .await
}
