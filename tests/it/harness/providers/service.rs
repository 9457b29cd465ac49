//! A program that serves on a port of this machine.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::browser::Browser;

/// How long a program may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program that serves; it ends when this is dropped.
pub struct Service {
    child: Child,
    /// Its folder.
    pub folder: TempDir,
    /// Where it listens.
    pub port: u16,
}

impl Service {
    /// Starts what `command` makes for a folder and a port, and waits until `path` is answered with 200.
    pub fn start(path: &str, command: impl Fn(&Path, u16) -> Command) -> Self {
        let mut said = String::new();
        // Whoever comes in between may take the port that was free just now.
        for _ in 0..3 {
            let folder = tempfile::tempdir().unwrap();
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let log = File::create(folder.path().join("log")).unwrap();
            let child = command(folder.path(), port)
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn()
                .expect("the program starts");
            let mut service = Self { child, folder, port };
            if service.answers(path) {
                return service;
            }
            said = std::fs::read_to_string(service.folder.path().join("log")).unwrap_or_default();
        }
        panic!("nothing answers at {path}; the program said:\n{said}");
    }

    fn answers(&mut self, path: &str) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            if std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                let page = Browser::new().get(&format!("http://127.0.0.1:{}{path}", self.port));
                if page.status == 200 {
                    return true;
                }
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// Ends the program at once.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
    }
}
