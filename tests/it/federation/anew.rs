//! Proving once more who one is, at home: for what is dangerous, a session that a provider vouches for is as fresh as the
//! provider says.

use serde_json::{Value, json};

use super::door::Begun;
use super::invented::Invented;
use super::staff::Staff;
use super::{asks_providers, never_too_many, refused};
use crate::harness::providers::{Browser, Glewlwyd, Lemonldap, Person};
use crate::harness::{House, PASSWORD, Request, Tokens, World, both, unknown_id};
use crate::identity::{me, refresh};

/// Something dangerous that everybody may do.
fn dangerous(world: &World, access: &str) -> Request {
    world.nobody().post("/auth/factors/totp").token(access)
}

fn asks_to_prove(world: &World, access: &str, provider: &str) -> Request {
    world.nobody().get(format!("/auth/oidc/{provider}/reauthentication")).token(access)
}

#[track_caller]
fn begins(world: &World, access: &str, provider: &str) -> Begun {
    let begun = asks_to_prove(world, access, provider).expect(200);
    let location = begun.text("authorization_url");
    assert!(location.contains("&prompt=login&max_age=60"), "{location}");
    let cookie = begun.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    Begun { cookie, location }
}

/// The session of those tokens a quarter of an hour later.
#[track_caller]
fn later(world: &World, tokens: &Tokens) -> Tokens {
    world.advance_minutes(9);
    let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
    world.advance_minutes(7);
    Tokens::of(&refresh(world, &tokens.refresh).expect(200))
}

/// With a real provider, which is asked to have it proved again though it knows the browser.
fn proved_at_home(world: &World, staff: &Staff) {
    let aida = Person::new("aida", &["clerk"]);
    let mut browser = Browser::new();
    staff.officer(world, &aida);
    let tokens = Tokens::of(&staff.signs_in_with(world, &mut browser, &aida).expect(200));
    dangerous(world, &tokens.access).expect(200);
    let begun = begins(world, &tokens.access, &staff.door.id);
    let query = staff.goes_home(&mut browser, &aida, &begun);
    world.lives_today();
    staff.door.comes_back(world, &begun.cookie, &query).expect(200);
    let tokens = later(world, &tokens);
    dangerous(world, &tokens.access).refused(403, "reauthentication-required");
    // Where the story has moved on, the provider has not: what was proved there then is old here.
    let begun = begins(world, &tokens.access, &staff.door.id);
    let query = staff.goes_home(&mut browser, &aida, &begun);
    refused(world, staff.door.comes_back(world, &begun.cookie, &query), "not_signed_in_anew");
    dangerous(world, &tokens.access).refused(403, "reauthentication-required");
}

both! {
    /// glewlwyd tells none that counts: what is dangerous stays closed, and everything else works.
    fn glewlwyd_does_not_tell_when_somebody_signed_in(world) tuned never_too_many {
        let Some(glewlwyd) = Glewlwyd::start(module_path!()) else { return };
        let issuer = glewlwyd.opens("kg");
        let tokens = Staff::of(world, House::Kg, &issuer).officer(world, &Person::new("aida", &["clerk"]));
        dangerous(world, &tokens.access).refused(403, "reauthentication-required");
        me(world, &tokens.access).expect(200);
    }

    /// With lemonldap-ng.
    fn lemonldap_tells_when_somebody_signed_in(world) tuned never_too_many {
        let Some(lemonldap) = Lemonldap::start(module_path!()) else { return };
        proved_at_home(world, &Staff::of(world, House::Az, &lemonldap));
    }

    /// One proves it at home, and the session is fresh for another quarter of an hour; it goes on as it was.
    fn it_opens_what_is_dangerous(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let tokens = home.officer(world, "officer-1");
        dangerous(world, &tokens.access).expect(200);
        let tokens = later(world, &tokens);
        dangerous(world, &tokens.access).refused(403, "reauthentication-required");
        let begun = begins(world, &tokens.access, &home.door.id);
        let back = home.impostor.authorizes(world, &begun.location).query();
        let proved = home.door.comes_back(world, &begun.cookie, &back).expect(200);
        refused(world, home.door.comes_back(world, &begun.cookie, &back), "state_used");
        let seen = me(world, &tokens.access).expect(200);
        assert_eq!(seen.json["authenticated_at"], proved.json["authenticated_at"]);
        dangerous(world, &tokens.access).expect(200);
        // From now on it is asked about with what the provider gave then.
        world.advance_minutes(11);
        assert_eq!(asks_providers(world), 0);
        assert_eq!(home.impostor.asked_with().last().map(String::as_str), Some("a-refresh-token-of-the-provider"));
        refresh(world, &tokens.refresh).expect(200);
    }

    /// Whom the provider merely remembers has proved nothing, neither then nor when the session begins.
    fn to_be_remembered_proves_nothing(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let tokens = home.officer(world, "officer-1");
        let tokens = later(world, &tokens);
        let since = world.now().seconds();
        for told in [json!(since - 3600), json!(since - 61), json!(since + 3600), json!("now"), Value::Null] {
            home.impostor.lies(move |_, claims| claims["auth_time"] = told.clone());
            let begun = begins(world, &tokens.access, &home.door.id);
            let back = home.impostor.authorizes(world, &begun.location).query();
            refused(world, home.door.comes_back(world, &begun.cookie, &back), "not_signed_in_anew");
        }
        dangerous(world, &tokens.access).refused(403, "reauthentication-required");
        for (told, opens) in [(json!(since - 3600), false), (json!(null), false), (json!("now"), false), (json!(since), true)] {
            home.impostor.lies(move |_, claims| claims["auth_time"] = told.clone());
            let access = Tokens::of(&home.signs_in(world).expect(200)).access;
            if opens {
                dangerous(world, &access).expect(200);
            } else {
                dangerous(world, &access).refused(403, "reauthentication-required");
            }
        }
    }

    /// It is the same person, in the same browser, for the same session, at the provider that vouches for it.
    fn it_belongs_to_its_session(world) tuned never_too_many {
        let (kg, kz) = (Invented::new(world, House::Kg, &json!({})), Invented::new(world, House::Kz, &json!({})));
        let (one, two) = (kg.officer(world, "officer-1"), kg.officer(world, "officer-2"));
        kg.impostor.is("officer-1", json!(["officers"]));
        asks_to_prove(world, &one.access, &kz.door.id).refused(404, "not-found");
        asks_to_prove(world, &one.access, &unknown_id()).refused(404, "not-found");
        let local = world.speaker(House::Kg).signs_in();
        asks_to_prove(world, &local.access, &kg.door.id).refused(404, "not-found");
        let back = |begun: &Begun| kg.impostor.authorizes(world, &begun.location).query();
        let (first, second) = (begins(world, &one.access, &kg.door.id), begins(world, &two.access, &kg.door.id));
        refused(world, kg.door.comes_back(world, &second.cookie, &back(&first)), "browser_mismatch");
        let sign_in = kg.starts(world);
        refused(world, kg.door.comes_back(world, &first.cookie, &sign_in.back.query()), "browser_mismatch");
        // Somebody else has signed in there meanwhile.
        refused(world, kg.door.comes_back(world, &second.cookie, &back(&second)), "subject_wrong");
        let late = begins(world, &one.access, &kg.door.id);
        world.nobody().post("/auth/logout").token(&one.access).expect(204);
        refused(world, kg.door.comes_back(world, &late.cookie, &back(&late)), "session_over");
        let third = begins(world, &two.access, &kg.door.id);
        world.agency(House::Kg).admin.post(format!("/users/{}/deactivate", me(world, &two.access).expect(200).id())).expect(200);
        kg.impostor.is("officer-2", json!(["officers"]));
        refused(world, kg.door.comes_back(world, &third.cookie, &back(&third)), "session_over");
        // A password that is none proves nothing either.
        let body = json!({"password": PASSWORD});
        let fresh = kz.officer(world, "officer-1");
        world.nobody().post("/auth/reauthenticate").token(&fresh.access).json(body).refused(401, "sign-in-failed");
    }
}
