//! Messages: shown to both ends, acknowledged by each receiver, passed on with leave.

use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, Reply, World, both, unknown_id};

/// Aida of Kyrgyzstan leads; Yerlan of Kazakhstan and Hasan of Azerbaijan take part.
fn shared(world: &World) -> (Actor, Actor, Actor, Case) {
    let aida = world.speaker(House::Kg);
    let (yerlan, hasan) = (world.speaker(House::Kz), world.speaker(House::Az));
    let case = aida.opens_case().create();
    aida.admits(&case, &yerlan, "partner");
    aida.admits(&case, &hasan, "partner");
    (aida, yerlan, hasan, case)
}

fn message(to: &[&Actor]) -> Value {
    let to: Vec<&str> = to.iter().map(|actor| actor.agency.as_str()).collect();
    json!({
        "kind": "information", "to": to, "text": "The lorry has changed its trailer",
        "handling_codes": ["H0"],
    })
}

fn with(mut message: Value, name: &str, value: impl Into<Value>) -> Value {
    message[name] = value.into();
    message
}

fn sends(actor: &Actor, case: &Case, message: &Value) -> Reply {
    actor.post(case.at("/messages")).json(message).expect(201)
}

fn inbox(actor: &Actor, case: &Case, query: &str) -> Vec<String> {
    let list = actor.get(case.at(format!("/messages{query}"))).expect(200);
    list.items().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// Entries of the case's journal about messages that `actor` may read.
fn told(actor: &Actor, case: &Case) -> Vec<String> {
    let journal = actor.get(case.at("/journal?limit=200")).expect(200);
    let about = |entry: &&Value| entry["subject"]["kind"] == "message";
    let told = journal.items().iter().filter(about);
    told.map(|entry| entry["action"].as_str().unwrap().to_owned()).collect()
}

both! {
    /// A message is there for both its ends, and for nobody else: not by its path, not in the list, not in the journal.
    fn invariant_20_refused_and_allowed_a_message_is_shown_to_its_ends_only(world) {
        let (aida, yerlan, hasan, case) = shared(world);
        let sent = sends(&aida, &case, &message(&[&yerlan]));
        let path = case.at(format!("/messages/{}", sent.id()));
        assert_eq!(yerlan.get(&path).expect(200).json, sent.json);
        assert_eq!(inbox(&yerlan, &case, ""), [sent.id()]);
        assert_eq!(inbox(&aida, &case, ""), [sent.id()]);
        assert!(inbox(&hasan, &case, "").is_empty());
        hasan.get(&path).refused(404, "not-found");
        hasan.post(format!("{path}/acknowledge")).refused(404, "not-found");
        assert_eq!(told(&yerlan, &case), ["message.sent"]);
        assert!(told(&hasan, &case).is_empty());

        // Naming it in another message tells nothing either.
        for id in [sent.id(), unknown_id()] {
            let quoting = with(message(&[&aida]), "forwards", id.clone());
            let refused = hasan.post(case.at("/messages")).json(quoting).refused(422, "validation-failed");
            assert_eq!(refused.pointers(), ["/forwards"]);
            let reply = with(with(message(&[&aida]), "kind", "reply"), "in_reply_to", id);
            let refused = hasan.post(case.at("/messages")).json(reply).refused(422, "validation-failed");
            assert_eq!(refused.pointers(), ["/in_reply_to"]);
        }
    }

    /// Each receiver acknowledges for itself, once; what nobody acknowledged in time is overdue.
    fn each_receiver_acknowledges_for_itself(world) {
        let (aida, yerlan, hasan, case) = shared(world);
        let due = with(message(&[&yerlan, &hasan]), "due_at", world.minutes_from_now(30));
        let sent = sends(&aida, &case, &due);
        let path = case.at(format!("/messages/{}", sent.id()));
        assert_eq!(inbox(&yerlan, &case, "?unacknowledged=true"), [sent.id()]);
        aida.post(format!("{path}/acknowledge")).refused(403, "forbidden");
        world.advance_minutes(10);
        let first = yerlan.post(format!("{path}/acknowledge")).expect(200);
        let again = yerlan.post(format!("{path}/acknowledge")).changing_nothing().expect(200);
        assert_eq!(first.json, again.json);
        assert_ne!(first.etag(), sent.etag());
        assert!(inbox(&yerlan, &case, "?unacknowledged=true").is_empty());
        assert_eq!(inbox(&hasan, &case, "?unacknowledged=true"), [sent.id()]);
        assert_eq!(aida.get(&path).expect(200).json["overdue"], false);
        world.advance_minutes(21);
        assert_eq!(aida.get(&path).expect(200).json["overdue"], true);
        hasan.post(format!("{path}/acknowledge")).expect(200);
        assert_eq!(aida.get(&path).expect(200).json["overdue"], false);
    }

    /// An observer is told, and is not waited for.
    fn an_observer_only_reads(world) {
        let (aida, _, _, case) = shared(world);
        let observer = world.speaker(House::Uz);
        aida.admits(&case, &observer, "observer");
        let due = with(message(&[&observer]), "due_at", world.minutes_from_now(5));
        let path = case.at(format!("/messages/{}", sends(&aida, &case, &due).id()));
        world.advance_minutes(6);
        assert_eq!(observer.get(&path).expect(200).json["overdue"], false);
        observer.post(format!("{path}/acknowledge")).refused(403, "forbidden");
        observer.post(case.at("/messages")).json(message(&[&aida])).refused(403, "forbidden");
    }

    /// What bears H2 is not passed on before whoever said it consents, for each agency.
    fn invariant_20_refused_and_allowed_h2_is_not_passed_on_without_consent(world) {
        let (aida, yerlan, hasan, case) = shared(world);
        let first = sends(&aida, &case, &with(message(&[&yerlan]), "handling_codes", json!(["H2"])));
        let path = case.at(format!("/messages/{}", first.id()));
        let onwards = with(message(&[&hasan]), "forwards", first.id());
        let refused = yerlan
            .post(case.at("/messages"))
            .json(&onwards)
            .refused(409, "invariant-20-not-to-be-passed-on");
        assert_eq!(refused.json["missing"][0]["subject"], hasan.agency);
        yerlan
            .post(format!("{path}/consent"))
            .json(json!({"agencies": [hasan.agency]}))
            .refused(403, "forbidden");
        hasan.get(&path).refused(404, "not-found");

        aida.post(format!("{path}/consent")).json(json!({"agencies": [hasan.agency]})).expect(200);
        let passed_on = sends(&yerlan, &case, &onwards);
        assert_eq!(passed_on.json["handling_codes"], json!(["H0", "H2"]), "conditions travel along");
        let read = hasan.get(case.at(format!("/messages/{}", passed_on.id()))).expect(200);
        assert_eq!(read.json["forwards"]["text"], first.json["text"]);
        // The first message itself stays between its ends.
        hasan.get(&path).refused(404, "not-found");
    }

    /// Without H2 it goes on freely, and its sender needs nobody's leave.
    fn what_may_be_passed_on_is_passed_on(world) {
        let (aida, yerlan, hasan, case) = shared(world);
        let free = sends(&aida, &case, &message(&[&yerlan]));
        sends(&yerlan, &case, &with(message(&[&hasan]), "forwards", free.id()));
        let own = sends(&aida, &case, &with(message(&[&yerlan]), "handling_codes", json!(["H2"])));
        sends(&aida, &case, &with(message(&[&hasan]), "forwards", own.id()));
    }

    /// A message without conditions says none.
    fn a_message_needs_no_handling_codes(world) {
        let (aida, yerlan, _, case) = shared(world);
        let mut plain = message(&[&yerlan]);
        plain.as_object_mut().unwrap().remove("handling_codes");
        assert_eq!(sends(&aida, &case, &plain).json["handling_codes"], json!([]));
    }

    /// Every fault is named at once, and nothing is sent.
    fn bad_messages_name_every_fault(world) {
        let (aida, yerlan, _, case) = shared(world);
        let stranger = world.speaker(House::Ru);
        let bad = json!({
            "kind": "reply", "to": [yerlan.agency, aida.agency, stranger.agency, unknown_id()], "text": " ",
            "due_at": world.minutes_from_now(-1), "handling_codes": ["H3"],
        });
        let refused = aida.post(case.at("/messages")).json(bad).refused(422, "validation-failed");
        let named = ["/text", "/due_at", "/handling_note", "/in_reply_to", "/to/1", "/to/2", "/to/3"];
        assert_eq!(refused.pointers(), named);
        for to in [json!([]), json!([yerlan.agency, yerlan.agency])] {
            let bad = with(message(&[]), "to", to);
            let refused = aida.post(case.at("/messages")).json(bad).refused(422, "validation-failed");
            assert_eq!(refused.pointers(), ["/to"]);
        }
        assert!(inbox(&aida, &case, "").is_empty());
        aida.get(case.at("/messages?kind=gossip&unacknowledged=maybe&limit=0")).refused(422, "validation-failed");
    }

    /// Pages give every message once.
    fn messages_come_in_pages(world) {
        let (aida, yerlan, hasan, case) = shared(world);
        let mut sent = Vec::new();
        for number in 0..5 {
            let text = format!("Number {number}");
            sent.push(sends(&aida, &case, &with(message(&[&yerlan]), "text", text)).id());
            sends(&aida, &case, &message(&[&hasan]));
        }
        let mut seen = Vec::new();
        let mut query = "?limit=2".to_owned();
        loop {
            let page = yerlan.get(case.at(format!("/messages{query}"))).expect(200);
            seen.extend(page.items().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            let Some(next) = page.json["next_cursor"].as_str() else { break };
            query = format!("?limit=2&cursor={next}");
        }
        assert_eq!(seen, sent);
    }
}
