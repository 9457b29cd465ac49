//! The route: planned in order, kept with its history, started with leave only, and reported as it really was.

use passage::cases::case::model::CaseStatus;
use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, Reply, World, both, unknown_id};

/// Aida of Kyrgyzstan leads, Yerlan of Kazakhstan takes part.
fn shared(world: &World) -> (Actor, Actor, Case) {
    let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
    let case = aida.opens_case().create();
    aida.admits(&case, &yerlan, "partner");
    (aida, yerlan, case)
}

fn with(mut leg: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        leg[name] = value.clone();
    }
    leg
}

fn planned(actor: &Actor, case: &Case, leg: &Value) -> String {
    case.at(format!("/legs/{}", actor.post(case.at("/legs")).json(leg).expect(201).id()))
}

fn reasons(refused: &Reply) -> Vec<String> {
    let missing = refused.json["missing"].as_array().unwrap().iter();
    missing
        .map(|missing| {
            let country = missing["country"].as_str().unwrap_or("-");
            format!("{country} {}", missing["reason"].as_str().unwrap())
        })
        .collect()
}

fn crossing(world: &World, direction: &str, country: &str, minutes: i64) -> Value {
    json!({
        "direction": direction, "country": country, "occurred_at": world.minutes_from_now(minutes),
        "place": "Korday", "note": "Seen by the post",
    })
}

both! {
    /// A route is built leg by leg; what does not join it is refused and changes nothing.
    fn invariant_12_refused_and_allowed_legs_are_contiguous_in_place_and_increasing_in_time(world) {
        let (aida, _, case) = shared(world);
        planned(&aida, &case, &world.leg(0));
        let next = world.leg(1);
        for (change, reason) in [
            (json!({"from": {"place": "Dostyk", "country": "KZ"}}), "- not-contiguous-in-place-to-the-leg-before"),
            (json!({"from": {"place": "Korday", "country": "KG"}}), "- not-contiguous-in-place-to-the-leg-before"),
            (json!({"planned_departure": world.minutes_from_now(119)}), "- departs-before-arrival-to-the-leg-before"),
        ] {
            let refused = aida.post(case.at("/legs")).json(with(next.clone(), &change))
                .refused(409, "invariant-12-legs-not-contiguous");
            assert_eq!(reasons(&refused), [reason]);
        }
        let gap = with(world.leg(2), &json!({"sequence": 3}));
        let refused = aida.post(case.at("/legs")).json(gap).refused(409, "invariant-12-legs-not-contiguous");
        assert_eq!(reasons(&refused), ["- no-leg-before"]);
        let taken = with(next.clone(), &json!({"sequence": 1}));
        aida.post(case.at("/legs")).json(taken).refused(409, "duplicate");

        let second = planned(&aida, &case, &with(next, &json!({"sequence": 2})));
        let first = aida.get(case.at("/legs")).expect(200).items()[0].clone();
        assert_eq!(first["sequence"], 1);
        assert_eq!(first["status"], "planned");
        // A change that would tear the route is refused as well.
        let read = aida.get(&second).expect(200);
        aida.patch(&second).if_match(read.etag())
            .json(json!({"from": {"place": "Dostyk", "country": "KZ"}}))
            .refused(409, "invariant-12-legs-not-contiguous");
        let later = json!({"planned_arrival": world.minutes_from_now(200), "entry_point": null});
        let changed = aida.patch(&second).if_match(read.etag()).json(later).expect(200);
        assert_eq!(changed.json["entry_point"], Value::Null);
        aida.patch(&second).if_match(read.etag()).json(json!({"mode": "rail"})).refused(412, "stale-version");
    }

    /// A plan keeps its history, also when the leg is taken off, which begins at the end of the route.
    fn a_plan_keeps_its_history(world) {
        let (aida, yerlan, case) = shared(world);
        let first = planned(&aida, &case, &world.leg(0));
        let second = planned(&yerlan, &case, &world.leg(1));
        let etag = aida.get(&first).expect(200).etag();
        aida.delete(&first).if_match(etag).refused(409, "invariant-12-legs-not-contiguous");
        let etag = yerlan.get(&second).expect(200).etag();
        let rail = yerlan.patch(&second).if_match(etag).json(json!({"mode": "rail"})).expect(200);
        yerlan.delete(&second).refused(428, "if-match-required");
        let gone = yerlan.delete(&second).if_match(rail.etag()).expect(200);
        assert!(gone.json["removed_at"].is_string());
        let plans = aida.get(format!("{second}/plans")).expect(200);
        let modes: Vec<&Value> = plans.items().iter().map(|plan| &plan["plan"]["mode"]).collect();
        assert_eq!(modes, [&json!("road"), &json!("rail"), &Value::Null]);
        assert_eq!(aida.get(case.at("/legs")).expect(200).items().len(), 1);
        assert_eq!(aida.get(&second).expect(200).json["removed_at"], gone.json["removed_at"]);
        aida.post(format!("{second}/start")).refused(404, "not-found");
        // Its place is free again.
        let again = aida.post(case.at("/legs")).json(world.leg(1)).expect(201);
        assert_eq!(again.json["sequence"], 2);
    }

    /// A partner works on its own legs and on those for which it answers; the lead on all of them.
    fn each_acts_on_its_own_legs(world) {
        let (aida, yerlan, case) = shared(world);
        let hasan = world.speaker(House::Az);
        aida.admits(&case, &hasan, "partner");
        let first = planned(&aida, &case, &world.leg(0));
        let etag = aida.get(&first).expect(200).etag();
        yerlan.patch(&first).if_match(etag.clone()).json(json!({"mode": "rail"})).refused(403, "forbidden");
        let answers = json!({"responsible": [{"country": "KZ", "agency_id": yerlan.agency}]});
        aida.patch(&first).if_match(etag).json(answers).expect(200);
        let etag = yerlan.get(&first).expect(200).etag();
        yerlan.patch(&first).if_match(etag.clone()).json(json!({"mode": "rail"})).expect(200);
        hasan.patch(&first).if_match(etag).json(json!({"mode": "air"})).refused(403, "forbidden");
        let etag = aida.get(&first).expect(200).etag();
        for wrong in [
            json!([{"country": "KZ", "agency_id": hasan.agency}]),
            json!([{"country": "KZ", "agency_id": unknown_id()}]),
            json!([{"country": "KZ", "agency_id": world.speaker(House::KzProsecutor).agency}]),
        ] {
            let refused = aida.patch(&first).if_match(etag.clone()).json(json!({"responsible": wrong}))
                .refused(422, "validation-failed");
            assert_eq!(refused.pointers(), ["/responsible/0/agency_id"]);
        }
    }

    /// Whoever takes part only to decide is shown the legs that touch the own country, and the journal of these.
    fn an_authority_is_shown_the_legs_of_its_country(world) {
        let (aida, _, case) = shared(world);
        let prosecutor = world.speaker(House::KzProsecutor);
        aida.admits(&case, &prosecutor, "authority");
        let inside = json!({"place": "Bishkek", "country": "KG", "time_zone": "Asia/Bishkek"});
        let first = with(world.leg(0), &json!({"to": inside, "entry_point": null}));
        let second = with(world.leg(0), &json!({
            "from": inside, "planned_departure": world.minutes_from_now(120), "planned_arrival": world.minutes_from_now(180),
        }));
        let (first, second) = (planned(&aida, &case, &first), planned(&aida, &case, &second));
        let shown = prosecutor.get(case.at("/legs")).expect(200);
        assert_eq!(shown.items().len(), 1);
        assert_eq!(shown.items()[0]["sequence"], 2);
        prosecutor.get(&second).expect(200);
        for hidden in ["", "/plans", "/crossings", "/diversions"] {
            prosecutor.get(format!("{first}{hidden}")).refused(404, "not-found");
        }
        prosecutor.post(case.at("/legs")).json(world.leg(0)).refused(404, "not-found");
        let about = |actor: &Actor| {
            let journal = actor.get(case.at("/journal?limit=200")).expect(200);
            journal.items().iter().filter(|entry| entry["action"] == "leg.planned").count()
        };
        assert_eq!((about(&prosecutor), about(&aida)), (1, 2));
    }

    /// To start a leg without leave is refused with the invariant and everything that is missing.
    fn invariant_1_refused_a_leg_starts_with_every_countrys_leave_only(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.recorded_case(House::Kg, "Silk", CaseStatus::Planning);
        let first = planned(&aida, &case, &world.leg(0));
        let second = planned(&aida, &case, &world.leg(1));
        let refused = aida.post(format!("{first}/start")).refused(409, "invariant-1-leg-not-authorised");
        assert_eq!(reasons(&refused), ["KG no-authorisation", "KZ no-authorisation", "- case-not-active"]);
        let refused = aida.post(format!("{second}/start")).json(json!({})).refused(409, "invariant-1-leg-not-authorised");
        assert_eq!(
            reasons(&refused),
            ["KZ no-authorisation", "- case-not-active", "- leg-before-not-completed"]
        );
        aida.post(format!("{first}/complete")).refused(409, "state-refused");
        aida.post(format!("{first}/resume")).json(json!({"reason": "On its way"})).refused(409, "state-refused");
        assert_eq!(aida.get(&first).expect(200).json["status"], "planned");
    }

    /// A crossing is taken whatever was allowed: the breach becomes a flag, which stays.
    fn invariant_1_flagged_a_reported_crossing_is_taken(world) {
        let (aida, yerlan, case) = shared(world);
        let first = planned(&aida, &case, &world.leg(0));
        let path = format!("{first}/report-crossing");
        let entered = yerlan.post(&path).json(crossing(world, "enter", "KZ", -1)).expect(201);
        assert_eq!(entered.json["flags"], json!(["unauthorised", "not_started"]));
        assert_eq!(yerlan.get(format!("{first}/crossings/{}", entered.id())).expect(200).json, entered.json);
        let strange = yerlan.post(&path).json(crossing(world, "enter", "UZ", -600)).expect(201);
        assert_eq!(strange.json["flags"], json!(["unauthorised", "unexpected_country", "not_started", "late"]));
        let ahead = yerlan.post(&path).json(crossing(world, "exit", "KG", 600)).expect(201);
        assert_eq!(ahead.json["flags"], json!(["unauthorised", "not_started", "future"]));
        assert_eq!(aida.get(format!("{first}/crossings")).expect(200).items().len(), 3);
        // Also where the case has ended: reality asks no state.
        let over = aida.recorded_case(House::Kg, "Over", CaseStatus::CalledOff);
        aida.post(over.at("/legs")).json(world.leg(0)).refused(409, "state-refused");
    }

    /// A crossing is corrected by another one, with the reason, once; it stays readable as it was.
    fn invariant_18_refused_and_allowed_a_crossing_is_superseded_and_never_overwritten(world) {
        let (aida, yerlan, case) = shared(world);
        let first = planned(&aida, &case, &world.leg(0));
        let path = format!("{first}/report-crossing");
        let wrong = yerlan.post(&path).json(crossing(world, "enter", "UZ", -1)).expect(201);
        let right = with(crossing(world, "enter", "KZ", -1), &json!({"supersedes": wrong.id(), "reason": "Misread plate"}));
        let second = yerlan.post(&path).json(&right).expect(201);
        assert_eq!(second.json["supersedes"], wrong.json["id"]);
        assert_eq!(yerlan.get(format!("{first}/crossings/{}", wrong.id())).expect(200).json, wrong.json);
        let refused = yerlan.post(&path).json(&right).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/supersedes"]);
        let foreign = with(right.clone(), &json!({"supersedes": unknown_id()}));
        assert_eq!(yerlan.post(&path).json(foreign).refused(422, "validation-failed").pointers(), ["/supersedes"]);
        let silent = with(crossing(world, "enter", "KZ", -1), &json!({"supersedes": second.id()}));
        assert_eq!(yerlan.post(&path).json(silent).refused(422, "validation-failed").pointers(), ["/reason"]);
    }

    /// That the goods took another way is recorded whatever the leg's state.
    fn invariant_14_flagged_and_told_a_diversion_is_always_taken(world) {
        let (aida, yerlan, case) = shared(world);
        let first = planned(&aida, &case, &world.leg(0));
        let told = json!({"reason": "Turned off towards Taraz", "place": "Merke", "occurred_at": world.minutes_from_now(-5)});
        let kept = aida.post(format!("{first}/divert")).json(told).expect(200);
        assert_eq!(kept.json["status"], "planned");
        let journal = aida.get(case.at("/journal?limit=200")).expect(200);
        let entry = journal.items().iter().find(|entry| entry["action"] == "leg.diverted").unwrap().clone();
        assert_eq!(entry["details"]["flags"], json!(["not_started"]));
        let nowhere = json!({"reason": " ", "time_zone": "Asia/Atlantis"});
        let refused = aida.post(format!("{first}/divert")).json(nowhere).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/reason", "/time_zone"]);
        // Whoever acts on the route and sees the lead's lorry turn off says so.
        yerlan.post(format!("{first}/start")).refused(403, "forbidden");
        let again = json!({"reason": "Left the road at Merke", "time_zone": "Asia/Almaty"});
        yerlan.post(format!("{first}/divert")).json(again).expect(200);
        // Each is read with what was said of it.
        let told = aida.get(format!("{first}/diversions?limit=1")).expect(200);
        let one = told.items()[0].clone();
        assert_eq!((&one["reason"], &one["place"]), (&json!("Turned off towards Taraz"), &json!("Merke")));
        assert_eq!((&one["number"], &one["time_zone"], &one["flags"]), (&json!(1), &json!("Asia/Bishkek"), &json!(["not_started"])));
        assert_eq!(one["occurred_at"].as_str().unwrap()[..16], world.minutes_from_now(-5)[..16]);
        let next = told.json["next_cursor"].as_str().unwrap();
        let told = yerlan.get(format!("{first}/diversions?cursor={next}")).expect(200);
        assert_eq!((told.items().len(), &told.items()[0]["place"]), (1, &Value::Null));
        assert_eq!((&told.items()[0]["time_zone"], &told.items()[0]["agency_id"]), (&json!("Asia/Almaty"), &json!(yerlan.agency)));
        aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        let active = aida.recorded_case(House::Kg, "Under way", CaseStatus::Active);
        aida.admits(&active, &yerlan, "partner");
        let leg = planned(&aida, &active, &world.leg(0));
        aida.is_granted(&active, &[House::KgProsecutor, House::KzProsecutor]);
        aida.post(format!("{leg}/start")).expect(200);
        let seen = yerlan.post(format!("{leg}/divert")).json(json!({"reason": "Left the road at Merke"})).expect(200);
        assert_eq!(seen.json["status"], "diverted");
        world.watches();
        let alerts = aida.get("/alerts").expect(200);
        assert!(alerts.items().iter().any(|alert| alert["kind"] == "route_changed"), "{alerts}");
    }

    /// What happens on a leg that was taken off the plan happens all the same: it is taken and flagged, and nothing is started
    /// there.
    fn invariant_14_flagged_reality_keeps_to_no_plan(world) {
        let (aida, yerlan, case) = shared(world);
        let first = planned(&aida, &case, &world.leg(0));
        let etag = aida.get(&first).expect(200).etag();
        aida.delete(&first).if_match(etag).expect(200);
        let entered = yerlan.post(format!("{first}/report-crossing")).json(crossing(world, "enter", "KZ", -1)).expect(201);
        assert_eq!(entered.json["flags"], json!(["unauthorised", "off_plan", "not_started"]));
        assert_eq!(aida.get(format!("{first}/crossings")).expect(200).items().len(), 1);
        let kept = yerlan.post(format!("{first}/divert")).json(json!({"reason": "Left the road at Merke"})).expect(200);
        assert_eq!((&kept.json["status"], kept.json["removed_at"].is_string()), (&json!("planned"), true));
        let journal = aida.get(case.at("/journal?limit=200")).expect(200);
        let entry = journal.items().iter().find(|entry| entry["action"] == "leg.diverted").unwrap().clone();
        assert_eq!(entry["details"]["flags"], json!(["off_plan", "not_started"]));
        aida.post(format!("{first}/start")).refused(404, "not-found");
        aida.post(format!("{first}/complete")).refused(404, "not-found");
    }

    /// A case may be opened with its route, which is judged with everything else.
    fn a_case_is_opened_with_its_route(world) {
        let aida = world.speaker(House::Kg);
        let mut body = aida.opens_case().body();
        body["legs"] = json!([world.leg(0), world.leg(1)]);
        let made = aida.post("/cases").json(&body).expect(201);
        let legs = aida.get(format!("/cases/{}/legs", made.id())).expect(200);
        assert_eq!(legs.items().len(), 2);
        body["legs"] = json!([world.leg(0), world.leg(2)]);
        aida.post("/cases").json(&body).refused(409, "invariant-12-legs-not-contiguous");
        body["legs"] = json!([with(world.leg(0), &json!({"mode": "sledge", "planned_arrival": world.minutes_from_now(1)}))]);
        let refused = aida.post("/cases").json(&body).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/legs/0/mode"]);
    }

    /// Every fault of a leg and of a crossing is named at once.
    fn bad_legs_name_every_fault(world) {
        let (aida, _, case) = shared(world);
        let bad = json!({
            "sequence": 0, "from": {"place": " ", "country": "KG", "time_zone": "Asia/Atlantis"}, "to": {"place": "Osh"},
            "mode": "balloon", "exit_point": "x".repeat(201), "planned_departure": "tomorrow",
            "responsible": [{"country": "KZ"}],
        });
        let refused = aida.post(case.at("/legs")).json(bad).refused(422, "validation-failed");
        let mut pointers = refused.pointers();
        pointers.sort_unstable();
        assert_eq!(pointers, [
            "/exit_point", "/from/place", "/from/time_zone", "/mode", "/planned_arrival", "/planned_departure",
            "/responsible/0", "/sequence", "/to",
        ]);
        let backwards = with(world.leg(0), &json!({
            "planned_arrival": world.minutes_from_now(60),
            "responsible": [{"country": "UZ", "agency_id": aida.agency}, {"country": "UZ", "agency_id": aida.agency}],
        }));
        let refused = aida.post(case.at("/legs")).json(backwards).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), [
            "/planned_arrival", "/responsible/0/country", "/responsible/1/country", "/responsible/1/country",
        ]);
        let first = planned(&aida, &case, &world.leg(0));
        let bad = json!({"direction": "through", "country": "XX", "place": "", "time_zone": "Nowhere"});
        let refused = aida.post(format!("{first}/report-crossing")).json(bad).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/direction", "/country", "/occurred_at", "/place", "/time_zone"]);
    }

    /// With every country's leave a leg is cleared, starts once, and arrives; then the next one starts.
    fn a_leg_is_cleared_started_and_completed(world) {
        let (aida, case) = active(world, 2);
        let (first, second) = (leg_at(&aida, &case, 0), leg_at(&aida, &case, 1));
        assert_eq!(aida.get(&first).expect(200).json["status"], "planned");
        aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        assert_eq!(aida.get(&first).expect(200).json["status"], "cleared");
        let refused = aida.post(format!("{second}/start")).refused(409, "state-refused");
        assert_eq!(reasons(&refused), ["- leg-before-not-completed"]);
        let late = json!({"occurred_at": world.minutes_from_now(60)});
        assert_eq!(aida.post(format!("{first}/start")).json(late).refused(422, "validation-failed").pointers(), ["/occurred_at"]);
        let started = aida.post(format!("{first}/start")).expect(200);
        assert_eq!(started.json["status"], "in_progress");
        aida.post(format!("{first}/start")).refused(409, "state-refused");
        let etag = started.etag();
        aida.patch(&first).if_match(etag).json(json!({"mode": "rail"})).refused(409, "state-refused");
        let early = json!({"occurred_at": world.minutes_from_now(-5)});
        aida.post(format!("{first}/complete")).json(early).refused(422, "validation-failed");
        let entered = aida.post(format!("{first}/report-crossing")).json(crossing(world, "enter", "KZ", 0)).expect(201);
        assert_eq!(entered.json["flags"], json!([]));
        let arrived = aida.post(format!("{first}/complete")).json(json!({"note": "At the warehouse"})).expect(200);
        assert_eq!(arrived.json["status"], "completed");
        aida.post(format!("{second}/start")).expect(200);
    }

    /// What travels has to be in the permitted set, and within the cap, on both sides of the border.
    fn invariant_3_refused_allowed_and_flagged_as_the_country_permits(world) {
        let (aida, case) = active(world, 1);
        let first = leg_at(&aida, &case, 0);
        aida.is_granted(&case, &[House::KgProsecutor]);
        let (path, authority) = (aida.asks(&case, House::KzProsecutor), world.authority(House::KzProsecutor));
        let mut grant = world.grant();
        grant["permitted_modalities"] = json!(["substituted", "partial"]);
        authority.post(format!("{path}/grant")).json(&grant).expect(200);
        let refused = aida.post(format!("{first}/start")).refused(409, "invariant-3-not-permitted");
        assert_eq!(reasons(&refused), ["KZ modality-not-permitted"]);
        assert_eq!(refused.json["missing"][0]["subject"], consignment_of(&aida, &case));
        // A fact is taken all the same.
        let entered = aida.post(format!("{first}/report-crossing")).json(crossing(world, "enter", "KZ", 0)).expect(201);
        assert_eq!(entered.json["flags"], json!(["modality_not_permitted", "not_started"]));
        // Live is permitted, and less than there is.
        grant["permitted_modalities"] = json!(["live"]);
        grant["live_cap"] = json!({"value": "500", "unit": "g"});
        authority.post(format!("{path}/extend")).json(&grant).expect(200);
        let refused = aida.post(format!("{first}/start")).refused(409, "invariant-3-not-permitted");
        assert_eq!(reasons(&refused), ["KZ live-quantity-over-cap"]);
        let entered = aida.post(format!("{first}/report-crossing")).json(crossing(world, "enter", "KZ", 0)).expect(201);
        assert_eq!(entered.json["flags"], json!(["over_live_cap", "not_started"]));
        grant["live_cap"] = json!({"value": "1", "unit": "t"});
        authority.post(format!("{path}/extend")).json(&grant).expect(200);
        aida.post(format!("{first}/start")).expect(200);
    }

    /// Goods are replaced with the consent of every country on the route: the change is refused without it; the report that
    /// it was done is taken, flagged, and told to both sides.
    fn invariant_10_refused_allowed_flagged_told_and_unflagged_by_everybodys_consent(world) {
        let (aida, case) = active(world, 1);
        let goods = consignment_of(&aida, &case);
        let path = case.at(format!("/consignments/{goods}"));
        let grants = |house: House, granted: Value| {
            let mut request = world.request_to(house);
            request["asks"] = json!(["exit", "enter", "deliver", "substitute"]);
            let made = aida.post(case.at("/authorisations")).json(request).expect(201);
            let path = case.at(format!("/authorisations/{}", made.id()));
            aida.post(format!("{path}/submit")).expect(200);
            world.speaker(house).post(format!("{path}/acknowledge")).expect(200);
            let grant = with(world.grant(), &json!({"asks": granted}));
            world.authority(house).post(format!("{path}/grant")).json(grant).expect(200);
            path
        };
        let replace = || {
            let etag = aida.get(&path).expect(200).etag();
            aida.patch(&path).if_match(etag).json(json!({"modality": "substituted"}))
        };
        let told = || {
            let reported = aida.tells(&case, "substituted", "Osh", &world.minutes_from_now(0));
            reported.json["report"]["flags"].clone()
        };
        grants(House::KgProsecutor, json!(["exit", "substitute"]));
        let request = grants(House::KzProsecutor, json!(["enter", "deliver"]));
        let refused = replace().refused(409, "invariant-10-substitution-without-consent");
        assert_eq!(reasons(&refused), ["KZ substitution-not-granted"]);
        assert_eq!(aida.get(&path).expect(200).json["modality"], "live");
        let part = |kilos: &str| {
            let etag = aida.get(&path).expect(200).etag();
            let body = json!({"modality": "partial", "live_quantity": {"value": kilos, "unit": "kg"}});
            aida.patch(&path).if_match(etag).json(body)
        };
        part("0.5").refused(409, "invariant-10-substitution-without-consent");
        assert_eq!(told(), json!(["without_consent"]));
        world.watches();
        let alerts = aida.get("/alerts").expect(200);
        let kinds: Vec<&Value> = alerts.items().iter().map(|alert| &alert["kind"]).collect();
        assert!(kinds.contains(&&json!("substituted_without_consent")), "{kinds:?}");
        let wider = with(world.grant(), &json!({"asks": ["enter", "deliver", "substitute"]}));
        world.authority(House::KzProsecutor).post(format!("{request}/extend")).json(wider).expect(200);
        world.advance_minutes(1);
        assert_eq!(told(), json!([]));
        assert_eq!(world.watches(), 0, "with everybody's consent nobody is called");
        part("0.5").expect(200);
        let narrower = with(world.grant(), &json!({"asks": ["enter", "deliver"]}));
        world.authority(House::KzProsecutor).post(format!("{request}/extend")).json(narrower).expect(200);
        part("0.005").refused(409, "invariant-10-substitution-without-consent");
        // Back to live needs nobody's consent, and neither does what is only planned.
        let etag = aida.get(&path).expect(200).etag();
        aida.patch(&path).if_match(etag).json(json!({"modality": "live"})).expect(200);
        let (berik, plan) = (world.speaker(House::Kz), world.speaker(House::Kz).opens_case().create());
        let goods = berik.get(plan.at("/consignments")).expect(200).items()[0]["id"].as_str().unwrap().to_owned();
        berik.edits(plan.at(format!("/consignments/{goods}")), json!({"modality": "substituted"})).expect(200);
    }

    /// A grant counts within its time and at its entry points; one that was only spoken, until it lapses.
    fn invariant_1_refused_and_allowed_by_time_place_and_confirmation(world) {
        let (aida, case) = active(world, 1);
        let first = leg_at(&aida, &case, 0);
        aida.is_granted(&case, &[House::KgProsecutor]);
        let (path, authority) = (aida.asks(&case, House::KzProsecutor), world.authority(House::KzProsecutor));
        let mut grant = world.oral_grant();
        grant["entry_points"] = json!(["Dostyk"]);
        authority.post(format!("{path}/grant-orally")).json(&grant).expect(200);
        let refused = aida.post(format!("{first}/start")).refused(409, "invariant-1-leg-not-authorised");
        assert_eq!(reasons(&refused), ["KZ entry-point-not-permitted"]);
        let etag = aida.get(&first).expect(200).etag();
        aida.patch(&first).if_match(etag).json(json!({"entry_point": "dostyk"})).expect(200);
        assert_eq!(aida.get(&first).expect(200).json["status"], "cleared");
        world.advance_minutes(121);
        let refused = aida.post(format!("{first}/start")).refused(409, "invariant-1-leg-not-authorised");
        assert_eq!(reasons(&refused), ["KZ authorisation-no-longer-effective"]);
        let path = aida.asks(&case, House::KzProsecutor);
        let mut grant = world.grant();
        grant["valid_from"] = json!(world.minutes_from_now(30));
        authority.post(format!("{path}/grant")).json(&grant).expect(200);
        let refused = aida.post(format!("{first}/start")).refused(409, "invariant-1-leg-not-authorised");
        assert_eq!(reasons(&refused), ["KZ authorisation-not-yet-effective"]);
        world.advance_minutes(30);
        let begun = |minutes| json!({"occurred_at": world.minutes_from_now(minutes)});
        let refused = aida.post(format!("{first}/start")).json(begun(-1)).refused(409, "invariant-1-leg-not-authorised");
        assert_eq!(reasons(&refused), ["KZ authorisation-not-yet-effective"]);
        world.advance_minutes(5);
        aida.post(format!("{first}/start")).json(begun(-5)).expect(200);
    }

    /// A revoked grant stops the legs under way in the country at once; what was reported before stays as it was.
    fn invariant_9_allowed_revocation_marks_running_legs_must_stop(world) {
        let (aida, case) = active(world, 1);
        let first = leg_at(&aida, &case, 0);
        let asked = aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        aida.post(format!("{first}/start")).expect(200);
        world.advance_minutes(10);
        let authority = world.authority(House::KzProsecutor);
        let reason = json!({"reason_code": "risk_to_life", "reason": "They carry arms"});
        authority.post(format!("{}/revoke", asked[1])).json(&reason).expect(200);
        assert_eq!(aida.get(&first).expect(200).json["status"], "must_stop");
        let told = aida.get(case.at("/journal?limit=200")).expect(200);
        let held = told.items().iter().find(|entry| entry["action"] == "leg.held").unwrap().clone();
        assert_eq!((&held["details"]["from"], &held["details"]["status"]), (&json!("in_progress"), &json!("must_stop")));
        let refused = aida.post(format!("{first}/resume")).json(json!({"reason": "Go on"}))
            .refused(409, "invariant-1-leg-not-authorised");
        assert_eq!(reasons(&refused), ["KZ authorisation-no-longer-effective"]);
        // What happened before the revocation was authorised then, and what happened after was not.
        let path = format!("{first}/report-crossing");
        let before = aida.post(&path).json(crossing(world, "enter", "KZ", -5)).expect(201);
        assert_eq!(before.json["flags"], json!([]));
        let after = aida.post(&path).json(crossing(world, "enter", "KZ", 0)).expect(201);
        assert_eq!(after.json["flags"], json!(["unauthorised"]));
        aida.is_granted(&case, &[House::KzProsecutor]);
        aida.post(format!("{first}/resume")).json(json!({"reason": "Granted anew"})).expect(200);
        aida.post(format!("{first}/complete")).expect(200);
    }

    /// The same leg is started twice at the same moment: it starts once. So it is where leave is taken back meanwhile.
    fn of_two_starts_at_once_one_happens(world) {
        for _ in 0..3 {
            let (aida, case) = active(world, 1);
            let first = leg_at(&aida, &case, 0);
            aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
            let start = || aida.post(format!("{first}/start")).beside_others().send().status;
            let mut statuses = std::thread::scope(|scope| {
                [scope.spawn(start), scope.spawn(start)].map(|thread| thread.join().unwrap())
            });
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409]);
        }
    }

    /// Start against revocation: either the leg never started, or it must stop.
    fn a_start_and_a_revocation_at_once_leave_no_leg_running(world) {
        for _ in 0..3 {
            let (aida, case) = active(world, 1);
            let first = leg_at(&aida, &case, 0);
            let asked = aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
            let authority = world.authority(House::KzProsecutor);
            let reason = json!({"reason_code": "other", "reason": "Not now"});
            std::thread::scope(|scope| {
                scope.spawn(|| aida.post(format!("{first}/start")).beside_others().send());
                let revoke = authority.post(format!("{}/revoke", asked[1])).json(&reason).beside_others();
                assert_eq!(revoke.send().status, 200);
            });
            let status = aida.get(&first).expect(200).text("status");
            assert!(["planned", "must_stop"].contains(&status.as_str()), "{status}");
        }
    }

    /// The route check says what each country needs, by the directory and by what it answered, before anyone phones.
    fn invariant_2_flagged_and_unflagged_the_route_check_warns_before_anyone_phones(world) {
        let (aida, case) = active(world, 1);
        let codes = |country: &str| -> Vec<String> {
            let check = aida.get(case.at("/route-check")).expect(200);
            let countries = check.json["countries"].as_array().unwrap().clone();
            let found = countries.iter().find(|found| found["country"] == country).unwrap();
            let findings = found["findings"].as_array().unwrap().iter();
            findings.map(|one| format!("{} {}", one["severity"].as_str().unwrap(), one["code"].as_str().unwrap())).collect()
        };
        assert_eq!(codes("KZ"), ["missing no-profile", "missing no-request", "missing no-authority-here"]);
        world.authority(House::KzProsecutor);
        assert_eq!(codes("KZ"), ["missing no-profile", "missing no-request"]);
        let profile = json!({
            "permitted": [{"kind": "narcotic", "modalities": ["substituted"]}], "substitution_allowed": true,
            "languages": ["ru"], "legal_basis": "Code of criminal procedure", "source": "Made up",
            "reviewed_on": "2026-01-15", "notice_hours": 72,
        });
        let yerlan = world.speaker(House::Kz);
        let etag = yerlan.get("/countries/KZ").expect(200).etag();
        yerlan.put("/countries/KZ").if_match(etag).json(profile).expect(200);
        assert_eq!(codes("KZ"), [
            "missing no-request", "impossible notice-too-short", "impossible modality-forbidden",
            "missing languages-required",
        ]);
        let path = aida.asks(&case, House::KzProsecutor);
        assert!(codes("KZ").contains(&"missing not-decided".to_owned()));
        let mut grant = world.grant();
        // It ends while the goods may still be there: the plan warns.
        grant["valid_until"] = json!(world.minutes_from_now(130));
        world.authority(House::KzProsecutor).post(format!("{path}/grant")).json(&grant).expect(200);
        assert_eq!(codes("KZ"), ["warning modality-forbidden", "warning grant-ends-too-early"]);
        let longer = world.grant();
        world.authority(House::KzProsecutor).post(format!("{path}/extend")).json(longer).expect(200);
        assert_eq!(codes("KZ"), ["warning modality-forbidden"]);
        world.advance_minutes(10_000);
        assert!(codes("KZ").contains(&"missing grant-expired".to_owned()), "what has run out takes a new request");
    }

    /// The route check holds the whole grant against each leg, and says of each answer what it was.
    fn the_route_check_says_what_a_grant_does_not_cover(world) {
        let (aida, case) = active(world, 0);
        let (leaves, arrives) = (world.minutes_from_now(1000), world.minutes_from_now(1060));
        planned(&aida, &case, &with(world.leg(0), &json!({"planned_departure": leaves, "planned_arrival": arrives})));
        let codes = || -> Vec<String> {
            let check = aida.get(case.at("/route-check")).expect(200);
            let countries = check.json["countries"].as_array().unwrap().clone();
            let found = countries.iter().find(|found| found["country"] == "KZ").unwrap();
            let findings = found["findings"].as_array().unwrap().iter();
            findings.map(|one| one["code"].as_str().unwrap().to_owned()).filter(|code| code != "no-profile").collect()
        };
        let authority = world.authority(House::KzProsecutor);
        let decides = |path: &str, what: &str, body: Value| authority.post(format!("{path}/{what}")).json(body).expect(200);
        let path = aida.asks(&case, House::KzProsecutor);
        aida.post(format!("{path}/withdraw")).expect(200);
        assert_eq!(codes(), ["request-withdrawn"]);
        let path = aida.asks(&case, House::KzProsecutor);
        decides(&path, "grant-orally", world.oral_grant());
        assert_eq!(codes(), ["confirm-oral-grant"]);
        world.advance_minutes(121);
        assert_eq!(codes(), ["oral-grant-lapsed"]);
        let path = aida.asks(&case, House::KzProsecutor);
        let narrow = with(world.grant(), &json!({
            "asks": ["exit"], "entry_points": ["Dostyk"], "live_cap": {"value": "10.5", "unit": "kg"},
        }));
        decides(&path, "grant", narrow);
        assert_eq!(codes(), ["passage-not-granted", "entry-point-not-granted", "live-quantity-not-granted"]);
        decides(&path, "extend", world.grant());
        assert!(codes().is_empty());
        decides(&path, "revoke", json!({"reason_code": "other", "reason": "Not now"}));
        assert_eq!(codes(), ["grant-revoked"]);
        aida.is_granted(&case, &[House::KzProsecutor]);
        world.advance_minutes(6001);
        assert_eq!(codes(), ["grant-expired"]);
    }

    /// The readiness of a case says item by item what is missing, and shrinks to nothing.
    fn readiness_says_item_by_item_what_is_missing(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        let missing = |name: &str| -> Vec<String> {
            let readiness = aida.get(case.at("/readiness")).expect(200);
            let items = readiness.json[name].as_array().unwrap().clone();
            items.iter().map(|item| {
                let country = item["country"].as_str().unwrap_or("-");
                format!("{country} {}", item["reason"].as_str().unwrap())
            }).collect()
        };
        assert_eq!(missing("ready"), [
            "- no-legs", "- no-intervention-criteria", "- no-decision-maker", "- no-24-7-contact",
        ]);
        aida.moves(&case, json!({"to": "planning"}));
        planned(&aida, &case, &world.leg(0));
        assert_eq!(missing("ready"), [
            "KG no-intervention-criteria", "KZ no-intervention-criteria", "KG no-decision-maker", "KZ no-decision-maker",
            "KG no-24-7-contact", "KZ no-24-7-contact",
        ]);
        assert_eq!(missing("active"), ["KG no-authorisation", "KZ no-authorisation"]);
        aida.is_granted(&case, &[House::KgProsecutor]);
        let path = aida.asks(&case, House::KzProsecutor);
        assert_eq!(missing("ready"), ["- undecided-request", "KZ no-decision-maker"]);
        let etag = aida.get(&case.path).expect(200).etag();
        aida.post(case.at("/transitions")).if_match(etag).json(json!({"to": "ready"})).refused(409, "transition-not-ready");
        world.authority(House::KzProsecutor).post(format!("{path}/grant")).json(world.grant()).expect(200);
        assert!(missing("ready").is_empty() && missing("active").is_empty());
        aida.moves(&case, json!({"to": "ready"}));
        aida.moves(&case, json!({"to": "active"}));
        aida.post(format!("{}/start", leg_at(&aida, &case, 0))).expect(200);
    }
}

/// An active case of Aida's with a consignment and the first legs of the road.
fn active(world: &World, legs: usize) -> (Actor, Case) {
    let aida = world.speaker(House::Kg);
    let case = aida.recorded_case(House::Kg, "Silk", CaseStatus::Active);
    aida.post(case.at("/consignments")).json(crate::harness::consignment()).expect(201);
    for at in 0..legs {
        planned(&aida, &case, &world.leg(at));
    }
    (aida, case)
}

fn leg_at(actor: &Actor, case: &Case, at: usize) -> String {
    let legs = actor.get(case.at("/legs")).expect(200);
    case.at(format!("/legs/{}", legs.items()[at]["id"].as_str().unwrap()))
}

fn consignment_of(actor: &Actor, case: &Case) -> String {
    let goods = actor.get(case.at("/consignments")).expect(200);
    goods.items()[0]["id"].as_str().unwrap().to_owned()
}
