//! The configuration: read once at start from three layers, checked as a whole, passed as a value.
//!
//! The layers are `config/default.toml` (embedded), the file given by `--config`, and environment variables of the
//! form `PASSAGE_<SECTION>__<KEY>`, each over the one before. `config/default.toml` is the schema: what does not stand
//! there cannot be set, and what stands there has the type that it has there.
//!
//! Invariants: a [`Config`] handed out by [`Config::load`] has no fault, and whoever gets faults gets all of them at
//! once; no secret is shown by `Debug`, `Display`, a fault or [`Config::describe`]; there is no global configuration.
//!
//! To add a setting: `config/default.toml` with its comment, the field and its line in `read`, and the table in
//! `docs/configuration.md`; tests hold the three to each other.
//!
//! May import: `email`, `role`, `text_enum`.

mod address;
mod database_url;
mod describe;
mod fault;
mod identity;
mod layers;
mod limits;
mod production;
mod reader;
mod rules;
mod sections;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

pub use database_url::{DatabaseUrl, DatabaseUrlError};
pub use fault::{ConfigFault, ConfigFaults, Source};
pub use identity::{Argon2Cost, Identity};
pub use limits::{Limits, Matches, Rate, Slow, Tls, TlsFiles};
pub use sections::{
    Access, Balance, Database, Feed, Journal, Log, LogFormat, Mail, MailSecurity, Metrics, Mode,
    Planning, ProxyHeader, Server, Watch,
};

use layers::Layers;
use reader::Reader;

use crate::role::RoleSet;

/// What a configuration is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// A command that ends.
    Command,
    /// A server.
    Server,
}

/// Every setting, typed and checked. `Config::default()` is `config/default.toml`.
#[derive(Clone)]
pub struct Config {
    /// How the server runs.
    pub server: Server,
    /// The line to the API.
    pub tls: Tls,
    /// Where the data is.
    pub database: Database,
    /// The listener for metrics.
    pub metrics: Metrics,
    /// Accounts, sessions and tokens.
    pub identity: Identity,
    /// Who sees what.
    pub access: Access,
    /// What is recorded.
    pub journal: Journal,
    /// What a plan is held against.
    pub planning: Planning,
    /// How quantities of goods are held against each other.
    pub balance: Balance,
    /// The numbering of the journal, and who follows it.
    pub feed: Feed,
    /// `[watch]`
    pub watch: Watch,
    /// `[mail]`
    pub mail: Mail,
    /// What a request may ask for.
    pub limits: Limits,
    /// What is logged.
    pub log: Log,
    layers: Layers,
}

impl Config {
    /// Reads the defaults, then `file`, then `environment` (see [`environment`]).
    ///
    /// # Errors
    /// Everything that is wrong, all at once.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigFaults> {
        Self::load_for(Purpose::Command, file, environment)
    }

    /// The same for a server, which in production mode is not given everything that a command may have.
    ///
    /// # Errors
    /// Everything that is wrong, all at once.
    pub fn load_to_serve(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigFaults> {
        Self::load_for(Purpose::Server, file, environment)
    }

    fn load_for(
        purpose: Purpose,
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigFaults> {
        let mut faults = ConfigFaults::default();
        let mut layers = Layers::defaults();
        let file_is_read = file.is_none_or(|file| layers.overlay_file(file, &mut faults));
        layers.overlay_environment(environment, &mut faults);
        let mut reader = Reader::new(&layers, faults);
        let config = Self::read(&mut reader, layers.without_secrets());
        if file_is_read {
            // Without the file these would blame settings for what the file says.
            rules::check(&config, purpose, &mut reader);
        }
        if reader.faults.all().is_empty() { Ok(config) } else { Err(reader.faults) }
    }

    fn read(reader: &mut Reader<'_>, layers: Layers) -> Self {
        Self {
            server: Server::read(reader),
            tls: Tls::read(reader),
            database: Database::read(reader),
            metrics: Metrics::read(reader),
            identity: Identity::read(reader),
            access: Access::read(reader),
            journal: Journal::read(reader),
            planning: Planning::read(reader),
            balance: Balance::read(reader),
            feed: Feed::read(reader),
            mail: Mail::read(reader),
            watch: Watch::read(reader),
            limits: Limits::read(reader),
            log: Log::read(reader),
            layers,
        }
    }

    /// `scheme://host[:port]` at which users reach this server, without a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> String {
        let scheme = if self.tls.files.is_some() { "https" } else { "http" };
        let derived = || format!("{scheme}://{}", self.server.listen);
        self.server.public_url.clone().unwrap_or_else(derived)
    }

    /// The issuer of the tokens that this server signs.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.identity.issuer.clone().unwrap_or_else(|| self.public_url())
    }

    /// The roles whose sessions need a second factor.
    #[must_use]
    pub fn second_factor_for(&self) -> RoleSet {
        let derived = || match self.server.mode {
            Mode::Production => Identity::never_by_password_alone(),
            Mode::Development | Mode::Demonstration => RoleSet::EMPTY,
        };
        self.identity.second_factor_for.unwrap_or_else(derived)
    }

    /// The file with the private keys that sign access tokens.
    #[must_use]
    pub fn signing_key_file(&self) -> PathBuf {
        let derived = || self.server.data_dir.join("signing-key.pem");
        self.identity.signing_key_file.clone().unwrap_or_else(derived)
    }

    /// The file with the keys that identifiers are sealed and found with.
    #[must_use]
    pub fn identifier_keys_file(&self) -> PathBuf {
        let derived = || self.server.data_dir.join("identifier-keys");
        self.database.identifier_keys_file.clone().unwrap_or_else(derived)
    }

    /// The database for migrations: `database.migration_url`, otherwise `database.url`.
    #[must_use]
    pub fn migration_url(&self) -> &DatabaseUrl {
        self.database.migration_url.as_ref().unwrap_or(&self.database.url)
    }

    /// The names of all environment variables that are settings, in the order of `config/default.toml`.
    #[must_use]
    pub fn variables() -> Vec<String> {
        Layers::defaults().settings.iter().map(layers::Setting::variable).collect()
    }

    /// What an operator must not overlook, one line each, for the log at start.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        rules::warnings(self)
    }

    /// Every setting as it was loaded, with the source it came from; secrets are redacted.
    #[must_use]
    pub fn describe(&self) -> String {
        describe::describe(self)
    }
}

impl Default for Config {
    fn default() -> Self {
        let layers = Layers::defaults();
        let mut reader = Reader::new(&layers, ConfigFaults::default());
        Self::read(&mut reader, layers.without_secrets())
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Config")
            .field("server", &self.server)
            .field("tls", &self.tls)
            .field("database", &self.database)
            .field("metrics", &self.metrics)
            .field("identity", &self.identity)
            .field("access", &self.access)
            .field("journal", &self.journal)
            .field("planning", &self.planning)
            .field("balance", &self.balance)
            .field("feed", &self.feed)
            .field("mail", &self.mail)
            .field("watch", &self.watch)
            .field("limits", &self.limits)
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

/// The environment of this process as [`Config::load`] takes it. A value that is not UTF-8 becomes a fault there.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().map(|(name, value)| {
        (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
    })
}
