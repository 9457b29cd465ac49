//! Takes typed values out of the merged layers and notes every fault.
//!
//! Reading goes on after a fault with a placeholder, so that every fault is found; a configuration with a fault is
//! never handed out.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use super::fault::{ConfigFaults, Source, nearest};
use super::layers::{Layers, Scalar};
use crate::text_enum::TextEnum;

/// Reads the settings of `layers`.
pub(super) struct Reader<'a> {
    layers: &'a Layers,
    pub(super) faults: ConfigFaults,
    /// Every setting that was read, with the words that say what it may be.
    #[cfg(test)]
    pub(super) seen: Vec<(String, String)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(layers: &'a Layers, faults: ConfigFaults) -> Self {
        Self {
            layers,
            faults,
            #[cfg(test)]
            seen: Vec::new(),
        }
    }

    /// Notes a fault of the setting `path`.
    pub(super) fn refuse(&mut self, path: &str, problem: impl Into<String>) {
        let source = self.layers.get(path).map_or(Source::Default, |found| found.source.clone());
        self.faults.add(source, path, problem);
    }

    /// Notes a fault of `path` that follows from it and `others`, unless one of them is wrong already.
    pub(super) fn refuse_together(&mut self, path: &str, others: &[&str], problem: &str) {
        let wrong_already =
            self.faults.concern(path) || others.iter().any(|other| self.faults.concern(other));
        if !wrong_already {
            self.refuse(path, problem);
        }
    }

    #[cfg_attr(
        not(test),
        expect(unused_variables, clippy::unused_self, clippy::needless_pass_by_ref_mut)
    )]
    fn note(&mut self, path: &str, allowed: &str) {
        #[cfg(test)]
        self.seen.push((path.to_owned(), allowed.to_owned()));
    }

    /// Whether `path` is true.
    pub(super) fn flag(&mut self, path: &str) -> bool {
        self.note(path, "One of: true, false.");
        matches!(self.layers.get(path).map(|found| &found.value), Some(Scalar::Flag(true)))
    }

    /// The number at `path`, which must be within `range`.
    pub(super) fn number<T>(&mut self, path: &str, range: RangeInclusive<T>) -> T
    where
        T: TryFrom<i64> + PartialOrd + Copy + Display,
    {
        let (least, most) = (*range.start(), *range.end());
        self.note(path, &format!("Range: {least} to {most}."));
        let Some(Scalar::Number(number)) = self.layers.get(path).map(|found| &found.value) else {
            return least;
        };
        match T::try_from(*number) {
            Ok(value) if range.contains(&value) => value,
            _ => {
                let problem =
                    format!("expected a whole number from {least} to {most}, found {number}");
                self.refuse(path, problem);
                least
            }
        }
    }

    /// As many milliseconds as the number at `path` says.
    pub(super) fn milliseconds(&mut self, path: &str, range: RangeInclusive<u32>) -> Duration {
        Duration::from_millis(self.number(path, range).into())
    }

    /// As many seconds as the number at `path` says.
    pub(super) fn seconds(&mut self, path: &str, range: RangeInclusive<u32>) -> Duration {
        Duration::from_secs(self.number(path, range).into())
    }

    /// As many minutes as the number at `path` says.
    pub(super) fn minutes(&mut self, path: &str, range: RangeInclusive<u32>) -> Duration {
        Duration::from_secs(u64::from(self.number(path, range)) * 60)
    }

    /// As many hours as the number at `path` says.
    pub(super) fn hours(&mut self, path: &str, range: RangeInclusive<u32>) -> Duration {
        Duration::from_secs(u64::from(self.number(path, range)) * 60 * 60)
    }

    /// As many days of 24 hours as the number at `path` says.
    pub(super) fn days(&mut self, path: &str, range: RangeInclusive<u32>) -> Duration {
        Duration::from_secs(u64::from(self.number(path, range)) * 60 * 60 * 24)
    }

    fn raw_text(&mut self, path: &str) -> &'a str {
        self.note(path, "");
        match self.layers.get(path).map(|found| &found.value) {
            Some(Scalar::Text(text)) => text,
            _ => "",
        }
    }

    /// The text at `path`, parsed; a placeholder when it is not right.
    pub(super) fn parsed<T, E: Display>(
        &mut self,
        path: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
        placeholder: T,
    ) -> T {
        match parse(self.raw_text(path)) {
            Ok(value) => value,
            Err(problem) => {
                self.refuse(path, problem.to_string());
                placeholder
            }
        }
    }

    /// The text at `path`, parsed; `None` when it is empty.
    pub(super) fn optional<T, E: Display>(
        &mut self,
        path: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let optional = |text: &str| if text.is_empty() { Ok(None) } else { parse(text).map(Some) };
        self.parsed(path, optional, None)
    }

    /// The word at `path`, which must be one of `T`.
    pub(super) fn choice<T: TextEnum>(&mut self, path: &str, placeholder: T) -> T {
        let word = self.raw_text(path);
        let allowed = T::words();
        self.note(path, &format!("One of: {allowed}."));
        T::from_word(word).unwrap_or_else(|| {
            let near = nearest(word, T::ALL.iter().map(|variant| variant.as_str()));
            let hint = near.map(|near| format!(": did you mean {near}?")).unwrap_or_default();
            self.refuse(path, format!("expected one of {allowed}{hint}"));
            placeholder
        })
    }
}

/// A path that is not empty.
pub(super) fn path(text: &str) -> Result<PathBuf, &'static str> {
    if text.trim().is_empty() || text.contains('\0') {
        Err("expected the path of a file or directory")
    } else {
        Ok(PathBuf::from(text))
    }
}

/// A name without spaces.
pub(super) fn word(text: &str) -> Result<String, &'static str> {
    if text.is_empty() || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        Err("expected a name without spaces")
    } else {
        Ok(text.to_owned())
    }
}
