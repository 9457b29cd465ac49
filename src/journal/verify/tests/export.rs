use super::*;

fn export(items: &[Value]) -> Vec<String> {
    let json = json!({"chain": CHAIN.id, "items": items}).to_string();
    verify_export(&json).unwrap().findings.iter().map(words).collect()
}

fn items(length: i64) -> Vec<Value> {
    chain(length).0.iter().map(exported).collect()
}

fn withhold(item: &mut Value) {
    *item = json!({
        "sequence": item["sequence"], "hash": item["hash"],
        "previous_hash": item["previous_hash"], "withheld": true,
    });
}

#[test]
fn an_export_with_withheld_entries_is_whole() {
    let mut all = items(5);
    withhold(&mut all[1]);
    withhold(&mut all[4]);
    let json = json!({"chain": CHAIN.id, "items": all, "next_cursor": null}).to_string();
    let verification = verify_export(&json).unwrap();
    assert!(verification.is_whole(), "{:?}", verification.findings);
    assert_eq!((verification.entries, verification.withheld), (5, 2));
}

#[test]
fn every_changed_value_is_found_and_named() {
    let whole = items(3);
    for name in whole[1].as_object().unwrap().keys() {
        let mut all = whole.clone();
        all[1][name] = match &all[1][name] {
            Value::String(word) => Value::from(word.replace(['a', 'e', '0'], "1")),
            Value::Number(_) => Value::from(9),
            _ => Value::Null,
        };
        if all[1] == whole[1] {
            all[1][name] = json!("x");
        }
        let found = export(&all);
        let at = if name == "sequence" { 9 } else { 2 };
        assert!(found.iter().any(|f| f.starts_with(&format!("entry {at}"))), "{name}: {found:?}");
        assert_eq!(found.len(), 1, "{name}: {found:?}");
    }
    let mut all = whole;
    all[1]["more"] = json!(1);
    assert_eq!(export(&all), ["entry 2 (milestone.reported) was changed"]);
}

#[test]
fn dropped_swapped_and_doubled_items_are_named() {
    let whole = items(5);
    let mut all = whole.clone();
    all.remove(0);
    assert_eq!(export(&all), ["entry 1 is missing"]);
    let mut all = whole.clone();
    all.swap(1, 2);
    assert_eq!(export(&all), ["entry 2 (milestone.reported) stands behind a later one"]);
    let mut all = whole.clone();
    all.insert(1, whole[3].clone());
    assert!(
        export(&all).contains(&"entry 4 (milestone.reported) is a double of entry 4".to_owned())
    );
    let mut all = whole;
    withhold(&mut all[2]);
    all[2]["hash"] = all[1]["hash"].clone();
    assert_eq!(export(&all).len(), 1);
    assert!(export(&all)[0].starts_with("entry 3 was changed and given a new hash"));
    assert_eq!(export(&[]), ["has no entry"]);
}

#[test]
fn what_is_no_export_is_said_in_words() {
    for text in ["", "{}", "[]", r#"{"chain":"x","items":[]}"#, r#"{"items":[{}]}"#] {
        assert!(verify_export(text).unwrap_err().starts_with("this is no exported journal"));
    }
}
