//! What every handler works with.

use std::sync::Arc;

use crate::access::Officer;
use crate::answer::Answer;
use crate::clock::SharedClock;
use crate::config::Config;
use crate::credentials::password::PasswordHasher;
use crate::credentials::tokens::{Claims, TokenIssuer};
use crate::db::{Db, Tx, View};
use crate::error::Result;
use crate::http::Call;
use crate::http::attempts::Attempts;
use crate::ids::SessionId;
use crate::journal::event::Change;

/// An officer and the state of his or her session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The officer.
    pub officer: Officer,
    /// Whether it is time to note that the session is in use.
    pub touch_due: bool,
}

/// Finds the officer behind a verified token, as the database knows him or her now; none when the session has ended,
/// was idle for longer than the seconds given, or the account is not in effect.
pub type Resolve = fn(&mut View<'_>, &Claims, i64) -> Result<Option<Resolved>>;

/// Notes that a session is in use.
pub type Touch = fn(&mut Tx<'_>, SessionId) -> Result<()>;

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
    /// Issues and verifies access tokens.
    pub tokens: Arc<TokenIssuer>,
    /// Finds the officer behind a token.
    pub resolve: Resolve,
    /// Notes that the session behind a token is in use.
    pub touch: Touch,
    /// Failed sign-ins by address.
    pub failures: Arc<Attempts>,
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
    /// What `work` says; or the database is away.
    pub async fn write(
        &self,
        call: Call,
        work: impl Fn(&mut Tx<'_>, &Call) -> Result<Change<Answer>> + Send + 'static,
    ) -> Result<Answer> {
        let context = call.context.clone();
        self.db.write(&context, move |tx| work(tx, &call)).await
    }
}
