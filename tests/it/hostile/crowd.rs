//! Many connections of one who means harm.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::harness::{Actor, House, World};

/// How long a crowd may hold on, with the short times that stories set.
pub const PATIENCE: Duration = Duration::from_secs(14);

/// An officer works meanwhile, and hardly waits.
#[track_caller]
pub fn works(officer: &Actor) {
    let asked = Instant::now();
    officer.get("/cases").expect(200);
    let waited = asked.elapsed();
    assert!(waited < Duration::from_secs(3), "an officer waited for {waited:?}");
}

/// Connections that are still open.
pub struct Crowd {
    lines: Vec<TcpStream>,
    /// What was answered to them, as text.
    pub heard: String,
}

impl Crowd {
    /// So many connections, each of which says `words`.
    pub fn of(world: &World, number: usize, words: &str) -> Self {
        let line = |_| {
            let mut line = TcpStream::connect(world.address()).unwrap();
            line.write_all(words.as_bytes()).unwrap();
            line.set_nonblocking(true).unwrap();
            line
        };
        Self { lines: (0..number).map(line).collect(), heard: String::new() }
    }

    /// How many are still open.
    pub fn count(&mut self) -> usize {
        let heard = &mut self.heard;
        self.lines.retain_mut(|line| {
            let mut answer = [0; 4096];
            loop {
                match line.read(&mut answer) {
                    Ok(0) => return false,
                    Ok(bytes) => heard.push_str(&String::from_utf8_lossy(&answer[..bytes])),
                    Err(error) => return error.kind() == ErrorKind::WouldBlock,
                }
            }
        });
        self.lines.len()
    }

    /// Holds on, each connection saying `drop` now and then, until the server has closed the last of them; an officer works
    /// all the while. Tells what the crowd heard.
    #[track_caller]
    pub fn holds_on(self, world: &World, drop: &str) -> String {
        self.holds_on_for(PATIENCE, world, drop)
    }

    /// The same for as long as `patience` lasts.
    #[track_caller]
    pub fn holds_on_for(mut self, patience: Duration, world: &World, drop: &str) -> String {
        let (officer, begun) = (world.speaker(House::Kg), Instant::now());
        loop {
            works(&officer);
            let left = self.count();
            if left == 0 {
                return self.heard;
            }
            assert!(begun.elapsed() < patience, "{left} are still there");
            for line in &mut self.lines {
                let _ = line.write(drop.as_bytes());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
