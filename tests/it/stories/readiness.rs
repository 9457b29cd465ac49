//! What still stands between a case and its next state, from every state.

use passage::cases::case::model::CaseStatus;
use serde_json::{Value, json};

use crate::harness::{
    Actor, Case, House, World, both, consignment, coordinated, evidence, unknown_id,
};

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
    fn invariant_25_refused_and_allowed_readiness_says_what_is_to_be_settled_before_the_close(world) {
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

    /// Nothing is ready before a check was run for it: of what is entered into it, or, where nothing is known to enter, of what
    /// somebody asks about for it who describes its consignments.
    fn invariant_13_refused_and_allowed_no_case_is_ready_before_a_deconfliction_check(world) {
        let aida = world.speaker(House::Kg);
        let mut nameless = consignment();
        nameless.as_object_mut().unwrap().remove("identifiers");
        let case = aida.opens_case().with("consignments", json!([nameless])).create();
        aida.moves(&case, json!({"to": "planning"}));
        aida.post(case.at("/legs")).json(world.leg(0)).expect(201);
        aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        lacks(&aida, &case, "ready", &["deconfliction-check-not-run"]);
        let etag = aida.get(&case.path).expect(200).etag();
        let refused = aida.post(case.at("/transitions")).if_match(etag).json(json!({"to": "ready"}))
            .refused(409, "invariant-13-not-prepared");
        assert_eq!(refused.json["missing"][0]["reason"], "deconfliction-check-not-run");
        let asks = |actor: &Actor, case: &str| {
            let check = json!({"kind": "phone", "value": "+996700123456", "case_id": case});
            actor.post("/deconfliction/checks").json(check)
        };
        // Nobody runs it for another's case, and whether there is one is not told.
        let observer = world.speaker(House::Az);
        aida.admits(&case, &observer, "observer");
        let strange = asks(&world.speaker(House::Ru), &case.id).refused(422, "validation-failed");
        assert_eq!(strange.pointers(), ["/case_id"]);
        let unknown = asks(&world.speaker(House::Ru), &unknown_id()).refused(422, "validation-failed");
        assert_eq!(unknown.json["errors"], strange.json["errors"]);
        asks(&observer, &case.id).refused(422, "validation-failed");
        aida.post("/deconfliction/checks").json(json!({"kind": "phone", "value": "+996700123456"})).expect(200);
        lacks(&aida, &case, "ready", &["deconfliction-check-not-run"]);
        asks(&aida, &case.id).expect(200);
        lacks(&aida, &case, "ready", &[]);
        aida.moves(&case, json!({"to": "ready"}));
        let journal = aida.get(case.at("/journal?limit=200")).expect(200);
        assert!(journal.items().iter().any(|entry| entry["action"] == "deconfliction.checked"));
        // What was entered was matched.
        let other = aida.opens_case().create();
        aida.moves(&other, json!({"to": "planning"}));
        assert!(!next(&aida, &other).1.contains(&"deconfliction-check-not-run".to_owned()));
    }

    /// A country that has refused, or taken back what it granted, is named as that: it lacks neither criteria nor a contact, but
    /// another answer.
    fn a_country_that_says_no_is_named_as_that(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        aida.moves(&case, json!({"to": "planning"}));
        aida.post(case.at("/legs")).json(world.leg(0)).expect(201);
        aida.is_granted(&case, &[House::KgProsecutor]);
        let authority = world.authority(House::KzProsecutor);
        let no = json!({"reason_code": "no_resources", "reason": "Nobody can follow the lorry"});
        let path = aida.asks(&case, House::KzProsecutor);
        authority.post(format!("{path}/refuse")).json(&no).expect(200);
        lacks(&aida, &case, "ready", &["KZ country-refused"]);
        let etag = aida.get(&case.path).expect(200).etag();
        let refused = aida.post(case.at("/transitions")).if_match(etag).json(json!({"to": "ready"}))
            .refused(409, "invariant-13-not-prepared");
        assert_eq!(refused.json["missing"][0]["reason"], "country-refused");
        // Asked anew it is to be prepared like any other.
        let path = aida.asks(&case, House::KzProsecutor);
        lacks(&aida, &case, "ready", &["undecided-request", "KZ no-decision-maker"]);
        authority.post(format!("{path}/grant")).json(world.grant()).expect(200);
        lacks(&aida, &case, "ready", &[]);
        authority.post(format!("{path}/revoke")).json(&no).expect(200);
        lacks(&aida, &case, "ready", &["KZ country-revoked"]);
    }

    /// A check that is run for a case counts as asking, like any other; so did what was entered into it.
    fn asking_for_a_case_is_limited_too(world) with [("PASSAGE_LIMITS__CHECKS_PER_HOUR", "3")] {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        let check = json!({"kind": "phone", "value": "+996700123456", "case_id": case.id});
        aida.post("/deconfliction/checks").json(&check).expect(200);
        aida.post("/deconfliction/checks").json(&check).expect(200);
        aida.post("/deconfliction/checks").json(&check).refused(429, "too-many-requests");
    }

    /// A request that did not say when to intervene is told so later, once, also when it was granted; nothing else of it changes.
    fn invariant_13_allowed_criteria_are_added_to_a_request_that_lacks_them(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        aida.moves(&case, json!({"to": "planning"}));
        aida.post(case.at("/legs")).json(world.leg(0)).expect(201);
        aida.is_granted(&case, &[House::KgProsecutor]);
        let mut silent = world.request_to(House::KzProsecutor);
        silent.as_object_mut().unwrap().remove("intervention_criteria");
        let drafted = aida.post(case.at("/authorisations")).json(silent).expect(201);
        let path = case.at(format!("/authorisations/{}", drafted.id()));
        aida.post(format!("{path}/submit")).expect(200);
        world.speaker(House::KzProsecutor).post(format!("{path}/acknowledge")).expect(200);
        let authority = world.authority(House::KzProsecutor);
        authority.post(format!("{path}/grant")).json(world.grant()).expect(200);
        lacks(&aida, &case, "ready", &["KZ no-intervention-criteria"]);
        let patches = |actor: &Actor, body: Value| {
            let etag = aida.get(&path).expect(200).etag();
            actor.patch(&path).if_match(etag).json(body)
        };
        let criteria = json!({"intervention_criteria": "Contact is lost for an hour."});
        patches(&authority, criteria.clone()).refused(403, "forbidden");
        let both = json!({"intervention_criteria": "Contact is lost for an hour.", "offence": "Another one"});
        patches(&aida, both).refused(409, "state-refused");
        let told = patches(&aida, criteria).expect(200);
        assert_eq!((&told.json["status"], told.json["grant"].is_object()), (&json!("granted"), true));
        lacks(&aida, &case, "ready", &[]);
        patches(&aida, json!({"intervention_criteria": "Never"})).refused(409, "state-refused");
        patches(&aida, json!({"intervention_criteria": null})).refused(409, "state-refused");
        let journal = authority.get(case.at("/journal?limit=200")).expect(200);
        assert!(journal.items().iter().any(|entry| entry["action"] == "authorisation.supplemented"));
        aida.moves(&case, json!({"to": "ready"}));
    }
}
