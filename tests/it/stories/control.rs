//! Who is in control: taken, handed over, lost, found, taken over, ended; and never by two at once.

use passage::cases::case::model::CaseStatus;
use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, World, acceptance, both, consignment, unknown_id};

/// An active case of Aida's with Yerlan of Kazakhstan and Hasan of Azerbaijan, and its consignment.
fn shared(world: &World) -> (Actor, Actor, Actor, Case, String) {
    let aida = world.speaker(House::Kg);
    let (yerlan, hasan) = (world.speaker(House::Kz), world.speaker(House::Az));
    let case = aida.recorded_case(House::Kg, "Silk", CaseStatus::Active);
    aida.admits(&case, &yerlan, "partner");
    aida.admits(&case, &hasan, "partner");
    let goods = aida.post(case.at("/consignments")).json(consignment()).expect(201).id();
    (aida, yerlan, hasan, case, goods)
}

fn at(world: &World, minutes: i64, place: &str) -> Value {
    json!({"occurred_at": world.minutes_from_now(minutes), "place": place})
}

fn with(mut body: Value, name: &str, value: impl Into<Value>) -> Value {
    body[name] = value.into();
    body
}

fn line(actor: &Actor, case: &Case) -> Value {
    actor.get(case.at("/control")).expect(200).json["consignments"][0].clone()
}

fn holder(actor: &Actor, case: &Case) -> Value {
    line(actor, case)["in_control"]["agency_id"].clone()
}

/// Periods follow each other without a gap, and at most the last one is open.
#[track_caller]
fn is_one_line(line: &Value) {
    let periods = line["periods"].as_array().unwrap();
    for (number, period) in periods.iter().enumerate() {
        assert_eq!(period["number"], number + 1);
        let next = periods.get(number + 1);
        assert!(period["ended_at"].is_string() || next.is_none(), "{line}");
        if let Some(next) = next {
            assert_eq!(period["ended_at"], next["begun_at"], "{line}");
        }
    }
}

fn proposed(world: &World, by: &Actor, case: &Case, goods: &str, to: &Actor) -> String {
    let made = by.post(case.at("/handovers")).json(world.proposal(goods, to)).expect(201);
    case.at(format!("/handovers/{}", made.id()))
}

fn offered(world: &World, by: &Actor, case: &Case, goods: &str, to: &Actor) -> String {
    let path = proposed(world, by, case, goods, to);
    to.post(format!("{path}/agree")).expect(200);
    by.post(format!("{path}/offer")).expect(200);
    path
}

both! {
    /// Control is taken once; nobody takes it from another, and nobody ends another's.
    fn invariant_4_refused_and_allowed_exactly_one_agency_is_in_control(world) {
        let (aida, yerlan, _, case, goods) = shared(world);
        assert_eq!(line(&aida, &case)["in_control"], Value::Null);
        let path = case.at(format!("/consignments/{goods}"));
        yerlan.post(format!("{path}/end-control")).json(with(at(world, 0, "Osh"), "reason", "seized"))
            .refused(409, "invariant-4-one-control-period");
        aida.takes_control(&case, &goods);
        assert_eq!(holder(&yerlan, &case), aida.agency);
        aida.post(format!("{path}/take-control")).json(at(world, 0, "Osh")).refused(409, "invariant-4-one-control-period");
        yerlan.post(format!("{path}/take-control")).json(at(world, 0, "Osh")).refused(409, "invariant-5-control-by-handover");
        let end = with(at(world, 0, "Osh"), "reason", "delivered_and_seized");
        yerlan.post(format!("{path}/end-control")).json(&end).refused(409, "invariant-5-control-by-handover");
        let early = with(at(world, -60, "Osh"), "reason", "seized");
        aida.post(format!("{path}/end-control")).json(early).refused(422, "validation-failed");
        aida.post(format!("{path}/end-control")).json(&end).expect(200);
        assert_eq!(line(&aida, &case)["in_control"], Value::Null);
        aida.post(format!("{path}/take-control")).json(at(world, 0, "Osh")).refused(409, "invariant-4-one-control-period");
        let strange = case.at(format!("/consignments/{}/take-control", unknown_id()));
        aida.post(strange).json(at(world, 0, "Osh")).refused(404, "not-found");
        is_one_line(&line(&aida, &case));
    }

    /// Whatever the code does, the database holds no second open period and no second open handover.
    fn invariant_4_refused_by_the_database_itself(world) {
        let (aida, yerlan, _, case, goods) = shared(world);
        aida.takes_control(&case, &goods);
        proposed(world, &aida, &case, &goods, &yerlan);
        let columns = "case_id, agency_id, begun_how, begun_at, begun_place, begun_time_zone, begun_by, flags, ended_flags, recorded_at";
        let second = format!(
            "INSERT INTO control_periods (consignment_id, number, {columns}) SELECT consignment_id, 2, {columns} FROM control_periods"
        );
        let error = world.probe().execute(&second).unwrap_err().to_string();
        assert!(error.to_lowercase().contains("unique"), "{error}");
        // A handover that has ended stands in the way of none; another one that is open does.
        let columns = "case_id, consignment_id, from_agency_id, to_agency_id, leg_id, place, time_zone, window_from, window_until, seals, status";
        let rest = "emergency, proposed_by, proposing_agency_id, flags, version, created_at, updated_at";
        let another = |open: &str| format!(
            "INSERT INTO handovers (id, {columns}, open, {rest}) SELECT case_id, {columns}, {open}, {rest} FROM handovers"
        );
        let error = world.probe().execute(&another("open")).unwrap_err().to_string();
        assert!(error.to_lowercase().contains("unique"), "{error}");
        world.probe().execute(&another("NOT open")).unwrap();
    }

    /// Control changes by a handover that the receiver accepts, and by nothing before that.
    fn invariant_5_refused_and_allowed_until_it_is_accepted_the_releaser_is_in_control(world) {
        let (aida, yerlan, hasan, case, goods) = shared(world);
        let none = aida.post(case.at("/handovers")).json(world.proposal(&goods, &yerlan));
        none.refused(409, "invariant-5-control-by-handover");
        aida.takes_control(&case, &goods);
        let path = proposed(world, &aida, &case, &goods, &yerlan);
        let again = aida.post(case.at("/handovers")).json(world.proposal(&goods, &hasan));
        again.refused(409, "duplicate");
        // Each step by its own side, in its turn.
        let accepts = |actor: &Actor| actor.post(format!("{path}/accept")).json(acceptance());
        accepts(&yerlan).refused(409, "state-refused");
        aida.post(format!("{path}/agree")).refused(403, "forbidden");
        hasan.post(format!("{path}/agree")).refused(403, "forbidden");
        yerlan.post(format!("{path}/agree")).expect(200);
        yerlan.post(format!("{path}/offer")).refused(403, "forbidden");
        assert_eq!(holder(&aida, &case), aida.agency);
        aida.post(format!("{path}/offer")).expect(200);
        assert_eq!(holder(&aida, &case), aida.agency);
        accepts(&aida).refused(403, "forbidden");
        accepts(&hasan).refused(403, "forbidden");
        let accepted = accepts(&yerlan).expect(200);
        assert_eq!(accepted.json["flags"], json!([]));
        assert_eq!(holder(&aida, &case), yerlan.agency);
        accepts(&yerlan).refused(409, "state-refused");
        is_one_line(&line(&aida, &case));
        // The receiver may ask for it, and then the releaser agrees.
        let wished = hasan.post(case.at("/handovers")).json(world.proposal(&goods, &hasan)).expect(201);
        let wished = case.at(format!("/handovers/{}", wished.id()));
        hasan.post(format!("{wished}/agree")).refused(403, "forbidden");
        yerlan.post(format!("{wished}/agree")).expect(200);
        yerlan.post(format!("{wished}/offer")).expect(200);
        let refused = hasan.post(format!("{wished}/refuse")).json(json!({"reason": "Seal broken"})).expect(200);
        assert_eq!(refused.json["status"], "refused");
        assert_eq!(holder(&aida, &case), yerlan.agency);
    }

    /// A window that has passed lets a handover come to nothing by itself; what happened in it may be told after it.
    fn a_handover_times_out_with_its_window(world) {
        let (aida, yerlan, _, case, goods) = shared(world);
        aida.takes_control(&case, &goods);
        let late = offered(world, &aida, &case, &goods, &yerlan);
        world.advance_minutes(125);
        assert_eq!(aida.get(&late).expect(200).json["status"], "timed_out");
        yerlan.post(format!("{late}/accept")).json(acceptance()).refused(409, "state-refused");
        let in_time = with(acceptance(), "occurred_at", world.minutes_from_now(-20));
        let accepted = yerlan.post(format!("{late}/accept")).json(in_time).expect(200);
        assert_eq!(accepted.json["flags"], json!(["recorded_late"]));
        assert_eq!(holder(&aida, &case), yerlan.agency);
        // One that timed out stands in the way of no other.
        let path = proposed(world, &yerlan, &case, &goods, &aida);
        world.advance_minutes(125);
        proposed(world, &yerlan, &case, &goods, &aida);
        assert_eq!(yerlan.get(&path).expect(200).json["status"], "timed_out");
        is_one_line(&line(&aida, &case));
    }

    /// A difference between what was given and what was received is a flag, and no error.
    fn invariants_11_and_17_flagged_and_unflagged_differences(world) {
        let (aida, yerlan, _, case, goods) = shared(world);
        aida.takes_control(&case, &goods);
        let path = offered(world, &aida, &case, &goods, &yerlan);
        let bad = json!({"quantity": {"value": "much", "unit": "kg"}, "condition": " ", "occurred_at": world.minutes_from_now(60)});
        let refused = yerlan.post(format!("{path}/accept")).json(bad).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/quantity/value", "/condition", "/seals", "/occurred_at"]);
        let other = json!({"quantity": {"value": "10590", "unit": "g"}, "condition": "Tape cut", "seals": ["KG-4712"]});
        let accepted = yerlan.post(format!("{path}/accept")).json(other).expect(200);
        assert_eq!(accepted.json["flags"], json!(["quantity_differs", "seals_differ"]));
        // As it was given, however it is written.
        let back = offered(world, &yerlan, &case, &goods, &aida);
        let same = json!({"quantity": {"value": "10600", "unit": "g"}, "condition": "Dry", "seals": ["kg-4711"]});
        let accepted = aida.post(format!("{back}/accept")).json(same).expect(200);
        assert_eq!(accepted.json["flags"], json!([]));
    }

    /// Control begins in one's own country; elsewhere only where a grant allows it. What is so nevertheless is flagged.
    fn invariant_6_flagged_and_unflagged_whoever_is_in_control_is_at_home(world) {
        let (aida, yerlan, _, case, goods) = shared(world);
        let leg = aida.post(case.at("/legs")).json(world.leg(0)).expect(201).id();
        let take = case.at(format!("/consignments/{goods}/take-control"));
        yerlan.post(&take).json(at(world, 0, "Osh")).refused(409, "invariant-6-not-in-the-country");
        aida.takes_control(&case, &goods);
        // The goods cross while Aida is in control: recorded, flagged.
        let enters = || {
            let entered = json!({
                "direction": "enter", "country": "KZ", "occurred_at": world.minutes_from_now(0), "place": "Korday",
            });
            aida.post(case.at(format!("/legs/{leg}/report-crossing"))).json(entered).expect(201)
        };
        let crossed = enters();
        assert_eq!(crossed.json["flags"], json!(["unauthorised", "foreign_control", "not_started"]));
        let yerlans = aida.hands_over(&case, &goods, &yerlan);
        assert_eq!(aida.get(yerlans).expect(200).json["flags"], json!([]));
        let back = yerlan.hands_over(&case, &goods, &aida);
        assert_eq!(aida.get(back).expect(200).json["flags"], json!(["foreign_control"]));
        // A grant that allows foreign officers makes it right.
        let request = aida.asks(&case, House::KzProsecutor);
        let grant = with(world.grant(), "foreign_officers", true);
        world.authority(House::KzProsecutor).post(format!("{request}/grant")).json(grant).expect(200);
        aida.hands_over(&case, &goods, &yerlan);
        let back = yerlan.hands_over(&case, &goods, &aida);
        assert_eq!(aida.get(back).expect(200).json["flags"], json!([]));
        let crossed = enters();
        assert_eq!(crossed.json["flags"], json!(["not_started"]));
    }

    /// A loss leaves the last controller responsible, and the legs under way are lost until the goods are found.
    fn a_loss_is_always_taken_and_keeps_the_controller_responsible(world) {
        let (aida, yerlan, _, case, goods) = shared(world);
        let leg = aida.post(case.at("/legs")).json(world.leg(0)).expect(201).id();
        let leg = case.at(format!("/legs/{leg}"));
        aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        let path = case.at(format!("/consignments/{goods}"));
        let early = yerlan.post(format!("{path}/report-loss")).json(at(world, 0, "Osh")).expect(200);
        assert_eq!(early.json["reports"][0]["flags"], json!(["nobody_in_control"]));
        aida.takes_control(&case, &goods);
        aida.post(format!("{leg}/start")).expect(200);
        let told = with(at(world, 0, "Before Taraz"), "note", "The signal is gone");
        let lost = yerlan.post(format!("{path}/report-loss")).json(&told).expect(200);
        assert_eq!(lost.json["in_control"]["agency_id"], aida.agency);
        assert!(lost.json["in_control"]["lost_since"].is_string());
        assert_eq!(aida.get(&leg).expect(200).json["status"], "lost");
        let again = aida.post(format!("{path}/report-loss")).json(&told).expect(200);
        assert_eq!(again.json["reports"][2]["flags"], json!(["repeated"]));
        let found = yerlan.post(format!("{path}/report-recovery")).json(at(world, 0, "Taraz")).expect(200);
        assert_eq!(found.json["in_control"]["lost_since"], Value::Null);
        assert_eq!(aida.get(&leg).expect(200).json["status"], "in_progress");
        // Given up, and found after all.
        let end = with(at(world, 0, "Taraz"), "reason", "lost_for_good");
        aida.post(format!("{path}/end-control")).json(end).expect(200);
        let found = yerlan.post(format!("{path}/report-recovery")).json(at(world, 0, "Taraz")).expect(200);
        assert_eq!(found.json["in_control"]["agency_id"], yerlan.agency);
        assert_eq!(found.json["reports"].as_array().unwrap().last().unwrap()["flags"], json!(["gap", "foreign_control"]));
    }

    /// Goods that were given up and are found are in control of who found them: of the country where they are, or flagged.
    fn invariant_6_flagged_told_and_unflagged_goods_that_are_found(world) {
        let (aida, yerlan, _, case, goods) = shared(world);
        aida.post(case.at("/legs")).json(world.leg(0)).expect(201);
        let path = case.at(format!("/consignments/{goods}"));
        aida.takes_control(&case, &goods);
        let finds = |actor: &Actor| {
            world.advance_minutes(1);
            let holder = if actor.agency == aida.agency { &yerlan } else { &aida };
            let end = with(at(world, 0, "Osh"), "reason", "lost_for_good");
            holder.post(format!("{path}/end-control")).json(end).expect(200);
            let found = actor.post(format!("{path}/report-recovery")).json(at(world, 0, "Osh")).expect(200);
            let period = found.json["periods"].as_array().unwrap().last().unwrap()["flags"].clone();
            assert_eq!(period, found.json["reports"].as_array().unwrap().last().unwrap()["flags"]);
            period
        };
        assert_eq!(finds(&yerlan), json!(["gap", "foreign_control"]));
        world.watches();
        let told = |actor: &Actor| actor.get("/alerts").expect(200).json.to_string().contains("control_irregular");
        assert!(told(&aida) && told(&yerlan));
        assert_eq!(finds(&aida), json!(["gap"]));
    }

    /// A loss and a recovery do not undo a revocation, nor an intervention: found, the goods stand where they stood, and where
    /// a country does not allow it any more they have to stop.
    fn invariant_9_refused_a_loss_and_a_recovery_undo_no_revocation(world) {
        let (aida, yerlan, _, case, goods) = shared(world);
        let leg = aida.post(case.at("/legs")).json(world.leg(0)).expect(201).id();
        let leg = case.at(format!("/legs/{leg}"));
        let asked = aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        aida.takes_control(&case, &goods);
        aida.post(format!("{leg}/start")).expect(200);
        let path = case.at(format!("/consignments/{goods}"));
        let loses = || aida.post(format!("{path}/report-loss")).json(at(world, 0, "Taraz")).expect(200);
        let finds = || yerlan.post(format!("{path}/report-recovery")).json(at(world, 0, "Taraz")).expect(200);
        let stands = |status: &str, when_found: Value| {
            let shown = aida.get(&leg).expect(200);
            assert_eq!((&shown.json["status"], &shown.json["when_found"]), (&json!(status), &when_found));
        };
        let revokes = |request: &str| {
            let reason = json!({"reason_code": "risk_to_life", "reason": "They carry arms"});
            world.authority(House::KzProsecutor).post(format!("{request}/revoke")).json(reason).expect(200);
        };
        let resumes = || aida.post(format!("{leg}/resume")).json(json!({"reason": "Goes on"}));
        // Told to stop, then lost, then found.
        revokes(&asked[1]);
        stands("must_stop", Value::Null);
        // What is held goes on before it arrives.
        let arrives = |held_by: &str| {
            let refused = aida.post(format!("{leg}/complete")).refused(409, "state-refused");
            assert_eq!(refused.json["missing"][0]["reason"], held_by);
        };
        arrives("leg-must-stop");
        loses();
        stands("lost", json!("must_stop"));
        arrives("goods-lost");
        finds();
        stands("must_stop", Value::Null);
        let kz = aida.is_granted(&case, &[House::KzProsecutor]);
        resumes().expect(200);
        // Lost, then told to stop, then found. What is lost is lost whoever may let it pass, and goes nowhere.
        loses();
        stands("lost", json!("in_progress"));
        revokes(&kz[0]);
        stands("lost", json!("must_stop"));
        let refused = resumes().refused(409, "state-refused");
        assert_eq!(refused.json["missing"][0]["reason"], "goods-lost");
        finds();
        stands("must_stop", Value::Null);
        // Found when the leave has run out.
        let short = aida.asks(&case, House::KzProsecutor);
        let grant = with(world.grant(), "valid_until", world.minutes_from_now(60));
        world.authority(House::KzProsecutor).post(format!("{short}/grant")).json(grant).expect(200);
        resumes().expect(200);
        loses();
        world.advance_minutes(61);
        finds();
        stands("must_stop", Value::Null);
        // Agencies have intervened while nobody knew where the goods were.
        aida.is_granted(&case, &[House::KzProsecutor]);
        resumes().expect(200);
        loses();
        aida.moves(&case, json!({"to": "intervention"}));
        stands("lost", json!("intervened"));
        finds();
        stands("intervened", Value::Null);
        arrives("leg-intervened");
    }

    /// Where two consignments are lost, finding one of them lets nothing go on.
    fn a_leg_is_lost_until_all_its_goods_are_found(world) {
        let (aida, yerlan, _, case, goods) = shared(world);
        let other = aida.post(case.at("/consignments")).json(consignment()).expect(201).id();
        let leg = aida.post(case.at("/legs")).json(world.leg(0)).expect(201).id();
        let leg = case.at(format!("/legs/{leg}"));
        aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        aida.takes_control(&case, &goods);
        aida.takes_control(&case, &other);
        aida.post(format!("{leg}/start")).expect(200);
        let says = |goods: &str, what: &str| {
            let path = case.at(format!("/consignments/{goods}/{what}"));
            aida.post(path).json(at(world, 0, "Taraz")).expect(200);
            aida.get(&leg).expect(200).text("status")
        };
        assert_eq!(says(&goods, "report-loss"), "lost");
        assert_eq!(says(&other, "report-loss"), "lost");
        assert_eq!(says(&goods, "report-recovery"), "lost");
        assert_eq!(says(&other, "report-recovery"), "in_progress");
        // Whoever takes over what was lost has found it.
        assert_eq!(says(&other, "report-loss"), "lost");
        let told = with(with(at(world, 0, "Before Taraz"), "reason", "Seen at a filling station"), "consignment_id", other);
        yerlan.post(case.at("/handovers/emergency-takeover")).json(told).expect(201);
        assert_eq!(aida.get(&leg).expect(200).json["status"], "in_progress");
    }

    /// A leg waits while its goods are offered, and goes on however that ends.
    fn a_leg_waits_at_a_handover_and_is_not_stuck_there(world) {
        let (aida, yerlan, hasan, case, goods) = shared(world);
        let leg = aida.post(case.at("/legs")).json(world.leg(0)).expect(201).id();
        let path = case.at(format!("/legs/{leg}"));
        aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        aida.takes_control(&case, &goods);
        aida.post(format!("{path}/start")).expect(200);
        let stands = |status: &str| assert_eq!(aida.get(&path).expect(200).json["status"], status);
        let offers = |by: &Actor, to: &Actor| {
            let proposal = with(world.proposal(&goods, to), "leg_id", leg.clone());
            let made = by.post(case.at("/handovers")).json(proposal).expect(201);
            let handover = case.at(format!("/handovers/{}", made.id()));
            to.post(format!("{handover}/agree")).expect(200);
            by.post(format!("{handover}/offer")).expect(200);
            stands("at_handover");
            handover
        };
        let accepted = offers(&aida, &yerlan);
        let resumes = || aida.post(format!("{path}/resume")).json(json!({"reason": "Nobody came"}));
        let refused = resumes().refused(409, "state-refused");
        assert_eq!(refused.json["missing"][0]["reason"], "handover-under-way");
        yerlan.post(format!("{accepted}/accept")).json(acceptance()).expect(200);
        stands("in_progress");
        let refused = offers(&yerlan, &aida);
        aida.post(format!("{refused}/refuse")).json(json!({"reason": "Seal broken"})).expect(200);
        stands("in_progress");
        // Its window passes: the leg goes on by a command, or with the next proposal.
        offers(&yerlan, &aida);
        world.advance_minutes(121);
        stands("at_handover");
        resumes().expect(200);
        stands("in_progress");
        proposed(world, &yerlan, &case, &goods, &aida);
        world.advance_minutes(121);
        offers(&yerlan, &aida);
        world.advance_minutes(121);
        let next = proposed(world, &yerlan, &case, &goods, &hasan);
        stands("in_progress");
        let cancelled = yerlan.post(format!("{next}/cancel")).expect(200);
        assert_eq!(cancelled.json["reason"], Value::Null, "nobody has to say why");
        // Somebody has to take over, or control ends.
        offers(&yerlan, &aida);
        let told = with(with(at(world, 0, "Before Taraz"), "reason", "An accident"), "consignment_id", goods.clone());
        hasan.post(case.at("/handovers/emergency-takeover")).json(told).expect(201);
        stands("in_progress");
        offers(&hasan, &aida);
        let end = with(at(world, 0, "Taraz"), "reason", "seized");
        hasan.post(case.at(format!("/consignments/{goods}/end-control"))).json(end).expect(200);
        stands("in_progress");
    }

    /// Two consignments are handed over on one leg: it waits for both. What is told to stop there stays told.
    fn a_leg_waits_for_all_that_is_handed_over_on_it(world) {
        let (aida, yerlan, _, case, goods) = shared(world);
        let other = aida.post(case.at("/consignments")).json(consignment()).expect(201).id();
        let leg = aida.post(case.at("/legs")).json(world.leg(0)).expect(201).id();
        let asked = aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        aida.post(case.at(format!("/legs/{leg}/start"))).expect(200);
        let offers = |goods: &str| {
            let proposal = with(world.proposal(goods, &yerlan), "leg_id", leg.clone());
            let made = aida.post(case.at("/handovers")).json(proposal).expect(201);
            let handover = case.at(format!("/handovers/{}", made.id()));
            yerlan.post(format!("{handover}/agree")).expect(200);
            aida.post(format!("{handover}/offer")).expect(200);
            handover
        };
        aida.takes_control(&case, &goods);
        aida.takes_control(&case, &other);
        let (first, second) = (offers(&goods), offers(&other));
        let accepts = |handover: &str| {
            yerlan.post(format!("{handover}/accept")).json(acceptance()).expect(200);
            aida.get(case.at(format!("/legs/{leg}"))).expect(200).text("status")
        };
        assert_eq!(accepts(&first), "at_handover");
        let reason = json!({"reason_code": "risk_to_life", "reason": "They carry arms"});
        world.authority(House::KzProsecutor).post(format!("{}/revoke", asked[1])).json(reason).expect(200);
        assert_eq!(accepts(&second), "must_stop");
    }

    /// A takeover that cannot wait is recorded whoever is in control, and a handover under way comes to nothing.
    fn an_emergency_takeover_is_always_taken(world) {
        let (aida, yerlan, hasan, case, goods) = shared(world);
        aida.takes_control(&case, &goods);
        let path = offered(world, &aida, &case, &goods, &hasan);
        let told = with(with(at(world, 0, "Before Taraz"), "reason", "The escort was in an accident"), "consignment_id", goods.clone());
        let taken = yerlan.post(case.at("/handovers/emergency-takeover")).json(&told).expect(201);
        assert_eq!(taken.json["flags"], json!(["emergency"]));
        assert_eq!(taken.json["from_agency_id"], aida.agency);
        assert_eq!(holder(&aida, &case), yerlan.agency);
        assert_eq!(aida.get(&path).expect(200).json["status"], "cancelled");
        hasan.post(format!("{path}/accept")).json(acceptance()).refused(409, "state-refused");
        let again = yerlan.post(case.at("/handovers/emergency-takeover")).json(&told).expect(201);
        assert_eq!(again.json["flags"], json!(["emergency", "repeated"]));
        let early = with(told.clone(), "occurred_at", world.minutes_from_now(-500));
        let late = hasan.post(case.at("/handovers/emergency-takeover")).json(early).expect(201);
        assert_eq!(late.json["flags"], json!(["emergency", "out_of_order", "late"]));
        is_one_line(&line(&aida, &case));
        let unknown = with(told, "consignment_id", unknown_id());
        let refused = yerlan.post(case.at("/handovers/emergency-takeover")).json(unknown).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/consignment_id"]);
    }

    /// Whoever is in control neither leaves nor is removed, and intervenes without asking anybody.
    fn invariant_15_allowed_whoever_is_in_control_stays_and_may_intervene(world) {
        let (aida, yerlan, hasan, case, goods) = shared(world);
        let leg = aida.post(case.at("/legs")).json(world.leg(0)).expect(201).id();
        aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        aida.post(case.at(format!("/legs/{leg}/start"))).expect(200);
        aida.takes_control(&case, &goods);
        aida.hands_over(&case, &goods, &yerlan);
        yerlan.post(case.at(format!("/members/{}/leave", yerlan.agency))).refused(409, "state-refused");
        aida.post(case.at(format!("/members/{}/remove", yerlan.agency))).json(json!({"reason": "No"})).refused(409, "state-refused");
        let intervenes = |actor: &Actor| {
            let etag = actor.get(&case.path).expect(200).etag();
            actor.post(case.at("/transitions")).if_match(etag).json(json!({"to": "intervention"}))
        };
        intervenes(&hasan).refused(403, "forbidden");
        intervenes(&aida).refused(403, "forbidden");
        let moved = intervenes(&yerlan).expect(200);
        assert_eq!(moved.json["status"], "intervention");
        assert!(moved.json["report_due_at"].is_string());
        assert_eq!(aida.get(case.at(format!("/legs/{leg}"))).expect(200).json["status"], "intervened");
    }

    /// A case is not closed while somebody is in control or a handover waits.
    fn invariant_25_refused_and_allowed_nothing_is_closed_while_somebody_is_in_control(world) {
        let (aida, yerlan, hasan, case, goods) = shared(world);
        aida.takes_control(&case, &goods);
        for state in [&aida, &yerlan, &hasan] {
            state.post(case.at("/reports")).json(json!({"summary": "Seized at Osh"})).expect(201);
        }
        let path = proposed(world, &aida, &case, &goods, &yerlan);
        aida.moves(&case, json!({"to": "concluded", "outcome": "early_intervention"}));
        let etag = aida.get(&case.path).expect(200).etag();
        let refused = aida.post(case.at("/transitions")).if_match(etag).json(json!({"to": "closed"}))
            .refused(409, "invariant-25-not-closable");
        let missing = refused.json["missing"].as_array().unwrap();
        let reasons: Vec<&str> = missing.iter().map(|missing| missing["reason"].as_str().unwrap()).collect();
        assert_eq!(reasons, ["open-control-period", "unaccepted-handover"]);
        assert_eq!(missing[0]["subject"], goods);
        let end = with(at(world, 0, "Osh"), "reason", "seized");
        aida.post(case.at(format!("/consignments/{goods}/end-control"))).json(end).expect(200);
        assert_eq!(aida.get(&path).expect(200).json["status"], "cancelled");
        aida.moves(&case, json!({"to": "closed"}));
    }

    /// Two take control, or accept, at the same moment: one of them does.
    fn of_two_at_once_one_is_in_control(world) {
        let (aida, yerlan, _, case, goods) = shared(world);
        let colleague = world.another_officer(House::Kg, passage::access::Role::LiaisonOfficer);
        let take = case.at(format!("/consignments/{goods}/take-control"));
        let said = at(world, 0, "Osh");
        let race = |one: &(dyn Fn() -> u16 + Sync), other: &(dyn Fn() -> u16 + Sync)| {
            let mut statuses = std::thread::scope(|scope| {
                [scope.spawn(one), scope.spawn(other)].map(|thread| thread.join().unwrap())
            });
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409]);
        };
        race(
            &|| aida.post(&take).json(&said).beside_others().send().status,
            &|| colleague.post(&take).json(&said).beside_others().send().status,
        );
        for (giver, receiver) in [(&aida, &yerlan), (&yerlan, &aida)] {
            let path = offered(world, giver, &case, &goods, receiver);
            let accept = || receiver.post(format!("{path}/accept")).json(acceptance()).beside_others().send().status;
            race(&accept, &accept);
            // Acceptance against a change of mind.
            let path = offered(world, receiver, &case, &goods, giver);
            race(
                &|| giver.post(format!("{path}/accept")).json(acceptance()).beside_others().send().status,
                &|| receiver.post(format!("{path}/cancel")).json(json!({"reason": "No"})).beside_others().send().status,
            );
            if holder(&aida, &case) == giver.agency {
                giver.hands_over(&case, &goods, receiver);
            }
            is_one_line(&line(&aida, &case));
        }
    }
}
