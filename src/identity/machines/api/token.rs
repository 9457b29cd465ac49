//! Access tokens for machines: client credentials (RFC 6749, section 4.4) with a signed assertion (RFC 7523).
//!
//! This endpoint speaks the language of OAuth, also where it refuses (RFC 6749, section 5.2). Whatever was wrong with an
//! assertion, the client is told the same; the journal of its agency says what it was.

use std::sync::Arc;

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Facts, UserFacts, act};
use crate::answer::Answer;
use crate::credentials::assertion::{Assertion, AssertionFault};
use crate::credentials::client_key::ClientKey;
use crate::credentials::tokens::TokenIssuer;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::{App, Call};
use crate::identity::agencies::model::OPERATOR;
use crate::identity::machines::model::MachineStatus;
use crate::identity::machines::store::{self, KeyRow, MachineAccount};
use crate::ids::{AgencyId, UserId};
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::machine_scope::MachineScopes;
use crate::submission::Submission;
use crate::text_enum;

/// The grant that this endpoint knows.
const CLIENT_CREDENTIALS: &str = "client_credentials";
/// The assertion that it takes.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// What a machine asks for a token with. Other parameters are ignored, as OAuth wants it.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({
    "grant_type": "client_credentials",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "client_assertion": "eyJ0eXAi…", "scope": "cases.read milestones.write"
}))]
pub struct TokenRequest {
    /// `client_credentials`.
    pub grant_type: Option<String>,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    pub client_assertion_type: Option<String>,
    /// A JWT of the type `client-authentication+jwt` that a key of the account has signed.
    pub client_assertion: Option<String>,
    /// The account, where the client names it beside the assertion.
    pub client_id: Option<String>,
    /// What the token is to be for, with spaces between; all that the account may ask for when missing.
    pub scope: Option<String>,
}

/// What a machine works with for five minutes. There is nothing to go on with: the next assertion gets the next token.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "access_token": "eyJ0eXAi…", "token_type": "Bearer", "expires_in": 300, "scope": "cases.read milestones.write"
}))]
pub struct MachineToken {
    /// What to send as `Authorization: Bearer …`.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// How long the access token lasts, in seconds.
    pub expires_in: u32,
    /// What it is for.
    pub scope: String,
}

text_enum! {
    /// Why no token is given, in the words of OAuth.
    pub enum OauthRefusal {
        /// The request is not whole, or says something twice.
        InvalidRequest = "invalid_request",
        /// The client did not prove itself.
        InvalidClient = "invalid_client",
        /// No such grant is known here.
        UnsupportedGrantType = "unsupported_grant_type",
        /// The scope is unknown, or more than the account may ask for.
        InvalidScope = "invalid_scope",
    }
}

/// A refusal in the form of OAuth.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"error": "invalid_client", "error_description": "The client did not prove itself."}))]
pub struct OauthError {
    /// The word for it.
    pub error: OauthRefusal,
    /// What can be done about it.
    pub error_description: &'static str,
}

impl OauthError {
    fn answer(error: OauthRefusal, error_description: &'static str) -> Result<Answer> {
        let status = if error == OauthRefusal::InvalidClient { 401 } else { 400 };
        Answer::with_status(status, &Self { error, error_description })
    }
}

text_enum! {
    /// Why a machine that may have proved itself gets no token: for the journal.
    pub enum Failure {
        /// There is no such account.
        UnknownClient = "unknown_client",
        /// The assertion was used before.
        Replayed = "replayed",
        /// The account waits, is suspended, has expired or was ended.
        NotInEffect = "not_in_effect",
        /// It asked for more than it may.
        Scope = "scope",
    }
}

/// Gives a machine an access token.
///
/// # Errors
/// Too many failures from this address.
pub async fn create_token(app: App, call: Call) -> Result<Answer> {
    let (address, now) = (call.address.clone(), call.context.now);
    app.failures.check(&address, now)?;
    let asked = match read(&call.submission) {
        Ok(asked) => asked,
        Err((refusal, words)) => return OauthError::answer(refusal, words),
    };
    let (tokens, issuer) = (app.tokens.clone(), app.config.issuer());
    let desk = Desk { asked, tokens, issuer };
    let answer = app.write(call, move |tx, call| desk.serve(tx, call)).await?;
    if answer.status == 401 {
        app.failures.failed(&address, now);
    }
    Ok(answer)
}

/// What is asked for, read.
struct Asked {
    assertion: String,
    client_id: Option<String>,
    scope: AskedScope,
}

/// What a token is to be for.
#[derive(Clone, Copy)]
enum AskedScope {
    /// All that the account may ask for.
    All,
    /// These scopes.
    These(MachineScopes),
    /// Words that are no scopes.
    Unknown,
}

impl AskedScope {
    fn read(words: Option<&str>) -> Self {
        match words.filter(|words| !words.is_empty()) {
            None => Self::All,
            Some(words) => MachineScopes::from_words(words).map_or(Self::Unknown, Self::These),
        }
    }

    /// The scopes of a token for an account that may ask for `may`; none where that is not all of what is asked for.
    fn within(self, may: MachineScopes) -> Option<MachineScopes> {
        let asked = match self {
            Self::All => may,
            Self::These(scopes) => scopes,
            Self::Unknown => return None,
        };
        Some(asked).filter(|asked| !asked.is_empty() && may.covers(*asked))
    }
}

fn read(submission: &Submission) -> Result<Asked, (OauthRefusal, &'static str)> {
    let invalid = |words| (OauthRefusal::InvalidRequest, words);
    let sent = submission.content_type.as_deref().unwrap_or_default();
    let media_type = sent.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case(FORM) {
        return Err(invalid("Send a form: application/x-www-form-urlencoded."));
    }
    let form: TokenRequest = serde_urlencoded::from_bytes(&submission.body)
        .map_err(|_| invalid("Send a form in which every parameter stands once."))?;
    let grant = form.grant_type.as_deref().ok_or_else(|| invalid("Send a grant_type."))?;
    if grant != CLIENT_CREDENTIALS {
        let words = "The only grant_type here is client_credentials.";
        return Err((OauthRefusal::UnsupportedGrantType, words));
    }
    if form.client_assertion_type.as_deref() != Some(JWT_BEARER) {
        return Err(invalid("Send the client_assertion_type of a JWT (RFC 7523)."));
    }
    let assertion = form.client_assertion.ok_or_else(|| invalid("Send a client_assertion."))?;
    let scope = AskedScope::read(form.scope.as_deref());
    Ok(Asked { assertion, client_id: form.client_id, scope })
}

/// Where tokens are given.
struct Desk {
    asked: Asked,
    tokens: Arc<TokenIssuer>,
    issuer: String,
}

/// Who asks: known, unless there is no such account.
struct Client {
    agency: AgencyId,
    machine: Option<UserId>,
}

impl Desk {
    fn serve(&self, tx: &mut Tx<'_>, call: &Call) -> Result<Change<Answer>> {
        let assertion = Assertion::read(&self.asked.assertion);
        let named = assertion.as_ref().ok().and_then(Assertion::client);
        let found = named.map(|id| store::find(tx, id)).transpose()?.flatten();
        let agency = found.as_ref().map_or(OPERATOR, |found| found.account.agency_id);
        tx.lock_chain(ChainOf::Agency(agency).id())?;
        // Only now does what was read stand still.
        let found = found.map(|found| store::find(tx, found.account.id)).transpose()?.flatten();
        let client = Client { agency, machine: found.as_ref().map(|found| found.account.id) };
        match (assertion, found) {
            (Err(fault), _) => client.unproved(fault),
            (Ok(_), None) => client.unproved(Failure::UnknownClient),
            (Ok(assertion), Some(found)) => self.admit(tx, call, &client, &assertion, &found),
        }
    }

    fn admit(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        client: &Client,
        assertion: &Assertion<'_>,
        found: &MachineAccount,
    ) -> Result<Change<Answer>> {
        let (machine, now) = (found.account.id, tx.now());
        let fits = |id: &String| *id == machine.to_string();
        if !self.asked.client_id.as_ref().is_none_or(fits) {
            return client.unproved(AssertionFault::OtherClient);
        }
        let usable: Vec<&KeyRow> =
            found.keys.iter().filter(|key| key.confirmed_at.is_some()).collect();
        let keys: Vec<ClientKey> = usable.iter().map(|row| row.key()).collect();
        let (at, verified) = match assertion.verify(machine, &keys, &self.issuer, now) {
            Ok(verified) => verified,
            Err(fault) => return client.unproved(fault),
        };
        let key = usable.get(at).ok_or_else(|| Error::internal("a key signed that is none"))?;
        let permit = tx.permit::<act::SignIn>(&Facts::User(Some(UserFacts {
            user: machine,
            agency: client.agency,
        })))?;
        if !store::use_up(tx, &permit, &verified)? {
            return client.unproved(Failure::Replayed);
        }
        if found.status(now) != MachineStatus::Active {
            return client.unproved(Failure::NotInEffect);
        }
        let Some(scopes) = self.asked.scope.within(found.terms().scopes) else {
            let words = "The account may not ask for all of this scope.";
            let answer = OauthError::answer(OauthRefusal::InvalidScope, words)?;
            return Ok(Change::by(answer, client.refused(Failure::Scope)));
        };
        let issued =
            self.tokens.issue_to_machine(now, machine, client.agency, key.session(), scopes)?;
        store::go_on(tx, &permit, key, (&call.address, &call.device), issued.expires_in)?;
        let answer = Answer::ok(&MachineToken {
            access_token: issued.token.expose_secret().to_owned(),
            token_type: "Bearer",
            expires_in: issued.expires_in,
            scope: scopes.to_string(),
        })?;
        let event = client.event(Deed::MachineTokenIssued);
        let event = event.with("key", keys.get(at).map(ClientKey::thumbprint));
        Ok(Change::by(answer, event.with("scopes", scopes)))
    }
}

impl Client {
    /// The one answer to whoever did not prove to be the client.
    fn unproved(&self, failure: impl Serialize) -> Result<Change<Answer>> {
        let words = "The client did not prove itself; the journal of its agency says why.";
        let answer = OauthError::answer(OauthRefusal::InvalidClient, words)?;
        Ok(Change::by(answer, self.refused(failure)))
    }

    fn refused(&self, failure: impl Serialize) -> Event {
        self.event(Deed::MachineTokenRefused).with("failure", failure)
    }

    /// One who named an account that nobody has is told of in the operator's chain, so that guessing is seen.
    fn event(&self, deed: Deed) -> Event {
        match self.machine {
            Some(machine) => Event::in_agency(self.agency, deed, SubjectKind::Machine, machine),
            None => Event::in_agency(self.agency, deed, SubjectKind::Agency, self.agency),
        }
    }
}
