//! Signing out: here and then at the provider, or at the provider and then here.

use reqwest::Url;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::{Facts, UserFacts, act};
use crate::answer::Answer;
use crate::db::Tx;
use crate::error::{Error, Result, codes};
use crate::http::{App, Call};
use crate::identity::auth;
use crate::identity::federation::api::SignedOut;
use crate::identity::federation::callback::told;
use crate::identity::federation::failure::FederationFailure as Failure;
use crate::identity::federation::links;
use crate::identity::federation::metadata::Metadata;
use crate::identity::federation::peer::Known;
use crate::identity::federation::store;
use crate::identity::federation::tokens::{Logout, Unverified};
use crate::identity::federation::transaction;
use crate::identity::users::store::EndReason;
use crate::ids::{AgencyId, IdentityProviderId};
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};

/// How long it is remembered that a logout token was used, in seconds: longer than one counts.
const REMEMBERED: i64 = 600;

/// Ends the present session, and tells where to end the one at the provider.
///
/// # Errors
/// When nobody has signed in.
pub async fn sign_out(app: &App, call: Call) -> Result<Answer> {
    let session = call.context.officer()?.session;
    let found = app
        .db
        .read(&call.context, move |view| {
            let Some(row) = links::vouched(view, session)? else { return Ok(None) };
            let Some(provider) = store::find(view, row.provider_id)? else { return Ok(None) };
            Ok(Some((provider, row.kept(view)?)))
        })
        .await?;
    let address = match found {
        None => None,
        Some((provider, kept)) => {
            let metadata =
                Metadata::load(&app.outbound, call.context.now, &provider.issuer).await.ok();
            let end = metadata.and_then(|metadata| metadata.end_session);
            end.and_then(|end| address(&end, &provider.client_id, kept.id_token.as_deref()))
        }
    };
    app.write(call, move |tx, _| {
        let answer = Answer::ok(&SignedOut { end_session_url: address.clone() })?;
        Ok(auth::sign_out(tx)?.map(|_| answer))
    })
    .await
}

/// Where a session at the provider ends (`OpenID` Connect RP-Initiated Logout 1.0).
fn address(end: &str, client_id: &str, id_token: Option<&str>) -> Option<String> {
    let mut url = Url::parse(end).ok()?;
    url.query_pairs_mut().append_pair("client_id", client_id);
    if let Some(id_token) = id_token {
        url.query_pairs_mut().append_pair("id_token_hint", id_token);
    }
    Some(url.into())
}

/// What a provider sends when somebody has signed out there.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"logout_token": "eyJ0eXAiOiJsb2dvdXQrand0…"}))]
pub struct BackchannelLogout {
    /// The token that says so.
    #[schema(format = "password")]
    pub logout_token: String,
}

/// Ends the sessions that a logout token names.
///
/// # Errors
/// The token does not count; the provider's keys cannot be had.
pub async fn end_sessions(app: &App, call: Call) -> Result<Answer> {
    let id: IdentityProviderId = call.id("provider_id")?;
    let known = app
        .db
        .read(&call.context, move |view| {
            let row = store::find(view, id)?.ok_or_else(Error::not_found)?;
            Known::of(view, row)
        })
        .await?;
    let body: BackchannelLogout = call.submission.read_form()?;
    app.failures.check(&call.address, call.context.now)?;
    let (address, now, agency) = (call.address.clone(), call.context.now, known.row.agency_id);
    let failure = match read(app, &call, &known, &body.logout_token).await {
        Ok(logout) => {
            let write = move |tx: &mut Tx<'_>, _: &Call| end_named(tx, agency, id, &logout);
            let answer = app.write(call, write).await?;
            if answer.status == 200 {
                return Ok(answer);
            }
            Failure::JtiUsed
        }
        Err(failure) => {
            app.write(call, move |tx, _| fail(tx, agency, id, failure)).await?;
            failure
        }
    };
    if failure == Failure::ProviderDown {
        return Err(failure.error());
    }
    app.failures.failed(&address, now);
    let words = format!("The logout token does not count: {failure}.");
    Err(Error::new(&codes::LOGOUT_TOKEN_REFUSED, words))
}

async fn read(app: &App, call: &Call, known: &Known, token: &str) -> Result<Logout, Failure> {
    let token = Unverified::read(token, &known.row.algorithms.0)?;
    let peer = known.peer(&app.outbound, &app.tokens, call.context.now).await?;
    let signed = peer.metadata.verify(&app.outbound, call.context.now, &token).await?;
    signed.logout(peer.expected(), known.row.logout_profile)
}

fn fail(
    tx: &mut Tx<'_>,
    agency: AgencyId,
    provider: IdentityProviderId,
    failure: Failure,
) -> Result<Change<Answer>> {
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    Ok(Change::by(Answer::empty(), told(agency, provider, None, failure)))
}

/// Ends the sessions of this provider that a token names, which counts once. An answer without a body says that it was used
/// before.
fn end_named(
    tx: &mut Tx<'_>,
    agency: AgencyId,
    provider: IdentityProviderId,
    logout: &Logout,
) -> Result<Change<Answer>> {
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    let digest = transaction::used(provider, b"logout", &logout.jti);
    let until = tx.now().plus_seconds(REMEMBERED);
    if !links::use_once(tx, digest, until)? {
        return fail(tx, agency, provider, Failure::JtiUsed);
    }
    let (subject, sid) = (logout.subject.as_deref(), logout.sid.as_deref());
    let named = links::going_on(tx, provider, subject, sid)?;
    let event =
        Event::in_agency(agency, Deed::ProviderLogout, SubjectKind::IdentityProvider, provider)
            .with("sessions_ended", named.len());
    let mut events = vec![event];
    for (session, user) in named {
        let facts = Facts::User(Some(UserFacts { user, agency }));
        let permit = tx.permit::<act::SignIn>(&facts)?;
        links::end(tx, &permit, session, EndReason::ProviderLogout)?;
        let ended = Event::in_agency(agency, Deed::SessionEnded, SubjectKind::Session, session);
        events.push(ended.with("user", user).with("end", EndReason::ProviderLogout));
    }
    Ok(Change::by_all(Answer { status: 200, ..Answer::empty() }, events))
}
