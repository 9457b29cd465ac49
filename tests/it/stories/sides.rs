//! Sides of the invariants that no other story shows: the same rule as a command and as a fact, broken and kept.

use serde_json::{Value, json};

use super::alerts::{kinds, the};
use crate::harness::{Actor, Case, House, Reply, World, both, consignment, coordinated, evidence};

/// How many open alerts of a kind call `actor`.
fn called(actor: &Actor, kind: &str) -> usize {
    let alerts = actor.get("/alerts?state=open&limit=200").expect(200);
    alerts.items().iter().filter(|alert| alert["kind"] == kind).count()
}

fn with(mut body: Value, more: &Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn plans(actor: &Actor, case: &Case, leg: &Value) -> String {
    case.at(format!("/legs/{}", actor.post(case.at("/legs")).json(leg).expect(201).id()))
}

/// Reports that the goods came into a country on a leg.
fn enters(world: &World, actor: &Actor, leg: &str, more: &Value) -> Reply {
    let entered = json!({
        "direction": "enter", "country": "KZ", "occurred_at": world.minutes_from_now(0), "place": "Korday",
    });
    actor.post(format!("{leg}/report-crossing")).json(with(entered, more)).expect(201)
}

/// What the Kazakh side grants, other than usual.
fn grants(world: &World, path: &str, how: &str, more: &Value) {
    let authority = world.authority(House::KzProsecutor);
    authority.post(format!("{path}/{how}")).json(with(world.grant(), more)).expect(200);
}

fn acknowledges(actor: &Actor, alert: &Value) {
    let id = alert["id"].as_str().unwrap();
    actor.post(format!("/alerts/{id}/acknowledge")).expect(200);
}

/// Country, reason and number of the invariant of everything that a refusal lists.
fn missing(refused: &Reply) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let items = refused.json["missing"].as_array().unwrap().iter();
    items
        .map(|item| {
            format!("{} {} {}", word(&item["country"]), word(&item["reason"]), item["invariant"])
        })
        .collect()
}

both! {
    /// Activation names each lack of the first leg by its own invariant: leave is the first, modality and cap are the third.
    fn invariants_1_and_3_refused_and_allowed_at_activation(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        let goods = aida.get(case.at("/consignments")).expect(200).items()[0]["id"].clone();
        aida.moves(&case, json!({"to": "planning"}));
        plans(&aida, &case, &world.leg(0));
        aida.is_granted(&case, &[House::KgProsecutor]);
        let path = aida.asks(&case, House::KzProsecutor);
        grants(world, &path, "grant", &json!({"permitted_modalities": ["substituted"]}));
        aida.moves(&case, json!({"to": "ready"}));
        let activates = || {
            let etag = aida.get(&case.path).expect(200).etag();
            aida.post(case.at("/transitions")).if_match(etag).json(json!({"to": "active"}))
        };
        let refused = activates().refused(409, "invariant-3-not-permitted");
        assert_eq!(missing(&refused), ["KZ modality-not-permitted 3"]);
        assert_eq!(refused.json["missing"][0]["subject"], goods);
        let readiness = aida.get(case.at("/readiness")).expect(200);
        assert_eq!(readiness.json["next"]["missing"], refused.json["missing"]);
        // Two rules at once: each item keeps its number.
        let both = json!({"permitted_modalities": ["substituted"], "entry_points": ["Dostyk"]});
        grants(world, &path, "extend", &both);
        let refused = activates().refused(409, "transition-not-ready");
        assert_eq!(missing(&refused), ["KZ entry-point-not-permitted 1", "KZ modality-not-permitted 3"]);
        grants(world, &path, "extend", &json!({"entry_points": ["Dostyk"]}));
        let refused = activates().refused(409, "invariant-1-leg-not-authorised");
        assert_eq!(missing(&refused), ["KZ entry-point-not-permitted 1"]);
        grants(world, &path, "extend", &json!({"live_cap": {"value": "1", "unit": "g"}}));
        let refused = activates().refused(409, "invariant-3-not-permitted");
        assert_eq!(missing(&refused), ["KZ live-quantity-over-cap 3"]);
        grants(world, &path, "extend", &json!({}));
        activates().expect(200);
    }

    /// Goods that a country does not let pass like this are flagged and told when they enter it. Where they travel as permitted
    /// nobody is told of an entry without leave.
    fn invariant_3_flagged_told_and_unflagged_at_the_border(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        aida.post(case.at("/consignments")).json(consignment()).expect(201);
        let leg = plans(&aida, &case, &world.leg(0));
        aida.is_granted(&case, &[House::KgProsecutor]);
        let path = aida.asks(&case, House::KzProsecutor);
        grants(world, &path, "grant", &json!({"live_cap": {"value": "1", "unit": "g"}}));
        let over = enters(world, &aida, &leg, &json!({}));
        assert_eq!(over.json["flags"], json!(["over_live_cap", "not_started"]));
        grants(world, &path, "extend", &json!({"permitted_modalities": ["substituted"]}));
        let live = enters(world, &aida, &leg, &json!({}));
        assert_eq!(live.json["flags"], json!(["modality_not_permitted", "not_started"]));
        world.watches();
        for told in [&aida, &yerlan] {
            assert_eq!((called(told, "unauthorised_entry"), called(told, "route_changed")), (2, 0));
        }
        grants(world, &path, "extend", &json!({}));
        aida.post(format!("{leg}/start")).expect(200);
        assert_eq!(enters(world, &aida, &leg, &json!({})).json["flags"], json!([]));
        assert_eq!(world.watches(), 0);
    }

    /// Goods that cross with leave on the leg that was started, and a report in time: nothing is flagged and nobody is called.
    fn invariants_1_and_14_unflagged_goods_that_keep_to_the_plan(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        aida.post(case.at("/consignments")).json(consignment()).expect(201);
        let leg = plans(&aida, &case, &world.leg(0));
        aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        let border = yerlan.plans(&case, "arrived_border", "Korday", 30);
        aida.post(format!("{leg}/start")).expect(200);
        assert_eq!(enters(world, &aida, &leg, &json!({})).json["flags"], json!([]));
        world.advance_minutes(35);
        assert_eq!(yerlan.reports(&border, "Korday").json["report"]["flags"], json!([]));
        world.advance_minutes(60);
        world.watches();
        assert!(kinds(&aida, "").is_empty() && kinds(&yerlan, "").is_empty());
    }

    /// What happens on a leg that was not started is another way than planned: who reported it, the lead and whoever answers for
    /// the leg are told, others are not. It is settled by taking note of it, and a crossing by its correction.
    fn invariant_14_flagged_and_told_on_a_leg_that_was_not_started(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        let hasan = world.speaker(House::Az);
        aida.admits(&case, &hasan, "partner");
        aida.post(case.at("/consignments")).json(consignment()).expect(201);
        let responsible = json!({"responsible": [{"country": "KZ", "agency_id": yerlan.agency}]});
        let leg = plans(&aida, &case, &with(world.leg(0), &responsible));
        aida.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
        aida.post(format!("{leg}/divert")).json(json!({"reason": "Left before anybody said so"})).expect(200);
        world.watches();
        for told in [&aida, &yerlan] {
            assert!(leg.ends_with(the(told, "route_changed")["subject_id"].as_str().unwrap()));
        }
        assert!(kinds(&hasan, "").is_empty());
        for told in [&aida, &yerlan] {
            acknowledges(told, &the(told, "route_changed"));
        }
        assert_eq!(world.watches(), 2);
        assert_eq!(world.watches_anew(), 0);

        // It has leave: the plan alone is breached.
        let crossed = enters(world, &hasan, &leg, &json!({}));
        assert_eq!(crossed.json["flags"], json!(["not_started"]));
        world.watches();
        for told in [&aida, &yerlan, &hasan] {
            assert_eq!((called(told, "route_changed"), called(told, "unauthorised_entry")), (1, 0));
        }
        aida.post(format!("{leg}/start")).expect(200);
        let right = json!({"supersedes": crossed.id(), "reason": "An hour too early"});
        assert_eq!(enters(world, &hasan, &leg, &right).json["flags"], json!([]));
        world.watches();
        for told in [&aida, &yerlan, &hasan] {
            assert_eq!(called(told, "route_changed"), 0);
        }
    }

    /// Whatever cannot be written down does not happen, and whatever cannot be recorded is not shown.
    fn invariant_23_refused_what_cannot_be_recorded(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        let before = aida.get(&case.path).expect(200);
        let renames = |from: &str, to: &str| {
            world.probe().execute(&format!("ALTER TABLE {from} RENAME TO {to}")).unwrap();
        };
        let changes = || aida.patch(&case.path).if_match(before.etag()).json(json!({"code_name": "Wool"}));
        // The journal takes no entry.
        world.settles();
        renames("feed_pending", "away");
        let failed = changes().off_contract().send();
        renames("away", "feed_pending");
        assert!(failed.status >= 500, "{failed}");
        assert_eq!(aida.get(&case.path).expect(200).body, before.body);
        // The log of consultations takes none.
        renames("consultations", "away");
        let failed = aida.get(&case.path).off_contract().send();
        renames("away", "consultations");
        assert!(failed.status >= 500 && !failed.json.to_string().contains("Silk"), "{failed}");
        changes().expect(200);
    }

    /// A handover that nobody accepted in its window is settled by whatever becomes of it: it was accepted after all, refused or
    /// let go, or another one took its place. The clock going back and forth tells nobody anew.
    fn a_handover_that_timed_out_is_settled_by_its_end(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        let goods = aida.post(case.at("/consignments")).json(consignment()).expect(201).id();
        aida.takes_control(&case, &goods);
        let offers = |from: &Actor, to: &Actor| {
            let made = from.post(case.at("/handovers")).json(world.proposal(&goods, to)).expect(201);
            let path = case.at(format!("/handovers/{}", made.id()));
            to.post(format!("{path}/agree")).expect(200);
            from.post(format!("{path}/offer")).expect(200);
            world.advance_minutes(121);
            world.watches();
            assert_eq!(aida.get(&path).expect(200).json["status"], "timed_out");
            called_for(&[&aida, &yerlan], 1);
            path
        };
        let settled = || {
            world.watches();
            called_for(&[&aida, &yerlan], 0);
            assert_eq!(world.watches_anew(), 0);
        };
        let refused = offers(&aida, &yerlan);
        yerlan.post(format!("{refused}/agree")).refused(409, "state-refused");
        let reason = json!({"reason": "The seal was broken"});
        assert_eq!(yerlan.post(format!("{refused}/refuse")).json(reason).expect(200).json["status"], "refused");
        settled();
        let cancelled = offers(&aida, &yerlan);
        aida.post(format!("{cancelled}/cancel")).expect(200);
        aida.post(format!("{cancelled}/cancel")).refused(409, "state-refused");
        settled();
        let replaced = offers(&aida, &yerlan);
        let next = aida.post(case.at("/handovers")).json(world.proposal(&goods, &yerlan)).expect(201).id();
        aida.post(format!("{replaced}/cancel")).refused(409, "state-refused");
        settled();
        aida.post(case.at(format!("/handovers/{next}/cancel"))).expect(200);
        let accepted = offers(&aida, &yerlan);
        let before = the_last(&aida);
        world.advance_minutes(-60);
        world.watches();
        world.advance_minutes(60);
        world.watches();
        assert_eq!((called(&aida, "handover_unaccepted"), the_last(&aida)), (1, before));
        let in_time = with(crate::harness::acceptance(), &json!({"occurred_at": world.minutes_from_now(-20)}));
        yerlan.post(format!("{accepted}/accept")).json(in_time).expect(200);
        settled();
        // What the clock did not settle, taking note of it does, for good.
        let last = offers(&yerlan, &aida);
        acknowledges(&aida, &the_open(&aida, "handover_unaccepted"));
        world.watches();
        called_for(&[&aida], 0);
        world.advance_minutes(-60);
        world.watches();
        world.advance_minutes(60);
        world.watches();
        called_for(&[&aida], 0);
        called_for(&[&yerlan], 1);
        yerlan.post(format!("{last}/cancel")).expect(200);
        settled();
    }

    /// Very many hits at once: each is told once, and the watch reads those alone of which nobody has taken note.
    fn many_hits_are_told_once_and_then_left_alone(world) with [("PASSAGE_LIMITS__CHECKS_PER_HOUR", "100")] {
        let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
        for _ in 0..30 {
            let watch = json!({"kind": "container", "value": "CSQU3054383"});
            yerlan.post("/deconfliction/watches").json(watch).expect(201);
        }
        for _ in 0..10 {
            drop(aida.opens_case().create());
        }
        let hits = world.probe().count("deconfliction_hits");
        assert!(hits > 600, "{hits}");
        let alerts = |state: &str| world.probe().count(&format!("alerts WHERE kind = 'deconfliction_hit' {state}"));
        assert_eq!(i64::try_from(world.watches()).unwrap(), hits);
        assert_eq!((world.watches(), world.watches_anew(), alerts("")), (0, 0, hits));
        // All but two of them are seen.
        let open = yerlan.get("/alerts?state=open&limit=2").expect(200);
        let kept: Vec<String> = open.items().iter().map(|alert| alert["id"].as_str().unwrap().to_owned()).collect();
        let unseen: Vec<String> = kept.iter().map(|id| world.probe().id(id)).collect();
        let seen = format!(
            "UPDATE alerts SET acknowledged_by = agency_id, acknowledged_at = raised_at WHERE id NOT IN ({})",
            unseen.join(", ")
        );
        world.probe().execute(&seen).unwrap();
        assert_eq!(i64::try_from(world.watches()).unwrap(), hits - 2);
        assert_eq!((alerts("AND resolved_at IS NULL"), world.probe().count("deconfliction_hits_pending")), (2, 2));
        for minutes in [-600, 600] {
            world.advance_minutes(minutes);
            world.watches_anew();
            assert_eq!((alerts(""), alerts("AND resolved_at IS NULL")), (hits, 2));
        }
        yerlan.post(format!("/alerts/{}/acknowledge", kept[0])).expect(200);
        world.watches();
        assert_eq!((alerts("AND resolved_at IS NULL"), world.probe().count("deconfliction_hits_pending")), (1, 1));
        // A new one is told beside them.
        drop(world.speaker(House::Az).opens_case().create());
        let met = world.probe().count("deconfliction_hits") - hits;
        assert_eq!(i64::try_from(world.watches()).unwrap(), met);
    }

    /// Wrong seals of items are watched while the case has something to settle, and for a while after: then nobody reads them any
    /// more, and nobody is called.
    fn many_flags_of_evidence_are_watched_for_as_long_as_they_matter(world) {
        let (aida, yerlan, _, case) = coordinated(world);
        let broken = |seal: &str| {
            let item = aida.registers(&case, evidence(&[]), &[&yerlan]);
            let transfer = aida.offers(&item, &yerlan, "Korday");
            yerlan.post(format!("{transfer}/accept")).json(json!({"seal": seal})).expect(200);
        };
        for _ in 0..12 {
            broken("KG-0000");
        }
        broken("KG-4712");
        assert_eq!(world.watches(), 24);
        assert_eq!((called(&aida, "custody_gap"), called(&yerlan, "custody_gap")), (12, 12));
        aida.moves(&case, json!({"to": "suspended", "reason": "The items are being looked at"}));
        aida.moves(&case, json!({"to": "called_off", "reason": "It is over"}));
        world.advance_minutes(89 * 24 * 60);
        world.watches();
        assert_eq!((called(&aida, "custody_gap"), called(&yerlan, "custody_gap")), (12, 12));
        world.advance_minutes(2 * 24 * 60);
        world.watches();
        assert_eq!((called(&aida, "custody_gap"), called(&yerlan, "custody_gap"), world.watches()), (0, 0, 0));
    }
}

#[track_caller]
fn called_for(actors: &[&Actor], times: usize) {
    for actor in actors {
        assert_eq!(called(actor, "handover_unaccepted"), times);
    }
}

fn the_open(actor: &Actor, kind: &str) -> Value {
    let alerts = actor.get("/alerts?state=open&limit=200").expect(200);
    let found = alerts.items().iter().find(|alert| alert["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {alerts}")).clone()
}

/// The newest alert that calls `actor`.
fn the_last(actor: &Actor) -> Value {
    actor.get("/alerts?limit=1").expect(200).items()[0]["id"].clone()
}
