//! Use cases of identity providers: an agency's admin keeps them, one who speaks for the agency confirms what they give.

use crate::access::{Act, Facts, Permit, act};
use crate::agency::AgencyKind;
use crate::answer::Answer;
use crate::db::types::Json;
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Error, Faults, Refusal, Result, codes};
use crate::identity::auth;
use crate::identity::federation::claims::{self, Outcome};
use crate::identity::federation::input::{CreateProvider, EditProvider, PreviewInput, Said};
use crate::identity::federation::model::{LogoutProfile, Recheck, TokenAuth, settle};
use crate::identity::federation::store::{self, ProviderRow};
use crate::identity::federation::{disowned, elsewhere, links};
use crate::identity::provisioning;
use crate::identity::users::store::EndReason;
use crate::ids::{AgencyId, IdentityProviderId, SessionId, UserId};
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::outbound::Outbound;
use crate::submission::Submission;

/// The most providers of one agency.
const MOST: i64 = 20;

/// What rules providers are kept by.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Whether what a provider gives waits for a confirmation.
    pub confirms: bool,
    /// Which addresses may be called.
    pub outbound: Outbound,
}

/// A page of an agency's providers.
///
/// # Errors
/// Not found, forbidden; the page asked for is not right.
pub fn list(
    view: &mut View<'_>,
    agency: AgencyId,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<ProviderRow>> {
    let permit = view.permit::<act::ReadProviders>(&Facts::OfAgency(Some(agency)))?;
    store::list(view, &permit, page()?)
}

/// The provider, where it is that agency's.
fn of_agency(
    view: &mut View<'_>,
    agency: AgencyId,
    id: IdentityProviderId,
) -> Result<(Option<ProviderRow>, Facts)> {
    let row = store::find(view, id)?.filter(|row| row.agency_id == agency);
    let facts = Facts::OfAgency(row.as_ref().map(|row| row.agency_id));
    Ok((row, facts))
}

/// One of an agency's providers.
///
/// # Errors
/// Not found, forbidden.
pub fn read(view: &mut View<'_>, agency: AgencyId, id: IdentityProviderId) -> Result<ProviderRow> {
    let (row, facts) = of_agency(view, agency, id)?;
    view.permit::<act::ReadProviders>(&facts)?;
    row.ok_or_else(Error::not_found)
}

/// Connects a provider, or one again that the agency has removed, with the accounts that it vouched for. Nothing of it is in
/// effect before it was confirmed.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent; invalid, naming every fault; the issuer cannot be used.
pub fn create(
    tx: &mut Tx<'_>,
    agency: AgencyId,
    submission: &Submission,
    rules: &Rules,
) -> Result<Change<ProviderRow>> {
    let permit = tx.permit::<act::KeepProviders>(&Facts::OfAgency(Some(agency)))?;
    auth::recently(tx)?;
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    let body: CreateProvider = submission.read()?;
    let kind = tx.context().officer()?.agency_kind;
    let mut faults = Faults::new();
    let (issuer, mut said) = body.judge(&rules.outbound, kind, &mut faults);
    let mut row = blank(tx, agency, issuer.unwrap_or_default());
    let secret = said.client_secret.take();
    apply(&mut row, said);
    check_secret(&row, secret.is_some(), &mut faults);
    faults.finish()?;
    if store::count(tx, &permit)? >= MOST {
        let words = format!("An agency has {MOST} providers at the most.");
        return Err(Refusal::new(&codes::STATE, words).into());
    }
    let already = elsewhere::required(tx, agency)?;
    let former = store::removed(tx, &permit, &row.issuer)?;
    if let Some(former) = &former {
        row.id = former.id;
        row.version = former.version + 1;
        row.created_at = former.created_at;
    }
    if let Some(secret) = secret {
        row.seal(tx, &secret)?;
    }
    row.in_effect = settle(&row.asked(), None, rules.confirms).map(Json);
    match former {
        Some(_) => store::update(tx, &permit, &row)?,
        None => store::insert(tx, &permit, &row)?,
    }
    let mut events = vec![told(Deed::ProviderCreated, &row).with("again", former.is_some())];
    events.extend(elsewhere::follows(tx, &permit, agency, already)?);
    Ok(Change::by_all(row, events))
}

fn blank(tx: &Tx<'_>, agency: AgencyId, issuer: String) -> ProviderRow {
    let now = tx.now();
    ProviderRow {
        id: IdentityProviderId::new(now),
        agency_id: agency,
        name: String::new(),
        issuer,
        client_id: String::new(),
        client_secret: None,
        seal_key: 0,
        token_auth: TokenAuth::None,
        algorithms: Json(Vec::new()),
        scopes: Json(Vec::new()),
        role_claim: String::new(),
        role_mappings: Json(Vec::new()),
        in_effect: None,
        confirmed_by: None,
        logout_profile: LogoutProfile::Standard,
        recheck: Recheck::Refresh,
        enabled: true,
        required: false,
        trouble: None,
        removed_at: None,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// Takes over what was said, but for the secret.
fn apply(row: &mut ProviderRow, said: Said) {
    fn set<T>(field: &mut T, said: Option<T>) {
        if let Some(said) = said {
            *field = said;
        }
    }
    set(&mut row.name, said.name);
    set(&mut row.client_id, said.client_id);
    set(&mut row.token_auth, said.token_auth);
    set(&mut row.algorithms.0, said.algorithms);
    set(&mut row.scopes.0, said.scopes);
    set(&mut row.role_claim, said.role_claim);
    set(&mut row.role_mappings.0, said.role_mappings);
    set(&mut row.logout_profile, said.logout_profile);
    set(&mut row.recheck, said.recheck);
    set(&mut row.enabled, said.enabled);
    set(&mut row.required, said.required);
}

fn check_secret(row: &ProviderRow, there: bool, faults: &mut Faults) {
    let needed = row.token_auth.needs_secret();
    let words = "expected with client_secret_basic and client_secret_post";
    faults.check(there || !needed, "/client_secret", words);
    let words = "expected with client_secret_basic and client_secret_post only";
    faults.check(needed || !there, "/client_secret", words);
}

/// The provider and leave to do `A` to it, under the lock of the agency's chain.
fn take<A: Act>(
    tx: &mut Tx<'_>,
    agency: AgencyId,
    id: IdentityProviderId,
) -> Result<(ProviderRow, Permit<A>)> {
    // Who may not do it never waits for those who may.
    let (_, facts) = of_agency(tx, agency, id)?;
    tx.permit::<A>(&facts)?;
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    let (row, facts) = of_agency(tx, agency, id)?;
    let permit = tx.permit::<A>(&facts)?;
    row.map(|row| (row, permit)).ok_or_else(Error::not_found)
}

/// Changes a provider. What is taken away counts at once, what is added waits for a confirmation.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent; the version missing or stale; invalid, naming every fault.
pub fn edit(
    tx: &mut Tx<'_>,
    agency: AgencyId,
    id: IdentityProviderId,
    submission: &Submission,
    rules: &Rules,
) -> Result<Change<ProviderRow>> {
    let (before, permit) = take::<act::KeepProviders>(tx, agency, id)?;
    auth::recently(tx)?;
    let patch: EditProvider = submission.read_guarded(before.version)?;
    let kind = tx.context().officer()?.agency_kind;
    let mut faults = Faults::new();
    let mut said = patch.judge(kind, &mut faults);
    let mut after = before.clone();
    let secret = said.client_secret.take();
    apply(&mut after, said);
    if !after.token_auth.needs_secret() {
        after.client_secret = None;
    }
    check_secret(&after, secret.is_some() || after.client_secret.is_some(), &mut faults);
    faults.finish()?;
    if let Some(secret) = &secret {
        after.seal(tx, secret)?;
    }
    after.in_effect = settle(&after.asked(), before.grants(), rules.confirms).map(Json);
    if after == before {
        return Ok(Change::Unchanged(before));
    }
    let after = ProviderRow { version: before.version + 1, updated_at: tx.now(), ..after };
    let already = elsewhere::required(tx, agency)?;
    store::update(tx, &permit, &after)?;
    let event = told(Deed::ProviderEdited, &after).with("secret_changed", secret.is_some());
    let mut events = vec![event];
    events.extend(elsewhere::follows(tx, &permit, agency, already)?);
    if !after.enabled {
        events.extend(end_everything(tx, &permit, &after)?);
    }
    Ok(Change::by_all(after, events))
}

/// Lets what a provider gives take effect.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent; another version than the one named.
pub fn confirm(
    tx: &mut Tx<'_>,
    agency: AgencyId,
    id: IdentityProviderId,
    submission: &Submission,
) -> Result<Change<ProviderRow>> {
    let (before, permit) = take::<act::ConfirmProvider>(tx, agency, id)?;
    auth::recently(tx)?;
    if submission.if_match.is_some() {
        // Who names the version that was read confirms nothing else.
        submission.guard(before.version)?;
    }
    if !before.waits() {
        return Ok(Change::Unchanged(before));
    }
    let after = ProviderRow {
        in_effect: Some(Json(before.asked())),
        confirmed_by: Some(tx.context().officer()?.user),
        version: before.version + 1,
        updated_at: tx.now(),
        ..before
    };
    let already = elsewhere::required(tx, agency)?;
    store::confirm(tx, &permit, &after)?;
    let mut events = vec![told(Deed::ProviderConfirmed, &after)];
    events.extend(elsewhere::follows(tx, &permit, agency, already)?);
    Ok(Change::by_all(after, events))
}

/// Removes a provider: nobody signs in through it any more, nor does it bring anybody in, and accounts that it vouched for stay
/// without a way in. Its issuer stays the agency's.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent.
pub fn remove(tx: &mut Tx<'_>, agency: AgencyId, id: IdentityProviderId) -> Result<Change<Answer>> {
    let (before, permit) = take::<act::KeepProviders>(tx, agency, id)?;
    auth::recently(tx)?;
    let after = ProviderRow {
        enabled: false,
        in_effect: None,
        client_secret: None,
        removed_at: Some(tx.now()),
        version: before.version + 1,
        updated_at: tx.now(),
        ..before
    };
    store::update(tx, &permit, &after)?;
    provisioning::take_tokens_back(tx, &permit, id)?;
    let mut events = vec![told(Deed::ProviderRemoved, &after)];
    events.extend(end_everything(tx, &permit, &after)?);
    Ok(Change::by_all(Answer::empty(), events))
}

pub(super) fn session_ended(
    agency: AgencyId,
    (session, user): (SessionId, UserId),
    reason: EndReason,
) -> Event {
    Event::in_agency(agency, Deed::SessionEnded, SubjectKind::Session, session)
        .with("user", user)
        .with("end", reason)
}

/// Ends every session of a provider that nobody signs in through any more, and has the machines of its people stand still.
fn end_everything(
    tx: &mut Tx<'_>,
    permit: &Permit<act::KeepProviders>,
    row: &ProviderRow,
) -> Result<Vec<Event>> {
    let reason = EndReason::ProviderRemoved;
    let ended = links::end_all(tx, permit, row.id, reason)?;
    let told = |session| session_ended(row.agency_id, session, reason);
    let mut events: Vec<Event> = ended.into_iter().map(told).collect();
    events.extend(disowned::disown_all(tx, permit, row.id)?);
    Ok(events)
}

/// What claims would give, once everything that is asked for is confirmed.
#[derive(Debug)]
pub struct Preview {
    /// The roles, or why there are none.
    pub outcome: Outcome,
    /// What of it is in effect now.
    pub now: Outcome,
}

/// Tries claims on a provider's mappings; nothing is kept of it.
///
/// # Errors
/// Not found, forbidden; invalid.
pub fn preview(
    view: &mut View<'_>,
    agency: AgencyId,
    id: IdentityProviderId,
    submission: &Submission,
) -> Result<Preview> {
    let row = read(view, agency, id)?;
    let PreviewInput { claims } = submission.read()?;
    let kind: AgencyKind = view.context().officer()?.agency_kind;
    let outcome = claims::judge(&claims, &row.asked(), kind);
    let nothing = row.asked().nothing();
    let now = claims::judge(&claims, row.grants().unwrap_or(&nothing), kind);
    Ok(Preview { outcome, now })
}

/// What the journal tells: ids and words; what people wrote stands beside it.
fn told(deed: Deed, row: &ProviderRow) -> Event {
    let mappings = serde_json::to_string(&row.role_mappings.0).unwrap_or_default();
    Event::in_agency(row.agency_id, deed, SubjectKind::IdentityProvider, row.id)
        .with("token_auth", row.token_auth)
        .with("algorithms", &row.algorithms.0)
        .with("recheck", row.recheck)
        .with("logout_profile", row.logout_profile)
        .with("enabled", row.enabled)
        .with("required", row.required)
        .with("waits", row.waits())
        .text("name", &row.name)
        .text("issuer", &row.issuer)
        .text("client_id", &row.client_id)
        .text("role_claim", &row.role_claim)
        .text("role_mappings", mappings)
}
