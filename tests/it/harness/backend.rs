//! The two databases, and a fresh one of either for each story.

use std::path::PathBuf;
use std::sync::OnceLock;

use passage::config::Config;
use passage::db::migrate;
use tempfile::TempDir;

use super::postgres::{self, PostgresDatabase};

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// In a file.
    Sqlite,
    /// On the server of `PASSAGE_TEST_POSTGRES_URL`.
    Postgres,
}

/// A migrated database that one story has for itself; it is gone when this is dropped.
pub enum Database {
    /// A file.
    Sqlite(PathBuf),
    /// A database on a server.
    Postgres(PostgresDatabase),
}

impl Database {
    /// A fresh database of `backend`, a file in `folder` where it is one; none where PostgreSQL is not to be had.
    pub fn fresh(backend: Backend, folder: &TempDir) -> Option<Self> {
        match backend {
            Backend::Sqlite => {
                let path = folder.path().join("passage.db");
                std::fs::copy(sqlite_template(), &path).unwrap();
                Some(Self::Sqlite(path))
            }
            Backend::Postgres => Some(Self::Postgres(postgres::server()?.fresh_database())),
        }
    }

    /// What the server is configured with.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(database) => database.server_url(),
        }
    }
}

/// A migrated SQLite file, made once for all stories.
fn sqlite_template() -> PathBuf {
    static TEMPLATE: OnceLock<TempDir> = OnceLock::new();
    let folder = TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("passage.db").display());
        migrate::migrate(&settings(&[("PASSAGE_DATABASE__URL", url)]).database).unwrap();
        folder
    });
    folder.path().join("passage.db")
}

/// A configuration with `changes` over the defaults.
pub fn settings(changes: &[(&str, String)]) -> Config {
    let environment = changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    Config::load(None, environment).unwrap_or_else(|faults| panic!("{faults}"))
}

/// A place for a world, with a database in it; none where PostgreSQL is not to be had.
pub fn place(backend: Backend) -> Option<(TempDir, Database)> {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::fresh(backend, &folder)?;
    Some((folder, database))
}

/// What a server is started with.
pub fn usual<'a>(
    folder: &TempDir,
    database: &Database,
    changes: &[(&'a str, &str)],
) -> Vec<(&'a str, String)> {
    let mut settings = vec![
        ("PASSAGE_SERVER__LISTEN", "127.0.0.1:0".to_owned()),
        ("PASSAGE_SERVER__DATA_DIR", folder.path().display().to_string()),
        ("PASSAGE_SERVER__WORKERS", "1".to_owned()),
        ("PASSAGE_SERVER__SHUTDOWN_GRACE_SECONDS", "1".to_owned()),
        ("PASSAGE_DATABASE__URL", database.url()),
        ("PASSAGE_DATABASE__CONNECTIONS", "4".to_owned()),
        // Identity providers of stories are on this machine.
        ("PASSAGE_IDENTITY__FEDERATION_LOOPBACK_HTTP", "true".to_owned()),
        // Stories that are about alerts look themselves.
        ("PASSAGE_WATCH__INTERVAL_SECONDS", "3600".to_owned()),
        // What passwords cost is no part of any story.
        ("PASSAGE_IDENTITY__ARGON2_MEMORY_KIB", "8".to_owned()),
        ("PASSAGE_IDENTITY__ARGON2_ITERATIONS", "1".to_owned()),
    ];
    settings.extend(changes.iter().map(|(name, value)| (*name, (*value).to_owned())));
    settings
}
