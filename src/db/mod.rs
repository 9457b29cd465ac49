//! The only door to a database: [`Db::read`], [`Db::write`], [`Db::housekeep`].
//!
//! One set of queries serves `SQLite` and `PostgreSQL`: a [`View`] reads, a [`Tx`] also writes, and [`Run`] checks every
//! query against both databases when it is compiled. Connections live on threads of their own and take jobs from
//! bounded queues; on `SQLite` one writer puts whatever has queued into one durable commit.
//!
//! Invariants: a write gives its events with its value and the journal keeps them in the same transaction, or it says
//! that nothing changed; whoever reads a case leaves a durable consultation before the answer goes out; what happens
//! under an idempotency key happens once. No connection leaves this module.
//!
//! May import: `clock`, `ids`, `error`, `answer`, `config`, `access`, `journal::event` and `journal::chain`.

mod conn;
mod dialect;
mod doors;
mod error;
mod kept;
mod lane;
pub mod migrate;
pub mod page;
pub mod schema;
mod tx;
pub mod types;

pub use conn::{Run, columns};
pub use doors::{Db, Recorder};
pub use page::{Cursor, Page, PageOf};
pub use tx::{Consulted, Tx, View};
