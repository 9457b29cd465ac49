//! Each layer imports only what stands above it in the table of `src/lib.rs`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where a write without a journal entry is made, each with what it notes. The list only shrinks or gains a reason.
const HOUSEKEEPERS: [(&str, &str); 7] = [
    ("http/mount.rs", "when a session, or a token of provisioning, was last used"),
    ("identity/federation/callback.rs", "that a sign-in was completed, so that it counts once"),
    ("identity/federation/recheck.rs", "that a provider still vouches, and who is asking it"),
    ("identity/federation/recheck/trouble.rs", "that a provider can be asked again"),
    ("journal/numbers.rs", "the place of entries that were written before"),
    ("upkeep.rs", "what has had its time, and identifiers under a former key"),
    ("watch/post.rs", "that a letter, whose cause is told, was sent"),
];

/// Where the machine's clock may be named: the clock itself and whoever puts it into the server.
const CLOCK_KEEPERS: [(&str, &str); 5] = [
    ("clock.rs", "the clock"),
    ("app.rs", "composition"),
    ("cli/", "commands of the machine"),
    ("http/docs.rs", "the id of a request outside of the contract"),
    ("http/mount.rs", "the id of a request outside of the contract"),
];

/// What asks for the present moment behind the clock's back. Stopwatches are not meant: they tell no time.
const GLOBAL_CLOCKS: [&str; 7] = [
    "Timestamp::now",
    "Zoned::now",
    "SystemTime::now",
    "Utc::now",
    "Local::now",
    "now_v7",
    "SystemClock",
];

/// What knows of HTTP beside the `api` files, each with its reason. The list only shrinks.
const OTHER_EDGES: [(&str, &str); 15] = [
    ("cases/journal.rs", "a domain of one file, its handler included"),
    ("identity/journal.rs", "a domain of one file, its handler included"),
    ("feed/waking.rs", "wakes the streams that http keeps open"),
    ("identity/auth/begin.rs", "notes where a session begins, and answers with its tokens"),
    ("identity/auth/by_passkey.rs", "counts failures by address, beside the transaction"),
    ("identity/auth/invitations.rs", "hashes a password between two transactions"),
    ("identity/auth/refresh.rs", "answers differently from what it keeps"),
    ("identity/auth/sign_in.rs", "verifies a password between two transactions"),
    ("identity/federation/callback.rs", "asks a provider between two transactions"),
    ("identity/federation/logout.rs", "asks a provider before its transaction"),
    ("identity/federation/recheck.rs", "asks a provider between two transactions"),
    ("identity/federation/recheck/pass.rs", "asks providers for as long as the server runs"),
    ("identity/federation/recheck/trouble.rs", "tells what came of asking one"),
    ("identity/federation/start.rs", "asks a provider and sends the browser there"),
    ("identity/resolve.rs", "answers what http asks: who is behind a token"),
];

struct Source {
    /// Below `src`, with slashes.
    path: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let below = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                sources.push(Source { path: below, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    assert!(sources.len() > 50, "only {} files were found", sources.len());
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// The number of each module's layer: the table in the documentation of `src/lib.rs`.
fn layers() -> BTreeMap<String, u32> {
    let mut layers = BTreeMap::new();
    for line in include_str!("../../src/lib.rs").lines() {
        let Some(row) = line.strip_prefix("//! | ") else { continue };
        let (name, modules) = row.split_once(" | ").unwrap();
        let Some(number) = name.split(' ').next().and_then(|word| word.parse().ok()) else {
            continue;
        };
        for module in modules.split("[`").skip(1) {
            let module = module.split('`').next().unwrap().to_owned();
            layers.insert(module, number);
        }
    }
    assert!(layers.len() > 15, "the table of layers was not understood: {layers:?}");
    layers
}

/// The module that a path below `src` belongs to, as the table names it.
fn module_of(path: &str, layers: &BTreeMap<String, u32>) -> String {
    let parts: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    let two = parts.iter().take(2).copied().collect::<Vec<_>>().join("::");
    if layers.contains_key(&two) { two } else { parts[0].to_owned() }
}

/// Every path that begins with `crate::` in `text`, grouped imports taken apart; comments are left out.
fn imports(text: &str) -> Vec<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join(" ");
    let mut found = Vec::new();
    for after in code.split("crate::").skip(1) {
        if let Some(group) = after.strip_prefix('{') {
            found.extend(members(group));
        } else {
            found.push(leading_path(after));
        }
    }
    found
}

fn leading_path(text: &str) -> String {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    text[..end.unwrap_or(text.len())].trim_end_matches(':').to_owned()
}

/// The first-level members of a group after its opening brace.
fn members(group: &str) -> Vec<String> {
    let (mut depth, mut member, mut members) = (0, String::new(), Vec::new());
    for letter in group.chars() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => members.push(std::mem::take(&mut member)),
            _ => {}
        }
        if letter != ',' || depth > 0 {
            member.push(letter);
        }
    }
    members.push(member);
    let paths = members.iter().map(|member| leading_path(member.trim()));
    paths.filter(|path| !path.is_empty()).collect()
}

/// The module of the table that an imported path names.
fn target_of(import: &str, layers: &BTreeMap<String, u32>) -> String {
    module_of(&import.replace("::", "/"), layers)
}

#[test]
fn every_module_stands_in_the_table() {
    let layers = layers();
    for source in sources() {
        let module = module_of(&source.path, &layers);
        let root = ["lib", "main"].contains(&module.as_str());
        assert!(root || layers.contains_key(&module), "{} is in no layer", source.path);
    }
}

#[test]
fn each_layer_imports_only_what_stands_above_it() {
    let layers = layers();
    let mut wrong = Vec::new();
    for source in sources() {
        let own = module_of(&source.path, &layers);
        let Some(layer) = layers.get(&own) else { continue };
        for import in imports(&source.text) {
            let target = target_of(&import, &layers);
            // Macros are exported at the root.
            let Some(above) = layers.get(&target) else { continue };
            let domains = *layer == layers["cases"];
            if above > layer || (domains && above == layer && target != own) {
                wrong.push(format!("{} imports {import}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "against the table of src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn only_the_edges_of_a_domain_know_http() {
    for source in sources() {
        let parts: Vec<&str> = source.path.split('/').collect();
        let edge = matches!(parts[0], "http" | "web" | "cli" | "app.rs" | "routes.rs" | "demo")
            || parts.iter().any(|part| matches!(*part, "api" | "api.rs" | "routes"))
            || OTHER_EDGES.iter().any(|(path, _)| *path == source.path);
        let knows =
            imports(&source.text).iter().any(|path| path == "http" || path.starts_with("http::"));
        let actix = source.text.contains("actix_web::");
        assert!(edge || !(knows || actix), "{} knows of HTTP", source.path);
    }
}

#[test]
fn whoever_writes_without_a_journal_entry_is_listed() {
    let mut found = Vec::new();
    for source in sources() {
        let tests = source.path.contains("tests");
        if !tests && !source.path.starts_with("db/") && source.text.contains(".housekeep(") {
            found.push(source.path);
        }
    }
    let listed: Vec<&str> = HOUSEKEEPERS.iter().map(|(path, _)| *path).collect();
    assert_eq!(found, listed, "what keeps house stands in the list, each with its reason");
}

#[test]
fn nobody_asks_for_the_time_behind_the_clocks_back() {
    for source in sources() {
        if CLOCK_KEEPERS.iter().any(|(path, _)| source.path.starts_with(path)) {
            continue;
        }
        for name in GLOBAL_CLOCKS {
            assert!(!source.text.contains(name), "{} asks {name}: take a Clock", source.path);
        }
    }
}

#[test]
fn imports_are_read_as_they_are_written() {
    let text = "use crate::db::{Run, Tx}; // crate::app\n    // crate::cli\nuse crate::{ids, journal::{chain, event}};\n\
                fn f() -> crate::error::Result<()> {}";
    assert_eq!(imports(text), ["db", "app", "ids", "journal", "error::Result"]);
}
