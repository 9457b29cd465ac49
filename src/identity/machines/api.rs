//! Machine accounts over HTTP.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::access::{Role, RoleSet};
use crate::answer::Answer;
use crate::clock::Instant;
use crate::credentials::client_key::KeyAlgorithm;
use crate::error::Result;
use crate::field::Field;
use crate::http::{App, Call};
use crate::identity::machines::model::{MachineStatus, Terms};
use crate::identity::machines::service;
use crate::identity::machines::store::{KeyRow, MachineAccount};
use crate::ids::{AgencyId, MachineKeyId, UserId};
use crate::machine_scope::{MachineScope, MachineScopes};

mod token;

pub use token::{MachineToken, OauthError, TokenRequest, create_token};

/// A new machine account.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Case system of the Ministry of Justice", "owner_user_id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11",
    "roles": ["case_officer"], "scopes": ["cases.read", "milestones.write"], "expires_at": "2026-09-01T00:00:00Z",
    "keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]
}))]
pub struct CreateMachineAccount {
    /// What it is called, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub name: Field<String>,
    /// Who answers for it: somebody of the agency whose account is in effect.
    #[serde(default)]
    #[schema(value_type = UserId, required)]
    pub owner_user_id: Field<UserId>,
    /// The roles that it acts with: `liaison_officer` or `coordinator`, `case_officer`, and no other.
    #[serde(default)]
    #[schema(value_type = Vec<Role>, required)]
    pub roles: Field<Vec<String>>,
    /// What it may ask for.
    #[serde(default)]
    #[schema(value_type = Vec<MachineScope>, required)]
    pub scopes: Field<Vec<String>>,
    /// When it ends: within a year from now.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub expires_at: Field<Instant>,
    /// One or two public keys as JSON Web Keys: Ed25519, or ECDSA on P-256.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, required)]
    pub keys: Field<Vec<Map<String, Value>>>,
}

/// A change of a machine account: a merge patch. What is added waits for a confirmation.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scopes": ["cases.read"]}))]
pub struct EditMachineAccount {
    /// What it is called, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub name: Field<String>,
    /// Who answers for it.
    #[serde(default)]
    #[schema(value_type = Option<UserId>)]
    pub owner_user_id: Field<UserId>,
    /// All roles that it is to act with.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Role>>)]
    pub roles: Field<Vec<String>>,
    /// All that it may ask for.
    #[serde(default)]
    #[schema(value_type = Option<Vec<MachineScope>>)]
    pub scopes: Field<Vec<String>>,
    /// When it ends: within a year from now.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    pub expires_at: Field<Instant>,
}

/// One more key of a machine account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "jwk": {"kty": "OKP", "crv": "Ed25519", "kid": "2026-09", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
}))]
pub struct CreateMachineKey {
    /// The public key as a JSON Web Key.
    #[schema(value_type = Object)]
    pub jwk: Map<String, Value>,
}

/// A key of a machine account.
#[derive(Debug, Serialize, ToSchema)]
pub struct MachineKeyView {
    /// The key.
    pub id: MachineKeyId,
    /// How its owner names it; what an assertion may name.
    pub kid: String,
    /// What it signs with.
    pub algorithm: KeyAlgorithm,
    /// Its thumbprint (RFC 7638).
    pub thumbprint: String,
    /// Whether it may be used.
    pub confirmed: bool,
    /// When it was taken in.
    pub created_at: Instant,
    /// When it got a token last.
    pub last_used_at: Option<Instant>,
}

impl From<&KeyRow> for MachineKeyView {
    fn from(row: &KeyRow) -> Self {
        Self {
            id: row.id,
            kid: row.kid.clone(),
            algorithm: row.algorithm,
            thumbprint: row.key().thumbprint(),
            confirmed: row.confirmed_at.is_some(),
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// What a machine account may do, for how long, and who answers for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TermsView {
    /// Who answers for it.
    pub owner_user_id: UserId,
    /// The roles that it acts with.
    pub roles: RoleSet,
    /// What it may ask for.
    pub scopes: MachineScopes,
    /// When it ends.
    pub expires_at: Instant,
}

impl From<Terms> for TermsView {
    fn from(terms: Terms) -> Self {
        let Terms { owner_user_id, roles, scopes, expires_at } = terms;
        Self { owner_user_id, roles, scopes, expires_at }
    }
}

/// A machine account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11", "agency_id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e12",
    "name": "Case system of the Ministry of Justice", "status": "active",
    "owner_user_id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e13", "roles": ["case_officer"],
    "scopes": ["cases.read", "milestones.write"], "expires_at": "2026-09-01T00:00:00.000000Z", "proposed": null,
    "keys": [{
        "id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e14", "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        "algorithm": "EdDSA", "thumbprint": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "confirmed": true,
        "created_at": "2026-03-01T04:30:00.000000Z", "last_used_at": "2026-03-01T05:30:00.000000Z"
    }],
    "last_used_at": "2026-03-01T05:30:00.000000Z", "last_address": "192.0.2.7",
    "created_at": "2026-03-01T04:30:00.000000Z", "updated_at": "2026-03-01T04:40:00.000000Z"
}))]
pub struct MachineAccountView {
    /// The account, and the client that its assertions name.
    pub id: UserId,
    /// Its agency.
    pub agency_id: AgencyId,
    /// What it is called.
    pub name: String,
    /// Where it stands.
    pub status: MachineStatus,
    /// What it may do now.
    #[serde(flatten)]
    pub terms: TermsView,
    /// What it may do once somebody confirms it; null where nothing of that waits.
    pub proposed: Option<TermsView>,
    /// Its keys, the oldest first.
    pub keys: Vec<MachineKeyView>,
    /// When it got a token last.
    pub last_used_at: Option<Instant>,
    /// The address that it did so from.
    pub last_address: Option<String>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

impl MachineAccountView {
    fn of(account: &MachineAccount, now: Instant) -> Self {
        Self {
            id: account.account.id,
            agency_id: account.account.agency_id,
            name: account.account.full_name.clone(),
            status: account.status(now),
            terms: account.terms().into(),
            proposed: account.proposed().map(TermsView::from),
            keys: account.keys.iter().map(MachineKeyView::from).collect(),
            last_used_at: account.own.last_used_at,
            last_address: account.own.last_address.clone(),
            created_at: account.account.created_at,
            updated_at: account.account.updated_at,
        }
    }
}

/// A page of machine accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct MachineAccountList {
    /// The accounts, the oldest first.
    pub items: Vec<MachineAccountView>,
    /// What to send as `?cursor=` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// Which page of the machine accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct MachineAccountQuery {
    /// How many at the most.
    #[param(example = "50")]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

fn shown(account: &MachineAccount, now: Instant) -> Result<Answer> {
    let view = MachineAccountView::of(account, now);
    Ok(Answer::ok(&view)?.version(account.account.version))
}

fn made(account: &MachineAccount, now: Instant) -> Result<Answer> {
    let path = format!("/api/v1/machine-accounts/{}", account.account.id);
    let view = MachineAccountView::of(account, now);
    Ok(Answer::created(&view, path)?.version(account.account.version))
}

/// Whether machine accounts, and what is added to them, take effect without anybody's confirmation.
fn at_once(app: &App) -> bool {
    !app.config.identity.confirm_accounts
}

/// Lists the machine accounts of one's own agency.
///
/// # Errors
/// The page asked for is not right.
pub async fn list_machine_accounts(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let now = view.now();
        let page = service::list(view, || {
            let query: MachineAccountQuery = call.query()?;
            call.page(query.limit.as_deref(), query.cursor.as_deref())
        })?
        .map(|account| MachineAccountView::of(&account, now));
        Answer::ok(&MachineAccountList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// Makes a machine account.
///
/// # Errors
/// Forbidden; the sign-in is not recent; invalid.
pub async fn create_machine_account(app: App, call: Call) -> Result<Answer> {
    let at_once = at_once(&app);
    app.write(call, move |tx, call| {
        let now = tx.now();
        service::create(tx, &call.submission, at_once)?.try_map(|account| made(&account, now))
    })
    .await
}

/// One machine account of one's own agency.
///
/// # Errors
/// Not found.
pub async fn get_machine_account(app: App, call: Call) -> Result<Answer> {
    let id = call.id("machine_account_id")?;
    app.read(call, move |view, _| shown(&service::read(view, id)?, view.now())).await
}

/// Changes a machine account.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent; stale; invalid; it was ended.
pub async fn edit_machine_account(app: App, call: Call) -> Result<Answer> {
    let (id, at_once) = (call.id("machine_account_id")?, at_once(&app));
    app.write(call, move |tx, call| {
        let now = tx.now();
        service::edit(tx, id, &call.submission, at_once)?.try_map(|account| shown(&account, now))
    })
    .await
}

/// Lets a machine account, its keys, and what is to change about it take effect.
///
/// # Errors
/// Not found, forbidden; it was ended.
pub async fn confirm_machine_account(app: App, call: Call) -> Result<Answer> {
    let id = call.id("machine_account_id")?;
    app.write(call, move |tx, call| {
        let now = tx.now();
        service::confirm(tx, id, &call.submission)?.try_map(|account| shown(&account, now))
    })
    .await
}

/// Ends a machine account.
///
/// # Errors
/// Not found, forbidden.
pub async fn deactivate_machine_account(app: App, call: Call) -> Result<Answer> {
    let id = call.id("machine_account_id")?;
    app.write(call, move |tx, _| {
        let now = tx.now();
        service::deactivate(tx, id)?.try_map(|account| shown(&account, now))
    })
    .await
}

/// Gives a machine account one more key.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent; invalid; it has two.
pub async fn create_machine_key(app: App, call: Call) -> Result<Answer> {
    let (id, at_once) = (call.id("machine_account_id")?, at_once(&app));
    app.write(call, move |tx, call| {
        let now = tx.now();
        service::add_key(tx, id, &call.submission, at_once)?.try_map(|account| made(&account, now))
    })
    .await
}

/// Takes a key away from a machine account.
///
/// # Errors
/// Not found, forbidden.
pub async fn remove_machine_key(app: App, call: Call) -> Result<Answer> {
    let (id, key) = (call.id("machine_account_id")?, call.id("key_id")?);
    app.write(call, move |tx, _| Ok(service::remove_key(tx, id, key)?.map(|()| Answer::empty())))
        .await
}
