//! The same thing in two hands: who is told, and what a copy of the database tells.

use serde_json::{Value, json};

use crate::harness::{Actor, House, World, both, consignment};

fn container() -> Value {
    json!({"kind": "container", "value": "CSQU3054383"})
}

fn hits(actor: &Actor) -> Vec<Value> {
    actor.get("/deconfliction/hits").expect(200).items().to_vec()
}

both! {
    /// Two cases with the same container: both sides are told whom to call, and nothing of the other's case.
    fn invariant_22_refused_and_allowed_a_hit_tells_both_sides_whom_to_call_and_nothing_else(world) {
        let (aida, hasan) = (world.speaker(House::Kg), world.speaker(House::Az));
        let hers = aida.opens_case().create();
        assert!(hits(&aida).is_empty());
        let his = hasan.opens_case().create();
        for (actor, own, other) in [(&aida, &hers, &hasan), (&hasan, &his, &aida)] {
            let told = hits(actor);
            assert_eq!(told.len(), 1);
            assert_eq!(told[0]["case_id"], own.id);
            assert_eq!(told[0]["contact"]["agency_id"], other.agency);
            let foreign = if own.id == hers.id { &his } else { &hers };
            let page = actor.get("/deconfliction/hits").expect(200);
            let text = String::from_utf8(page.body.clone()).unwrap();
            assert!(!text.contains(&foreign.id) && !text.contains(&other.id), "{text}");
            actor.get(&foreign.path).refused(404, "not-found");
            let id = told[0]["id"].as_str().unwrap();
            actor.get(format!("/deconfliction/hits/{id}")).expect(200);
            other.get(format!("/deconfliction/hits/{id}")).refused(404, "not-found");
        }
        // The journal of whoever is told names the server, and nobody of the other agency.
        let journal = aida.get("/journal?limit=200").expect(200);
        let told = journal.items().iter().find(|entry| entry["action"] == "deconfliction.hit").unwrap();
        assert_eq!(told["actor"], "server");
        assert!(!told.to_string().contains(&hasan.id), "{told}");
    }

    /// A watch entry meets what is there and what comes, until it ends.
    fn a_watch_entry_meets_what_is_there_and_what_comes(world) {
        let (aida, hasan, yerlan) =
            (world.speaker(House::Kg), world.speaker(House::Az), world.speaker(House::Kz));
        drop(aida.opens_case().create());
        let watch = hasan.post("/deconfliction/watches").json(container()).expect(201);
        assert_eq!((hits(&aida).len(), hits(&hasan).len()), (1, 1));
        assert_eq!(hits(&hasan)[0]["watch_id"], watch.id());
        assert_eq!(hits(&aida)[0]["watch_id"], Value::Null, "nothing of the other side");
        drop(yerlan.opens_case().create());
        assert_eq!((hits(&aida).len(), hits(&hasan).len(), hits(&yerlan).len()), (2, 2, 2));
        let path = format!("/deconfliction/watches/{}", watch.id());
        aida.get(&path).refused(404, "not-found");
        aida.delete(&path).refused(404, "not-found");
        hasan.delete(&path).expect(204);
        drop(world.speaker(House::Uz).opens_case().create());
        assert_eq!(hits(&hasan).len(), 2, "it has ended");
        assert_eq!(hits(&aida).len(), 3);

        let mut ends = container();
        ends["expires_at"] = json!(world.minutes_from_now(10));
        hasan.post("/deconfliction/watches").json(ends).expect(201);
        let before = hits(&hasan).len();
        world.advance_minutes(11);
        drop(world.speaker(House::Ru).opens_case().create());
        assert_eq!(hits(&hasan).len(), before, "it ended by itself");
    }

    /// Asking tells both sides, and is limited and journalled.
    fn asking_tells_both_sides_and_is_limited(world) with [("PASSAGE_LIMITS__CHECKS_PER_HOUR", "3")] {
        let (aida, hasan) = (world.speaker(House::Kg), world.speaker(House::Az));
        drop(aida.opens_case().create());
        let nothing = json!({"kind": "phone", "value": "+996700123456"});
        let asked = hasan.post("/deconfliction/checks").json(&nothing).expect(200);
        assert_eq!(asked.json, json!({"found": false, "contacts": []}));
        let asked = hasan.post("/deconfliction/checks").json(container()).expect(200);
        assert_eq!(asked.json["contacts"][0]["agency_id"], aida.agency);
        assert_eq!((hits(&aida).len(), hits(&hasan).len()), (1, 1));
        hasan.post("/deconfliction/checks").json(&nothing).expect(200);
        let refused = hasan.post("/deconfliction/checks").json(&nothing).refused(429, "too-many-requests");
        assert!(refused.header("retry-after").is_some());
        world.advance_minutes(61);
        hasan.post("/deconfliction/checks").json(&nothing).expect(200);
        let journal = hasan.get("/journal?limit=200").expect(200);
        let told = journal.items().iter().filter(|entry| entry["action"] == "deconfliction.checked");
        assert_eq!(told.count(), 4);

        let bad = json!({"kind": "container", "value": "CSQU3054384"});
        let refused = aida.post("/deconfliction/checks").json(bad).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/value"]);
        let admin = world.agency(House::Kg).admin;
        admin.post("/deconfliction/checks").json(container()).refused(403, "forbidden");
        admin.get("/deconfliction/hits").refused(403, "forbidden");
        admin.get("/deconfliction/watches").refused(403, "forbidden");
    }

    /// A watch entry tells as much as asking does, and counts as asking; what was refused leaves nothing behind.
    fn beginning_to_watch_counts_as_asking(world) with [("PASSAGE_LIMITS__CHECKS_PER_HOUR", "3")] {
        let (aida, hasan) = (world.speaker(House::Kg), world.speaker(House::Az));
        drop(aida.opens_case().create());
        let phone = |last: u32| json!({"kind": "phone", "value": format!("+99670012345{last}")});
        hasan.post("/deconfliction/watches").json(phone(1)).expect(201);
        hasan.post("/deconfliction/checks").json(phone(2)).expect(200);
        let third = hasan.post("/deconfliction/watches").json(phone(3)).expect(201).id();
        hasan.delete(format!("/deconfliction/watches/{third}")).expect(204);
        let refused = hasan.post("/deconfliction/watches").json(container()).refused(429, "too-many-requests");
        assert!(refused.header("retry-after").is_some());
        hasan.post("/deconfliction/checks").json(container()).refused(429, "too-many-requests");
        assert!(hits(&aida).is_empty() && hits(&hasan).is_empty());
        assert_eq!(hasan.get("/deconfliction/watches").expect(200).items().len(), 2);
        // A colleague has an hour of his own.
        let colleague = world.another_officer(House::Az, passage::access::Role::LiaisonOfficer);
        colleague.post("/deconfliction/watches").json(phone(4)).expect(201);
        world.advance_minutes(61);
        hasan.post("/deconfliction/watches").json(container()).expect(201);
        assert_eq!((hits(&aida).len(), hits(&hasan).len()), (1, 1));
        let journal = hasan.get("/journal?limit=200").expect(200);
        let told = journal.items().iter().filter(|entry| entry["action"] == "watch.begun");
        assert_eq!(told.count(), 4);
    }

    /// Entering tells as much as asking does, and counts as asking, whichever comes first.
    fn entering_counts_as_asking(world) with [("PASSAGE_LIMITS__CHECKS_PER_HOUR", "3")] {
        let hasan = world.speaker(House::Az);
        let phone = |last: u32| json!({"kind": "phone", "value": format!("+99670012345{last}")});
        let case = hasan.opens_case().create();
        let goods = hasan.get(case.at("/consignments")).expect(200).items()[0]["id"].as_str().unwrap().to_owned();
        let enters = |last: u32| hasan.post(case.at(format!("/consignments/{goods}/identifiers"))).json(phone(last));
        hasan.post("/deconfliction/checks").json(phone(1)).expect(200);
        enters(2).expect(201);
        enters(3).refused(429, "too-many-requests");
        hasan.post("/deconfliction/checks").json(phone(3)).refused(429, "too-many-requests");
        hasan.post("/deconfliction/watches").json(phone(3)).refused(429, "too-many-requests");
        world.advance_minutes(61);
        enters(3).expect(201);
    }

    /// Many accounts of an agency are no way past a limit, machines included; another agency has its own.
    fn colleagues_are_no_way_past_the_limit_of_an_agency(world) with [
        ("PASSAGE_LIMITS__CHECKS_PER_HOUR", "2"), ("PASSAGE_LIMITS__AGENCY_CHECKS_PER_HOUR", "3")
    ] {
        let (aida, hasan) = (world.speaker(House::Kg), world.speaker(House::Az));
        let colleague = world.another_officer(House::Az, passage::access::Role::LiaisonOfficer);
        let phone = |last: u32| json!({"kind": "phone", "value": format!("+99670012345{last}")});
        let asks = |actor: &Actor, last: u32| actor.post("/deconfliction/checks").json(phone(last));
        asks(&hasan, 1).expect(200);
        asks(&hasan, 2).expect(200);
        asks(&hasan, 3).refused(429, "too-many-requests");
        asks(&colleague, 3).expect(200);
        let refused = asks(&colleague, 4).refused(429, "too-many-requests");
        assert!(refused.text("detail").starts_with("Your agency"), "{refused}");
        asks(&aida, 4).expect(200);
        world.advance_minutes(61);
        asks(&colleague, 4).expect(200);
    }

    /// Many at once are no way past the limit.
    fn many_at_once_are_no_way_past_the_limit(world) with [("PASSAGE_LIMITS__CHECKS_PER_HOUR", "3")] {
        let hasan = world.speaker(House::Az);
        let _ = hasan.token();
        let taken: usize = std::thread::scope(|scope| {
            let ask = |number: u32| {
                let phone = json!({"kind": "phone", "value": format!("+99670012345{number}")});
                let path = if number.is_multiple_of(2) { "/deconfliction/watches" } else { "/deconfliction/checks" };
                usize::from(hasan.post(path).json(phone).beside_others().send().status < 300)
            };
            let asked: Vec<_> = (0..8).map(|number| scope.spawn(move || ask(number))).collect();
            asked.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(taken, 3);
    }

    /// Of two that are entered at the same time one meets the other.
    fn of_two_at_once_one_meets_the_other(world) {
        let (aida, hasan) = (world.speaker(House::Kg), world.speaker(House::Az));
        let (_, _) = (aida.token(), hasan.token());
        for round in 0..8 {
            let phone = format!("+99670012345{round}");
            let mut first = consignment();
            first["identifiers"] = json!([{"kind": "phone", "value": phone}]);
            let body = json!({
                "code_name": "Silk", "summary": "Dried fruit", "priority": "urgent", "handling_codes": ["H0"],
                "modality": "live", "consignments": [first],
            });
            std::thread::scope(|scope| {
                for actor in [&aida, &hasan] {
                    scope.spawn(|| actor.post("/cases").json(&body).beside_others().expect(201));
                }
            });
            assert_eq!((hits(&aida).len(), hits(&hasan).len()), (round + 1, round + 1));
        }
    }

    /// Nobody finds out by entering very many what others are after; what was refused leaves nothing behind.
    fn very_many_identifiers_are_refused(world) {
        let aida = world.speaker(House::Kg);
        let many = |from: u32| -> Vec<Value> {
            (from..from + 100).map(|n| json!({"kind": "phone", "value": format!("+99670{:07}", n)})).collect()
        };
        let consignments: Vec<Value> = (0..11)
            .map(|number| {
                let mut one = consignment();
                one["identifiers"] = json!(many(number * 100));
                one
            })
            .collect();
        let body = json!({
            "code_name": "Silk", "summary": "Dried fruit", "priority": "urgent", "handling_codes": ["H0"],
            "modality": "live", "consignments": consignments,
        });
        aida.post("/cases").json(body).refused(429, "too-many-requests");
        assert!(aida.get("/cases").expect(200).items().is_empty());
        assert_eq!(world.probe().count("identifiers"), 0);
        drop(aida.opens_case().create());
    }

    /// Who does not see the case of the own agency is not told of its hit.
    fn a_hit_is_shown_to_those_who_see_the_case(world) {
        let aida = world.speaker(House::Kg);
        let colleague = world.another_officer(House::Kg, passage::access::Role::CaseOfficer);
        let case = aida.opens_case().create();
        drop(world.speaker(House::Az).opens_case().create());
        assert_eq!((hits(&aida).len(), hits(&colleague).len()), (1, 0));
        aida.assigns(&case, &colleague);
        assert_eq!(hits(&colleague).len(), 1);
        let id = hits(&aida)[0]["id"].as_str().unwrap().to_owned();
        aida.delete(case.at(format!("/assignments/{}", colleague.id))).expect(204);
        colleague.get(format!("/deconfliction/hits/{id}")).refused(404, "not-found");
    }

    /// Identifiers stand nowhere in the database but sealed: not in their rows, nor in kept answers, nor in the journal.
    fn a_copy_of_the_database_reveals_no_identifier(world) {
        let aida = world.speaker(House::Kg);
        let mut first = consignment();
        first["identifiers"] = json!([{"kind": "container", "value": "CSQU 305438-3"}]);
        let body = json!({
            "code_name": "Silk", "summary": "Dried fruit", "priority": "urgent", "handling_codes": ["H0"],
            "modality": "live", "consignments": [first],
        });
        let case = aida.post("/cases").key("night-1").json(&body).expect(201);
        let consignments = format!("/cases/{}/consignments", case.id());
        let id = aida.get(&consignments).expect(200).items()[0]["id"].as_str().unwrap().to_owned();
        let identifiers = format!("{consignments}/{id}/identifiers");
        let phone = json!({"kind": "phone", "value": "+996 700 123 456"});
        let added = aida.post(&identifiers).key("night-2").json(&phone).expect(201);
        assert_eq!(added.json["normal_form"], "+996700123456");
        let again = aida.post(&identifiers).key("night-2").json(&phone).changing_nothing().expect(201);
        assert_eq!(again.body, added.body, "the kept answer opens");
        let read = aida.get(format!("{identifiers}/{}", added.id())).expect(200);
        assert_eq!(read.json["value"], "+996 700 123 456");

        let mut probe = world.probe();
        assert!(probe.reveals("Dried fruit"), "the probe finds what is there");
        for secret in ["CSQU 305438-3", "CSQU3054383", "+996 700 123 456", "996700123456"] {
            assert!(!probe.reveals(secret), "{secret} stands in the database");
        }
    }
}
