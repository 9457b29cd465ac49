//! Linking an account that is kept here to the agency's provider: only by its user, in a session of his or hers that was
//! lately proved, at a provider of the own agency, in one browser.

use passage::access::Role;
use serde_json::{Value, json};

use super::door::{Begun, Door};
use super::invented::Invented;
use super::staff::Staff;
use super::{asks_providers, never_too_many, refused};
use crate::harness::providers::{Browser, Glewlwyd, Lemonldap, Person};
use crate::harness::{Actor, House, PASSWORD, Reply, Request, Tokens, World, both, unknown_id};
use crate::identity::{login, me, refresh};
use crate::stories::mail::mails;

/// The role that an invented provider gives everybody whom it knows.
const OFFICER: Role = Role::CaseOfficer;

fn asks_to_link(by: &Actor, door: &Door, query: &str) -> Request {
    by.get(format!("/auth/oidc/{}/link{query}", door.id))
}

/// What came of beginning, in a browser of the actor's.
#[track_caller]
fn begun(reply: &Reply) -> Begun {
    let set = reply.header("set-cookie").expect("a cookie").to_owned();
    for wanted in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
        assert!(set.contains(wanted), "{set}");
    }
    let cookie = set.split(';').next().unwrap().to_owned();
    Begun { cookie, location: reply.text("authorization_url") }
}

#[track_caller]
fn begins(by: &Actor, door: &Door) -> Begun {
    begun(&asks_to_link(by, door, "").expect(200))
}

/// The actor links the account to whom the provider says that it is.
fn links(world: &World, by: &Actor, home: &Invented) -> Request {
    let begun = begins(by, &home.door);
    let back = home.impostor.authorizes(world, &begun.location);
    home.door.comes_back(world, &begun.cookie, &back.query())
}

/// An officer of that house who is somebody at its provider.
pub fn linked(world: &World, home: &Invented, subject: &str) -> Actor {
    let officer = world.another_officer(home.door.house, OFFICER);
    home.impostor.is(subject, json!(["officers"]));
    links(world, &officer, home).expect(200);
    officer
}

fn at(by: &Actor, home: &Invented) -> String {
    format!("/users/{}/links/{}", by.id, home.door.id)
}

/// The officer links, signs in at home as the same account, and keeps what the agency gave.
fn a_whole_link(world: &World, staff: &Staff) {
    let aida = Person::new("aida", &["liaison", "clerk"]);
    staff.home.employs(&aida);
    let officer = world.officer(staff.door.house, OFFICER);
    world.lives_today();
    officer.forgets_token();
    let begun = begun(&asks_to_link(&officer, &staff.door, "?return_to=/account").expect(200));
    let query = staff.goes_home(&mut Browser::new(), &aida, &begun);
    world.lives_today();
    let made = staff.door.comes_back(world, &begun.cookie, &query).expect(200);
    assert_eq!(
        (&made.json["linked_to"], &made.json["return_to"]),
        (&json!(staff.door.id), &json!("/account"))
    );
    let tokens = Tokens::of(&staff.signs_in(world, &aida).expect(200));
    let seen = me(world, &tokens.access).expect(200);
    assert_eq!(seen.id(), officer.id);
    // Name, address and roles are those that it has here, though more would be given there.
    assert_eq!(
        (&seen.json["email"], &seen.json["roles"]),
        (&json!(officer.email), &json!(["case_officer"]))
    );
    assert_eq!(
        (&seen.json["provider_id"], &seen.json["proposed_roles"]),
        (&Value::Null, &Value::Null)
    );
    world.advance_minutes(6);
    let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
    // What is gone there opens nothing here, and changes nothing either.
    staff.home.employs(&Person::new("aida", &["chief"]));
    world.advance_minutes(11);
    assert_eq!(asks_providers(world), 1);
    refresh(world, &tokens.refresh).refused(401, "invalid-refresh-token");
    refused(world, staff.signs_in(world, &aida), "roles_none");
    officer.forgets_token();
    assert_eq!(officer.get("/auth/me").expect(200).json["roles"], json!(["case_officer"]));
}

both! {
    /// With glewlwyd.
    fn an_officer_links_to_glewlwyd(world) tuned never_too_many {
        let Some(glewlwyd) = Glewlwyd::start(module_path!()) else { return };
        let issuer = glewlwyd.opens("kg");
        a_whole_link(world, &Staff::of(world, House::Kg, &issuer));
    }

    /// With lemonldap-ng.
    fn an_officer_links_to_lemonldap(world) tuned never_too_many {
        let Some(lemonldap) = Lemonldap::start(module_path!()) else { return };
        a_whole_link(world, &Staff::of(world, House::Az, &lemonldap));
    }

    /// Requirement 3: an address never links, whoever claims it.
    fn an_address_never_links(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let officer = world.officer(House::Kg, OFFICER);
        let email = officer.email.clone();
        home.impostor.lies(move |_, claims| claims["email"] = json!(email));
        let other = me(world, &home.officer(world, "officer-1").access).expect(200);
        assert_eq!(other.text("email"), officer.email);
        assert_ne!(other.id(), officer.id);
        assert_eq!(officer.get("/auth/links").expect(200).items(), [] as [Value; 0]);
        login(world, &officer.email, PASSWORD).expect(200);
    }

    /// The link is made in the browser that began it and nowhere else, once, and within its time.
    fn a_link_belongs_to_its_browser_and_counts_once(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let (one, two) = (world.officer(House::Kg, OFFICER), world.another_officer(House::Kg, OFFICER));
        let back = |begun: &Begun| home.impostor.authorizes(world, &begun.location).query();
        let (first, second) = (begins(&one, &home.door), begins(&two, &home.door));
        // What one began does not end in the other's browser, nor in one that began nothing.
        refused(world, home.door.comes_back(world, &second.cookie, &back(&first)), "browser_mismatch");
        refused(world, home.door.comes_back(world, "other=1", &back(&first)), "state_unknown");
        // Nor does the code that one brought home end in the other's link.
        let code = back(&first);
        let (_, code) = code.split_once("&code=").unwrap();
        let own = back(&second);
        let (state, _) = own.split_once("&code=").unwrap();
        refused(world, home.door.comes_back(world, &second.cookie, &format!("{state}&code={code}")), "code_refused");
        // A sign-in is no link, and a link is no sign-in.
        let (sign_in, link) = (home.starts(world), begins(&one, &home.door));
        refused(world, home.door.comes_back(world, &link.cookie, &sign_in.back.query()), "browser_mismatch");
        refused(world, home.door.comes_back(world, &sign_in.cookie, &back(&link)), "browser_mismatch");
        assert_eq!(world.probe().count("federated_identities"), 0);
        let late = begins(&one, &home.door);
        let late_back = back(&late);
        world.advance_minutes(10);
        refused(world, home.door.comes_back(world, &late.cookie, &late_back), "state_expired");
        one.forgets_token();
        let link = begins(&one, &home.door);
        let query = back(&link);
        home.door.comes_back(world, &link.cookie, &query).expect(200);
        refused(world, home.door.comes_back(world, &link.cookie, &query), "state_used");
        let account = me(world, &Tokens::of(&home.signs_in(world).expect(200)).access).expect(200);
        assert_eq!(account.id(), one.id);
    }

    /// A session that has ended meanwhile links nothing, nor does an account that has.
    fn it_needs_the_session_in_which_it_was_begun(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let (one, two) = (world.officer(House::Kg, OFFICER), world.another_officer(House::Kg, OFFICER));
        let (first, second) = (begins(&one, &home.door), begins(&two, &home.door));
        one.post("/auth/logout").expect(204);
        world.agency(House::Kg).admin.post(format!("/users/{}/deactivate", two.id)).expect(200);
        for begun in [&first, &second] {
            let back = home.impostor.authorizes(world, &begun.location);
            refused(world, home.door.comes_back(world, &begun.cookie, &back.query()), "session_over");
        }
        assert_eq!(world.probe().count("federated_identities"), 0);
    }

    /// It begins with a sign-in of the last quarter of an hour, at a provider of the own agency that is in effect.
    fn it_begins_lately_proved_and_at_home(world) tuned never_too_many {
        let (kg, kz) = (Invented::new(world, House::Kg, &json!({})), Invented::new(world, House::Kz, &json!({})));
        let officer = world.officer(House::Kg, OFFICER);
        asks_to_link(&officer, &kz.door, "").refused(404, "not-found");
        officer.get(format!("/auth/oidc/{}/link", unknown_id())).refused(404, "not-found");
        world.nobody().get(format!("/auth/oidc/{}/link", kg.door.id)).refused(401, "unauthenticated");
        asks_to_link(&officer, &kg.door, "?return_to=//evil.example").refused(422, "validation-failed");
        // Who begins at home brings back nothing from elsewhere.
        let begun = begins(&officer, &kg.door);
        let foreign = kz.starts(world);
        refused(world, kz.door.comes_back(world, &begun.cookie, &foreign.back.query()), "browser_mismatch");
        let fresh = officer.signs_in();
        world.advance_minutes(9);
        let access = refresh(world, &fresh.refresh).expect(200).text("access_token");
        world.advance_minutes(6);
        let with = |path: &str| world.nobody().get(format!("/auth/oidc/{path}/link")).token(&access);
        with(&kg.door.id).refused(403, "reauthentication-required");
        with(&kz.door.id).refused(404, "not-found");
        world.nobody().post("/auth/reauthenticate").token(&access).json(json!({"password": PASSWORD})).expect(200);
        with(&kg.door.id).expect(200);
        kg.impostor.is_down(true);
        world.advance_minutes(11);
        officer.forgets_token();
        asks_to_link(&officer, &kg.door, "").refused(503, "provider-unavailable");
        let admin = world.agency(House::Kg).admin;
        admin.edits(kg.door.path(world), json!({"enabled": false})).expect(200);
        asks_to_link(&officer, &kg.door, "").refused(404, "not-found");
    }

    /// Who is known there as somebody else here is linked to nobody more, and no account to two people there.
    fn one_account_is_one_person_there(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        home.officer(world, "officer-1");
        let (one, two) = (world.officer(House::Kg, OFFICER), world.another_officer(House::Kg, OFFICER));
        refused(world, links(world, &one, &home), "subject_taken");
        home.impostor.is("officer-2", json!(["officers"]));
        let (first, again) = (begins(&one, &home.door), begins(&one, &home.door));
        let back = home.impostor.authorizes(world, &first.location);
        home.door.comes_back(world, &first.cookie, &back.query()).expect(200);
        refused(world, links(world, &two, &home), "subject_taken");
        asks_to_link(&one, &home.door, "").refused(409, "state-refused");
        // Begun before, and somebody else there.
        home.impostor.is("officer-3", json!(["officers"]));
        let back = home.impostor.authorizes(world, &again.location);
        refused(world, home.door.comes_back(world, &again.cookie, &back.query()), "already_linked");
        // Whom the provider brought into being has no link to make.
        home.impostor.is("officer-1", json!(["officers"]));
        let own = Tokens::of(&home.signs_in(world).expect(200));
        let path = format!("/auth/oidc/{}/link", home.door.id);
        world.nobody().get(path).token(&own.access).refused(409, "state-refused");
        let path = format!("/users/{}/links/{}", me(world, &own.access).expect(200).id(), home.door.id);
        world.agency(House::Kg).admin.delete(path).refused(409, "state-refused");
    }

    /// A provider opens no more than its allow-list gives: no account of an admin, and none that has more roles here.
    fn a_link_opens_no_more_than_the_claims_give(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let (admin, liaison) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
        asks_to_link(&admin, &home.door, "").refused(409, "state-refused");
        refused(world, links(world, &liaison, &home), "roles_beyond");
        home.impostor.is("officer-1", json!(["staff"]));
        let officer = world.officer(House::Kg, OFFICER);
        refused(world, links(world, &officer, &home), "roles_none");
        home.impostor.is("officer-1", json!(["officers"]));
        links(world, &officer, &home).expect(200);
        let tokens = Tokens::of(&home.signs_in(world).expect(200));
        // What the account gets here afterwards, the provider does not open.
        let path = format!("/users/{}", officer.id);
        admin.edits(&path, json!({"roles": ["case_officer", "authority"]})).expect(200);
        liaison.post(format!("{path}/confirm")).expect(200);
        refused(world, home.signs_in(world), "roles_beyond");
        me(world, &tokens.access).refused(401, "unauthenticated");
        officer.forgets_token();
        assert_eq!(officer.get("/auth/me").expect(200).json["roles"], json!(["case_officer", "authority"]));
        admin.edits(&path, json!({"roles": ["agency_admin"]})).expect(200);
        refused(world, home.signs_in(world), "roles_beyond");
        officer.forgets_token();
        assert_eq!(officer.get("/auth/me").expect(200).json["roles"], json!(["agency_admin"]));
    }

    /// One parts again, or an admin does; the sessions by it end, and the account stays what it is.
    fn a_link_is_parted_again(world) tuned mails {
        let home = Invented::new(world, House::Kg, &json!({}));
        let admin = world.agency(House::Kg).admin;
        let (one, two) = (linked(world, &home, "officer-1"), linked(world, &home, "officer-2"));
        let listed = one.get("/auth/links").expect(200);
        assert_eq!((&listed.items()[0]["provider_id"], &listed.items()[0]["subject"]), (&json!(home.door.id), &json!("officer-1")));
        assert_eq!(admin.get(format!("/users/{}/links", one.id)).expect(200).items(), listed.items());
        one.get(format!("/users/{}/links", two.id)).refused(404, "not-found");
        world.agency(House::Kz).admin.get(format!("/users/{}/links", one.id)).refused(404, "not-found");
        let tokens = Tokens::of(&home.signs_in(world).expect(200));
        // Neither a colleague nor another agency's admin.
        one.delete(at(&two, &home)).refused(404, "not-found");
        world.agency(House::Kz).admin.delete(at(&two, &home)).refused(404, "not-found");
        admin.delete(format!("/users/{}/links/{}", two.id, unknown_id())).refused(404, "not-found");
        one.delete(format!("/auth/links/{}", unknown_id())).refused(404, "not-found");
        admin.delete(at(&two, &home)).expect(204);
        me(world, &tokens.access).refused(401, "unauthenticated");
        two.get("/auth/me").expect(200);
        admin.delete(at(&two, &home)).refused(404, "not-found");
        // The next who signs in so is somebody new.
        refused(world, home.signs_in(world), "account_waits");
        let fresh = one.signs_in();
        world.advance_minutes(9);
        let access = refresh(world, &fresh.refresh).expect(200).text("access_token");
        world.advance_minutes(6);
        let path = format!("/auth/links/{}", home.door.id);
        world.nobody().delete(&path).token(&access).refused(403, "reauthentication-required");
        one.delete(&path).expect(204);
        one.delete(&path).refused(404, "not-found");
        let told = "SELECT address AS line FROM letters WHERE notice = 'link_changed' ORDER BY address";
        let mut mailed = [one.email.clone(), one.email, two.email.clone(), two.email];
        mailed.sort();
        assert_eq!(world.probe().lines(told), mailed);
    }

    /// Where the agency has its officers sign in at home only, the link is their way in; the password stays what it is, for the
    /// day on which the agency allows it again.
    fn the_link_is_the_way_in_where_the_agency_asks_for_it(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let officer = linked(world, &home, "officer-1");
        let admin = world.agency(House::Kg).admin;
        admin.edits(home.door.path(world), json!({"required": true})).expect(200);
        login(world, &officer.email, PASSWORD).refused(401, "federation-required");
        let tokens = Tokens::of(&home.signs_in(world).expect(200));
        assert_eq!(me(world, &tokens.access).expect(200).id(), officer.id);
        // Nobody shuts himself out.
        let path = format!("/auth/links/{}", home.door.id);
        world.nobody().delete(&path).token(&tokens.access).refused(409, "state-refused");
        admin.edits(home.door.path(world), json!({"required": false})).expect(200);
        login(world, &officer.email, PASSWORD).expect(200);
    }
}
