//! The layers, merged: every setting of the embedded defaults with the value and source that is in effect.
//!
//! The defaults are the schema: a setting exists when it stands there, and is of the type that it has there.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::fault::{ConfigFaults, Source, nearest};

/// The text of `config/default.toml`.
pub(super) const DEFAULTS: &str = include_str!("../../config/default.toml");

/// Settings whose text is a secret, kept only where they are typed.
pub(super) const SECRET: [&str; 2] = ["database.url", "database.migration_url"];

const PREFIX: &str = "PASSAGE_";
const IGNORED_PREFIX: &str = "PASSAGE_TEST_";

/// A value of one of the types that settings have. Not `Debug`: a text may be a secret.
#[derive(Clone, PartialEq)]
pub(super) enum Scalar {
    Text(String),
    Number(i64),
    Flag(bool),
}

impl Scalar {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text in quotes",
            Self::Number(_) => "a whole number",
            Self::Flag(_) => "true or false",
        }
    }

    fn of_toml(value: &DeValue<'_>) -> Result<Self, &'static str> {
        match value {
            DeValue::String(text) => Ok(Self::Text(text.clone().into_owned())),
            DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix())
                .map(Self::Number)
                .map_err(|_| "a number that is too large"),
            DeValue::Boolean(flag) => Ok(Self::Flag(*flag)),
            DeValue::Float(_) => Err("a number with a fraction"),
            DeValue::Datetime(_) => Err("a date or time"),
            DeValue::Array(_) => Err("a list"),
            DeValue::Table(_) => Err("a section"),
        }
    }

    /// `text` as a value of the same type as `self`.
    fn coerce(&self, text: String) -> Result<Self, String> {
        match self {
            Self::Text(_) => Ok(Self::Text(text)),
            Self::Number(_) => text
                .parse()
                .map(Self::Number)
                .map_err(|_| "expected a whole number, written in digits".to_owned()),
            Self::Flag(_) => text
                .parse()
                .map(Self::Flag)
                .map_err(|_| "expected true or false, in small letters".to_owned()),
        }
    }
}

/// One setting with the value that is in effect.
#[derive(Clone)]
pub(super) struct Setting {
    pub(super) section: String,
    pub(super) key: String,
    pub(super) value: Scalar,
    pub(super) source: Source,
}

impl Setting {
    /// `section.key`.
    pub(super) fn path(&self) -> String {
        format!("{}.{}", self.section, self.key)
    }

    /// The name of the environment variable.
    pub(super) fn variable(&self) -> String {
        format!("{PREFIX}{}__{}", self.section.to_uppercase(), self.key.to_uppercase())
    }
}

/// Every setting, in the order of `config/default.toml`.
#[derive(Clone)]
pub(super) struct Layers {
    pub(super) settings: Vec<Setting>,
}

impl Layers {
    /// The embedded defaults.
    pub(super) fn defaults() -> Self {
        let (table, _) = DeTable::parse_recoverable(DEFAULTS);
        let mut settings = Vec::new();
        for (section, values) in table.get_ref() {
            for (key, value) in values.get_ref().as_table().into_iter().flatten() {
                let Ok(scalar) = Scalar::of_toml(value.get_ref()) else { continue };
                let setting = Setting {
                    section: section.get_ref().to_string(),
                    key: key.get_ref().to_string(),
                    value: scalar,
                    source: Source::Default,
                };
                settings.push((key.span().start, setting));
            }
        }
        settings.sort_by_key(|(position, _)| *position);
        Self { settings: settings.into_iter().map(|(_, setting)| setting).collect() }
    }

    /// The same settings without the text of those that are secret.
    pub(super) fn without_secrets(&self) -> Self {
        let mut layers = self.clone();
        for setting in &mut layers.settings {
            if SECRET.contains(&setting.path().as_str()) {
                setting.value = Scalar::Text(String::new());
            }
        }
        layers
    }

    /// The setting `path` (`section.key`).
    pub(super) fn get(&self, path: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.path() == path)
    }

    /// Puts the file at `path` over what is there. Returns false when the file cannot be read at all.
    pub(super) fn overlay_file(&mut self, path: &Path, faults: &mut ConfigFaults) -> bool {
        let source = |line| Source::File(path.to_owned(), line);
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                faults.add(source(0), "", format!("cannot be read: {error}"));
                return false;
            }
        };
        let line =
            |position: usize| text.bytes().take(position).filter(|b| *b == b'\n').count() + 1;
        let (table, errors) = DeTable::parse_recoverable(&text);
        for error in &errors {
            // Only the message: the error's own form shows the line, which may hold a secret.
            let at = source(error.span().map_or(0, |span| line(span.start)));
            faults.add(at, "", format!("is not TOML: {}", error.message()));
        }
        if !errors.is_empty() {
            return false;
        }
        for (section, values) in table.get_ref() {
            let name = section.get_ref();
            let at = source(line(section.span().start));
            if !self.settings.iter().any(|setting| setting.section == *name) {
                faults.add(at, name, self.unknown_section(name));
                continue;
            }
            let Some(values) = values.get_ref().as_table() else {
                faults.add(
                    at,
                    name,
                    format!("is a section: write [{name}] and its settings below"),
                );
                continue;
            };
            for (key, value) in values {
                let at = source(line(key.span().start));
                self.set_from_file(name, key.get_ref(), value.get_ref(), at, faults);
            }
        }
        faults.sort_by_line();
        true
    }

    fn set_from_file(
        &mut self,
        section: &str,
        key: &str,
        value: &DeValue<'_>,
        source: Source,
        faults: &mut ConfigFaults,
    ) {
        let path = format!("{section}.{key}");
        let Some(setting) = self.settings.iter_mut().find(|setting| setting.path() == path) else {
            faults.add(source, &path, self.unknown_key(section, key));
            return;
        };
        let expected = setting.value.type_name();
        match Scalar::of_toml(value) {
            Ok(scalar) if scalar.type_name() == expected => {
                setting.value = scalar;
                setting.source = source;
            }
            Ok(scalar) => {
                let found = scalar.type_name();
                faults.add(source, &path, format!("expected {expected}, found {found}"));
            }
            Err(found) => faults.add(source, &path, format!("expected {expected}, found {found}")),
        }
    }

    fn unknown_section(&self, name: &str) -> String {
        if let Some(setting) = self.settings.iter().find(|setting| setting.key == name) {
            return format!("stands outside its section: did you mean {}?", setting.path());
        }
        match nearest(name, self.settings.iter().map(|setting| setting.section.as_str())) {
            Some(known) => format!("no such section: did you mean [{known}]?"),
            None => "no such section; `passage config check` lists them all".to_owned(),
        }
    }

    fn unknown_key(&self, section: &str, key: &str) -> String {
        let within = self.settings.iter().filter(|setting| setting.section == section);
        let near = nearest(key, within.map(|setting| setting.key.as_str()));
        let elsewhere = self.settings.iter().find(|setting| setting.key == key);
        match (near, elsewhere) {
            (Some(known), _) => format!("no such setting: did you mean {section}.{known}?"),
            (None, Some(setting)) => format!("no such setting: did you mean {}?", setting.path()),
            (None, None) => "no such setting; `passage config check` lists them all".to_owned(),
        }
    }

    /// Puts the environment over what is there.
    pub(super) fn overlay_environment(
        &mut self,
        variables: impl Iterator<Item = (String, String)>,
        faults: &mut ConfigFaults,
    ) {
        let mut variables: Vec<_> = variables
            .filter(|(name, _)| name.starts_with(PREFIX) && !name.starts_with(IGNORED_PREFIX))
            .collect();
        variables.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, text) in variables {
            let source = Source::Environment(name.clone());
            let known = self.settings.iter_mut().find(|setting| setting.variable() == name);
            let Some(setting) = known else {
                faults.add(source, "", self.unknown_variable(&name));
                continue;
            };
            let path = setting.path();
            if text.contains(char::REPLACEMENT_CHARACTER) {
                faults.add(source, &path, "expected a value in UTF-8");
                continue;
            }
            match setting.value.coerce(text) {
                Ok(value) => {
                    setting.value = value;
                    setting.source = source;
                }
                Err(problem) => faults.add(source, &path, problem),
            }
        }
    }

    fn unknown_variable(&self, name: &str) -> String {
        let bare = |name: &str| name.trim_start_matches(PREFIX).to_uppercase();
        let known: Vec<_> = self.settings.iter().map(|setting| bare(&setting.variable())).collect();
        match nearest(&bare(name), known.iter().map(String::as_str)) {
            Some(known) => format!("no such setting: did you mean {PREFIX}{known}?"),
            None => format!(
                "no such setting; names are of the form {PREFIX}<SECTION>__<KEY>, and \
                 `passage config check` lists them all"
            ),
        }
    }
}
