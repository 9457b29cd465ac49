//! The settings of `[identity]`.

use std::path::PathBuf;
use std::time::Duration;

use super::address;
use super::reader::{self, Reader};
use crate::role::{Role, RoleSet};
use crate::text_enum::TextEnum;

/// `[identity]`
#[derive(Debug, Clone)]
pub struct Identity {
    /// The issuer of our tokens as configured; [`super::Config::issuer`] knows the default.
    pub issuer: Option<String>,
    /// The audience of our tokens.
    pub audience: String,
    /// The signing key's file as configured; [`super::Config::signing_key_file`] knows the default.
    pub signing_key_file: Option<PathBuf>,
    /// How long a new signing key is published before it signs.
    pub signing_key_notice: Duration,
    /// How long an access token lasts.
    pub access_token: Duration,
    /// How long after the sign-in a session ends in any case.
    pub refresh_token: Duration,
    /// How long a session lasts without being used.
    pub session_idle: Duration,
    /// How long an invitation can be redeemed.
    pub invitation: Duration,
    /// Whether a new operational account waits for a confirmation.
    pub confirm_accounts: bool,
    /// Whose sessions need a second factor, as configured; [`super::Config::second_factor_for`] knows the default.
    pub second_factor_for: Option<RoleSet>,
    /// The cost of hashing passwords.
    pub argon2: Argon2Cost,
    /// The hosts that identity providers may have; empty for any public one.
    pub federation_hosts: Vec<String>,
    /// Whether identity providers on this machine may be called, also without TLS.
    pub federation_loopback_http: bool,
    /// How long sessions go on while their provider does not answer.
    pub federation_outage: Duration,
    /// Failed sign-ins that one address has within a minute.
    pub sign_in_failures_per_address_per_minute: u32,
}

/// The cost of hashing one password with Argon2id, and how many are hashed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes of the memory.
    pub parallelism: u32,
    /// Passwords hashed at once.
    pub concurrency: usize,
}

impl Identity {
    /// The roles that never go without a second factor in production mode.
    #[must_use]
    pub fn never_by_password_alone() -> RoleSet {
        [Role::AgencyAdmin, Role::SystemAdmin, Role::Authority].into_iter().collect()
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            issuer: reader.optional("identity.issuer", address::origin),
            audience: reader.parsed("identity.audience", reader::word, String::new()),
            signing_key_file: reader.optional("identity.signing_key_file", reader::path),
            signing_key_notice: reader.minutes("identity.signing_key_notice_minutes", 5..=10080),
            access_token: reader.seconds("identity.access_token_seconds", 60..=600),
            refresh_token: reader.days("identity.refresh_token_days", 1..=30),
            session_idle: reader.hours("identity.session_idle_hours", 1..=720),
            invitation: reader.hours("identity.invitation_hours", 1..=336),
            confirm_accounts: reader.flag("identity.confirm_accounts"),
            second_factor_for: reader.optional("identity.second_factor_for", roles),
            argon2: Argon2Cost {
                memory_kib: reader.number("identity.argon2_memory_kib", 8..=4_194_304),
                iterations: reader.number("identity.argon2_iterations", 1..=100),
                parallelism: reader.number("identity.argon2_parallelism", 1..=64),
                concurrency: reader.number("identity.argon2_concurrency", 1..=64),
            },
            federation_hosts: reader.parsed(
                "identity.federation_hosts",
                address::hosts,
                Vec::new(),
            ),
            federation_loopback_http: reader.flag("identity.federation_loopback_http"),
            federation_outage: reader.minutes("identity.federation_outage_minutes", 15..=600),
            sign_in_failures_per_address_per_minute: reader
                .number("identity.sign_in_failures_per_address_per_minute", 1..=10_000),
        }
    }
}

/// Roles, separated by commas.
fn roles(text: &str) -> Result<RoleSet, String> {
    let words = text.split(',').map(str::trim);
    let roles: Option<RoleSet> = words.map(Role::from_word).collect();
    roles.ok_or_else(|| format!("expected roles of {}, separated by commas", Role::words()))
}
