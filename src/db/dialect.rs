//! Every difference between the two databases that a query cannot hide.

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Bool};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use secrecy::ExposeSecret;

use crate::config::{Database, DatabaseUrl};
use crate::country::Country;
use crate::db::conn::Conn;
use crate::db::tx::{Tx, View};
use crate::db::types::Uid;
use crate::error::{Error, Result};
use crate::ids::{ChainId, UserId};

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
}

/// A connection, ready for work.
pub(super) fn connect(settings: &Database, purpose: Purpose) -> Result<Conn> {
    match &settings.url {
        DatabaseUrl::Sqlite(path) => {
            let path = path.to_string_lossy();
            let mut conn =
                SqliteConnection::establish(&path).map_err(|error| Error::unavailable(1, error))?;
            let query_only = if purpose == Purpose::Read { "ON" } else { "OFF" };
            conn.batch_execute(&format!(
                "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16000; \
                 PRAGMA query_only = {query_only};"
            ))
            .map_err(|error| Error::unavailable(1, error))?;
            Ok(Conn::Sqlite(conn))
        }
        DatabaseUrl::Postgres(url) => {
            let mut conn = PgConnection::establish(url.expose_secret())
                .map_err(|error| Error::unavailable(1, error))?;
            let timeout = settings.statement_timeout.as_millis();
            conn.batch_execute(&format!(
                "SET statement_timeout = {timeout}; SET idle_in_transaction_session_timeout = 10000; \
                 SET lock_timeout = {timeout}; SET TimeZone = 'UTC';"
            ))
            .map_err(|error| Error::unavailable(1, error))?;
            Ok(Conn::Pg(conn))
        }
    }
}

/// How a read begins: one consistent look for all its statements.
pub(super) fn begin_read(conn: &mut Conn) -> diesel::QueryResult<()> {
    match conn {
        Conn::Pg(conn) => conn.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        Conn::Sqlite(conn) => conn.batch_execute("BEGIN DEFERRED"),
    }
}

#[derive(QueryableByName)]
struct Got {
    #[diesel(sql_type = Bool)]
    got: bool,
}

/// Whether this transaction is the only one that works under `key` now. On `SQLite` there is only one writer.
pub(super) fn claim_key(tx: &mut Tx<'_>, user: UserId, key: [u8; 32]) -> Result<bool> {
    let Conn::Pg(conn) = tx.conn() else { return Ok(true) };
    let mut number = [0; 8];
    let own = user.uuid().as_u128().to_be_bytes();
    for (at, byte) in number.iter_mut().enumerate() {
        // The random half of the user's id keeps the keys of different users apart.
        *byte = key.get(at).copied().unwrap_or(0) ^ own.get(at + 8).copied().unwrap_or(0);
    }
    let got: Got = sql_query("SELECT pg_try_advisory_xact_lock($1) AS got")
        .bind::<BigInt, _>(i64::from_be_bytes(number))
        .get_result(conn)?;
    Ok(got.got)
}

impl Tx<'_> {
    /// Makes every other writer of the same chain wait, so that what is decided here rests on facts that stand still.
    /// Decisions about a case take the case's chain, those about an agency's users the agency's. On `SQLite` there is
    /// only one writer. Tells whether another one may have written meanwhile, so that what was read before is stale.
    ///
    /// # Errors
    /// When the database fails.
    pub fn lock_chain(&mut self, chain: ChainId) -> Result<bool> {
        let Conn::Pg(conn) = self.conn() else { return Ok(false) };
        sql_query("SELECT 1 FROM journal_chains WHERE id = $1 FOR UPDATE")
            .bind::<Uid, _>(chain)
            .execute(conn)?;
        self.count_statement();
        Ok(true)
    }
}

/// The advisory lock under which identifiers are matched.
const MATCHING: i64 = 0x7061_7373_6d61_7463;

impl Tx<'_> {
    /// Makes every other matching wait until this transaction ends: of two things that are entered at the same time one
    /// must meet the other. Whoever waits holds nothing that whoever matches would wait for. On `SQLite` there is only one
    /// writer.
    ///
    /// # Errors
    /// When the database fails.
    pub fn lock_matching(&mut self) -> Result<()> {
        let Conn::Pg(conn) = self.conn() else { return Ok(()) };
        sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(MATCHING).execute(conn)?;
        self.count_statement();
        Ok(())
    }
}

impl Tx<'_> {
    /// Makes everybody else wait who keeps the profile of `country`, until this transaction ends: whoever comes second
    /// is told that the version is stale. On `SQLite` there is only one writer. Tells whether another one may have
    /// written meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub fn lock_country(&mut self, country: Country) -> Result<bool> {
        let Conn::Pg(conn) = self.conn() else { return Ok(false) };
        let mut name = *b"passcn\0\0";
        for (letter, byte) in name.iter_mut().skip(6).zip(country.as_str().bytes()) {
            *letter = byte;
        }
        sql_query("SELECT pg_advisory_xact_lock($1)")
            .bind::<BigInt, _>(i64::from_be_bytes(name))
            .execute(conn)?;
        self.count_statement();
        Ok(true)
    }
}

/// The advisory lock under which entries are numbered.
const NUMBERING: i64 = 0x7061_7373_6e75_6d62;

impl Tx<'_> {
    /// Whether this transaction is the only one that numbers entries, until it ends; one that is not does not wait. What
    /// another one numbered before is visible to the statements that follow. On `SQLite` there is only one writer.
    ///
    /// # Errors
    /// When the database fails.
    pub fn claim_numbering(&mut self) -> Result<bool> {
        let Conn::Pg(conn) = self.conn() else { return Ok(true) };
        let got: Got = sql_query("SELECT pg_try_advisory_xact_lock($1) AS got")
            .bind::<BigInt, _>(NUMBERING)
            .get_result(conn)?;
        self.count_statement();
        Ok(got.got)
    }
}

impl View<'_> {
    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub fn ping(&mut self) -> Result<()> {
        Ok(self.conn().batch("SELECT 1")?)
    }
}
