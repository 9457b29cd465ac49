//! Every committed entry has one number, and whoever reads by numbers misses none, however many write at once.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use passage::journal::numbers;

use crate::harness::{Actor, Case, House, World, block_on, both};

/// Who writes at once, and how often each.
const WRITERS: usize = 8;
const WRITES: usize = 15;

/// Lines of `chain sequence`, in the order of their numbers, from the one behind `after` on.
fn behind(world: &World, after: usize) -> Vec<(usize, String)> {
    let query = format!(
        "SELECT number || ' ' || {} || ' ' || sequence AS line FROM feed_entries WHERE number > {after} ORDER BY number",
        world.probe().in_hex("chain_id")
    );
    let lines = world.probe().lines(&query);
    lines
        .into_iter()
        .map(|line| {
            let (number, entry) = line.split_once(' ').unwrap();
            (number.parse().unwrap(), entry.to_owned())
        })
        .collect()
}

/// Every entry that was committed.
fn committed(world: &World) -> Vec<String> {
    let query = format!(
        "SELECT {} || ' ' || sequence AS line FROM journal_entries",
        world.probe().in_hex("chain_id")
    );
    world.probe().lines(&query)
}

fn sequence(world: &World) -> i64 {
    let app = world.app();
    block_on(numbers::round(&app.db, &app.clock)).expect("nobody numbers what another one numbers")
}

fn writes(lead: &Actor, own: &Case, shared: &Case) {
    for turn in 0..WRITES {
        let case = if turn % 3 == 0 { shared } else { own };
        let planned = serde_json::json!({"kind": "checkpoint", "expected_at": lead.world().minutes_from_now(60)});
        lead.post(case.at("/milestones")).json(planned).beside_others().expect(201);
    }
}

/// Follows the numbers while `done` is not said, and gives what it saw.
fn follows(world: &World, done: &AtomicBool) -> Vec<String> {
    let mut seen = Vec::new();
    loop {
        let last = done.load(Ordering::Acquire);
        for (number, entry) in behind(world, seen.len()) {
            assert_eq!(number, seen.len() + 1, "a reader saw a gap");
            seen.push(entry);
        }
        if last {
            return seen;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

both! {
    /// Many write, several number at once, one reads along: everything that was committed has one number, from 1 and
    /// without a gap, each chain in its own order; and the reader saw exactly that.
    fn nothing_is_missed_and_nothing_comes_twice(world) with [("PASSAGE_DATABASE__CONNECTIONS", "16")] {
        let lead = world.speaker(House::Kg);
        let shared = lead.opens_case().create();
        let own: Vec<Case> = (0..WRITERS).map(|_| lead.opens_case().create()).collect();
        let (done, written) = (AtomicBool::new(false), AtomicBool::new(false));
        let seen = std::thread::scope(|scope| {
            let reader = scope.spawn(|| follows(world, &done));
            let sequencers: Vec<_> = (0..3)
                .map(|_| scope.spawn(|| while !written.load(Ordering::Acquire) { sequence(world); }))
                .collect();
            let writers: Vec<_> = own
                .iter()
                .map(|own| scope.spawn(|| writes(&lead, own, &shared)))
                .collect();
            for writer in writers {
                writer.join().unwrap();
            }
            written.store(true, Ordering::Release);
            for sequencer in sequencers {
                sequencer.join().unwrap();
            }
            world.settles();
            done.store(true, Ordering::Release);
            reader.join().unwrap()
        });
        let committed = committed(world);
        assert!(committed.len() >= WRITERS * WRITES, "{} entries", committed.len());
        assert_eq!(seen.len(), committed.len());
        let distinct: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(distinct, committed.iter().collect(), "every entry once, and nothing else");
        in_the_order_of_their_chains(&seen);
        assert_eq!(sequence(world), i64::try_from(seen.len()).unwrap());
    }

    /// What was committed before another thing was begun stands before it, whatever chains they are in.
    fn what_came_before_stands_before(world) {
        let lead = world.speaker(House::Kg);
        let cases: Vec<Case> = (0..4).map(|_| lead.opens_case().create()).collect();
        let mut wanted = Vec::new();
        for turn in 0..12 {
            let case = &cases[turn * 7 % 4];
            lead.plans(case, "checkpoint", "Taraz", 60);
            wanted.push(case.id.replace('-', ""));
        }
        world.settles();
        let told: Vec<String> =
            behind(world, 0).into_iter().map(|(_, entry)| entry[..32].to_owned()).collect();
        let tail = &told[told.len() - wanted.len()..];
        assert_eq!(tail, wanted);
    }

    /// What another process left without a number is found without being told of it.
    fn what_another_process_wrote_is_found(world) {
        let lead = world.speaker(House::Kg);
        let _ = lead.opens_case().create();
        world.settles();
        let numbered = behind(world, 0).len();
        // Stand-ins: entries that this process did not write.
        let left = "INSERT INTO feed_pending (chain_id, sequence) SELECT chain_id, -sequence FROM journal_entries";
        world.probe().execute(left).unwrap();
        world.settles();
        assert_eq!(behind(world, 0).len(), 2 * numbered);
    }
}

fn in_the_order_of_their_chains(seen: &[String]) {
    let mut last = std::collections::BTreeMap::new();
    for entry in seen {
        let (chain, sequence) = entry.split_once(' ').unwrap();
        let sequence: i64 = sequence.parse().unwrap();
        let before = last.insert(chain, sequence).unwrap_or(0);
        assert_eq!(sequence, before + 1, "chain {chain} is out of its order");
    }
}
