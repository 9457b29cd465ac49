//! Admins who have lost what they sign in with: nobody is let in by the operator alone.

use passage::access::Role;
use passage::identity::bootstrap::reset_system_admin;
use passage::identity::recovery::settle_due;
use passage::identity::users::api::rules;
use serde_json::json;

use super::{account, account_of, agency as entered, login, me, refresh};
use crate::harness::{
    Actor, Authenticator, House, PASSWORD, Reply, Request, World, block_on, both, unknown_id,
};
use crate::stories::mail::mails;

const EMAIL: &str = "anew@kg.example";

fn recovers(by: &Actor, agency: &str) -> Request {
    let body = json!({"email": EMAIL, "full_name": "Anew"});
    by.post(format!("/agencies/{agency}/admin-recovery")).json(body)
}

/// The new admin sets a password, in time or not.
fn redeems(world: &World, begun: &Reply) {
    let body = json!({"token": begun.text("invitation_token"), "password": PASSWORD});
    world.nobody().post("/auth/invitations/accept").json(body).expect(204);
}

fn settles(world: &World) -> usize {
    block_on(settle_due(&world.app().db, &world.app().clock, rules(world.app())))
        .expect("recoveries are settled")
}

fn told(world: &World) -> Vec<String> {
    let told =
        "SELECT address AS line FROM letters WHERE notice = 'admin_recovery' ORDER BY address";
    world.probe().lines(told)
}

both! {
    /// The account opens nothing until somebody who speaks for the agency confirms it; all who do are told.
    fn who_speaks_for_the_agency_confirms(world) tuned mails {
        let root = world.system_admin();
        let agency = world.agency(House::Kg);
        let (liaison, officer) = (world.speaker(House::Kg), world.officer(House::Kg, Role::CaseOfficer));
        let second = world.another_officer(House::Kg, Role::LiaisonOfficer);
        let begun = recovers(&root, &agency.id).expect(201);
        assert_eq!((&begun.json["confirmed"], &begun.json["takes_effect_at"]), (&json!(false), &json!(null)));
        let mut speakers = vec![liaison.email.clone(), second.email];
        speakers.sort();
        assert_eq!(told(world), speakers);
        redeems(world, &begun);
        world.advance_minutes(25 * 60);
        assert_eq!(settles(world), 0);
        login(world, EMAIL, PASSWORD).refused(401, "sign-in-failed");
        let confirm = format!("/users/{}/confirm", begun.id());
        officer.post(&confirm).refused(403, "forbidden");
        agency.admin.post(&confirm).refused(403, "forbidden");
        root.post(&confirm).refused(404, "not-found");
        world.speaker(House::Kz).post(&confirm).refused(404, "not-found");
        liaison.post(&confirm).expect(200);
        login(world, EMAIL, PASSWORD).expect(200);
    }

    /// Where nobody speaks for the agency its admins are told, and a day passes in which they can end the account.
    fn where_nobody_speaks_a_day_passes(world) tuned mails {
        let root = world.system_admin();
        let agency = world.agency(House::Kg);
        let begun = recovers(&root, &agency.id).expect(201);
        assert_eq!(begun.text("takes_effect_at"), world.now().plus_seconds(24 * 60 * 60).to_string());
        assert_eq!(told(world), [agency.admin.email.as_str()]);
        redeems(world, &begun);
        world.advance_seconds(24 * 60 * 60 - 60);
        assert_eq!(settles(world), 0);
        login(world, EMAIL, PASSWORD).refused(401, "sign-in-failed");
        world.advance_seconds(60);
        assert_eq!(settles(world), 1);
        login(world, EMAIL, PASSWORD).expect(200);
        assert_eq!(settles(world), 0);
    }

    /// An account that was ended does not take effect, nor one that somebody can confirm by then.
    fn whoever_objects_is_heard(world) {
        let root = world.system_admin();
        let (kg, kz) = (world.agency(House::Kg), world.agency(House::Kz));
        let ended = recovers(&root, &kg.id).expect(201);
        kg.admin.post(format!("/users/{}/deactivate", ended.id())).expect(200);
        let body = json!({"email": "anew@kz.example", "full_name": "Anew"});
        let begun = root.post(format!("/agencies/{}/admin-recovery", kz.id)).json(body).expect(201);
        redeems(world, &begun);
        let liaison = world.speaker(House::Kz);
        world.advance_minutes(24 * 60);
        settles(world);
        login(world, EMAIL, PASSWORD).refused(401, "sign-in-failed");
        login(world, "anew@kz.example", PASSWORD).refused(401, "sign-in-failed");
        liaison.post(format!("/users/{}/confirm", begun.id())).expect(200);
        login(world, "anew@kz.example", PASSWORD).expect(200);
    }

    /// Only a system admin begins it, lately signed in, for an agency that has had an admin; and there is no way around it.
    fn there_is_no_way_around(world) {
        let root = world.system_admin();
        let agency = world.agency(House::Kg);
        let liaison = world.speaker(House::Kg);
        for by in [&agency.admin, &liaison] {
            recovers(by, &agency.id).refused(403, "forbidden");
        }
        recovers(&root, &unknown_id()).refused(404, "not-found");
        recovers(&root, &root.agency).refused(403, "forbidden");
        let bare = root.post("/agencies").json(entered("bare", "KZ")).expect(201).id();
        recovers(&root, &bare).refused(403, "forbidden");
        let faulty = json!({"email": "no", "full_name": "", "locale": "xx"});
        let path = format!("/agencies/{}/admin-recovery", agency.id);
        let refused = root.post(path).json(faulty).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/email", "/full_name", "/locale"]);
        // An agency whose last admin was ended has had one.
        let second = agency.admin.hires(House::Kg, &["agency_admin"], None);
        second.post(format!("{}/deactivate", account_of(&agency.admin))).expect(200);
        agency.admin.forgets_token();
        world.advance_seconds(1);
        let mut first = account(EMAIL, &["agency_admin"]);
        first["agency_id"] = json!(agency.id);
        root.post("/users").json(first).refused(403, "forbidden");
        let tokens = root.signs_in();
        world.advance_minutes(9);
        let access = refresh(world, &tokens.refresh).expect(200).text("access_token");
        world.advance_minutes(6);
        recovers(&root, &agency.id).token(&access).refused(403, "reauthentication-required");
        recovers(&root, &agency.id).expect(201);
    }

    /// On the server's own machine a system admin gets another password, loses the factors, and signs in.
    fn a_system_admin_is_reset_on_the_machine(world) {
        let root = world.system_admin();
        let before = root.token();
        Authenticator::of(&root);
        let app = world.app();
        let reset = |email: &str, password: &str| {
            let password = password.to_owned().into();
            block_on(reset_system_admin(&app.db, &app.passwords, world.now(), email, password))
        };
        let another = "seven otters cross the river";
        let admin = world.agency(House::Kg).admin;
        for email in ["nobody@operator.example", admin.email.as_str()] {
            assert_eq!(reset(email, another).unwrap_err().code().name, "not-found");
        }
        assert_eq!(reset(&root.email, "short").unwrap_err().code().name, "validation-failed");
        me(world, &before).expect(200);
        reset(&root.email, another).unwrap();
        me(world, &before).refused(401, "unauthenticated");
        login(world, &root.email, PASSWORD).refused(401, "sign-in-failed");
        login(world, &root.email, another).expect(200);
        login(world, &admin.email, PASSWORD).expect(200);
    }

    /// An admin who is there, and has lost password and factors, gets the own account again: once somebody who speaks for the
    /// agency confirms it. Until then nothing has changed.
    fn an_admin_gets_the_own_account_again(world) tuned mails {
        let (root, agency, liaison) = (world.system_admin(), world.agency(House::Kg), world.speaker(House::Kg));
        let admin = agency.admin.clone();
        Authenticator::of(&admin);
        let before = admin.token();
        let lost = json!({"email": admin.email, "full_name": "Whatever"});
        let path = format!("/agencies/{}/admin-recovery", agency.id);
        let begun = root.post(&path).json(&lost).expect(201);
        assert_eq!((&begun.json["id"], &begun.json["invitation_token"]), (&json!(admin.id), &json!(null)));
        assert_eq!((&begun.json["takes_effect_at"], &begun.json["confirmed"]), (&json!(null), &json!(true)));
        let mut all = [admin.email.clone(), liaison.email.clone()];
        all.sort();
        assert_eq!(told(world), all);
        me(world, &before).expect(200);
        world.advance_minutes(5);
        assert_eq!(settles(world), 0);
        // The operator alone opens nothing, nor does a colleague.
        root.post(format!("{}/confirm", account_of(&admin))).refused(404, "not-found");
        world.speaker(House::Kz).post(format!("{}/confirm", account_of(&admin))).refused(404, "not-found");
        root.post(format!("{}/invitation", account_of(&admin))).refused(409, "state-refused");
        let confirmed = liaison.post(format!("{}/confirm", account_of(&admin))).expect(200);
        assert_eq!((&confirmed.json["status"], &confirmed.json["roles"]), (&json!("invited"), &json!(["agency_admin"])));
        me(world, &before).refused(401, "unauthenticated");
        login(world, &admin.email, PASSWORD).refused(401, "sign-in-failed");
        // Nobody becomes this agency's first admin meanwhile.
        let mut first = account(EMAIL, &["agency_admin"]);
        first["agency_id"] = json!(agency.id);
        root.post("/users").json(first).refused(403, "forbidden");
        let another = "seven otters cross the river";
        let body = json!({"token": world.mailed_token(&admin.email), "password": another});
        world.nobody().post("/auth/invitations/accept").json(body).expect(204);
        // The second factor is gone too.
        login(world, &admin.email, another).expect(200);
        login(world, &admin.email, PASSWORD).refused(401, "sign-in-failed");
        liaison.post(format!("{}/confirm", account_of(&admin))).changing_nothing().expect(200);
    }

    /// Where nobody speaks for the agency a day passes; whoever signs in before it is over has lost nothing.
    fn where_nobody_speaks_the_admin_gets_it_after_a_day(world) tuned mails {
        let root = world.system_admin();
        let agencies = [world.agency(House::Kg), world.agency(House::Kz)];
        for agency in &agencies {
            let lost = json!({"email": agency.admin.email, "full_name": "Whatever"});
            root.post(format!("/agencies/{}/admin-recovery", agency.id)).json(lost).expect(201);
        }
        let [kg, kz] = agencies;
        world.advance_seconds(24 * 60 * 60 - 60);
        assert_eq!(settles(world), 0);
        let tokens = kz.admin.signs_in();
        world.advance_seconds(60);
        assert_eq!(settles(world), 2);
        me(world, &tokens.access).expect(200);
        login(world, &kg.admin.email, PASSWORD).refused(401, "sign-in-failed");
        // Where the letter is lost, the operator sends another one.
        let renewed = root.post(format!("{}/invitation", account_of(&kg.admin))).expect(200);
        let body = json!({"token": renewed.text("invitation_token"), "password": PASSWORD});
        world.nobody().post("/auth/invitations/accept").json(body).expect(204);
        login(world, &kg.admin.email, PASSWORD).expect(200);
        root.post(format!("{}/invitation", account_of(&kz.admin))).refused(409, "state-refused");
        assert_eq!(settles(world), 0);
    }

    /// Only an admin of that agency is taken for the one who lost something.
    fn nobody_else_is_recovered_so(world) {
        let (root, agency) = (world.system_admin(), world.agency(House::Kg));
        let (officer, stranger) = (world.officer(House::Kg, Role::CaseOfficer), world.agency(House::Kz).admin);
        let path = format!("/agencies/{}/admin-recovery", agency.id);
        for email in [&officer.email, &stranger.email, &root.email] {
            let body = json!({"email": email, "full_name": "Whatever"});
            root.post(&path).json(body).refused(409, "duplicate");
        }
    }
}
