//! Borders: where goods come in and go out, what arrives behind one unseen, and who corrects what was reported of one.

use serde_json::{Value, json};

use super::alerts::the;
use crate::harness::{Actor, Case, House, World, both, consignment, coordinated};

/// Plans the leg of the road that begins at its `at`th place, and gives its path.
fn plans_leg(world: &World, actor: &Actor, case: &Case, at: usize) -> String {
    case.at(format!("/legs/{}", actor.post(case.at("/legs")).json(world.leg(at)).expect(201).id()))
}

/// How often `actor` is called because of a border that was crossed without leave.
fn called(actor: &Actor) -> usize {
    let alerts = actor.get("/alerts?state=open&limit=200").expect(200);
    alerts.items().iter().filter(|alert| alert["kind"] == "unauthorised_entry").count()
}

/// Goods of which Aida is in control.
fn goods_of(aida: &Actor, case: &Case) -> String {
    let goods = aida.post(case.at("/consignments")).json(consignment()).expect(201).id();
    aida.takes_control(case, &goods);
    goods
}

both! {
    /// A grant names where the goods may come in: what is reported from elsewhere is flagged and told, whatever the plan says, and
    /// a name that is written otherwise is not.
    fn invariant_1_flagged_told_and_unflagged_where_goods_come_in(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        let leg = plans_leg(world, &aida, &case, 0);
        aida.is_granted(&case, &[House::KgProsecutor]);
        let request = aida.asks(&case, House::KzProsecutor);
        let mut grant = world.grant();
        grant["entry_points"] = json!(["Korday"]);
        world.authority(House::KzProsecutor).post(format!("{request}/grant")).json(grant).expect(200);
        aida.post(format!("{leg}/start")).expect(200);
        let enters = |country: &str, place: &str| yerlan.reports_crossing(&leg, "enter", country, place);
        assert_eq!(enters("KZ", " KORDAY").json["flags"], json!([]));
        // The way back leads to no point of the plan.
        assert_eq!(enters("KG", "Dostyk").json["flags"], json!([]), "Kyrgyzstan names no point");
        assert_eq!(world.watches(), 0);
        let elsewhere = enters("KZ", "Dostyk");
        assert_eq!(elsewhere.json["flags"], json!(["unauthorised"]));
        world.watches();
        assert_eq!((called(&aida), called(&yerlan)), (1, 1));
    }

    /// A grant names where the goods may go out: the route check warns, a start from elsewhere is refused, and an exit that is
    /// reported from elsewhere is flagged and told.
    fn invariant_1_refused_allowed_flagged_told_and_unflagged_where_goods_go_out(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        let leg = plans_leg(world, &aida, &case, 0);
        let request = aida.asks(&case, House::KgProsecutor);
        let only = |points: Value| {
            let mut grant = world.grant();
            grant["exit_points"] = points;
            grant
        };
        let authority = world.authority(House::KgProsecutor);
        authority.post(format!("{request}/grant")).json(only(json!(["Chaldovar"]))).expect(200);
        aida.is_granted(&case, &[House::KzProsecutor]);
        let warned = || aida.get(case.at("/route-check")).expect(200).json.to_string().contains("exit-point-not-granted");
        assert!(warned());
        let refused = aida.post(format!("{leg}/start")).refused(409, "invariant-1-leg-not-authorised");
        assert_eq!(refused.json["missing"][0]["reason"], "exit-point-not-permitted");
        authority.post(format!("{request}/extend")).json(only(json!(["ak jol"]))).expect(200);
        assert!(!warned());
        aida.post(format!("{leg}/start")).expect(200);
        let leaves = |place: &str| yerlan.reports_crossing(&leg, "exit", "KG", place).json["flags"].clone();
        assert_eq!(leaves("Ak-Jol"), json!([]));
        assert_eq!(world.watches(), 0);
        assert_eq!(leaves("Chaldovar"), json!(["unauthorised"]));
        world.watches();
        assert_eq!((called(&aida), called(&yerlan)), (1, 1));
    }

    /// Goods that arrive behind a border which nobody saw them cross have entered the country: without its leave, or in control
    /// of an agency that is not its own, that is flagged and told there, until somebody reports the entry as it was.
    fn invariants_1_and_6_flagged_told_and_unflagged_goods_that_arrive_unseen(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        let goods = goods_of(&aida, &case);
        let (first, second) = (plans_leg(world, &aida, &case, 0), plans_leg(world, &aida, &case, 1));
        let request = aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]).remove(1);
        let mut short = world.grant();
        short["valid_until"] = json!(world.minutes_from_now(60));
        world.authority(House::KzProsecutor).post(format!("{request}/extend")).json(short).expect(200);
        aida.post(format!("{first}/start")).expect(200);
        world.advance_minutes(61);
        world.watches();
        let before = called(&aida);
        let arrived = aida.post(format!("{first}/complete")).expect(200);
        assert_eq!(arrived.json["arrival_flags"], json!(["unauthorised", "foreign_control"]));
        world.watches();
        for told in [&aida, &yerlan] {
            let alert = the(told, "unauthorised_entry");
            assert!(first.ends_with(alert["subject_id"].as_str().unwrap()), "{alert}");
        }
        assert_eq!((before, called(&aida)), (0, 1));
        // Kazakhstan's officers saw it when there was leave, and took the goods at the border.
        let entered = json!({
            "direction": "enter", "country": "KZ", "occurred_at": world.minutes_from_now(-30), "place": "Korday",
        });
        aida.hands_over(&case, &goods, &yerlan);
        let entered = yerlan.post(format!("{first}/report-crossing")).json(entered).expect(201);
        assert_eq!(entered.json["flags"], json!([]));
        world.watches();
        assert_eq!(called(&aida), 0, "the crossing tells of it");
        // Inside of a country nobody enters one.
        aida.is_granted(&case, &[House::KzProsecutor]);
        aida.post(format!("{second}/start")).expect(200);
        let inside = aida.post(format!("{second}/complete")).expect(200);
        assert_eq!((&inside.json["start_flags"], &inside.json["arrival_flags"]), (&json!([]), &json!([])));
    }

    /// Goods that arrive with leave and in control of the country's own agency raise nothing, though nobody saw them cross.
    fn invariants_1_and_6_unflagged_goods_that_arrive_as_they_may(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        let goods = goods_of(&aida, &case);
        let leg = plans_leg(world, &aida, &case, 0);
        aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        aida.post(format!("{leg}/start")).expect(200);
        aida.reports_crossing(&leg, "exit", "KG", "Ak-Jol");
        aida.hands_over(&case, &goods, &yerlan);
        world.advance_minutes(300);
        let arrived = json!({"occurred_at": world.minutes_from_now(-300)});
        let arrived = aida.post(format!("{leg}/complete")).json(arrived).expect(200);
        assert_eq!(arrived.json["arrival_flags"], json!(["late"]));
        world.watches();
        assert_eq!(called(&aida), 0);
    }

    /// A crossing is corrected by who reported it, or by the lead: nobody else settles the alarm about it.
    fn invariant_18_refused_and_allowed_nobody_settles_the_alarm_of_another(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        let hasan = world.speaker(House::Az);
        aida.admits(&case, &hasan, "partner");
        let leg = plans_leg(world, &aida, &case, 0);
        let tells = |actor: &Actor, country: &str, more: Value| {
            let mut told = json!({
                "direction": "enter", "country": country, "occurred_at": world.minutes_from_now(0), "place": "Korday",
            });
            told.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            actor.post(format!("{leg}/report-crossing")).json(told)
        };
        let corrects = |id: &str| json!({"supersedes": id, "reason": "Misread plate"});
        aida.is_granted(&case, &[House::KgProsecutor]);
        let (first, second) = (tells(&aida, "UZ", json!({})).expect(201).id(), tells(&yerlan, "UZ", json!({})).expect(201).id());
        world.watches();
        assert_eq!(called(&aida), 2);
        for partner in [&hasan, &yerlan] {
            tells(partner, "KG", corrects(&first)).refused(403, "forbidden");
        }
        tells(&hasan, "KG", corrects(&second)).refused(403, "forbidden");
        assert_eq!(world.watches(), 0);
        assert_eq!(called(&aida), 2, "the alarm stays");
        // Its own, and the lead's of any.
        tells(&yerlan, "KG", corrects(&second)).expect(201);
        world.watches();
        assert_eq!(called(&aida), 1);
        let other = tells(&hasan, "UZ", json!({})).expect(201).id();
        tells(&aida, "KG", corrects(&other)).expect(201);
        tells(&aida, "KG", corrects(&first)).expect(201);
        world.watches();
        assert_eq!(called(&aida), 0);
    }
}
