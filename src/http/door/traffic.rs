//! What goes on on one connection: requests that are answered, and what of the answers the client has yet to take.
//!
//! It is shared between the line, which can end the connection, and whatever answers. HTTP/2 lets a client hold back an
//! answer while the connection itself stays lively, so that the line alone would not see it.
//!
//! May import: `config`, `http::patience`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use tokio::time::Instant;

use crate::config::Slow;
use crate::http::patience::time_for;

/// Requests that one connection may have under way at once.
const MOST_AT_ONCE: usize = 256;
/// The most of an answer that is handed out at a time, in bytes.
const LARGEST_PIECE: usize = 16 * 1024;

/// What goes on on one connection.
#[derive(Debug, Clone)]
pub(super) struct Traffic(Rc<State>);

#[derive(Debug)]
struct State {
    slow: Slow,
    idle: Duration,
    next: Cell<u64>,
    quiet_since: Cell<Instant>,
    /// By request: until when the client has to have taken what it was given, where something waits for it.
    under_way: RefCell<BTreeMap<u64, Option<Instant>>>,
}

impl Traffic {
    pub(super) fn new(slow: Slow, idle: Duration) -> Self {
        Self(Rc::new(State {
            slow,
            idle,
            next: Cell::new(0),
            quiet_since: Cell::new(Instant::now()),
            under_way: RefCell::default(),
        }))
    }

    /// Notes that something is asked for.
    pub(super) fn begin(&self) -> Exchange {
        let id = self.0.next.get();
        self.0.next.set(id.wrapping_add(1));
        self.0.under_way.borrow_mut().insert(id, None);
        Exchange { traffic: self.clone(), id }
    }

    /// Why the connection is to end at `now`, where it is.
    pub(super) fn fault(&self, now: Instant) -> Option<&'static str> {
        let under_way = self.0.under_way.borrow();
        if under_way.len() > MOST_AT_ONCE {
            Some("too many requests at once")
        } else if under_way.values().flatten().any(|until| *until <= now) {
            Some("an answer is not taken")
        } else if under_way.is_empty() && self.0.quiet_since.get() + self.0.idle <= now {
            Some("nothing is asked for")
        } else {
            None
        }
    }
}

/// A request that is under way until this is dropped.
#[derive(Debug)]
pub(super) struct Exchange {
    traffic: Traffic,
    id: u64,
}

impl Exchange {
    fn set(&self, until: Option<Instant>) {
        self.traffic.0.under_way.borrow_mut().insert(self.id, until);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.traffic.0.under_way.borrow_mut().remove(&self.id);
        self.traffic.0.quiet_since.set(Instant::now());
    }
}

/// The body of an answer, handed out in pieces: a piece has been taken when the next is asked for, or when the body is
/// let go.
#[derive(Debug)]
pub(super) struct Taken<B> {
    body: B,
    rest: Bytes,
    exchange: Option<Exchange>,
}

impl<B> Taken<B> {
    pub(super) fn new(body: B, exchange: Option<Exchange>) -> Self {
        Self { body, rest: Bytes::new(), exchange }
    }
}

impl<B: MessageBody + Unpin> MessageBody for Taken<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = &mut *self;
        let next = if this.rest.is_empty() {
            Pin::new(&mut this.body).poll_next(context)
        } else {
            Poll::Ready(Some(Ok(std::mem::take(&mut this.rest))))
        };
        let next = next.map_ok(|mut piece| {
            this.rest = piece.split_off(piece.len().min(LARGEST_PIECE));
            piece
        });
        if let Some(exchange) = &this.exchange {
            exchange.set(match &next {
                Poll::Ready(Some(Ok(chunk))) => {
                    Some(Instant::now() + time_for(chunk.len(), exchange.traffic.0.slow))
                }
                _ => None,
            });
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: Slow = Slow { window: Duration::from_secs(10), bytes_per_second: 100 };

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_connection_on_which_nothing_is_asked_for_ends() {
        let traffic = Traffic::new(SLOW, seconds(15));
        let begun = Instant::now();
        assert_eq!(traffic.fault(begun + seconds(14)), None);
        assert_eq!(traffic.fault(begun + seconds(16)), Some("nothing is asked for"));
        let exchange = traffic.begin();
        assert_eq!(traffic.fault(begun + seconds(1000)), None, "we take our time, not the client");
        drop(exchange);
        assert_eq!(traffic.fault(Instant::now() + seconds(14)), None);
    }

    #[test]
    fn what_was_handed_out_has_to_be_taken_in_time() {
        let traffic = Traffic::new(SLOW, seconds(15));
        let mut body = Taken::new(Bytes::from(vec![0; 1000]), Some(traffic.begin()));
        let mut context = Context::from_waker(std::task::Waker::noop());
        let begun = Instant::now();
        assert!(matches!(Pin::new(&mut body).poll_next(&mut context), Poll::Ready(Some(Ok(_)))));
        assert_eq!(traffic.fault(begun + seconds(19)), None);
        assert_eq!(traffic.fault(begun + seconds(21)), Some("an answer is not taken"));
        assert!(matches!(Pin::new(&mut body).poll_next(&mut context), Poll::Ready(None)));
        assert_eq!(traffic.fault(begun + seconds(21)), None);
    }

    #[test]
    fn a_long_answer_is_handed_out_in_pieces() {
        let whole: Vec<u8> = (0..40_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let mut body = Taken::new(Bytes::from(whole.clone()), None);
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert_eq!(body.size(), BodySize::Sized(40_000));
        let mut taken = Vec::new();
        while let Poll::Ready(Some(Ok(piece))) = Pin::new(&mut body).poll_next(&mut context) {
            assert!(piece.len() <= LARGEST_PIECE);
            taken.extend_from_slice(&piece);
        }
        assert_eq!(taken, whole);
    }

    #[test]
    fn one_connection_asks_for_so_much_at_once() {
        let traffic = Traffic::new(SLOW, seconds(15));
        let held: Vec<_> = (0..MOST_AT_ONCE).map(|_| traffic.begin()).collect();
        assert_eq!(traffic.fault(Instant::now()), None);
        let _one_more = traffic.begin();
        assert_eq!(traffic.fault(Instant::now()), Some("too many requests at once"));
        drop(held);
        assert_eq!(traffic.fault(Instant::now()), None);
    }
}
