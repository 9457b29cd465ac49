//! What every handler works with.

use std::sync::Arc;

use crate::access::{Caller, Officer, Provisioner};
use crate::answer::Answer;
use crate::clock::SharedClock;
use crate::config::Config;
use crate::credentials::passkeys::RelyingParty;
use crate::credentials::password::PasswordHasher;
use crate::credentials::secrets::SecretDigest;
use crate::credentials::tokens::{Claims, TokenIssuer};
use crate::db::{Db, Tx, View};
use crate::error::{Error, Result, codes};
use crate::http::Call;
use crate::http::attempts::Attempts;
use crate::http::pace::Pace;
use crate::http::streams::Streams;
use crate::ids::{AgencyId, ProvisioningTokenId, SessionId, UserId};
use crate::journal::event::Change;
use crate::journal::numbers::Numbers;
use crate::machine_scope::MachineScopes;
use crate::outbound::Outbound;

/// An officer and the state of his or her session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The officer.
    pub officer: Officer,
    /// Whether it is time to note that the session is in use.
    pub touch_due: bool,
}

/// Whose session a request belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The session.
    pub session: SessionId,
    /// The user who began it.
    pub user: UserId,
    /// The agency that the user belonged to then.
    pub agency: AgencyId,
    /// What a machine may ask for at the most; none for a person.
    pub scopes: Option<MachineScopes>,
}

impl From<&Claims> for Holder {
    fn from(claims: &Claims) -> Self {
        let Claims { session, user, agency, scopes, .. } = *claims;
        Self { session, user, agency, scopes }
    }
}

impl From<&Officer> for Holder {
    fn from(officer: &Officer) -> Self {
        let scopes = officer.machine.map(|machine| machine.scopes);
        Self { session: officer.session, user: officer.user, agency: officer.agency, scopes }
    }
}

/// Finds the officer who holds a session, as the database knows him or her now; none when the session has ended, was
/// idle for longer than the seconds given, or the account is not in effect.
pub type Resolve = fn(&mut View<'_>, Holder, i64) -> Result<Option<Resolved>>;

/// Notes that a session is in use, and from which address.
pub type Touch = fn(&mut Tx<'_>, SessionId, &str) -> Result<()>;

/// An identity provider, and whether it is time to note that its token is in use; none when the token is not in effect.
pub type Presented = Option<(Provisioner, bool)>;

/// What is asked about tokens of provisioning.
#[derive(Debug, Clone, Copy)]
pub struct Provisioning {
    /// Finds the identity provider whose token has this digest.
    pub find: fn(&mut View<'_>, SecretDigest) -> Result<Presented>,
    /// Whether the token is still in effect.
    pub stands: fn(&mut View<'_>, Provisioner) -> Result<bool>,
    /// Notes that a token is in use, and from which address.
    pub touch: fn(&mut Tx<'_>, ProvisioningTokenId, &str) -> Result<()>,
}

/// The server's parts, put together once.
#[derive(Clone)]
pub struct App {
    /// The only door to the database.
    pub db: Db,
    /// The time.
    pub clock: SharedClock,
    /// The settings.
    pub config: Arc<Config>,
    /// Hashes passwords, a few at a time.
    pub passwords: PasswordHasher,
    /// What the server is to devices that hold passkeys; none where users reach it by an address.
    pub passkeys: Option<Arc<RelyingParty>>,
    /// Issues and verifies access tokens.
    pub tokens: Arc<TokenIssuer>,
    /// Finds the officer behind a token.
    pub resolve: Resolve,
    /// Notes that the session behind a token is in use.
    pub touch: Touch,
    /// Finds the identity provider behind a token of provisioning.
    pub provisioning: Provisioning,
    /// Failed sign-ins by address.
    pub failures: Arc<Attempts>,
    /// How much accounts and agencies have asked of late.
    pub pace: Arc<Pace>,
    /// How far the numbers of the journal have come.
    pub numbers: Numbers,
    /// Calls identity providers.
    pub outbound: Outbound,
    /// The streams that are open.
    pub streams: Streams,
}

impl App {
    /// Answers a call that changes nothing.
    ///
    /// # Errors
    /// What `work` says; or the database is away.
    pub async fn read(
        &self,
        call: Call,
        work: impl FnOnce(&mut View<'_>, &Call) -> Result<Answer> + Send + 'static,
    ) -> Result<Answer> {
        let context = call.context.clone();
        self.db.read(&context, move |view| work(view, &call)).await
    }

    /// Answers a call that may change something, in one transaction with its journal entries.
    ///
    /// # Errors
    /// What `work` says; the session has ended since the call arrived; or the database is away.
    pub async fn write(
        &self,
        call: Call,
        work: impl Fn(&mut Tx<'_>, &Call) -> Result<Change<Answer>> + Send + 'static,
    ) -> Result<Answer> {
        let context = call.context.clone();
        let (resolve, idle, provisioning) = (self.resolve, self.idle_seconds(), self.provisioning);
        self.db
            .write(&context, move |tx| {
                still_stands(tx, resolve, idle, provisioning)?;
                work(tx, &call)
            })
            .await
    }

    /// Whether a session opens nothing but what sets a second factor up: the officer holds a role that needs one, and has
    /// proved the password alone.
    #[must_use]
    pub fn lacks_second_factor(&self, officer: &Officer) -> bool {
        let needing = officer.roles.intersection(self.config.second_factor_for());
        !officer.second_factor && !needing.is_empty()
    }

    /// Whether this server sends mail.
    #[must_use]
    pub fn mails(&self) -> bool {
        self.config.mail.server.is_some()
    }

    /// How long a session may go unused, in seconds.
    #[must_use]
    pub fn idle_seconds(&self) -> i64 {
        i64::try_from(self.config.identity.session_idle.as_secs()).unwrap_or(i64::MAX)
    }
}

/// A call may have waited for its turn to write: its caller must still be who he or she was when it arrived.
fn still_stands(
    tx: &mut Tx<'_>,
    resolve: Resolve,
    idle_seconds: i64,
    provisioning: Provisioning,
) -> Result<()> {
    let context = tx.context();
    let officer = match &context.caller {
        Caller::Officer(officer) => officer,
        Caller::Provisioner(provisioner) => {
            let stands = (provisioning.stands)(tx, *provisioner)?;
            return if stands { Ok(()) } else { Err(signed_out()) };
        }
        Caller::Command(_) | Caller::Nobody => return Ok(()),
    };
    match resolve(tx, officer.into(), idle_seconds)? {
        Some(now) if now.officer == *officer => Ok(()),
        Some(_) => Err(Error::unavailable(1, "the account changed while the request waited")),
        None => Err(signed_out()),
    }
}

/// The one answer to everybody who is not signed in, whatever the cause.
pub(super) fn signed_out() -> Error {
    Error::new(&codes::UNAUTHENTICATED, "Sign in, and send the access token.")
}
