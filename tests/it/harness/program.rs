//! The program itself, as an operator starts it: settings in its environment, its log on standard error, and signals.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long it may take over what it must do.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program at `passage serve`; it ends when this is dropped.
pub struct Program {
    settings: Vec<(String, String)>,
    running: Mutex<Child>,
    log: Arc<Mutex<String>>,
    reading: Mutex<Option<JoinHandle<()>>>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Program {
    /// Starts it, and waits until it says where it serves.
    ///
    /// # Panics
    /// When it does not start.
    pub fn serve(settings: &[(&str, String)]) -> Self {
        let settings: Vec<_> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let mut running = command(&settings, &["serve"]).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(running.stderr.take().unwrap());
        let log: Arc<Mutex<String>> = Arc::default();
        let kept = log.clone();
        let reading = std::thread::spawn(move || {
            let mut line = Vec::new();
            while lines.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
                let text = String::from_utf8_lossy(&line);
                kept.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
                line.clear();
            }
        });
        let begun = Instant::now();
        let address = loop {
            let said = log.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(address) = without_colour(&said).lines().find_map(serves_at) {
                break address;
            }
            let ended = running.try_wait().unwrap();
            assert!(ended.is_none() && begun.elapsed() < PATIENCE, "it does not serve:\n{said}");
            std::thread::sleep(Duration::from_millis(10));
        };
        let (running, reading) = (Mutex::new(running), Mutex::new(Some(reading)));
        Self { settings, running, log, reading, address }
    }

    /// What it has written to its log, without colours.
    pub fn log(&self) -> String {
        without_colour(&self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until its log has a line with `words`.
    ///
    /// # Panics
    /// When none comes.
    #[track_caller]
    pub fn says(&self, words: &str) {
        let begun = Instant::now();
        while !self.log().contains(words) {
            assert!(begun.elapsed() < PATIENCE, "it does not say {words:?}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Carries out another command of the program with the same settings, and gives it `input`.
    ///
    /// # Panics
    /// When it fails.
    #[track_caller]
    pub fn runs(&self, arguments: &[&str], input: &str) {
        let mut command = command(&self.settings, arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = command.spawn().unwrap();
        running.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let done = running.wait_with_output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// Sends it a signal, such as `HUP`.
    ///
    /// # Panics
    /// When it is not there any more.
    pub fn is_sent(&self, signal: &str) {
        let process = self.running.lock().unwrap_or_else(PoisonError::into_inner).id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &process]).status().unwrap();
        assert!(sent.success(), "{signal} was not sent");
    }

    /// Is told to end, and does; then its log is whole.
    ///
    /// # Panics
    /// When it does not end well.
    pub fn ends(&self) {
        self.is_sent("TERM");
        let ended = self.running.lock().unwrap_or_else(PoisonError::into_inner).wait().unwrap();
        let reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner).take();
        reading.map(JoinHandle::join).transpose().unwrap();
        assert!(ended.success(), "it ended with {ended}:\n{}", self.log());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let running = self.running.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = running.kill();
        let _ = running.wait();
    }
}

fn command(settings: &[(String, String)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_passage"));
    let own = std::env::vars_os()
        .filter(|(name, _)| !name.to_string_lossy().starts_with("PASSAGE_") && name != "NO_COLOR");
    command.args(arguments).env_clear().envs(own).envs(settings.iter().cloned());
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// The address in the line with which it says that it serves, whatever the form of the log.
fn serves_at(line: &str) -> Option<SocketAddr> {
    let (_, after) = line.contains("serving").then(|| line.split_once("address"))??;
    let address = after.trim_start_matches(['=', '"', ':']);
    address.split(['"', ' ', ',']).next()?.parse().ok()
}

/// The text without the sequences that colour it on a terminal.
fn without_colour(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    plain
}
