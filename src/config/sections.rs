//! The settings as plain values. What each means, with unit, range and default, stands in `config/default.toml`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use tracing_subscriber::EnvFilter;

use super::address;
use super::database_url::DatabaseUrl;
use super::reader::{self, Reader};
use crate::email::Email;
use crate::text_enum;

text_enum! {
    /// What the server is for.
    pub enum Mode {
        /// For work on Passage itself.
        Development = "development",
        /// For training and shows.
        Demonstration = "demonstration",
        /// For real cases; refuses settings that are not safe.
        Production = "production",
    }
}

text_enum! {
    /// Where a reverse proxy says for whom it asks.
    pub enum ProxyHeader {
        /// As most of them do.
        XForwardedFor = "x-forwarded-for",
        /// As RFC 7239 says.
        Forwarded = "forwarded",
    }
}

text_enum! {
    /// The form of the log.
    pub enum LogFormat {
        /// For people.
        Text = "text",
        /// For machines: one JSON object a line.
        Json = "json",
    }
}

const LOCAL: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

/// `[server]`
#[derive(Debug, Clone)]
pub struct Server {
    /// What the server is for.
    pub mode: Mode,
    /// The address of the API; with port 0 the caller puts the address that was bound in its place.
    pub listen: SocketAddr,
    /// `scheme://host[:port]` as configured; [`super::Config::public_url`] knows the default.
    pub public_url: Option<String>,
    /// The directory for what is kept beside the database.
    pub data_dir: PathBuf,
    /// How long requests under way may go on at the end.
    pub shutdown_grace: Duration,
    /// Threads that take requests; 0 stands for one for each core.
    pub workers: usize,
    /// The reverse proxies whose word counts.
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which they name the client.
    pub proxy_header: ProxyHeader,
}

impl Server {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            mode: reader.choice("server.mode", Mode::Development),
            listen: reader.parsed("server.listen", address::listen, LOCAL),
            public_url: reader.optional("server.public_url", address::origin),
            data_dir: reader.parsed("server.data_dir", reader::path, PathBuf::new()),
            shutdown_grace: reader.seconds("server.shutdown_grace_seconds", 0..=300),
            workers: reader.number("server.workers", 0..=512),
            trusted_proxies: reader.parsed("server.trusted_proxies", address::networks, Vec::new()),
            proxy_header: reader.choice("server.proxy_header", ProxyHeader::XForwardedFor),
        }
    }
}

/// `[database]`
#[derive(Debug, Clone)]
pub struct Database {
    /// Where the data is.
    pub url: DatabaseUrl,
    /// The database as the owner of its tables reaches it.
    pub migration_url: Option<DatabaseUrl>,
    /// Connections that read (`SQLite`).
    pub readers: usize,
    /// Connections (`PostgreSQL`).
    pub connections: usize,
    /// Jobs that may wait for a connection.
    pub queue: usize,
    /// Writes that may share one commit (`SQLite`).
    pub group_commit: usize,
    /// The file of the identifiers' keys as configured; [`super::Config::identifier_keys_file`] knows the default.
    pub identifier_keys_file: Option<PathBuf>,
    /// How long one statement may take.
    pub statement_timeout: Duration,
}

impl Database {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let placeholder = DatabaseUrl::Sqlite(PathBuf::new());
        Self {
            url: reader.parsed("database.url", str::parse, placeholder),
            migration_url: reader.optional("database.migration_url", str::parse),
            readers: reader.number("database.readers", 1..=64),
            connections: reader.number("database.connections", 1..=1000),
            queue: reader.number("database.queue", 16..=65536),
            group_commit: reader.number("database.group_commit", 1..=1024),
            identifier_keys_file: reader.optional("database.identifier_keys_file", reader::path),
            statement_timeout: reader.seconds("database.statement_timeout_seconds", 1..=300),
        }
    }
}

/// `[metrics]`
#[derive(Debug, Clone)]
pub struct Metrics {
    /// The address of `/metrics`; `None` is off.
    pub listen: Option<SocketAddr>,
}

impl Metrics {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { listen: reader.optional("metrics.listen", address::listen) }
    }
}

/// `[access]`
#[derive(Debug, Clone)]
pub struct Access {
    /// Whether the first reading of a case in a session needs a reason.
    pub require_consultation_reason: bool,
}

impl Access {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let require_consultation_reason = reader.flag("access.require_consultation_reason");
        Self { require_consultation_reason }
    }
}

/// `[journal]`
#[derive(Debug, Clone)]
pub struct Journal {
    /// How far ahead of the clock a reported time may be.
    pub allowed_skew: Duration,
    /// How long after the event a report counts as on time.
    pub late_entry: Duration,
}

impl Journal {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            allowed_skew: reader.seconds("journal.allowed_skew_seconds", 0..=3600),
            late_entry: reader.minutes("journal.late_entry_minutes", 1..=10080),
        }
    }
}

/// `[planning]`
#[derive(Debug, Clone)]
pub struct Planning {
    /// How long a grant is to last beyond the planned exit (invariant 2).
    pub grant_margin: Duration,
}

impl Planning {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { grant_margin: reader.minutes("planning.grant_margin_minutes", 0..=10080) }
    }
}

/// `[balance]`
#[derive(Debug, Clone)]
pub struct Balance {
    /// How far what was measured may be off, in percent of what there was.
    pub tolerance_measured: u8,
    /// The same where something was estimated.
    pub tolerance_estimated: u8,
}

impl Balance {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            tolerance_measured: reader.number("balance.tolerance_measured_percent", 0..=100),
            tolerance_estimated: reader.number("balance.tolerance_estimated_percent", 0..=100),
        }
    }
}

/// `[watch]`
#[derive(Debug, Clone)]
pub struct Watch {
    /// How often to look for what somebody has to be told of.
    pub interval: Duration,
    /// After which time an alert that nobody acknowledged goes to the agency's contact point.
    pub contact_after: Duration,
    /// After which time it goes to the coordinators of the case.
    pub coordinator_after: Duration,
    /// How long before a grant ends its agencies are told.
    pub grant_ends_within: Duration,
}

impl Watch {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            interval: reader.seconds("watch.interval_seconds", 1..=3600),
            contact_after: reader.minutes("watch.contact_after_minutes", 1..=1440),
            coordinator_after: reader.minutes("watch.coordinator_after_minutes", 1..=2880),
            grant_ends_within: reader.minutes("watch.grant_ends_within_minutes", 1..=10080),
        }
    }
}

text_enum! {
    /// How the line to the mail server is kept private.
    pub enum MailSecurity {
        /// It begins in the open and is encrypted before anything is said; otherwise nothing is sent.
        StartTls = "starttls",
        /// It is encrypted from the beginning.
        Tls = "tls",
        /// Not at all: for a server on the same machine.
        None = "none",
    }
}

/// `[mail]`
#[derive(Debug, Clone)]
pub struct Mail {
    /// The mail server's name and port; nothing is mailed without it.
    pub server: Option<(String, u16)>,
    /// How the line to it is kept private.
    pub security: MailSecurity,
    /// Who signs in there.
    pub user: Option<String>,
    /// The file that holds the password.
    pub password_file: Option<PathBuf>,
    /// From whom the mail is.
    pub from: Email,
    /// How often to look for mail that is due.
    pub interval: Duration,
}

impl Mail {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            server: reader.optional("mail.server", server),
            security: reader.choice("mail.security", MailSecurity::StartTls),
            user: reader.optional("mail.user", reader::word),
            password_file: reader.optional("mail.password_file", reader::path),
            from: reader.parsed("mail.from", str::parse, Email::nobody()),
            interval: reader.seconds("mail.interval_seconds", 1..=3600),
        }
    }
}

/// A host and a port.
fn server(text: &str) -> Result<(String, u16), &'static str> {
    let wrong = "expected the name of the mail server and its port, such as mail.example.org:587";
    let (host, port) = text.rsplit_once(':').ok_or(wrong)?;
    let fine = !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-[]:".contains(&byte));
    let port = port.parse().ok().filter(|port| *port > 0);
    match port {
        Some(port) if fine => Ok((host.trim_matches(['[', ']']).to_owned(), port)),
        _ => Err(wrong),
    }
}

/// `[feed]`
#[derive(Debug, Clone)]
pub struct Feed {
    /// How often to look for entries that another server wrote.
    pub poll: Duration,
    /// How often a silent stream says that it is still there.
    pub heartbeat: Duration,
    /// How long a client may take nothing of what waits for it.
    pub stalled: Duration,
    /// Streams that one user may have open at this server.
    pub streams_per_user: usize,
}

impl Feed {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            poll: reader.milliseconds("feed.poll_milliseconds", 50..=500),
            heartbeat: reader.seconds("feed.heartbeat_seconds", 1..=60),
            stalled: reader.seconds("feed.stalled_seconds", 1..=300),
            streams_per_user: reader.number("feed.streams_per_user", 1..=1000),
        }
    }
}

/// `[log]`
#[derive(Debug, Clone)]
pub struct Log {
    /// The form of the log.
    pub format: LogFormat,
    /// Directives of `tracing_subscriber::EnvFilter`, checked.
    pub filter: String,
}

impl Log {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            format: reader.choice("log.format", LogFormat::Text),
            filter: reader.parsed("log.filter", filter, String::new()),
        }
    }
}

fn filter(text: &str) -> Result<String, &'static str> {
    if !text.trim().is_empty() && EnvFilter::builder().parse(text).is_ok() {
        Ok(text.to_owned())
    } else {
        Err(
            "expected a level (error, warn, info, debug, trace) or directives such as info,passage::db=debug",
        )
    }
}
