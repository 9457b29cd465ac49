//! Commands that are sent again: one key, one effect.

use std::collections::BTreeSet;

use passage::access::Role;
use serde_json::{Value, json};

use crate::harness::{Actor, Backend, Case, House, World, both, evidence};

fn case(world: &World) -> (Actor, Actor, Case) {
    let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
    let case = aida.opens_case().create();
    aida.admits(&case, &yerlan, "partner");
    (aida, yerlan, case)
}

fn milestone(world: &World) -> Value {
    json!({"kind": "departed", "expected_at": world.minutes_from_now(60), "place": "Osh"})
}

fn milestones(actor: &Actor, case: &Case) -> usize {
    actor.get(case.at("/milestones")).expect(200).items().len()
}

both! {
    /// The same command under the same key has one effect and one answer, down to its headers.
    fn invariant_26_allowed_a_repeated_command_has_one_effect(world) {
        let (aida, _, case) = case(world);
        let (path, body) = (case.at("/milestones"), milestone(world));
        let first = aida.post(&path).key("night-7").json(&body).expect(201);
        world.advance_minutes(5);
        let again = aida.post(&path).key("night-7").json(&body).changing_nothing().expect(201);
        assert_eq!(again.body, first.body);
        for header in ["etag", "location", "content-type"] {
            assert_eq!(again.header(header), first.header(header));
        }
        assert_eq!(milestones(&aida, &case), 1);
        aida.post(&path).key("night-8").json(&body).expect(201);
        assert_eq!(milestones(&aida, &case), 2);
    }

    /// A key stands for one command: another body under it is refused, and on another path it is another key.
    fn a_key_belongs_to_one_command(world) {
        let (aida, _, case) = case(world);
        let (path, body) = (case.at("/milestones"), milestone(world));
        aida.post(&path).key("night-7").json(&body).expect(201);
        let mut other = body.clone();
        other["place"] = json!("Jalal-Abad");
        let reused = "idempotency-key-reused";
        aida.post(&path).key("night-7").json(&other).refused(422, reused);
        aida.post(case.at("/evidence")).key("night-7").json(evidence(&[])).expect(201);
        assert_eq!(milestones(&aida, &case), 1);
    }

    /// Somebody else's key is somebody else's.
    fn another_principal_has_keys_of_its_own(world) {
        let (aida, yerlan, case) = case(world);
        let (path, body) = (case.at("/milestones"), milestone(world));
        let hers = aida.post(&path).key("night-7").json(&body).expect(201);
        let his = yerlan.post(&path).key("night-7").json(&body).expect(201);
        assert_ne!(hers.id(), his.id());
        assert_eq!(his.text("agency_id"), yerlan.agency);
    }

    /// A colleague's key is the colleague's: two commands, each with its own effect and its own answer.
    fn colleagues_have_keys_of_their_own(world) {
        let (aida, _, case) = case(world);
        let colleague = world.another_officer(House::Kg, Role::LiaisonOfficer);
        assert_eq!(colleague.agency, aida.agency);
        let (path, body) = (case.at("/milestones"), milestone(world));
        let first = [&aida, &colleague].map(|officer| {
            officer.post(&path).key("night-7").json(&body).expect(201).id()
        });
        assert_ne!(first[0], first[1]);
        assert_eq!(milestones(&aida, &case), 2);
        let again = [&aida, &colleague].map(|officer| {
            officer.post(&path).key("night-7").json(&body).changing_nothing().expect(201).id()
        });
        assert_eq!(again, first);
    }

    /// A key is kept for a day.
    fn a_key_is_forgotten_after_a_day(world) {
        let (aida, _, case) = case(world);
        let (path, body) = (case.at("/milestones"), milestone(world));
        let first = aida.post(&path).key("night-7").json(&body).expect(201);
        world.advance_minutes(24 * 60 - 1);
        let again = aida.post(&path).key("night-7").json(&body).changing_nothing().expect(201);
        assert_eq!(again.id(), first.id());
        world.advance_minutes(2);
        assert_ne!(aida.post(&path).key("night-7").json(&body).expect(201).id(), first.id());
    }

    /// Who has lost access is not told the answer that he once had.
    fn access_is_judged_again(world) {
        let (aida, yerlan, case) = case(world);
        let (path, body) = (case.at("/milestones"), milestone(world));
        yerlan.post(&path).key("night-7").json(&body).expect(201);
        aida.removes(&case, &yerlan);
        yerlan.post(&path).key("night-7").json(&body).refused(404, "not-found");
        let other = json!({"kind": "departed"});
        yerlan.post(&path).key("night-7").json(&other).refused(404, "not-found");
        aida.admits(&case, &yerlan, "partner");
        yerlan.post(&path).key("night-7").json(&body).changing_nothing().expect(201);
    }

    /// What was refused is refused again under its key, even when it would be possible by now.
    fn a_refusal_is_kept(world) {
        let (aida, yerlan, case) = case(world);
        let invite = || {
            let body = json!({"agency_id": yerlan.agency, "role": "partner"});
            aida.post(case.at("/members")).json(body)
        };
        let first = invite().key("night-7").refused(409, "membership-exists");
        aida.removes(&case, &yerlan);
        let again = invite().key("night-7").refused(409, "membership-exists");
        assert_eq!(again.body, first.body);
        let faulty = json!({"agency_id": "nobody"});
        for _ in 0..2 {
            aida.post(case.at("/members")).key("night-8").json(&faulty).refused(422, "validation-failed");
        }
        invite().key("night-9").expect(201);
    }

    /// A token that is shown once is not shown again, and stands nowhere in the database.
    fn a_secret_is_not_kept(world) {
        let admin = world.agency(House::Kg).admin;
        let body = json!({
            "email": "newcomer@kg.example", "full_name": "A newcomer",
            "roles": ["auditor"], "locale": "en",
        });
        let first = admin.post("/users").key("night-7").json(&body).expect(201);
        let token = first.text("invitation_token");
        let again = admin.post("/users").key("night-7").json(&body).changing_nothing().expect(201);
        assert_eq!(again.id(), first.id());
        assert!(again.json["invitation_token"].is_null(), "{again}");
        assert_eq!(world.probe().count("idempotency_keys"), 1);
        assert!(world.probe().reveals("newcomer@kg.example"), "the probe finds what is there");
        assert!(!world.probe().reveals(&token));
        let redeemed = json!({"token": token, "password": "correct horse battery staple"});
        world.nobody().post("/auth/invitations/accept").json(redeemed).expect(204);
    }

    /// Ten at once under one key: one effect, and nobody is told anything else.
    fn ten_at_once_have_one_effect(world) {
        let (aida, _, case) = case(world);
        let (path, body) = (case.at("/milestones"), milestone(world));
        let post = || {
            let reply = aida.post(&path).key("night-7").json(&body).beside_others().send();
            if reply.status == 201 {
                return Some(reply.id());
            }
            reply.expect_code(409, "request-in-flight");
            None
        };
        let told: Vec<Option<String>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..10).map(|_| scope.spawn(post)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let made: BTreeSet<&String> = told.iter().flatten().collect();
        assert_eq!(made.len(), 1, "{told:?}");
        assert_eq!(milestones(&aida, &case), 1);
        let late = aida.post(&path).key("night-7").json(&body).changing_nothing().expect(201);
        assert_eq!(Some(&late.id()), made.first().copied());
    }
}

/// While the first request with a key is at work, the second is told so, and afterwards it is told the first's answer.
/// On `SQLite` there is one writer: the second waits.
#[test]
fn a_key_in_flight() {
    World::play(Backend::Postgres, concat!(module_path!(), "::a_key_in_flight"), |world| {
        let (aida, _, case) = case(world);
        let (path, body) = (case.at("/milestones"), milestone(world));
        let post = || aida.post(&path).key("night-7").json(&body).beside_others().send();
        aida.token();
        // Whoever writes in the case waits for its chain, with the key in hand.
        let mut chain = world.server_probe();
        chain.execute("BEGIN").unwrap();
        let lock =
            format!("SELECT 1 FROM journal_chains WHERE id = {} FOR UPDATE", chain.id(&case.id));
        assert_eq!(chain.execute(&lock).unwrap(), 1);
        let (first, second) = std::thread::scope(|scope| {
            let first = scope.spawn(post);
            let claimed = (0..100_000).any(|_| is_a_key_claimed(world));
            let second = claimed.then(post);
            chain.execute("COMMIT").unwrap();
            (first.join().unwrap(), second.expect("the first request claims its key"))
        });
        second.expect_code(409, "request-in-flight");
        assert_eq!((first.status, milestones(&aida, &case)), (201, 1));
        let late = aida.post(&path).key("night-7").json(&body).changing_nothing().expect(201);
        assert_eq!(late.body, first.body);
    });
}

/// Whether a transaction holds a key in the story's own database. Locks that the server takes for itself begin with the
/// bytes of `pass`.
fn is_a_key_claimed(world: &World) -> bool {
    let held = world.probe().lines(
        "SELECT locktype AS line FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid <> 1885434739 \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    !held.is_empty()
}
