//! What is taken away counts from the very next request on, with an access token that would still be good.

use passage::access::Role;
use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, World, both};

/// Something to tell.
fn told(world: &World) -> Value {
    json!({"kind": "departed", "occurred_at": world.minutes_from_now(0), "place": "Osh"})
}

fn milestones(actor: &Actor, case: &Case) -> usize {
    actor.get(case.at("/milestones")).expect(200).items().len()
}

both! {
    /// A member that was removed neither reads nor writes any more.
    fn a_removed_member(world) {
        let aida = world.speaker(House::Kg);
        let (reader, writer) = (world.speaker(House::Kz), world.speaker(House::Uz));
        let case = aida.opens_case().create();
        let path = case.at("/milestones");
        for partner in [&reader, &writer] {
            aida.admits(&case, partner, "partner");
            partner.get(&path).expect(200);
            partner.post(&path).json(told(world)).expect(201);
        }
        aida.removes(&case, &reader);
        reader.get(&path).refused(404, "not-found");
        aida.removes(&case, &writer);
        writer.post(&path).json(told(world)).refused(404, "not-found");
        assert_eq!(milestones(&aida, &case), 2);
    }

    /// A user whose account was ended neither reads nor writes any more.
    fn a_deactivated_user(world) {
        let (aida, admin) = (world.speaker(House::Kg), world.agency(House::Kg).admin);
        let [reader, writer] = [(); 2].map(|()| world.another_officer(House::Kg, Role::LiaisonOfficer));
        let case = aida.opens_case().create();
        let path = case.at("/milestones");
        for officer in [&reader, &writer] {
            officer.get(&path).expect(200);
            officer.post(&path).json(told(world)).expect(201);
        }
        let end = |officer: &Actor| admin.post(format!("/users/{}/deactivate", officer.id)).expect(200);
        end(&reader);
        reader.get(&path).refused(401, "unauthenticated");
        end(&writer);
        writer.post(&path).json(told(world)).refused(401, "unauthenticated");
        assert_eq!(milestones(&aida, &case), 2);
    }

    /// In a session that was ended, from inside or from another one, nothing is read or written any more.
    fn an_ended_session(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        let path = case.at("/milestones");
        let [reads, writes] = [(); 2].map(|()| aida.signs_in().access);
        for session in [&reads, &writes] {
            aida.get(&path).token(session).expect(200);
            aida.post(&path).token(session).json(told(world)).expect(201);
        }
        aida.post("/auth/logout").token(&reads).expect(204);
        aida.get(&path).token(&reads).refused(401, "unauthenticated");
        let session = aida.get("/auth/me").token(&writes).expect(200).text("session_id");
        aida.delete(format!("/auth/sessions/{session}")).expect(204);
        aida.post(&path).token(&writes).json(told(world)).refused(401, "unauthenticated");
        assert_eq!(milestones(&aida, &case), 2);
    }

    /// Who is signed out while the body is on its way is nobody when it is there.
    fn a_session_that_ends_before_the_body(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        let path = case.at("/milestones");
        let session = aida.signs_in().access;
        let (elsewhere, access) = (world.nobody(), session.clone());
        let signs_out = move || {
            elsewhere.get("/auth/me").token(&access).expect(200);
            elsewhere.post("/auth/logout").token(&access).expect(204);
        };
        let late = aida.post(&path).token(&session).key("night-7").json(told(world)).slowly(signs_out);
        late.refused(401, "unauthenticated");
        assert_eq!(milestones(&aida, &case), 0);
        assert_eq!(world.probe().count("idempotency_keys"), 0);
        aida.post(&path).key("night-7").json(told(world)).slowly(|| ()).expect(201);
        assert_eq!(milestones(&aida, &case), 1);
    }
}
