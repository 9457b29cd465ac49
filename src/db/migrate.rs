//! Migrations: embedded, mirrored, forward-only.

use std::fs::OpenOptions;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sqlite::Sqlite;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use secrecy::ExposeSecret;

use crate::config::{Database, DatabaseUrl};
use crate::db::conn::{Conn, on_either};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The number under which only one server at a time migrates a `PostgreSQL` database.
const MIGRATION_LOCK: i64 = 0x7061_7373_6167_6501;

/// Why a database cannot be used: one line for the operator, without a secret.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// It cannot be reached or opened.
    #[error("the database {database} cannot be opened: {cause}")]
    Away {
        /// The database, without its password.
        database: String,
        /// What the database said.
        cause: String,
    },
    /// It holds something else, or damaged data.
    #[error("the database {database} is damaged or no database of Passage: {cause}")]
    Damaged {
        /// The database, without its password.
        database: String,
        /// What the database said.
        cause: String,
    },
    /// It was migrated by a newer server.
    #[error(
        "the database {database} was migrated by a newer version of Passage (it has migration {newest}); run that version"
    )]
    Newer {
        /// The database, without its password.
        database: String,
        /// The newest migration that this server does not know.
        newest: String,
    },
    /// Migrations are missing.
    #[error("the database {database} lacks {count} migration(s); run `passage migrate` first")]
    Behind {
        /// The database, without its password.
        database: String,
        /// How many.
        count: usize,
    },
    /// A migration failed.
    #[error("a migration of {database} failed: {cause}")]
    Failed {
        /// The database, without its password.
        database: String,
        /// What the database said.
        cause: String,
    },
}

/// Applies what is missing, and tells how many migrations that were. On `PostgreSQL`, where the server's own role is not
/// the one that migrates, that role is given what it needs and nothing more.
///
/// # Errors
/// As [`MigrateError`] says.
pub fn migrate(settings: &Database) -> Result<usize, MigrateError> {
    let url = settings.migration_url.as_ref().unwrap_or(&settings.url);
    if let DatabaseUrl::Sqlite(path) = url {
        prepare_file(path).map_err(|error| MigrateError::Away {
            database: url.to_string(),
            cause: error.to_string(),
        })?;
    }
    let mut conn = open(url)?;
    if let Conn::Pg(pg) = &mut conn {
        pg.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))
            .map_err(|error| failed(url, error))?;
    }
    let missing = missing(&mut conn, url)?;
    if missing > 0 {
        match &mut conn {
            Conn::Pg(conn) => conn.run_pending_migrations(POSTGRES).map(|_| ()),
            Conn::Sqlite(conn) => conn.run_pending_migrations(SQLITE).map(|_| ()),
        }
        .map_err(|error| failed(url, error))?;
    }
    if let Conn::Pg(conn) = &mut conn
        && settings.migration_url.is_some()
        && let Some(server) = role(&settings.url)?
        && role(url)?.as_ref() != Some(&server)
    {
        give_server_role(conn, &server).map_err(|error| failed(url, error))?;
    }
    Ok(missing)
}

/// Makes the folder and the file where they are missing; only the server's own user reads the file.
fn prepare_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Makes sure that the database has every migration of this server and none of a newer one.
///
/// # Errors
/// As [`MigrateError`] says.
pub fn check(settings: &Database) -> Result<(), MigrateError> {
    let url = &settings.url;
    if let DatabaseUrl::Sqlite(path) = url
        && !path.exists()
    {
        return Err(MigrateError::Behind { database: url.to_string(), count: count_known() });
    }
    match missing(&mut open(url)?, url)? {
        0 => Ok(()),
        count => Err(MigrateError::Behind { database: url.to_string(), count }),
    }
}

fn open(url: &DatabaseUrl) -> Result<Conn, MigrateError> {
    let away = |error: &dyn std::fmt::Display| MigrateError::Away {
        database: url.to_string(),
        cause: one_line(error),
    };
    match url {
        DatabaseUrl::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(&path.to_string_lossy())
                .map_err(|error| away(&error))?;
            conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON;")
                .and_then(|()| conn.batch_execute("SELECT count(*) FROM sqlite_schema"))
                .map_err(|error| damaged(url, error))?;
            Ok(Conn::Sqlite(conn))
        }
        DatabaseUrl::Postgres(secret) => PgConnection::establish(secret.expose_secret())
            .map(Conn::Pg)
            .map_err(|error| away(&error)),
    }
}

fn missing(conn: &mut Conn, url: &DatabaseUrl) -> Result<usize, MigrateError> {
    let applied: Vec<String> = if has_migrations(conn).map_err(|error| damaged(url, error))? {
        applied(conn).map_err(|error| damaged(url, error))?
    } else {
        Vec::new()
    };
    let known = known(conn).map_err(|error| failed(url, error))?;
    if let Some(newest) = applied.iter().filter(|version| !known.contains(version)).max() {
        return Err(MigrateError::Newer { database: url.to_string(), newest: newest.clone() });
    }
    Ok(known.iter().filter(|version| !applied.contains(version)).count())
}

fn has_migrations(conn: &mut Conn) -> diesel::QueryResult<bool> {
    use diesel::sql_types::BigInt;

    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let query = match conn {
        Conn::Pg(_) => {
            "SELECT count(*) AS count FROM pg_tables WHERE tablename = '__diesel_schema_migrations'"
        }
        Conn::Sqlite(_) => {
            "SELECT count(*) AS count FROM sqlite_schema WHERE name = '__diesel_schema_migrations'"
        }
    };
    let found: Count = on_either!(conn, |conn| sql_query(query).get_result(conn))?;
    Ok(found.count > 0)
}

/// The migrations that were applied. A plain query, because asking the migration harness would first make its table
/// where it is missing, for which the server's own role has no leave.
fn applied(conn: &mut Conn) -> diesel::QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Applied {
        #[diesel(sql_type = diesel::sql_types::Text)]
        version: String,
    }
    let query = "SELECT version FROM __diesel_schema_migrations";
    let rows: Vec<Applied> = on_either!(conn, |conn| sql_query(query).load(conn))?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

fn known(conn: &Conn) -> diesel::migration::Result<Vec<String>> {
    Ok(match conn {
        Conn::Pg(_) => names(&MigrationSource::<Pg>::migrations(&POSTGRES)?),
        Conn::Sqlite(_) => names(&MigrationSource::<Sqlite>::migrations(&SQLITE)?),
    })
}

fn names<B: diesel::backend::Backend>(migrations: &[Box<dyn Migration<B>>]) -> Vec<String> {
    migrations.iter().map(|migration| migration.name().version().to_string()).collect()
}

fn count_known() -> usize {
    MigrationSource::<Sqlite>::migrations(&SQLITE).map_or(0, |migrations| migrations.len())
}

#[derive(QueryableByName)]
struct Role {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

/// The role that a connection to `url` works as.
fn role(url: &DatabaseUrl) -> Result<Option<String>, MigrateError> {
    let Conn::Pg(mut conn) = open(url)? else { return Ok(None) };
    let role: Role = sql_query("SELECT current_user::text AS name")
        .get_result(&mut conn)
        .map_err(|error| failed(url, error))?;
    Ok(Some(role.name))
}

/// What only grows: the server may add to it and read it.
const APPEND_ONLY: [&str; 18] = [
    "journal_entries",
    "consultations",
    "consultation_reasons",
    "milestone_reports",
    "milestone_reviews",
    "evidence_flags",
    "messages",
    "message_consents",
    "deconfliction_checks",
    "deconfliction_hits",
    "leg_plans",
    "leg_diversions",
    "crossings",
    "quantity_reports",
    "authorisation_questions",
    "country_profiles",
    "feed_entries",
    "control_reports",
];

fn give_server_role(conn: &mut PgConnection, role: &str) -> diesel::QueryResult<()> {
    let role = format!("\"{}\"", role.replace('"', "\"\""));
    conn.batch_execute(&format!(
        "GRANT USAGE ON SCHEMA public TO {role}; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}; \
         REVOKE INSERT, UPDATE, DELETE ON __diesel_schema_migrations FROM {role}; \
         REVOKE DELETE ON journal_chains FROM {role}; \
         REVOKE UPDATE ON journal_texts FROM {role}; \
         REVOKE UPDATE, DELETE ON {} FROM {role};",
        APPEND_ONLY.join(", ")
    ))
}

fn damaged(url: &DatabaseUrl, error: impl std::fmt::Display) -> MigrateError {
    MigrateError::Damaged { database: url.to_string(), cause: one_line(&error) }
}

fn failed(url: &DatabaseUrl, error: impl std::fmt::Display) -> MigrateError {
    MigrateError::Failed { database: url.to_string(), cause: one_line(&error) }
}

fn one_line(error: &dyn std::fmt::Display) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
