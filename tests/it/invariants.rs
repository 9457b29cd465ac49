//! Every side of every invariant of a controlled delivery has a story that is named after it: what happens where the rule
//! is broken, and what where it is kept.
//!
//! A story says so in the first words of its name, `invariant_3_refused_and_allowed_…` or `invariants_11_and_17_flagged_…`.
//! Only stories count: they are told through the front door, on both databases.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What is shown of a command: it is refused where the rule is broken, and allowed where it is kept.
const COMMAND: &[&str] = &["refused", "allowed"];
/// What is shown of a fact: where the rule is broken it is taken, flagged and told as an alert; where it is kept it is not
/// flagged.
const FACT: &[&str] = &["flagged", "told", "unflagged"];
/// A fact that is flagged and calls nobody.
const FLAG: &[&str] = &["flagged", "unflagged"];
/// What is allowed without any condition.
const FREE: &[&str] = &["allowed"];
/// What the clock does, and what keeps it from doing so.
const TIMER: &[&str] = &["timer", "kept"];

/// The sides of each invariant, from the first on.
const SIDES: [&[&[&str]]; 26] = [
    &[COMMAND, FACT], // 1: leave for each country
    &[FACT],          // 2: leave that lasts
    &[COMMAND, FACT], // 3: modality and cap
    &[COMMAND],       // 4: one period of control
    &[COMMAND],       // 5: control by handover
    &[FACT],          // 6: control by the own country
    &[COMMAND],       // 7: who grants
    &[TIMER],         // 8: oral grants
    &[COMMAND],       // 9: reasons
    &[COMMAND, FACT], // 10: substitution
    &[FACT],          // 11: mass balance
    &[COMMAND],       // 12: legs that join
    &[COMMAND],       // 13: preparation
    &[FACT],          // 14: another way, a missed report
    &[FREE],          // 15: intervention
    &[FACT],          // 16: custody
    &[FACT],          // 17: seals
    &[COMMAND],       // 18: facts stay
    &[FLAG],          // 19: times
    &[COMMAND],       // 20: audience
    &[COMMAND],       // 21: what one may not see
    &[COMMAND],       // 22: hits
    &[COMMAND],       // 23: the journal tells of everything
    &[COMMAND],       // 24: the journal stays
    &[COMMAND],       // 25: the close
    &[COMMAND],       // 26: retries and versions
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The invariants and the sides that the name of a story begins with, `rest` being what stands behind `invariant`.
fn shown(rest: &str) -> (Vec<usize>, Vec<&str>) {
    let known = [COMMAND, FACT, FLAG, FREE, TIMER].concat();
    let mut words =
        rest.trim_start_matches('s').split('_').filter(|word| !word.is_empty()).peekable();
    let mut numbers = Vec::new();
    let mut sides = Vec::new();
    while let Some(word) = words.next_if(|word| *word == "and" || word.parse::<usize>().is_ok()) {
        numbers.extend(word.parse::<usize>());
    }
    while let Some(word) = words.next_if(|word| *word == "and" || known.contains(word)) {
        sides.extend((word != "and").then_some(word));
    }
    (numbers, sides)
}

#[test]
fn every_side_of_every_invariant_has_a_story_named_after_it() {
    let mut paths = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it"), &mut paths);
    let mut found = BTreeSet::new();
    let mut sideless = Vec::new();
    for path in paths {
        let source = fs::read_to_string(path).unwrap();
        // A story takes a world: both databases play it.
        let names = source.lines().filter_map(|line| {
            let (name, arguments) =
                line.trim_start().strip_prefix("fn invariant")?.split_once('(')?;
            arguments.starts_with("world)").then_some(name)
        });
        for name in names {
            let (numbers, sides) = shown(name);
            if numbers.is_empty() || sides.is_empty() {
                sideless.push(name.to_owned());
            }
            for number in numbers {
                found.extend(sides.iter().map(|side| (number, (*side).to_owned())));
            }
        }
    }
    assert!(sideless.is_empty(), "stories that do not say which side they show: {sideless:?}");
    let mut missing = Vec::new();
    for (number, sides) in (1..).zip(SIDES) {
        for side in sides.concat() {
            if !found.contains(&(number, side.to_owned())) {
                missing.push(format!("{number} {side}"));
            }
        }
    }
    assert!(missing.is_empty(), "sides of invariants without a story: {missing:?}");
}
