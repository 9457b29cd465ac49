//! Events that are told one after the other for as long as the caller listens: Server-Sent Events, as the HTML standard
//! defines them in section 9.2.

use std::convert::Infallible;
use std::fmt;
use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::Bytes;
use futures_util::stream::{LocalBoxStream, Stream, StreamExt};

/// How long a client waits before it comes back, in milliseconds.
const COME_BACK_AFTER: u32 = 2000;

/// Frames for one caller, in the order in which they are told. Nothing is made before there is room for it, and
/// everything ends when the caller is gone.
pub struct Events {
    frames: LocalBoxStream<'static, Frame>,
}

/// What is told at once: events, or only that the stream is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame(String);

impl fmt::Debug for Events {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("events")
    }
}

impl Frame {
    /// The beginning: when to come back, and from where.
    #[must_use]
    pub fn opening(id: &str) -> Self {
        Self(format!("retry: {COME_BACK_AFTER}\nid: {id}\n\n"))
    }

    /// Nothing happened, and the client goes on behind `id` from now on.
    #[must_use]
    pub fn heartbeat(id: &str) -> Self {
        Self(format!(": here\nid: {id}\n\n"))
    }

    /// Events, each with its id and its data in one line, such as JSON.
    #[must_use]
    pub fn of<'e>(events: impl IntoIterator<Item = (&'e str, &'e str)>) -> Self {
        let mut text = String::new();
        for (id, data) in events {
            // Writing to a text cannot fail.
            let _ = write!(text, "id: {id}\ndata: {data}\n\n");
        }
        Self(text)
    }
}

impl Events {
    /// Events out of `frames`.
    #[must_use]
    pub fn new(frames: impl Stream<Item = Frame> + 'static) -> Self {
        Self { frames: frames.boxed_local() }
    }

    /// The response to a request by `method`.
    pub(super) fn into_response(self, method: &Method) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header(("content-type", "text/event-stream"));
        // Proxies hold answers back until they are whole; this one never is.
        response.insert_header(("x-accel-buffering", "no"));
        if *method == Method::HEAD {
            return response.finish();
        }
        response.streaming(self.frames.map(|Frame(text)| Ok::<_, Infallible>(Bytes::from(text))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_what_the_standard_says() {
        assert_eq!(Frame::opening("a").0, "retry: 2000\nid: a\n\n");
        assert_eq!(Frame::heartbeat("b").0, ": here\nid: b\n\n");
        assert_eq!(Frame::of([("c", "{}"), ("d", "1")]).0, "id: c\ndata: {}\n\nid: d\ndata: 1\n\n");
    }
}
