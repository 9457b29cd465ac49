//! Passkeys: made by a device, shown to sign in, and worth nothing where anything about them is not right.

use serde_json::{Value, json};

use super::{account_of, login, me, refresh};
use crate::harness::passkey::{PRESENT, Said};
use crate::harness::{
    Actor, Backend, Browser, House, PASSWORD, PasskeyDevice, Reply, Request, Tokens, World, both,
};

const CREATION: &str = "/auth/passkeys/challenges/creation";

/// What a lie is about, and the lie.
type Lie = (&'static str, fn(&mut Said));

/// A challenge for signing in.
fn challenge(world: &World) -> Reply {
    world.nobody().get("/auth/passkeys/challenges/request").expect(200)
}

/// An attempt to sign in with what `credential` says to `challenge`.
fn shows(world: &World, challenge: &Reply, credential: &Value) -> Request {
    let body = json!({"challenge": challenge.text("challenge"), "credential": credential});
    world.nobody().post("/auth/passkeys/sign-in").json(body)
}

/// An attempt to sign in with the device, which says what `change` makes of it.
fn signs_in(world: &World, device: &PasskeyDevice, change: impl FnOnce(&mut Said)) -> Request {
    let challenge = challenge(world);
    let credential = device.answers(&challenge.json["options"], change);
    shows(world, &challenge, &credential)
}

/// An attempt to make a passkey with the device, which says what `change` makes of it.
fn makes(actor: &Actor, device: &PasskeyDevice, change: impl FnOnce(&mut Said)) -> Request {
    let begun = actor.get(CREATION).expect(200);
    let credential = device.made(&begun.json["options"], change);
    let body =
        json!({"challenge": begun.text("challenge"), "name": "Phone", "credential": credential});
    actor.post("/auth/passkeys").json(body)
}

both! {
    /// A passkey opens the account by itself, and from then on the password alone does not.
    fn a_passkey_opens_and_the_password_alone_does_not(world) {
        let officer = &world.speaker(House::Kg);
        let device = PasskeyDevice::of(officer);
        assert_eq!(device.codes.len(), 10);
        for _ in 0..2 {
            let tokens = Tokens::of(&signs_in(world, &device, |_| ()).expect(200));
            assert_eq!(me(world, &tokens.access).expect(200).text("id"), officer.id);
            let sessions = world.nobody().get("/auth/sessions").token(&tokens.access).expect(200);
            let present = sessions.items().iter().find(|item| item["current"] == true).unwrap();
            assert_eq!(present["second_factor"], "passkey");
        }
        login(world, &officer.email, PASSWORD).refused(401, "second-factor-required");
        let otp = |otp: &str| json!({"email": officer.email, "password": PASSWORD, "otp": otp});
        world.nobody().post("/auth/login").json(otp("123456")).refused(401, "sign-in-failed");
        world.nobody().post("/auth/login").json(otp(&device.codes[0])).expect(200);
        assert!(PasskeyDevice::of(officer).codes.is_empty(), "there are codes left");
        let factors = officer.get("/auth/factors").expect(200);
        assert_eq!((&factors.json["passkeys"], &factors.json["recovery_codes_left"]), (&json!(2), &json!(9)));
    }

    /// Whatever is not as it has to be in a device's answer, nobody comes in, and the journal knows why.
    fn an_answer_with_one_thing_wrong_opens_nothing(world) {
        let (officer, other) = (&world.speaker(House::Kg), &world.speaker(House::Kz));
        let (device, theirs) = (PasskeyDevice::of(officer), PasskeyDevice::of(other));
        let lies: [Lie; 6] = [
            ("another page", |said| said.origin = "http://localhost.example:1".into()),
            ("another host", |said| said.host = "passage.example".into()),
            ("another challenge", |said| said.challenge = "bm90IHRoZSBjaGFsbGVuZ2U".into()),
            ("making in place of signing in", |said| said.kind = "webauthn.create"),
            ("nobody proved anything to the device", |said| said.flags = PRESENT),
            ("nobody was there", |said| said.flags = 0),
        ];
        for (what, lie) in lies {
            let refused = signs_in(world, &device, lie).send();
            assert_eq!(refused.status, 401, "{what}: {refused}");
        }
        // A right answer by another's key, and a right key that says to be another's.
        let unknown = PasskeyDevice::unknown(world, theirs.user());
        signs_in(world, &unknown, |_| ()).refused(401, "sign-in-failed");
        signs_in(world, &device, |said| said.user = theirs.user().into()).refused(401, "sign-in-failed");
        signs_in(world, &device, |said| said.user = vec![7; 16]).refused(401, "sign-in-failed");
        let told = world.probe().lines("SELECT details AS line FROM journal_entries").join("\n");
        for failure in ["wrong_passkey", "unknown_passkey", "unknown_account"] {
            assert!(told.contains(failure), "{failure} in\n{told}");
        }
        signs_in(world, &device, |_| ()).expect(200);
    }

    /// A challenge counts once, for five minutes, and for what it was given.
    fn a_challenge_counts_once_and_not_for_long(world) {
        let officer = &world.speaker(House::Kg);
        let device = PasskeyDevice::of(officer);
        let given = challenge(world);
        let credential = device.answers(&given.json["options"], |_| ());
        shows(world, &given, &credential).expect(200);
        shows(world, &given, &credential).refused(401, "sign-in-failed");
        let again = device.answers(&given.json["options"], |_| ());
        shows(world, &given, &again).refused(401, "sign-in-failed");
        let late = challenge(world);
        let credential = device.answers(&late.json["options"], |_| ());
        world.advance_minutes(5);
        shows(world, &late, &credential).refused(401, "sign-in-failed");
        // One that was given for making a passkey is none for signing in.
        let other = officer.get(CREATION).expect(200);
        let credential = device.answers(&other.json["options"], |_| ());
        shows(world, &other, &credential).refused(401, "sign-in-failed");
        for wrong in ["", "!", "YWJj", &"A".repeat(20_000)] {
            let body = json!({"challenge": wrong, "credential": credential});
            world.nobody().post("/auth/passkeys/sign-in").json(body).refused(401, "sign-in-failed");
        }
    }

    /// Twenty at once with one answer: one session.
    fn twenty_at_once_open_once(world) {
        let officer = &world.speaker(House::Kg);
        let device = PasskeyDevice::of(officer);
        let given = challenge(world);
        let credential = device.answers(&given.json["options"], |_| ());
        let tries_it = || shows(world, &given, &credential).beside_others().send().status == 200;
        let came_in = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..20).map(|_| scope.spawn(tries_it)).collect();
            tries.into_iter().map(|one| one.join().unwrap()).filter(|came| *came).count()
        });
        assert_eq!(came_in, 1);
    }

    /// When two devices have one passkey, it counts no more, the user sees it, and a recovery code opens.
    fn a_cloned_passkey_counts_no_more(world) {
        let officer = &world.speaker(House::Kg);
        let device = PasskeyDevice::of(officer);
        let clone = device.cloned();
        signs_in(world, &device, |_| ()).expect(200);
        signs_in(world, &device, |_| ()).expect(200);
        signs_in(world, &clone, |_| ()).refused(401, "sign-in-failed");
        signs_in(world, &device, |_| ()).refused(401, "sign-in-failed");
        let path = format!("/auth/passkeys/{}", device.id);
        assert!(officer.get(&path).expect(200).json["suspected_at"].is_string());
        login(world, &officer.email, PASSWORD).refused(401, "second-factor-required");
        officer.delete(&path).expect(204);
        officer.get(&path).refused(404, "not-found");
        login(world, &officer.email, PASSWORD).expect(200);
    }

    /// Making one: everything that is wrong is named, and what a device did not make here is not taken.
    fn only_what_a_device_made_here_is_taken(world) {
        let officer = &world.speaker(House::Kg);
        let begun = officer.get(CREATION).expect(200);
        let wrong = json!({"challenge": "x", "name": " ", "credential": {"id": 1}});
        let refused = officer.post("/auth/passkeys").json(wrong).expect(422);
        assert_eq!(refused.pointers(), ["/name", "/credential", "/challenge"]);
        let device = PasskeyDevice::unknown(world, &[]);
        let lies: [Lie; 4] = [
            ("another page", |said| said.origin = "https://localhost:1".into()),
            ("another host", |said| said.host = "passage.example".into()),
            ("another challenge", |said| said.challenge = "bm90IHRoZSBjaGFsbGVuZ2U".into()),
            ("nobody proved anything to the device", |said| said.flags = PRESENT | 0x40),
        ];
        for (what, lie) in lies {
            let refused = makes(officer, &device, lie).send();
            assert_eq!((refused.status, refused.pointers()), (422, vec!["/credential"]), "{what}");
        }
        let mut torn = device.made(&begun.json["options"], |_| ());
        let whole = torn["response"]["attestationObject"].as_str().unwrap().to_owned();
        for length in [0, 4, whole.len() / 2] {
            torn["response"]["attestationObject"] = json!(whole[..length]);
            let body = json!({"challenge": begun.text("challenge"), "name": "Phone", "credential": torn});
            officer.post("/auth/passkeys").json(body).expect(422);
        }
        // Another officer's challenge is none; nor is one of an earlier session.
        let other = &world.another_officer(House::Kg, passage::access::Role::CaseOfficer);
        let body = json!({
            "challenge": begun.text("challenge"), "name": "Phone",
            "credential": device.made(&begun.json["options"], |_| ()),
        });
        let refused = other.post("/auth/passkeys").json(&body).expect(422);
        assert_eq!(refused.pointers(), ["/challenge"]);
        officer.forgets_token();
        officer.post("/auth/passkeys").json(&body).expect(422);
        makes(officer, &device, |_| ()).expect(201);
        // One passkey belongs to one account.
        makes(other, &device, |_| ()).refused(409, "duplicate");
        assert_eq!(other.get("/auth/passkeys").expect(200).items().len(), 0);
    }

    /// A passkey is its user's alone; an admin may take all away from who has lost them.
    fn a_passkey_is_its_users_alone(world) {
        let (officer, other) = (&world.speaker(House::Kg), &world.officer(House::Kg, passage::access::Role::CaseOfficer));
        let device = PasskeyDevice::of(officer);
        let path = format!("/auth/passkeys/{}", device.id);
        other.get(&path).refused(404, "not-found");
        other.delete(&path).refused(404, "not-found");
        other.patch(&path).if_match("\"1\"").json(json!({"name": "Mine"})).refused(404, "not-found");
        assert_eq!(officer.edits(&path, json!({"name": "Old phone"})).expect(200).text("name"), "Old phone");
        assert_eq!(officer.get("/auth/passkeys").expect(200).items()[0]["name"], "Old phone");
        let admin = world.agency(House::Kg).admin;
        admin.delete(format!("{}/factors", account_of(officer))).expect(204);
        signs_in(world, &device, |_| ()).refused(401, "sign-in-failed");
        login(world, &officer.email, PASSWORD).expect(200);
    }

    /// Ten are the most, a session of long ago makes none, and an ended account's opens nothing.
    fn there_are_bounds(world) {
        let officer = &world.another_officer(House::Kg, passage::access::Role::CaseOfficer);
        let device = PasskeyDevice::of(officer);
        for _ in 1..10 {
            PasskeyDevice::of(officer);
        }
        officer.get(CREATION).refused(409, "state-refused");
        let tokens = Tokens::of(&signs_in(world, &device, |_| ()).expect(200));
        world.advance_minutes(15);
        let late = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
        let late = |method: &str, path: &str| world.nobody().request(method, path).token(&late.access);
        late("GET", CREATION).refused(403, "reauthentication-required");
        late("DELETE", &format!("/auth/passkeys/{}", device.id)).refused(403, "reauthentication-required");
        let admin = world.agency(House::Kg).admin;
        admin.post(format!("{}/deactivate", account_of(officer))).expect(200);
        signs_in(world, &device, |_| ()).refused(401, "sign-in-failed");
    }
}

/// A real browser makes a passkey and signs in with it, by what the server gave it and nothing else.
#[test]
fn a_real_browser_makes_and_shows_a_passkey() {
    let name = "identity::passkeys::a_real_browser_makes_and_shows_a_passkey";
    let Some(browser) = Browser::start(name) else { return };
    let world = World::new(Backend::Sqlite, &[], &[]).expect("SQLite is always there");
    let _curtain = world.curtain();
    let officer = world.speaker(House::Kg);
    browser.holds_passkeys();
    browser.opens(&format!("http://localhost:{}/api/docs/", world.address().port()));
    let begun = officer.get(CREATION).expect(200);
    let made = browser.runs(
        "const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(argument); \
         return (await navigator.credentials.create({publicKey})).toJSON();",
        &begun.json["options"],
    );
    let body = json!({"challenge": begun.text("challenge"), "name": "Browser", "credential": made});
    officer.post("/auth/passkeys").json(body).expect(201);
    let given = challenge(&world);
    let shown = browser.runs(
        "const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(argument); \
         return (await navigator.credentials.get({publicKey})).toJSON();",
        &given.json["options"],
    );
    let tokens = Tokens::of(&shows(&world, &given, &shown).expect(200));
    assert_eq!(me(&world, &tokens.access).expect(200).text("id"), officer.id);
    world.verify_journal();
}
