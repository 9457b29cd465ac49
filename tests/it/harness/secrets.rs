//! What was in play: every secret that was sent or answered, so that a log can be searched for all of them.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// Parts of the names under which secrets travel, and people.
const NAMED: [&str; 17] = [
    "password",
    "token",
    "secret",
    "otp",
    "code",
    "assertion",
    "challenge",
    "state",
    "nonce",
    "signature",
    "verifier",
    "address",
    "clientdata",
    "email",
    "full_name",
    "displayname",
    "username",
];
/// Names among them that are none.
const HARMLESS: [&str; 4] = ["token_type", "token_auth", "client_assertion_type", "status"];
/// What is shorter says nothing when it is found.
const SHORTEST: usize = 6;

/// Everything that must stand in no log.
#[derive(Debug, Default)]
pub struct Secrets(BTreeSet<String>);

impl Secrets {
    /// Adds one.
    pub fn add(&mut self, secret: &str) {
        let secret = secret.trim();
        if secret.len() >= SHORTEST {
            self.0.insert(secret.to_owned());
        }
    }

    /// Adds what an exchange had of them: the path with its query, headers of either side, and a body of either side.
    pub fn saw<'a>(
        &mut self,
        path: &str,
        headers: impl Iterator<Item = (&'a str, &'a str)>,
        body: &[u8],
    ) {
        if let Some((_, query)) = path.split_once('?') {
            self.form(query);
        }
        for (name, value) in headers {
            match name.to_ascii_lowercase().as_str() {
                "authorization" => self.add(value.split_once(' ').map_or(value, |(_, rest)| rest)),
                "cookie" | "set-cookie" => {
                    let pair = value.split(';').next().unwrap_or_default();
                    self.add(pair.split_once('=').map_or(pair, |(_, rest)| rest));
                }
                "location" => self.form(value.split_once('?').map_or("", |(_, query)| query)),
                _ => {}
            }
        }
        match serde_json::from_slice::<Value>(body) {
            // What a refusal says is written by the server.
            Ok(json) if json["type"].is_null() || json["code"].is_null() => self.json("", &json),
            Ok(_) => {}
            Err(_) => self.form(&String::from_utf8_lossy(body)),
        }
    }

    fn form(&mut self, text: &str) {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(text).unwrap_or_default();
        pairs.iter().filter(|(name, _)| is_named(name)).for_each(|(_, value)| self.add(value));
    }

    fn json(&mut self, name: &str, json: &Value) {
        match json {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| self.json(name, value)),
            Value::Array(items) => items.iter().for_each(|item| self.json(name, item)),
            Value::String(text) if is_named(name) => self.add(text),
            _ => {}
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Those that stand in `log`, each with the line.
    pub fn in_log(&self, log: &str) -> Vec<String> {
        let lines: Vec<String> = log.lines().map(without_numbers_of_its_own).collect();
        let log = lines.join("\n");
        let mut found = Vec::new();
        for secret in &self.0 {
            let digits = secret.bytes().all(|byte| byte.is_ascii_digit());
            let stands = |form: &String| {
                log.match_indices(form.as_str()).find(|(at, _)| {
                    let beside =
                        [log[..*at].chars().next_back(), log[at + form.len()..].chars().next()];
                    !digits || !beside.into_iter().flatten().any(char::is_alphanumeric)
                })
            };
            if let Some((at, form)) = forms(secret).iter().find_map(stands) {
                let begins = log[..at].rfind('\n').map_or(0, |end| end + 1);
                let line = log[begins..].lines().next().unwrap_or_default();
                found.push(format!("{form} in: {line}"));
            }
        }
        found
    }
}

fn is_named(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let harmless = HARMLESS.contains(&name.as_str()) || name.ends_with("_endpoint");
    NAMED.iter().any(|part| name.contains(part)) && !harmless
}

/// The ways in which a secret may be written; of a token also its parts, and of what is long the beginning.
fn forms(secret: &str) -> Vec<String> {
    let bytes: Vec<String> = secret.bytes().map(|byte| byte.to_string()).collect();
    let mut forms = vec![
        secret.to_owned(),
        secret.to_uppercase(),
        passage::journal::chain::hex(secret.as_bytes()),
        STANDARD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC)
            .to_string(),
        serde_urlencoded::to_string([("", secret)]).unwrap().trim_start_matches('=').to_owned(),
        bytes.join(", "),
    ];
    let parts = secret.split('.').filter(|part| secret.len() > 60 && part.len() >= 24);
    forms.extend(parts.map(str::to_owned));
    if secret.len() >= 32 && !secret.contains(' ') {
        forms.extend(secret.get(..secret.len() / 2).map(str::to_owned));
    }
    forms
}

/// A line of the log without what may look like a one-time password by chance: its time, and how long something took.
fn without_numbers_of_its_own(line: &str) -> String {
    let mut rest = line.to_owned();
    for name in ["micros", "\"micros\"", "timestamp"] {
        if let Some(at) = rest.find(name) {
            let after = at + name.len();
            let ends = rest[after..].find([',', ' ', '}']).map_or(rest.len(), |end| after + end);
            rest.replace_range(after..ends, "");
        }
    }
    match rest.split_once(' ') {
        Some((first, more)) if first.ends_with('Z') => more.to_owned(),
        _ => rest,
    }
}
