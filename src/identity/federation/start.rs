//! Beginning to sign in at a provider.

use reqwest::Url;

use crate::answer::Answer;
use crate::db::View;
use crate::error::{Error, Result};
use crate::http::{App, Call};
use crate::identity::federation::failure::FederationFailure as Failure;
use crate::identity::federation::metadata::Metadata;
use crate::identity::federation::store::{self, ProviderRow};
use crate::identity::federation::transaction::{self, Transaction};
use crate::ids::IdentityProviderId;

/// Sends the browser to the provider, with what has to come back.
///
/// # Errors
/// There is no such provider in effect; it does not answer.
pub async fn start(app: &App, call: Call) -> Result<Answer> {
    let id = call.id("provider_id")?;
    let (row, begun, sealed) = app
        .db
        .read(&call.context, move |view| {
            let row = in_effect(view, id)?;
            let begun = Transaction::begin(id, view.now())?;
            let sealed = begun.seal(view.marks())?;
            Ok((row, begun, sealed))
        })
        .await?;
    let metadata = Metadata::load(&app.outbound, call.context.now, &row.issuer).await;
    let metadata = metadata.inspect_err(|failure| {
        tracing::warn!(provider = %id, %failure, "nobody can sign in there now");
    })?;
    let public_url = app.config.public_url();
    let address = address(&metadata, &row, &begun, &public_url)?;
    let cookie = transaction::cookie(&public_url, &sealed, transaction::LIFETIME);
    Ok(Answer::found(address).cookie(cookie))
}

/// The provider, where one may sign in through it.
///
/// # Errors
/// Not found.
pub fn in_effect(view: &mut View<'_>, id: IdentityProviderId) -> Result<ProviderRow> {
    let row = store::find(view, id)?.filter(|row| row.enabled && row.in_effect.is_some());
    row.ok_or_else(Error::not_found)
}

/// Where a provider sends people back to.
#[must_use]
pub fn redirect_uri(public_url: &str, id: IdentityProviderId) -> String {
    format!("{public_url}/api/v1/auth/oidc/{id}/callback")
}

fn address(
    metadata: &Metadata,
    row: &ProviderRow,
    begun: &Transaction,
    public_url: &str,
) -> Result<String> {
    let mut url = Url::parse(&metadata.authorization).map_err(|_| Failure::MetadataWrong)?;
    let mut scopes = vec!["openid"];
    scopes.extend(row.scopes.0.iter().map(String::as_str));
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &row.client_id)
        .append_pair("redirect_uri", &redirect_uri(public_url, row.id))
        .append_pair("scope", &scopes.join(" "))
        .append_pair("state", &begun.state)
        .append_pair("nonce", &begun.nonce)
        .append_pair("code_challenge", &begun.challenge())
        .append_pair("code_challenge_method", "S256");
    Ok(url.into())
}
