//! Second factors: set up, asked for, each good for once, and given back to who lost them.

use serde_json::json;

use super::{account_of, login, me, refresh};
use crate::harness::{Actor, Authenticator, House, PASSWORD, Request, Tokens, World, both};

/// An attempt to sign in with a second factor.
fn login_with(world: &World, actor: &Actor, otp: &str) -> Request {
    let body = json!({"email": actor.email, "password": PASSWORD, "otp": otp});
    world.nobody().post("/auth/login").json(body)
}

both! {
    /// Once a device has proved itself, the password alone opens nothing, and a one-time password opens once.
    fn a_one_time_password_is_asked_for_and_good_for_once(world) {
        let root = world.system_admin();
        let begun = root.post("/auth/factors/totp").expect(200);
        root.signs_in();
        let wrong = root.post("/auth/factors/totp/confirm").json(json!({"otp": "abc"})).expect(422);
        assert_eq!(wrong.pointers(), ["/otp"]);
        // Beginning again makes the first secret worthless.
        let device = Authenticator::of(&root);
        assert_ne!(device.secret, begun.text("secret"));
        assert_eq!(device.codes.len(), 10);
        let factors = root.get("/auth/factors").expect(200);
        assert_eq!(factors.json["recovery_codes_left"], 10);
        assert!(factors.json["totp_since"].is_string());
        login(world, &root.email, PASSWORD).refused(401, "second-factor-required");
        login(world, &root.email, "wrong").refused(401, "sign-in-failed");
        // What the device was confirmed with was used up by that.
        login_with(world, &root, &device.shows(0)).refused(401, "sign-in-failed");
        world.advance_seconds(30);
        let now = device.shows(0);
        let tokens = Tokens::of(&login_with(world, &root, &now).expect(200));
        me(world, &tokens.access).expect(200);
        login_with(world, &root, &now).refused(401, "sign-in-failed");
        login_with(world, &root, &device.shows(-1)).refused(401, "sign-in-failed");
        let sessions = world.nobody().get("/auth/sessions").token(&tokens.access).expect(200);
        assert_eq!(sessions.items()[0]["second_factor"], "totp");
    }

    /// Twenty at once with one one-time password, and with one recovery code: one of them comes in.
    fn twenty_at_once_open_once(world) {
        let root = world.system_admin();
        let device = Authenticator::of(&root);
        world.advance_seconds(30);
        for shown in [device.shows(0), device.codes[3].clone()] {
            let sign_in = || login_with(world, &root, &shown).beside_others().send().status == 200;
            let entered = std::thread::scope(|scope| {
                let tries: Vec<_> = (0..20).map(|_| scope.spawn(sign_in)).collect();
                tries.into_iter().map(|one| one.join().unwrap()).filter(|came| *came).count()
            });
            assert_eq!(entered, 1, "with {shown}");
        }
    }

    /// A recovery code opens once, however it is typed; new ones make the former ones worthless.
    fn a_recovery_code_stands_in_for_the_device(world) {
        let root = world.system_admin();
        let device = Authenticator::of(&root);
        let loose = device.codes[0].replace('-', " ").to_uppercase();
        login_with(world, &root, &loose).expect(200);
        login_with(world, &root, &device.codes[0]).refused(401, "sign-in-failed");
        assert_eq!(root.get("/auth/factors").expect(200).json["recovery_codes_left"], 9);
        root.post("/auth/factors/recovery-codes").expect(200);
        login_with(world, &root, &device.codes[1]).refused(401, "sign-in-failed");
        assert_eq!(root.get("/auth/factors").expect(200).json["recovery_codes_left"], 10);
    }

    /// Guesses wait longer and longer, but a recovery code never does.
    fn guesses_wait_and_the_user_gets_in(world) {
        let root = world.system_admin();
        let device = Authenticator::of(&root);
        world.advance_seconds(60);
        let wrong = (0..1_000_000).map(|guess| format!("{guess:06}")).find(|guess| {
            (-2..=2).all(|steps| device.shows(steps) != *guess)
        });
        let wrong = wrong.unwrap();
        for _ in 0..5 {
            login_with(world, &root, &wrong).refused(401, "sign-in-failed");
        }
        let slowed = login_with(world, &root, &device.shows(0)).refused(429, "too-many-requests");
        assert_eq!(slowed.header("retry-after"), Some("30"));
        login_with(world, &root, &device.codes[0]).expect(200);
        world.advance_seconds(30);
        login_with(world, &root, &device.shows(0)).expect(200);
    }

    /// What is dangerous needs a sign-in of the last quarter of an hour.
    fn dangerous_things_need_a_recent_sign_in(world) {
        let root = world.system_admin();
        let first = root.signs_in().refresh;
        world.advance_minutes(14);
        let tokens = Tokens::of(&refresh(world, &first).expect(200));
        let with = |method: &str, path: &str, access: &str| world.nobody().request(method, path).token(access);
        with("POST", "/auth/factors/totp", &tokens.access).expect(200);
        world.advance_minutes(1);
        let colleague = format!("{}/factors", account_of(&world.another_system_admin()));
        for (method, path) in [
            ("POST", "/auth/factors/totp"),
            ("POST", "/auth/factors/recovery-codes"),
            ("DELETE", "/auth/factors"),
            ("DELETE", &colleague),
        ] {
            with(method, path, &tokens.access).refused(403, "reauthentication-required");
        }
        let confirm = with("POST", "/auth/factors/totp/confirm", &tokens.access).json(json!({"otp": "000000"}));
        confirm.refused(403, "reauthentication-required");
        with("GET", "/auth/factors", &tokens.access).expect(200);
    }

    /// An admin of the own agency gives somebody back the account who lost device and codes; nobody else does.
    fn an_admin_takes_lost_factors_away(world) {
        let (admin, stranger) = (world.agency(House::Kg).admin, world.agency(House::Kz).admin);
        let officer = &world.speaker(House::Kg);
        Authenticator::of(officer);
        login(world, &officer.email, PASSWORD).refused(401, "second-factor-required");
        let path = format!("{}/factors", account_of(officer));
        stranger.delete(&path).refused(404, "not-found");
        officer.delete(&path).refused(403, "forbidden");
        admin.delete(&path).expect(204);
        admin.delete(&path).changing_nothing().expect(204);
        login(world, &officer.email, PASSWORD).expect(200);
        Authenticator::of(officer);
        officer.delete("/auth/factors").expect(204);
        login(world, &officer.email, PASSWORD).expect(200);
        officer.post("/auth/factors/recovery-codes").refused(409, "state-refused");
        officer.post("/auth/factors/totp/confirm").json(json!({"otp": "000000"})).refused(409, "state-refused");
    }

    /// Neither the secret nor a code stands anywhere in the open, and every step is told.
    fn secrets_are_sealed_and_every_step_is_told(world) {
        let root = world.system_admin();
        let device = Authenticator::of(&root);
        login(world, &root.email, PASSWORD).refused(401, "second-factor-required");
        login_with(world, &root, "000000x").refused(401, "sign-in-failed");
        login_with(world, &root, &device.codes[0]).expect(200);
        root.delete("/auth/factors").expect(204);
        let told = world.probe().lines(
            "SELECT action || ' ' || details AS line FROM journal_entries ORDER BY sequence",
        );
        let told = told.join("\n");
        for expected in [
            "factors.totp_begun", "factors.totp_confirmed", "factors.removed", "second_factor_missing",
            "wrong_second_factor", r#""second_factor":"recovery_code""#,
        ] {
            assert!(told.contains(expected), "{expected} in\n{told}");
        }
        assert!(!told.contains(&device.secret) && !told.contains(&device.codes[0]));
    }
}
