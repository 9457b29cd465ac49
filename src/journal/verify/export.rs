//! Checking an exported journal, with nothing but the export.

use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::ids::ChainId;
use crate::journal::chain::{Hash, bytes_from_hex, hash_from_hex, text_digest};
use crate::journal::verify::check::{ChainCheck, End, Link};
use crate::journal::verify::finding::{ChainName, Finding, Flaw, Place, Verification};

/// A chain as the API's journal list gives it, all of its pages in one list.
#[derive(Debug, Deserialize)]
struct ExportedJournal {
    chain: ChainId,
    items: Vec<Map<String, Value>>,
}

/// An entry of an export: what it says, or that it is withheld.
struct Exported {
    chain: ChainId,
    sequence: i64,
    withheld: bool,
    said: Map<String, Value>,
    /// What is shown beside what is hashed: the texts whose digests the entry holds, and the reason among them.
    texts: Map<String, Value>,
    reason: Option<Value>,
}

impl Exported {
    fn of(chain: ChainId, mut item: Map<String, Value>) -> Option<Self> {
        let sequence = item.get("sequence")?.as_i64()?;
        let withheld = item.get("withheld").is_some_and(|withheld| *withheld == Value::Bool(true));
        let texts = match item.remove("texts") {
            Some(Value::Object(texts)) => texts,
            _ => Map::new(),
        };
        let reason = item.remove("reason").filter(|reason| !reason.is_null());
        Some(Self { chain, sequence, withheld, said: item, texts, reason })
    }

    /// What is wrong with the texts beside the entry.
    fn text_flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        for (name, shown) in &self.texts {
            let held =
                self.said.get("details").and_then(|details| details.get(name)?.get("digest"));
            let name = name.clone();
            match held {
                None => flaws.push(Flaw::TextStray { name }),
                Some(held) if shown_digest(shown).as_deref() != held.as_str() => {
                    flaws.push(Flaw::TextChanged { name });
                }
                Some(_) => {}
            }
        }
        let among_texts = self.texts.get("reason").and_then(|reason| reason.get("text"));
        if self.reason.is_some() && self.reason.as_ref() != among_texts {
            flaws.push(Flaw::TextChanged { name: "reason".to_owned() });
        }
        flaws
    }

    fn word(&self, name: &str) -> Option<&str> {
        self.said.get(name)?.as_str()
    }
}

impl Link for Exported {
    fn place(&self) -> Place {
        let id = self.word("id").and_then(|id| id.parse().ok());
        Place { sequence: self.sequence, id, action: self.word("action").map(str::to_owned) }
    }

    fn previous_hash(&self) -> Option<Hash> {
        self.word("previous_hash").and_then(hash_from_hex)
    }

    fn hash(&self) -> Option<Hash> {
        self.word("hash").and_then(hash_from_hex)
    }

    fn hash_at(&self, sequence: i64) -> Option<Hash> {
        if self.withheld {
            return self.hash().filter(|_| sequence == self.sequence);
        }
        let mut said = self.said.clone();
        said.remove("hash");
        said.insert("chain".to_owned(), Value::from(self.chain.to_string()));
        said.insert("sequence".to_owned(), Value::from(sequence));
        Some(Sha256::digest(serde_json_canonicalizer::to_vec(&said).ok()?).into())
    }
}

/// The digest of a text as it is shown, with its salt.
fn shown_digest(shown: &Value) -> Option<String> {
    let salt = bytes_from_hex(shown.get("salt")?.as_str()?)?;
    Some(text_digest(&salt, shown.get("text")?.as_str()?))
}

/// Checks an exported chain: that its entries follow each other from the first on, and that those that are not withheld
/// say what their hashes stand for. An export cut off at its end is not found: only the server knows how long the chain is.
///
/// # Errors
/// When the text is no export, in words for whoever runs the command.
pub fn verify_export(json: &str) -> Result<Verification, String> {
    let ExportedJournal { chain, items } = serde_json::from_str(json)
        .map_err(|error| format!("this is no exported journal: {error}"))?;
    let name = ChainName { kind: None, id: chain };
    let mut entries = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        let entry = Exported::of(chain, item)
            .ok_or_else(|| format!("this is no exported journal: item {index} has no sequence"))?;
        entries.push(entry);
    }
    let mut verification = Verification { chains: 1, ..Verification::default() };
    let mut out_of_order = Vec::new();
    let mut texts = Vec::new();
    let mut latest = i64::MIN;
    for entry in &entries {
        verification.entries += 1;
        verification.withheld += u64::from(entry.withheld);
        if entry.sequence < latest {
            let entry = Some(entry.place());
            out_of_order.push(Finding { chain: Some(name), entry, flaw: Flaw::OutOfOrder });
        }
        latest = latest.max(entry.sequence);
        let flawed = entry.text_flaws();
        let entry = Some(entry.place());
        texts.extend(flawed.into_iter().map(|flaw| Finding {
            chain: Some(name),
            entry: entry.clone(),
            flaw,
        }));
    }
    entries.sort_by_key(|entry| entry.sequence);
    let mut check = ChainCheck::new(name);
    for entry in entries {
        check.push(entry);
    }
    verification.findings.extend(check.finish(End::Unknown));
    if verification.findings.is_empty() {
        // Otherwise it follows from what was found.
        verification.findings = out_of_order;
    }
    verification.findings.extend(texts);
    Ok(verification)
}
