//! Beginning and completing to sign in, and the account that comes of it.

use std::collections::BTreeSet;

use passage::access::Role;
use serde_json::{Value, json};

use super::door::Door;
use super::invented::{Begun, Invented};
use super::{never_too_many, refused, why};
use crate::harness::{Actor, Directory, House, Impostor, PASSWORD, Tokens, World, both};
use crate::identity::{login, me, refresh};

both! {
    /// Requirements 1, 2, 3, 23: somebody signs in for the first time, waits for a confirmation like everybody, and comes in.
    /// The same address and the same subject elsewhere are somebody else.
    fn who_signs_in_first_waits_and_comes_in(world) tuned never_too_many {
        let (kg, kz) = (Invented::new(world, House::Kg, &json!({})), Invented::new(world, House::Kz, &json!({})));
        let local = world.agency(House::Kg).admin.post("/users").json(json!({
            "email": "officer@home.example", "full_name": "Local", "roles": ["case_officer"],
        })).expect(201);
        // An agency in a claim is nobody's agency, from the first sign-in on.
        let kz_id = world.agency(House::Kz).id;
        kg.impostor.lies(move |_, claims| claims["agency"] = json!(kz_id));
        refused(world, kg.signs_in(world), "account_waits");
        refused(world, kg.signs_in(world), "account_waits");
        let one = me(world, &kg.officer(world, "officer-2").access).expect(200);
        assert_eq!(one.json["provider_id"], kg.door.id.as_str());
        assert_eq!(one.json["roles"], json!(["case_officer"]));
        assert_eq!(one.json["email"], "officer@home.example");
        assert_eq!(one.json["agency"]["id"], world.agency(House::Kg).id.as_str());
        assert_ne!(one.json["id"], local.json["id"]);
        let other = me(world, &kz.officer(world, "officer-2").access).expect(200);
        assert_ne!(other.json["id"], one.json["id"]);
        assert_eq!(other.json["agency"]["id"], world.agency(House::Kz).id.as_str());
        // The address opens nothing.
        login(world, "officer@home.example", PASSWORD).refused(401, "sign-in-failed");
        kg.impostor.is("officer-2", json!(["officers"]));
        let again = me(world, &Tokens::of(&kg.signs_in(world).expect(200)).access).expect(200);
        assert_eq!(again.json["id"], one.json["id"]);
        assert!(!world.probe().reveals("a-refresh-token-of-the-provider"));
    }

    /// Requirement 23: many at once are one account.
    fn many_first_sign_ins_at_once_are_one_account(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let begun: Vec<Begun> = (0..50).map(|_| home.starts(world)).collect();
        std::thread::scope(|scope| {
            for begun in &begun {
                scope.spawn(|| home.completes(world, begun).beside_others().expect(401));
            }
        });
        assert_eq!(world.probe().count("federated_identities"), 1);
        assert_eq!(world.probe().count("users WHERE provider_id IS NOT NULL"), 1);
    }

    /// Requirement 23: and where nobody waits for a confirmation, all of them come in, as the same one.
    fn many_who_come_in_at_once_are_one_account(world)
        with [("PASSAGE_IDENTITY__CONFIRM_ACCOUNTS", "false")] tuned never_too_many
    {
        let impostor = Impostor::opens(world);
        let id = world.agency(House::Kg).admin.connects_provider(&json!({"issuer": impostor.issuer})).id();
        let home = Invented { impostor, door: Door { id, house: House::Kg } };
        let begun: Vec<Begun> = (0..50).map(|_| home.starts(world)).collect();
        let found: BTreeSet<String> = std::thread::scope(|scope| {
            let all: Vec<_> = begun.iter().map(|begun| {
                scope.spawn(|| {
                    let tokens = Tokens::of(&home.completes(world, begun).beside_others().expect(200));
                    me(world, &tokens.access).expect(200).text("id")
                })
            }).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(world.probe().count("users WHERE provider_id IS NOT NULL"), 1);
        assert_eq!(world.probe().count("federated_sessions"), 50);
    }

    /// Requirements 4, 5: a sign-in is completed once, by the browser that began it, at the provider where it was begun.
    fn a_sign_in_belongs_to_its_browser_and_counts_once(world) tuned never_too_many {
        let (kg, kz) = (Invented::new(world, House::Kg, &json!({})), Invented::new(world, House::Kz, &json!({})));
        kg.officer(world, "officer-1");
        let (one, two) = (kg.starts(world), kg.starts(world));
        refused(world, kg.door.comes_back(world, &one.cookie, &two.back.query()), "browser_mismatch");
        refused(world, kg.door.comes_back(world, "passage-sign-in=x", &one.back.query()), "state_unknown");
        refused(world, kg.door.comes_back(world, "other=1", &one.back.query()), "state_unknown");
        refused(world, kg.door.comes_back(world, &one.cookie, "?code=x"), "browser_mismatch");
        refused(world, kz.door.comes_back(world, &one.cookie, &one.back.query()), "browser_mismatch");
        kg.completes(world, &one).expect(200);
        refused(world, kg.completes(world, &one), "state_used");
        let swapped = format!("?state={}&code={}", two.back.state, one.back.code);
        refused(world, kg.door.comes_back(world, &two.cookie, &swapped), "code_refused");
        let late = kg.starts(world);
        world.advance_minutes(10);
        refused(world, kg.completes(world, &late), "state_expired");
        for (query, word) in [
            ("&error=access_denied", "refused_by_provider"), ("", "code_missing"), ("&code=other", "code_refused"),
            ("&code=code-0&iss=https://evil.example", "iss_mismatch"),
        ] {
            let begun = kg.starts(world);
            refused(world, kg.door.comes_back(world, &begun.cookie, &format!("?state={}{query}", begun.back.state)), word);
        }
        let unknown = crate::harness::unknown_id();
        world.nobody().get(format!("/auth/oidc/{unknown}/start")).refused(404, "not-found");
        world.nobody().get(format!("/auth/oidc/{unknown}/callback")).refused(404, "not-found");
    }

    /// Where users come by TLS, a browser sends what it keeps by TLS only, and lets no other host set it.
    fn what_a_browser_keeps_travels_by_tls_alone(world)
        with [("PASSAGE_SERVER__PUBLIC_URL", "https://passage.example.org")] tuned never_too_many
    {
        let home = Invented::new(world, House::Kg, &json!({}));
        let set = home.door.asks_to_start(world, "").expect(302).header("set-cookie").unwrap().to_owned();
        let parts: BTreeSet<&str> = set.split("; ").skip(1).collect();
        assert!(set.starts_with("__Host-passage-sign-in="), "{set}");
        assert_eq!(parts, BTreeSet::from(["HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax", "Secure"]));
        let begun = home.starts(world);
        let bare = begun.cookie.trim_start_matches("__Host-").to_owned();
        refused(world, home.door.comes_back(world, &bare, &begun.back.query()), "state_unknown");
        home.officer(world, "officer-1");
        let back = home.signs_in(world).expect(200);
        let gone = back.header("set-cookie").unwrap();
        assert!(gone.starts_with("__Host-passage-sign-in=;") && gone.contains("Max-Age=0"), "{gone}");
        assert!(gone.contains("; Secure") && !gone.contains("Domain"), "{gone}");
    }

    /// Requirement 4: where a provider says that it names itself, it does.
    fn a_provider_that_names_itself_is_held_to_it(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        home.impostor.describes("authorization_response_iss_parameter_supported", json!(true));
        let begun = home.starts(world);
        refused(world, home.completes(world, &begun), "iss_missing");
        let begun = home.starts(world);
        let query = format!("{}&iss={}", begun.back.query(), home.impostor.issuer);
        refused(world, home.door.comes_back(world, &begun.cookie, &query), "account_waits");
    }

    /// Requirements 6, 13: a description of another issuer does not count, nor do addresses that lead elsewhere; a provider
    /// that is down is said to be.
    fn a_description_is_the_issuers_own(world) tuned never_too_many {
        for (house, name, value) in [
            (House::Kg, "issuer", json!("https://login.example.kg")),
            (House::Kz, "token_endpoint", json!("https://169.254.169.254/token")),
            (House::Uz, "jwks_uri", json!("http://10.0.0.1/keys")),
        ] {
            let home = Invented::new(world, house, &json!({}));
            home.impostor.describes(name, value);
            home.door.asks_to_start(world, "").refused(401, "federation-failed");
        }
        let home = Invented::new(world, House::Tj, &json!({}));
        home.impostor.is_down(true);
        home.door.asks_to_start(world, "").refused(503, "provider-unavailable");
        home.impostor.is_down(false);
        let begun = home.starts(world);
        home.impostor.is_down(true);
        home.completes(world, &begun).refused(503, "provider-unavailable");
        assert_eq!(why(world), "provider_down");
    }

    /// Requirement 22: roles come from the allow-list alone, anew at each sign-in; what is gone is gone at once.
    fn roles_are_what_the_claims_say_now(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let first = home.officer(world, "officer-1");
        for (groups, word) in [
            (json!("officers"), "claims_malformed"), (json!({"officers": true}), "claims_malformed"),
            (json!((0..500).map(|number| number.to_string()).collect::<Vec<_>>()), "groups_too_many"),
        ] {
            home.impostor.is("officer-3", groups);
            refused(world, home.signs_in(world), word);
        }
        for groups in [json!([]), json!(["admins", "agency_admin", "system_admin", "Officers"])] {
            home.impostor.is("officer-3", groups);
            refused(world, home.signs_in(world), "roles_none");
        }
        assert_eq!(world.probe().count("federated_identities"), 1);
        // A role that is added waits, the other stays.
        home.impostor.is("officer-1", json!(["officers", "liaison"]));
        let more = me(world, &Tokens::of(&home.signs_in(world).expect(200)).access).expect(200);
        assert_eq!(more.json["roles"], json!(["case_officer"]));
        assert_eq!(more.json["proposed_roles"], json!(["liaison_officer", "case_officer"]));
        me(world, &first.access).expect(200);
        // Nothing of it is left: the sessions end with it.
        home.impostor.is("officer-1", json!(["staff"]));
        refused(world, home.signs_in(world), "roles_none");
        me(world, &first.access).refused(401, "unauthenticated");
        let path = format!("/users/{}", more.text("id"));
        let row = world.agency(House::Kg).admin.get(&path).expect(200);
        assert_eq!((&row.json["roles"], &row.json["proposed_roles"]), (&json!([]), &Value::Null));
        world.agency(House::Kg).admin.post(format!("{path}/deactivate")).expect(200);
        home.impostor.is("officer-1", json!(["officers"]));
        refused(world, home.signs_in(world), "account_deactivated");
    }

    /// Where an agency asks for it, its officers sign in through the provider only, and its admin as ever; what is turned off
    /// ends at once.
    fn officers_may_have_to_sign_in_there_only(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let (admin, officer) = (world.agency(House::Kg).admin, world.officer(House::Kg, Role::CaseOfficer));
        let stranger = world.speaker(House::Kz);
        let [here, theirs, elsewhere] = [&officer, &admin, &stranger].map(Actor::signs_in);
        home.impostor.is("officer-2", json!(["officers"]));
        let there = home.officer(world, "officer-2");
        admin.edits(home.door.path(world), json!({"required": true})).expect(200);
        // A session that began here is over; those that began there, an admin's, and those of other agencies are not.
        me(world, &here.access).refused(401, "unauthenticated");
        refresh(world, &here.refresh).refused(401, "invalid-refresh-token");
        for goes_on in [&theirs, &elsewhere, &there] {
            me(world, &goes_on.access).expect(200);
        }
        let ended = world.probe().lines("SELECT end_reason AS line FROM sessions WHERE end_reason = 'belongs_elsewhere'");
        assert!(ended.len() >= 2, "{ended:?}");
        login(world, &officer.email, PASSWORD).refused(401, "federation-required");
        let told = world.probe().lines(
            "SELECT details AS line FROM journal_entries WHERE action = 'session.sign_in_failed' \
             ORDER BY recorded_at DESC, sequence DESC LIMIT 1",
        );
        let told: Value = serde_json::from_str(&told[0]).unwrap();
        assert_eq!((&told["failure"], &told["user"]), (&json!("belongs_elsewhere"), &json!(officer.id)));
        login(world, &officer.email, "wrong").refused(401, "sign-in-failed");
        login(world, &admin.email, PASSWORD).expect(200);
        login(world, &world.speaker(House::Kz).email, PASSWORD).expect(200);
        // However often somebody is turned away, that is no guessing.
        for _ in 0..20 {
            login(world, &officer.email, PASSWORD).refused(401, "federation-required");
        }
        home.impostor.is("officer-1", json!(["officers"]));
        let begun = home.starts(world);
        admin.edits(home.door.path(world), json!({"required": false, "enabled": false})).expect(200);
        home.completes(world, &begun).refused(404, "not-found");
        login(world, &officer.email, PASSWORD).expect(200);
    }

    /// Where it has to be confirmed before it counts, sessions that began here end with the confirmation.
    fn officers_sign_in_there_only_once_that_is_confirmed(world) tuned never_too_many {
        let (admin, officer) = (world.agency(House::Kg).admin, world.officer(House::Kg, Role::CaseOfficer));
        let here = officer.signs_in();
        let provider = admin.connects_provider(&json!({"required": true})).id();
        me(world, &here.access).expect(200);
        let door = Door { id: provider, house: House::Kg };
        door.is_confirmed(world);
        me(world, &here.access).refused(401, "unauthenticated");
        login(world, &officer.email, PASSWORD).refused(401, "federation-required");
        // To say it again ends nothing more.
        let theirs = admin.signs_in();
        admin.edits(door.path(world), json!({"name": "Another name"})).expect(200);
        me(world, &theirs.access).expect(200);
    }

    /// Requirements 1, 2: a provider that was removed and is connected again vouches for the same people, once it is confirmed;
    /// who was ended meanwhile stays so, and its former tokens of provisioning open nothing.
    fn connected_again_it_knows_the_same_people(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let (admin, path) = (world.agency(House::Kg).admin, home.door.path(world));
        let directory = Directory::of(world, House::Kg, &home.door.id, &json!({}));
        let [one, two] = ["officer-1", "officer-2"].map(|who| me(world, &home.officer(world, who).access).expect(200).id());
        admin.delete(&path).expect(204);
        admin.post(format!("/users/{two}/deactivate")).expect(200);
        home.door.asks_to_start(world, "").refused(404, "not-found");
        let again = admin.connects_provider(&json!({"issuer": home.impostor.issuer}));
        assert_eq!(again.id(), home.door.id);
        home.door.asks_to_start(world, "").refused(404, "not-found");
        home.door.is_confirmed(world);
        home.impostor.is("officer-1", json!(["officers"]));
        let tokens = Tokens::of(&home.signs_in(world).expect(200));
        assert_eq!(me(world, &tokens.access).expect(200).id(), one);
        home.impostor.is("officer-2", json!(["officers"]));
        refused(world, home.signs_in(world), "account_deactivated");
        directory.get("/Users").expect(401);
    }
}
