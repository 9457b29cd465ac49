//! Evidence: who is shown it, who holds it, and what is odd about it for ever.

use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, Reply, World, both, evidence, unknown_id};

const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Aida of Kyrgyzstan leads; Yerlan of Kazakhstan and Hasan of Azerbaijan take part.
fn shared(world: &World) -> (Actor, Actor, Actor, Case) {
    let aida = world.speaker(House::Kg);
    let (yerlan, hasan) = (world.speaker(House::Kz), world.speaker(House::Az));
    let case = aida.opens_case().create();
    aida.admits(&case, &yerlan, "partner");
    aida.admits(&case, &hasan, "partner");
    (aida, yerlan, hasan, case)
}

fn sample() -> Value {
    evidence(&[])
}

fn flags(actor: &Actor, item: &str) -> Vec<String> {
    let shown = actor.get(item).expect(200);
    let flags = shown.json["flags"].as_array().unwrap();
    let mut kinds: Vec<_> =
        flags.iter().map(|flag| flag["kind"].as_str().unwrap().to_owned()).collect();
    kinds.sort();
    kinds
}

fn custodian(actor: &Actor, item: &str) -> String {
    actor.get(item).expect(200).text("custodian_agency_id")
}

/// The entries of the case's journal that say something about the item, as `actor` reads it.
fn told(actor: &Actor, case: &Case, item: &str) -> Vec<Value> {
    let id = item.rsplit('/').next().unwrap();
    let journal = actor.get(case.at("/journal?limit=200")).expect(200);
    journal.items().iter().filter(|entry| entry["subject"]["id"] == id).cloned().collect()
}

/// The answer without what names the path.
fn nameless(reply: &Reply) -> Value {
    let mut body = reply.json.clone();
    body.as_object_mut().unwrap().remove("instance");
    body
}

both! {
    /// Outside of its audience an item does not exist: not by its path, not in the list, not in the journal.
    fn what_one_is_not_shown_does_not_exist(world) {
        let (aida, yerlan, hasan, case) = shared(world);
        let item = aida.registers(&case, sample(), &[&yerlan]);
        let nowhere = case.at(format!("/evidence/{}", unknown_id()));
        for tail in ["", "/custody", "/transfers"] {
            let hidden = hasan.get(format!("{item}{tail}")).refused(404, "not-found");
            let missing = hasan.get(format!("{nowhere}{tail}")).refused(404, "not-found");
            assert_eq!(nameless(&hidden), nameless(&missing));
        }
        let verify = json!({"sha256": DIGEST});
        hasan.post(format!("{item}/verify")).json(verify).refused(404, "not-found");
        assert!(hasan.get(case.at("/evidence")).expect(200).items().is_empty());
        assert_eq!(yerlan.get(case.at("/evidence")).expect(200).items().len(), 1);

        assert_eq!(told(&yerlan, &case, &item).len(), 1);
        assert!(told(&hasan, &case, &item).is_empty());
        let journal = hasan.get(case.at("/journal?limit=200")).expect(200);
        let withheld = journal.items().iter().filter(|entry| entry["withheld"] == true);
        for entry in withheld {
            let names: Vec<_> = entry.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(names, ["hash", "previous_hash", "sequence", "withheld"]);
        }
    }

    /// Only who recorded an item widens its audience; its holder may narrow it and nothing more.
    fn only_the_originator_widens(world) {
        let (aida, yerlan, hasan, case) = shared(world);
        let nodira = world.speaker(House::Centre);
        aida.admits(&case, &nodira, "coordinator");
        let item = aida.registers(&case, sample(), &[&yerlan]);
        yerlan.shows(&item, &[&yerlan, &hasan]).expect_code(403, "forbidden");
        assert_eq!(aida.shows(&item, &[&yerlan, &nodira]).status, 200);
        hasan.get(&item).refused(404, "not-found");

        let transfer = aida.offers(&item, &yerlan, "Korday");
        yerlan.post(format!("{transfer}/accept")).expect(200);
        let widened = yerlan.shows(&item, &[&yerlan, &nodira, &hasan]);
        widened.expect_code(403, "invariant-20-audience");
        hasan.get(&item).refused(404, "not-found");
        assert_eq!(yerlan.shows(&item, &[&yerlan]).status, 200);
        nodira.get(&item).refused(404, "not-found");
        aida.get(&item).expect(200);

        assert_eq!(aida.shows(&item, &[&hasan]).status, 200);
        hasan.get(&item).expect(200);
        assert_eq!(custodian(&hasan, &item), yerlan.agency, "whoever holds it keeps sight of it");
    }

    /// An audience is made of those who take part, in the same words whether the agency exists or not.
    fn an_audience_takes_part_in_the_case(world) {
        let (aida, _, _, case) = shared(world);
        let ilham = world.speaker(House::Ge);
        let mut faults = Vec::new();
        for agency in [ilham.agency, unknown_id()] {
            let mut item = sample();
            item["audience"] = json!([agency]);
            let refused = aida.post(case.at("/evidence")).json(item).refused(422, "validation-failed");
            assert_eq!(refused.pointers(), ["/audience/0"]);
            faults.push(refused.json["errors"].clone());
        }
        assert_eq!(faults[0], faults[1]);
    }

    /// H1 locks an item out of evidence until its provider permits; the code stays, and so does the flag.
    fn h1_locks_until_the_provider_permits(world) {
        let (aida, yerlan, _, case) = shared(world);
        let mut locked = sample();
        locked["handling_codes"] = json!(["H1"]);
        let item = aida.registers(&case, locked, &[&yerlan]);
        let transfer = aida.offers(&item, &yerlan, "Korday");
        yerlan.post(format!("{transfer}/accept")).expect(200);
        assert_eq!(yerlan.get(&item).expect(200).json["h1_locked"], true);
        yerlan.disposes(&item, "transferred_to_court").expect_code(409, "h1-lock");

        let permit = json!({"use_as_evidence_permitted": true});
        let edit = |actor: &Actor, body: &Value| {
            let etag = actor.get(&item).expect(200).etag();
            actor.patch(&item).if_match(etag).json(body).send()
        };
        edit(&yerlan, &permit).expect_code(403, "forbidden");
        let without = edit(&aida, &json!({"handling_codes": ["H0"]}));
        assert_eq!(without.expect_code(422, "validation-failed").pointers(), ["/handling_codes"]);
        assert_eq!(edit(&aida, &permit).json["h1_locked"], false);
        assert_eq!(flags(&aida, &item), ["h1_lock"]);
        assert_eq!(yerlan.disposes(&item, "transferred_to_court").status, 200);
    }

    /// A digest that fits and one that does not are both told; the second leaves one flag, and the digest stays.
    fn digests_are_held_against_the_first(world) {
        let (aida, yerlan, _, case) = shared(world);
        let photo = json!({
            "title": "Plate of the lorry", "kind": "photo", "storage_place": "Case server",
            "sha256": DIGEST, "size_bytes": 48_213, "handling_codes": ["H0"],
        });
        let item = aida.registers(&case, photo, &[&yerlan]);
        let compare = |digest: &str| {
            let body = json!({"sha256": digest});
            yerlan.post(format!("{item}/verify")).json(body).expect(200).text("result")
        };
        assert_eq!(compare(&DIGEST.to_uppercase()), "match");
        assert!(flags(&aida, &item).is_empty());
        assert_eq!(compare(&"0".repeat(64)), "mismatch");
        assert_eq!(compare(&"1".repeat(64)), "mismatch");
        assert_eq!(compare(DIGEST), "match");
        assert_eq!(flags(&aida, &item), ["hash_mismatch"]);

        let results: Vec<Value> = told(&yerlan, &case, &item)
            .iter()
            .filter(|entry| entry["action"] == "evidence.verified")
            .map(|entry| entry["details"]["result"].clone())
            .collect();
        assert_eq!(results, ["match", "mismatch", "mismatch", "match"]);
        let etag = aida.get(&item).expect(200).etag();
        let other = json!({"sha256": "0".repeat(64)});
        let refused = aida.patch(&item).if_match(etag).json(other).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/sha256"]);
    }

    /// An item changes hands by an offer that its receiver accepts, and one agency holds it at any time.
    fn custody_changes_by_an_accepted_offer(world) {
        let (aida, yerlan, hasan, case) = shared(world);
        let item = aida.registers(&case, sample(), &[&yerlan, &hasan]);
        let first = aida.offers(&item, &yerlan, "Korday");
        let another = json!({"to_agency_id": hasan.agency, "place": "Baku", "purpose": "Laboratory"});
        let transfers = format!("{item}/transfers");
        aida.post(&transfers).json(&another).refused(409, "invariant-16-one-custodian");
        hasan.post(&transfers).json(&another).refused(403, "forbidden");
        aida.post(format!("{first}/accept")).refused(403, "forbidden");
        hasan.post(format!("{first}/accept")).refused(403, "forbidden");
        let broken = json!({"reason": "The seal is broken"});
        yerlan.post(format!("{first}/refuse")).json(broken).expect(200);
        assert_eq!(custodian(&hasan, &item), aida.agency);

        let second = aida.offers(&item, &yerlan, "Korday");
        let taken = json!({"seal": "KG-4712", "condition": "Dry", "storage_place": "Almaty, safe 2"});
        yerlan.post(format!("{second}/accept")).json(taken).expect(200);
        yerlan.post(format!("{second}/accept")).refused(409, "state-refused");
        assert_eq!(custodian(&hasan, &item), yerlan.agency);
        assert_eq!(hasan.get(&item).expect(200).text("storage_place"), "Almaty, safe 2");
        aida.post(&transfers).json(&another).refused(403, "forbidden");

        let line = hasan.get(format!("{item}/custody")).expect(200);
        let steps: Vec<_> = line.items().iter().map(|step| step["step"].as_str().unwrap()).collect();
        assert_eq!(steps, ["registered", "transferred"]);
        assert_eq!(line.items()[1]["from_agency_id"], line.items()[0]["to_agency_id"]);
        assert_eq!(line.items()[1]["to_agency_id"], json!(yerlan.agency));
        assert_eq!(hasan.get(&transfers).expect(200).items().len(), 2, "the refused one is kept");
    }

    /// Another seal, and two hours that nobody accounts for, are taken as they are told and flagged for ever.
    fn invariants_16_and_17_flagged_told_and_unflagged_a_wrong_seal_and_a_gap(world) {
        let (aida, yerlan, _, case) = shared(world);
        let item = aida.registers(&case, sample(), &[&yerlan]);
        world.advance_minutes(180);
        let offer = json!({
            "to_agency_id": yerlan.agency, "place": "Korday", "purpose": "Laboratory",
            "released_at": world.minutes_from_now(-120),
        });
        let offered = aida.post(format!("{item}/transfers")).json(offer).expect(201);
        let path = format!("{item}/transfers/{}", offered.id());
        yerlan.post(format!("{path}/accept")).json(json!({"seal": "KG-9999"})).expect(200);
        assert_eq!(flags(&aida, &item), ["gap", "seal_mismatch"]);
        let shown = aida.get(&item).expect(200);
        let raised = shown.json["flags"].as_array().unwrap();
        let why = raised.iter().find(|flag| flag["kind"] == "seal_mismatch").unwrap().to_string();
        assert!(why.contains("KG-4712") && why.contains("KG-9999"), "{why}");

        let back = yerlan.offers(&item, &aida, "Korday");
        aida.post(format!("{back}/accept")).json(json!({"seal": "kg 9999"})).expect(200);
        assert_eq!(flags(&yerlan, &item), ["gap", "seal_mismatch"], "no more, and no less");
        world.watches();
        let called = |actor: &Actor| {
            let alerts = actor.get("/alerts?state=open").expect(200);
            let about = alerts.items().iter().filter(|alert| alert["kind"] == "custody_gap");
            about.map(|alert| alert["subject_id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(called(&aida).len(), 2, "one for each flag");
        // An item that goes in time and comes as it left has no flag, and calls nobody.
        let other = aida.registers(&case, sample(), &[&yerlan]);
        let transfer = aida.offers(&other, &yerlan, "Korday");
        yerlan.post(format!("{transfer}/accept")).json(json!({"seal": "kg-4712"})).expect(200);
        assert!(flags(&aida, &other).is_empty());
        assert_eq!(world.watches(), 0);
    }

    /// What became of an item is settled once.
    fn a_disposition_is_final(world) {
        let (aida, yerlan, hasan, case) = shared(world);
        let item = aida.registers(&case, sample(), &[&yerlan, &hasan]);
        let open = aida.offers(&item, &yerlan, "Korday");
        aida.disposes(&item, "destroyed").expect_code(409, "state-refused");
        yerlan.post(format!("{open}/accept")).expect(200);
        hasan.disposes(&item, "destroyed").expect_code(403, "forbidden");
        assert_eq!(yerlan.disposes(&item, "destroyed").text("disposition"), "destroyed");
        aida.disposes(&item, "returned").expect_code(409, "state-refused");
        let offer = json!({"to_agency_id": aida.agency, "place": "Korday", "purpose": "Return"});
        let transfers = format!("{item}/transfers");
        yerlan.post(transfers).json(offer).refused(409, "state-refused");
        let line = aida.get(format!("{item}/custody")).expect(200);
        assert_eq!(line.items().last().unwrap()["disposition"], "destroyed");
    }

    /// Who is removed from the case loses sight of what was shown before, an open offer included.
    fn a_removed_member_loses_sight(world) {
        let (aida, yerlan, hasan, case) = shared(world);
        let item = aida.registers(&case, sample(), &[&yerlan, &hasan]);
        let offer = aida.offers(&item, &yerlan, "Korday");
        yerlan.get(&item).expect(200);
        aida.removes(&case, &yerlan);
        for path in [item.clone(), offer.clone(), case.at("/evidence"), case.at("/journal")] {
            yerlan.get(path).refused(404, "not-found");
        }
        yerlan.post(format!("{offer}/accept")).refused(404, "not-found");
        let gone = json!({"reason": "The receiver is gone"});
        aida.post(format!("{offer}/cancel")).json(gone).expect(200);
        hasan.get(&item).expect(200);
        assert_eq!(custodian(&hasan, &item), aida.agency);
    }
}
