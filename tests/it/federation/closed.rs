//! Where an agency has its officers sign in at home, every door here is closed to them.

use passage::access::Role;
use serde_json::json;

use super::invented::Invented;
use super::linked;
use crate::harness::{House, PASSWORD, PasskeyDevice, Request, Tokens, World, both};
use crate::identity::{login, me, refresh};
use crate::stories::mail::mails;

/// The agency asks for it.
#[track_caller]
fn asks_for_it(world: &World, home: &Invented, required: bool) {
    let admin = world.agency(home.door.house).admin;
    admin.edits(home.door.path(world), json!({"required": required})).expect(200);
}

fn by_passkey(world: &World, device: &PasskeyDevice) -> Request {
    let begun = world.nobody().get("/auth/passkeys/challenges/request").expect(200);
    let credential = device.answers(&begun.json["options"], |_| ());
    let body = json!({"challenge": begun.text("challenge"), "credential": credential});
    world.nobody().post("/auth/passkeys/sign-in").json(body)
}

both! {
    /// Neither with a password nor with a passkey, nor with a new password, nor in a session that was begun before.
    fn every_door_is_closed(world) tuned mails {
        let home = Invented::new(world, House::Kg, &json!({}));
        let officer = world.officer(House::Kg, Role::CaseOfficer);
        let admin = world.agency(House::Kg).admin;
        let before = officer.signs_in();
        let device = PasskeyDevice::of(&officer);
        world.nobody().post("/auth/password-resets").json(json!({"email": officer.email})).expect(202);
        let mailed = world.mailed_token(&officer.email);
        let resets = || {
            let body = json!({"token": mailed, "password": "seven otters cross the river"});
            world.nobody().post("/auth/password-resets/accept").json(body)
        };
        asks_for_it(world, &home, true);
        by_passkey(world, &device).refused(401, "federation-required");
        resets().refused(401, "federation-required");
        me(world, &before.access).refused(401, "unauthenticated");
        refresh(world, &before.refresh).refused(401, "invalid-refresh-token");
        // Nor does one go on that began in the moment when the agency asked for it.
        world.probe().execute("UPDATE sessions SET ended_at = NULL WHERE end_reason = 'belongs_elsewhere'").unwrap();
        let body = json!({"password": PASSWORD, "otp": device.codes[0]});
        world.nobody().post("/auth/reauthenticate").token(&before.access).json(body).refused(401, "federation-required");
        refresh(world, &before.refresh).refused(401, "federation-required");
        me(world, &before.access).refused(401, "unauthenticated");
        // The admin's way is open.
        let tokens = admin.signs_in();
        refresh(world, &tokens.refresh).expect(200);
        // What was closed opens again with the agency's word.
        asks_for_it(world, &home, false);
        by_passkey(world, &device).expect(200);
        resets().expect(204);
    }

    /// A session that the provider vouches for goes on; a password proves nothing in it.
    fn the_way_in_at_home_is_open(world) tuned mails {
        let home = Invented::new(world, House::Kg, &json!({}));
        let officer = linked(world, &home, "officer-1");
        asks_for_it(world, &home, true);
        let tokens = Tokens::of(&home.signs_in(world).expect(200));
        let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
        let again = |password: &str| {
            let body = json!({"password": password});
            world.nobody().post("/auth/reauthenticate").token(&tokens.access).json(body)
        };
        again("wrong").refused(401, "sign-in-failed");
        again(PASSWORD).refused(401, "federation-required");
        login(world, &officer.email, PASSWORD).refused(401, "federation-required");
        asks_for_it(world, &home, false);
        again(PASSWORD).expect(200);
    }
}
