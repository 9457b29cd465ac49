//! One connection to either database, and queries that are checked against both.

use diesel::connection::SimpleConnection;
use diesel::pg::{Pg, PgConnection};
use diesel::query_dsl::methods::{ExecuteDsl, LoadQuery};
use diesel::sqlite::SqliteConnection;
use diesel::{QueryResult, RunQueryDsl, Selectable};

use crate::db::tx::{Tx, View};
use crate::error::Result;

/// A connection to either database.
pub(super) enum Conn {
    /// `PostgreSQL`.
    Pg(PgConnection),
    /// `SQLite`.
    Sqlite(SqliteConnection),
}

/// Does the same with whichever connection it is: the one match on the enum.
macro_rules! on_either {
    ($conn:expr, |$inner:ident| $body:expr) => {
        match $conn {
            $crate::db::conn::Conn::Pg($inner) => $body,
            $crate::db::conn::Conn::Sqlite($inner) => $body,
        }
    };
}
pub(super) use on_either;

impl Conn {
    /// Runs statements that are the same on both databases.
    pub(super) fn batch(&mut self, statements: &str) -> QueryResult<()> {
        on_either!(self, |conn| conn.batch_execute(statements))
    }
}

/// The columns of a row struct, free of any one database.
#[must_use]
pub fn columns<T: Selectable<Pg>>() -> T::SelectExpression {
    T::construct_selection()
}

/// Runs a query that is well-formed on both databases.
pub trait Run: Sized {
    /// All rows.
    ///
    /// # Errors
    /// When the database fails.
    fn all<'q, U>(self, view: &mut View<'_>) -> Result<Vec<U>>
    where
        Self: RunQueryDsl<PgConnection>
            + RunQueryDsl<SqliteConnection>
            + LoadQuery<'q, PgConnection, U>
            + LoadQuery<'q, SqliteConnection, U>,
    {
        view.count_statement();
        Ok(match view.conn() {
            Conn::Pg(conn) => RunQueryDsl::<PgConnection>::load(self, conn)?,
            Conn::Sqlite(conn) => RunQueryDsl::<SqliteConnection>::load(self, conn)?,
        })
    }

    /// The row, where there is one. The query is by a unique key.
    ///
    /// # Errors
    /// When the database fails.
    fn maybe<'q, U>(self, view: &mut View<'_>) -> Result<Option<U>>
    where
        Self: RunQueryDsl<PgConnection>
            + RunQueryDsl<SqliteConnection>
            + LoadQuery<'q, PgConnection, U>
            + LoadQuery<'q, SqliteConnection, U>,
    {
        use diesel::OptionalExtension;
        view.count_statement();
        Ok(match view.conn() {
            Conn::Pg(conn) => RunQueryDsl::<PgConnection>::get_result(self, conn).optional()?,
            Conn::Sqlite(conn) => {
                RunQueryDsl::<SqliteConnection>::get_result(self, conn).optional()?
            }
        })
    }

    /// The one row that there must be; its absence is a defect.
    ///
    /// # Errors
    /// When the database fails, or has no such row.
    fn one<'q, U>(self, view: &mut View<'_>) -> Result<U>
    where
        Self: RunQueryDsl<PgConnection>
            + RunQueryDsl<SqliteConnection>
            + LoadQuery<'q, PgConnection, U>
            + LoadQuery<'q, SqliteConnection, U>,
    {
        view.count_statement();
        Ok(match view.conn() {
            Conn::Pg(conn) => RunQueryDsl::<PgConnection>::get_result(self, conn)?,
            Conn::Sqlite(conn) => RunQueryDsl::<SqliteConnection>::get_result(self, conn)?,
        })
    }

    /// Writes, and tells how many rows were written.
    ///
    /// # Errors
    /// When the database fails or a constraint refuses.
    fn run(self, tx: &mut Tx<'_>) -> Result<usize>
    where
        Self: RunQueryDsl<PgConnection>
            + RunQueryDsl<SqliteConnection>
            + ExecuteDsl<PgConnection>
            + ExecuteDsl<SqliteConnection>,
    {
        tx.count_statement();
        Ok(match tx.conn() {
            Conn::Pg(conn) => RunQueryDsl::<PgConnection>::execute(self, conn)?,
            Conn::Sqlite(conn) => RunQueryDsl::<SqliteConnection>::execute(self, conn)?,
        })
    }
}

impl<Q> Run for Q {}
