//! The live feed: what was committed, told to those who may read it, for as long as they listen.
//!
//! A stream is one walk along the numbers of the journal. Each round of it reads the next of them in one look at the
//! database, and in the same look finds out whether the session still stands and what its holder may read *now*: a
//! removed member's next round finds nothing, whether it is about something new or something old. What is withheld is not
//! told, not even that it was there. The place of a stream on its walk is an event id, sealed and good for one user only,
//! so that nobody learns how much happens elsewhere.
//!
//! Rounds begin when something was numbered that may concern the agency, and at each heartbeat. The end of a session or of
//! a membership is itself an entry: so it ends the streams that rest on it as soon as it is numbered, on this node at once
//! and on every other one with its next look for numbers (`feed.poll_milliseconds`). An open stream is no use of its
//! session: one that nothing else uses runs out, and the stream ends with the first round after that.
//!
//! May import: what `deconfliction` may.

pub mod api;
pub mod cursor;
pub mod reading;
pub mod store;
pub mod waking;
