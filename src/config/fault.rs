//! What is wrong with a configuration, and where it was said.

use std::fmt;
use std::path::PathBuf;

/// Where the value of a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The embedded `config/default.toml`.
    Default,
    /// The file given by `--config`, and the line (from 1; 0 stands for the whole file).
    File(PathBuf, usize),
    /// The environment variable of this name.
    Environment(String),
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File(path, 0) => write!(formatter, "file {}", path.display()),
            Self::File(path, line) => write!(formatter, "file {}, line {line}", path.display()),
            Self::Environment(name) => write!(formatter, "environment variable {name}"),
        }
    }
}

/// One thing that is wrong. It never repeats a text value, which may be a secret in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    /// Where it was said.
    pub source: Source,
    /// The setting as `section.key`; empty where the fault belongs to no setting.
    pub key: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(formatter, "{}: {}", self.source, self.problem)
        } else {
            write!(formatter, "{}: {}: {}", self.source, self.key, self.problem)
        }
    }
}

/// Everything that is wrong with a configuration; shown with one line for each fault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigFaults(Vec<ConfigFault>);

impl ConfigFaults {
    /// Every fault, in the order it was found.
    #[must_use]
    pub fn all(&self) -> &[ConfigFault] {
        &self.0
    }

    pub(super) fn add(&mut self, source: Source, key: &str, problem: impl Into<String>) {
        self.0.push(ConfigFault { source, key: key.to_owned(), problem: problem.into() });
    }

    /// Puts the faults of a file in the order of its lines.
    pub(super) fn sort_by_line(&mut self) {
        self.0.sort_by_key(|fault| match fault.source {
            Source::File(_, line) => line,
            _ => 0,
        });
    }

    /// Whether something is wrong with the setting `key` already.
    pub(super) fn concern(&self, key: &str) -> bool {
        self.0.iter().any(|fault| fault.key == key)
    }
}

impl fmt::Display for ConfigFaults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(formatter)?;
            }
            write!(formatter, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigFaults {}

/// The one of `known` that `word` was probably meant to be.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let tolerance = 1 + word.chars().count() / 4;
    known
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= tolerance)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
