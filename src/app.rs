//! The composition root: builds the server's parts, binds, runs, drains.
//!
//! May import: everything but `cli`.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::{Server, ServerHandle};
use actix_web::web;

use crate::clock::SharedClock;
use crate::config::{Config, Mode};
use crate::credentials::following;
use crate::credentials::key_ring::KeyRing;
use crate::credentials::marks::{Marks, MarksFault};
use crate::credentials::passkeys::RelyingParty;
use crate::credentials::password::{PasswordHasher, PasswordParameters};
use crate::credentials::tokens::TokenIssuer;
use crate::db::{Db, migrate};
use crate::feed::waking;
use crate::http::attempts::Attempts;
use crate::http::door::{self, CertificateFault, Certificates};
use crate::http::pace::Pace;
use crate::http::streams::Streams;
use crate::http::{App, Provisioning, docs, mount};
use crate::identity::federation::recheck;
use crate::identity::users::api::rules;
use crate::identity::{provisioning, resolve, touch};
use crate::journal::JournalRecorder;
use crate::journal::numbers::{self, Numbers};
use crate::mail::{MailFault, Mailer};
use crate::outbound::{Outbound, OutboundFault};
use crate::routes::{contract, routes};
use crate::upkeep;
use crate::watch::{pass, post};

/// Why the server cannot start: one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Database(#[from] migrate::MigrateError),
    /// The database, once it was open.
    #[error("the database cannot be used: {0}")]
    Lanes(String),
    /// The signing key.
    #[error(transparent)]
    Key(#[from] crate::credentials::keys::KeyFault),
    /// The keys of identifiers.
    #[error(transparent)]
    Marks(#[from] MarksFault),
    /// The certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateFault),
    /// The line to the mail server.
    #[error(transparent)]
    Mail(#[from] MailFault),
    /// Calls to identity providers.
    #[error(transparent)]
    Outbound(#[from] OutboundFault),
    /// The cost of passwords.
    #[error("identity.argon2: {0}")]
    Passwords(#[from] crate::credentials::password::ParameterFault),
    /// The address.
    #[error("cannot listen on {address}: {cause}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// Why not.
        cause: std::io::Error,
    },
    /// The metrics' own listener.
    #[error("{cause}")]
    Metrics {
        /// Why not.
        cause: String,
    },
    /// The server itself.
    #[error("the server ended: {0}")]
    Server(std::io::Error),
}

/// A server that is bound and not yet running.
pub struct Bound {
    /// The parts.
    pub app: App,
    /// Where it listens.
    pub address: SocketAddr,
    mailer: Option<Mailer>,
    certificates: Option<Arc<Certificates>>,
    server: Server,
}

impl std::fmt::Debug for Bound {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "a server on {}", self.address)
    }
}

/// Puts the server's parts together. Outside production the database is migrated first; in production it must have been.
///
/// # Errors
/// When the database, the signing key or the cost of passwords is not usable.
pub fn build(config: Config, clock: SharedClock) -> Result<App, StartError> {
    if config.server.mode == Mode::Production {
        migrate::check(&config.database)?;
    } else {
        migrate::migrate(&config.database)?;
    }
    let kept_seconds = i64::try_from(config.limits.idempotency.as_secs()).unwrap_or(i64::MAX);
    let may_create = config.server.mode != Mode::Production;
    let marks = Arc::new(Marks::load_or_create(&config.identifier_keys_file(), may_create)?);
    let db = Db::open(&config.database, Arc::new(JournalRecorder), marks, kept_seconds)
        .map_err(|error| StartError::Lanes(error.operator().unwrap_or_default().to_owned()))?;
    let keys = KeyRing::load_or_create(&config.signing_key_file(), may_create)?;
    let lifetime = u32::try_from(config.identity.access_token.as_secs()).unwrap_or(u32::MAX);
    let tokens =
        TokenIssuer::new(keys, config.issuer(), config.identity.audience.clone(), lifetime);
    let cost = &config.identity.argon2;
    let passwords = PasswordHasher::new(PasswordParameters {
        memory_kib: cost.memory_kib,
        iterations: cost.iterations,
        parallelism: cost.parallelism,
        permits: u16::try_from(cost.concurrency).unwrap_or(u16::MAX),
        ..PasswordParameters::default()
    })?;
    let outbound = Outbound::new(&config.identity)?;
    let failures = Attempts::new(config.identity.sign_in_failures_per_address_per_minute);
    let passkeys = RelyingParty::at(&config.public_url()).map(Arc::new);
    let pace = Pace::new(&config.limits);
    Ok(App {
        db,
        clock,
        config: Arc::new(config),
        passkeys,
        passwords,
        tokens: Arc::new(tokens),
        resolve,
        touch,
        provisioning: Provisioning {
            find: provisioning::find,
            stands: provisioning::stands,
            touch: provisioning::touch,
        },
        failures: Arc::new(failures),
        pace: Arc::new(pace),
        numbers: Numbers::default(),
        outbound,
        streams: Streams::default(),
    })
}

/// Binds the server to the configured address; port 0 takes a free one.
///
/// # Errors
/// When a part is not usable or the address is taken.
pub fn bind(mut config: Config, clock: SharedClock) -> Result<Bound, StartError> {
    let wanted = config.server.listen;
    let refused = |cause| StartError::Address { address: wanted, cause };
    let listener = TcpListener::bind(wanted).map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    config.server.listen = address;
    let workers = match config.server.workers {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        workers => workers,
    };
    let certificates = config.tls.files.as_ref().map(Certificates::load).transpose()?;
    let tls = certificates.as_ref().map(Certificates::protocol).transpose()?;
    let mailer = Mailer::new(&config.mail)?;
    let app = build(config, clock)?;
    let document = Arc::new(contract());
    let shared = app.clone();
    let routes = move || {
        let (app, document) = (shared.clone(), document.clone());
        move |services: &mut web::ServiceConfig| {
            docs::mount(services);
            mount(services, routes(&document), &app);
        }
    };
    let server = door::open(listener, &app.config, tls, workers, routes).map_err(refused)?;
    Ok(Bound { app, address, mailer, certificates, server })
}

/// Stops a server.
#[derive(Clone)]
pub struct Stopper {
    handle: ServerHandle,
    streams: Streams,
}

impl std::fmt::Debug for Stopper {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a server's stopper")
    }
}

impl Stopper {
    /// Gives the order to stop, at once; the future waits until that is done. With `answer_first`, requests under way are
    /// answered before; streams, which never end by themselves, are ended.
    pub fn stop(&self, answer_first: bool) -> impl Future<Output = ()> + use<> {
        self.streams.end();
        self.handle.stop(answer_first)
    }
}

impl Bound {
    /// What stops the server.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper { handle: self.server.handle(), streams: self.app.streams.clone() }
    }

    /// Runs until the server is stopped.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn run(self) -> Result<(), StartError> {
        let rules = rules(&self.app);
        let rechecking = actix_web::rt::spawn(recheck::keep(self.app.clone()));
        let App { db, clock, numbers, streams, config, tokens, .. } = self.app;
        let keys = actix_web::rt::spawn(following::keep(config.signing_key_file(), tokens));
        let upkeep = actix_web::rt::spawn(upkeep::keep(db.clone(), clock.clone(), rules));
        let watching = actix_web::rt::spawn(pass::keep(
            db.clone(),
            clock.clone(),
            config.watch.clone(),
            self.mailer.is_some(),
        ));
        let posting = self.mailer.map(|mailer| {
            let (url, interval) = (config.public_url(), config.mail.interval);
            actix_web::rt::spawn(post::keep(db.clone(), clock.clone(), mailer, url, interval))
        });
        let renewing = self
            .certificates
            .map(|certificates| actix_web::rt::spawn(door::keep(certificates, config.tls.reload)));
        let waking =
            actix_web::rt::spawn(waking::keep(db.clone(), clock.clone(), numbers.clone(), streams));
        let numbering = actix_web::rt::spawn(numbers::keep(db, clock, numbers, config.feed.poll));
        let ended = self.server.await.map_err(StartError::Server);
        keys.abort();
        rechecking.abort();
        upkeep.abort();
        watching.abort();
        if let Some(posting) = posting {
            posting.abort();
        }
        if let Some(renewing) = renewing {
            renewing.abort();
        }
        waking.abort();
        numbering.abort();
        ended
    }
}
