//! The settings of `[limits]` and `[tls]`: what a client may ask of the server, and over which line.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::{self, Reader};

/// `[limits]`
#[derive(Debug, Clone)]
pub struct Limits {
    /// The longest request body in bytes.
    pub body_bytes: usize,
    /// How long an `Idempotency-Key` gives the first answer again.
    pub idempotency: Duration,
    /// Items in a list when the request does not say.
    pub page_default: u32,
    /// The most items that a request may ask for.
    pub page_max: u32,
    /// How many identifiers are matched within an hour.
    pub matches: Matches,
    /// How often one account may ask.
    pub account: Rate,
    /// How often all accounts of an agency may ask together.
    pub agency: Rate,
    /// Connections that are open at once.
    pub connections: usize,
    /// Connections of one address.
    pub connections_per_address: usize,
    /// How long the handshake of TLS may take, and the head of a request.
    pub head: Duration,
    /// How long a connection stays on which nothing is asked for.
    pub idle: Duration,
    /// How slow a client may be.
    pub slow: Slow,
}

/// How often somebody may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second, in the long run.
    pub per_second: u32,
    /// Requests at once, after a pause.
    pub burst: u32,
}

/// How slow a client may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slow {
    /// For how long.
    pub window: Duration,
    /// What it moves at the least, in bytes a second.
    pub bytes_per_second: u32,
}

/// How many identifiers are matched with what others are after within an hour, whether they are asked for, watched for or
/// entered into cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matches {
    /// By one officer or machine.
    pub officer: i64,
    /// By all of an agency together.
    pub agency: i64,
}

impl Limits {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            body_bytes: reader.number("limits.body_bytes", 1024..=67_108_864),
            idempotency: reader.hours("limits.idempotency_hours", 24..=168),
            page_default: reader.number("limits.page_default", 1..=200),
            page_max: reader.number("limits.page_max", 1..=200),
            matches: Matches {
                officer: reader.number("limits.checks_per_hour", 1..=10_000),
                agency: reader.number("limits.agency_checks_per_hour", 1..=100_000),
            },
            account: Rate {
                per_second: reader.number("limits.account_per_second", 1..=100_000),
                burst: reader.number("limits.account_burst", 1..=1_000_000),
            },
            agency: Rate {
                per_second: reader.number("limits.agency_per_second", 1..=100_000),
                burst: reader.number("limits.agency_burst", 1..=1_000_000),
            },
            connections: reader.number("limits.connections", 16..=1_000_000),
            connections_per_address: reader.number("limits.connections_per_address", 4..=1_000_000),
            head: reader.seconds("limits.head_seconds", 1..=120),
            idle: reader.seconds("limits.idle_seconds", 1..=600),
            slow: Slow {
                window: reader.seconds("limits.slow_seconds", 1..=120),
                bytes_per_second: reader.number("limits.slow_bytes_per_second", 1..=1_048_576),
            },
        }
    }
}

/// `[tls]`
#[derive(Debug, Clone)]
pub struct Tls {
    /// The certificate and its key; without them the API is served without TLS.
    pub files: Option<TlsFiles>,
    /// How often to look whether they have changed.
    pub reload: Duration,
    /// Which of the two was given alone.
    pub(super) alone: Option<&'static str>,
}

/// A certificate and its key.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate with its chain.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

impl Tls {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let certificate = reader.optional("tls.certificate_file", reader::path);
        let key = reader.optional("tls.key_file", reader::path);
        let reload = reader.seconds("tls.reload_seconds", 1..=86_400);
        match (certificate, key) {
            (Some(certificate), Some(key)) => {
                Self { files: Some(TlsFiles { certificate, key }), reload, alone: None }
            }
            (Some(_), None) => Self { files: None, reload, alone: Some("tls.certificate_file") },
            (None, Some(_)) => Self { files: None, reload, alone: Some("tls.key_file") },
            (None, None) => Self { files: None, reload, alone: None },
        }
    }
}
