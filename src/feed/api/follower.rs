//! One open stream: rounds, one after the other, until the session ends, access does, the server does, or nobody listens.

use std::future::ready;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::Instant as Moment;

use crate::access::{Caller, Context, Officer};
use crate::error::{Class, Result};
use crate::feed::reading::{self, Round};
use crate::http::streams::OpenStream;
use crate::http::{App, Events, Frame, Holder};
use crate::ids::CaseId;

/// How long to wait for a database that is away.
const AWAY: Duration = Duration::from_secs(1);

/// One open stream.
pub struct Follower {
    app: App,
    /// Who follows, as of the last look.
    context: Context,
    only: Option<CaseId>,
    number: i64,
    id: String,
    stream: OpenStream,
    next_heartbeat: Moment,
}

/// What one look at the database gave.
enum Look {
    /// The session or its access has ended.
    Over,
    /// The account is another than it was; what holds now is judged next.
    Changed(Box<Officer>),
    Found(Round),
}

impl Follower {
    /// A stream of whoever called in `context`, which stands at `number`, of which `id` is the id.
    #[must_use]
    pub fn new(
        app: App,
        context: Context,
        only: Option<CaseId>,
        (number, id): (i64, String),
        stream: OpenStream,
    ) -> Self {
        let next_heartbeat = Moment::now() + app.config.feed.heartbeat;
        Self { app, context, only, number, id, stream, next_heartbeat }
    }

    /// What the stream tells. Nothing is read before there is room for it.
    #[must_use]
    pub fn events(self) -> Events {
        let opening = Frame::opening(&self.id);
        let frames = stream::unfold(self, |mut follower| async {
            let frame = follower.next().await?;
            follower.next_heartbeat = Moment::now() + follower.app.config.feed.heartbeat;
            Some((frame, follower))
        });
        Events::new(stream::once(ready(opening)).chain(frames))
    }

    /// What is told next; nothing when the stream is over.
    async fn next(&mut self) -> Option<Frame> {
        loop {
            let mut look_again = self.next_heartbeat;
            match self.look().await {
                Ok(Look::Over) => return None,
                Ok(Look::Changed(officer)) => {
                    self.context.caller = Caller::Officer(*officer);
                    continue;
                }
                Ok(Look::Found(round)) => {
                    (self.number, self.id) = (round.number, round.id);
                    if !round.told.is_empty() {
                        let told = round.told.iter();
                        return Some(Frame::of(told.map(|told| (&*told.id, &*told.data))));
                    }
                    if round.more {
                        continue;
                    }
                }
                Err(error) if error.code().class == Class::Unavailable => {
                    tracing::warn!(cause = error.operator(), "a stream waits for the database");
                    look_again = look_again.min(Moment::now() + AWAY);
                }
                Err(error) => {
                    tracing::error!(cause = error.operator(), "a stream ended");
                    return None;
                }
            }
            if Moment::now() >= self.next_heartbeat {
                return Some(Frame::heartbeat(&self.id));
            }
            // Time that runs out is no end: then it looks by itself.
            let news = tokio::time::timeout_at(look_again, self.stream.news()).await;
            if news == Ok(false) {
                return None;
            }
        }
    }

    /// One look: whether the session stands, what its holder may do, and what comes next, all as of the same moment.
    async fn look(&self) -> Result<Look> {
        let mut context = self.context.clone();
        context.now = self.app.clock.now();
        let (resolve, idle) = (self.app.resolve, self.app.idle_seconds());
        let (officer, number, only) = (context.officer()?.clone(), self.number, self.only);
        let limited = self.app.lacks_second_factor(&officer);
        let looked = self.app.db.read(&context, move |view| {
            match resolve(view, Holder::from(&officer), idle)? {
                None => Ok(Look::Over),
                Some(now) if now.officer != officer => Ok(Look::Changed(Box::new(now.officer))),
                Some(_) if limited => Ok(Look::Over),
                Some(_) => reading::round(view, number, only).map(Look::Found),
            }
        });
        match looked.await {
            Err(error) if matches!(error.code().class, Class::NotFound | Class::Forbidden) => {
                Ok(Look::Over)
            }
            looked => looked,
        }
    }
}
