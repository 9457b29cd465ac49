//! Proving once more who one is, for what is dangerous.

use passage::access::Role;
use serde_json::{Value, json};

use super::{login, refresh};
use crate::harness::{
    Actor, Authenticator, Directory, House, Machine, PASSWORD, Tokens, World, both,
};

/// What an account is made with.
fn account(name: &str, roles: &[&str]) -> Value {
    json!({"email": format!("{name}@example.kg"), "full_name": name, "roles": roles})
}

/// The same for the first admin of that agency.
fn first_admin(agency: &str) -> Value {
    let mut body = account("first", &["agency_admin"]);
    body["agency_id"] = json!(agency);
    body
}

both! {
    /// Whoever proves it once more may do what is dangerous for another while.
    fn it_opens_what_is_dangerous(world) {
        let root = world.system_admin();
        let first = root.signs_in().refresh;
        world.advance_minutes(16);
        let access = Tokens::of(&refresh(world, &first).expect(200)).access;
        let with = |path: &str| world.nobody().post(path).token(&access);
        with("/auth/factors/totp").refused(403, "reauthentication-required");
        let again = |password: &str| with("/auth/reauthenticate").json(json!({"password": password}));
        let long = again(&"x".repeat(257)).expect(422);
        assert_eq!(long.pointers(), ["/password"]);
        again("wrong").refused(401, "sign-in-failed");
        with("/auth/factors/totp").refused(403, "reauthentication-required");
        let proved = again(PASSWORD).expect(200);
        let me = world.nobody().get("/auth/me").token(&access).expect(200);
        assert_eq!(me.json["authenticated_at"], proved.json["authenticated_at"]);
        with("/auth/factors/totp").expect(200);
    }

    /// What gives power over others is not open to a session that was left open, what gives none is; and once its user has
    /// proved again who he or she is, everything is.
    fn what_gives_power_needs_a_recent_sign_in(world) {
        let (root, agency, speaker) = (world.system_admin(), world.agency(House::Kg), world.speaker(House::Kg));
        let centre = json!({
            "name": "Centre", "short_name": "C", "kind": "regional", "time_zone": "Asia/Almaty", "languages": ["ru"],
            "contact_point": {"phone": "+77270000000", "email": "duty@centre.example", "hours": "24/7"},
        });
        let centre = root.post("/agencies").json(centre).expect(201).id();
        let (abroad, another) = (world.agency(House::Kz).id, world.agency(House::KgPolice).id);
        let waits = agency.admin.post("/users").json(account("waits", &["case_officer"])).expect(201).id();
        let officer = world.another_officer(House::Kg, Role::CaseOfficer);
        let provider = agency.admin.connects_provider(&json!({})).id();
        let token = Directory::waiting(world, House::Kg, &provider, &json!({}));
        let provider = format!("/agencies/{}/identity-providers/{provider}", agency.id);
        let machine = Machine::waiting(world, House::Kg, &["case_officer"], &["cases.read"]);
        root.post(format!("/agencies/{}/authority", agency.id)).expect(200);
        root.post(format!("/agencies/{another}/authority")).expect(200);
        let mut left = [&root, &agency.admin, &speaker].map(Actor::signs_in);
        for minutes in [8, 8] {
            world.advance_minutes(minutes);
            left = left.map(|tokens| Tokens::of(&refresh(world, &tokens.refresh).expect(200)));
        }
        let [root, admin, speaker] = left.map(|tokens| {
            move |method: &str, path: &str| world.nobody().request(method, path).token(&tokens.access)
        });
        let path = format!("/users/{}", officer.id);
        let etag = admin("GET", &path).expect(200).etag();
        let powerful = || [
            root("POST", "/users").json(account("root", &["system_admin"])),
            root("POST", "/users").json(first_admin(&centre)),
            root("POST", &format!("/agencies/{abroad}/authority")),
            admin("POST", "/users").json(account("admin", &["agency_admin"])),
            admin("POST", "/users").json(account("judge", &["authority"])),
            admin("POST", "/users").json(account("liaison", &["liaison_officer"])),
            admin("PATCH", &path).if_match(&etag).json(json!({"roles": ["case_officer", "liaison_officer"]})),
            speaker("POST", &format!("/users/{waits}/confirm")),
            speaker("POST", &format!("{provider}/confirm")),
            speaker("POST", &format!("{}/confirm", token.path)),
            speaker("POST", &format!("{}/confirm", machine.path)),
            speaker("POST", &format!("/agencies/{another}/authority/confirm")),
        ];
        for request in powerful() {
            request.refused(403, "reauthentication-required");
        }
        // What is not right is told first, and who may not do it at all learns nothing else.
        admin("POST", "/users").json(account("king", &["king"])).refused(422, "validation-failed");
        admin("POST", &format!("{provider}/confirm")).refused(403, "forbidden");
        admin("POST", "/users").json(account("clerk", &["case_officer"])).expect(201);
        for actor in [&root, &admin, &speaker] {
            actor("POST", "/auth/reauthenticate").json(json!({"password": PASSWORD})).expect(200);
        }
        for request in powerful() {
            let reply = request.send();
            assert!([200, 201].contains(&reply.status), "{reply}");
        }
    }

    /// To take power away, a session that was left open is enough.
    fn taking_power_away_needs_none(world) {
        let (admin, officer) = (world.agency(House::Kg).admin, world.another_officer(House::Kg, Role::Authority));
        let machine = Machine::new(world, House::Kg, &["case_officer"], &["cases.read"]);
        let mut left = admin.signs_in();
        for minutes in [8, 8] {
            world.advance_minutes(minutes);
            left = Tokens::of(&refresh(world, &left.refresh).expect(200));
        }
        let with = |method: &str, path: &str| world.nobody().request(method, path).token(&left.access);
        let path = format!("/users/{}", officer.id);
        let etag = with("GET", &path).expect(200).etag();
        let less = with("PATCH", &path).if_match(etag).json(json!({"roles": ["case_officer"]})).expect(200);
        assert_eq!((&less.json["roles"], &less.json["proposed_roles"]), (&json!([]), &json!(["case_officer"])));
        with("POST", &format!("{path}/deactivate")).expect(200);
        with("POST", &format!("{}/deactivate", machine.path)).expect(200);
    }

    /// The second factor is asked for too; then the session is one that proved it.
    fn with_the_second_factor_too(world) with [("PASSAGE_IDENTITY__SECOND_FACTOR_FOR", "system_admin")] {
        let root = world.system_admin();
        let other = root.signs_in().access;
        let device = Authenticator::of(&root);
        world.advance_seconds(30);
        let with = |method: &str, path: &str| world.nobody().request(method, path).token(&other);
        let again = |body: serde_json::Value| with("POST", "/auth/reauthenticate").json(body);
        again(json!({"password": PASSWORD})).refused(401, "second-factor-required");
        again(json!({"password": PASSWORD, "otp": "nothing"})).refused(401, "sign-in-failed");
        again(json!({"password": "wrong", "otp": device.shows(0)})).refused(401, "sign-in-failed");
        with("GET", "/agencies").refused(403, "second-factor-setup-required");
        let otp = device.shows(0);
        again(json!({"password": PASSWORD, "otp": otp})).expect(200);
        with("GET", "/agencies").expect(200);
        with("DELETE", "/auth/factors").expect(204);
        // It was good for once.
        again(json!({"password": PASSWORD})).expect(200);
    }

    /// Guesses count like those at the door, and at both together.
    fn guesses_count_as_at_the_door(world) {
        let root = world.system_admin();
        let access = root.signs_in().access;
        let again = |password: &str| {
            let body = json!({"password": password});
            world.nobody().post("/auth/reauthenticate").token(&access).json(body)
        };
        for _ in 0..3 {
            again("wrong").refused(401, "sign-in-failed");
        }
        for _ in 0..2 {
            login(world, &root.email, "wrong").refused(401, "sign-in-failed");
        }
        again(PASSWORD).refused(429, "too-many-requests");
        login(world, &root.email, PASSWORD).refused(429, "too-many-requests");
        world.advance_seconds(30);
        again(PASSWORD).expect(200);
        login(world, &root.email, PASSWORD).expect(200);
    }
}
