//! The line to one client: it ends by itself when the client is slower than allowed, or asks for nothing.
//!
//! The system's own time for what is not acknowledged does not help against a client that takes a byte now and then:
//! each of them is acknowledged. What counts here is how much could be written.
//!
//! May import: `config`, `http::patience`.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::admission::Ticket;
use super::traffic::Traffic;
use crate::config::Slow;
use crate::http::patience::Window;

/// How often a line that waits looks at its client, at the least.
const LOOK: Duration = Duration::from_secs(2);

/// The line to one client.
#[derive(Debug)]
pub(super) struct Line {
    io: TcpStream,
    slow: Slow,
    traffic: Traffic,
    /// Since the client was to take something and did not take all of it.
    owed: Option<Window>,
    look: Pin<Box<Sleep>>,
    _ticket: Ticket,
}

impl Line {
    pub(super) fn new(io: TcpStream, slow: Slow, traffic: Traffic, ticket: Ticket) -> Self {
        let look = Box::pin(sleep_until(Instant::now() + LOOK.min(slow.window)));
        Self { io, slow, traffic, owed: None, look, _ticket: ticket }
    }

    /// What goes on on it.
    pub(super) fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Whoever waits for the client looks at it now and then.
    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        while self.look.as_mut().poll(context).is_ready() {
            let now = Instant::now();
            if self.owed.as_mut().is_some_and(|window| !window.holds(now)) {
                return Poll::Ready(Err(self.give_up("the client takes too little")));
            }
            if let Some(fault) = self.traffic.fault(now) {
                return Poll::Ready(Err(self.give_up(fault)));
            }
            self.look.as_mut().reset(now + LOOK.min(self.slow.window));
        }
        Poll::Pending
    }

    /// Ends the connection at once: what the client has not taken is not kept for it.
    fn give_up(&self, cause: &'static str) -> io::Error {
        tracing::debug!(cause, "a connection is given up");
        metrics::counter!("passage_connections_given_up_total").increment(1);
        let _ = socket2::SockRef::from(&self.io).set_linger(Some(Duration::ZERO));
        io::Error::new(io::ErrorKind::TimedOut, cause)
    }

    fn written(
        &mut self,
        context: &mut Context<'_>,
        result: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match result {
            Poll::Ready(Ok(bytes)) => {
                if let Some(window) = &mut self.owed {
                    window.moved(bytes);
                }
                Poll::Ready(Ok(bytes))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                let slow = self.slow;
                self.owed.get_or_insert_with(|| Window::new(slow, Instant::now()));
                self.wait(context)
            }
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.io).poll_read(context, buffer) {
            Poll::Pending => self.wait(context),
            ready @ Poll::Ready(_) => ready,
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.io).poll_write(context, buffer);
        self.written(context, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.io).poll_write_vectored(context, buffers);
        self.written(context, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    /// Asked when all has been written: then the client owes nothing.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.owed = None;
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
