//! The PostgreSQL server that `PASSAGE_TEST_POSTGRES_URL` names: two roles and a migrated template, made once for each
//! run of the tests, and a copy of the template for each story.
//!
//! The tables belong to `passage_owner`, who migrates; the server works as `passage_server`, who owns nothing.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};
use passage::db::migrate;

use super::backend::settings;

const VARIABLE: &str = "PASSAGE_TEST_POSTGRES_URL";
/// The role that owns the tables.
pub const OWNER: &str = "passage_owner";
/// The role that the server works as.
pub const SERVER: &str = "passage_server";
/// The password of both: the cluster is thrown away with the run.
const PASSWORD: &str = "only-for-tests";
/// Only one run at a time makes roles and cleans up.
const SETUP_LOCK: i64 = 0x7061_7373_6167_6502;

/// The server, with its template ready.
pub struct PostgresServer {
    /// The superuser's connection; making and dropping databases takes turns.
    admin: Mutex<PgConnection>,
    admin_url: String,
    template: String,
    made: AtomicU32,
}

/// A database of one story.
pub struct PostgresDatabase {
    name: String,
    server: &'static PostgresServer,
}

/// The server, or none where the environment names none.
///
/// # Panics
/// Where the server cannot be used, and in CI where none is named.
pub fn server() -> Option<&'static PostgresServer> {
    static CELL: OnceLock<Option<PostgresServer>> = OnceLock::new();
    let cell = CELL.get_or_init(|| std::env::var(VARIABLE).ok().map(PostgresServer::prepare));
    assert!(
        cell.is_some() || std::env::var_os("CI").is_none(),
        "{VARIABLE} is missing: run `make test`, which starts a server of its own"
    );
    cell.as_ref()
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

impl PostgresServer {
    fn prepare(admin_url: String) -> Self {
        let mut admin = PgConnection::establish(&admin_url).unwrap();
        let prefix = format!("passage_it_{}", std::process::id());
        let template = format!("{prefix}_template");
        admin.batch_execute(&format!("SELECT pg_advisory_lock({SETUP_LOCK})")).unwrap();
        drop_leftovers(&mut admin);
        for role in [OWNER, SERVER] {
            admin
                .batch_execute(&format!(
                    "DO $$ BEGIN CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'; \
                     EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
                ))
                .unwrap();
        }
        admin.batch_execute(&format!("CREATE DATABASE {template} OWNER {OWNER}")).unwrap();
        migrate::migrate(
            &settings(&[
                ("PASSAGE_DATABASE__URL", with_role(&admin_url, SERVER, &template)),
                ("PASSAGE_DATABASE__MIGRATION_URL", with_role(&admin_url, OWNER, &template)),
            ])
            .database,
        )
        .unwrap();
        admin.batch_execute(&format!("SELECT pg_advisory_unlock({SETUP_LOCK})")).unwrap();
        Self { admin: Mutex::new(admin), admin_url, template, made: AtomicU32::new(0) }
    }

    /// A copy of the template.
    pub fn fresh_database(&'static self) -> PostgresDatabase {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let name = format!("passage_it_{}_{number}", std::process::id());
        let copy = format!("CREATE DATABASE {name} TEMPLATE {} OWNER {OWNER}", self.template);
        self.admin(&copy).unwrap();
        PostgresDatabase { name, server: self }
    }

    fn admin(&self, statement: &str) -> diesel::QueryResult<()> {
        let mut admin = self.admin.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        admin.batch_execute(statement)
    }
}

impl PostgresDatabase {
    /// The URL of the server's role.
    pub fn server_url(&self) -> String {
        with_role(&self.server.admin_url, SERVER, &self.name)
    }

    /// The URL of the owner of the tables.
    pub fn owner_url(&self) -> String {
        with_role(&self.server.admin_url, OWNER, &self.name)
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        // A database that stays behind is cleared away by the next run; a story must not fail for it.
        let _ = self.server.admin(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// Drops what runs left behind whose process is gone: the template of every run, for one.
fn drop_leftovers(admin: &mut PgConnection) {
    let names: Vec<Name> = sql_query(
        "SELECT datname::text AS name FROM pg_database WHERE datname LIKE 'passage\\_it\\_%'",
    )
    .load(admin)
    .unwrap();
    for Name { name } in names {
        let process = name.split('_').nth(2).unwrap_or_default();
        if !std::path::Path::new("/proc").join(process).exists() {
            let _ = admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// The same server as in `admin_url`, as another role on another database.
fn with_role(admin_url: &str, role: &str, database: &str) -> String {
    let rest = admin_url.split_once("://").unwrap().1;
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let host = place.split(['/', '?']).next().unwrap();
    let query = place.split_once('?').map_or(String::new(), |(_, query)| format!("?{query}"));
    format!("postgres://{role}:{PASSWORD}@{host}/{database}{query}")
}
