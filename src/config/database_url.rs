//! The address of a database, which may hold a password and therefore shows itself without.

use std::fmt;
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
