//! Wakes the streams that what was numbered may concern, and no others: with thousands of streams and a few that an entry
//! concerns, looking costs the few.

use crate::access::Context;
use crate::clock::SharedClock;
use crate::db::Db;
use crate::error::Result;
use crate::feed::store::{self, Span};
use crate::http::streams::Streams;
use crate::ids::AgencyId;
use crate::journal::numbers::Numbers;

/// More numbers than these, as at the start of the server, are not looked through: then all look for themselves.
const FEW: i64 = 2000;

/// Wakes streams for as long as the server runs.
pub async fn keep(db: Db, clock: SharedClock, numbers: Numbers, streams: Streams) {
    let mut newest = numbers.follow();
    let mut after = *newest.borrow_and_update();
    while newest.changed().await.is_ok() {
        let until = *newest.borrow_and_update();
        if until - after > FEW {
            streams.wake_all();
        } else if streams.count() > 0 {
            match concerned(&db, &clock, Span { after, until }).await {
                Ok(agencies) => agencies.into_iter().for_each(|agency| streams.wake(agency)),
                Err(error) => {
                    // Nobody can say whom it concerns, and it may be the end of a session: all look for themselves.
                    tracing::warn!(cause = error.operator(), "every stream was woken");
                    streams.wake_all();
                }
            }
        }
        after = until;
    }
}

async fn concerned(db: &Db, clock: &SharedClock, span: Span) -> Result<Vec<AgencyId>> {
    let context = Context::of_command("waking", clock.now());
    db.read(&context, move |view| store::concerned(view, span)).await
}
