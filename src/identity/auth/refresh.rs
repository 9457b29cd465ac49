//! Going on with a session: each refresh token is used once, but for a lost answer.

use crate::access::act;
use crate::answer::Answer;
use crate::credentials::secrets::{OpaqueSecret, Purpose, SecretDigest, digest};
use crate::credentials::tokens::TokenIssuer;
use crate::db::{Tx, View};
use crate::error::{Error, Result, codes};
use crate::http::{App, Call};
use crate::identity::auth::api::{Refresh, Tokens, proving};
use crate::identity::auth::begin;
use crate::identity::auth::model::{Meaning, Presented};
use crate::identity::auth::store::SessionRow;
use crate::identity::auth::{store, tokens as family};
use crate::identity::federation;
use crate::identity::users::store::EndReason;
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};

/// Gives new tokens for a refresh token.
///
/// # Errors
/// The token is not valid. One that was used after its successor ends its session. The session was begun here, and the
/// agency has its officers sign in elsewhere by now. The identity provider that vouches for
/// the session has not answered for too long.
pub async fn refresh(app: &App, call: Call) -> Result<Answer> {
    let body: Refresh = call.submission.read()?;
    let digest = digest(Purpose::Refresh, &body.refresh_token).ok_or_else(refused)?;
    let found = app.db.read(&call.context, move |view| family::find(view, digest)).await?;
    let (_, session) = found.ok_or_else(refused)?;
    federation::before_going_on(app, session.id).await?;
    let (tokens, idle) = (app.tokens.clone(), app.idle_seconds());
    let answer =
        app.write(call, move |tx, call| go_on(tx, &call.address, digest, &tokens, idle)).await?;
    if proving::is_turned_away(&answer) {
        return Err(begin::elsewhere());
    }
    if answer.body.is_some() { Ok(answer) } else { Err(refused()) }
}

/// Whether a session was begun here whose user has to sign in elsewhere by now.
fn left_behind(view: &mut View<'_>, session: &SessionRow) -> Result<bool> {
    Ok(begin::belongs_elsewhere(view, session.agency_id, session.user_id)?
        && federation::vouched(view, session.id)?.is_none())
}

fn refused() -> Error {
    Error::new(&codes::INVALID_REFRESH_TOKEN, "Sign in again.")
}

/// An answer without a body is a refusal that changed something: the session's end.
fn go_on(
    tx: &mut Tx<'_>,
    address: &str,
    digest: SecretDigest,
    tokens: &TokenIssuer,
    idle: i64,
) -> Result<Change<Answer>> {
    let (_, session) = family::find(tx, digest)?.ok_or_else(refused)?;
    tx.lock_chain(ChainOf::Agency(session.agency_id).id())?;
    // Only now does what was read stand still.
    let (token, session) = family::find(tx, digest)?.ok_or_else(refused)?;
    let account = store::account(tx, session.user_id)?.ok_or_else(refused)?;
    let permit = tx.permit::<act::SignIn>(&account.facts())?;
    let now = tx.now();
    if !session.lives(now, idle) || token.expires_at <= now || !account.in_effect() {
        return Err(refused());
    }
    let superseded = token.superseded_at.is_some();
    let of = if superseded { token.parent_id } else { Some(token.id) };
    let followed = of.map(|parent| family::was_followed(tx, parent)).transpose()?;
    let presented = Presented {
        used: token.used_at.is_some(),
        superseded,
        followed: followed.unwrap_or_default(),
    };
    let event = |deed| {
        Event::in_agency(session.agency_id, deed, SubjectKind::Session, session.id)
            .with("user", session.user_id)
    };
    match presented.meaning() {
        Meaning::Replaced => Err(refused()),
        Meaning::Reused => {
            let reason = EndReason::RefreshTokenReused;
            store::end_session(tx, &permit, session.id, reason)?;
            let events = vec![
                event(Deed::RefreshTokenReused),
                event(Deed::SessionEnded).with("end", reason),
            ];
            Ok(Change::by_all(Answer::empty(), events))
        }
        Meaning::Valid | Meaning::AnswerLost if left_behind(tx, &session)? => {
            let reason = EndReason::BelongsElsewhere;
            store::end_session(tx, &permit, session.id, reason)?;
            let told = Change::by(Answer::empty(), event(Deed::SessionEnded).with("end", reason));
            Ok(proving::turned_away(told))
        }
        Meaning::Valid | Meaning::AnswerLost => {
            let next = OpaqueSecret::generate(Purpose::Refresh)?;
            let session = SessionRow { last_address: address.to_owned(), ..session };
            family::follow(tx, &permit, &session, Some(token.id), next.digest())?;
            let access = tokens.issue(now, session.user_id, session.agency_id, session.id)?;
            let answer = Answer::ok(&Tokens::new(&access, &next))?;
            let again = presented.meaning() == Meaning::AnswerLost;
            Ok(Change::by(answer, event(Deed::SessionRefreshed).with("answer_lost", again)))
        }
    }
}
