//! Whether a provider still vouches for a session: asked at least every quarter of an hour, by a task of the server and
//! before a session goes on.
//!
//! Only what plainly means no ends a session. A provider that does not answer, or whose present key could not be asked for
//! within the minute, deactivates nobody: it is asked again with the next pass, and sessions go on, but
//! get no new tokens once it has been silent for `identity.federation_outage_minutes`.

use crate::access::{Context, Facts, UserFacts, act};
use crate::answer::Answer;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::App;
use crate::identity::federation::accounts::{self, Settled, Vouched};
use crate::identity::federation::callback::BETWEEN_LOOKS;
use crate::identity::federation::disowned;
use crate::identity::federation::failure::FederationFailure as Failure;
use crate::identity::federation::identities;
use crate::identity::federation::links::{self, Kept, VouchedRow};
use crate::identity::federation::metadata::Doubt;
use crate::identity::federation::model::Recheck;
use crate::identity::federation::peer::{Given, Known, Peer, Word};
use crate::identity::federation::start::redirect_uri;
use crate::identity::federation::store;
use crate::identity::users::store::EndReason;
use crate::ids::{IdentityProviderId, SessionId};
use crate::journal::event::{ChainOf, Change, Event};

mod due;
mod pass;
mod trouble;

pub use pass::{keep, pass};

/// After which time one who goes on is asked about again, in seconds.
const DUE_TO_GO_ON: i64 = 5 * 60;
/// How long one who asks may take, in seconds; then somebody else may.
const CLAIMED: i64 = 60;
/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Vouched,
    Ended,
    Unknown(Failure),
}

/// Before a session goes on: asks where that was not done lately.
///
/// # Errors
/// The provider has not answered for too long; somebody else is asking just now.
pub async fn before_going_on(app: &App, session: SessionId) -> Result<()> {
    let context = context(app);
    let Some(row) = app.db.read(&context, move |view| links::vouched(view, session)).await? else {
        return Ok(());
    };
    let now = context.now;
    if row.recheck == Recheck::None || row.checked_at.plus_seconds(DUE_TO_GO_ON) > now {
        return Ok(());
    }
    let outcome = match take(app, session).await? {
        Some(asked) => ask(app, &asked).await?,
        None if row.checked_at.plus_seconds(BETWEEN_LOOKS) > now => Outcome::Vouched,
        None => Outcome::Unknown(Failure::ProviderDown),
    };
    let outage = app.config.identity.federation_outage.as_secs();
    let outage = i64::try_from(outage).unwrap_or(i64::MAX);
    match outcome {
        Outcome::Unknown(failure) if row.checked_at.plus_seconds(outage) <= now => {
            // Whatever it is, the session waits for it and is not over.
            let told = if failure.is_the_providers() { failure } else { Failure::ProviderDown };
            Err(told.unavailable())
        }
        _ => Ok(()),
    }
}

fn context(app: &App) -> Context {
    Context::of_command("recheck", app.clock.now())
}

/// A session that is to be asked about, and whom to ask.
struct Asked {
    row: VouchedRow,
    known: Known,
    kept: Kept,
}

/// Takes a session to ask about, unless somebody else has.
async fn take(app: &App, session: SessionId) -> Result<Option<Asked>> {
    let context = context(app);
    let until = context.now.plus_seconds(CLAIMED);
    if !app.db.housekeep(&context, move |tx| links::claim(tx, session, until)).await? {
        return Ok(None);
    }
    app.db
        .read(&context, move |view| {
            let Some(row) = links::vouched(view, session)? else { return Ok(None) };
            let Some(provider) = store::find(view, row.provider_id)? else { return Ok(None) };
            let (known, kept) = (Known::of(view, provider)?, row.kept(view)?);
            Ok(Some(Asked { row, known, kept }))
        })
        .await
}

/// Asks about a session, and does what follows.
async fn ask(app: &App, asked: &Asked) -> Result<Outcome> {
    let outcome = match said(app, asked).await {
        Ok((Word::Still(given), peer)) => still(app, asked, &peer, given).await?,
        Ok((Word::NoMore, _)) => end(app, &asked.row, None).await?,
        Ok((Word::Unknown(failure), _)) | Err(failure) => {
            let session = asked.row.session_id;
            app.db.housekeep(&context(app), move |tx| links::release(tx, session)).await?;
            Outcome::Unknown(failure)
        }
    };
    trouble::note(app, &asked.known.row, outcome).await?;
    Ok(outcome)
}

/// What the provider says of a session.
async fn said<'a>(app: &'a App, asked: &'a Asked) -> Result<(Word, Peer<'a>), Failure> {
    let token = asked.kept.token.as_deref().ok_or(Failure::AnswerUnreadable)?;
    let peer = asked.known.peer(&app.outbound, &app.tokens, app.clock.now()).await?;
    let word = match asked.row.recheck {
        Recheck::Refresh => {
            let redirect_uri = redirect_uri(&app.config.public_url(), asked.known.row.id);
            peer.refresh(token, &redirect_uri).await
        }
        Recheck::Introspection | Recheck::None => peer.introspect(token).await,
    };
    Ok((word, peer))
}

/// The provider still vouches: its new tokens take the place of the former ones, and what it claims now counts.
async fn still(app: &App, asked: &Asked, peer: &Peer<'_>, given: Given) -> Result<Outcome> {
    let session = asked.row.session_id;
    let newer = |token: &Option<secrecy::zeroize::Zeroizing<String>>, former: &Option<String>| {
        token.as_ref().map(|token| token.as_str().to_owned()).or_else(|| former.clone())
    };
    let kept = Kept {
        token: newer(&given.refresh_token, &asked.kept.token),
        id_token: newer(&given.id_token, &asked.kept.id_token),
    };
    let claims = match &given.id_token {
        None => match peer.told_now(&given, &asked.row.subject).await {
            Ok(claims) => {
                let subject = asked.row.subject.clone();
                claims.map(|claims| Vouched { subject, claims })
            }
            Err(Failure::SubjectWrong) => {
                return end(app, &asked.row, Some(Failure::SubjectWrong)).await;
            }
            // What cannot be read says nothing about the user.
            Err(_) => None,
        },
        Some(_) => match peer.claims(&given, None).await {
            Ok((subject, _)) if subject != asked.row.subject => {
                return end(app, &asked.row, Some(Failure::SubjectWrong)).await;
            }
            Ok((subject, claims)) => Some(Vouched { subject, claims }),
            // What cannot be judged now says nothing either.
            Err(Doubt { failure: Failure::ProviderDown | Failure::AnswerUnreadable, .. }) => None,
            // It may have a key that nobody could ask for yet: what it gave is kept, and it is asked once more soon.
            Err(Doubt { settled: false, failure }) => {
                app.db.housekeep(&context(app), move |tx| links::keep(tx, session, &kept)).await?;
                return Ok(Outcome::Unknown(failure));
            }
            Err(doubt) => return end(app, &asked.row, Some(doubt.failure)).await,
        },
    };
    app.db.housekeep(&context(app), move |tx| links::checked(tx, session, &kept)).await?;
    match claims {
        None => Ok(Outcome::Vouched),
        Some(vouched) => settle(app, asked.known.row.id, session, vouched).await,
    }
}

/// Has the account say what the provider claims now.
async fn settle(
    app: &App,
    provider: IdentityProviderId,
    session: SessionId,
    vouched: Vouched,
) -> Result<Outcome> {
    let confirms = app.config.identity.confirm_accounts;
    let write = move |tx: &mut Tx<'_>| {
        let row = store::find(tx, provider)?.ok_or_else(Error::not_found)?;
        tx.lock_chain(ChainOf::Agency(row.agency_id).id())?;
        let row = store::find(tx, provider)?.ok_or_else(Error::not_found)?;
        let settled = accounts::settle::<act::RecheckSession>(tx, &row, &vouched, confirms)?;
        let Settled { account, mut events, failure } = settled;
        let status = if failure.is_some() { 401 } else { 204 };
        let answer = Answer { status, ..Answer::empty() };
        // What the claims do not give any more ends the session, if it has not ended it yet.
        if let (Some(account), Some(_)) = (&account, failure)
            && links::vouched(tx, session)?.is_some()
        {
            let facts = Facts::User(Some(account.facts()));
            let permit = tx.permit::<act::RecheckSession>(&facts)?;
            links::end(tx, &permit, session, EndReason::ProviderRefused)?;
            events.push(accounts::ended(account, session, EndReason::ProviderRefused));
        }
        let events: Vec<_> = events.into_iter().map(Event::by_server).collect();
        if events.is_empty() {
            return Ok(Change::Unchanged(answer));
        }
        Ok(Change::by_all(answer, events))
    };
    let answer = app.db.write(&context(app), write).await?;
    Ok(if answer.status == 204 { Outcome::Vouched } else { Outcome::Ended })
}

/// The provider does not vouch any more. Where it said so, and not only something that cannot be, the machines of whom it
/// vouched for stand still as well.
async fn end(app: &App, row: &VouchedRow, failure: Option<Failure>) -> Result<Outcome> {
    let session = row.session_id;
    let subject = row.subject.clone();
    let provider = row.provider_id;
    let write = move |tx: &mut Tx<'_>| {
        let Some(account) = identities::account(tx, provider, &subject)? else {
            // Whoever is known there no more has no session by it any more.
            return Ok(Change::Unchanged(Answer::empty()));
        };
        tx.lock_chain(ChainOf::Agency(account.agency_id).id())?;
        if links::vouched(tx, session)?.is_none() {
            return Ok(Change::Unchanged(Answer::empty()));
        }
        let facts = Facts::User(Some(UserFacts { user: account.id, agency: account.agency_id }));
        let permit = tx.permit::<act::RecheckSession>(&facts)?;
        links::end(tx, &permit, session, EndReason::ProviderRefused)?;
        let event = accounts::ended(&account, session, EndReason::ProviderRefused)
            .with("identity_provider", provider)
            .with("failure", failure);
        let mut events = vec![event];
        if failure.is_none() {
            events.extend(disowned::disown(tx, &permit, account.agency_id)?);
        }
        let events = events.into_iter().map(Event::by_server).collect();
        Ok(Change::by_all(Answer::empty(), events))
    };
    app.db.write(&context(app), write).await?;
    Ok(Outcome::Ended)
}
