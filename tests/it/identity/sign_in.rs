//! Signing in: every failure looks the same, and every outcome is told.

use serde_json::{Value, json};

use super::login;
use crate::harness::{PASSWORD, World, both};

both! {
    /// An access token lasts ten minutes.
    fn what_one_works_with(world) {
        let tokens = world.system_admin().signs_in();
        assert_eq!(tokens.expires_in, 600);
        assert!(!tokens.access.is_empty() && !tokens.refresh.is_empty());
    }

    /// Every failure looks the same, whatever was wrong; and only failures are limited.
    fn failures_look_the_same_and_are_limited(world)
        with [("PASSAGE_IDENTITY__SIGN_IN_FAILURES_PER_ADDRESS_PER_MINUTE", "5")]
    {
        let root = world.system_admin();
        for _ in 0..10 {
            root.signs_in();
        }
        let long = login(world, &"a".repeat(255), &"ы".repeat(257)).expect(422);
        assert_eq!(long.pointers(), ["/email", "/password"]);
        let attempts = [
            (root.email.as_str(), "wrong"),
            ("nobody@operator.example", PASSWORD),
            ("no address", PASSWORD),
            (root.email.as_str(), ""),
            ("", ""),
        ];
        let mut answers = attempts
            .map(|(email, password)| login(world, email, password).refused(401, "sign-in-failed").json)
            .to_vec();
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        let slowed = login(world, &root.email, PASSWORD).refused(429, "too-many-requests");
        let seconds: u32 = slowed.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
        world.advance_seconds(60);
        root.signs_in();
    }

    /// Every outcome is told, with ids and closed words only.
    fn every_outcome_is_told(world) {
        let root = world.system_admin();
        let tokens = root.signs_in();
        login(world, &root.email, "wrong").refused(401, "sign-in-failed");
        login(world, "nobody@operator.example", "wrong").refused(401, "sign-in-failed");
        world.nobody().post("/auth/logout").token(&tokens.access).expect(204);
        let told = world.probe().lines(
            "SELECT action || ' ' || actor || ' ' || details AS line FROM journal_entries ORDER BY sequence",
        );
        let (by_user, by_nobody) = (format!("user:{}", root.id), "nobody".to_owned());
        let expected = [
            ("session.signed_in", &by_nobody, json!({"user": root.id})),
            ("session.sign_in_failed", &by_nobody, json!({"user": root.id, "failure": "wrong_password"})),
            ("session.sign_in_failed", &by_nobody, json!({"failure": "unknown_account"})),
            ("session.ended", &by_user, json!({"user": root.id, "end": "signed_out"})),
        ];
        let told: Vec<Vec<&str>> = told.iter().map(|line| line.splitn(3, ' ').collect()).collect();
        assert_eq!(told[0][0], "system_admin.created");
        assert_eq!(told.len(), expected.len() + 1);
        for (entry, (action, actor, details)) in told[1..].iter().zip(expected) {
            let said: Value = serde_json::from_str(entry[2]).unwrap();
            assert_eq!((entry[0], entry[1], said), (action, actor.as_str(), details));
        }
    }
}
