//! The configuration in effect, for `passage config check`: TOML, with the source of each value beside it.

use std::fmt::Write as _;

use super::Config;
use super::layers::{SECRET, Scalar};

pub(super) fn describe(config: &Config) -> String {
    let mut text = String::new();
    let mut section = "";
    for setting in &config.layers.settings {
        if setting.section != section {
            let gap = if section.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}[{}]", setting.section);
            section = &setting.section;
        }
        let path = setting.path();
        let value = match &setting.value {
            Scalar::Text(_) if SECRET.contains(&path.as_str()) => quoted(&redacted(config, &path)),
            Scalar::Text(value) => quoted(value),
            Scalar::Number(value) => value.to_string(),
            Scalar::Flag(value) => value.to_string(),
        };
        let _ = write!(text, "{} = {value}  # {}", setting.key, setting.source);
        if let Some(effective) = effective(config, &path) {
            let _ = write!(text, "; in effect {}", quoted(&effective));
        }
        text.push('\n');
    }
    text
}

fn redacted(config: &Config, path: &str) -> String {
    match path {
        "database.url" => config.database.url.to_string(),
        _ => config.database.migration_url.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

/// What stands in for an empty setting that follows another.
fn effective(config: &Config, path: &str) -> Option<String> {
    match path {
        "server.public_url" if config.server.public_url.is_none() => Some(config.public_url()),
        "identity.issuer" if config.identity.issuer.is_none() => Some(config.issuer()),
        "identity.signing_key_file" if config.identity.signing_key_file.is_none() => {
            Some(config.signing_key_file().display().to_string())
        }
        "identity.second_factor_for" if config.identity.second_factor_for.is_none() => {
            Some(config.second_factor_for().to_string()).filter(|roles| !roles.is_empty())
        }
        "database.identifier_keys_file" if config.database.identifier_keys_file.is_none() => {
            Some(config.identifier_keys_file().display().to_string())
        }
        _ => None,
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
