//! What a provider answers that says nothing of anybody: it ends no session, and whoever keeps the provider is told.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::invented::Invented;
use super::staff::Staff;
use super::{asks_providers, ends, never_too_many, renewal, why};
use crate::harness::providers::{Glewlwyd, Home as _, Person, Site};
use crate::harness::{House, Tokens, World, both};
use crate::identity::{me, refresh};

/// How often the agency was told that a provider does not know this server.
fn told(world: &World) -> usize {
    let lines = world.probe().lines(
        "SELECT details AS line FROM journal_entries WHERE action = 'identity_provider.word_refused'",
    );
    lines.iter().filter(|line| line.contains("client_refused")).count()
}

/// Who fails at the door more often has to wait.
fn three_at_the_most(config: &mut passage::config::Config) {
    never_too_many(config);
    config.identity.sign_in_failures_per_address_per_minute = 3;
}

/// What the admin sees that is wrong with the provider.
fn trouble(world: &World, path: &str) -> Value {
    world.agency(House::Kg).admin.get(path).expect(200).json["trouble"].clone()
}

both! {
    /// Requirement 20: an error page of whoever stands in between, an error that is not about the user, and nonsense are no word
    /// about anybody; a plain no is.
    fn only_a_plain_no_ends_a_session(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let mut tokens = home.officer(world, "officer-1");
        for (status, body) in [
            (400, "<html>Request header too large</html>"),
            (400, "{}"),
            (400, "null"),
            (400, r#"{"error": {"code": 17}}"#),
            (400, r#"{"error": "invalid_request"}"#),
            (400, r#"{"error": "temporarily_unavailable"}"#),
            (403, "<html>Blocked</html>"),
            (404, ""),
            (429, r#"{"error": "invalid_grant"}"#),
            (500, r#"{"error": "invalid_grant"}"#),
            (200, "<html>Maintenance</html>"),
            (302, ""),
        ] {
            home.impostor.answers_refreshes(status, body);
            world.advance_minutes(11);
            assert_eq!(asks_providers(world), 0, "{status} {body}");
            home.impostor.is_itself();
            world.advance_minutes(1);
            assert_eq!(asks_providers(world), 0);
            tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
        }
        home.impostor.answers_refreshes(400, r#"{"error": "invalid_grant", "error_description": "gone"}"#);
        world.advance_minutes(11);
        assert_eq!(asks_providers(world), 1);
        me(world, &tokens.access).refused(401, "unauthenticated");
    }

    /// So it is with keys that cannot be read: what is signed cannot be judged then.
    fn keys_that_cannot_be_read_end_nobodys_session(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let tokens = home.officer(world, "officer-1");
        let long = "x".repeat(300 * 1024);
        for page in ["<html>Maintenance</html>", "", &long] {
            world.advance_minutes(11);
            home.impostor.shows_for_keys(Some(page));
            home.impostor.answers_refreshes(200, &renewal(world, &home, "officer-1"));
            assert_eq!(asks_providers(world), 0);
        }
        let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
        me(world, &tokens.access).expect(200);
    }

    /// A provider that does not know this server any more ends nobody's session; at the door and in the journal it has a word of
    /// its own, and the agency's admin sees it.
    fn a_provider_that_does_not_know_this_server_is_told_of(world) tuned three_at_the_most {
        let home = Invented::new(world, House::Kg, &json!({}));
        let path = home.door.path(world);
        let tokens = home.officer(world, "officer-1");
        home.impostor.knows_us(false);
        // That is nothing that people of this address are to wait for.
        for _ in 0..10 {
            let refused = home.signs_in(world).refused(503, "provider-unavailable");
            assert!(refused.text("detail").ends_with("client_refused."), "{refused}");
        }
        assert_eq!(why(world), "client_refused");
        let before = told(world);
        for _ in 0..3 {
            world.advance_minutes(11);
            assert_eq!(asks_providers(world), 0);
        }
        assert_eq!((told(world), trouble(world, &path)), (before + 1, json!("client_refused")));
        let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
        world.advance_minutes(30);
        let refused = refresh(world, &tokens.refresh).refused(503, "provider-unavailable");
        assert!(refused.text("detail").ends_with("client_refused."), "{refused}");
        home.impostor.knows_us(true);
        let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
        me(world, &tokens.access).expect(200);
        assert_eq!(trouble(world, &path), Value::Null);
    }

    /// glewlwyd answers a wrong secret as it answers for somebody who is gone: with nothing. They are told apart. It uses up the
    /// refresh token that it refuses so, and therefore gets no other before it knows this server again.
    fn glewlwyd_expects_another_secret(world) tuned never_too_many {
        let Some(glewlwyd) = Glewlwyd::start(module_path!()) else { return };
        let issuer = glewlwyd.opens("kg");
        let staff = Staff::of(world, House::Kg, &issuer);
        let (aida, bakyt) = (Person::new("aida", &["clerk"]), Person::new("bakyt", &["clerk"]));
        let first = staff.officer(world, &aida);
        world.advance_seconds(1);
        let other = staff.officer(world, &bakyt);
        issuer.expects(&Site { secret: "another-secret-than-before".to_owned(), ..staff.site.clone() });
        world.advance_minutes(11);
        assert_eq!(asks_providers(world), 0);
        let path = staff.door.path(world);
        assert_eq!((told(world), trouble(world, &path)), (1, json!("client_refused")));
        refresh(world, &first.refresh).expect(200);
        let other = Tokens::of(&refresh(world, &other.refresh).expect(200));
        let refused = staff.signs_in(world, &aida).refused(503, "provider-unavailable");
        assert!(refused.text("detail").ends_with("client_refused."), "{refused}");
        world.advance_minutes(1);
        assert_eq!(asks_providers(world), 0);
        world.agency(House::Kg).admin.edits(&path, json!({"client_secret": "another-secret-than-before"})).expect(200);
        // The one whose token was used up has to sign in again, and nobody else.
        assert_eq!(asks_providers(world), 1);
        assert_eq!(trouble(world, &path), Value::Null);
        let other = Tokens::of(&refresh(world, &other.refresh).expect(200));
        staff.signs_in(world, &aida).expect(200);
        issuer.dismisses(&bakyt);
        world.advance_minutes(11);
        assert_eq!(asks_providers(world), 1);
        refresh(world, &other.refresh).refused(401, "invalid-refresh-token");
    }

    /// Requirement 19 by introspection: the session goes on although the first access token has run out, and ends with the
    /// person.
    fn glewlwyd_is_asked_by_introspection(world) tuned never_too_many {
        let Some(glewlwyd) = Glewlwyd::start(module_path!()) else { return };
        let issuer = glewlwyd.opens_with("kg", &json!({"access-token-duration": 1}));
        let staff = Staff::with(world, House::Kg, &issuer, &json!({"recheck": "introspection"}));
        let (aida, bakyt) = (Person::new("aida", &["clerk"]), Person::new("bakyt", &["clerk"]));
        let (gone, other) = (staff.officer(world, &aida), staff.officer(world, &bakyt));
        std::thread::sleep(Duration::from_millis(2100));
        world.advance_minutes(11);
        assert_eq!(asks_providers(world), 0);
        let gone = Tokens::of(&refresh(world, &gone.refresh).expect(200));
        issuer.dismisses(&aida);
        world.advance_minutes(11);
        assert_eq!(asks_providers(world), 1);
        me(world, &gone.access).refused(401, "unauthenticated");
        refresh(world, &other.refresh).expect(200);
        assert_eq!(ends(world), ["provider_refused"]);
    }

    /// A provider that takes connections and never answers keeps nobody of another waiting, and nobody of its own out.
    fn one_that_never_answers_keeps_nobody_waiting(world) tuned never_too_many {
        let silent: Vec<Invented> = (0..5).map(|_| Invented::new(world, House::Kz, &json!({}))).collect();
        let theirs: Vec<Tokens> = silent.iter().map(|home| home.officer(world, "officer-1")).collect();
        let home = Invented::new(world, House::Kg, &json!({}));
        let mut ours = vec![home.officer(world, "officer-1")];
        for _ in 0..11 {
            ours.push(Tokens::of(&home.signs_in(world).expect(200)));
        }
        world.advance_minutes(11);
        for home in &silent {
            home.impostor.is_mute(true);
        }
        home.impostor.answers_refreshes(400, r#"{"error": "invalid_grant"}"#);
        let begun = Instant::now();
        assert_eq!(asks_providers(world), ours.len());
        // One after the other they would have had five seconds each.
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(20), "it took {took:?}");
        let tokens = Tokens::of(&refresh(world, &theirs[0].refresh).expect(200));
        me(world, &tokens.access).expect(200);
        for home in &silent {
            home.impostor.is_mute(false);
        }
        world.advance_minutes(1);
        assert_eq!(asks_providers(world), 0);
        let late = "SELECT CAST(COUNT(*) AS TEXT) AS line FROM federated_sessions s JOIN sessions h ON h.id = s.session_id \
                    WHERE h.ended_at IS NULL AND s.checked_at <= h.last_used_at";
        assert_eq!(world.probe().lines(late), ["0"]);
    }
}
