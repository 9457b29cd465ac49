//! Reports on action taken: one per State, owed before a case is closed.

use passage::cases::case::model::CaseStatus;
use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, World, both, consignment};

fn shared(world: &World) -> (Actor, Actor, Case) {
    let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
    let case = aida.opens_case().create();
    aida.admits(&case, &yerlan, "partner");
    (aida, yerlan, case)
}

fn ends(world: &World, actor: &Actor, case: &Case, goods: &str) {
    let end = json!({"reason": "seized", "occurred_at": world.minutes_from_now(0), "place": "Osh"});
    actor.post(case.at(format!("/consignments/{goods}/end-control"))).json(end).expect(200);
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

    /// Whatever an agency did on the route, its State says so before the case is closed; where nobody did anything, nobody owes a
    /// report (invariant 25).
    fn invariant_25_refused_and_allowed_whoever_acted_reports_before_the_close(world) {
        type Deed = fn(&World, &Actor, &Case, &str, &str);
        let deeds: [(&str, Deed); 5] = [
            ("nothing", |_, _, _, _, _| {}),
            ("an intervention", |_, aida, case, _, _| drop(aida.moves(case, json!({"to": "intervention"})))),
            ("control", |world, aida, case, goods, _| {
                aida.takes_control(case, goods);
                ends(world, aida, case, goods);
            }),
            ("a takeover", |world, aida, case, goods, _| {
                let takeover = json!({
                    "consignment_id": goods, "occurred_at": world.minutes_from_now(0), "place": "Osh", "reason": "They fled",
                });
                aida.post(case.at("/handovers/emergency-takeover")).json(takeover).expect(201);
                ends(world, aida, case, goods);
            }),
            ("another way", |_, aida, case, _, leg| {
                let away = json!({"reason": "They turned off"});
                aida.post(case.at(format!("/legs/{leg}/divert"))).json(away).expect(200);
            }),
        ];
        for (name, deed) in deeds {
            let aida = world.speaker(House::Kg);
            let yerlan = world.speaker(House::Kz);
            let case = aida.recorded_case(House::Kg, "Silk", CaseStatus::Active);
            aida.admits(&case, &yerlan, "partner");
            let goods = aida.post(case.at("/consignments")).json(consignment()).expect(201).id();
            let leg = aida.post(case.at("/legs")).json(world.leg(0)).expect(201).id();
            deed(world, &aida, &case, &goods, &leg);
            aida.moves(&case, json!({"to": "concluded", "outcome": "early_intervention"}));
            let closes = || {
                let etag = aida.get(&case.path).expect(200).etag();
                aida.post(case.at("/transitions")).if_match(etag).json(json!({"to": "closed"}))
            };
            if name != "nothing" {
                let refused = closes().refused(409, "invariant-25-not-closable");
                let missing = |country: &str| json!({"country": country, "reason": "missing-report", "invariant": 25});
                assert_eq!(refused.json["missing"], json!([missing("KG"), missing("KZ")]), "{name}");
                for state in [&aida, &yerlan] {
                    state.post(case.at("/reports")).json(report()).expect(201);
                }
            }
            assert_eq!(closes().expect(200).json["status"], "closed", "{name}");
        }
    }
}
