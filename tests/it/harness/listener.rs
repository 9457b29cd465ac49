//! Somebody who follows a stream of events over a connection of his own, as a browser does.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::actor::Actor;
use super::client::Client;

/// How long to wait for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// An event that was told.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// What it says.
    pub data: Value,
}

impl Event {
    /// What was done.
    #[track_caller]
    pub fn action(&self) -> &str {
        self.data["action"].as_str().unwrap_or_else(|| panic!("no action in {}", self.data))
    }
}

enum Heard {
    /// Nothing happened; the stream goes on behind this id.
    Here(String),
    Event(Event),
}

/// Somebody who follows; hangs up when this is dropped.
pub struct Listener {
    line: TcpStream,
    heard: Receiver<Heard>,
    /// The id behind which the stream goes on.
    pub last_id: String,
}

impl Actor {
    /// Follows `path`, behind `last_id` where there is one.
    ///
    /// # Panics
    /// When the server does not begin to tell.
    #[track_caller]
    pub fn follows(&self, path: &str, last_id: Option<&str>) -> Listener {
        self.follows_at(self.world().address(), path, last_id)
    }

    /// The same at another node.
    ///
    /// # Panics
    /// When the server does not begin to tell.
    #[track_caller]
    pub fn follows_at(&self, node: SocketAddr, path: &str, last_id: Option<&str>) -> Listener {
        Listener::open(&self.client(), node, path, &self.token(), last_id)
    }
}

impl Listener {
    /// Follows `path` at `address` with `token`, behind `last_id` where there is one; `client` notes that it did.
    ///
    /// # Panics
    /// When the server does not begin to tell.
    #[track_caller]
    pub fn open(
        client: &Client,
        address: SocketAddr,
        path: &str,
        token: &str,
        last_id: Option<&str>,
    ) -> Self {
        let line = TcpStream::connect(address).unwrap();
        let behind = last_id.map(|id| format!("last-event-id: {id}\r\n")).unwrap_or_default();
        let head = format!(
            "GET /api/v1{path} HTTP/1.1\r\nhost: passage\r\nauthorization: Bearer {token}\r\n{behind}\r\n"
        );
        (&line).write_all(head.as_bytes()).unwrap();
        let mut reader = BufReader::new(line.try_clone().unwrap());
        let mut answer = Vec::new();
        loop {
            let mut text = String::new();
            reader.read_line(&mut text).unwrap();
            if text.trim().is_empty() {
                break;
            }
            answer.push(text.trim().to_ascii_lowercase());
        }
        assert_eq!(answer[0], "http/1.1 200 ok", "{answer:?}");
        for wanted in
            ["content-type: text/event-stream", "cache-control: no-store", "x-accel-buffering: no"]
        {
            assert!(answer.iter().any(|header| header == wanted), "{wanted} is not in {answer:?}");
        }
        client.saw("get_feed", 200);
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let mut frames = BufReader::new(Chunks { reader, left: 0 });
            while let Some(heard) = frame(&mut frames) {
                if tell.send(heard).is_err() {
                    break;
                }
            }
        });
        let mut listener = Self { line, heard: told, last_id: String::new() };
        let begun = listener.hears(PATIENCE);
        assert!(matches!(begun, Ok(None)), "a stream begins with where it stands: {begun:?}");
        listener
    }

    /// The next event, whatever heartbeats come before it.
    ///
    /// # Panics
    /// When the stream ends, or nothing comes.
    #[track_caller]
    pub fn event(&mut self) -> Event {
        let begun = Instant::now();
        loop {
            match self.hears(PATIENCE.saturating_sub(begun.elapsed())) {
                Ok(Some(event)) => return event,
                Ok(None) => {}
                Err(error) => panic!("no event came: {error}"),
            }
        }
    }

    /// The next heartbeat.
    ///
    /// # Panics
    /// When an event comes before it, the stream ends, or nothing comes.
    #[track_caller]
    pub fn heartbeat(&mut self) {
        let heard = self.hears(PATIENCE);
        assert!(matches!(heard, Ok(None)), "expected a heartbeat, and heard {heard:?}");
    }

    /// Events up to and with the first that did `action`.
    #[track_caller]
    pub fn until(&mut self, action: &str) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            events.push(self.event());
            if events.last().is_some_and(|event| event.data["action"] == action) {
                return events;
            }
        }
    }

    /// Waits until the server ends the stream; gives what it told before.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn ends(mut self) -> Vec<Event> {
        let (begun, mut events) = (Instant::now(), Vec::new());
        loop {
            match self.hears(PATIENCE.saturating_sub(begun.elapsed())) {
                Ok(event) => events.extend(event),
                Err(RecvTimeoutError::Disconnected) => return events,
                Err(RecvTimeoutError::Timeout) => panic!("the stream goes on; it told {events:?}"),
            }
        }
    }

    fn hears(&mut self, patience: Duration) -> Result<Option<Event>, RecvTimeoutError> {
        Ok(match self.heard.recv_timeout(patience)? {
            Heard::Here(id) => {
                self.last_id = id;
                None
            }
            Heard::Event(event) => {
                self.last_id.clone_from(&event.id);
                Some(event)
            }
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.line.shutdown(Shutdown::Both);
    }
}

/// The lines up to the next empty one, as what they say.
fn frame(lines: &mut impl BufRead) -> Option<Heard> {
    let (mut id, mut data) = (String::new(), None);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            return Some(match data {
                Some(data) => Heard::Event(Event { id, data }),
                None => Heard::Here(id),
            });
        }
        if let Some(sent) = line.strip_prefix("id: ") {
            sent.clone_into(&mut id);
        } else if let Some(sent) = line.strip_prefix("data: ") {
            data = Some(serde_json::from_str(sent).expect("an event is JSON"));
        } else {
            assert!(line.starts_with(':') || line.starts_with("retry: "), "{line}");
        }
    }
}

/// The body of an answer that comes in chunks (RFC 9112, section 7.1).
struct Chunks<R> {
    reader: R,
    left: usize,
}

impl<R: BufRead> Read for Chunks<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.left == 0 {
            let mut size = String::new();
            if self.reader.read_line(&mut size)? == 0 {
                return Ok(0);
            }
            if size.trim().is_empty() {
                continue;
            }
            self.left = usize::from_str_radix(size.trim(), 16).map_err(std::io::Error::other)?;
            if self.left == 0 {
                return Ok(0);
            }
        }
        let most = self.left.min(into.len());
        let read = self.reader.read(&mut into[..most])?;
        self.left -= read;
        Ok(read)
    }
}
