//! Completing a sign-in at a provider, or another errand there: what it says is verified outside of any transaction, and an
//! account and a session, or a link, follow inside of one.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::access::{Facts, act};
use crate::answer::Answer;
use crate::clock::Instant;
use crate::credentials::tokens::TokenIssuer;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::{App, Call};
use crate::identity::auth::begin::{self, Opening, Told};
use crate::identity::federation::accounts::{self, Settled, Vouched};
use crate::identity::federation::api::FederatedTokens;
use crate::identity::federation::disowned;
use crate::identity::federation::failure::FederationFailure as Failure;
use crate::identity::federation::linking::{self, Linking};
use crate::identity::federation::links::{self, Kept, VouchedRow};
use crate::identity::federation::model::Recheck;
use crate::identity::federation::peer::{Given, Known};
use crate::identity::federation::proving::{self, Proof};
use crate::identity::federation::start::{in_effect, redirect_uri};
use crate::identity::federation::store;
use crate::identity::federation::tokens::{self, Claims};
use crate::identity::federation::transaction::{self, Errand, Transaction};
use crate::ids::{AgencyId, IdentityProviderId, SessionId, UserId};
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::text_enum::TextEnum;

/// The longest that such a session lasts, in seconds.
pub(super) const LONGEST_SESSION: i64 = 10 * 60 * 60;
/// The longest between two looks at the provider, in seconds: a session that cannot be held against it is no longer.
pub(super) const BETWEEN_LOOKS: i64 = 15 * 60;

/// The longest word for how somebody was signed in, in characters.
const LONGEST_WORD: usize = 255;
/// The most means that somebody was signed in by.
const MOST_MEANS: usize = 20;

/// What the provider sends back with the browser. Providers send more, which does not matter.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
pub struct CallbackQuery {
    /// What the sign-in was begun with.
    state: Option<String>,
    /// What the tokens are got with.
    code: Option<String>,
    /// The issuer that sends it (RFC 9207).
    iss: Option<String>,
    /// What went wrong there.
    error: Option<String>,
}

/// Completes a sign-in and begins a session, or completes another errand.
///
/// # Errors
/// What the provider says does not count; it does not answer; too many failures from this address.
pub async fn complete(app: &App, call: Call) -> Result<Answer> {
    let (id, query) = (call.id("provider_id")?, call.query::<CallbackQuery>()?);
    let (address, now) = (call.address.clone(), call.context.now);
    app.failures.check(&address, now)?;
    let public_url = app.config.public_url();
    let kept = call.cookie(transaction::cookie_name(&public_url)).map(str::to_owned);
    let state = query.state.clone();
    let (known, begun) = app
        .db
        .read(&call.context, move |view| {
            let row = in_effect(view, id)?;
            let known = Known::of(view, row)?;
            let (marks, now) = (view.marks(), view.now());
            Ok((known, Transaction::open(marks, kept.as_deref(), id, state.as_deref(), now)))
        })
        .await?;
    let agency = known.row.agency_id;
    let said = match begun {
        Ok(begun) => vouched(app, &call, &known, &begun, query).await?,
        Err(failure) => Err(failure),
    };
    let failure = match said {
        Ok(said) => {
            let entering = Entering::new(app, id, said);
            let answer = app.write(call, move |tx, call| finish(tx, call, &entering)).await?;
            let Some(failure) = failure_of(&answer) else {
                return Ok(answer.cookie(transaction::cookie(&public_url, "", 0)));
            };
            failure
        }
        Err(failure) => {
            app.write(call, move |tx, _| {
                tx.lock_chain(ChainOf::Agency(agency).id())?;
                Ok(Change::by(Answer::empty(), told(agency, id, None, failure)))
            })
            .await?;
            failure
        }
    };
    if !failure.is_the_providers() {
        app.failures.failed(&address, now);
    }
    Err(failure.error())
}

/// What the provider says, and the tokens that it gave.
struct Said {
    vouched: Vouched,
    sid: Option<String>,
    given: Given,
    errand: Errand,
    begun_at: i64,
    return_to: Option<String>,
}

/// Asks the provider. The sign-in is used up first: whatever comes of it, it does not come twice.
async fn vouched(
    app: &App,
    call: &Call,
    known: &Known,
    begun: &Transaction,
    query: CallbackQuery,
) -> Result<Result<Said, Failure>> {
    let (digest, now) = (begun.digest(), call.context.now);
    let ends_at = begun.ends_at(now);
    let first = app.db.housekeep(&call.context, move |tx| links::use_once(tx, digest, ends_at));
    if !first.await? {
        return Ok(Err(Failure::StateUsed));
    }
    Ok(ask(app, call, known, begun, query).await)
}

async fn ask(
    app: &App,
    call: &Call,
    known: &Known,
    begun: &Transaction,
    query: CallbackQuery,
) -> Result<Said, Failure> {
    let peer = known.peer(&app.outbound, &app.tokens, call.context.now).await?;
    match &query.iss {
        Some(issuer) if *issuer != known.row.issuer => return Err(Failure::IssMismatch),
        None if peer.metadata.names_itself => return Err(Failure::IssMissing),
        _ => {}
    }
    if query.error.is_some() {
        return Err(Failure::RefusedByProvider);
    }
    let code = query.code.ok_or(Failure::CodeMissing)?;
    let redirect_uri = redirect_uri(&app.config.public_url(), known.row.id);
    let given = peer.redeem(&code, &begun.verifier, &redirect_uri).await?;
    let (subject, claims) = peer.claims(&given, Some(&begun.nonce)).await?;
    let sid = claims.get("sid").and_then(Value::as_str);
    let sid = sid.filter(|sid| sid.chars().count() <= 255).map(str::to_owned);
    let (errand, begun_at, return_to) = (begun.errand, begun.begun_at(), begun.return_to.clone());
    Ok(Said { vouched: Vouched { subject, claims }, sid, given, errand, begun_at, return_to })
}

/// What a session is begun with, once the account is settled.
struct Entering {
    provider: IdentityProviderId,
    said: Said,
    tokens: Arc<TokenIssuer>,
    lifetime: i64,
    idle: i64,
    confirms: bool,
    mails: bool,
}

impl Entering {
    fn new(app: &App, provider: IdentityProviderId, said: Said) -> Self {
        let identity = &app.config.identity;
        let lifetime = i64::try_from(identity.refresh_token.as_secs()).unwrap_or(i64::MAX);
        Self {
            provider,
            said,
            tokens: app.tokens.clone(),
            lifetime: lifetime.min(LONGEST_SESSION),
            idle: app.idle_seconds(),
            confirms: identity.confirm_accounts,
            mails: app.mails(),
        }
    }

    /// How the provider is asked from now on, and with what.
    fn recheck(&self, wanted: Recheck) -> (Recheck, Kept) {
        let Given { refresh_token, id_token, .. } = &self.said.given;
        let text = |token: &Option<secrecy::zeroize::Zeroizing<String>>| {
            token.as_ref().map(|token| token.as_str().to_owned())
        };
        let token = match wanted {
            // An access token runs out by itself, which says nothing of the user.
            Recheck::Refresh | Recheck::Introspection => text(refresh_token),
            Recheck::None => None,
        };
        let recheck = if token.is_some() { wanted } else { Recheck::None };
        (recheck, Kept { token, id_token: text(id_token) })
    }
}

/// Does what the browser was sent for. An answer of 401 is a failure, with its word for a body.
fn finish(tx: &mut Tx<'_>, call: &Call, entering: &Entering) -> Result<Change<Answer>> {
    let Said { vouched, errand, return_to, .. } = &entering.said;
    match *errand {
        Errand::SignIn => admit(tx, call, entering),
        Errand::Link(session) => {
            let Entering { provider, idle, mails, .. } = *entering;
            let return_to = return_to.as_deref();
            linking::complete(tx, &Linking { provider, session, vouched, return_to, idle, mails })
        }
        Errand::Prove(session) => {
            let Entering { provider, idle, .. } = *entering;
            let Said { sid, begun_at, .. } = &entering.said;
            let recheck = store::find(tx, provider)?.ok_or_else(Error::not_found)?.recheck;
            let (_, kept) = entering.recheck(recheck);
            let (sid, return_to) = (sid.as_deref(), return_to.as_deref());
            let begun_at = *begun_at;
            proving::complete(
                tx,
                &Proof { provider, session, vouched, begun_at, sid, kept, return_to, idle },
            )
        }
    }
}

/// Settles the account and begins a session. An answer of 401 is a failure, with its word for a body.
fn admit(tx: &mut Tx<'_>, call: &Call, entering: &Entering) -> Result<Change<Answer>> {
    let provider = store::find(tx, entering.provider)?.ok_or_else(Error::not_found)?;
    let agency = provider.agency_id;
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    let provider = store::find(tx, entering.provider)?.ok_or_else(Error::not_found)?;
    let vouched = &entering.said.vouched;
    let Settled { account, mut events, failure } =
        accounts::settle::<act::SignIn>(tx, &provider, vouched, entering.confirms)?;
    let user = account.as_ref().map(|account| account.id);
    let account = match (account, failure) {
        (Some(account), None) => account,
        (_, failure) => {
            let failure = failure.unwrap_or(Failure::AccountWaits);
            events.push(told(agency, provider.id, user, failure));
            return Ok(Change::by_all(refusal(failure), events));
        }
    };
    let permit = tx.permit::<act::SignIn>(&Facts::User(Some(account.facts())))?;
    events.extend(disowned::own(tx, &permit, agency)?);
    let (recheck, kept) = entering.recheck(provider.recheck);
    let lifetime = match recheck {
        Recheck::None => entering.lifetime.min(BETWEEN_LOOKS),
        _ => entering.lifetime,
    };
    let (proved_at, told) = (proved_at(&vouched.claims, tx.now()), how(&vouched.claims));
    let opening = Opening { agency, factor: None, lifetime, proved_at, told };
    let (tokens, event) = begin::begin(tx, call, &permit, &entering.tokens, &opening)?;
    let session = SessionId::from_uuid(event.subject_id);
    let sid = entering.said.sid.as_deref();
    let row = VouchedRow::new(tx, session, provider.id, &vouched.subject, sid, recheck, &kept)?;
    links::vouch(tx, &permit, &row)?;
    events.push(event.with("identity_provider", provider.id).with("recheck", recheck));
    let return_to = entering.said.return_to.clone();
    Ok(Change::by_all(Answer::ok(&FederatedTokens { tokens, return_to })?, events))
}

/// When somebody proved to the provider who he or she is. Where it does not tell that in an ID token, it may have been any time
/// ago: not lately, as far as what is dangerous is concerned.
fn proved_at(claims: &Claims, now: Instant) -> Instant {
    let told = tokens::signed_in_at(claims, now);
    told.map_or(now.plus_seconds(-begin::RECENT), |told| told.min(now))
}

/// How the provider signed its user in, as far as it says so in words of a bearable length.
fn how(claims: &Claims) -> Told {
    let word = |value: &Value| {
        let text = value.as_str()?;
        let fine = (1..=LONGEST_WORD).contains(&text.chars().count());
        (fine && !text.chars().any(char::is_control)).then(|| text.to_owned())
    };
    let means = |value: &Value| {
        let many = value.as_array().filter(|many| (1..=MOST_MEANS).contains(&many.len()))?;
        many.iter().map(word).collect()
    };
    Told { acr: claims.get("acr").and_then(word), amr: claims.get("amr").and_then(means) }
}

/// A failure as it leaves the transaction.
pub(super) fn refusal(failure: Failure) -> Answer {
    Answer { status: 401, body: Some(failure.as_str().to_owned()), ..Answer::empty() }
}

fn failure_of(answer: &Answer) -> Option<Failure> {
    if answer.status != 401 {
        return None;
    }
    answer.body.as_deref().and_then(Failure::from_word).or(Some(Failure::AccountWaits))
}

/// That a provider's word did not count.
pub(super) fn told(
    agency: AgencyId,
    provider: IdentityProviderId,
    user: Option<UserId>,
    failure: Failure,
) -> Event {
    let event =
        Event::in_agency(agency, Deed::FederationFailed, SubjectKind::IdentityProvider, provider)
            .with("failure", failure);
    match user {
        Some(user) => event.with("user", user),
        None => event,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_no_word_is_not_kept() {
        let told = |claims: Value| how(claims.as_object().unwrap());
        let amr = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
        let fine = told(json!({"acr": "urn:example:high", "amr": ["pwd", "otp"]}));
        assert_eq!(fine, Told { acr: Some("urn:example:high".into()), amr: amr(&["pwd", "otp"]) });
        for claims in [
            json!({}),
            json!({"acr": 1, "amr": "pwd"}),
            json!({"acr": "", "amr": []}),
            json!({"acr": "a".repeat(256), "amr": ["pwd", 7]}),
            json!({"acr": "a\nb", "amr": vec!["pwd"; 21]}),
        ] {
            assert_eq!(told(claims), Told::default());
        }
    }
}
