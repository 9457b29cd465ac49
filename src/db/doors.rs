//! The doors: read, write, keep house.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Notify, oneshot};

use crate::access::Context;
use crate::answer::Answer;
use crate::config::{Database, DatabaseUrl};
use crate::credentials::marks::Marks;
use crate::db::conn::Conn;
use crate::db::dialect::{self, Purpose};
use crate::db::kept::{self, Found, Kept};
use crate::db::lane::{Done, Finish, Framing, Job, Lane};
use crate::db::tx::{Consulted, Tx, View};
use crate::error::{Class, Error, Result};
use crate::journal::event::{Change, Events};

/// Keeps what the doors must not forget. The journal implements it; a database cannot be opened without one.
pub trait Recorder: Send + Sync {
    /// Appends the events of a change, in its transaction.
    ///
    /// # Errors
    /// When the database fails; the change then fails with it.
    fn append(&self, tx: &mut Tx<'_>, events: &Events) -> Result<()>;

    /// Records consultations, durable before the answer leaves.
    ///
    /// # Errors
    /// When the database fails; the answer then does not leave.
    fn consult(&self, tx: &mut Tx<'_>, consulted: &[Consulted]) -> Result<()>;
}

/// How often a write is tried again when another transaction was in its way.
const TRIES: u32 = 4;

/// The only door to a database.
#[derive(Clone)]
pub struct Db {
    readers: Lane,
    writer: Lane,
    rules: Arc<Rules>,
}

struct Rules {
    recorder: Arc<dyn Recorder>,
    marks: Arc<Marks>,
    kept_seconds: i64,
    shared: bool,
    statements: AtomicU64,
    written: Notify,
}

impl Db {
    /// Opens the database; `marks` keep identifiers and kept answers from whoever has a copy of it; `kept_seconds` is how long answers are kept under idempotency keys.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn open(
        settings: &Database,
        recorder: Arc<dyn Recorder>,
        marks: Arc<Marks>,
        kept_seconds: i64,
    ) -> Result<Self> {
        let connect = |purpose| -> crate::db::lane::Connect {
            let settings = settings.clone();
            Arc::new(move || dialect::connect(&settings, purpose))
        };
        // Fails now rather than at the first request.
        dialect::connect(settings, Purpose::Write)?;
        let shared = matches!(settings.url, DatabaseUrl::Postgres(_));
        let queue = settings.queue;
        let (read, write) = (connect(Purpose::Read), connect(Purpose::Write));
        let (readers, writer) = if shared {
            let half = (settings.connections / 2).max(1);
            (
                Lane::start("db-read", half, queue, Framing::Alone, &read)?,
                Lane::start("db-write", half, queue, Framing::Alone, &write)?,
            )
        } else {
            let group = Framing::Grouped(settings.group_commit.max(1));
            (
                Lane::start("db-read", settings.readers, queue, Framing::Alone, &read)?,
                Lane::start("db-write", 1, queue, group, &write)?,
            )
        };
        let rules = Arc::new(Rules {
            recorder,
            marks,
            kept_seconds,
            shared,
            statements: AtomicU64::new(0),
            written: Notify::new(),
        });
        Ok(Self { readers, writer, rules })
    }

    /// How many statements have run since the database was opened: for tests that hold queries to a count.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.rules.statements.load(Ordering::Relaxed)
    }

    /// Reads on behalf of a request. What was consulted is recorded, durably, before this returns.
    ///
    /// # Errors
    /// What `work` says; or the database is away.
    pub async fn read<T: Send + 'static>(
        &self,
        context: &Context,
        work: impl FnOnce(&mut View<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (tell, told) = oneshot::channel();
        let (rules, inside) = (self.rules.clone(), context.clone());
        self.readers.send(Box::new(move |conn| {
            let (result, broken) = match conn {
                Ok(conn) => read_once(conn, &inside, &rules, work),
                Err(away) => (Err(away), false),
            };
            let finish: Finish = Box::new(move |_| {
                let _ = tell.send(result);
            });
            Done { finish, broken }
        }))?;
        let (value, consulted) = told.await.map_err(|_| lost_job())??;
        if !consulted.is_empty() {
            self.consult(context, consulted).await?;
        }
        Ok(value)
    }

    /// Does one use case in one transaction. Its events are appended to the journal in it, and its answer is kept in it
    /// under the request's idempotency key, if it has one. `work` has no effect outside of the transaction: it may run
    /// more than once.
    ///
    /// # Errors
    /// What `work` says; or the database is away, and the same request may be sent again.
    pub async fn write(
        &self,
        context: &Context,
        work: impl Fn(&mut Tx<'_>) -> Result<Change<Answer>> + Send + 'static,
    ) -> Result<Answer> {
        let answer = self.transact(context, move |tx, rules| answer_once(tx, rules, &work)).await?;
        self.rules.written.notify_one();
        Ok(answer)
    }

    /// Waits until a write of this process has been committed, or one has been since the last wait. A hint for one who
    /// looks by itself as well: other processes write too.
    pub async fn written(&self) {
        self.rules.written.notified().await;
    }

    /// Keeps house: a write that no journal entry tells of, such as noting when a session was last used. A test lists
    /// the callers.
    ///
    /// # Errors
    /// What `work` says; or the database is away.
    pub async fn housekeep<T: Send + 'static>(
        &self,
        context: &Context,
        work: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.transact(context, move |tx, _| Step::of(work(tx))).await
    }

    async fn consult(&self, context: &Context, consulted: Vec<Consulted>) -> Result<()> {
        self.transact(context, move |tx, rules| Step::of(rules.recorder.consult(tx, &consulted)))
            .await
    }

    async fn transact<T: Send + 'static>(
        &self,
        context: &Context,
        step: impl Fn(&mut Tx<'_>, &Rules) -> Step<T> + Send + 'static,
    ) -> Result<T> {
        let (tell, told) = oneshot::channel();
        let (rules, context) = (self.rules.clone(), context.clone());
        let job: Job = Box::new(move |conn| {
            let (result, broken) = match conn {
                Err(away) => (Err(away), false),
                Ok(conn) if rules.shared => write_alone(conn, &context, &rules, &step),
                Ok(conn) => write_in_group(conn, &context, &rules, &step),
            };
            let finish: Finish = Box::new(move |committed| {
                // A refusal stands whatever becomes of the commit: nothing was done.
                let _ = tell.send(if result.is_ok() { committed.and(result) } else { result });
            });
            Done { finish, broken }
        });
        self.writer.send(job)?;
        told.await.map_err(|_| lost_job())?
    }
}

fn lost_job() -> Error {
    Error::internal("the work ended in a panic; see the log above")
}

/// What one run of a write gave.
struct Step<T> {
    result: Result<T>,
    /// What to keep under the idempotency key.
    kept: Option<Kept>,
    /// Whether nothing of the run may stay, although it gave a result.
    undo: bool,
    /// What was looked at by a run that no entry tells of.
    consulted: Vec<Consulted>,
}

impl<T> Step<T> {
    fn of(result: Result<T>) -> Self {
        Self { undo: result.is_err(), result, kept: None, consulted: Vec::new() }
    }
}

fn answer_once(
    tx: &mut Tx<'_>,
    rules: &Rules,
    work: &impl Fn(&mut Tx<'_>) -> Result<Change<Answer>>,
) -> Step<Answer> {
    let found = match kept::look(tx) {
        Ok(found) => found,
        Err(error) => return Step::of(Err(error)),
    };
    let earlier = match found {
        Found::Nothing => {
            let mut told = false;
            let result = work(tx).and_then(|change| match change {
                Change::Changed(answer, events) => {
                    told = true;
                    rules.recorder.append(tx, &events).map(|()| answer)
                }
                Change::Unchanged(answer) => tx.ask_for_reasons().map(|()| answer),
            });
            let kept = tx.context().idempotency.as_ref().and_then(|_| Kept::of(&result));
            let consulted = if told { Vec::new() } else { tx.take_consulted() };
            return Step { kept, consulted, ..Step::of(result) };
        }
        Found::Kept(kept) => kept.told_again(),
        Found::OtherRequest => Err(kept::other_request()),
    };
    // Access is judged again: the first permit ends the work, and only then is the earlier answer told.
    tx.replay();
    let result = match work(tx) {
        Err(_) if tx.was_halted() => tx.ask_for_reasons().and(earlier),
        Err(denial) => Err(denial),
        Ok(_) => Err(Error::internal("work under an idempotency key asked for no permit")),
    };
    // Nothing of the work may stay, whatever it did before it was ended.
    let consulted = tx.take_consulted();
    Step { undo: true, consulted, ..Step::of(result) }
}

fn read_once<T>(
    conn: &mut Conn,
    context: &Context,
    rules: &Rules,
    work: impl FnOnce(&mut View<'_>) -> Result<T>,
) -> (Result<(T, Vec<Consulted>)>, bool) {
    if let Err(error) = dialect::begin_read(conn) {
        return (Err(Error::unavailable(1, error)), true);
    }
    let mut view = View::new(conn, context, &rules.marks);
    let result = work(&mut view);
    let consulted = view.take_consulted();
    rules.statements.fetch_add(view.statements(), Ordering::Relaxed);
    let ended = conn.batch("COMMIT").is_ok();
    (result.map(|value| (value, consulted)), !ended)
}

fn write_alone<T>(
    conn: &mut Conn,
    context: &Context,
    rules: &Rules,
    step: &impl Fn(&mut Tx<'_>, &Rules) -> Step<T>,
) -> (Result<T>, bool) {
    let mut tries = 0;
    loop {
        tries += 1;
        if let Err(error) = conn.batch("BEGIN; SAVEPOINT job") {
            return (Err(Error::unavailable(1, error)), true);
        }
        let result = framed(conn, context, rules, step);
        let in_the_way =
            result.as_ref().is_err_and(|error| error.code().class == Class::Unavailable);
        if in_the_way {
            let rolled_back = conn.batch("ROLLBACK").is_ok();
            if rolled_back && tries < TRIES {
                continue;
            }
            return (result, !rolled_back);
        }
        return match conn.batch("COMMIT") {
            Ok(()) => (result, false),
            // Nobody knows whether it was committed: the same key finds out.
            Err(error) => (Err(Error::unavailable(1, error)), true),
        };
    }
}

fn write_in_group<T>(
    conn: &mut Conn,
    context: &Context,
    rules: &Rules,
    step: &impl Fn(&mut Tx<'_>, &Rules) -> Step<T>,
) -> (Result<T>, bool) {
    if let Err(error) = conn.batch("SAVEPOINT job") {
        return (Err(Error::unavailable(1, error)), true);
    }
    let result = framed(conn, context, rules, step);
    match conn.batch("RELEASE job") {
        Ok(()) => (result, false),
        Err(error) => (Err(Error::unavailable(1, error)), true),
    }
}

/// Runs a step inside the savepoint `job`. A refusal rolls it back, and is kept after that where a key asks for it.
fn framed<T>(
    conn: &mut Conn,
    context: &Context,
    rules: &Rules,
    step: &impl Fn(&mut Tx<'_>, &Rules) -> Step<T>,
) -> Result<T> {
    let mut tx = Tx::new(conn, context, &rules.marks);
    let Step { result, kept, undo, consulted } = step(&mut tx, rules);
    rules.statements.fetch_add(tx.statements(), Ordering::Relaxed);
    if undo {
        conn.batch("ROLLBACK TO job").map_err(|error| Error::unavailable(1, error))?;
    }
    if !consulted.is_empty() {
        rules.recorder.consult(&mut Tx::new(conn, context, &rules.marks), &consulted)?;
    }
    let Some(kept) = kept else { return result };
    let keeping = kept::keep(&mut Tx::new(conn, context, &rules.marks), &kept, rules.kept_seconds);
    if keeping.is_err() {
        // Work whose answer cannot be kept must not stay either: its retry would do it again.
        conn.batch("ROLLBACK TO job").map_err(|error| Error::unavailable(1, error))?;
    }
    keeping.and(result)
}
