//! Times: the zone in which each is told, and what is told long after it happened.

use passage::cases::case::model::CaseStatus;
use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, World, acceptance, both, consignment, evidence};

/// An active case of Aida's with Yerlan of Kazakhstan, and its consignment.
fn shared(world: &World) -> (Actor, Actor, Case, String) {
    let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
    let case = aida.recorded_case(House::Kg, "Silk", CaseStatus::Active);
    aida.admits(&case, &yerlan, "partner");
    let goods = aida.post(case.at("/consignments")).json(consignment()).expect(201).id();
    (aida, yerlan, case, goods)
}

fn at(world: &World, minutes: i64, place: &str) -> Value {
    json!({"occurred_at": world.minutes_from_now(minutes), "place": place})
}

fn with(mut body: Value, more: &Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn last(list: &Value) -> Value {
    list.as_array().unwrap().last().unwrap().clone()
}

/// A time to the minute: the clock of the tests goes on a little with each step.
fn minute(time: &Value) -> &str {
    &time.as_str().unwrap()[..16]
}

both! {
    /// Wherever a place is told its zone stands beside it: the agency's, or the one that was said.
    fn a_time_is_kept_with_the_zone_in_which_it_was_told(world) {
        let (aida, yerlan, case, goods) = shared(world);
        let path = case.at(format!("/consignments/{goods}"));
        let zone = |name: &str| json!({"time_zone": name});
        let says = |actor: &Actor, what: &str, zone: &Value| {
            actor.post(format!("{path}/{what}")).json(with(at(world, 0, "Osh"), zone)).expect(200).json
        };
        // Taken in the agency's own zone, as the database of zones writes it where one is said.
        let taken = says(&aida, "take-control", &json!({}));
        assert_eq!(last(&taken["periods"])["begun_time_zone"], "Asia/Bishkek");
        let lost = says(&aida, "report-loss", &zone("asia/almaty"));
        assert_eq!(last(&lost["reports"])["time_zone"], "Asia/Almaty");
        let found = says(&aida, "report-recovery", &json!({}));
        assert_eq!(last(&found["reports"])["time_zone"], "Asia/Bishkek");
        // A handover, and its acceptance by an agency elsewhere.
        let proposal = with(world.proposal(&goods, &yerlan), &zone("Asia/Tashkent"));
        let made = aida.post(case.at("/handovers")).json(proposal).expect(201);
        assert_eq!((&made.json["time_zone"], &made.json["received_time_zone"]), (&json!("Asia/Tashkent"), &Value::Null));
        let handover = case.at(format!("/handovers/{}", made.id()));
        yerlan.post(format!("{handover}/agree")).expect(200);
        aida.post(format!("{handover}/offer")).expect(200);
        let accepted = yerlan.post(format!("{handover}/accept")).json(with(acceptance(), &zone("Asia/Aqtau"))).expect(200);
        assert_eq!(accepted.json["received_time_zone"], "Asia/Aqtau");
        let periods = aida.get(case.at("/control")).expect(200).json["consignments"][0]["periods"].clone();
        assert_eq!((&periods[0]["ended_time_zone"], &periods[1]["begun_time_zone"]), (&json!("Asia/Aqtau"), &json!("Asia/Aqtau")));
        let told = with(at(world, 0, "Baku"), &json!({
            "consignment_id": goods, "reason": "An accident", "time_zone": "Asia/Baku",
        }));
        let taken = aida.post(case.at("/handovers/emergency-takeover")).json(told).expect(201);
        assert_eq!((&taken.json["time_zone"], &taken.json["received_time_zone"]), (&json!("Asia/Baku"), &json!("Asia/Baku")));
        // Quantities, and the end.
        let weighed = json!({"kind": "remaining", "quantity": {"value": "10.6", "unit": "kg"}, "time_zone": "Asia/Aqtobe"});
        let weighed = says(&yerlan, "report-quantity", &weighed);
        assert_eq!(last(&weighed["reports"])["time_zone"], "Asia/Aqtobe");
        let end = json!({"reason": "seized", "time_zone": "UTC", "quantity": {"value": "10.6", "unit": "kg"}});
        assert_eq!(last(&says(&aida, "end-control", &end)["periods"])["ended_time_zone"], "UTC");
        let balance = aida.get(format!("{path}/balance")).expect(200);
        assert_eq!(last(&balance.json["reports"])["time_zone"], "UTC");
        // Evidence.
        let item = aida.registers(&case, evidence(&[]), &[&yerlan]);
        let offer = json!({"to_agency_id": yerlan.agency, "place": "Korday", "purpose": "Laboratory", "time_zone": "Asia/Almaty"});
        let offered = aida.post(format!("{item}/transfers")).json(offer).expect(201);
        assert_eq!(offered.json["time_zone"], "Asia/Almaty");
        let transfer = format!("{item}/transfers/{}", offered.id());
        let received = yerlan.post(format!("{transfer}/accept")).json(zone("Asia/Aqtau")).expect(200);
        assert_eq!(received.json["time_zone_received"], "Asia/Aqtau");
        // No such zone.
        let nowhere = with(at(world, 0, "Osh"), &zone("Asia/Atlantis"));
        for what in ["take-control", "report-loss", "report-recovery"] {
            let refused = aida.post(format!("{path}/{what}")).json(&nowhere).refused(422, "validation-failed");
            assert_eq!(refused.pointers(), ["/time_zone"], "{what}");
        }
    }

    /// What is recorded long after it happened is marked, and what is recorded in time is not.
    fn invariant_19_flagged_and_unflagged_commands_that_are_told_late(world) {
        for (minutes, flags) in [(-300, json!(["late"])), (-5, json!([]))] {
            let (aida, yerlan, case, goods) = shared(world);
            let path = case.at(format!("/consignments/{goods}"));
            let leg = aida.post(case.at("/legs")).json(world.leg(0)).expect(201).id();
            let leg = case.at(format!("/legs/{leg}"));
            aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
            world.advance_minutes(10 - minutes);
            // So long ago that everything is in its order.
            let then = |later: i64| json!({"occurred_at": world.minutes_from_now(minutes + later)});
            let taken = aida.post(format!("{path}/take-control")).json(at(world, minutes, "Osh")).expect(200);
            assert_eq!(last(&taken.json["periods"])["flags"], flags);
            let started = aida.post(format!("{leg}/start")).json(then(0)).expect(200);
            assert_eq!(started.json["start_flags"], flags);
            let left = json!({"direction": "exit", "country": "KG"});
            let left = with(at(world, minutes + 1, "Ak-Jol"), &left);
            let left = aida.post(format!("{leg}/report-crossing")).json(left).expect(201);
            assert_eq!(left.json["flags"], flags);
            let made = aida.post(case.at("/handovers")).json(world.proposal(&goods, &yerlan)).expect(201);
            let handover = case.at(format!("/handovers/{}", made.id()));
            yerlan.post(format!("{handover}/agree")).expect(200);
            aida.post(format!("{handover}/offer")).expect(200);
            let received = with(acceptance(), &then(2));
            let accepted = yerlan.post(format!("{handover}/accept")).json(received).expect(200);
            assert_eq!(accepted.json["flags"], flags);
            let arrived = aida.post(format!("{leg}/complete")).json(then(3)).expect(200);
            assert_eq!(arrived.json["arrival_flags"], flags);
            let end = with(at(world, minutes + 4, "Korday"), &json!({"reason": "seized"}));
            let ended = yerlan.post(format!("{path}/end-control")).json(end).expect(200);
            let period = last(&ended.json["periods"]);
            assert_eq!((&period["flags"], &period["ended_flags"]), (&flags, &flags));
        }
    }

    /// A handover at night, with no line to the server: proposed, agreed to and offered in the morning, and accepted for the
    /// time at which it happened.
    fn a_handover_is_recorded_after_its_window(world) {
        let (aida, yerlan, case, goods) = shared(world);
        aida.takes_control(&case, &goods);
        world.advance_minutes(600);
        let night = json!({"window": {"from": world.minutes_from_now(-500), "until": world.minutes_from_now(-400)}});
        let proposal = with(world.proposal(&goods, &yerlan), &night);
        let made = aida.post(case.at("/handovers")).json(&proposal).expect(201);
        assert_eq!((&made.json["status"], &made.json["flags"]), (&json!("proposed"), &json!(["recorded_late"])));
        let path = case.at(format!("/handovers/{}", made.id()));
        aida.post(case.at("/handovers")).json(&proposal).refused(409, "duplicate");
        yerlan.post(format!("{path}/agree")).expect(200);
        aida.post(format!("{path}/offer")).expect(200);
        assert_eq!(aida.get(&path).expect(200).json["status"], "offered");
        // It is accepted for its window, and in the control of who gave.
        let accepts = |minutes: i64| {
            let occurred_at = json!({"occurred_at": world.minutes_from_now(minutes)});
            yerlan.post(format!("{path}/accept")).json(with(acceptance(), &occurred_at))
        };
        yerlan.post(format!("{path}/accept")).json(acceptance()).refused(409, "state-refused");
        accepts(-399).refused(409, "state-refused");
        assert_eq!(accepts(-700).refused(422, "validation-failed").pointers(), ["/occurred_at"]);
        let accepted = accepts(-450).expect(200);
        assert_eq!(accepted.json["flags"], json!(["recorded_late", "late"]));
        let periods = aida.get(case.at("/control")).expect(200).json["consignments"][0]["periods"].clone();
        assert_eq!((&periods[0]["ended_at"], &periods[1]["begun_at"]), (&accepted.json["occurred_at"], &accepted.json["occurred_at"]));
        assert_eq!(minute(&periods[1]["begun_at"]), minute(&json!(world.minutes_from_now(-450))));
        // One that nobody takes up is let go.
        let night = json!({"window": {"from": world.minutes_from_now(-300), "until": world.minutes_from_now(-200)}});
        let proposal = with(world.proposal(&goods, &aida), &night);
        let made = yerlan.post(case.at("/handovers")).json(proposal).expect(201);
        world.watches();
        let called = |actor: &Actor| actor.get("/alerts?state=open").expect(200).json.to_string().contains("handover_unaccepted");
        assert!(called(&aida) && called(&yerlan), "both are called to finish it");
        yerlan.post(case.at(format!("/handovers/{}/cancel", made.id()))).expect(200);
        world.watches();
        assert!(!called(&aida) && !called(&yerlan));
        let no_time = json!({"window": {"from": world.minutes_from_now(0), "until": world.minutes_from_now(0)}});
        let refused = yerlan.post(case.at("/handovers")).json(with(world.proposal(&goods, &aida), &no_time)).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/window/until"]);
    }

    /// A takeover and a recovery that are told for a time ahead are flagged and begin when they are recorded: whoever is in
    /// control then hands over, is taken over from, and ends control.
    fn invariant_19_flagged_a_time_ahead_does_not_freeze_the_line_of_control(world) {
        let (aida, yerlan, case, goods) = shared(world);
        let hasan = world.speaker(House::Az);
        aida.admits(&case, &hasan, "partner");
        aida.takes_control(&case, &goods);
        let takes_over = |actor: &Actor, minutes: i64| {
            let why = json!({"consignment_id": goods, "reason": "An accident"});
            let told = with(at(world, minutes, "Before Taraz"), &why);
            actor.post(case.at("/handovers/emergency-takeover")).json(told).expect(201)
        };
        world.advance_minutes(10);
        let now = |minutes: i64| json!(world.minutes_from_now(minutes));
        let taken = takes_over(&yerlan, 60 * 24 * 30);
        assert_eq!(taken.json["flags"], json!(["emergency", "future"]));
        assert_eq!(minute(&taken.json["occurred_at"]), minute(&now(60 * 24 * 30)), "what was told stays");
        let line = aida.get(case.at("/control")).expect(200).json["consignments"][0].clone();
        assert_eq!(minute(&line["in_control"]["since"]), minute(&now(0)));
        assert_eq!(line["periods"][0]["ended_at"], line["in_control"]["since"]);
        world.advance_minutes(10);
        let path = yerlan.hands_over(&case, &goods, &hasan);
        assert_eq!(aida.get(path).expect(200).json["status"], "accepted");
        world.advance_minutes(10);
        assert_eq!(takes_over(&yerlan, 60 * 24 * 30).json["flags"], json!(["emergency", "future"]));
        let again = takes_over(&hasan, 0);
        assert_eq!(again.json["flags"], json!(["emergency"]), "the period before has not begun ahead of now");
        // Given up, and found at a time that has not come.
        world.advance_minutes(10);
        let path = case.at(format!("/consignments/{goods}"));
        let end = |reason: &str| with(at(world, 0, "Taraz"), &json!({"reason": reason}));
        hasan.post(format!("{path}/end-control")).json(end("lost_for_good")).expect(200);
        world.advance_minutes(10);
        let found = yerlan.post(format!("{path}/report-recovery")).json(at(world, 600, "Taraz")).expect(200);
        assert_eq!(minute(&found.json["in_control"]["since"]), minute(&now(0)));
        let report = &found.json["reports"][0];
        assert_eq!(minute(&report["occurred_at"]), minute(&now(600)));
        assert!(report["flags"].as_array().unwrap().contains(&json!("future")), "{report}");
        world.advance_minutes(10);
        yerlan.post(format!("{path}/end-control")).json(end("seized")).expect(200);
    }
}
