//! Addresses that users change: asked for by whoever has just proved who he or she is, confirmed from the new one.

use passage::access::Role;
use serde_json::json;

use super::{account, account_of, login, me, refresh};
use crate::federation::Invented;
use crate::harness::{Actor, House, PASSWORD, Request, World, both};
use crate::stories::mail::mails;

const NEW: &str = "aida@customs.example";

fn asks(by: &Actor, email: &str) -> Request {
    by.post("/auth/address").json(json!({"email": email}))
}

fn confirms(world: &World, token: &str) -> Request {
    world.nobody().post("/auth/address/accept").json(json!({"token": token}))
}

fn letters(world: &World, notice: &str) -> Vec<String> {
    let told =
        format!("SELECT address AS line FROM letters WHERE notice = '{notice}' ORDER BY address");
    world.probe().lines(&told)
}

both! {
    /// Nothing changes before the new address has confirmed it; then the former one is told, and what went there opens nothing.
    fn an_address_is_confirmed_from_where_it_is(world) tuned mails {
        let officer = world.officer(House::Kg, Role::CaseOfficer);
        let before = officer.email.clone();
        let other = officer.signs_in().access;
        let reset = json!({"email": before});
        world.nobody().post("/auth/password-resets").json(reset).expect(202);
        let reset = world.mailed_token(&before);
        asks(&officer, &NEW.to_uppercase()).expect(202);
        login(world, &before, PASSWORD).expect(200);
        login(world, NEW, PASSWORD).refused(401, "sign-in-failed");
        assert_eq!((letters(world, "address_change"), letters(world, "address_changed")), (vec![NEW.to_owned()], vec![]));
        let token = world.mailed_token(NEW);
        confirms(world, "pse_x").refused(401, "invalid-address-change");
        confirms(world, &token).expect(204);
        confirms(world, &token).refused(401, "invalid-address-change");
        login(world, &before, PASSWORD).refused(401, "sign-in-failed");
        login(world, NEW, PASSWORD).expect(200);
        assert_eq!(letters(world, "address_changed"), [before]);
        // The session in which it was asked for goes on, and no other.
        assert_eq!(officer.get("/auth/me").expect(200).text("email"), NEW);
        me(world, &other).refused(401, "unauthenticated");
        let body = json!({"token": reset, "password": "seven otters cross the river"});
        world.nobody().post("/auth/password-resets/accept").json(body).refused(401, "invalid-password-reset");
        assert!(!world.probe().reveals(&token));
    }

    /// It is asked for with a sign-in of the last quarter of an hour, three times within an hour; the newest counts, for an hour.
    fn it_is_asked_for_lately_proved_and_not_too_often(world) tuned mails {
        let officer = world.officer(House::Kg, Role::CaseOfficer);
        let fresh = officer.signs_in();
        world.advance_minutes(9);
        let access = refresh(world, &fresh.refresh).expect(200).text("access_token");
        world.advance_minutes(6);
        asks(&officer, NEW).token(&access).refused(403, "reauthentication-required");
        officer.forgets_token();
        for faulty in ["", "nobody", officer.email.as_str()] {
            assert_eq!(asks(&officer, faulty).refused(422, "validation-failed").pointers(), ["/email"]);
        }
        asks(&officer, NEW).expect(202);
        let first = world.mailed_token(NEW);
        world.advance_seconds(1);
        asks(&officer, NEW).expect(202);
        let second = world.mailed_token(NEW);
        confirms(world, &first).refused(401, "invalid-address-change");
        asks(&officer, "third@customs.example").expect(202);
        let third = world.mailed_token("third@customs.example");
        confirms(world, &second).refused(401, "invalid-address-change");
        asks(&officer, NEW).refused(429, "too-many-requests");
        world.advance_minutes(60);
        confirms(world, &third).refused(401, "invalid-address-change");
        officer.forgets_token();
        asks(&officer, NEW).expect(202);
        let last = world.mailed_token(NEW);
        world.agency(House::Kg).admin.post(format!("{}/deactivate", account_of(&officer))).expect(200);
        confirms(world, &last).refused(401, "invalid-address-change");
    }

    /// An address that somebody has is told from none by no answer, and nobody gets it.
    fn an_address_that_somebody_has_stays_that_users(world) tuned mails {
        let (one, two) = (world.officer(House::Kg, Role::CaseOfficer), world.speaker(House::Kz));
        asks(&one, &two.email).expect(202);
        assert_eq!(letters(world, "address_change"), Vec::<String>::new());
        asks(&one, NEW).expect(202);
        let token = world.mailed_token(NEW);
        // Somebody else was quicker.
        let admin = world.agency(House::Kz).admin;
        admin.post("/users").json(account(NEW, &["case_officer"])).expect(201);
        confirms(world, &token).refused(409, "duplicate");
        assert_eq!(one.get("/auth/me").expect(200).text("email"), one.email);
    }

    /// What a provider says of somebody's address is not for the user to change; nor is it to be confirmed without mail.
    fn where_it_cannot_be_changed_that_is_said(world) {
        asks(&world.officer(House::Kg, Role::CaseOfficer), NEW).refused(409, "state-refused");
    }

    /// The same with mail, of somebody whom a provider vouches for: without an address none is written to.
    fn a_providers_address_stays_the_providers(world) tuned mails {
        let home = Invented::new(world, House::Kg, &json!({}));
        home.impostor.lies(|_, claims| drop(claims.as_object_mut().unwrap().remove("email")));
        let access = home.officer(world, "officer-1").access;
        let seen = me(world, &access).expect(200);
        assert!(seen.text("email").ends_with("@no-address.invalid"), "{seen}");
        let body = json!({"email": NEW});
        world.nobody().post("/auth/address").token(&access).json(body).refused(409, "state-refused");
        // Who speaks for the agency is told of what the operator does, and nothing is sent where nothing arrives.
        home.impostor.is("officer-1", json!(["liaison"]));
        home.signs_in(world).expect(401);
        home.door.lets_in_who_waits(world);
        let agency = world.agency(House::Kg);
        let another = json!({"email": "another@kg.example", "full_name": "Another"});
        world.system_admin().post(format!("/agencies/{}/admin-recovery", agency.id)).json(another).expect(201);
        assert_eq!(letters(world, "admin_recovery"), [world.speaker(House::Kg).email]);
        assert_eq!(world.probe().count("letters WHERE address LIKE '%.invalid'"), 0);
    }
}
