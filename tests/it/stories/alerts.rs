//! Alerts: told once, passed on by time, settled when their cause is gone; and to nobody else.

use std::collections::BTreeSet;

use passage::access::Role;
use serde_json::{Value, json};

use super::feed::follows;
use crate::harness::{
    Actor, House, Probe, World, both, consignment, coordinated, country_profile, evidence,
};

pub(super) fn kinds(actor: &Actor, query: &str) -> BTreeSet<String> {
    let alerts = actor.get(format!("/alerts{query}")).expect(200);
    alerts.items().iter().map(|alert| alert["kind"].as_str().unwrap().to_owned()).collect()
}

pub(super) fn the(actor: &Actor, kind: &str) -> Value {
    let alerts = actor.get("/alerts").expect(200);
    let found: Vec<&Value> = alerts.items().iter().filter(|alert| alert["kind"] == kind).collect();
    assert_eq!(found.len(), 1, "{kind}: {alerts}");
    found[0].clone()
}

both! {
    /// A milestone is due, then overdue; each is told once, passed on while nobody answers, and settled by the report.
    fn a_cause_is_told_once_passed_on_and_settled(world) {
        let (aida, yerlan, centre, case) = coordinated(world);
        let path = yerlan.plans(&case, "arrived_border", "Korday", 10);
        assert_eq!(world.watches(), 0);
        world.advance_minutes(15);
        assert_eq!(world.watches(), 2, "for the one who planned it, and for the lead");
        assert_eq!(world.watches(), 0);
        assert_eq!(the(&aida, "milestone_due")["level"], 0);
        // Overdue: the former is settled, the new one raised.
        world.advance_minutes(30);
        assert_eq!(world.watches(), 4);
        assert!(the(&aida, "milestone_due")["resolved_at"].is_string());
        assert!(kinds(&centre, "").is_empty());
        world.advance_minutes(16);
        assert_eq!(world.watches(), 2);
        assert_eq!(the(&yerlan, "milestone_overdue")["level"], 1);
        // A clock that went back takes nothing back and tells nothing twice.
        world.advance_minutes(-20);
        assert_eq!(world.watches(), 0);
        world.advance_minutes(40);
        assert_eq!(world.watches(), 2);
        assert_eq!(the(&aida, "milestone_overdue")["level"], 2);
        assert_eq!(kinds(&centre, "?state=open"), BTreeSet::from(["milestone_overdue".to_owned()]));
        yerlan.reports(&path, "Korday");
        assert_eq!(world.watches(), 2);
        assert!(kinds(&aida, "?state=open").is_empty());
        assert_eq!(kinds(&aida, "?state=resolved").len(), 2);
    }

    /// What is known of a country is to be reviewed by its day: the agency that keeps it is told, and no other; a new version
    /// settles it.
    fn a_review_that_is_due_is_told_to_who_keeps_the_profile(world) {
        let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
        let police = world.speaker(House::KgPolice);
        let keep = |due: &str, version: &str| {
            let mut profile = country_profile();
            profile["review_due_on"] = json!(due);
            aida.put("/countries/KG").if_match(version).json(profile).expect(200);
        };
        keep("2026-03-05", "\"0\"");
        world.advance_minutes(4 * 24 * 60);
        assert_eq!(world.watches(), 0, "the day itself is still in time");
        world.advance_minutes(24 * 60);
        assert_eq!(world.watches(), 1);
        let alert = the(&aida, "review_due");
        assert_eq!((&alert["since"], &alert["case_id"]), (&json!("2026-03-06T00:00:00.000000Z"), &Value::Null));
        assert!(kinds(&yerlan, "").is_empty() && kinds(&police, "").is_empty());
        assert_eq!(world.watches(), 0);
        keep("2026-09-01", "\"1\"");
        assert_eq!(world.watches(), 1);
        assert!(the(&aida, "review_due")["resolved_at"].is_string());
    }

    /// What cannot be settled in one case keeps nobody waiting who is called by another one, and is told once it can be.
    fn what_cannot_be_settled_keeps_nothing_else_waiting(world) {
        let (aida, _, _, first) = coordinated(world);
        let (_, _, _, second) = coordinated(world);
        assert!(first.id < second.id, "cases are looked at in the order in which they were opened");
        for case in [&first, &second] {
            aida.plans(case, "arrived_border", "Korday", -60);
        }
        let planted = {
            let mut probe = world.probe();
            let of_first = format!("WHEN (NEW.case_id = {})", probe.id(&first.id));
            match *probe {
                Probe::Sqlite(_) => {
                    probe.execute(&format!(
                        "CREATE TRIGGER planted BEFORE INSERT ON alerts {of_first} BEGIN SELECT RAISE(ABORT, 'planted'); END"
                    )).unwrap();
                    "DROP TRIGGER planted"
                }
                Probe::Postgres(_) => {
                    probe.execute(
                        "CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS \
                         'BEGIN RAISE EXCEPTION ''planted''; END'"
                    ).unwrap();
                    probe.execute(&format!(
                        "CREATE TRIGGER planted BEFORE INSERT ON alerts FOR EACH ROW {of_first} EXECUTE FUNCTION planted()"
                    )).unwrap();
                    "DROP TRIGGER planted ON alerts"
                }
            }
        };
        assert_eq!(world.watches(), 1);
        assert_eq!(the(&aida, "milestone_overdue")["case_id"], second.id.as_str());
        assert_eq!(world.watches(), 0);
        world.probe().execute(planted).unwrap();
        assert_eq!(world.watches(), 1);
        assert_eq!(aida.get(format!("/alerts?case={}", first.id)).expect(200).items().len(), 1);
    }

    /// What has come to the coordinators is told to them by the feed, as the journal shows it to them; before that it is not.
    fn what_is_passed_on_to_the_coordinators_is_told_to_them(world) {
        let (aida, yerlan, centre, case) = coordinated(world);
        let mut stream = follows(&centre, "/feed");
        let path = yerlan.plans(&case, "arrived_border", "Korday", -60);
        world.watches();
        world.advance_minutes(16);
        world.watches();
        world.advance_minutes(30);
        world.watches();
        yerlan.reports(&path, "Korday");
        world.watches();
        aida.plans(&case, "checkpoint", "Taraz", 60);
        let mut told = stream.until("milestone.planned");
        told.extend(stream.until("milestone.planned"));
        let alerts: Vec<(&str, i64)> = told
            .iter()
            .filter(|event| event.data["subject"]["kind"] == "alert")
            .map(|event| (event.data["action"].as_str().unwrap(), event.data["details"]["level"].as_i64().unwrap()))
            .collect();
        let each = [("alert.escalated", 2), ("alert.escalated", 2), ("alert.resolved", 2), ("alert.resolved", 2)];
        assert_eq!(alerts, each, "for each of the two agencies");
        let journal = centre.get(case.at("/journal?limit=200")).expect(200);
        let shown = journal.items().iter().filter(|entry| entry["subject"]["kind"] == "alert").count();
        assert_eq!(shown, each.len());
    }

    /// Who acknowledged an alert stands in it; it is passed on no further, and stays until its cause is gone.
    fn an_alert_is_acknowledged_once(world) {
        let (aida, _, centre, case) = coordinated(world);
        aida.plans(&case, "arrived_border", "Korday", 0);
        world.advance_minutes(31);
        world.watches();
        let alert = the(&aida, "milestone_overdue");
        let path = format!("/alerts/{}", alert["id"].as_str().unwrap());
        let seen = aida.post(format!("{path}/acknowledge")).expect(200);
        assert_eq!(seen.json["acknowledged_by"], aida.id);
        let colleague = world.another_officer(House::Kg, Role::LiaisonOfficer);
        let again = colleague.post(format!("{path}/acknowledge")).changing_nothing().expect(200);
        assert_eq!(again.json, seen.json);
        assert_eq!(aida.get(&path).expect(200).json, seen.json);
        world.advance_minutes(500);
        world.watches();
        assert_eq!(the(&aida, "milestone_overdue")["level"], 0);
        assert!(kinds(&centre, "").is_empty());
        assert_eq!(kinds(&aida, "?state=acknowledged").len(), 1);
        aida.get("/alerts?state=loud&case=none&limit=0").refused(422, "validation-failed");
    }

    /// Alerts are for those who see the case: not for strangers, not for whoever was removed, not for the unassigned.
    fn nobody_else_is_told(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        yerlan.plans(&case, "arrived_border", "Korday", 0);
        world.advance_minutes(31);
        world.watches();
        let alert = the(&yerlan, "milestone_overdue");
        let path = format!("/alerts/{}", alert["id"].as_str().unwrap());
        let stranger = world.speaker(House::Ru);
        assert!(kinds(&stranger, "").is_empty());
        for outsider in [&stranger, &aida] {
            outsider.get(&path).refused(404, "not-found");
            outsider.post(format!("{path}/acknowledge")).refused(404, "not-found");
        }
        let unassigned = world.officer(House::Kz, Role::CaseOfficer);
        assert!(kinds(&unassigned, "").is_empty());
        yerlan.assigns(&case, &unassigned);
        assert!(!kinds(&unassigned, "").is_empty());
        let told = |actor: &Actor| {
            let journal = actor.get(case.at("/journal?limit=200")).expect(200);
            journal.items().iter().filter(|entry| entry["action"] == "alert.raised").count()
        };
        assert_eq!((told(&aida), told(&yerlan)), (1, 1));
        aida.removes(&case, &yerlan);
        assert!(kinds(&yerlan, "").is_empty());
        yerlan.get(&path).refused(404, "not-found");
        world.agency(House::Kz).admin.get("/alerts").refused(403, "forbidden");
    }

    /// A border that is crossed after the case has ended, or on a leg that is off the plan, is told of as well; a report that was
    /// corrected no more.
    fn a_crossing_after_the_end_of_a_case_is_told(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        let leg = |at: usize| {
            let made = aida.post(case.at("/legs")).json(world.leg(at)).expect(201);
            (case.at(format!("/legs/{}", made.id())), made.etag())
        };
        let ((first, _), (last, etag)) = (leg(0), leg(1));
        aida.delete(&last).if_match(etag).expect(200);
        aida.moves(&case, json!({"to": "concluded", "outcome": "abandoned"}));
        let enters = |path: &str, more: Value| {
            let mut entered = json!({
                "direction": "enter", "country": "KZ", "occurred_at": world.minutes_from_now(0), "place": "Korday",
            });
            entered.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            yerlan.post(format!("{path}/report-crossing")).json(entered).expect(201)
        };
        let told = || {
            world.watches();
            let alerts = aida.get("/alerts?state=open&limit=200").expect(200);
            let about = |alert: &Value| (alert["kind"] == "unauthorised_entry").then(|| alert["subject_id"].clone());
            let told: BTreeSet<String> =
                alerts.items().iter().filter_map(about).map(|id| id.as_str().unwrap().to_owned()).collect();
            told
        };
        assert!(told().is_empty());
        let crossed = enters(&first, json!({}));
        assert_eq!(crossed.json["flags"], json!(["unauthorised", "not_started"]));
        assert_eq!(told(), BTreeSet::from([crossed.id()]));
        let astray = enters(&last, json!({}));
        assert_eq!(told(), BTreeSet::from([crossed.id(), astray.id()]));
        let right = enters(&first, json!({"supersedes": crossed.id(), "reason": "Misread plate"}));
        assert_eq!(told(), BTreeSet::from([right.id(), astray.id()]));
    }

    /// Everything that the server knows of is told: requests, grants, the route, control, custody, hits and messages.
    fn every_cause_is_told(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        let goods = aida.post(case.at("/consignments")).json(consignment()).expect(201).id();
        let leg = aida.post(case.at("/legs")).json(world.leg(0)).expect(201).id();
        let leg = case.at(format!("/legs/{leg}"));
        aida.takes_control(&case, &goods);
        let asked = aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        aida.post(format!("{leg}/start")).expect(200);
        aida.asks(&case, House::Az);
        // A message, a handover, a hit, a gap, a loss, an entry without leave.
        let message = json!({
            "kind": "warning", "to": [yerlan.agency], "text": "They carry arms", "handling_codes": ["H0"],
            "due_at": world.minutes_from_now(30),
        });
        aida.post(case.at("/messages")).json(message).expect(201);
        aida.post(case.at("/handovers")).json(world.proposal(&goods, &yerlan)).expect(201);
        let watch = json!({"kind": "container", "value": "CSQU3054383"});
        yerlan.post("/deconfliction/watches").json(watch).expect(201);
        let item = aida.registers(&case, evidence(&[]), &[&yerlan]);
        let transfer = aida.offers(&item, &yerlan, "Korday");
        yerlan.post(format!("{transfer}/accept")).json(json!({"seal": "KG-0000"})).expect(200);
        let entered = json!({
            "direction": "enter", "country": "UZ", "occurred_at": world.minutes_from_now(0), "place": "Gisht-Kuprik",
        });
        aida.post(format!("{leg}/report-crossing")).json(entered).expect(201);
        let lost = json!({"occurred_at": world.minutes_from_now(0), "place": "Before Taraz"});
        aida.post(case.at(format!("/consignments/{goods}/report-loss"))).json(&lost).expect(200);
        let changed = yerlan.tells(&case, "eta_changed", "Taraz", &world.minutes_from_now(0));
        assert_eq!(changed.status, 201);
        world.watches();
        let at_once = ["control_lost", "custody_gap", "deconfliction_hit", "eta_changed", "unauthorised_entry"];
        // The lorry turned back.
        let back = json!({
            "direction": "enter", "country": "KG", "occurred_at": world.minutes_from_now(0), "place": "Ak-Jol",
        });
        assert_eq!(aida.post(format!("{leg}/report-crossing")).json(back).expect(201).json["flags"], json!([]));
        assert_eq!(kinds(&aida, ""), at_once.map(str::to_owned).into());
        // Facts are settled by acknowledging them, and not told again.
        for kind in ["custody_gap", "eta_changed", "unauthorised_entry"] {
            let id = the(&aida, kind)["id"].as_str().unwrap().to_owned();
            aida.post(format!("/alerts/{id}/acknowledge")).expect(200);
        }
        world.watches();
        assert_eq!(world.watches(), 0);
        assert_eq!(kinds(&aida, "?state=resolved").len(), 3);

        world.advance_minutes(125);
        world.watches();
        assert!(kinds(&aida, "").contains("handover_unaccepted"));
        assert!(kinds(&yerlan, "").contains("message_unacknowledged"));
        aida.post(case.at(format!("/consignments/{goods}/report-recovery"))).json(&lost).expect(200);
        let reason = json!({"reason_code": "other", "reason": "Not now"});
        world.authority(House::KzProsecutor).post(format!("{}/revoke", asked[1])).json(reason).expect(200);
        world.advance_minutes(300);
        world.watches();
        let now = kinds(&aida, "?state=open");
        for kind in ["revoked", "decision_overdue"] {
            assert!(now.contains(kind), "{kind}: {now:?}");
        }
        assert!(!now.contains("control_lost"));
        let authority = world.authority(House::Az);
        assert!(kinds(&authority, "?state=open").contains("decision_overdue"));
        // A grant ends soon, and has ended while the leg is under way.
        world.advance_minutes(5300);
        world.watches();
        assert!(kinds(&aida, "?state=open").contains("grant_expiring"));
        world.advance_minutes(400);
        world.watches();
        let now = kinds(&aida, "?state=open");
        assert!(now.contains("grant_expired_under_way") && !now.contains("grant_expiring"), "{now:?}");
        aida.post(format!("{leg}/divert")).json(json!({"reason": "Turned off"})).expect(200);
        world.watches();
        assert!(kinds(&aida, "?state=open").contains("route_changed"));

        // What was said and not confirmed.
        let path = aida.asks(&case, House::KzProsecutor);
        let authority = world.authority(House::KzProsecutor);
        authority.post(format!("{path}/grant-orally")).json(world.oral_grant()).expect(200);
        world.advance_minutes(121);
        world.watches();
        assert!(kinds(&aida, "?state=open").contains("confirmation_overdue"));
        assert!(kinds(&authority, "?state=open").contains("confirmation_overdue"));
    }
}
