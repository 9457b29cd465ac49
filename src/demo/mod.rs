//! The demonstration: made-up agencies and people, two operations that their agencies have made public, a case in the
//! middle of its route, and a case in every state, so that a first visitor has something to look at.
//!
//! Everything is done through the contract, by whom the rules allow, and what lies in the past is done under a clock that
//! shows its time: the journal begins in 2009. Only the state of cases that were worked before this server is recorded as
//! it stood.
//!
//! May import: everything but `cli`.

mod cast;
mod directory;
mod operations;
mod route;
mod scene;
mod stage;
mod states;

use std::fmt::Write;
use std::net::SocketAddr;

use diesel::prelude::*;

use crate::access::Context;
use crate::app::{self, StartError};
use crate::clock::SharedClock;
use crate::config::{Config, Mode};
use crate::credentials::key_ring::KeyRing;
use crate::db::Run;
use crate::db::schema::users;
use crate::demo::stage::Stage;
use crate::error::{Error, Result};
use crate::http::App;
use crate::identity::bootstrap;

/// The password of every account of the demonstration.
pub const PASSWORD: &str = "snow leopard at dawn";
/// The system admin's address.
pub const SYSTEM_ADMIN: &str = "system-admin@demo.example";

/// When the demonstration's agencies begin to work on its server.
const BEGIN: &str = "2009-08-03T05:00:00Z";

/// Why the demonstration was not made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// In production there is none.
    #[error("there is no demonstration in production mode")]
    Production,
    /// In production it is not served either.
    #[error(
        "the database holds the demonstration, whose password everybody knows: not for production mode"
    )]
    Here,
    /// The server's parts.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A step was refused.
    #[error("the demonstration failed: {0}")]
    Step(String),
}

impl From<Error> for DemoError {
    fn from(error: Error) -> Self {
        Self::Step(error.operator().unwrap_or(error.detail()).to_owned())
    }
}

/// What was made.
#[derive(Debug)]
pub enum Filled {
    /// The demonstration, with the addresses of those who may sign in and who they are.
    Now(Vec<(String, String)>),
    /// Nothing: the database has accounts already.
    Before,
}

/// The settings of a demonstration: accounts take effect without confirmation.
#[must_use]
pub fn settings(mut config: Config) -> Config {
    config.server.mode = Mode::Demonstration;
    config.identity.confirm_accounts = false;
    config
}

/// Fills an empty database with the demonstration, whose present is that of `clock`; leaves one with accounts as it is.
///
/// # Errors
/// In production mode, when the database cannot be used, or when a step is refused.
pub async fn fill(config: &Config, clock: SharedClock) -> Result<Filled, DemoError> {
    if config.server.mode == Mode::Production {
        return Err(DemoError::Production);
    }
    let app = app::build(settings(config.clone()), clock.clone())?;
    if has_accounts(&app).await? {
        return Ok(Filled::Before);
    }
    // The server's own keys may be younger than what is played, and no token of the play leaves it.
    app.tokens.take_keys(KeyRing::generate().map_err(StartError::from)?);
    let mut stage = Stage::new(app, BEGIN.parse().map_err(Error::internal)?);
    let (begin, name) = (stage.now(), "System administrator");
    bootstrap::create_system_admin(
        &stage.app.db,
        &stage.app.passwords,
        begin,
        SYSTEM_ADMIN,
        name,
        PASSWORD.into(),
    )
    .await?;
    let cast = cast::engage(&stage).await?;
    operations::play(&stage, &cast).await?;
    route::play(&stage, &cast, clock.now()).await?;
    stage.comes_to_the_present(clock);
    states::play(&stage, &cast).await?;
    let mut sign_ins = vec![(SYSTEM_ADMIN.to_owned(), "system_admin".to_owned())];
    sign_ins.extend(cast.sign_ins);
    Ok(Filled::Now(sign_ins))
}

/// That a production server does not serve the demonstration.
///
/// # Errors
/// It would; or the database is away.
pub async fn refuse(app: &App) -> Result<(), DemoError> {
    if app.config.server.mode != Mode::Production {
        return Ok(());
    }
    let context = Context::of_command("serve", app.clock.now());
    let known = users::table.filter(users::email.eq(SYSTEM_ADMIN)).count();
    let count: i64 = app.db.read(&context, move |view| known.one(view)).await?;
    if count > 0 { Err(DemoError::Here) } else { Ok(()) }
}

async fn has_accounts(app: &App) -> Result<bool> {
    let context = Context::of_command("demo", app.clock.now());
    let count: i64 = app.db.read(&context, |view| users::table.count().one(view)).await?;
    Ok(count > 0)
}

/// What is printed when the demonstration was made.
#[must_use]
pub fn welcome(filled: &Filled, address: SocketAddr) -> String {
    let mut text = match filled {
        Filled::Before => "The database has accounts already; nothing was added.\n".to_owned(),
        Filled::Now(sign_ins) => {
            let mut text =
                format!("The demonstration is ready. Everybody's password is: {PASSWORD}\n\n");
            for (email, who) in sign_ins {
                let _ = writeln!(text, "  {email:<45} {who}");
            }
            text
        }
    };
    let _ = write!(
        text,
        "\nAPI                http://{address}/api/v1\nAPI documentation  http://{address}/api/docs/\n"
    );
    text
}
