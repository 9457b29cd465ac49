//! System admins, by commands on the server's own machine: the first one, because nobody is there to make it otherwise, and
//! one who has lost what he or she signs in with.

use secrecy::{ExposeSecret as _, SecretString};

use crate::access::{Context, Facts, Role, RoleSet, act};
use crate::answer::Answer;
use crate::clock::Instant;
use crate::credentials::password::PasswordHasher;
use crate::db::Db;
use crate::db::types::Json;
use crate::email::Email;
use crate::error::{Error, Faults, Result};
use crate::identity::agencies::model::OPERATOR;
use crate::identity::auth::{resets, store as accounts};
use crate::identity::factors;
use crate::identity::model::{Locale, UserStatus};
use crate::identity::password::{Owner, check_password};
use crate::identity::users::store::{self, UserRow};
use crate::ids::UserId;
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};

/// Makes a system admin who may sign in at once.
///
/// # Errors
/// Invalid, naming the address, the name or the password; the address cannot be used; the database is away.
pub async fn create_system_admin(
    db: &Db,
    passwords: &PasswordHasher,
    now: Instant,
    email: &str,
    full_name: &str,
    password: SecretString,
) -> Result<UserId> {
    let mut faults = Faults::new();
    let email: Option<Email> = faults.take("/email", email.parse());
    faults.text("/full_name", full_name, 200);
    if let Some(email) = &email {
        faults.take(
            "/password",
            check_password(password.expose_secret(), &Owner::new(email.clone(), &[full_name])),
        );
    }
    faults.finish()?;
    let email = email.ok_or_else(|| Error::internal("a faultless account lacks an address"))?;
    let hash = passwords.hash(password).await?;
    let id = UserId::new(now);
    let row = UserRow {
        id,
        agency_id: OPERATOR,
        email,
        full_name: full_name.trim().to_owned(),
        locale: Locale::En,
        roles: Json(RoleSet::EMPTY.with(Role::SystemAdmin)),
        proposed_roles: None,
        status: UserStatus::Active,
        confirmed_at: Some(now),
        confirmed_by: None,
        version: 1,
        created_at: now,
        updated_at: now,
        provider_id: None,
    };
    let context = Context::of_command("create-system-admin", now);
    db.write(&context, move |tx| {
        tx.lock_chain(ChainOf::Agency(OPERATOR).id())?;
        let permit = tx.permit::<act::CreateSystemAdmin>(&Facts::Server)?;
        store::insert_system_admin(tx, &permit, &row, &hash)?;
        let event = Event::in_agency(OPERATOR, Deed::SystemAdminCreated, SubjectKind::User, row.id)
            .text("email", row.email.as_str())
            .text("full_name", &row.full_name);
        Ok(Change::by(Answer::empty(), event))
    })
    .await?;
    Ok(id)
}

/// Gives a system admin another password, takes the second factors away, and ends all sessions.
///
/// # Errors
/// Invalid, naming the address or the password; not found where no active system admin has this address; the database is
/// away.
pub async fn reset_system_admin(
    db: &Db,
    passwords: &PasswordHasher,
    now: Instant,
    email: &str,
    password: SecretString,
) -> Result<()> {
    let mut faults = Faults::new();
    let email: Option<Email> = faults.take("/email", email.parse());
    if let Some(email) = &email {
        faults.take(
            "/password",
            check_password(password.expose_secret(), &Owner::new(email.clone(), &[])),
        );
    }
    faults.finish()?;
    let email = email.ok_or_else(|| Error::internal("a faultless account lacks an address"))?;
    let hash = passwords.hash(password).await?;
    let context = Context::of_command("reset-system-admin", now);
    db.write(&context, move |tx| {
        tx.lock_chain(ChainOf::Agency(OPERATOR).id())?;
        let found = accounts::account_with(tx, &email)?.ok_or_else(Error::not_found)?;
        let row = store::find(tx, found.id)?.ok_or_else(Error::not_found)?;
        let admin = row.status == UserStatus::Active && row.roles.0.has(Role::SystemAdmin);
        let facts = Facts::User(admin.then(|| row.facts()));
        let permit = tx.permit::<act::ResetSystemAdmin>(&facts)?;
        factors::remove(tx, &permit)?;
        resets::close_all(tx, &permit)?;
        let sessions_ended = store::reset_system_admin(tx, &permit, &hash)?;
        let event = Event::in_agency(OPERATOR, Deed::SystemAdminReset, SubjectKind::User, row.id)
            .with("sessions_ended", sessions_ended);
        Ok(Change::by(Answer::empty(), event))
    })
    .await?;
    Ok(())
}
