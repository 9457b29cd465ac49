//! The texts that describe the settings say what the code does.

use super::*;
use crate::config::layers::{DEFAULTS, Scalar, Setting};

const TABLE: &str = include_str!("../../../docs/configuration.md");

pub(super) fn schema() -> Vec<Setting> {
    Layers::defaults().settings
}

fn shown(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) => format!("\"{text}\""),
        Scalar::Number(number) => number.to_string(),
        Scalar::Flag(flag) => flag.to_string(),
    }
}

/// What the code allows, as (`section.key`, words).
fn read() -> Vec<(String, String)> {
    let layers = Layers::defaults();
    let mut reader = Reader::new(&layers, ConfigFaults::default());
    let config = Config::read(&mut reader, layers.clone());
    rules::check(&config, Purpose::Command, &mut reader);
    assert_eq!(reader.faults.to_string(), "");
    reader.seen
}

#[test]
fn the_defaults_are_toml_and_every_setting_is_read() {
    assert!(toml::from_str::<toml::Table>(DEFAULTS).is_ok());
    let lines = DEFAULTS.lines().filter(|line| !line.starts_with('#') && line.contains(" = "));
    assert_eq!(schema().len(), lines.count());
    let read = read();
    for setting in schema() {
        assert!(read.iter().any(|(path, _)| *path == setting.path()), "{}", setting.path());
    }
    for (path, _) in read {
        assert!(schema().iter().any(|setting| setting.path() == path), "{path}");
    }
}

#[test]
fn the_defaults_document_every_setting() {
    let read = read();
    let mut comment = String::new();
    let mut settings = schema().into_iter();
    for line in DEFAULTS.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment.push_str(text);
        } else if line.contains(" = ") {
            let setting = settings.next().unwrap();
            let path = setting.path();
            assert!(comment.len() > 20, "{path} has no comment");
            let default = format!(" Default: {}.", shown(&setting.value));
            assert!(comment.ends_with(&default), "{path}: {comment}");
            for (_, allowed) in read.iter().filter(|(read, _)| *read == path) {
                assert!(comment.contains(allowed), "{path}: {comment} lacks {allowed}");
            }
            if matches!(setting.value, Scalar::Number(_)) {
                assert!(comment.contains(" Unit: "), "{path} has no unit");
            }
            comment.clear();
        } else {
            comment.clear();
        }
    }
    assert!(settings.next().is_none());
}

#[test]
fn the_table_of_settings_is_complete() {
    let read = read();
    for setting in schema() {
        let path = setting.path();
        let start = format!("| `{path}` |");
        let row = TABLE.lines().find(|line| line.starts_with(&start));
        let row = row.unwrap_or_else(|| panic!("docs/configuration.md has no row for {path}"));
        assert!(row.contains(&format!("| `{}` |", setting.variable())), "{row}");
        assert!(row.contains(&format!("| `{}` |", shown(&setting.value))), "{row}");
        for (_, allowed) in read.iter().filter(|(read, _)| *read == path) {
            let words = allowed.trim_start_matches("Range: ").trim_start_matches("One of: ");
            assert!(row.contains(words.trim_end_matches('.')), "{row} lacks {words}");
        }
    }
    let rows = TABLE.lines().filter(|line| line.starts_with("| `") && line.contains("| `PASSAGE_"));
    assert_eq!(rows.count(), schema().len(), "docs/configuration.md describes what is no setting");
}

#[test]
fn the_example_for_production_loads_without_a_secret_in_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/production.example.toml");
    let url = "postgres://passage:secret@db.example.org/passage?sslmode=verify-full&target_session_attrs=read-write";
    let config = Config::load(Some(&path), pairs(&[("PASSAGE_DATABASE__URL", url)])).unwrap();
    assert_eq!(config.server.mode, Mode::Production);
    assert_eq!(config.warnings(), Vec::<String>::new());
    let settings: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
    for secret in layers::SECRET {
        let (section, key) = secret.split_once('.').unwrap();
        assert!(settings[section].get(key).is_none(), "{secret} stands in the example");
    }
}
