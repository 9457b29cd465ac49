//! The live feed: what happens is told once, in order, to those who may read it, and to nobody else.

use std::io::Write;
use std::time::{Duration, Instant};

use passage::access::{Caller, Context, Role};
use passage::feed::cursor;
use passage::http::Holder;
use serde_json::json;

use crate::harness::{Actor, Event, House, Listener, World, block_on, both, evidence, unknown_id};

fn actions(events: &[Event]) -> Vec<&str> {
    events.iter().map(Event::action).collect()
}

/// Follows behind everything that was committed before.
#[track_caller]
pub(super) fn follows(actor: &Actor, path: &str) -> Listener {
    actor.token();
    actor.world().settles();
    actor.follows(path, None)
}

/// Waits until the server has as many streams open as it should.
#[track_caller]
fn open_streams(world: &World, wanted: usize) {
    let begun = Instant::now();
    while world.app().streams.count() != wanted {
        let open = world.app().streams.count();
        assert!(begun.elapsed() < Duration::from_secs(20), "{open} streams are open, not {wanted}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// An id of `actor`'s for a number that was never given.
fn ahead_of_everything(world: &World, actor: &Actor) -> String {
    let (app, token) = (world.app(), actor.token());
    let holder = Holder::from(&app.tokens.verify(&token, world.now()).unwrap());
    let (mut context, resolve) = (Context::of_command("test", world.now()), app.resolve);
    let found = block_on(app.db.read(&context, move |view| resolve(view, holder, 60))).unwrap();
    context.caller = Caller::Officer(found.unwrap().officer);
    block_on(app.db.read(&context, |view| cursor::seal(view, 1_000_000))).unwrap()
}

/// What each of the events stands at: the chain and the place in it.
fn places(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|event| format!("{}/{}", event.data["chain"], event.data["sequence"]))
        .collect()
}

both! {
    /// Both sides of a case are told of it at once; the entry is the one of the journal.
    fn what_happens_is_told_to_both_sides(world) {
        let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
        let case = aida.opens_case().create();
        aida.admits(&case, &yerlan, "partner");
        let mut streams = [follows(&aida, "/feed"), follows(&yerlan, "/feed")];
        aida.tells(&case, "detected", "Osh", &world.minutes_from_now(-5));
        let journal = aida.get(case.at("/journal?limit=200")).expect(200);
        let entry = journal.items().last().unwrap();
        for stream in &mut streams {
            let mut told = stream.until("milestone.reported");
            let event = told.pop().unwrap();
            assert_eq!(event.data["case_id"], case.id.as_str());
            for field in ["sequence", "hash", "previous_hash", "action", "details", "texts", "actor"] {
                assert_eq!(event.data[field], entry[field], "{field}");
            }
        }
    }

    /// What was told before a stream was opened is not told again, and what belongs to no case is told where one may
    /// read the journal of one's agency.
    fn a_new_stream_begins_with_what_comes_next(world) {
        let aida = world.speaker(House::Kg);
        let officer = world.officer(House::Kg, Role::CaseOfficer);
        let _ = aida.opens_case().create();
        let (mut speaker, mut reads_cases) = (follows(&aida, "/feed"), follows(&officer, "/feed"));
        let watch = json!({"kind": "container", "value": "CSQU3054383"});
        aida.post("/deconfliction/watches").json(watch).expect(201);
        let second = aida.opens_case().create();
        aida.assigns(&second, &officer);
        aida.plans(&second, "checkpoint", "Taraz", 60);
        let told = speaker.until("case.created");
        assert_eq!(told[0].data["case_id"], json!(null), "{told:?}");
        assert!(actions(&told).contains(&"watch.begun"), "{told:?}");
        assert_eq!(told.last().unwrap().data["case_id"], second.id.as_str());
        let told = reads_cases.until("milestone.planned");
        let of_the_case = told.iter().all(|event| event.data["case_id"] == second.id.as_str());
        assert!(of_the_case, "a case officer does not read the agency's journal: {told:?}");
    }

    /// A stranger is told nothing, however much happens; what is his own comes next.
    fn another_agency_is_told_nothing(world) {
        let (aida, hasan) = (world.speaker(House::Kg), world.speaker(House::Az));
        let mut stream = follows(&hasan, "/feed");
        let case = aida.opens_case().create();
        aida.tells(&case, "detected", "Osh", &world.minutes_from_now(-5));
        let own = hasan.opens_case().create();
        // The two cases have a container in common: of that his agency is told, and of nothing else.
        let told = stream.until("case.created");
        assert_eq!(told.last().unwrap().data["case_id"], own.id.as_str());
        let of_others = |event: &Event| event.data["case_id"] != own.id.as_str() && event.action() != "deconfliction.hit";
        assert!(!told.iter().any(of_others), "{told:?}");
        hasan.get(format!("/feed?case={}", case.id)).refused(404, "not-found");
        let (hidden, unknown) = (
            hasan.get(format!("/feed?case={}", case.id)).send(),
            hasan.get(format!("/feed?case={}", unknown_id())).send(),
        );
        let without_id = |body: &serde_json::Value| body["detail"].clone();
        assert_eq!(without_id(&hidden.json), without_id(&unknown.json));
        assert_eq!(hidden.json["code"], unknown.json["code"]);
    }

    /// Whoever comes back with the last id is told what happened meanwhile: nothing is missing, nothing comes twice.
    fn a_stream_goes_on_where_it_was_cut(world) {
        let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
        let cases = [aida.opens_case().create(), aida.opens_case().create()];
        for case in &cases {
            aida.admits(case, &yerlan, "partner");
        }
        let mut whole = follows(&aida, "/feed");
        let mut told = Vec::new();
        let mut last_id = whole.last_id.clone();
        for round in 0..6 {
            let speaker = if round % 2 == 0 { &aida } else { &yerlan };
            speaker.tells(&cases[round % 2], "checkpoint", "Taraz", &world.minutes_from_now(-1));
            // Cut in the middle: what was committed while nobody listened, and what is committed after.
            let mut piece = aida.follows("/feed", Some(&last_id));
            speaker.plans(&cases[round % 2], "checkpoint", "Taraz", 60);
            told.extend(piece.until("milestone.planned"));
            last_id.clone_from(&piece.last_id);
        }
        let mut expected = Vec::new();
        while expected.len() < told.len() {
            expected.push(whole.event());
        }
        assert_eq!(places(&told), places(&expected));
        let mut once = places(&told);
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), told.len(), "nothing twice");
        assert!(actions(&told).iter().filter(|action| **action == "milestone.planned").count() == 6);
    }

    /// An id is good for the one whom it was told, and for nobody else; and no id tells how much happens elsewhere.
    fn an_id_is_sealed_for_one_user(world) {
        let (aida, hasan) = (world.speaker(House::Kg), world.speaker(House::Az));
        let stream = follows(&aida, "/feed");
        let again = follows(&aida, "/feed");
        assert_ne!(stream.last_id, again.last_id, "the same place under another id");
        assert_eq!(stream.last_id.len(), again.last_id.len());
        for (who, id) in [(&hasan, stream.last_id.as_str()), (&aida, "12"), (&aida, "AAAA"), (&aida, "")] {
            let refused = who.get("/feed").header("last-event-id", id).refused(422, "validation-failed");
            assert_eq!(refused.pointers(), ["Last-Event-ID"], "{id:?}");
        }
        // One of this user's own, from before the database was set back.
        let ahead = ahead_of_everything(world, &aida);
        aida.get("/feed").header("last-event-id", ahead).refused(422, "validation-failed");
        let long = "A".repeat(4000);
        aida.get("/feed").header("last-event-id", long).refused(422, "validation-failed");
        aida.get("/feed?case=nothing").refused(422, "validation-failed");
        aida.get("/feed?cases=1").refused(422, "validation-failed");
    }

    /// A removed member is told nothing from then on: neither what happens now, nor what happened before. Who followed
    /// that case alone is cut off.
    fn a_removed_member_is_told_nothing(world) {
        let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
        let case = aida.opens_case().create();
        aida.admits(&case, &yerlan, "partner");
        let mut all = follows(&yerlan, "/feed");
        let only = follows(&yerlan, &format!("/feed?case={}", case.id));
        let before = all.last_id.clone();
        aida.tells(&case, "checkpoint", "Osh", &world.minutes_from_now(-5));
        all.until("milestone.reported");
        aida.removes(&case, &yerlan);
        aida.tells(&case, "checkpoint", "Taraz", &world.minutes_from_now(-1));
        let told = only.ends();
        assert_eq!(actions(&told).last(), Some(&"milestone.reported"), "{told:?}");
        let own = yerlan.opens_case().create();
        let of_the_case = |told: &[Event]| told.iter().any(|event| event.data["case_id"] == case.id.as_str());
        let told = all.until("case.created");
        assert!(!of_the_case(&told), "{told:?}");
        let mut replay = yerlan.follows("/feed", Some(&before));
        let told = replay.until("case.created");
        assert!(!of_the_case(&told), "a replay judges anew: {told:?}");
        assert_eq!(told.last().unwrap().data["case_id"], own.id.as_str());
        yerlan.get(format!("/feed?case={}", case.id)).refused(404, "not-found");
    }

    /// A restricted case is told to those who are assigned to it, and to no colleague.
    fn a_restricted_case_is_told_to_the_assigned(world) with [("PASSAGE_FEED__HEARTBEAT_SECONDS", "1")] {
        let aida = world.speaker(House::Kg);
        let colleague = world.another_officer(House::Kg, Role::CaseOfficer);
        let case = aida.opens_case().restricted().create();
        let mut stream = follows(&colleague, "/feed");
        aida.tells(&case, "checkpoint", "Osh", &world.minutes_from_now(-5));
        // Time for it to be withheld: what is told is judged when it is told, and the assignment comes after.
        world.settles();
        stream.heartbeat();
        stream.heartbeat();
        colleague.get(format!("/feed?case={}", case.id)).refused(404, "not-found");
        aida.assigns(&case, &colleague);
        aida.plans(&case, "checkpoint", "Taraz", 60);
        let told = stream.until("milestone.planned");
        assert!(!actions(&told).contains(&"milestone.reported"), "what was passed is passed: {told:?}");
        aida.delete(case.at(format!("/assignments/{}", colleague.id))).expect(204);
        aida.plans(&case, "checkpoint", "Almaty", 90);
        stream.heartbeat();
        stream.heartbeat();
    }

    /// What one may not read of a case is not told: evidence goes to its audience, not to the other members.
    fn evidence_is_told_to_its_audience(world) {
        let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
        let sardor = world.speaker(House::Uz);
        let case = aida.opens_case().create();
        aida.admits(&case, &yerlan, "partner");
        aida.admits(&case, &sardor, "partner");
        let (mut shown, mut hidden) = (follows(&yerlan, "/feed"), follows(&sardor, "/feed"));
        aida.registers(&case, evidence(&[]), &[&yerlan]);
        aida.plans(&case, "checkpoint", "Taraz", 60);
        let told = shown.until("milestone.planned");
        assert!(actions(&told).contains(&"evidence.registered"), "{told:?}");
        let told = hidden.until("milestone.planned");
        assert_eq!(actions(&told), ["milestone.planned"]);
    }

    /// A stream ends with its session, whoever ends that; and it outlives the access token that it was opened with.
    fn a_stream_ends_with_its_session(world) {
        let aida = world.speaker(House::Kg);
        let officer = world.officer(House::Kg, Role::CaseOfficer);
        let case = aida.opens_case().create();
        aida.assigns(&case, &officer);
        let mut stream = follows(&officer, "/feed");
        world.advance_minutes(11);
        aida.plans(&case, "checkpoint", "Taraz", 60);
        assert_eq!(stream.event().action(), "milestone.planned");
        aida.forgets_token();
        let deactivated = follows(&officer, "/feed");
        let admin = world.agency(House::Kg).admin;
        let path = format!("/users/{}", officer.id);
        let etag = admin.get(&path).expect(200).etag();
        admin.post(format!("{path}/deactivate")).if_match(etag).expect(200);
        assert!(stream.ends().is_empty());
        assert!(deactivated.ends().is_empty());
        let own = follows(&aida, "/feed");
        aida.post("/auth/logout").expect(204);
        let _ = own.ends();
        open_streams(world, 0);
    }

    /// A role that was taken away ends the stream, and nobody who may not follow begins one.
    fn who_may_not_follow_is_refused(world) {
        let admin = world.system_admin();
        admin.get("/feed").refused(403, "forbidden");
        let auditor = world.officer(House::Kg, Role::Auditor);
        let _stream = follows(&auditor, "/feed");
        let officer = world.officer(House::Kg, Role::CaseOfficer);
        let stream = follows(&officer, "/feed");
        // The new role waits for its confirmation, and the old one is gone.
        let agency = world.agency(House::Kg).admin;
        agency.edits(format!("/users/{}", officer.id), json!({"roles": ["authority"]})).expect(200);
        assert!(stream.ends().is_empty());
        world.nobody().get("/feed").refused(401, "unauthenticated");
    }

    /// A silent stream says that it is still there, and goes on behind what it passed unseen.
    fn a_silent_stream_says_that_it_is_there(world) with [("PASSAGE_FEED__HEARTBEAT_SECONDS", "1")] {
        let (aida, hasan) = (world.speaker(House::Kg), world.speaker(House::Az));
        let mut stream = follows(&hasan, "/feed");
        let begun = stream.last_id.clone();
        aida.token();
        stream.heartbeat();
        let _ = aida.opens_case().create();
        stream.heartbeat();
        stream.heartbeat();
        assert_ne!(stream.last_id, begun);
        let mut on = hasan.follows("/feed", Some(&stream.last_id));
        let own = hasan.opens_case().create();
        for stream in [&mut on, &mut stream] {
            assert_eq!(stream.until("case.created").last().unwrap().data["case_id"], own.id.as_str());
        }
    }

    /// One user has a few streams at the most, and a connection that is gone is none.
    fn streams_are_counted_and_none_is_left_behind(world)
        with [("PASSAGE_FEED__STREAMS_PER_USER", "3"), ("PASSAGE_FEED__HEARTBEAT_SECONDS", "1")] {
        let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
        let streams: Vec<Listener> = (0..3).map(|_| follows(&aida, "/feed")).collect();
        let refused = aida.get("/feed").refused(429, "too-many-requests");
        assert!(refused.header("retry-after").is_some());
        let _other = follows(&yerlan, "/feed");
        open_streams(world, 4);
        drop(streams);
        open_streams(world, 1);
        let _again = follows(&aida, "/feed");
        open_streams(world, 2);
    }

    /// A client that takes nothing of what waits for it is given up, and holds nothing.
    fn a_stalled_client_is_given_up(world)
        with [("PASSAGE_FEED__STALLED_SECONDS", "1"), ("PASSAGE_FEED__HEARTBEAT_SECONDS", "1")] {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        let line = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        line.set_recv_buffer_size(1024).unwrap();
        line.connect(&world.address().into()).unwrap();
        let token = aida.token();
        let head = format!("GET /api/v1/feed HTTP/1.1\r\nhost: passage\r\nauthorization: Bearer {token}\r\n\r\n");
        (&line).write_all(head.as_bytes()).unwrap();
        open_streams(world, 1);
        for _ in 0..20 {
            aida.plans(&case, "checkpoint", "Taraz", 60);
        }
        open_streams(world, 0);
        drop(line);
    }

    /// Where a reason must be given, a case of which none was said is told without what happened in it.
    fn without_a_reason_an_entry_is_withheld(world) with [("PASSAGE_ACCESS__REQUIRE_CONSULTATION_REASON", "true")] {
        let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
        let case = aida.opens_case().create();
        aida.invites(&case, &yerlan, "partner");
        yerlan.accepts(&case);
        let mut stream = follows(&yerlan, "/feed");
        let path = format!("/feed?case={}", case.id);
        yerlan.get(&path).refused(428, "consultation-reason-required");
        aida.plans(&case, "checkpoint", "Taraz", 60);
        let event = stream.event();
        assert_eq!(event.data["case_id"], case.id.as_str());
        assert_eq!((&event.data["reason_required"], &event.data["withheld"]), (&json!(true), &json!(true)));
        assert!(event.data.get("action").is_none() && event.data.get("details").is_none(), "{event:?}");
        yerlan.post(case.at("/consultations")).json(json!({"reason": "Our leg begins tonight"})).expect(204);
        aida.plans(&case, "checkpoint", "Almaty", 90);
        assert_eq!(stream.event().action(), "milestone.planned");
        let _only = follows(&yerlan, &path);
    }

    /// What a stream told is in the log of consultations.
    fn what_is_told_is_a_consultation(world) {
        let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
        let case = aida.opens_case().create();
        aida.admits(&case, &yerlan, "partner");
        let told = format!("consultations WHERE operation = 'get_feed' AND case_id = {}", world.probe().id(&case.id));
        let mut stream = follows(&yerlan, "/feed");
        assert_eq!(world.probe().count(&told), 0);
        aida.plans(&case, "checkpoint", "Taraz", 60);
        stream.until("milestone.planned");
        assert_eq!(world.probe().count(&told), 1);
    }
}
