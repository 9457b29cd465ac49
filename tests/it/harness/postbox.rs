//! A real mail server on a free port of this machine, which keeps what it takes in a maildir.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::world::World;

const MAIL_SERVER: &str = "PASSAGE_TEST_MAIL_SERVER";

/// A mail that was taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mail {
    /// To whom.
    pub to: String,
    /// Everything that was sent, head and body.
    pub whole: String,
}

/// The mail server; it ends when this is dropped.
pub struct Postbox {
    server: Child,
    folder: TempDir,
    /// Where it listens.
    pub port: u16,
}

impl Postbox {
    /// Starts a mail server; none, said aloud, where there is no program for it.
    pub fn start(name: &str) -> Option<Self> {
        let Some(program) = std::env::var_os(MAIL_SERVER) else {
            assert!(std::env::var_os("CI").is_none(), "{MAIL_SERVER} is missing: run `make test`");
            World::not_run("a mail server", name, MAIL_SERVER);
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Command::new(program)
            .args(["-n", "-l", &format!("127.0.0.1:{port}"), "-c", "aiosmtpd.handlers.Mailbox"])
            .arg(folder.path().join("mail"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the mail server starts");
        let postbox = Self { server, folder, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the mail server does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(postbox)
    }

    /// Empties the box, and gives what was in it, by addressee.
    pub fn empty(&self) -> Vec<Mail> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("mail/new")) else {
            return Vec::new();
        };
        let mut mails: Vec<Mail> = entries
            .map(|entry| {
                let path = entry.unwrap().path();
                let whole = std::fs::read_to_string(&path).unwrap();
                std::fs::remove_file(path).unwrap();
                let to =
                    whole.lines().find_map(|line| line.strip_prefix("To: ")).unwrap_or_default();
                Mail { to: to.to_owned(), whole }
            })
            .collect();
        mails.sort();
        mails
    }
}

impl Drop for Postbox {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
