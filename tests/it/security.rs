//! What the documents about security say is there: every test and every file that they name, and every requirement once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How many requirements of the standard the table answers: all of levels 1 and 2, and level 3 of three chapters.
const REQUIREMENTS: usize = 262;

/// What a row may say.
const VERDICTS: [&str; 5] = ["met", "partly", "NOT MET", "operator", "–"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn document(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// Every source file with its text.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("src"), root().join("tests/it")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}

/// What stands between back quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_test_that_is_named_exists() {
    let sources = sources();
    let mut named = 0;
    for name in ["SECURITY.md", "docs/asvs.md"] {
        let text = document(name);
        let is_word =
            |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || "_:".contains(char);
        for test in quoted(&text).filter(|word| word.contains("::") && word.chars().all(is_word)) {
            let (module, function) = test.rsplit_once("::").unwrap();
            let module = module.rsplit("::").next().unwrap();
            let wanted = format!("fn {function}(");
            let found = sources.iter().any(|(path, text)| {
                path.strip_prefix(root()).unwrap().to_string_lossy().contains(module)
                    && text.contains(&wanted)
            });
            assert!(found, "{name} names the test {test}, which is nowhere");
            named += 1;
        }
    }
    assert!(named > 50, "only {named} tests are named");
}

#[test]
fn every_file_that_is_named_exists() {
    for name in ["SECURITY.md", "docs/asvs.md"] {
        let text = document(name);
        let ends = [".rs", ".md", ".toml", ".lock"];
        let is_file =
            |word: &&str| ends.iter().any(|end| word.ends_with(end)) && !word.contains(' ');
        for file in quoted(&text).filter(is_file) {
            assert!(root().join(file).exists(), "{name} names {file}, which is nowhere");
        }
    }
}

#[test]
fn every_requirement_is_answered_once() {
    let text = document("docs/asvs.md");
    let mut seen = BTreeSet::new();
    for row in text.lines().filter(|line| line.starts_with("| V")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [ids, _, verdict, how] = cells[..] else { panic!("four cells, not {row}") };
        assert!(VERDICTS.contains(&verdict), "{row}");
        assert!(!how.is_empty(), "how? {row}");
        for id in ids.split(", ") {
            assert!(seen.insert(id.to_owned()), "{id} stands there twice");
        }
    }
    assert_eq!(seen.len(), REQUIREMENTS);
}
