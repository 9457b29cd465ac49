//! A look into the database beside the server, with a connection of its own.

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

use super::backend::Database;

/// A connection that sees what was committed. On PostgreSQL it works as the owner of the tables.
pub enum Probe {
    /// To a file.
    Sqlite(SqliteConnection),
    /// To a server.
    Postgres(PgConnection),
}

/// A row of words, joined by a bar: enough for what tests look at.
#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Probe {
    /// A look into `database`.
    pub fn new(database: &Database) -> Self {
        match database {
            Database::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
                // Whoever opens or closes the file may hold it for a moment.
                conn.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
                Self::Sqlite(conn)
            }
            Database::Postgres(database) => {
                Self::Postgres(PgConnection::establish(&database.owner_url()).unwrap())
            }
        }
    }

    /// A look with the leave that the server has.
    pub fn as_server(database: &Database) -> Self {
        match database {
            Database::Sqlite(_) => Self::new(database),
            Database::Postgres(database) => {
                Self::Postgres(PgConnection::establish(&database.server_url()).unwrap())
            }
        }
    }

    /// The texts that `query` gives in its one column, which is called `line`.
    pub fn lines(&mut self, query: &str) -> Vec<String> {
        let rows: Vec<Line> = match self {
            Self::Sqlite(conn) => sql_query(query).load(conn).unwrap(),
            Self::Postgres(conn) => sql_query(query).load(conn).unwrap(),
        };
        rows.into_iter().map(|row| row.line).collect()
    }

    /// Everything that a copy of the database holds, bytes in hexadecimal digits.
    pub fn everything(&mut self) -> String {
        let (tables, columns, value) = match self {
            Self::Sqlite(_) => (
                "SELECT name AS line FROM sqlite_schema WHERE type = 'table'",
                "SELECT name AS line FROM pragma_table_info('{}')",
                "CASE typeof({}) WHEN 'blob' THEN hex({}) ELSE CAST({} AS TEXT) END",
            ),
            Self::Postgres(_) => (
                "SELECT table_name::text AS line FROM information_schema.tables WHERE table_schema = 'public'",
                "SELECT column_name::text AS line FROM information_schema.columns WHERE table_name = '{}'",
                "upper({}::text)",
            ),
        };
        let mut everything = Vec::new();
        for table in self.lines(tables) {
            for column in self.lines(&columns.replace("{}", &table)) {
                let value = value.replace("{}", &format!("\"{column}\""));
                let query = format!("SELECT coalesce({value}, '') AS line FROM \"{table}\"");
                everything.extend(self.lines(&query));
            }
        }
        everything.join("\n").to_uppercase()
    }

    /// Whether a copy of the database would show `text`, as it is or in hexadecimal digits.
    pub fn reveals(&mut self, text: &str) -> bool {
        let hex = passage::journal::chain::hex(text.as_bytes()).to_uppercase();
        let everything = self.everything();
        everything.contains(&text.to_uppercase()) || everything.contains(&hex)
    }

    /// How many rows `table` has.
    pub fn count(&mut self, table: &str) -> i64 {
        let query = format!("SELECT count(*) AS count FROM {table}");
        let found: Count = match self {
            Self::Sqlite(conn) => sql_query(query).get_result(conn).unwrap(),
            Self::Postgres(conn) => sql_query(query).get_result(conn).unwrap(),
        };
        found.count
    }

    /// Runs a statement, as an intruder would who has the file or the owner's password.
    ///
    /// # Errors
    /// What the database says.
    pub fn execute(&mut self, statement: &str) -> diesel::QueryResult<usize> {
        match self {
            Self::Sqlite(conn) => sql_query(statement).execute(conn),
            Self::Postgres(conn) => sql_query(statement).execute(conn),
        }
    }

    /// A column of moments, as it is written in a query, so many seconds earlier.
    pub fn earlier(&self, column: &str, seconds: u32) -> String {
        match self {
            Self::Sqlite(_) => format!("{column} - {seconds} * 1000000"),
            Self::Postgres(_) => format!("{column} - interval '{seconds} seconds'"),
        }
    }

    /// An id as it is written in a query.
    pub fn id(&self, id: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("x'{}'", id.replace('-', "")),
            Self::Postgres(_) => format!("'{id}'"),
        }
    }

    /// A column of ids as hexadecimal digits, as it is written in a query.
    pub fn in_hex(&self, column: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("lower(hex({column}))"),
            Self::Postgres(_) => format!("replace({column}::text, '-', '')"),
        }
    }

    /// How many entries the journal has, all chains together.
    pub fn entries(&mut self) -> i64 {
        self.count("journal_entries")
    }
}
