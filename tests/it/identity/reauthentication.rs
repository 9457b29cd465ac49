//! Proving once more who one is, for what is dangerous.

use serde_json::json;

use super::{login, refresh};
use crate::harness::{Authenticator, PASSWORD, Tokens, World, both};

both! {
    /// Whoever proves it once more may do what is dangerous for another while.
    fn it_opens_what_is_dangerous(world) {
        let root = world.system_admin();
        let first = root.signs_in().refresh;
        world.advance_minutes(16);
        let access = Tokens::of(&refresh(world, &first).expect(200)).access;
        let with = |path: &str| world.nobody().post(path).token(&access);
        with("/auth/factors/totp").refused(403, "reauthentication-required");
        let again = |password: &str| with("/auth/reauthenticate").json(json!({"password": password}));
        let long = again(&"x".repeat(257)).expect(422);
        assert_eq!(long.pointers(), ["/password"]);
        again("wrong").refused(401, "sign-in-failed");
        with("/auth/factors/totp").refused(403, "reauthentication-required");
        let proved = again(PASSWORD).expect(200);
        let me = world.nobody().get("/auth/me").token(&access).expect(200);
        assert_eq!(me.json["authenticated_at"], proved.json["authenticated_at"]);
        with("/auth/factors/totp").expect(200);
    }

    /// The second factor is asked for too; then the session is one that proved it.
    fn with_the_second_factor_too(world) with [("PASSAGE_IDENTITY__SECOND_FACTOR_FOR", "system_admin")] {
        let root = world.system_admin();
        let other = root.signs_in().access;
        let device = Authenticator::of(&root);
        world.advance_seconds(30);
        let with = |method: &str, path: &str| world.nobody().request(method, path).token(&other);
        let again = |body: serde_json::Value| with("POST", "/auth/reauthenticate").json(body);
        again(json!({"password": PASSWORD})).refused(401, "second-factor-required");
        again(json!({"password": PASSWORD, "otp": "nothing"})).refused(401, "sign-in-failed");
        again(json!({"password": "wrong", "otp": device.shows(0)})).refused(401, "sign-in-failed");
        with("GET", "/agencies").refused(403, "second-factor-setup-required");
        let otp = device.shows(0);
        again(json!({"password": PASSWORD, "otp": otp})).expect(200);
        with("GET", "/agencies").expect(200);
        with("DELETE", "/auth/factors").expect(204);
        // It was good for once.
        again(json!({"password": PASSWORD})).expect(200);
    }

    /// Guesses count like those at the door, and at both together.
    fn guesses_count_as_at_the_door(world) {
        let root = world.system_admin();
        let access = root.signs_in().access;
        let again = |password: &str| {
            let body = json!({"password": password});
            world.nobody().post("/auth/reauthenticate").token(&access).json(body)
        };
        for _ in 0..3 {
            again("wrong").refused(401, "sign-in-failed");
        }
        for _ in 0..2 {
            login(world, &root.email, "wrong").refused(401, "sign-in-failed");
        }
        again(PASSWORD).refused(429, "too-many-requests");
        login(world, &root.email, PASSWORD).refused(429, "too-many-requests");
        world.advance_seconds(30);
        again(PASSWORD).expect(200);
        login(world, &root.email, PASSWORD).expect(200);
    }
}
