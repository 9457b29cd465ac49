//! The served contract is kept, whatever is sent: schemathesis makes requests out of it, right ones and wrong ones, and
//! holds each answer to it. No server error, and no status, header or shape that is not described.
//!
//! Each test is one who asks, in a world of his own. `make test` lets everybody ask for a twelfth of all operations, another
//! one each time, on SQLite, and those of `BOTH` on PostgreSQL too. With `PASSAGE_TEST_CONTRACT_CASES` everybody asks for
//! everything on both databases, and all together make at least so many random requests: that is `make soak-contract`.
//! `PASSAGE_TEST_SEED` says with which seed; it is printed.

mod asker;
mod schemathesis;

use std::hash::{BuildHasher, RandomState};
use std::time::Instant;

use asker::{Asker, Cast};
use schemathesis::{Phase, Run, Tally};

use crate::harness::{Backend, World};

/// On both databases also where little is asked.
const BOTH: &[Backend] = &[Backend::Sqlite, Backend::Postgres];
/// On PostgreSQL only where much is asked.
const ONE: &[Backend] = &[Backend::Sqlite];

macro_rules! askers {
    ($($name:ident on $backends:ident;)*) => {
        $(#[test]
        fn $name() {
            play(stringify!($name), $backends, Cast::$name);
        })*

        /// How many ask.
        const ASKERS: usize = [$(stringify!($name)),*].len();
    };
}

askers! {
    nobody on ONE;
    liaison_officer_of_the_lead on BOTH;
    liaison_officer_of_a_partner on ONE;
    case_officer on ONE;
    authority on ONE;
    coordinator on ONE;
    auditor on ONE;
    agency_admin on BOTH;
    system_admin on ONE;
    machine_account on ONE;
    identity_provider on ONE;
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

fn play(name: &str, everyday: &[Backend], asker: fn(&Cast) -> Asker) {
    let Some(program) = schemathesis::program(name) else { return };
    let seed = number("PASSAGE_TEST_SEED").unwrap_or_else(|| RandomState::new().hash_one(name));
    // What the program takes for a seed.
    let seed = seed % u64::from(u32::MAX);
    let many = number("PASSAGE_TEST_CONTRACT_CASES").map(|all| usize::try_from(all).unwrap());
    for backend in if many.is_some() { BOTH } else { everyday } {
        let begun = Instant::now();
        let run = |seed, what: Phase| {
            let world = World::new(*backend, asker::SETTINGS, &[])?;
            let _curtain = world.curtain();
            let cast = Cast::new(&world);
            let tally = Run { program: &program, cast: &cast, seed, what }.asks(&asker(&cast));
            world.verify_journal();
            Some(tally)
        };
        let Some(tally) = (match many {
            None => run(seed, Phase::LITTLE),
            Some(all) => much(all.div_ceil(ASKERS * BOTH.len()), seed, run),
        }) else {
            World::not_run("PostgreSQL", name, "PASSAGE_TEST_POSTGRES_URL");
            continue;
        };
        let seconds = begun.elapsed().as_secs();
        println!("{name} on {backend:?}: {tally} in {seconds} s, seeds from {seed} on");
    }
}

/// Every edge once, and then at least `cases` random requests, in one world after the other.
fn much(cases: usize, seed: u64, run: impl Fn(u64, Phase) -> Option<Tally>) -> Option<Tally> {
    let edges = run(seed, Phase::EDGES)?;
    let mut random = Tally::default();
    let mut round = 1;
    while random.requests() < cases {
        random.add(run(seed + round, Phase::RANDOM)?);
        round += 1;
    }
    random.add(edges);
    Some(random)
}
