//! Schemathesis as it is run here: what it asks, what it leaves out, and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use passage::routes;
use tempfile::TempDir;

use super::asker::{Asker, Cast};
use crate::harness::World;

const PROGRAM: &str = "PASSAGE_TEST_SCHEMATHESIS";

/// What schemathesis is told beside the contract.
const HOOKS: &str = "tests/it/hostile/contract/hooks.py";

/// What every answer is held to.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
     response_schema_conformance,response_headers_conformance";

/// What nobody asks, each with its reason: whoever asks would not be let in afterwards, and the rest would prove nothing.
/// The stories of sessions and of the feed ask them.
const LEFT_OUT: [(&str, &str); 8] = [
    ("logout", "ends the session that is asked in"),
    ("logout_federated", "ends the session that is asked in"),
    ("end_session", "ends the session that is asked in: it is the first of the list"),
    ("end_sessions", "ends the session that is asked in, when told to"),
    ("end_user_session", "an admin ends the session that is asked in"),
    ("end_user_sessions", "an admin ends the session that is asked in"),
    ("change_password", "wrong passwords make one wait, also for what is asked next"),
    ("get_feed", "tells events for as long as one listens, and never ends"),
];

/// The program; none, said aloud, where it is not to be had.
pub fn program(name: &str) -> Option<OsString> {
    let program = std::env::var_os(PROGRAM);
    if program.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{PROGRAM} is missing: run `make test`");
        World::not_run("schemathesis", name, PROGRAM);
    }
    program
}

/// What is asked in one run.
#[derive(Clone, Copy)]
pub struct Phase {
    /// `coverage` asks with each value at the edge of what the contract allows and with each just beyond it, `fuzzing` with
    /// random ones.
    name: &'static str,
    /// Of how many operations one is asked; whose turn it is, the seed says.
    one_of: usize,
    /// How many random requests are made of each operation at the most.
    each: usize,
    /// Whether so many of them have to be done as [`Asker::done`] says.
    much_is_done: bool,
}

impl Phase {
    /// A little of both.
    pub const LITTLE: Self =
        Self { name: "coverage,fuzzing", one_of: 12, each: 4, much_is_done: false };
    /// All edges.
    pub const EDGES: Self = Self { name: "coverage", one_of: 1, each: 1, much_is_done: false };
    /// Random requests, no more than the cases of one world bear before they all have come to an end.
    pub const RANDOM: Self = Self { name: "fuzzing", one_of: 1, each: 6, much_is_done: true };
}

/// How often each operation, by its id, was answered with which status.
#[derive(Default)]
pub struct Tally(BTreeMap<String, BTreeMap<String, usize>>);

impl Tally {
    /// All that was asked.
    pub fn requests(&self) -> usize {
        self.0.values().flat_map(BTreeMap::values).sum()
    }

    /// What was done of it.
    fn done(&self) -> usize {
        let statuses = self.0.values().flatten();
        statuses.filter(|(status, _)| status.starts_with('2')).map(|(_, number)| number).sum()
    }

    pub fn add(&mut self, other: Self) {
        for (operation, statuses) in other.0 {
            let known = self.0.entry(operation).or_default();
            for (status, number) in statuses {
                *known.entry(status).or_default() += number;
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} requests, {} of them done", self.requests(), self.done())
    }
}

/// One run.
pub struct Run<'a> {
    pub program: &'a OsString,
    pub cast: &'a Cast,
    /// What chance begins with.
    pub seed: u64,
    pub what: Phase,
}

impl Run<'_> {
    /// `asker` asks, and every answer is held to the contract.
    ///
    /// # Panics
    /// When an answer is not as the contract says. When the run says little: an operation was not asked, hardly anything
    /// was done, or the asker was shut out.
    pub fn asks(&self, asker: &Asker) -> Tally {
        let folder = tempfile::tempdir().unwrap();
        let operations = self.operations();
        let output = self.command(asker, &folder, &operations).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout);
        let faults = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "with PASSAGE_TEST_SEED={}:\n{said}{faults}", self.seed);
        let tally = Tally(serde_json::from_slice(&std::fs::read(tally(&folder)).unwrap()).unwrap());
        let reads = self.cast.world.nobody().get(asker.reads);
        let reads = asker.token.iter().fold(reads, |reads, token| reads.token(token)).send();
        assert_eq!(reads.status, 200, "whoever asked was shut out:\n{said}{reads}");
        let left: Vec<_> = operations.iter().filter(|it| !tally.0.contains_key(**it)).collect();
        assert!(left.is_empty(), "{left:?} were not asked:\n{said}");
        let least = if self.what.much_is_done { tally.requests() * asker.done / 100 } else { 0 };
        assert!(tally.done() >= least, "{tally}:\n{said}");
        tally
    }

    /// The operations that are asked: those whose turn it is.
    fn operations(&self) -> BTreeSet<&'static str> {
        let routes = routes::routes(&Arc::new(routes::contract()));
        let mut asked: BTreeSet<_> = routes.iter().map(|route| route.operation).collect();
        for (left_out, _) in LEFT_OUT {
            assert!(asked.remove(left_out), "there is no {left_out} to leave out");
        }
        let turn = usize::try_from(self.seed).unwrap() % self.what.one_of;
        asked.into_iter().skip(turn).step_by(self.what.one_of).collect()
    }

    fn command(&self, asker: &Asker, folder: &TempDir, operations: &BTreeSet<&str>) -> Command {
        let things = folder.path().join("things.json");
        std::fs::write(&things, serde_json::to_vec(&self.cast.things()).unwrap()).unwrap();
        let server = format!("http://{}", self.cast.world.address());
        let mut command = Command::new(self.program);
        command
            .current_dir(folder.path())
            .env_clear()
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("SCHEMATHESIS_HOOKS", Path::new(env!("CARGO_MANIFEST_DIR")).join(HOOKS))
            .env("PASSAGE_CONTRACT_THINGS", things)
            .env("PASSAGE_CONTRACT_TALLY", tally(folder))
            .env("PASSAGE_CONTRACT_SERVER", &server)
            .env("PASSAGE_CONTRACT_SEED", self.seed.to_string())
            .args(["run", &format!("{server}/api/v1/openapi.json"), "--checks", CHECKS])
            .args(["--phases", self.what.name, "--max-examples", &self.what.each.to_string()])
            .args(["--seed", &self.seed.to_string(), "--generation-database", "none"])
            .args(["--continue-on-failure", "--request-timeout", "20"])
            .args(["--no-color", "--warnings", "off"]);
        for operation in operations {
            command.args(["--include-operation-id", operation]);
        }
        if let Some(token) = &asker.token {
            command.env("PASSAGE_CONTRACT_TOKEN", token);
            command.args(["--header", &format!("Authorization: Bearer {token}")]);
        }
        command
    }
}

fn tally(folder: &TempDir) -> PathBuf {
    folder.path().join("tally.json")
}
