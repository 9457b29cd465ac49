//! Accounts: who makes them, who confirms them, and what becomes of their roles.

use passage::access::Role;
use passage::identity::bootstrap::create_system_admin;
use serde_json::json;

use super::{account, account_of, agency, login};
use crate::harness::{Actor, House, PASSWORD, World, block_on, both, unknown_id};

both! {
    /// The first account of the server is made once for each address, however it is written.
    fn the_first_is_made_once(world) {
        let (email, app) = (world.system_admin().email.replace("user", "User"), world.app());
        let password = PASSWORD.to_owned().into();
        let made = create_system_admin(&app.db, &app.passwords, world.now(), &email, "Root", password);
        assert_eq!(block_on(made).unwrap_err().code().name, "duplicate");
    }

    /// A system admin makes the first admin of an agency, and nobody else there.
    fn a_system_admin_makes_the_first_admin(world) {
        let root = world.system_admin();
        let staffed = world.agency(House::Kg);
        let bare = root.post("/agencies").json(agency("bare", "KZ")).expect(201).id();
        let try_in = |by: &Actor, agency: &str, role: &str| {
            let mut body = account("x@y.example", &[role]);
            body["agency_id"] = json!(agency);
            by.post("/users").json(body)
        };
        try_in(&root, &staffed.id, "agency_admin").refused(403, "forbidden");
        try_in(&root, &unknown_id(), "agency_admin").refused(404, "not-found");
        try_in(&root, &bare, "liaison_officer").refused(403, "forbidden");
        try_in(&staffed.admin, &bare, "agency_admin").refused(403, "forbidden");
        try_in(&root, &bare, "agency_admin").expect(201);
    }

    /// An operational account waits until somebody who speaks for the agency confirms it.
    fn an_operational_account_waits(world) {
        let (root, admin) = (world.system_admin(), world.agency(House::Kg).admin);
        let liaison = world.speaker(House::Kg);
        let officer = admin.hires(House::Kg, &["case_officer"], None);
        let path = account_of(&officer);
        let confirm = format!("{path}/confirm");
        assert_eq!(admin.get(&path).expect(200).json["confirmed"], false);
        login(world, &officer.email, PASSWORD).refused(401, "sign-in-failed");
        admin.post(&confirm).refused(403, "forbidden");
        root.post(&confirm).refused(404, "not-found");
        assert_eq!(liaison.post(&confirm).expect(200).json["status"], "active");
        officer.get("/auth/me").expect(200);
    }

    /// A role that is added waits as the account did, and what holds counts in sessions that are open.
    fn a_new_role_waits(world) {
        let (admin, liaison) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
        let officer = world.officer(House::Kg, Role::CaseOfficer);
        let (path, session) = (account_of(&officer), officer.client());
        let roles = || session.get("/auth/me").expect(200).json["roles"].clone();
        assert_eq!(roles(), json!(["case_officer"]));
        let changed = admin.edits(&path, json!({"roles": ["authority"]})).expect(200);
        assert_eq!(changed.json["roles"], json!([]));
        assert_eq!(changed.json["proposed_roles"], json!(["authority"]));
        assert_eq!(roles(), json!([]));
        let confirmed = liaison.post(format!("{path}/confirm")).expect(200);
        assert_eq!(confirmed.json["roles"], json!(["authority"]));
        assert_eq!(roles(), json!(["authority"]));
    }

    /// An account that was ended is ended for good, with its sessions; ending it again changes nothing.
    fn an_account_is_ended(world) {
        let admin = world.agency(House::Kg).admin;
        let officer = world.officer(House::Kg, Role::CaseOfficer);
        let session = officer.client();
        session.get("/auth/me").expect(200);
        let end = || admin.post(format!("{}/deactivate", account_of(&officer)));
        assert_eq!(end().expect(200).json["status"], "deactivated");
        assert_eq!(end().changing_nothing().expect(200).json["status"], "deactivated");
        session.get("/auth/me").refused(401, "unauthenticated");
        login(world, &officer.email, PASSWORD).refused(401, "sign-in-failed");
    }

    /// What is wrong with an account is named at once.
    fn faults_are_named_at_once(world) {
        let (admin, liaison) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
        let make = |by: &Actor, email: &str, roles: &[&str]| by.post("/users").json(account(email, roles));
        let refused = make(&admin, "a@b.example", &["auditor", "coordinator"])
            .refused(422, "separation-of-duties");
        assert_eq!(refused.pointers(), ["/roles", "/roles"]);
        let worse = json!({
            "email": "no", "full_name": "", "roles": ["auditor", "king", "authority"], "locale": "xx",
        });
        let refused = admin.post("/users").json(worse).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/email", "/full_name", "/locale", "/roles/1", "/roles"]);
        let taken = liaison.email.replace("user", "USER");
        make(&admin, &taken, &["authority"]).refused(409, "duplicate");
        make(&liaison, "a@b.example", &["authority"]).refused(403, "forbidden");
    }

    /// Nobody changes the own account; outside of the agency there is none of its accounts.
    fn they_are_seen_inside_of_the_agency(world) {
        let (root, admin) = (world.system_admin(), world.agency(House::Kg).admin);
        let (liaison, own) = (world.speaker(House::Kg), account_of(&admin));
        admin.edits(&own, json!({"locale": "ru"})).refused(403, "forbidden");
        root.get(&own).refused(404, "not-found");
        assert_eq!(liaison.get("/users").expect(200).items().len(), 2);
    }

    /// Nobody makes room for an unconfirmed account by demoting those who confirm.
    fn demoting_those_who_confirm_makes_no_room(world) {
        let (admin, liaison) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
        for demoted in ["agency_admin", "case_officer"] {
            admin.edits(account_of(&liaison), json!({"roles": [demoted]})).expect(200);
            let email = format!("{demoted}@inside.example");
            let body = account(&email, &["liaison_officer"]);
            assert_eq!(admin.post("/users").json(body).expect(201).json["confirmed"], false);
        }
    }

    /// Nobody ends the own account; of two system admins who end each other, one stays.
    fn one_system_admin_stays(world) {
        let (first, second) = (world.system_admin(), world.another_system_admin());
        let end = |by: &Actor, whom: &Actor| by.post(format!("{}/deactivate", account_of(whom)));
        end(&first, &first).refused(403, "forbidden");
        second.token();
        let (one, other) = std::thread::scope(|scope| {
            let one = scope.spawn(|| end(&first, &second).beside_others().send().status);
            let other = scope.spawn(|| end(&second, &first).beside_others().send().status);
            (one.join().unwrap(), other.join().unwrap())
        });
        assert!((one == 200) != (other == 200), "{one} {other}");
    }
}
