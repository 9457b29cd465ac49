//! Reports on action taken: one per State, owed before a case is closed.

use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, World, both};

fn shared(world: &World) -> (Actor, Actor, Case) {
    let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
    let case = aida.opens_case().create();
    aida.admits(&case, &yerlan, "partner");
    (aida, yerlan, case)
}

fn report() -> Value {
    json!({
        "summary": "Followed to the warehouse; two people were arrested at the handover.",
        "seizures": [{
            "kind": "narcotic", "substance": "heroin", "quantity": {"value": "10.60", "unit": "kg"}, "purity": "64.5"
        }],
        "arrests": 2,
        "proceeds": {"value": "12000", "unit": "usd"},
        "lessons": "Two cars are too few.",
    })
}

both! {
    /// One per State, whichever of its agencies files it, and one of each centre; everybody who reads the plan reads it.
    fn a_state_reports_once(world) {
        let (aida, yerlan, case) = shared(world);
        let second = world.speaker(House::KzProsecutor);
        aida.admits(&case, &second, "partner");
        let centre = world.speaker(House::Centre);
        aida.admits(&case, &centre, "coordinator");
        let path = case.at("/reports");
        let filed = yerlan.post(&path).json(report()).expect(201);
        assert_eq!(filed.json["country"], "KZ");
        assert_eq!(filed.json["seizures"], report()["seizures"], "the digits come back as written");
        yerlan.post(&path).json(report()).refused(409, "duplicate");
        second.post(&path).json(report()).refused(409, "duplicate");
        assert_eq!(aida.post(&path).json(report()).expect(201).json["country"], "KG");
        assert_eq!(centre.post(&path).json(report()).expect(201).json["country"], Value::Null);
        centre.post(&path).json(report()).refused(409, "duplicate");
        assert_eq!(aida.get(&path).expect(200).items().len(), 3);
    }

    /// It is corrected by whoever filed it, under its version; the journal tells of both.
    fn a_report_is_corrected_by_whoever_filed_it(world) {
        let (aida, yerlan, case) = shared(world);
        let filed = yerlan.post(case.at("/reports")).json(report()).expect(201);
        let path = case.at(format!("/reports/{}", filed.id()));
        let mut corrected = report();
        corrected["arrests"] = json!(3);
        aida.put(&path).if_match(filed.etag()).json(&corrected).refused(403, "forbidden");
        yerlan.put(&path).json(&corrected).refused(428, "if-match-required");
        let now = yerlan.put(&path).if_match(filed.etag()).json(&corrected).expect(200);
        yerlan.put(&path).if_match(filed.etag()).json(&corrected).refused(412, "stale-version");
        yerlan.put(&path).if_match(now.etag()).json(&corrected).changing_nothing().expect(200);
        let journal = aida.get(case.at("/journal?limit=200")).expect(200);
        let told = journal.items().iter().filter(|entry| entry["subject"]["kind"] == "state_report");
        let deeds: Vec<&str> = told.map(|entry| entry["action"].as_str().unwrap()).collect();
        assert_eq!(deeds, ["state_report.filed", "state_report.corrected"]);
    }

    /// Every fault at once, and nothing is filed.
    fn a_bad_report_names_every_fault(world) {
        let (aida, _, case) = shared(world);
        let bad = json!({
            "summary": "", "arrests": -1, "proceeds": {"value": "3", "unit": "kg"},
            "costs": {"value": "x", "unit": "usd"},
        });
        let refused = aida.post(case.at("/reports")).json(bad).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/summary", "/arrests", "/proceeds", "/costs/value"]);
        assert!(aida.get(case.at("/reports")).expect(200).items().is_empty());
    }
}
