//! Whatever comes, no parser panics and none hangs.
//!
//! Each parser of what comes from outside stands in one of two tables: in `alone` those that are functions, in `doors`
//! those that are reached by a request. Both are fed what [`harm`] makes of inputs that are right (`seeds.txt`, and what is
//! signed when the test begins), and what is nothing at all. `PASSAGE_TEST_INPUTS` says how many inputs the first table is
//! fed, `PASSAGE_TEST_SEED` with which seed; `make soak-parsers` feeds more than a million. A new parser is a line of a table
//! and a seed.

mod alone;
mod doors;
mod harm;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::harness::{World, both};

/// How many inputs the first table is fed unless more are asked for.
const INPUTS: usize = 25_000;
/// How many the doors are fed for a thousand of these: a request costs more than a call.
const AT_DOORS: usize = 50;
/// Longer than any input may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What reads an input, and tells whether it was understood.
type Read = Box<dyn Fn(&[u8]) -> bool + Send + Sync>;

/// A parser, with inputs that it understands.
struct Parser {
    name: String,
    seeds: Vec<Vec<u8>>,
    read: Read,
}

/// The seeds of `seeds.txt`, by the parser that they are for.
fn seeds() -> BTreeMap<&'static str, Vec<Vec<u8>>> {
    let mut seeds = BTreeMap::new();
    for block in include_str!("seeds.txt").split("\n== ").skip(1) {
        let (name, lines) = block.split_once('\n').unwrap();
        let lines = lines.lines().filter(|line| !line.is_empty());
        let known = seeds.insert(name, lines.map(|line| line.as_bytes().to_vec()).collect());
        assert!(known.is_none(), "{name} stands there twice");
    }
    seeds
}

/// What a parser is just reading, and the how many-th input that is.
type Present = Arc<Mutex<(usize, Vec<u8>)>>;

/// How many inputs were read, and how many of them were understood.
#[derive(Default, Clone, Copy)]
struct Fed {
    inputs: usize,
    understood: usize,
}

/// Feeds a parser, each input within [`PATIENCE`].
///
/// # Panics
/// When the parser panics or hangs, with what it read then.
fn feed(parser: Parser, inputs: usize, seed: u64) -> Fed {
    let name = parser.name.clone();
    let present = Present::default();
    let (shown, (tell, told)) = (present.clone(), channel());
    std::thread::spawn(move || tell.send(read_all(&parser, inputs, seed, &shown)));
    let (mut before, mut since) = (0, Instant::now());
    loop {
        match told.recv_timeout(Duration::from_millis(500)) {
            Ok(Ok(understood)) => return Fed { inputs, understood },
            Ok(Err(fault)) => panic!("{name}, with PASSAGE_TEST_SEED={seed}: {fault}"),
            Err(RecvTimeoutError::Disconnected) => panic!("{name}: nobody feeds it any more"),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let (number, input) = present.lock().unwrap().clone();
        if number != before {
            (before, since) = (number, Instant::now());
        }
        assert!(since.elapsed() < PATIENCE, "{name} hangs with {}", input.escape_ascii());
    }
}

fn read_all(parser: &Parser, inputs: usize, seed: u64, present: &Present) -> Result<usize, String> {
    let config = Config {
        cases: u32::try_from(inputs).unwrap(),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let understood = std::cell::Cell::new(0);
    let read = TestRunner::new_with_rng(config, rng).run(&harm::harmed(&parser.seeds), |input| {
        {
            let mut present = present.lock().unwrap();
            present.0 += 1;
            present.1.clone_from(&input.0);
        }
        understood.set(understood.get() + usize::from((parser.read)(&input.0)));
        Ok(())
    });
    read.map(|()| understood.get()).map_err(|fault| fault.to_string())
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

fn inputs() -> usize {
    number("PASSAGE_TEST_INPUTS").map_or(INPUTS, |inputs| usize::try_from(inputs).unwrap())
}

/// Else a parser would be fed nothing but nonsense.
fn understand_their_seeds(parsers: &[Parser]) {
    let mut strange = Vec::new();
    for Parser { name, seeds, read } in parsers {
        assert!(seeds.len() > 1, "{name} has too few seeds");
        let seeds = seeds.iter().filter(|seed| !read(seed));
        strange.extend(
            seeds.map(|seed| format!("{name} does not understand {}", seed.escape_ascii())),
        );
    }
    assert!(strange.is_empty(), "{}", strange.join("\n"));
}

/// Feeds every parser of a table its part of `inputs`.
fn feed_all(table: &str, parsers: Vec<Parser>, inputs: usize) {
    let seed = number("PASSAGE_TEST_SEED").unwrap_or_else(|| RandomState::new().hash_one(table));
    understand_their_seeds(&parsers);
    let begun = Instant::now();
    let (each, mut all) = (inputs.div_ceil(parsers.len()), Fed::default());
    for parser in parsers {
        let name = parser.name.clone();
        let fed = feed(parser, each, seed);
        println!("{table}: {name}: {} inputs, {} understood", fed.inputs, fed.understood);
        all.inputs += fed.inputs;
        all.understood += fed.understood;
    }
    let seconds = begun.elapsed().as_secs();
    println!(
        "{table}: {} inputs, {} understood, {seconds} s, seed {seed}",
        all.inputs, all.understood
    );
    assert!(all.inputs >= inputs && all.understood < all.inputs);
}

#[test]
fn alone() {
    feed_all("alone", alone::parsers(), inputs());
}

/// Every seed is for a parser that is there.
#[test]
fn no_seed_is_left() {
    let alone = alone::parsers();
    for name in seeds().keys() {
        assert!(
            alone.iter().any(|parser| parser.name == *name),
            "nobody reads the seeds of {name}"
        );
    }
}

/// Nobody waits long for the rest of a request that was cut off.
fn impatient(config: &mut passage::config::Config) {
    let limits = &mut config.limits;
    let second = Duration::from_secs(1);
    (limits.head, limits.idle, limits.slow.window) = (second, 2 * second, second);
}

both! {
    /// Through headers, paths, queries and bodies of a server that stands; its journal verifies afterwards.
    fn through_the_doors(world)
        with [("PASSAGE_IDENTITY__SIGN_IN_FAILURES_PER_ADDRESS_PER_MINUTE", "10000")]
        tuned impatient
    {
        feed_all("doors", doors::parsers(world), inputs() * AT_DOORS / 1000);
        world.nobody().get("/health/ready").expect(200);
    }
}
