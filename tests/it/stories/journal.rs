//! The journal, as each of its readers may read it, and the log of who consulted what.

use passage::access::Role;
use passage::journal::verify::{Verification, verify_export};
use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, World, both, evidence, unknown_id};

/// A whole chain, as `reader` is given it page by page.
fn export(reader: &Actor, path: &str) -> Value {
    let mut whole = json!({"items": []});
    let mut cursor = String::new();
    loop {
        let page = reader.get(format!("{path}?limit=3{cursor}")).expect(200);
        whole["chain"] = page.json["chain"].clone();
        whole["items"].as_array_mut().unwrap().extend_from_slice(page.items());
        match page.json["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return whole,
        }
    }
}

fn verified(export: &Value) -> Verification {
    verify_export(&export.to_string()).expect("what was joined is an export")
}

/// What kinds of things the entries are about that are not withheld.
fn kinds(export: &Value) -> Vec<&str> {
    let items = export["items"].as_array().unwrap();
    let mut kinds: Vec<&str> =
        items.iter().filter_map(|entry| entry["subject"]["kind"].as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// A case with one of everything in it; the item is shown to the partner alone.
fn worked(world: &World) -> (Actor, Actor, Case) {
    let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
    let case = aida.opens_case().create();
    aida.admits(&case, &yerlan, "partner");
    aida.assigns(&case, &world.officer(House::Kg, Role::CaseOfficer));
    aida.tells(&case, "detected", "Osh", &world.minutes_from_now(-5));
    aida.registers(&case, evidence(&[]), &[&yerlan]);
    let lot = aida.get(case.at("/consignments")).expect(200).items()[0]["id"].clone();
    let plate = json!({"kind": "vehicle_plate", "value": "01 KG 777 ABC"});
    let identifiers = case.at(format!("/consignments/{}/identifiers", lot.as_str().unwrap()));
    aida.post(identifiers).json(plate).expect(201);
    (aida, yerlan, case)
}

both! {
    /// Each reader is given the whole chain, with what is not his withheld, and can check it without the server.
    fn every_reader_can_check_the_whole_chain(world) {
        let (aida, yerlan, case) = worked(world);
        let sardor = world.speaker(House::Uz);
        aida.admits(&case, &sardor, "observer");
        let farida = world.speaker(House::KzProsecutor);
        aida.admits(&case, &farida, "authority");
        let gulnara = world.officer(House::KzProsecutor, Role::Authority);
        let (auditor, officer) =
            (world.officer(House::Kg, Role::Auditor), world.officer(House::Kg, Role::CaseOfficer));
        let path = case.at("/journal");
        let told = format!("journal_entries WHERE chain_id = {}", world.probe().id(&case.id));
        let all = u64::try_from(world.probe().count(&told)).unwrap();
        let full = ["assignment", "case", "consignment", "evidence", "identifier", "member", "milestone"];
        let observed = ["assignment", "case", "consignment", "member", "milestone"];
        let decided = ["assignment", "case", "member"];
        let readers: [(&Actor, &[&str]); 7] = [
            (&aida, &full), (&officer, &full), (&auditor, &full), (&yerlan, &full),
            (&sardor, &observed), (&farida, &decided), (&gulnara, &decided),
        ];
        for (reader, readable) in readers {
            let journal = export(reader, &path);
            let found = verified(&journal);
            assert!(found.is_whole(), "{}: {:?}", reader.email, found.findings);
            assert_eq!(found.entries, all, "{}", reader.email);
            assert_eq!(kinds(&journal), readable, "{}", reader.email);
            assert!(found.withheld > 0, "whom another agency assigns is its own affair");
        }
    }

    /// One letter that is changed in an export is found, and so is an entry that is left out.
    fn a_changed_export_is_found(world) {
        let (aida, _, case) = worked(world);
        let journal = export(&aida, &case.at("/journal"));
        let of = |change: fn(&mut Vec<Value>)| {
            let mut changed = journal.clone();
            change(changed["items"].as_array_mut().unwrap());
            verified(&changed)
        };
        assert!(of(|_| ()).is_whole());
        assert!(!of(|items| items[1]["action"] = json!("case.closed")).is_whole());
        assert!(!of(|items| items[1]["details"]["role"] = json!("observer")).is_whole());
        assert!(!of(|items| drop(items.remove(1))).is_whole());
        assert!(!of(|items| items.swap(1, 2)).is_whole());
    }

    /// A text that is changed in an export no longer fits its digest.
    fn a_changed_text_is_found(world) {
        let (aida, yerlan, case) = worked(world);
        aida.removes(&case, &yerlan);
        let mut journal = export(&aida, &case.at("/journal"));
        let last = journal["items"].as_array_mut().unwrap().last_mut().unwrap();
        assert_eq!(last["action"], "member.removed");
        assert_eq!(last["reason"], "Not on the route any more");
        assert_eq!(last["texts"]["reason"]["text"], last["reason"]);
        last["texts"]["reason"]["text"] = json!("A quarrel");
        last["reason"] = json!("A quarrel");
        assert!(!verified(&journal).is_whole());
        let last = journal["items"].as_array_mut().unwrap().last_mut().unwrap();
        last["texts"]["reason"]["text"] = json!("Not on the route any more");
        assert!(!verified(&journal).is_whole(), "the reason is not the text");
    }

    /// Who is invited, is gone, or never was there reads nothing.
    fn only_who_takes_part_reads(world) {
        let (aida, yerlan, case) = worked(world);
        let (hasan, kirill) = (world.speaker(House::Az), world.speaker(House::Ru));
        aida.invites(&case, &hasan, "partner");
        let path = case.at("/journal");
        hasan.get(&path).refused(404, "not-found");
        kirill.get(&path).refused(404, "not-found");
        world.officer(House::Ru, Role::Auditor).get(&path).refused(404, "not-found");
        world.agency(House::Kg).admin.get(&path).refused(404, "not-found");
        world.system_admin().get(&path).refused(404, "not-found");
        aida.removes(&case, &yerlan);
        yerlan.get(&path).refused(404, "not-found");
    }

    /// An auditor reads the header and the journal of the agency's cases, and nothing else.
    fn an_auditor_reads_the_journal_and_the_header(world) {
        let (_, _, case) = worked(world);
        let auditor = world.officer(House::Kg, Role::Auditor);
        auditor.get(&case.path).expect(200);
        auditor.get(case.at("/journal")).expect(200);
        for part in ["/members", "/consignments", "/milestones", "/evidence", "/assignments"] {
            auditor.get(case.at(part)).refused(404, "not-found");
        }
        auditor.post(case.at("/milestones")).json(json!({})).refused(404, "not-found");
    }

    /// The agency's own chain is for those who answer for the agency, and is whole as well.
    fn an_agency_reads_its_own(world) {
        let aida = world.speaker(House::Kg);
        let (kg, kz) = (world.agency(House::Kg), world.agency(House::Kz));
        let auditor = world.officer(House::Kg, Role::Auditor);
        for reader in [&aida, &kg.admin, &auditor] {
            let journal = export(reader, "/journal");
            let found = verified(&journal);
            assert!(found.is_whole() && found.withheld == 0, "{:?}", found.findings);
            assert_eq!(journal["chain"], json!(kg.id));
            assert!(!journal.to_string().contains(&kz.admin.email));
        }
        world.officer(House::Kg, Role::CaseOfficer).get("/journal").refused(403, "forbidden");
    }

    /// Every reading of a case is recorded before it is answered; what is not found is no reading.
    fn invariant_23_allowed_every_reading_is_recorded(world) {
        let (aida, yerlan, case) = worked(world);
        let evidence = aida.get(case.at("/evidence")).expect(200).items()[0]["id"].clone();
        let item = case.at(format!("/evidence/{}", evidence.as_str().unwrap()));
        let custody = format!("{item}/custody");
        let count = || world.probe().count("consultations");
        for tail in ["", "/members", "/assignments", "/consignments", "/milestones", "/evidence", "/journal"] {
            let before = count();
            yerlan.get(case.at(tail)).expect(200);
            assert_eq!(count(), before + 1, "{tail}");
        }
        let before = count();
        aida.get(&item).expect(200);
        aida.get(&custody).expect(200);
        aida.get("/cases").expect(200);
        // A list is recorded as such, and each case that it shows.
        assert_eq!(count(), before + 4);
        world.speaker(House::Az).get(&case.path).refused(404, "not-found");
        aida.get(case.at(format!("/evidence/{}", unknown_id()))).refused(404, "not-found");
        assert_eq!(count(), before + 4);
        let found = world.probe().lines("SELECT DISTINCT operation AS line FROM consultations");
        assert!(found.contains(&"list_case_journal".to_owned()), "{found:?}");
    }

    /// A write that changes nothing, and a replay, show as much as a reading does, and are recorded like one.
    fn a_look_through_a_write_is_a_look(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        let etag = aida.get(&case.path).expect(200).etag();
        let count = || world.probe().count("consultations");
        let before = count();
        aida.patch(&case.path).if_match(&etag).json(json!({})).changing_nothing().expect(200);
        assert_eq!(count(), before + 1);
    }

    /// Nor does such a write go around the question why.
    fn a_look_through_a_write_is_asked_why(world) with [("PASSAGE_ACCESS__REQUIRE_CONSULTATION_REASON", "true")] {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        let patch = || aida.patch(&case.path).if_match("\"1\"").json(json!({}));
        patch().refused(428, "consultation-reason-required");
        assert!(aida.get("/cases").expect(200).items()[0]["summary"].is_null());
        patch().header("x-consultation-reason", "Preparing").changing_nothing().expect(200);
        aida.get(&case.path).expect(200);
    }

    /// Where the server asks why, it asks those who have access, once for each case and session.
    fn the_reason_is_asked_once(world) with [("PASSAGE_ACCESS__REQUIRE_CONSULTATION_REASON", "true")] {
        let (aida, yerlan, hasan) =
            (world.speaker(House::Kg), world.speaker(House::Kz), world.speaker(House::Az));
        let (case, other) = (aida.opens_case().create(), aida.opens_case().create());
        aida.admits(&case, &yerlan, "partner");
        aida.admits(&other, &yerlan, "partner");
        let asked = "consultation-reason-required";
        hasan.get(&case.path).refused(404, "not-found");
        hasan.get(&case.path).header("x-consultation-reason", "Curiosity").refused(404, "not-found");
        yerlan.get("/cases").expect(200);
        yerlan.get(&case.path).refused(428, asked);
        yerlan.get(case.at("/journal")).refused(428, asked);

        let why = "%D0%A1%D0%BC%D0%B5%D0%BD%D0%B0";
        yerlan.get(case.at("/members")).header("x-consultation-reason", why).expect(200);
        yerlan.get(&case.path).expect(200);
        yerlan.get(&other.path).refused(428, asked);
        aida.get(&case.path).refused(428, asked);

        aida.post(case.at("/consultations")).json(json!({"reason": "  "})).refused(422, "validation-failed");
        hasan.post(case.at("/consultations")).json(json!({"reason": "Duty"})).refused(404, "not-found");
        aida.post(case.at("/consultations")).json(json!({"reason": "Duty"})).expect(204);
        aida.get(case.at("/journal")).expect(200);
        aida.forgets_token();
        aida.get(&case.path).refused(428, asked);

        let mut given = world.probe().lines("SELECT reason AS line FROM consultation_reasons");
        given.sort();
        assert_eq!(given, ["Duty", "Смена"]);
    }

    /// A reason is percent-encoded text of at most 500 characters.
    fn a_reason_is_text(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        let with = |reason: String| aida.get(&case.path).header("x-consultation-reason", reason);
        with("a".repeat(500)).expect(200);
        for wrong in ["a".repeat(501), "%FF".to_owned(), "%20".to_owned(), "a%00b".to_owned()] {
            with(wrong).refused(400, "malformed-request");
        }
    }
}
