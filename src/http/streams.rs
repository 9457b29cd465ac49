//! The streams that are open at this server: how many each user has, what wakes them, and that they end with the server.
//!
//! May import: `error`, `ids`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::error::{Error, Result};
use crate::ids::{AgencyId, UserId};

/// When whoever has too many streams may try again, in seconds.
const TRY_AGAIN_SECONDS: u32 = 10;

/// The open streams of this server.
#[derive(Debug, Clone)]
pub struct Streams {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    open: Mutex<Open>,
    over: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Open {
    users: HashMap<UserId, usize>,
    agencies: HashMap<AgencyId, watch::Sender<()>>,
}

impl Default for Streams {
    fn default() -> Self {
        let shared = Shared { open: Mutex::default(), over: watch::Sender::new(false) };
        Self { shared: Arc::new(shared) }
    }
}

impl Streams {
    /// Opens a stream for `user` of `agency`, who may have `most` of them.
    ///
    /// # Errors
    /// Too many are open.
    pub fn open(&self, user: UserId, agency: AgencyId, most: usize) -> Result<OpenStream> {
        let mut open = self.lock();
        let own = open.users.entry(user).or_default();
        if *own >= most {
            let words = format!("You have {most} streams open here; close one first.");
            return Err(Error::too_many(TRY_AGAIN_SECONDS, words));
        }
        *own += 1;
        let news =
            open.agencies.entry(agency).or_insert_with(|| watch::Sender::new(())).subscribe();
        metrics::gauge!("passage_feed_streams").increment(1.0);
        let over = self.shared.over.subscribe();
        Ok(OpenStream { streams: self.clone(), user, agency, news, over })
    }

    /// How many streams are open.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().users.values().sum()
    }

    /// Wakes the streams of `agency`: something that may concern it was told.
    pub fn wake(&self, agency: AgencyId) {
        if let Some(news) = self.lock().agencies.get(&agency) {
            news.send_replace(());
        }
    }

    /// Wakes every stream.
    pub fn wake_all(&self) {
        for news in self.lock().agencies.values() {
            news.send_replace(());
        }
    }

    /// Ends every stream, those that are opened from now on included.
    pub fn end(&self) {
        self.shared.over.send_replace(true);
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.shared.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream that counts as open until this is dropped.
#[derive(Debug)]
pub struct OpenStream {
    streams: Streams,
    user: UserId,
    agency: AgencyId,
    news: watch::Receiver<()>,
    over: watch::Receiver<bool>,
}

impl OpenStream {
    /// Waits until something may concern the agency, or something has since the last wait. Tells whether the stream goes
    /// on: not when the server ends its streams.
    pub async fn news(&mut self) -> bool {
        tokio::select! {
            _ = self.over.wait_for(|over| *over) => false,
            told = self.news.changed() => told.is_ok(),
        }
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        if let Entry::Occupied(mut own) = open.users.entry(self.user) {
            *own.get_mut() -= 1;
            if *own.get() == 0 {
                own.remove();
            }
        }
        // This one's own receiver is still there.
        if open.agencies.get(&self.agency).is_some_and(|news| news.receiver_count() <= 1) {
            open.agencies.remove(&self.agency);
        }
        metrics::gauge!("passage_feed_streams").decrement(1.0);
    }
}
