//! The mass balance: what there was, what was taken from it, what remained.

use passage::cases::case::model::CaseStatus;
use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, Reply, World, both, coordinated, evidence};

/// The goods of the case: 10.6 kilograms that were measured, in Aida's control.
fn measured(aida: &Actor, case: &Case) -> (String, String) {
    let goods = json!({
        "kind": "narcotic", "substance": "heroin", "quantity": {"value": "10.6", "unit": "kg"},
        "measured": "measured", "modality": "live", "seals": ["KG-4711"],
    });
    let goods = aida.post(case.at("/consignments")).json(goods).expect(201).id();
    aida.takes_control(case, &goods);
    (case.at(format!("/consignments/{goods}")), goods)
}

fn quantity(world: &World, kind: &str, value: &str, unit: &str) -> Value {
    json!({
        "kind": kind, "quantity": {"value": value, "unit": unit}, "occurred_at": world.minutes_from_now(0),
        "place": "Laboratory in Osh",
    })
}

fn with(mut body: Value, more: &Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn last(reply: &Reply) -> &Value {
    reply.json["reports"].as_array().unwrap().last().unwrap()
}

fn kinds(actor: &Actor) -> Vec<Value> {
    let alerts = actor.get("/alerts").expect(200);
    let open = |alert: &&Value| alert["resolved_at"].is_null();
    alerts.items().iter().filter(open).map(|alert| alert["kind"].clone()).collect()
}

both! {
    /// What was sampled and removed, and what was seized, make what there was; nobody is alarmed.
    fn invariant_11_unflagged_goods_that_add_up(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        let (path, goods) = measured(&aida, &case);
        let empty = yerlan.get(format!("{path}/balance")).expect(200);
        assert_eq!(empty.json["balanced"], Value::Null);
        assert_eq!(empty.json["settled"], false);
        let item = aida.post(case.at("/evidence")).json(evidence(&[])).expect(201).id();
        let sample = with(quantity(world, "sampled", "600", "g"), &json!({"evidence_id": item}));
        let told = aida.post(format!("{path}/report-quantity")).json(&sample).expect(200);
        assert_eq!(last(&told)["flags"], json!([]));
        assert_eq!(last(&told)["evidence_id"], item);
        assert_eq!(told.json["sampled"], json!({"value": "0.6", "unit": "kg"}));
        // The item is not shown to Yerlan's agency, and neither is that this is it.
        let seen = yerlan.get(format!("{path}/balance")).expect(200);
        assert_eq!(last(&seen)["evidence_id"], Value::Null);
        let hidden = with(quantity(world, "removed", "1", "g"), &json!({"evidence_id": item}));
        let refused = yerlan.post(format!("{path}/report-quantity")).json(hidden).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/evidence_id"]);
        // What is received is held against what is left.
        let proposal = world.proposal(&goods, &yerlan);
        let made = aida.post(case.at("/handovers")).json(proposal).expect(201).id();
        let handover = case.at(format!("/handovers/{made}"));
        yerlan.post(format!("{handover}/agree")).expect(200);
        aida.post(format!("{handover}/offer")).expect(200);
        let received = json!({"quantity": {"value": "10", "unit": "kg"}, "condition": "Dry", "seals": ["KG-4711"]});
        let accepted = yerlan.post(format!("{handover}/accept")).json(received).expect(200);
        assert_eq!(accepted.json["flags"], json!([]));
        world.advance_minutes(10);
        let end = json!({
            "reason": "seized", "occurred_at": world.minutes_from_now(0), "place": "Taraz",
            "quantity": {"value": "9.95", "unit": "kg"},
        });
        yerlan.post(format!("{path}/end-control")).json(end).expect(200);
        let settled = aida.get(format!("{path}/balance")).expect(200);
        assert_eq!(settled.json["settled"], true);
        assert_eq!(settled.json["balanced"], true);
        assert_eq!(settled.json["missing"], json!({"value": "0.05", "unit": "kg"}));
        assert_eq!(settled.json["tolerance"], json!({"value": "0.106", "unit": "kg"}));
        world.advance_minutes(25 * 60);
        world.watches();
        assert!(!kinds(&aida).iter().any(|kind| kind.as_str().unwrap().starts_with("mass_")));
    }

    /// What is missing is taken down all the same, flagged, and told to whoever found it and to the lead; a correction says
    /// why, and settles it.
    fn invariant_11_flagged_and_told_what_is_missing(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        let (path, _) = measured(&aida, &case);
        let report = format!("{path}/report-quantity");
        let found = yerlan.post(&report).json(quantity(world, "remaining", "9", "kg")).expect(200);
        assert_eq!(last(&found)["flags"], json!(["imbalance"]));
        assert_eq!(found.json["missing"], json!({"value": "1.6", "unit": "kg"}));
        world.watches();
        assert!(kinds(&aida).contains(&json!("mass_imbalance")));
        assert!(kinds(&yerlan).contains(&json!("mass_imbalance")));
        // Nobody but who reported it, or the lead, corrects it, and only with a reason.
        let own = aida.post(&report).json(quantity(world, "sampled", "1", "g")).expect(200);
        assert_eq!(last(&own)["flags"], json!(["not_in_evidence"]));
        let correct = |number: i64| {
            with(quantity(world, "remaining", "10.6", "kg"), &json!({"supersedes": number, "reason": "The scale was wrong"}))
        };
        let refused = yerlan.post(&report).json(correct(2)).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/supersedes"]);
        let unsaid = with(quantity(world, "remaining", "10.6", "kg"), &json!({"supersedes": 1}));
        assert_eq!(yerlan.post(&report).json(unsaid).refused(422, "validation-failed").pointers(), ["/reason"]);
        let right = yerlan.post(&report).json(correct(1)).expect(200);
        assert_eq!(last(&right)["supersedes"], 1);
        assert_eq!(last(&right)["flags"], json!([]));
        assert_eq!(right.json["balanced"], true);
        assert_eq!(yerlan.post(&report).json(correct(1)).refused(422, "validation-failed").pointers(), ["/supersedes"]);
        world.watches();
        assert!(!kinds(&yerlan).contains(&json!("mass_imbalance")));
        // The lead corrects anybody's; what was reported stays in the line.
        let lead = aida.post(&report).json(correct(3)).expect(200);
        assert_eq!(lead.json["reports"].as_array().unwrap().len(), 4);
        assert_eq!(lead.json["reports"][0]["flags"], json!(["imbalance"]));
    }

    /// What there was at first is planned until somebody is in control; then it is told anew with a reason, by who added it or the
    /// lead, and everything is held against it.
    fn invariant_18_refused_and_allowed_what_there_was_at_first_is_told_anew(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        let goods = json!({
            "kind": "narcotic", "quantity": {"value": "9", "unit": "kg"}, "measured": "estimated", "modality": "live",
        });
        let goods = yerlan.post(case.at("/consignments")).json(goods).expect(201).id();
        let path = case.at(format!("/consignments/{goods}"));
        let report = format!("{path}/report-quantity");
        aida.edits(&path, json!({"quantity": {"value": "10.6", "unit": "kg"}, "measured": "measured"})).expect(200);
        aida.takes_control(&case, &goods);
        let found = aida.post(&report).json(quantity(world, "remaining", "10.6", "kg")).expect(200);
        assert_eq!(last(&found)["flags"], json!([]));
        for change in [json!({"quantity": {"value": "9", "unit": "kg"}}), json!({"measured": "estimated"})] {
            aida.edits(&path, change).refused(409, "invariant-18-facts-are-immutable");
        }
        aida.edits(&path, json!({"packaging": "In bricks", "quantity": {"value": "10.6", "unit": "kg"}})).expect(200);
        // It is told anew, with a reason, and earlier reports are held against that.
        let anew = |value: &str| with(quantity(world, "initial", value, "kg"), &json!({"reason": "The scale was wrong"}));
        let unsaid = aida.post(&report).json(quantity(world, "initial", "9", "kg")).refused(422, "validation-failed");
        assert_eq!(unsaid.pointers(), ["/reason"]);
        let hasan = world.speaker(House::Az);
        aida.admits(&case, &hasan, "partner");
        hasan.post(&report).json(anew("9")).refused(403, "forbidden");
        let wrong = yerlan.post(&report).json(anew("9")).expect(200);
        assert_eq!((&last(&wrong)["flags"], &wrong.json["balanced"]), (&json!(["imbalance"]), &json!(false)));
        assert_eq!(wrong.json["initial"], json!({"value": "9", "unit": "kg"}));
        assert_eq!(yerlan.get(&path).expect(200).json["quantity"], json!({"value": "9", "unit": "kg"}));
        world.watches();
        assert!(kinds(&aida).contains(&json!("mass_imbalance")));
        // Only by another one of its kind.
        let cross = with(quantity(world, "remaining", "9", "kg"), &json!({"supersedes": 2, "reason": "No"}));
        assert_eq!(yerlan.post(&report).json(cross).refused(422, "validation-failed").pointers(), ["/supersedes"]);
        let right = with(anew("10.6"), &json!({"supersedes": 2}));
        let right = aida.post(&report).json(right).expect(200);
        assert_eq!((&last(&right)["flags"], &right.json["balanced"]), (&json!([]), &json!(true)));
        assert_eq!(right.json["reports"].as_array().unwrap().len(), 3, "what was said stays");
        world.watches();
        assert!(!kinds(&aida).contains(&json!("mass_imbalance")));
        let journal = aida.get(case.at("/journal?limit=200")).expect(200);
        let told = |entry: &&Value| entry["details"]["kind"] == "initial";
        assert_eq!(journal.items().iter().filter(told).count(), 2);
    }

    /// While a leg is under way nothing is added or made live that its countries do not let pass; what is found to have been more
    /// is taken, flagged and told.
    fn invariant_3_refused_allowed_flagged_told_and_unflagged_under_way(world) {
        let (aida, _, _, case) = coordinated(world);
        let (path, _) = measured(&aida, &case);
        let leg = aida.post(case.at("/legs")).json(world.leg(0)).expect(201).id();
        aida.is_granted(&case, &[House::KgProsecutor]);
        let request = aida.asks(&case, House::KzProsecutor);
        let mut grant = world.grant();
        grant["live_cap"] = json!({"value": "11", "unit": "kg"});
        world.authority(House::KzProsecutor).post(format!("{request}/grant")).json(grant).expect(200);
        let more = |value: &str, modality: &str| {
            let goods = json!({
                "kind": "narcotic", "quantity": {"value": value, "unit": "kg"}, "measured": "measured", "modality": modality,
            });
            aida.post(case.at("/consignments")).json(goods)
        };
        aida.post(case.at(format!("/legs/{leg}/start"))).expect(200);
        let refused = more("1", "live").refused(409, "invariant-3-not-permitted");
        assert_eq!(refused.json["missing"][0]["reason"], "live-quantity-over-cap");
        let beside = more("1", "substituted").expect(201).id();
        let beside = case.at(format!("/consignments/{beside}"));
        aida.edits(&beside, json!({"modality": "live"})).refused(409, "invariant-3-not-permitted");
        more("0.1", "live").expect(201);
        let anew = |value: &str| with(quantity(world, "initial", value, "kg"), &json!({"reason": "Weighed at the border"}));
        let report = format!("{path}/report-quantity");
        let fine = aida.post(&report).json(anew("10.8")).expect(200);
        assert_eq!(last(&fine)["flags"], json!([]));
        world.watches();
        assert!(!kinds(&aida).contains(&json!("unauthorised_entry")));
        let over = aida.post(&report).json(anew("12")).expect(200);
        assert_eq!(last(&over)["flags"], json!(["over_live_cap"]));
        world.watches();
        assert!(kinds(&aida).contains(&json!("unauthorised_entry")));
        let right = with(anew("10.8"), &json!({"supersedes": 2}));
        aida.post(&report).json(right).expect(200);
        world.watches();
        assert!(!kinds(&aida).contains(&json!("unauthorised_entry")));
    }

    /// Control that ends without a word of how much there was is allowed; a day later both are asked for it.
    fn invariant_11_told_an_end_without_a_quantity(world) {
        let (aida, _, _, case) = coordinated(world);
        let (path, _) = measured(&aida, &case);
        let end = json!({"reason": "seized", "occurred_at": world.minutes_from_now(0), "place": "Osh"});
        aida.post(format!("{path}/end-control")).json(end).expect(200);
        world.watches();
        assert!(!kinds(&aida).contains(&json!("mass_unsettled")));
        world.advance_minutes(24 * 60 + 1);
        world.watches();
        assert!(kinds(&aida).contains(&json!("mass_unsettled")));
        let weighed = aida.post(format!("{path}/report-quantity")).json(quantity(world, "remaining", "10.6", "kg")).expect(200);
        assert_eq!(weighed.json["settled"], true);
        world.watches();
        assert!(!kinds(&aida).contains(&json!("mass_unsettled")));
    }

    /// What is taken out becomes evidence; where nothing is said of it, that is flagged.
    fn invariant_10_flagged_told_and_unflagged_what_was_removed_becomes_evidence(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.recorded_case(House::Kg, "Silk", CaseStatus::Active);
        let (path, _) = measured(&aida, &case);
        let report = format!("{path}/report-quantity");
        let told = aida.post(&report).json(quantity(world, "removed", "10", "kg")).expect(200);
        assert_eq!(last(&told)["flags"], json!(["not_in_evidence"]));
        let called = || {
            world.watches();
            kinds(&aida).contains(&json!("removed_without_evidence"))
        };
        assert!(called());
        let item = aida.post(case.at("/evidence")).json(evidence(&[])).expect(201).id();
        let said = json!({"evidence_id": item, "supersedes": 1, "reason": "It is item 1"});
        let told = aida.post(&report).json(with(quantity(world, "removed", "10", "kg"), &said)).expect(200);
        assert_eq!(last(&told)["flags"], json!([]));
        assert_eq!(told.json["removed"], json!({"value": "10", "unit": "kg"}));
        assert!(!called());
    }

    /// Whatever is wrong with a report is named at once; what cannot be compared is taken and said.
    fn a_report_that_makes_no_sense_is_refused_whole(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        let (path, _) = measured(&aida, &case);
        let report = format!("{path}/report-quantity");
        let bad = json!({
            "kind": "eaten", "quantity": {"value": "-1", "unit": "kg"}, "measured": "maybe", "place": " ",
            "reason": "None", "supersedes": null, "evidence_id": "item 4",
        });
        let refused = aida.post(&report).json(bad).refused(422, "validation-failed");
        assert_eq!(
            refused.pointers(),
            ["/kind", "/quantity/value", "/measured", "/occurred_at", "/place", "/evidence_id", "/reason"]
        );
        assert_eq!(aida.get(format!("{path}/balance")).expect(200).json["reports"], json!([]));
        let pieces = yerlan.post(&report).json(quantity(world, "lost", "3", "piece")).expect(200);
        assert_eq!(last(&pieces)["flags"], json!(["other_unit"]));
        let early = with(quantity(world, "lost", "3", "g"), &json!({"occurred_at": world.minutes_from_now(60)}));
        assert_eq!(last(&yerlan.post(&report).json(early).expect(200))["flags"], json!(["future"]));
        let late = with(quantity(world, "lost", "3", "g"), &json!({"occurred_at": world.minutes_from_now(-600)}));
        assert_eq!(last(&yerlan.post(&report).json(late).expect(200))["flags"], json!(["late"]));
    }
}
