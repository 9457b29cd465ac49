//! The address of a database, which may hold a password and therefore shows itself without.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};

use super::address::is_host_and_port;

/// The address of a database. `Display` and `Debug` show user and host and never a password.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// The file of an `SQLite` database.
    Sqlite(PathBuf),
    /// The URL of a `PostgreSQL` database as libpq takes it.
    Postgres(SecretString),
}

/// Why a text is no [`DatabaseUrl`]; it does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DatabaseUrlError(&'static str);

/// Parameters of a `PostgreSQL` URL that may be shown.
const SHOWN: [&str; 8] = [
    "sslmode",
    "target_session_attrs",
    "application_name",
    "connect_timeout",
    "host",
    "port",
    "user",
    "dbname",
];

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            return sqlite_path(path).map(Self::Sqlite);
        }
        redacted(text).map(|_| Self::Postgres(SecretString::from(text)))
    }
}

fn sqlite_path(path: &str) -> Result<PathBuf, DatabaseUrlError> {
    let problem = if path.trim().is_empty() || path.contains('\0') {
        "expected a path after sqlite:, such as sqlite:data/passage.db"
    } else if path == ":memory:" {
        "a database in memory has no file that several connections can share: expected sqlite:PATH"
    } else if path.starts_with("//") {
        "expected sqlite:PATH without //, such as sqlite:/var/lib/passage/passage.db"
    } else if path.contains('?') {
        "expected sqlite:PATH without parameters"
    } else {
        return Ok(PathBuf::from(path));
    };
    Err(DatabaseUrlError(problem))
}

/// The `PostgreSQL` URL `url` without what nobody may see. It is refused where it cannot be told what is a password.
fn redacted(url: &str) -> Result<String, DatabaseUrlError> {
    let rest =
        url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://")).ok_or(
            DatabaseUrlError("expected sqlite:PATH or postgres://user:password@host:port/name"),
        )?;
    if rest.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(DatabaseUrlError("expected a URL without spaces: write a space as %20"));
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    if rest.matches('@').count() > authority.matches('@').count().min(1) {
        return Err(DatabaseUrlError(
            "expected @ only before the host: write @ : / ? % in a password as %40 %3A %2F %3F %25",
        ));
    }
    let (user, hosts) = match authority.split_once('@') {
        Some((user, hosts)) => (Some(user), hosts),
        None => (None, authority),
    };
    if !hosts.split(',').all(is_host_and_port) {
        return Err(DatabaseUrlError("expected host or host:port, several separated by commas"));
    }
    let user = match user.map(|user| user.split_once(':').ok_or(user)) {
        None => String::new(),
        Some(Err(name)) => format!("{name}@"),
        Some(Ok((name, _))) => format!("{name}:***@"),
    };
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    let mut shown = format!("postgres://{user}{hosts}{path}");
    for (index, parameter) in query.split('&').filter(|part| !part.is_empty()).enumerate() {
        let Some((key, _)) = parameter.split_once('=') else {
            return Err(DatabaseUrlError("expected parameters of the form key=value after ?"));
        };
        shown.push(if index == 0 { '?' } else { '&' });
        shown.push_str(if SHOWN.contains(&key) { parameter } else { "***" });
    }
    Ok(shown)
}

impl DatabaseUrl {
    /// Whether what is said to the database may be read or changed on the way: it is on another machine, and its certificate
    /// is not held against its name (`sslmode=verify-full`).
    #[must_use]
    pub fn travels_openly(&self) -> bool {
        let Self::Postgres(url) = self else { return false };
        let url = url.expose_secret();
        let (url, query) = url.split_once('?').unwrap_or((url, ""));
        let parameters: Vec<(&str, &str)> =
            query.split('&').filter_map(|parameter| parameter.split_once('=')).collect();
        let said = |wanted: &[&str]| -> Vec<&str> {
            let named = parameters.iter().filter(|(name, _)| wanted.contains(name));
            named.flat_map(|(_, value)| value.split(',')).collect()
        };
        let modes = said(&["sslmode"]);
        if !modes.is_empty() && modes.iter().all(|mode| *mode == "verify-full") {
            return false;
        }
        let authority = url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = authority.split('/').next().unwrap_or_default();
        let hosts = authority.rsplit('@').next().unwrap_or_default();
        let named = said(&["host", "hostaddr"]);
        let hosts = if named.is_empty() { hosts.split(',').collect() } else { named };
        !hosts.into_iter().all(is_this_machine)
    }
}

/// Whether a host of a `PostgreSQL` URL is this machine: a socket's folder, no host at all, or an address of its own.
fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None if host.matches(':').count() == 1 => host.split(':').next().unwrap_or_default(),
        None => host,
    };
    let socket = name.is_empty() || name.starts_with('/') || name.starts_with("%2F");
    socket
        || name == "localhost"
        || name.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "sqlite:{}", path.display()),
            Self::Postgres(url) => formatter.write_str(
                &redacted(url.expose_secret()).unwrap_or_else(|_| "postgres://***".into()),
            ),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        text.parse::<DatabaseUrl>().unwrap().to_string()
    }

    #[test]
    fn sqlite_has_a_path() {
        assert_eq!(shown("sqlite:data/passage.db"), "sqlite:data/passage.db");
        assert_eq!(shown("sqlite:/var/passage.db"), "sqlite:/var/passage.db");
        for wrong in ["sqlite:", "sqlite: ", "sqlite::memory:", "sqlite:///a", "sqlite:a?mode=ro"] {
            assert!(wrong.parse::<DatabaseUrl>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_a_verified_certificate_or_this_machine_keeps_it_to_oneself() {
        let open = |text: &str| text.parse::<DatabaseUrl>().unwrap().travels_openly();
        for safe in [
            "sqlite:data/passage.db",
            "postgres:///passage",
            "postgres://u:p@localhost/passage",
            "postgres://u:p@127.0.0.1:5433,[::1]:5432/passage",
            "postgres://u@/passage?host=/run/postgresql",
            "postgres://u@/passage?host=%2Frun%2Fpostgresql&sslmode=prefer",
            "postgres://u:p@db1.example.org,db2.example.org/passage?sslmode=verify-full",
            "postgres://u:p@db.example.org/passage?sslrootcert=system&sslmode=verify-full",
        ] {
            assert!(!open(safe), "{safe}");
        }
        for unsafe_ in [
            "postgres://u:p@db.example.org/passage",
            "postgres://u:p@db.example.org/passage?sslmode=require",
            "postgres://u:p@db.example.org/passage?sslmode=verify-ca",
            "postgres://u:p@db.example.org?application_name=verify-full",
            "postgres://u:p@db.example.org/passage?sslmode=verify-full&sslmode=disable",
            "postgres://u:p@localhost,db.example.org/passage",
            "postgres://u:p@localhost/passage?host=db.example.org",
            "postgres://u:p@localhost/passage?hostaddr=10.0.0.7",
            "postgres://u:p@10.0.0.7:5432/passage",
            "postgres://u:p@localhost.example.org/passage",
        ] {
            assert!(open(unsafe_), "{unsafe_}");
        }
    }

    #[test]
    fn postgres_shows_user_and_host_and_no_password() {
        assert_eq!(shown("postgres://db"), "postgres://db");
        assert_eq!(shown("postgresql://u:hunter2@db:5432/p"), "postgres://u:***@db:5432/p");
        assert_eq!(shown("postgres://u@/p?host=/run/pg"), "postgres://u@/p?host=/run/pg");
        assert_eq!(
            shown("postgres://u:hunter2@a:1,[::1]:2,c/p"),
            "postgres://u:***@a:1,[::1]:2,c/p"
        );
        assert_eq!(
            shown("postgres://u@db/p?sslmode=require&password=hunter2&sslkey=x"),
            "postgres://u@db/p?sslmode=require&***&***"
        );
        let url: DatabaseUrl = "postgres://u:hunter2@db/p".parse().unwrap();
        assert_eq!(format!("{url:?}"), "\"postgres://u:***@db/p\"");
    }

    #[test]
    fn a_password_that_is_not_encoded_is_refused_and_not_repeated() {
        for wrong in [
            "postgres://u:hun/ter2@db/p",
            "postgres://u:hun?ter2@db/p",
            "postgres://u:hun@ter2@db/p",
            "postgres://u:hun ter2@db/p",
            "postgres://db:hunter2",
            "postgres://u@db/p?hunter2",
            "mysql://u:hunter2@db/p",
            "hunter2",
        ] {
            let error = wrong.parse::<DatabaseUrl>().unwrap_err();
            assert!(!error.to_string().contains("ter2"), "{error}");
        }
    }

    #[test]
    fn a_url_made_by_hand_shows_nothing_it_cannot_read() {
        let url = DatabaseUrl::Postgres(SecretString::from("u:hunter2@db"));
        assert_eq!(format!("{url} {url:?}"), "postgres://*** \"postgres://***\"");
    }
}
