//! What is believed of a provider's tokens.

use serde_json::{Value, json};

use super::invented::Invented;
use super::lies::{HARMLESS, Lie, OF_ID_TOKENS, OF_LOGOUT_TOKENS};
use super::{asks_providers, ends, never_too_many, refused, why};
use crate::harness::{House, Tokens, World, both};
use crate::identity::{me, refresh};

both! {
    /// Requirements 7, 8, 10, 11, 22: one thing of the ID token is not right, and that word is told.
    fn one_thing_of_the_id_token_is_not_right(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        home.officer(world, "officer-1");
        for (word, lie) in OF_ID_TOKENS {
            home.impostor.lies(lie);
            refused(world, home.signs_in(world), word);
        }
        // To the second.
        home.impostor.lies(|_, claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 61));
        refused(world, home.signs_in(world), "expired");
        for lie in HARMLESS {
            home.impostor.lies(lie);
            home.signs_in(world).expect(200);
        }
    }

    /// Requirement 9: keys that were changed are found at once, and whoever sends names of keys has them asked for once a
    /// minute.
    fn changed_keys_are_found_and_unknown_ones_cost_little(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        home.officer(world, "officer-1");
        home.impostor.changes_key("key-2");
        home.signs_in(world).expect(200);
        world.advance_seconds(61);
        home.impostor.changes_key("key-2");
        home.signs_in(world).expect(200);
        let before = home.impostor.key_fetches();
        for number in 0..30 {
            home.impostor.lies(move |head, _| head["kid"] = json!(format!("random-{number}")));
            refused(world, home.signs_in(world), "key_unknown");
        }
        assert_eq!(home.impostor.key_fetches() - before, 0, "they were asked for within this minute");
    }

    /// Requirement 9: a thousand names of keys within a minute have the keys asked for once; and once more in the next.
    fn a_thousand_unknown_keys_cost_one_look_a_minute(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        home.officer(world, "officer-1");
        for minute in 0..2 {
            world.advance_seconds(60);
            let (before, begun) = (home.impostor.key_fetches(), world.now());
            for number in 0..1000 {
                let token = home.logout_token(world, &format!("{minute}-{number}"), |head, _| {
                    head["kid"] = json!(crate::harness::unknown_id());
                });
                home.door.logs_out(world, &token).beside_others().refused(400, "logout-token-refused");
            }
            assert!(world.now().seconds() - begun.seconds() < 60);
            assert_eq!(home.impostor.key_fetches() - before, 1);
        }
        assert_eq!(why(world), "key_unknown");
    }

    /// Requirement 21: a logout token ends the sessions it names, of its own issuer, once.
    fn a_logout_token_ends_what_it_names(world) tuned never_too_many {
        let (kg, kz) = (Invented::new(world, House::Kg, &json!({})), Invented::new(world, House::Kz, &json!({})));
        let (here, there) = (kg.officer(world, "officer-1"), kz.officer(world, "officer-1"));
        let token = |home: &Invented, jti: &str, change: Lie| home.logout_token(world, jti, change);
        for (word, change) in OF_LOGOUT_TOKENS {
            kg.door.logs_out(world, &token(&kg, word, *change)).refused(400, "logout-token-refused");
            assert_eq!(why(world), *word);
        }
        // Another issuer's token about the same subject does nothing here.
        kg.door.logs_out(world, &token(&kz, "1", |_, _| {})).refused(400, "logout-token-refused");
        kg.door.logs_out(world, &token(&kg, "2", |_, claims| claims["sid"] = json!("session-9"))).expect(200);
        me(world, &here.access).expect(200);
        let right = token(&kg, "3", |_, claims| claims["sid"] = json!("session-1"));
        kg.door.logs_out(world, &right).expect(200);
        me(world, &here.access).refused(401, "unauthenticated");
        me(world, &there.access).expect(200);
        kg.door.logs_out(world, &right).refused(400, "logout-token-refused");
        assert_eq!(why(world), "jti_used");
        world.nobody().post(format!("/auth/oidc/{}/backchannel-logout", kg.door.id)).json(json!({"logout_token": right}))
            .refused(415, "unsupported-media-type");
        kg.door.logs_out(world, "").refused(400, "logout-token-refused");
        // A provider of the old drafts, which says so.
        let old = json!({"logout_profile": "old_draft"});
        world.agency(House::Kz).admin.edits(kz.door.path(world), old).expect(200);
        let draft = token(&kz, "4", |head, claims| {
            head["typ"] = json!("JWT");
            claims.as_object_mut().unwrap().remove("exp");
        });
        kz.door.logs_out(world, &draft).expect(200);
        me(world, &there.access).refused(401, "unauthenticated");
    }

    /// What the standard of such logouts has for everything that is wrong is 400, also for a form that brings no token.
    fn a_form_without_a_logout_token_cannot_be_read(world) {
        let kg = Invented::new(world, House::Kg, &json!({}));
        let path = format!("/auth/oidc/{}/backchannel-logout", kg.door.id);
        for form in ["", "sid=session-1", "logout_token=one&logout_token=another"] {
            let request = world.nobody().post(&path).body("application/x-www-form-urlencoded", form);
            request.refused(400, "malformed-request");
        }
    }

    /// Requirement 12: no token of a provider opens anything here.
    fn no_token_crosses(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        home.officer(world, "officer-1");
        let now = world.now().seconds();
        let claims = json!({"iss": home.impostor.issuer, "aud": "passage", "sub": "officer-1", "iat": now, "exp": now + 300});
        let token = home.impostor.signs(&home.impostor.head(), &claims);
        me(world, &token).refused(401, "unauthenticated");
        me(world, "a-refresh-token-of-the-provider").refused(401, "unauthenticated");
        refresh(world, "a-refresh-token-of-the-provider").refused(401, "invalid-refresh-token");
    }

    /// Requirement 9: who sends names of keys while they change uses up the one look at them, and throws nobody out: what cannot
    /// be judged within that minute is asked about again, with what the provider gave last.
    fn names_of_keys_throw_nobody_out(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let tokens = home.officer(world, "officer-1");
        let gives = |renewed: &str, groups: Value| {
            let now = world.now().seconds();
            let claims = json!({
                "iss": home.impostor.issuer, "sub": "officer-1", "aud": "passage", "iat": now, "exp": now + 300,
                "groups": groups,
            });
            let id_token = home.impostor.signs(&home.impostor.head(), &claims);
            let answer = json!({"access_token": "at", "refresh_token": renewed, "id_token": id_token});
            home.impostor.answers_refreshes(200, &answer.to_string());
        };
        world.advance_minutes(11);
        let begun = home.starts(world);
        home.impostor.lies(|head, _| head["kid"] = json!("random"));
        refused(world, home.completes(world, &begun), "key_unknown");
        home.impostor.changes_key("key-2");
        gives("rt-of-key-2", json!(["officers"]));
        assert_eq!(asks_providers(world), 0);
        let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
        assert_eq!(home.impostor.asked_with().last().map(String::as_str), Some("rt-of-key-2"));
        me(world, &tokens.access).expect(200);
        // A minute later it is judged, and what it says counts.
        world.advance_seconds(61);
        assert_eq!(asks_providers(world), 0);
        world.advance_minutes(11);
        gives("rt-3", json!(["staff"]));
        assert_eq!(asks_providers(world), 1);
        refresh(world, &tokens.refresh).refused(401, "invalid-refresh-token");
        assert_eq!(ends(world), Vec::<String>::new());
        // A key that the provider has not shown when it was asked ends the session as ever.
        home.impostor.lies(|_, _| {});
        home.impostor.is("officer-1", json!(["officers"]));
        refused(world, home.signs_in(world), "account_waits");
        home.door.lets_in_who_waits(world);
        let again = Tokens::of(&home.signs_in(world).expect(200));
        world.advance_minutes(11);
        let stranger = crate::harness::Impostor::opens(world);
        let now = world.now().seconds();
        let claims = json!({"iss": home.impostor.issuer, "sub": "officer-1", "aud": "passage", "iat": now, "exp": now + 300});
        let answer = json!({"access_token": "at", "id_token": stranger.signs(&stranger.head(), &claims)});
        home.impostor.answers_refreshes(200, &answer.to_string());
        assert_eq!(asks_providers(world), 1);
        refresh(world, &again.refresh).refused(401, "invalid-refresh-token");
        assert_eq!(ends(world), ["provider_refused"]);
    }

    /// Requirement 21: of many sessions a token ends those that it names, by session, by user, or by both.
    fn a_logout_token_reaches_no_others(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let mut sessions = Vec::new();
        for (subject, sid) in [("officer-1", "a"), ("officer-1", "b"), ("officer-2", "a"), ("officer-2", "c"), ("officer-3", "d")] {
            home.impostor.lies(move |_, claims| claims["sid"] = json!(sid));
            home.impostor.is(subject, json!(["officers"]));
            let reply = home.signs_in(world).send();
            if reply.status == 401 {
                home.door.lets_in_who_waits(world);
            }
            sessions.push(Tokens::of(&home.signs_in(world).expect(200)).access);
        }
        let open = || -> Vec<usize> {
            let goes_on = |access: &String| me(world, access).send().status == 200;
            (0..sessions.len()).filter(|at| goes_on(&sessions[*at])).collect()
        };
        let ends = |jti: &str, names: Value, left: &[usize]| {
            let change = move |_: &mut Value, claims: &mut Value| {
                claims.as_object_mut().unwrap().remove("sub");
                for (name, value) in names.as_object().unwrap() {
                    claims[name] = value.clone();
                }
            };
            let token = home.logout_token_with(world, jti, &change);
            home.door.logs_out(world, &token).expect(200);
            assert_eq!(open(), left);
        };
        ends("1", json!({"sub": "officer-1", "sid": "c"}), &[0, 1, 2, 3, 4]);
        ends("2", json!({"sub": "officer-2", "sid": "a"}), &[0, 1, 3, 4]);
        ends("3", json!({"sid": "b"}), &[0, 3, 4]);
        ends("4", json!({"sub": "officer-2"}), &[0, 4]);
        ends("5", json!({"sid": "a"}), &[4]);
    }
}
