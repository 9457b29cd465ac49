//! Invitations: what a newcomer sets the first password with.

use passage::access::Role;
use serde_json::{Value, json};

use super::{account, account_of, agency, login};
use crate::harness::{Actor, Directory, House, PASSWORD, Reply, Request, World, both, unknown_id};
use crate::stories::mail::mails;

fn accepts(world: &World, token: &str, password: &str) -> Request {
    let body = serde_json::json!({"token": token, "password": password});
    world.nobody().post("/auth/invitations/accept").json(body)
}

fn renews(by: &Actor, made: &Reply) -> Request {
    by.post(format!("/users/{}/invitation", made.id()))
}

both! {
    /// An invitation is told once, redeemed once, and runs out after three days.
    fn told_once_and_redeemed_once(world) {
        let root = world.system_admin();
        let body = account("b@operator.example", &["system_admin"]);
        let made = root.post("/users").key("one").json(&body).expect(201);
        let again = root.post("/users").key("one").json(&body).changing_nothing().expect(201);
        assert_eq!(made.id(), again.id());
        assert_eq!(again.json["invitation_token"], Value::Null);
        let token = made.text("invitation_token");
        accepts(world, "psi_x", PASSWORD).refused(401, "invalid-invitation");
        let weak = accepts(world, &token, "short").refused(422, "validation-failed");
        assert_eq!(weak.pointers(), ["/password"]);
        world.advance_seconds(72 * 3600);
        accepts(world, &token, PASSWORD).refused(401, "invalid-invitation");
        world.advance_seconds(-1);
        accepts(world, &token, PASSWORD).expect(204);
        accepts(world, &token, PASSWORD).refused(401, "invalid-invitation");
        login(world, "b@operator.example", PASSWORD).expect(200);
    }

    /// The former invitation is worth nothing once another one is made, which lasts its own time.
    fn a_lost_one_is_renewed(world) tuned mails {
        let (admin, liaison) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
        let email = "newcomer@kg.example";
        let made = admin.post("/users").json(account(email, &["case_officer"])).expect(201);
        world.advance_seconds(72 * 3600);
        accepts(world, &made.text("invitation_token"), PASSWORD).refused(401, "invalid-invitation");
        let first = renews(&admin, &made).key("one").expect(200);
        assert_eq!(first.text("expires_at"), world.now().plus_seconds(72 * 3600).to_string());
        let again = renews(&admin, &made).key("one").changing_nothing().expect(200);
        assert_eq!(again.json["invitation_token"], Value::Null);
        assert_eq!(world.mailed_token(email), first.text("invitation_token"));
        let second = renews(&admin, &made).expect(200);
        assert_eq!(world.mailed_token(email), second.text("invitation_token"));
        accepts(world, &first.text("invitation_token"), PASSWORD).refused(401, "invalid-invitation");
        accepts(world, &second.text("invitation_token"), PASSWORD).expect(204);
        // It was redeemed, and waits for its confirmation: nothing is left to renew, before and after.
        renews(&admin, &made).refused(409, "state-refused");
        liaison.post(format!("/users/{}/confirm", made.id())).expect(200);
        renews(&admin, &made).refused(409, "state-refused");
        login(world, email, PASSWORD).expect(200);
    }

    /// Three within an hour, the first one counted.
    fn not_too_often(world) {
        let admin = world.agency(House::Kg).admin;
        let made = admin.post("/users").json(account("newcomer@kg.example", &["case_officer"])).expect(201);
        renews(&admin, &made).expect(200);
        renews(&admin, &made).expect(200);
        let refused = renews(&admin, &made).refused(429, "too-many-requests");
        assert_eq!(refused.header("retry-after"), Some("3600"));
        world.advance_minutes(60);
        renews(&admin, &made).expect(200);
    }

    /// Whoever may invite does it again, and nobody else.
    fn by_whoever_may_invite(world) {
        let (root, kg, kz) = (world.system_admin(), world.agency(House::Kg), world.agency(House::Kz));
        let (liaison, officer) = (world.speaker(House::Kg), world.officer(House::Kg, Role::CaseOfficer));
        let made = kg.admin.post("/users").json(account("newcomer@kg.example", &["case_officer"])).expect(201);
        for by in [&liaison, &officer] {
            renews(by, &made).refused(403, "forbidden");
        }
        for by in [&root, &kz.admin, &world.speaker(House::Kz)] {
            renews(by, &made).refused(404, "not-found");
        }
        kg.admin.post(format!("/users/{}/invitation", unknown_id())).refused(404, "not-found");
        renews(&kg.admin, &made).expect(200);
        // An account that a provider brought in has none.
        let directory = Directory::new(world, House::KgPolice);
        let user = directory.brings("aida", "7", &json!({})).expect(201).id();
        let admin = world.agency(House::KgPolice).admin;
        admin.post(format!("/users/{user}/invitation")).refused(409, "state-refused");
        kg.admin.post(format!("/users/{}/deactivate", made.id())).expect(200);
        renews(&kg.admin, &made).refused(409, "state-refused");
        kg.admin.post(format!("{}/invitation", account_of(&kg.admin))).refused(403, "forbidden");
    }

    /// A system admin invites the first admin of another agency again, until there is one.
    fn the_first_admin_is_invited_again(world) {
        let root = world.system_admin();
        let bare = root.post("/agencies").json(agency("bare", "KZ")).expect(201).id();
        let mut first = account("first@bare.example", &["agency_admin"]);
        first["agency_id"] = json!(bare);
        let made = root.post("/users").json(first).expect(201);
        world.advance_seconds(72 * 3600);
        world.agency(House::Kg).admin.post(format!("/users/{}/invitation", made.id())).refused(404, "not-found");
        let token = renews(&root, &made).expect(200).text("invitation_token");
        accepts(world, &token, PASSWORD).expect(204);
        renews(&root, &made).refused(404, "not-found");
        login(world, "first@bare.example", PASSWORD).expect(200);
    }
}
