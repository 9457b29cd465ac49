//! Whole visits of people who sign in at a real provider.

use serde_json::{Value, json};

use super::door::Begun;
use super::staff::Staff;
use super::{asks_providers, ends, never_too_many, refused};
use crate::harness::providers::{Between, Browser, Glewlwyd, Home, Lemonldap, Person};
use crate::harness::{House, Tokens, World, both};
use crate::identity::{me, refresh};

/// The fields of a query.
type Fields = Vec<(String, String)>;

/// The person signs in for the first time, waits, comes in, goes on, gets what the provider gives and loses what it gives no
/// more; gives the account's id.
#[track_caller]
fn a_whole_visit(world: &World, staff: &Staff) -> String {
    let aida = Person::new("aida", &["clerk", "chief"]);
    let tokens = staff.officer(world, &aida);
    let seen = me(world, &tokens.access).expect(200);
    assert_eq!(seen.json["provider_id"], staff.door.id.as_str());
    assert_eq!(seen.json["agency"]["id"], world.agency(staff.door.house).id.as_str());
    assert_eq!(
        (&seen.json["email"], &seen.json["roles"]),
        (&json!(aida.email), &json!(["case_officer"]))
    );

    // What is asked with is another one each time with some, and the same one with others.
    for _ in 0..3 {
        world.advance_minutes(11);
        assert_eq!(asks_providers(world), 0);
    }
    let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
    // What is new there waits here; the provider is asked before a session goes on.
    staff.home.employs(&Person::new("aida", &["clerk", "liaison"]));
    world.advance_minutes(6);
    let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
    let both = json!(["liaison_officer", "case_officer"]);
    let more = me(world, &tokens.access).expect(200);
    assert_eq!(
        (&more.json["roles"], &more.json["proposed_roles"]),
        (&json!(["case_officer"]), &both)
    );
    staff.door.lets_in_who_waits(world);
    assert_eq!(me(world, &tokens.access).expect(200).json["roles"], both);
    // What is gone there is gone here.
    staff.home.employs(&Person::new("aida", &["liaison"]));
    world.advance_minutes(11);
    assert_eq!(asks_providers(world), 0);
    let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
    assert_eq!(me(world, &tokens.access).expect(200).json["roles"], json!(["liaison_officer"]));
    staff.home.employs(&Person::new("aida", &["chief"]));
    world.advance_minutes(11);
    assert_eq!(asks_providers(world), 1);
    refresh(world, &tokens.refresh).refused(401, "invalid-refresh-token");
    refused(world, staff.signs_in(world, &aida), "roles_none");
    let row =
        world.agency(staff.door.house).admin.get(format!("/users/{}", seen.text("id"))).expect(200);
    assert_eq!((&row.json["roles"], &row.json["status"]), (&json!([]), &json!("active")));
    assert_eq!(ends(world), Vec::<String>::new(), "it ended with the roles");
    seen.text("id")
}

/// The provider has another key at once: the keys are asked for once more, and nobody notices anything.
fn another_key(world: &World, between: &Between, staff: &Staff) {
    let aida = Person::new("aida", &["clerk"]);
    staff.officer(world, &aida);
    let before = between.asked_for("/jwks");
    assert_eq!(before, 1);
    staff.home.changes_key();
    for _ in 0..3 {
        staff.signs_in(world, &aida).expect(200);
    }
    assert_eq!(between.asked_for("/jwks"), before + 1);
}

both! {
    /// The people of two agencies, each with an issuer of its own at one glewlwyd.
    fn glewlwyd_lets_the_people_of_two_agencies_in(world) tuned never_too_many {
        let Some(glewlwyd) = Glewlwyd::start(module_path!()) else { return };
        let (kg, kz) = (glewlwyd.opens("kg"), glewlwyd.opens("kz"));
        let here = a_whole_visit(world, &Staff::of(world, House::Kg, &kg));
        let there = a_whole_visit(world, &Staff::of(world, House::Kz, &kz));
        assert_ne!(here, there, "the same address, and two accounts");
    }

    /// The people of an agency with lemonldap-ng.
    fn lemonldap_lets_its_people_in(world) tuned never_too_many {
        let Some(lemonldap) = Lemonldap::start(module_path!()) else { return };
        a_whole_visit(world, &Staff::of(world, House::Az, &lemonldap));
    }

    /// Requirement 1: who has the same subject and the same address at two providers has two accounts.
    fn the_same_names_elsewhere_are_somebody_else(world) tuned never_too_many {
        let name = module_path!();
        let (Some(one), Some(two)) = (Lemonldap::start(name), Lemonldap::start(name)) else { return };
        let (kg, az) = (Staff::of(world, House::Kg, &one), Staff::of(world, House::Az, &two));
        let aida = Person::new("aida", &["clerk"]);
        let here = me(world, &kg.officer(world, &aida).access).expect(200);
        let there = me(world, &az.officer(world, &aida).access).expect(200);
        let subjects = world.probe().lines("SELECT subject AS line FROM federated_identities");
        assert_eq!(subjects, ["aida", "aida"]);
        assert_eq!(here.json["email"], there.json["email"]);
        assert_ne!(here.json["id"], there.json["id"]);
        assert_ne!(here.json["agency"]["id"], there.json["agency"]["id"]);
        // Deactivated by the one agency, nobody is by the other.
        world.agency(House::Kg).admin.post(format!("/users/{}/deactivate", here.text("id"))).expect(200);
        refused(world, kg.signs_in(world, &aida), "account_deactivated");
        az.signs_in(world, &aida).expect(200);
    }

    /// Requirement 4: what one issuer gives is not taken at the door of another, whatever it is said to come from.
    fn a_code_counts_at_its_own_door_only(world) tuned never_too_many {
        let between = Between::new();
        let Some(glewlwyd) = Glewlwyd::start_behind(module_path!(), Some(between.port)) else { return };
        between.stands_before(glewlwyd.port);
        // It names itself when it sends people back, and does not say that it does.
        between.changes(|path, answer| {
            if path.ends_with("/openid-configuration") {
                answer.edit(|said| said["authorization_response_iss_parameter_supported"] = json!(true));
            }
        });
        let (one, two) = (glewlwyd.opens("kg"), glewlwyd.opens("kz"));
        let (kg, kz) = (Staff::of(world, House::Kg, &one), Staff::of(world, House::Kz, &two));
        let aida = Person::new("aida", &["clerk"]);
        kg.officer(world, &aida);
        kz.officer(world, &aida);
        let parts = |query: &str| -> Fields { serde_urlencoded::from_str(&query[1..]).unwrap() };
        let comes_back = |change: &dyn Fn(&mut Fields)| {
            let (here, there) = (kg.door.starts(world), kz.door.starts(world));
            let own = parts(&kg.goes_home(&mut Browser::new(), &aida, &here));
            let mut foreign = parts(&kz.goes_home(&mut Browser::new(), &aida, &there));
            // The state is the one that this browser began with.
            let state = own.iter().find(|(name, _)| name == "state").unwrap().clone();
            foreign.retain(|(name, _)| name != "state");
            foreign.push(state);
            change(&mut foreign);
            let query = format!("?{}", serde_urlencoded::to_string(&foreign).unwrap());
            kg.door.comes_back(world, &here.cookie, &query)
        };
        refused(world, comes_back(&|_| {}), "iss_mismatch");
        let no_iss = |fields: &mut Fields| fields.retain(|(name, _)| name != "iss");
        refused(world, comes_back(&no_iss), "iss_missing");
        let issuer = one.issuer();
        refused(world, comes_back(&|fields| {
            no_iss(fields);
            fields.push(("iss".to_owned(), issuer.clone()));
        }), "code_refused");
        // The whole of it, at the door where it was not begun.
        let (here, there) = (kg.door.starts(world), kz.door.starts(world));
        let query = kz.goes_home(&mut Browser::new(), &aida, &there);
        refused(world, kg.door.comes_back(world, &there.cookie, &query), "browser_mismatch");
        refused(world, kg.door.comes_back(world, &here.cookie, &query), "browser_mismatch");
        kz.door.comes_back(world, &there.cookie, &query).expect(200);
    }

    /// Requirement 9: glewlwyd changes its key.
    fn glewlwyd_has_another_key(world) tuned never_too_many {
        let between = Between::new();
        let Some(glewlwyd) = Glewlwyd::start_behind(module_path!(), Some(between.port)) else { return };
        between.stands_before(glewlwyd.port);
        let issuer = glewlwyd.opens("kg");
        another_key(world, &between, &Staff::of(world, House::Kg, &issuer));
    }

    /// Requirement 9: lemonldap-ng changes its key.
    fn lemonldap_has_another_key(world) tuned never_too_many {
        let between = Between::new();
        let Some(lemonldap) = Lemonldap::start_behind(module_path!(), Some(between.port)) else { return };
        between.stands_before(lemonldap.port());
        another_key(world, &between, &Staff::of(world, House::Az, &lemonldap));
    }

    /// How a provider says that it signed somebody in is kept with the session and shown, and decides nothing.
    fn how_somebody_was_signed_in_is_kept_and_shown(world) tuned never_too_many {
        let between = Between::new();
        let Some(lemonldap) = Lemonldap::start_behind(module_path!(), Some(between.port)) else { return };
        between.stands_before(lemonldap.port());
        let staff = Staff::with(world, House::Az, &lemonldap, &json!({"algorithms": ["ES256"]}));
        between.forges(|_, claims| {
            let acr = claims["acr"].as_str().expect("it says how").to_owned();
            assert!(acr.starts_with("loa-"), "{acr}");
            // It says nothing of the means.
            claims["amr"] = json!(["pwd", "otp"]);
        });
        let tokens = staff.officer(world, &Person::new("aida", &["clerk"]));
        let own = world.nobody().get("/auth/sessions").token(&tokens.access).expect(200);
        assert!(own.items()[0]["acr"].as_str().unwrap().starts_with("loa-"), "{own}");
        let id = me(world, &tokens.access).expect(200).text("id");
        let seen = world.agency(House::Az).admin.get(format!("/users/{id}/sessions")).expect(200);
        for (name, said) in [("acr", &own.items()[0]["acr"]), ("amr", &json!(["pwd", "otp"]))] {
            assert_eq!((&own.items()[0][name], &seen.items()[0][name]), (said, said));
        }
        let local = world.speaker(House::Az).get("/auth/sessions").expect(200);
        assert_eq!((&local.items()[0]["acr"], &local.items()[0]["amr"]), (&Value::Null, &Value::Null));
    }

    /// Whoever is sent to sign in goes on where he or she wanted to, and never elsewhere.
    fn one_goes_on_where_one_wanted_to(world) tuned never_too_many {
        let Some(glewlwyd) = Glewlwyd::start(module_path!()) else { return };
        let issuer = glewlwyd.opens("kg");
        let staff = Staff::of(world, House::Kg, &issuer);
        let aida = Person::new("aida", &["clerk"]);
        staff.officer(world, &aida);
        world.lives_today();
        for (query, wanted) in [("", Value::Null), ("?return_to=/cases?state=active%23last", json!("/cases?state=active#last"))] {
            let begun = Begun::of(&staff.door.asks_to_start(world, query).expect(302));
            let back = staff.goes_home(&mut Browser::new(), &aida, &begun);
            world.lives_today();
            let come = staff.door.comes_back(world, &begun.cookie, &back).expect(200);
            assert_eq!(come.json["return_to"], wanted);
        }
        for path in ["//evil.example", "https://evil.example/", "/..//evil.example", "/%5Cevil.example", "cases", ""] {
            let query = format!("?return_to={path}");
            let refused = staff.door.asks_to_start(world, &query).refused(422, "validation-failed");
            assert_eq!(refused.pointers(), ["?return_to"]);
        }
        staff.door.asks_to_start(world, "?other=1").refused(422, "validation-failed");
    }

    /// Requirement 28: nothing that a provider gave stands in the database as it is.
    fn what_a_provider_gives_is_sealed(world) tuned never_too_many {
        let between = Between::new();
        let Some(glewlwyd) = Glewlwyd::start_behind(module_path!(), Some(between.port)) else { return };
        between.stands_before(glewlwyd.port);
        let issuer = glewlwyd.opens("kg");
        let staff = Staff::of(world, House::Kg, &issuer);
        let given = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let seen = given.clone();
        between.changes(move |path, answer| {
            if path.ends_with("/token") && answer.status == 200 {
                let tokens: Value = serde_json::from_slice(&answer.body).unwrap();
                seen.lock().unwrap().push(tokens);
            }
        });
        let tokens = staff.officer(world, &Person::new("aida", &["clerk"]));
        world.advance_minutes(6);
        refresh(world, &tokens.refresh).expect(200);
        let given = given.lock().unwrap();
        assert_eq!(given.len(), 3);
        for token in given.iter().flat_map(|tokens| tokens.as_object().unwrap().iter()) {
            let (name, Value::String(text)) = token else { continue };
            if name.ends_with("_token") {
                assert!(!world.probe().reveals(text), "{name}");
            }
        }
        assert!(!world.probe().reveals(&staff.site.secret));
    }
}
