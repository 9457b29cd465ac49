//! Where provisioning and signing in meet: one person has one account, whichever came first.

use serde_json::{Value, json};

use super::{account, confirms};
use crate::federation::Invented;
use crate::harness::{Directory, House, Reply, Tokens, World, both};
use crate::identity::me;

/// Whoever the provider says it is comes in; tells who that is here.
#[track_caller]
fn comes_in(world: &World, home: &Invented) -> Reply {
    let tokens = Tokens::of(&home.signs_in(world).expect(200));
    me(world, &tokens.access).expect(200)
}

fn says_oid(home: &Invented, oid: &'static str) {
    home.impostor.lies(move |_, claims| claims["oid"] = json!(oid));
}

both! {
    /// Whoever was brought in and confirmed comes in at once, and is called as the directory says.
    fn whoever_was_brought_in_comes_in(world) {
        let home = Invented::new(world, House::Kg, &json!({}));
        let directory = Directory::of(world, House::Kg, &home.door.id, &json!({}));
        let id = directory.brings("aida", "officer-7", &json!({"roles": ["officers"]})).expect(201).id();
        home.impostor.is("officer-7", json!(["officers"]));
        let waits = home.signs_in(world).refused(401, "federation-failed");
        assert!(waits.text("detail").contains("account_waits"), "{waits}");
        confirms(world, House::Kg, &id);
        let seen = comes_in(world, &home);
        assert_eq!(seen.id(), id);
        assert_eq!((&seen.json["email"], &seen.json["full_name"]), (&json!("aida@home.example"), &json!("Officer aida")));
        assert_eq!(world.probe().count("users WHERE provider_id IS NOT NULL"), 1);
        let renamed = json!([{"op": "replace", "path": "displayName", "value": "Aida B."}]);
        directory.changes(&id, &renamed).expect(200);
        assert_eq!(comes_in(world, &home).json["full_name"], "Aida B.");
    }

    /// An address and a user name are nobody: the same ones under another subject are another account.
    fn an_address_finds_nobody(world) {
        let home = Invented::new(world, House::Kg, &json!({}));
        let directory = Directory::of(world, House::Kg, &home.door.id, &json!({}));
        let same = json!({"emails": [{"value": "officer@home.example"}]});
        let brought = directory.brings("officer@home.example", "somebody", &same).expect(201).id();
        home.impostor.lies(|_, claims| {
            claims["preferred_username"] = json!("officer@home.example");
            claims["oid"] = json!("somebody");
            claims["externalId"] = json!("somebody");
        });
        home.officer(world, "officer-8");
        assert_ne!(comes_in(world, &home).id(), brought);
        assert_eq!(account(world, House::Kg, &brought)["confirmed"], false);
    }

    /// Whoever signed in before is brought in as who he or she is, and then ends with the directory.
    fn whoever_signed_in_before_stays_who_it_is(world) {
        let home = Invented::new(world, House::Kg, &json!({}));
        let tokens = home.officer(world, "officer-7");
        let id = me(world, &tokens.access).expect(200).id();
        let directory = Directory::of(world, House::Kg, &home.door.id, &json!({}));
        directory.get(&format!("/Users/{id}")).scim_refused(404, "");
        let brought = directory.brings("aida", "officer-7", &json!({})).expect(201);
        assert_eq!((brought.id(), &brought.json["active"]), (id.clone(), &json!(true)));
        let here = account(world, House::Kg, &id);
        assert_eq!((&here["confirmed"], &here["roles"]), (&json!(true), &json!(["case_officer"])));
        assert_eq!(here["full_name"], "Officer aida");
        me(world, &tokens.access).expect(200);
        directory.lets(&id, false).expect(200);
        me(world, &tokens.access).refused(401, "unauthenticated");
    }

    /// The object id of Entra ID, whose subject is another one for each application, names people as well: those who come
    /// first and those who are brought in first.
    fn an_object_id_names_people_too(world) {
        let home = Invented::new(world, House::Kg, &json!({}));
        let directory = Directory::of(world, House::Kg, &home.door.id, &json!({"subject_claim": "oid"}));
        let first = directory.brings("aida", "object-1", &json!({})).expect(201).id();
        home.impostor.is("pairwise-1", json!(["officers"]));
        says_oid(&home, "object-1");
        home.signs_in(world).refused(401, "federation-failed");
        confirms(world, House::Kg, &first);
        assert_eq!(comes_in(world, &home).id(), first);
        // The subject alone is no object id.
        let astray = directory.brings("astray", "pairwise-2", &json!({})).expect(201).id();
        says_oid(&home, "object-2");
        home.officer(world, "pairwise-2");
        let second = comes_in(world, &home).id();
        assert!(second != astray && second != first);
        let brought = directory.brings("bek", "object-2", &json!({})).expect(201);
        assert_eq!(brought.id(), second);
        assert_eq!(account(world, House::Kg, &second)["confirmed"], true);
        directory.lets(&second, false).expect(200);
        let refused = home.signs_in(world).refused(401, "federation-failed");
        assert!(refused.text("detail").contains("account_deactivated"), "{refused}");
    }

    /// Another agency's provider that names somebody so is not heard.
    fn another_agencys_provider_names_nobody_here(world) {
        let (kg, kz) = (Invented::new(world, House::Kg, &json!({})), Invented::new(world, House::Kz, &json!({})));
        let directory = Directory::of(world, House::Kg, &kg.door.id, &json!({}));
        let id = directory.brings("aida", "officer-7", &json!({})).expect(201).id();
        confirms(world, House::Kg, &id);
        kz.officer(world, "officer-7");
        let there = comes_in(world, &kz);
        assert_ne!(there.id(), id);
        assert_eq!(there.json["agency"]["id"], Value::from(world.agency(House::Kz).id));
    }
}
