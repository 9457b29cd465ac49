//! Inviting somebody once more whose invitation was lost or ran out.

use crate::access::{Facts, Role, act};
use crate::clock::Instant;
use crate::credentials::secrets::{OpaqueSecret, Purpose};
use crate::db::{Tx, View};
use crate::error::{Error, Refusal, Result, codes};
use crate::identity::agencies::store as agencies;
use crate::identity::auth::store as accounts;
use crate::identity::letters::{self, Notice};
use crate::identity::model::UserStatus;
use crate::identity::recovery;
use crate::identity::users::service::Rules;
use crate::identity::users::store::{self, UserRow};
use crate::ids::UserId;
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};

/// How many invitations of one account are made within [`WITHIN`].
const AT_ONCE: i64 = 3;
/// Within which time, in seconds.
const WITHIN: i64 = 60 * 60;

/// An invitation in the place of a former one.
pub struct Renewed {
    /// What the user sets the first password with.
    pub invitation: OpaqueSecret,
    /// Until when.
    pub expires_at: Instant,
}

/// Invites somebody once more; the former invitation is worth nothing from now on.
///
/// # Errors
/// Not found, forbidden; the account has no invitation to renew; too many lately.
pub fn renew(tx: &mut Tx<'_>, id: UserId, rules: Rules) -> Result<Change<Renewed>> {
    let found = see(tx, id)?;
    tx.lock_chain(ChainOf::Agency(found.agency_id).id())?;
    let row = see(tx, id)?;
    // Whoever is confirmed and invited has yet to redeem one: redeeming it would have ended that.
    let open = row.status == UserStatus::Invited
        && row.provider_id.is_none()
        && (row.confirmed_at.is_some() || !store::has_a_way_in(tx, id)?);
    if !open {
        let words = "There is no invitation to renew: the account has a way in, or was ended.";
        return Err(Refusal::new(&codes::STATE, words).into());
    }
    let since = tx.now().plus_seconds(-WITHIN);
    if store::invited_since(tx, id, since)? >= AT_ONCE {
        let seconds = u32::try_from(WITHIN).unwrap_or_default();
        return Err(Error::too_many(
            seconds,
            "Too many invitations of this account within an hour.",
        ));
    }
    let renewed = invite(tx, &row, rules)?;
    let event = Event::in_agency(row.agency_id, Deed::InvitationRenewed, SubjectKind::User, id)
        .with("expires_at", renewed.expires_at);
    Ok(Change::by(renewed, event))
}

/// Makes an invitation in the place of all before, and mails it.
///
/// # Errors
/// When the database fails.
pub fn invite(tx: &mut Tx<'_>, row: &UserRow, rules: Rules) -> Result<Renewed> {
    let invitation = OpaqueSecret::generate(Purpose::Invitation)?;
    let expires_at = tx.now().plus_seconds(rules.invitation_seconds);
    store::invite(tx, row.id, invitation.digest(), expires_at)?;
    if rules.mails {
        let account = accounts::account(tx, row.id)?.ok_or_else(Error::not_found)?;
        letters::write(tx, &account, Notice::Invitation, Some((&invitation, expires_at)))?;
    }
    Ok(Renewed { invitation, expires_at })
}

/// The account, for whoever may have made it: an admin of its agency, and for an admin's account that was made from outside, a
/// system admin.
fn see(view: &mut View<'_>, id: UserId) -> Result<UserRow> {
    let found = store::find(view, id)?;
    let officer = view.context().officer()?;
    if let Some(row) = &found
        && row.agency_id != officer.agency
        && officer.is(Role::SystemAdmin)
        && row.roles.0.has(Role::AgencyAdmin)
    {
        let agency = agencies::find(view, row.agency_id)?.ok_or_else(Error::not_found)?;
        let facts = Facts::Agency(Some(agencies::facts(view, &agency)?));
        let first = view.permit::<act::CreateFirstAdmin>(&facts).is_ok();
        let recovered =
            recovery::was_begun(view, id)? && view.permit::<act::RecoverAdmin>(&facts).is_ok();
        return if first || recovered { Ok(row.clone()) } else { Err(Error::not_found()) };
    }
    view.permit::<act::InviteAgain>(&Facts::User(found.as_ref().map(UserRow::facts)))?;
    found.ok_or_else(Error::not_found)
}
