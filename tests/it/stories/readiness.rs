//! What still stands between a case and its next state, from every state.

use passage::cases::case::model::CaseStatus;
use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, World, both, consignment, coordinated, evidence};

/// Where the case goes next, and what is missing for that.
fn next(actor: &Actor, case: &Case) -> (String, Vec<String>) {
    let next = actor.get(case.at("/readiness")).expect(200).json["next"].clone();
    let told = |item: &Value| match item["country"].as_str() {
        Some(country) => format!("{country} {}", item["reason"].as_str().unwrap()),
        None => item["reason"].as_str().unwrap().to_owned(),
    };
    let missing = next["missing"].as_array().unwrap().iter().map(told).collect();
    (next["to"].as_str().unwrap().to_owned(), missing)
}

#[track_caller]
fn lacks(actor: &Actor, case: &Case, to: &str, missing: &[&str]) {
    let missing = missing.iter().map(|&reason| reason.to_owned()).collect();
    assert_eq!(next(actor, case), (to.to_owned(), missing));
}

both! {
    /// From every state it says where the case goes next and what stands between; after the end there is nothing.
    fn every_state_says_what_stands_before_the_next(world) {
        let aida = world.speaker(House::Kg);
        let unprepared = [
            "no-legs", "no-intervention-criteria", "no-decision-maker", "no-24-7-contact", "deconfliction-check-not-run",
        ];
        for (status, to, missing) in [
            (CaseStatus::Draft, "planning", &["no-consignments"][..]),
            (CaseStatus::Planning, "ready", &unprepared),
            (CaseStatus::Ready, "active", &unprepared),
            (CaseStatus::Active, "concluded", &["no-outcome"]),
            (CaseStatus::Suspended, "active", &["no-reason"]),
            (CaseStatus::Intervention, "concluded", &["no-outcome"]),
            (CaseStatus::Concluded, "closed", &[]),
        ] {
            let case = aida.recorded_case(House::Kg, "Silk", status);
            lacks(&aida, &case, to, missing);
        }
        for status in [CaseStatus::Closed, CaseStatus::CalledOff] {
            let case = aida.recorded_case(House::Kg, "Silk", status);
            let readiness = aida.get(case.at("/readiness")).expect(200);
            assert_eq!(readiness.json, json!({"status": readiness.json["status"], "ready": [], "active": [], "next": null}));
        }
        let case = aida.opens_case().create();
        lacks(&aida, &case, "planning", &[]);
        aida.moves(&case, json!({"to": "planning"}));
    }

    /// A case that is concluded says one by one what is to be settled before it is closed, and whose call is awaited.
    fn invariant_25_readiness_says_what_is_to_be_settled_before_the_close(world) {
        let (aida, yerlan, centre, case) = coordinated(world);
        let goods = aida.post(case.at("/consignments")).json(consignment()).expect(201).id();
        let leg = aida.post(case.at("/legs")).json(world.leg(0)).expect(201).id();
        aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        let request = aida.asks(&case, House::Az);
        aida.takes_control(&case, &goods);
        aida.post(case.at(format!("/legs/{leg}/start"))).expect(200);
        let handover = aida.post(case.at("/handovers")).json(world.proposal(&goods, &yerlan)).expect(201).id();
        let item = aida.registers(&case, evidence(&[]), &[]);
        lacks(&aida, &case, "concluded", &["no-outcome"]);
        aida.moves(&case, json!({"to": "concluded", "outcome": "delivered_arrests"}));
        let open = [
            "open-control-period", "unaccepted-handover", "undecided-request", "KG missing-report", "KZ missing-report",
            "evidence-without-disposition", "close-not-requested", "close-not-confirmed",
        ];
        lacks(&aida, &case, "closed", &open);
        // Who is not shown the item is told that there is one. The refusal of the move says the same.
        lacks(&centre, &case, "closed", &open);
        let etag = aida.get(&case.path).expect(200).etag();
        let refused = aida.post(case.at("/transitions")).if_match(etag).json(json!({"to": "closed"}))
            .refused(409, "invariant-25-not-closable");
        assert_eq!(refused.json["missing"].as_array().unwrap().len(), open.len() - 2);
        let reason = json!({"reason": "It is over"});
        aida.post(case.at(format!("/handovers/{handover}/cancel"))).json(reason).expect(200);
        let end = json!({"occurred_at": world.minutes_from_now(0), "place": "Osh", "reason": "seized"});
        aida.post(case.at(format!("/consignments/{goods}/end-control"))).json(end).expect(200);
        lacks(&aida, &case, "closed", &open[2..]);
        aida.post(format!("{request}/withdraw")).expect(200);
        for officer in [&aida, &yerlan] {
            officer.post(case.at("/reports")).json(json!({"summary": "Followed and seized"})).expect(201);
        }
        lacks(&aida, &case, "closed", &open[5..]);
        assert_eq!(aida.disposes(&item, "destroyed").status, 200);
        lacks(&aida, &case, "closed", &open[6..]);
        aida.moves(&case, json!({"to": "closed"}));
        lacks(&aida, &case, "closed", &open[7..]);
        centre.moves(&case, json!({"to": "closed"}));
        assert_eq!(aida.get(case.at("/readiness")).expect(200).json["next"], Value::Null);
    }
}
