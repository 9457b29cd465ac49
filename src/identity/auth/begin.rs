//! How a session begins: whoever proved who he or she is, by whatever means, gets one here and nowhere else. The session
//! of a machine's key is none of these: it begins with the key, in `machines`.

use crate::access::{Permit, act};
use crate::clock::Instant;
use crate::credentials::secrets::{OpaqueSecret, Purpose};
use crate::credentials::tokens::TokenIssuer;
use crate::db::types::Json;
use crate::db::{Tx, View};
use crate::error::{Error, Result, codes};
use crate::http::Call;
use crate::identity::auth::api::Tokens;
use crate::identity::auth::guard;
use crate::identity::auth::store::{self, SessionRow};
use crate::identity::auth::tokens as family;
use crate::identity::factors::{self, Factor};
use crate::identity::federation;
use crate::identity::users::store as users;
use crate::ids::{AgencyId, SessionId, UserId};
use crate::journal::event::{Deed, Event, SubjectKind};

/// For how long a sign-in counts as recent, in seconds.
pub const RECENT: i64 = 15 * 60;

/// What a session is begun with.
pub struct Opening {
    /// The agency of the user whom the permit is for.
    pub agency: AgencyId,
    /// What was proved beside the password, or in its place.
    pub factor: Option<Factor>,
    /// How long it lasts at the most, in seconds.
    pub lifetime: i64,
    /// When the user proved who he or she is.
    pub proved_at: Instant,
    /// How a provider signed the user in, where one vouches for the session.
    pub told: Told,
}

/// How a provider says that it signed a user in (`OpenID` Connect Core 1.0, section 2): its own words, which are kept and
/// shown, and decide nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// How strongly.
    pub acr: Option<String>,
    /// By what means (RFC 8176).
    pub amr: Option<Vec<String>>,
}

/// Whether the user has to sign in elsewhere: where an agency has its officers sign in through its identity provider, those
/// who work on cases sign in there only; its admins sign in here as well, as the way back.
///
/// # Errors
/// When the database fails.
pub fn belongs_elsewhere(view: &mut View<'_>, agency: AgencyId, user: UserId) -> Result<bool> {
    let Some(row) = users::find(view, user)? else { return Err(Error::not_found()) };
    Ok(row.roles.0.is_operational() && federation::required(view, agency)?)
}

/// What one who has to sign in elsewhere is told.
#[must_use]
pub fn elsewhere() -> Error {
    let words = "Your agency has its officers sign in through its identity provider.";
    Error::new(&codes::FEDERATION_REQUIRED, words)
}

/// Begins a session of the user whom the permit is for: the tokens, and what to journal. The caller holds
/// the lock of the agency's chain, and has seen that the account is in effect and that its user does not belong elsewhere.
///
/// # Errors
/// When the database fails.
pub fn begin(
    tx: &mut Tx<'_>,
    call: &Call,
    permit: &Permit<act::SignIn>,
    tokens: &TokenIssuer,
    opening: &Opening,
) -> Result<(Tokens, Event)> {
    let (user, now) = (permit.user()?, tx.now());
    let session = SessionRow {
        id: SessionId::new(now),
        user_id: user,
        agency_id: opening.agency,
        address: call.address.clone(),
        last_address: call.address.clone(),
        device: call.device.clone(),
        authenticated_at: opening.proved_at,
        last_used_at: now,
        expires_at: now.plus_seconds(opening.lifetime),
        ended_at: None,
        end_reason: None,
        second_factor: opening.factor,
        acr: opening.told.acr.clone(),
        amr: opening.told.amr.clone().map(Json),
    };
    store::insert_session(tx, permit, &session)?;
    guard::succeeded(tx, permit, &call.address)?;
    let refresh = OpaqueSecret::generate(Purpose::Refresh)?;
    family::follow(tx, permit, &session, None, refresh.digest())?;
    let access = tokens.issue(now, user, opening.agency, session.id)?;
    let event = Event::in_agency(opening.agency, Deed::SignedIn, SubjectKind::Session, session.id)
        .with("user", user);
    let event = match opening.factor {
        Some(factor) => event.with("second_factor", factor),
        None => event,
    };
    Ok((Tokens::new(&access, &refresh), event))
}

/// That the caller proved who he or she is within the last quarter of an hour, with a second factor where the account has
/// one: for what is dangerous.
///
/// # Errors
/// The sign-in is not recent, or was by password alone.
pub fn recently(view: &mut View<'_>) -> Result<()> {
    let officer = view.context().officer()?;
    let recent = officer.authenticated_at.plus_seconds(RECENT) > view.now();
    if recent && proved_enough(view)? {
        return Ok(());
    }
    let words =
        "This needs a sign-in of the last 15 minutes, with a second factor where you have one.";
    Err(Error::new(&codes::REAUTHENTICATION_REQUIRED, words))
}

/// Whether the caller's session began with a second factor, or the account has none.
///
/// # Errors
/// When the database fails.
pub fn proved_enough(view: &mut View<'_>) -> Result<bool> {
    let officer = view.context().officer()?;
    Ok(officer.second_factor || !factors::asked(view, officer.user)?)
}
