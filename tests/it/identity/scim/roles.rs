//! Roles that a directory says: by the provider's allow-list and nothing else.

use serde_json::{Value, json};

use super::{account, confirms};
use crate::federation::Invented;
use crate::harness::{Directory, House, Tokens, World, both};
use crate::identity::me;

/// Somebody who was brought in as a case officer, was confirmed and has signed in.
fn officer(world: &World, home: &Invented, directory: &Directory) -> (String, Tokens) {
    let id = directory
        .brings("aida", "officer-7", &json!({"roles": [{"value": "officers"}]}))
        .expect(201)
        .id();
    confirms(world, House::Kg, &id);
    home.impostor.is("officer-7", json!(["officers"]));
    (id, Tokens::of(&home.signs_in(world).expect(200)))
}

fn says(directory: &Directory, id: &str, operation: &str, roles: &Value) -> Value {
    let step = json!([{"op": operation, "path": "roles", "value": roles}]);
    directory.changes(id, &step).expect(200).json
}

both! {
    /// What is on the list gives its roles once it is confirmed; what is not gives none, and nothing makes an admin.
    fn the_allow_list_alone_gives_roles(world) {
        let home = Invented::new(world, House::Kg, &json!({}));
        let directory = Directory::of(world, House::Kg, &home.door.id, &json!({}));
        for (at, (roles, wanted)) in [
            (json!([{"value": "officers", "primary": "True"}]), json!(["case_officer"])),
            (json!(["liaison", "officers", "king"]), json!(["liaison_officer", "case_officer"])),
            (json!(["case_officer"]), json!([])),
            (json!(["agency_admin", "system_admin"]), json!([])),
            (json!(["Officers"]), json!([])),
            (json!([{"value": json!({"id": "1", "value": "officers"}).to_string()}]), json!([])),
            (json!([]), json!([])),
        ].into_iter().enumerate() {
            let name = format!("user-{at}");
            let made = directory.brings(&name, &name, &json!({"roles": roles})).expect(201);
            let here = account(world, House::Kg, &made.id());
            assert_eq!((&here["roles"], &here["confirmed"]), (&wanted, &json!(false)), "{roles}");
        }
        // Before a provider's list is confirmed it gives nothing.
        let other = world.agency(House::Kg).admin.connects_provider(&json!({})).id();
        let unconfirmed = Directory::of(world, House::Kg, &other, &json!({}));
        let made = unconfirmed.brings("x", "x", &json!({"roles": ["officers"]})).expect(201);
        assert_eq!(account(world, House::Kg, &made.id())["roles"], json!([]));
    }

    /// What is taken away counts at once, in sessions too; what is added waits for a confirmation.
    fn taken_at_once_and_added_after_a_confirmation(world) {
        let home = Invented::new(world, House::Kg, &json!({}));
        let directory = Directory::of(world, House::Kg, &home.door.id, &json!({}));
        let (id, tokens) = officer(world, &home, &directory);
        assert_eq!(me(world, &tokens.access).expect(200).json["roles"], json!(["case_officer"]));
        says(&directory, &id, "Add", &json!([{"value": "liaison"}]));
        let here = account(world, House::Kg, &id);
        assert_eq!(here["roles"], json!(["case_officer"]));
        assert_eq!(here["proposed_roles"], json!(["liaison_officer", "case_officer"]));
        says(&directory, &id, "Remove", &json!([{"value": "officers"}]));
        assert_eq!(account(world, House::Kg, &id)["roles"], json!([]));
        me(world, &tokens.access).refused(401, "unauthenticated");
        confirms(world, House::Kg, &id);
        assert_eq!(account(world, House::Kg, &id)["roles"], json!(["liaison_officer"]));
    }

    /// What gives nothing any more, or roles that exclude each other, takes all of them, and ends the sessions.
    fn what_gives_nothing_takes_all(world) {
        let mappings = json!({"role_mappings": [
            {"value": "officers", "roles": ["case_officer"]}, {"value": "audit", "roles": ["auditor"]},
        ]});
        let home = Invented::new(world, House::Kg, &mappings);
        let directory = Directory::of(world, House::Kg, &home.door.id, &json!({}));
        let (id, tokens) = officer(world, &home, &directory);
        let shown = says(&directory, &id, "Add", &json!([{"value": "audit"}]));
        assert_eq!(shown["roles"], json!([{"value": "officers"}, {"value": "audit"}]));
        assert_eq!(account(world, House::Kg, &id)["roles"], json!([]));
        me(world, &tokens.access).refused(401, "unauthenticated");
        let details = world.probe().lines(
            "SELECT details AS line FROM journal_entries WHERE action = 'user.followed_provider' ORDER BY sequence DESC LIMIT 1",
        );
        assert!(details[0].contains("roles_conflict"), "{details:?}");
        // A provider that never speaks of roles takes none; one that did, and does no more, takes them.
        let whole = json!({"userName": "bek", "externalId": "8"});
        let other = directory.sends("POST", "/Users", &whole).expect(201).id();
        home.impostor.is("8", json!(["officers"]));
        home.signs_in(world).refused(401, "federation-failed");
        confirms(world, House::Kg, &other);
        home.signs_in(world).expect(200);
        let renamed = json!({"userName": "bek", "displayName": "Bek"});
        directory.sends("PUT", &format!("/Users/{other}"), &renamed).expect(200);
        assert_eq!(account(world, House::Kg, &other)["roles"], json!(["case_officer"]));
        says(&directory, &other, "replace", &json!(["officers"]));
        assert_eq!(account(world, House::Kg, &other)["roles"], json!(["case_officer"]));
        directory.sends("PUT", &format!("/Users/{other}"), &renamed).expect(200);
        assert_eq!(account(world, House::Kg, &other)["roles"], json!([]));
    }
}
