//! Bad manners of servers that are called: what none that means well ever answers.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Nobody takes more than this of what never ends.
const ENOUGH: usize = 64 << 20;

/// How a server answers, whatever it is asked.
#[derive(Debug, Clone)]
pub enum Manner {
    /// Sends the caller elsewhere.
    Redirects(String),
    /// A body without an end; counts the bytes that were taken.
    NeverEnds(Arc<AtomicUsize>),
    /// A head without an end; counts the bytes that were taken.
    HeadNeverEnds(Arc<AtomicUsize>),
    /// Takes the request and says nothing, for as long as the caller waits.
    SaysNothing,
}

impl Manner {
    /// Answers the request that came in by `stream`, on a thread of its own.
    pub(super) fn answers(self, mut stream: TcpStream) {
        std::thread::spawn(move || match self {
            Self::Redirects(to) => {
                let head = format!("HTTP/1.1 307 Elsewhere\r\nLocation: {to}\r\n");
                let _ = stream.write_all(
                    format!("{head}Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes(),
                );
            }
            Self::NeverEnds(taken) => {
                let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";
                let _ = stream.write_all(head);
                pours(&mut stream, &[b' '; 16 << 10], &taken);
            }
            Self::HeadNeverEnds(taken) => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-Long: ");
                pours(&mut stream, &[b'x'; 16 << 10], &taken);
            }
            Self::SaysNothing => {
                let _ = stream.set_read_timeout(None);
                while stream.read(&mut [0; 64]).is_ok_and(|bytes| bytes > 0) {}
            }
        });
    }
}

fn pours(stream: &mut TcpStream, part: &[u8], taken: &AtomicUsize) {
    while taken.load(Ordering::SeqCst) < ENOUGH && stream.write_all(part).is_ok() {
        taken.fetch_add(part.len(), Ordering::SeqCst);
    }
}
