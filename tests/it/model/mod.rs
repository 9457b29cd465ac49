//! Random commands and facts by random agencies, held against a reference that is told as simply as the rules can be.
//!
//! After each step the server's answer and everything that it shows of the case is what the reference says; nothing stands
//! in the database that must never be there (`rules`: two agencies in control, a leg that goes on without leave, …); and
//! the case's journal verifies from where it was verified before. At the end of each sequence all of it verifies as the API
//! gives it out, so that nothing that was verified once has changed, and at the end of some sequences so does everything
//! that the database holds.
//!
//! `PASSAGE_TEST_STEPS` says how many steps at least are made on each database, `PASSAGE_TEST_SEED` with which seed; both are
//! printed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

use crate::harness::{Backend, World};

mod planted;
mod reference;
mod rules;
mod steps;
mod system;

use reference::{Answer, State};
use steps::{Reference, Step};
use system::System;

/// Steps on each database unless more are asked for.
const STEPS: usize = 1_500;
/// Steps of one sequence.
const LONGEST: usize = 100;
/// Sequences that are played in one world: a longer journal would only be read again and again.
const SEQUENCES: u32 = 5;
/// From how many steps on what is usual is expected to have happened, and from how many on everything.
const ENOUGH: usize = 1_000;
const ENOUGH_FOR_ALL: usize = 20_000;

/// How often a kind of step was answered how.
type Tally = BTreeMap<(String, &'static str), usize>;

thread_local! {
    /// The world in which the sequences of this thread are played.
    static STAGE: RefCell<Option<World>> = const { RefCell::new(None) };
    /// Steps made in this thread.
    static MADE: Cell<usize> = const { Cell::new(0) };
    /// What became of them.
    static TALLY: RefCell<Tally> = RefCell::default();
}

/// The test of the machine: each sequence is a case of its own.
struct Machine;

impl StateMachineTest for Machine {
    type SystemUnderTest = System;
    type Reference = Reference;

    fn init_test(_: &State) -> System {
        STAGE.with_borrow(|stage| System::new(stage.as_ref().unwrap()))
    }

    fn apply(mut system: System, expected: &State, step: Step) -> System {
        MADE.set(MADE.get() + 1);
        system.perform(step, expected);
        let kind: String =
            format!("{step:?}").chars().take_while(char::is_ascii_alphanumeric).collect();
        let answer = if expected.answer == Answer::Done { "done" } else { "not done" };
        TALLY.with_borrow_mut(|tally| *tally.entry((kind, answer)).or_default() += 1);
        system
    }

    fn check_invariants(system: &System, expected: &State) {
        system.shows(expected);
        system.holds();
    }

    fn teardown(system: System, _: State) {
        system.exports();
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// Plays as many sequences as make the steps that are asked for.
fn run(backend: Backend, name: &str) {
    let steps = number("PASSAGE_TEST_STEPS").map_or(STEPS, |steps| usize::try_from(steps).unwrap());
    let seed = number("PASSAGE_TEST_SEED").unwrap_or_else(|| RandomState::new().hash_one(name));
    let mut round = 0;
    while MADE.get() < steps {
        let Some(world) = World::new(backend, &[], &[]) else {
            World::not_run("PostgreSQL", name, "PASSAGE_TEST_POSTGRES_URL");
            return;
        };
        let _curtain = world.curtain();
        STAGE.set(Some(world.clone()));
        if let Err(error) = sequences(seed + round) {
            panic!("with PASSAGE_TEST_SEED={}: {error}", seed + round);
        }
        world.verify_journal();
        STAGE.set(None);
        round += 1;
    }
    println!("{name}: {} steps, seeds from {seed} on", MADE.get());
    println!("{:?}", TALLY.with_borrow(Tally::clone));
    if MADE.get() >= ENOUGH {
        happened(&OFTEN);
    }
    if MADE.get() >= ENOUGH_FOR_ALL {
        happened(&SELDOM);
    }
}

fn sequences(seed: u64) -> Result<(), String> {
    let config = Config {
        cases: SEQUENCES,
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config.clone(), rng);
    let strategy = Reference::sequential_strategy(LONGEST..=LONGEST);
    let played = runner.run(&strategy, |(state, steps, seen)| {
        Machine::test_sequential(config.clone(), state, steps, seen);
        Ok(())
    });
    played.map_err(|error| error.to_string())
}

/// What has to have happened, or the sequences would say little: each of these comes more than ten times in a thousand steps.
const OFTEN: [&str; 16] = [
    "Draft",
    "Submit",
    "Acknowledge",
    "Grant",
    "GrantOrally",
    "Revoke",
    "Start",
    "Complete",
    "Take",
    "TakeOver",
    "Lose",
    "Recover",
    "Propose",
    "Agree",
    "Offer",
    "Accept",
];

/// What comes now and then.
const SELDOM: [&str; 16] = [
    "Withdraw",
    "Extend",
    "Confirm",
    "Refuse",
    "Divert",
    "Resume",
    "Enter",
    "End",
    "RefuseGoods",
    "Cancel",
    "Suspend",
    "Activate",
    "Intervene",
    "Conclude",
    "File",
    "Close",
];

fn happened(kinds: &[&str]) {
    let done =
        |kind: &str| TALLY.with_borrow(|tally| tally.contains_key(&(kind.to_owned(), "done")));
    let never: Vec<&&str> = kinds.iter().filter(|kind| !done(kind)).collect();
    assert!(never.is_empty(), "never done: {never:?}");
}

#[test]
fn the_server_does_what_the_reference_says_on_sqlite() {
    run(Backend::Sqlite, "model::sqlite");
}

#[test]
fn the_server_does_what_the_reference_says_on_postgres() {
    run(Backend::Postgres, "model::postgres");
}
