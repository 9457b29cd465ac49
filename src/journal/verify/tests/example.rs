//! What `docs/journal.md` shows is true.

use sha2::{Digest, Sha256};

use super::*;

const DOCUMENT: &str = include_str!("../../../../docs/journal.md");

/// The fenced block behind the comment `<!-- name -->`.
fn block(name: &str) -> &'static str {
    let (_, rest) = DOCUMENT.split_once(&format!("<!-- {name} -->")).expect(name);
    let (_, rest) = rest.split_once("```").unwrap();
    let (_, rest) = rest.split_once('\n').unwrap();
    rest.split_once("\n```").unwrap().0
}

#[test]
fn the_worked_example_holds() {
    let item: Value = serde_json::from_str(block("item")).unwrap();
    let mut said = item.clone();
    let object = said.as_object_mut().unwrap();
    let hash = object.remove("hash").unwrap();
    object.insert("chain".to_owned(), block("chain").into());
    let canonical = serde_json_canonicalizer::to_string(&said).unwrap();
    assert_eq!(block("canonical").replace('\n', ""), canonical);
    assert_eq!(hash, crate::journal::chain::hex(&Sha256::digest(canonical)));
    assert_eq!(hash, block("hash"));

    let salt = (0..16).map(|byte| byte * 0x11).collect::<Vec<u8>>();
    assert_eq!(block("text-salt"), crate::journal::chain::hex(&salt));
    assert_eq!(item["details"]["reason"]["digest"], text_digest(&salt, block("text")));

    let export = json!({"chain": block("chain"), "items": [item]}).to_string();
    assert!(verify_export(&export).unwrap().is_whole());
}

#[test]
fn the_document_and_the_server_hash_the_same_names() {
    let (entries, _) = chain(1);
    let statement = serde_json::to_value(entries[0].statement(1).unwrap()).unwrap();
    for name in statement.as_object().unwrap().keys() {
        assert!(DOCUMENT.contains(&format!("| `{name}` |")), "{name}");
    }
}
