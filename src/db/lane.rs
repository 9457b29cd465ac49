//! Threads that own the connections, and the bounded queues that feed them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::db::conn::Conn;
use crate::error::{Error, Result};

/// What is left to do once the commit that holds a job is durable, or has failed.
pub(super) type Finish = Box<dyn FnOnce(Result<()>) + Send>;

/// What a job says when it has run.
pub(super) struct Done {
    /// Tells the caller.
    pub(super) finish: Finish,
    /// Whether the connection can no longer be trusted.
    pub(super) broken: bool,
}

/// Work for a connection. Without one (the database is away) it only tells its caller so.
pub(super) type Job = Box<dyn FnOnce(Result<&mut Conn>) -> Done + Send>;

/// Makes a connection, ready for work.
pub(super) type Connect = Arc<dyn Fn() -> Result<Conn> + Send + Sync>;

/// How a lane frames its jobs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Framing {
    /// Each job frames its own transaction.
    Alone,
    /// Up to so many jobs share one commit, each in a savepoint of its own.
    Grouped(usize),
}

/// A queue that one or more threads with a connection each work off.
#[derive(Clone)]
pub(super) struct Lane {
    sender: SyncSender<Job>,
}

impl Lane {
    /// Starts `threads` threads.
    pub(super) fn start(
        name: &str,
        threads: usize,
        queue: usize,
        framing: Framing,
        connect: &Connect,
    ) -> Result<Self> {
        let (sender, receiver) = sync_channel(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..threads {
            let mut worker =
                Worker { connect: connect.clone(), conn: None, receiver: receiver.clone() };
            thread::Builder::new()
                .name(format!("{name}-{number}"))
                .spawn(move || match framing {
                    Framing::Alone => worker.work_alone(),
                    Framing::Grouped(most) => worker.work_grouped(most),
                })
                .map_err(Error::internal)?;
        }
        Ok(Self { sender })
    }

    /// Queues a job.
    pub(super) fn send(&self, job: Job) -> Result<()> {
        self.sender.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Error::unavailable(1, "the queue to the database is full"),
            TrySendError::Disconnected(_) => Error::unavailable(1, "the database lane has ended"),
        })
    }
}

struct Worker {
    connect: Connect,
    conn: Option<Conn>,
    receiver: Arc<Mutex<Receiver<Job>>>,
}

impl Worker {
    fn next(&self) -> Option<Job> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }

    fn next_waiting(&self) -> Option<Job> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner).try_recv().ok()
    }

    fn work_alone(&mut self) {
        while let Some(job) = self.next() {
            let done = self.run(job);
            if done.broken {
                self.conn = None;
            }
            (done.finish)(Ok(()));
        }
    }

    fn work_grouped(&mut self, most: usize) {
        while let Some(first) = self.next() {
            if let Err(operator) = self.begin() {
                self.conn = None;
                let done = first(Err(operator));
                (done.finish)(Ok(()));
                continue;
            }
            let mut finishes = Vec::new();
            let mut broken = false;
            let mut job = Some(first);
            while let Some(present) = job.take() {
                let done = self.run(present);
                finishes.push(done.finish);
                broken |= done.broken;
                if !broken && finishes.len() < most {
                    job = self.next_waiting();
                }
            }
            let committed = if broken { Err(lost_group()) } else { self.commit() };
            if committed.is_err() {
                // The connection closes, and with it whatever of the group is not durable.
                self.conn = None;
            }
            for finish in finishes {
                finish(if committed.is_ok() { Ok(()) } else { Err(lost_group()) });
            }
        }
    }

    fn begin(&mut self) -> Result<()> {
        self.connection()?.batch("BEGIN IMMEDIATE").map_err(|error| Error::unavailable(1, error))
    }

    fn commit(&mut self) -> Result<()> {
        self.connection()?.batch("COMMIT").map_err(|error| Error::unavailable(1, error))
    }

    fn connection(&mut self) -> Result<&mut Conn> {
        if self.conn.is_none() {
            self.conn = Some((self.connect)()?);
        }
        self.conn.as_mut().ok_or_else(|| Error::internal("a connection was made and is missing"))
    }

    fn run(&mut self, job: Job) -> Done {
        let conn = self.connection();
        catch_unwind(AssertUnwindSafe(move || job(conn))).unwrap_or_else(|_| Done {
            // The job's channel is dropped with it, which tells its caller.
            finish: Box::new(|_| ()),
            broken: true,
        })
    }
}

fn lost_group() -> Error {
    Error::unavailable(1, "the commit of the group failed; nothing of it was acknowledged")
}
