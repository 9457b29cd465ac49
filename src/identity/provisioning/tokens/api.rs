//! Tokens of provisioning over HTTP.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::Answer;
use crate::clock::Instant;
use crate::error::Result;
use crate::field::Field;
use crate::http::{App, Call};
use crate::identity::provisioning::model::{SubjectClaim, TokenStatus};
use crate::identity::provisioning::tokens::service::{self, Made, Place};
use crate::identity::provisioning::tokens::store::TokenRow;
use crate::ids::{IdentityProviderId, ProvisioningTokenId, UserId};

/// A new token of provisioning.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Entra ID, 2026", "expires_at": "2026-09-01T00:00:00Z", "subject_claim": "oid"}))]
pub struct CreateProvisioningToken {
    /// What people call it, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub name: Field<String>,
    /// When it ends: within a year from now.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub expires_at: Field<Instant>,
    /// What the provider's tokens name a user by whom it brings in under this as the `externalId`; `sub` when missing.
    #[serde(default)]
    #[schema(value_type = SubjectClaim)]
    pub subject_claim: Field<SubjectClaim>,
}

/// A token of provisioning. The token itself is shown once, when it is made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11", "provider_id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e12",
    "name": "Entra ID, 2026", "subject_claim": "oid", "status": "active",
    "created_by": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e13", "confirmed_by": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e14",
    "expires_at": "2026-09-01T00:00:00.000000Z", "last_used_at": "2026-03-01T05:30:00.000000Z",
    "last_address": "192.0.2.7", "created_at": "2026-03-01T04:30:00.000000Z"
}))]
pub struct ProvisioningTokenView {
    /// The token.
    pub id: ProvisioningTokenId,
    /// The provider that comes with it.
    pub provider_id: IdentityProviderId,
    /// What people call it.
    pub name: String,
    /// What the provider's tokens name the users by whom it brings in.
    pub subject_claim: SubjectClaim,
    /// Where it stands.
    pub status: TokenStatus,
    /// Who made it.
    pub created_by: UserId,
    /// Who confirmed it; null where nobody did, or nobody had to.
    pub confirmed_by: Option<UserId>,
    /// When it ends.
    pub expires_at: Instant,
    /// When it was used last, give or take a minute.
    pub last_used_at: Option<Instant>,
    /// The address that it was used from.
    pub last_address: Option<String>,
    /// When it was made.
    pub created_at: Instant,
}

impl ProvisioningTokenView {
    fn of(row: TokenRow, now: Instant) -> Self {
        Self {
            status: row.status(now),
            id: row.id,
            provider_id: row.provider_id,
            name: row.name,
            subject_claim: row.subject_claim,
            created_by: row.created_by,
            confirmed_by: row.confirmed_by,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            last_address: row.last_address,
            created_at: row.created_at,
        }
    }
}

/// A new token of provisioning, with what the provider sends.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11", "provider_id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e12",
    "name": "Entra ID, 2026", "subject_claim": "oid", "status": "waiting",
    "created_by": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e13", "confirmed_by": null,
    "expires_at": "2026-09-01T00:00:00.000000Z", "last_used_at": null, "last_address": null,
    "created_at": "2026-03-01T04:30:00.000000Z", "token": "pss_…",
    "base_url": "https://passage.example.org/api/v1/scim/v2"
}))]
pub struct CreatedProvisioningToken {
    /// The token.
    #[serde(flatten)]
    pub view: ProvisioningTokenView,
    /// What the provider sends as `Authorization: Bearer …`: shown this once, and null when the same request is sent again.
    pub token: Option<String>,
    /// Where the provider sends it.
    pub base_url: String,
}

/// A page of tokens of provisioning.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProvisioningTokenList {
    /// The tokens, the oldest first.
    pub items: Vec<ProvisioningTokenView>,
    /// What to send as `?cursor=` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// Which page of the tokens.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ProvisioningTokenQuery {
    /// How many at the most.
    #[param(example = "50")]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

fn place(call: &Call) -> Result<Place> {
    Ok(Place { agency: call.id("agency_id")?, provider: call.id("provider_id")? })
}

fn shown(row: TokenRow, now: Instant) -> Result<Answer> {
    let version = row.version;
    Ok(Answer::ok(&ProvisioningTokenView::of(row, now))?.version(version))
}

fn shown_once(made: &Made, place: Place, public_url: &str) -> Result<Answer> {
    let Place { agency, provider } = place;
    let path = format!(
        "/api/v1/agencies/{agency}/identity-providers/{provider}/provisioning-tokens/{}",
        made.row.id
    );
    let with = |token| CreatedProvisioningToken {
        view: ProvisioningTokenView::of(made.row.clone(), made.row.created_at),
        token,
        base_url: format!("{public_url}/api/v1/scim/v2"),
    };
    let secret = made.secret.expose().to_owned();
    let answer = Answer::created(&with(Some(secret)), path)?.version(made.row.version);
    answer.keeping(&with(None))
}

/// Lists the tokens of an identity provider.
///
/// # Errors
/// Not found, forbidden; the page asked for is not right.
pub async fn list_provisioning_tokens(app: App, call: Call) -> Result<Answer> {
    let place = place(&call)?;
    app.read(call, move |view, call| {
        let now = view.now();
        let page = service::list(view, place, || {
            let query: ProvisioningTokenQuery = call.query()?;
            call.page(query.limit.as_deref(), query.cursor.as_deref())
        })?
        .map(|row| ProvisioningTokenView::of(row, now));
        Answer::ok(&ProvisioningTokenList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// Gives an identity provider a token.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent; invalid; there are two.
pub async fn create_provisioning_token(app: App, call: Call) -> Result<Answer> {
    let (place, url) = (place(&call)?, app.config.public_url());
    let at_once = !app.config.identity.confirm_accounts;
    app.write(call, move |tx, call| {
        service::create(tx, place, &call.submission, at_once)?
            .try_map(|made| shown_once(&made, place, &url))
    })
    .await
}

/// One token of an identity provider.
///
/// # Errors
/// Not found, forbidden.
pub async fn get_provisioning_token(app: App, call: Call) -> Result<Answer> {
    let (place, id) = (place(&call)?, call.id("provisioning_token_id")?);
    app.read(call, move |view, _| shown(service::read(view, place, id)?, view.now())).await
}

/// Lets a token take effect.
///
/// # Errors
/// Not found, forbidden; another version than the one named; it has ended.
pub async fn confirm_provisioning_token(app: App, call: Call) -> Result<Answer> {
    let (place, id) = (place(&call)?, call.id("provisioning_token_id")?);
    app.write(call, move |tx, call| {
        let now = tx.now();
        service::confirm(tx, place, id, &call.submission)?.try_map(|row| shown(row, now))
    })
    .await
}

/// Takes a token back.
///
/// # Errors
/// Not found, forbidden.
pub async fn revoke_provisioning_token(app: App, call: Call) -> Result<Answer> {
    let (place, id) = (place(&call)?, call.id("provisioning_token_id")?);
    app.write(call, move |tx, _| Ok(service::revoke(tx, place, id)?.map(|()| Answer::empty())))
        .await
}
