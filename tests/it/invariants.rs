//! Every invariant of a controlled delivery has a test that is named after it.

use std::fs;
use std::path::{Path, PathBuf};

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

#[test]
fn every_invariant_has_a_test_named_after_it() {
    let mut paths = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    sources(&root.join("src"), &mut paths);
    sources(&root.join("tests"), &mut paths);
    let mut named = Vec::new();
    for path in paths {
        for line in fs::read_to_string(path).unwrap().lines() {
            let name = line.trim_start().strip_prefix("fn invariant").unwrap_or_default();
            let words = name.trim_start_matches('s').split('_');
            named.extend(words.filter_map(|word| word.parse::<u32>().ok()));
        }
    }
    let missing: Vec<u32> = (1..=26).filter(|number| !named.contains(number)).collect();
    assert!(missing.is_empty(), "invariants without a test of their name: {missing:?}");
}
