//! Use cases of machine accounts. Whatever decides about them holds the lock of the agency's chain.

use serde_json::{Map, Value};

use crate::access::{Act, Facts, Permit, RoleSet, act};
use crate::agency::AgencyKind;
use crate::clock::Instant;
use crate::credentials::client_key::ClientKey;
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Error, Fault, Faults, Refusal, Result, codes};
use crate::field::Field;
use crate::identity::auth::recently;
use crate::identity::machines::api::{CreateMachineAccount, CreateMachineKey, EditMachineAccount};
use crate::identity::machines::model::{
    LONGEST_LIFE, LONGEST_NAME, MOST_KEYS, Terms, check_machine_roles,
};
use crate::identity::machines::store::{self, Changed, Draft, MachineAccount};
use crate::identity::model::UserStatus;
use crate::identity::words::word;
use crate::ids::{AgencyId, MachineKeyId, UserId};
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::machine_scope::MachineScopes;
use crate::submission::Submission;

/// A page of the machine accounts of one's own agency.
///
/// # Errors
/// The page asked for is not right; the database is away.
pub fn list(
    view: &mut View<'_>,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<MachineAccount>> {
    let permit = view.permit::<act::ReadMachines>(&Facts::Server)?;
    let scope = view.context().scope()?;
    store::list(view, &permit, &scope, page()?)
}

/// One machine account of one's own agency.
///
/// # Errors
/// Not found.
pub fn read(view: &mut View<'_>, id: UserId) -> Result<MachineAccount> {
    see::<act::ReadMachines>(view, id, None).map(|(found, _)| found)
}

/// The account, and its key where one is named, where the caller may do `A` to it.
fn see<A: Act>(
    view: &mut View<'_>,
    id: UserId,
    key: Option<MachineKeyId>,
) -> Result<(MachineAccount, Permit<A>)> {
    let caller = view.context().officer()?.user;
    let found = store::find(view, id)?
        .filter(|found| key.is_none_or(|wanted| found.keys.iter().any(|key| key.id == wanted)));
    let permit = view.permit(&Facts::Machine(found.as_ref().map(|found| found.facts(caller))))?;
    found.map(|found| (found, permit)).ok_or_else(Error::not_found)
}

/// The same for a change; no other change in the agency runs until this one has ended.
fn take<A: Act>(
    tx: &mut Tx<'_>,
    id: UserId,
    key: Option<MachineKeyId>,
) -> Result<(MachineAccount, Permit<A>)> {
    let seen = see(tx, id, key)?;
    let agency = seen.0.account.agency_id;
    if tx.lock_chain(ChainOf::Agency(agency).id())? { see(tx, id, key) } else { Ok(seen) }
}

/// The account as it is now that it was changed.
fn changed(tx: &mut Tx<'_>, id: UserId, event: Event) -> Result<Change<MachineAccount>> {
    let account = store::find(tx, id)?.ok_or_else(Error::not_found)?;
    Ok(Change::by(account, event))
}

fn told(agency: AgencyId, deed: Deed, machine: UserId, terms: Terms) -> Event {
    Event::in_agency(agency, deed, SubjectKind::Machine, machine)
        .with("owner", terms.owner_user_id)
        .with("roles", terms.roles)
        .with("scopes", terms.scopes)
        .with("expires_at", terms.expires_at)
}

/// Makes a machine account. Unless `at_once`, it takes effect when somebody confirms it.
///
/// # Errors
/// Forbidden; the sign-in is not recent; invalid, naming every fault.
pub fn create(
    tx: &mut Tx<'_>,
    submission: &Submission,
    at_once: bool,
) -> Result<Change<MachineAccount>> {
    let permit = tx.permit::<act::KeepMachines>(&Facts::Server)?;
    recently(tx)?;
    let officer = tx.context().officer()?;
    tx.lock_chain(ChainOf::Agency(officer.agency).id())?;
    let body: CreateMachineAccount = submission.read()?;
    let mut faults = Faults::new();
    let name = body.name.text(&mut faults, "/name", LONGEST_NAME);
    let asked = Asked {
        owner: body.owner_user_id.required(&mut faults, "/owner_user_id"),
        roles: body.roles.required(&mut faults, "/roles"),
        scopes: body.scopes.required(&mut faults, "/scopes"),
        expires_at: body.expires_at.required(&mut faults, "/expires_at"),
    };
    let terms = asked.check(tx, &mut faults)?;
    let keys = read_keys(&body.keys, &mut faults);
    faults.finish()?;
    let (Some(name), Some(terms)) = (name, terms) else {
        return Err(Error::internal("a faultless machine account lacks a field"));
    };
    let id = UserId::new(tx.now());
    let draft = Draft { id, name, terms, keys, confirmed: at_once };
    store::insert(tx, &permit, &draft)?;
    let prints: Vec<String> = draft.keys.iter().map(ClientKey::thumbprint).collect();
    let event = told(officer.agency, Deed::MachineCreated, id, terms)
        .with("keys", prints)
        .with("confirmed", at_once)
        .text("name", &draft.name);
    changed(tx, id, event)
}

/// What a request says that a machine account may do.
struct Asked {
    owner: Option<UserId>,
    roles: Option<Vec<String>>,
    scopes: Option<Vec<String>>,
    expires_at: Option<Instant>,
}

impl Asked {
    /// The terms, where nothing is wrong with them.
    fn check(self, tx: &mut Tx<'_>, faults: &mut Faults) -> Result<Option<Terms>> {
        let officer = tx.context().officer()?;
        if let Some(owner) = self.owner {
            let fine = store::may_own(tx, officer.agency, owner)?;
            let words = "expected somebody of your agency whose account is in effect";
            faults.check(fine, "/owner_user_id", words);
        }
        let roles = self.roles.map(|words| read_roles(&words, officer.agency_kind, faults));
        let scopes = self.scopes.map(|words| read_scopes(&words, faults));
        let now = tx.now();
        if let Some(end) = self.expires_at {
            let fine = end > now && end <= now.plus_seconds(LONGEST_LIFE);
            faults.check(fine, "/expires_at", "expected a time within a year from now");
        }
        Ok((|| {
            Some(Terms {
                owner_user_id: self.owner?,
                roles: roles?,
                scopes: scopes?,
                expires_at: self.expires_at?,
            })
        })())
    }
}

fn read_roles(words: &[String], kind: AgencyKind, faults: &mut Faults) -> RoleSet {
    let known: Vec<_> = words
        .iter()
        .enumerate()
        .map(|(at, text)| word(faults, &format!("/roles/{at}"), text))
        .collect();
    let all_known = known.iter().all(Option::is_some);
    let roles: RoleSet = known.into_iter().flatten().collect();
    if all_known {
        for fault in check_machine_roles(roles, kind) {
            faults.add("/roles", fault);
        }
    }
    roles
}

fn read_scopes(words: &[String], faults: &mut Faults) -> MachineScopes {
    faults.check(!words.is_empty(), "/scopes", "expected at least one scope");
    words
        .iter()
        .enumerate()
        .filter_map(|(at, text)| word(faults, &format!("/scopes/{at}"), text))
        .collect()
}

/// The keys of a new account, each once.
fn read_keys(sent: &Field<Vec<Map<String, Value>>>, faults: &mut Faults) -> Vec<ClientKey> {
    let sent = sent.required(faults, "/keys").unwrap_or_default();
    if !(1..=MOST_KEYS).contains(&sent.len()) {
        faults.add("/keys", "expected one public key, or the present and the next");
        return Vec::new();
    }
    let mut keys: Vec<ClientKey> = Vec::new();
    for (at, jwk) in sent.iter().enumerate() {
        let pointer = format!("/keys/{at}");
        let Some(key) = faults.take(&pointer, ClientKey::read(jwk)) else { continue };
        let again = |known: &ClientKey| known.kid == key.kid || known.public == key.public;
        faults.check(!keys.iter().any(again), &pointer, "expected another key, of another kid");
        keys.push(key);
    }
    keys
}

/// Changes a machine account: what is taken away counts at once, what is added waits unless `at_once`.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent; the version missing or stale; invalid; it was ended.
pub fn edit(
    tx: &mut Tx<'_>,
    id: UserId,
    submission: &Submission,
    at_once: bool,
) -> Result<Change<MachineAccount>> {
    let (before, permit) = take::<act::KeepMachines>(tx, id, None)?;
    recently(tx)?;
    let patch: EditMachineAccount = submission.read_guarded(before.account.version)?;
    let mut faults = Faults::new();
    let name = patch.name.patch_required(&mut faults, "/name");
    if let Some(name) = &name {
        faults.text("/name", name, LONGEST_NAME);
    }
    let name = name.map_or(before.account.full_name.clone(), |name| name.trim().to_owned());
    let present = before.proposed().unwrap_or(before.terms());
    let wanted = merge(tx, present, &patch, &mut faults)?;
    faults.finish()?;
    let free = at_once || before.account.confirmed_at.is_none();
    let terms = if free { wanted } else { before.terms().kept(wanted) };
    let proposed = (terms != wanted).then_some(wanted);
    let same =
        (&name, terms, proposed) == (&before.account.full_name, before.terms(), before.proposed());
    if same {
        return Ok(Change::Unchanged(before));
    }
    stands(&before)?;
    store::update(tx, &permit, &Changed { name: &name, terms, proposed })?;
    let event = told(before.account.agency_id, Deed::MachineEdited, id, terms)
        .with("proposed", proposed)
        .text("name", &name);
    changed(tx, id, event)
}

/// The terms as the patch wants them. What it does not speak of is not judged: an owner who has left meanwhile is no fault
/// of a new name.
fn merge(
    tx: &mut Tx<'_>,
    present: Terms,
    patch: &EditMachineAccount,
    faults: &mut Faults,
) -> Result<Terms> {
    let asked = Asked {
        owner: patch.owner_user_id.patch_required(faults, "/owner_user_id"),
        roles: patch.roles.patch_required(faults, "/roles"),
        scopes: patch.scopes.patch_required(faults, "/scopes"),
        expires_at: patch.expires_at.patch_required(faults, "/expires_at"),
    };
    let kind = tx.context().officer()?.agency_kind;
    let mut ignored = Faults::new();
    let wanted = Terms {
        owner_user_id: asked.owner.unwrap_or(present.owner_user_id),
        roles: asked
            .roles
            .as_ref()
            .map_or(present.roles, |words| read_roles(words, kind, &mut ignored)),
        scopes: asked
            .scopes
            .as_ref()
            .map_or(present.scopes, |words| read_scopes(words, &mut ignored)),
        expires_at: asked.expires_at.unwrap_or(present.expires_at),
    };
    asked.check(tx, faults)?;
    Ok(wanted)
}

fn stands(account: &MachineAccount) -> Result<()> {
    if account.account.status == UserStatus::Deactivated {
        let words = "This machine account was ended; make a new one.";
        return Err(Refusal::new(&codes::STATE, words).into());
    }
    Ok(())
}

/// Lets a machine account, its keys, and what is to change about it take effect.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent; stale where a version is named; it was ended.
pub fn confirm(
    tx: &mut Tx<'_>,
    id: UserId,
    submission: &Submission,
) -> Result<Change<MachineAccount>> {
    let (before, permit) = take::<act::ConfirmMachine>(tx, id, None)?;
    recently(tx)?;
    if submission.if_match.is_some() {
        // Who names the version that was read confirms nothing else.
        submission.guard(before.account.version)?;
    }
    stands(&before)?;
    if !before.waits() {
        return Ok(Change::Unchanged(before));
    }
    let terms = before.proposed().unwrap_or(before.terms());
    store::confirm(tx, &permit, terms)?;
    let prints: Vec<String> = before.keys.iter().map(|key| key.key().thumbprint()).collect();
    let event = told(before.account.agency_id, Deed::MachineConfirmed, id, terms);
    changed(tx, id, event.with("keys", prints))
}

/// Ends a machine account for good.
///
/// # Errors
/// Not found, forbidden.
pub fn deactivate(tx: &mut Tx<'_>, id: UserId) -> Result<Change<MachineAccount>> {
    let (before, permit) = take::<act::StopMachine>(tx, id, None)?;
    if before.account.status == UserStatus::Deactivated {
        return Ok(Change::Unchanged(before));
    }
    store::deactivate(tx, &permit)?;
    changed(tx, id, told(before.account.agency_id, Deed::MachineDeactivated, id, before.terms()))
}

/// Gives a machine account one more key, which works once somebody has confirmed it unless `at_once`.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent; invalid; it has had this key, or has two; it was ended.
pub fn add_key(
    tx: &mut Tx<'_>,
    id: UserId,
    submission: &Submission,
    at_once: bool,
) -> Result<Change<MachineAccount>> {
    let (before, permit) = take::<act::KeepMachines>(tx, id, None)?;
    recently(tx)?;
    let body: CreateMachineKey = submission.read()?;
    let key = ClientKey::read(&body.jwk)
        .map_err(|words| Error::invalid(vec![Fault::new("/jwk", words)]))?;
    stands(&before)?;
    if before.keys.len() >= MOST_KEYS {
        let words = "It has two keys: the present one and the next. Take one away first.";
        return Err(Refusal::new(&codes::STATE, words).into());
    }
    let same_name = before.keys.iter().any(|known| known.kid == key.kid);
    if same_name || store::ever_had(tx, id, &key)? {
        let words = "It has a key of this kid, or has had this key; make another.";
        return Err(Refusal::new(&codes::DUPLICATE, words).into());
    }
    store::add_key(tx, &permit, &key, at_once)?;
    let agency = before.account.agency_id;
    let event = Event::in_agency(agency, Deed::MachineKeyAdded, SubjectKind::Machine, id)
        .with("key", key.thumbprint())
        .with("confirmed", at_once);
    changed(tx, id, event)
}

/// Takes a key away from a machine account: nothing that it signed counts any more.
///
/// # Errors
/// Not found, forbidden.
pub fn remove_key(tx: &mut Tx<'_>, id: UserId, key: MachineKeyId) -> Result<Change<()>> {
    let (before, permit) = take::<act::StopMachine>(tx, id, Some(key))?;
    store::remove_key(tx, &permit, key)?;
    let print = before.keys.iter().find(|row| row.id == key).map(|row| row.key().thumbprint());
    let agency = before.account.agency_id;
    let event = Event::in_agency(agency, Deed::MachineKeyRemoved, SubjectKind::Machine, id)
        .with("key", print);
    Ok(Change::by((), event))
}
