//! Whoever leaves is gone at once; nothing is deleted; and who comes back waits again.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{account, confirms, names, told};
use crate::federation::Invented;
use crate::harness::{Directory, House, Listener, Machine, Node, Request, Tokens, World, both};
use crate::identity::{at_once, me};

/// Somebody who was brought in, confirmed, and has signed in.
struct Officer {
    home: Invented,
    directory: Directory,
    id: String,
    access: String,
}

fn officer(world: &World) -> Officer {
    let home = Invented::new(world, House::Kg, &json!({}));
    let directory = Directory::of(world, House::Kg, &home.door.id, &json!({}));
    let id =
        directory.brings("aida", "officer-7", &json!({"roles": ["officers"]})).expect(201).id();
    confirms(world, House::Kg, &id);
    home.impostor.is("officer-7", json!(["officers"]));
    let access = Tokens::of(&home.signs_in(world).expect(200)).access;
    Officer { home, directory, id, access }
}

#[track_caller]
fn cannot_come_in(world: &World, officer: &Officer, why: &str) {
    let refused = officer.home.signs_in(world).refused(401, "federation-failed");
    assert!(refused.text("detail").contains(why), "{refused}");
}

fn status(world: &World, officer: &Officer) -> Value {
    account(world, House::Kg, &officer.id)["status"].clone()
}

/// However the directory says it, everything of the officer has ended: sessions, streams, machines, the way in. Gives how
/// long the streams went on.
fn is_gone(world: &World, says: fn(&Officer) -> Request, answered: u16) -> Duration {
    let officer = officer(world);
    let machine = Machine::of_owner(world, House::Kg, &officer.id);
    let key = machine.token();
    let cases = |token: &str| world.nobody().get("/cases").token(token);
    cases(&key).expect(200);
    let other = world.another_node();
    let there = other.as_ref().map_or(world.address(), Node::address);
    world.settles();
    let follow = |node| Listener::open(&world.nobody(), node, "/feed", &officer.access, None);
    let streams = [follow(world.address()), follow(there)];
    says(&officer).expect(answered);
    let begun = Instant::now();
    for node in [world.address(), there] {
        me(world, &officer.access).at(node).refused(401, "unauthenticated");
        cases(&key).at(node).refused(401, "unauthenticated");
    }
    for stream in streams {
        stream.ends();
    }
    let took = begun.elapsed();
    machine.asks(&machine.assertion(), None).expect(401);
    assert_eq!(world.speaker(House::Kg).get(&machine.path).expect(200).json["status"], "suspended");
    cannot_come_in(world, &officer, "account_deactivated");
    assert_eq!(status(world, &officer), "deactivated");
    let details = world
        .probe()
        .lines("SELECT details AS line FROM journal_entries WHERE action = 'user.deactivated'");
    let details: Value = serde_json::from_str(&details[0]).unwrap();
    assert_eq!(
        (&details["sessions_ended"], &details["machines_suspended"]),
        (&json!(1), &json!(1))
    );
    let by = format!(
        "user.deactivated provisioning:{}",
        officer.directory.path.rsplit('/').next().unwrap()
    );
    assert!(told(world, &officer.id).contains(&by));
    took
}

both! {
    /// Who is switched off there is gone here, on every node and from every stream, and so are the machines.
    fn who_is_switched_off_is_gone_at_once(world) with [("PASSAGE_FEED__HEARTBEAT_SECONDS", "60")] {
        at_once(|| is_gone(world, |officer| officer.directory.lets(&officer.id, false), 200));
    }

    /// Who is removed there is gone here in the same way, and the account stays for the record.
    fn who_is_removed_is_gone_at_once(world) with [("PASSAGE_FEED__HEARTBEAT_SECONDS", "60")] {
        at_once(|| is_gone(world, |officer| officer.directory.request("DELETE", &format!("/Users/{}", officer.id)), 204));
    }

    /// Who comes back waits for a confirmation again, with the former sessions ended for good.
    fn who_comes_back_waits_again(world) {
        let officer = officer(world);
        let machine = Machine::of_owner(world, House::Kg, &officer.id);
        officer.directory.lets(&officer.id, false).expect(200);
        officer.directory.lets(&officer.id, false).changing_nothing().expect(200);
        let back = officer.directory.lets(&officer.id, true).expect(200);
        assert_eq!(back.json["active"], true);
        let here = account(world, House::Kg, &officer.id);
        assert_eq!((&here["status"], &here["confirmed"]), (&json!("invited"), &json!(false)));
        me(world, &officer.access).refused(401, "unauthenticated");
        cannot_come_in(world, &officer, "account_waits");
        machine.asks(&machine.assertion(), None).expect(401);
        confirms(world, House::Kg, &officer.id);
        me(world, &officer.access).refused(401, "unauthenticated");
        let again = Tokens::of(&officer.home.signs_in(world).expect(200));
        assert_eq!(me(world, &again.access).expect(200).id(), officer.id);
        let deeds: Vec<String> = told(world, &officer.id)
            .into_iter()
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .filter(|deed| deed.starts_with("user."))
            .collect();
        assert_eq!(deeds, [
            "user.provisioned", "user.confirmed", "user.deactivated", "user.reactivated", "user.confirmed",
        ]);
    }

    /// Who was removed is not there any more; brought in again it is the same person, who waits.
    fn who_was_removed_and_is_brought_in_again_waits(world) {
        let officer = officer(world);
        let path = format!("/Users/{}", officer.id);
        let Officer { directory, id, .. } = &officer;
        directory.request("DELETE", &path).expect(204);
        for request in [
            directory.get(&path), directory.request("DELETE", &path), directory.lets(id, true),
            directory.sends("PUT", &path, &json!({"userName": "aida"})),
        ] {
            request.scim_refused(404, "");
        }
        assert_eq!(names(directory, ""), Vec::<String>::new());
        // The name is free for somebody else meanwhile.
        let other = directory.brings("AIDA", "officer-8", &json!({})).expect(201).id();
        assert_ne!(&other, id);
        directory.brings("aida", "officer-7", &json!({})).scim_refused(409, "uniqueness");
        let back = directory.brings("aida.b", "officer-7", &json!({})).expect(201);
        assert_eq!(&back.id(), id);
        assert_eq!(status(world, &officer), "invited");
        cannot_come_in(world, &officer, "account_waits");
        confirms(world, House::Kg, id);
        officer.home.signs_in(world).expect(200);
        assert_eq!(world.probe().count("users WHERE provider_id IS NOT NULL"), 2);
    }

    /// Whom people of the agency ended does not come back by what a directory says, on no way.
    fn whom_people_ended_stays_out(world) {
        let officer = officer(world);
        let Officer { directory, id, .. } = &officer;
        world.agency(House::Kg).admin.post(format!("/users/{id}/deactivate")).expect(200);
        assert_eq!(directory.get(&format!("/Users/{id}")).expect(200).json["active"], false);
        directory.lets(id, true).scim_refused(409, "");
        let whole = json!({"userName": "aida", "active": true});
        directory.sends("PUT", &format!("/Users/{id}"), &whole).scim_refused(409, "");
        directory.lets(id, false).changing_nothing().expect(200);
        directory.lets(id, true).scim_refused(409, "");
        directory.request("DELETE", &format!("/Users/{id}")).expect(204);
        directory.brings("aida", "officer-7", &json!({})).scim_refused(409, "");
        assert_eq!(status(world, &officer), "deactivated");
        cannot_come_in(world, &officer, "account_deactivated");
        assert_eq!(names(directory, ""), Vec::<String>::new());
    }

    /// Who never signed in and was removed does not come in as somebody new.
    fn who_was_removed_before_the_first_sign_in_stays_out(world) {
        let home = Invented::new(world, House::Kg, &json!({}));
        let directory = Directory::of(world, House::Kg, &home.door.id, &json!({}));
        let id = directory.brings("aida", "officer-7", &json!({})).expect(201).id();
        directory.request("DELETE", &format!("/Users/{id}")).expect(204);
        home.impostor.is("officer-7", json!(["officers"]));
        let refused = home.signs_in(world).refused(401, "federation-failed");
        assert!(refused.text("detail").contains("account_deactivated"), "{refused}");
        assert_eq!(world.probe().count("users WHERE provider_id IS NOT NULL"), 1);
    }

    /// A provider that is turned off lets nobody in, and still tells who leaves.
    fn a_provider_that_is_turned_off_still_tells_who_leaves(world) {
        let officer = officer(world);
        let admin = world.agency(House::Kg).admin;
        let path = format!("/agencies/{}/identity-providers/{}", admin.agency, officer.home.door.id);
        admin.edits(&path, json!({"enabled": false})).expect(200);
        officer.directory.lets(&officer.id, false).expect(200);
        assert_eq!(status(world, &officer), "deactivated");
    }

    /// Where accounts need no confirmation, whoever is brought in with a role is in effect at once, and so is the token.
    fn where_nobody_confirms_nobody_waits(world) with [("PASSAGE_IDENTITY__CONFIRM_ACCOUNTS", "false")] {
        let provider = world.agency(House::Kg).admin.connects_provider(&json!({})).id();
        let directory = Directory::waiting(world, House::Kg, &provider, &json!({}));
        world.speaker(House::Kg);
        let with = directory.brings("aida", "7", &json!({"roles": ["officers"]})).expect(201).id();
        let without = directory.brings("bek", "8", &json!({})).expect(201).id();
        let confirmed = |id: &str| account(world, House::Kg, id)["confirmed"].clone();
        assert_eq!((confirmed(&with), confirmed(&without)), (json!(true), json!(false)));
    }
}
