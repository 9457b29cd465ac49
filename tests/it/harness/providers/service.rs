//! A program that serves on a port of this machine.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::browser::Browser;

/// How long a program may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program that serves; it ends when this is dropped.
pub struct Service {
    running: Mutex<Child>,
    /// What starts it, again and again.
    command: Mutex<Command>,
    /// What it answers to once it is ready.
    path: &'static str,
    /// Its folder.
    pub folder: TempDir,
    /// Where it listens.
    pub port: u16,
}

impl Service {
    /// Starts what `command` makes for a folder and a port, and waits until `path` is answered with 200.
    pub fn start(path: &'static str, command: impl Fn(&Path, u16) -> Command) -> Self {
        let mut said = String::new();
        // Whoever comes in between may take the port that was free just now.
        for _ in 0..3 {
            let folder = tempfile::tempdir().unwrap();
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let log = File::create(folder.path().join("log")).unwrap();
            let mut command = command(folder.path(), port);
            command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
            let running = Mutex::new(command.spawn().expect("the program starts"));
            let service = Self { running, command: Mutex::new(command), path, folder, port };
            if service.answers() {
                return service;
            }
            said = service.said();
        }
        panic!("nothing answers at {path}; the program said:\n{said}");
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn running(&self) -> MutexGuard<'_, Child> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answers(&self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.running().try_wait().unwrap().is_some() {
                return false;
            }
            if std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                let page =
                    Browser::new().get(&format!("http://127.0.0.1:{}{}", self.port, self.path));
                if page.status == 200 {
                    return true;
                }
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// Ends the program at once.
    pub fn is_killed(&self) {
        let mut running = self.running();
        let _ = running.kill();
        let _ = running.wait();
    }

    /// Starts the program again, with what it kept.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn comes_back(&self) {
        self.is_killed();
        *self.running() = self.command.lock().unwrap().spawn().expect("the program starts again");
        assert!(self.answers(), "it does not come back; it said:\n{}", self.said());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.is_killed();
    }
}
