//! How long a session lasts that a provider vouches for, and what ends it.

use serde_json::{Value, json};

use super::invented::Invented;
use super::{asks_providers, ends, never_too_many};
use crate::harness::{House, Tokens, World, both};
use crate::identity::revocation::{is_signed_out, on_every_node};
use crate::identity::{at_once, me, refresh};

both! {
    /// Requirements 19, 20: disabled there is out here, also by an empty 400; a provider that is down deactivates nobody.
    fn disabled_there_is_out_here(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let (one, two) = (home.officer(world, "officer-1"), home.officer(world, "officer-2"));
        assert_eq!(asks_providers(world), 0);
        world.advance_minutes(11);
        home.impostor.is_down(true);
        assert_eq!(asks_providers(world), 0);
        home.impostor.is_down(false);
        home.impostor.answers_refreshes(400, r#"{"error":"invalid_client"}"#);
        assert_eq!(asks_providers(world), 0);
        let two = Tokens::of(&refresh(world, &two.refresh).expect(200));
        home.impostor.answers_refreshes(400, "");
        assert_eq!(asks_providers(world), 2);
        for tokens in [&one, &two] {
            refresh(world, &tokens.refresh).refused(401, "invalid-refresh-token");
        }
        me(world, &two.access).refused(401, "unauthenticated");
        assert_eq!(ends(world), ["provider_refused", "provider_refused"]);
    }

    /// Requirement 20: while a provider is silent, sessions go on for an hour; then they get no new tokens until it is back.
    fn a_silent_provider_is_waited_for(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let mut tokens = home.officer(world, "officer-1");
        home.impostor.is_down(true);
        for _ in 0..5 {
            world.advance_minutes(11);
            tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
        }
        world.advance_minutes(6);
        refresh(world, &tokens.refresh).refused(503, "provider-unavailable");
        home.impostor.is_down(false);
        tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
        // Before it goes on, a session is asked about.
        world.advance_minutes(6);
        home.impostor.answers_refreshes(400, r#"{"error":"invalid_grant"}"#);
        refresh(world, &tokens.refresh).refused(401, "invalid-refresh-token");
    }

    /// Requirement 19: by introspection too; and a session that cannot be held against the provider is short.
    fn introspection_tells_as_well(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({"recheck": "introspection"}));
        let tokens = home.officer(world, "officer-1");
        world.advance_minutes(11);
        assert_eq!(asks_providers(world), 0);
        home.impostor.says_active(false);
        world.advance_minutes(11);
        assert_eq!(asks_providers(world), 1);
        refresh(world, &tokens.refresh).refused(401, "invalid-refresh-token");
        let blind = Invented::new(world, House::Kz, &json!({"recheck": "none"}));
        let tokens = blind.officer(world, "officer-1");
        world.advance_minutes(14);
        let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
        world.advance_minutes(1);
        me(world, &tokens.access).refused(401, "unauthenticated");
    }

    /// Requirement 19: no such session is longer than ten hours.
    fn it_ends_after_ten_hours(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let mut tokens = home.officer(world, "officer-1");
        for _ in 0..9 {
            world.advance_minutes(60);
            tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
        }
        world.advance_minutes(60);
        refresh(world, &tokens.refresh).refused(401, "invalid-refresh-token");
    }

    /// One signs out here, and is told where to sign out there.
    fn signing_out_here_tells_where_to_sign_out_there(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let tokens = home.officer(world, "officer-1");
        let out = world.nobody().post("/auth/oidc/logout").token(&tokens.access).expect(200);
        let address = out.text("end_session_url");
        assert!(address.starts_with(&format!("{}/end?client_id=passage&id_token_hint=ey", home.impostor.issuer)), "{address}");
        me(world, &tokens.access).refused(401, "unauthenticated");
        let local = world.system_admin().signs_in();
        let out = world.nobody().post("/auth/oidc/logout").token(&local.access).expect(200);
        assert_eq!(out.json["end_session_url"], Value::Null);
        me(world, &local.access).refused(401, "unauthenticated");
    }

    /// Turning a provider off ends every session that it vouches for.
    fn turning_it_off_ends_its_sessions(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({}));
        let tokens = home.officer(world, "officer-1");
        world.agency(House::Kg).admin.edits(home.door.path(world), json!({"enabled": false})).expect(200);
        me(world, &tokens.access).refused(401, "unauthenticated");
        refresh(world, &tokens.refresh).refused(401, "invalid-refresh-token");
    }

    /// Requirements 14, 19, 21: whatever a provider says ends the session on every node within a second, and every stream: a
    /// logout token to one node, a recheck by one node, a provider that its agency turns off at one.
    fn what_a_provider_ends_is_over_everywhere(world)
        with [("PASSAGE_FEED__HEARTBEAT_SECONDS", "60")] tuned never_too_many
    {
        let home = Invented::new(world, House::Kg, &json!({}));
        home.officer(world, "officer-1");
        let mut number = 0;
        on_every_node(world, |[here, there]| {
            let signs_in = || Tokens::of(&home.signs_in(world).expect(200)).access;
            at_once(|| {
                number += 1;
                is_signed_out(world, [here, there], &signs_in(), || {
                    let token = home.logout_token(world, &number.to_string(), |_, _| {});
                    home.door.logs_out(world, &token).at(there).expect(200);
                })
            });
            at_once(|| {
                home.impostor.answers_refreshes(200, "{}");
                // New tokens, so that none has run out when the provider is asked.
                let first = Tokens::of(&home.signs_in(world).expect(200));
                world.advance_minutes(4);
                let second = Tokens::of(&refresh(world, &first.refresh).expect(200));
                world.advance_minutes(7);
                home.impostor.answers_refreshes(400, r#"{"error":"invalid_grant"}"#);
                is_signed_out(world, [there, here], &second.access, || assert_eq!(asks_providers(world), 1))
            });
            let admin = world.agency(House::Kg).admin;
            at_once(|| {
                let took = is_signed_out(world, [here, there], &signs_in(), || {
                    admin.edits(home.door.path(world), json!({"enabled": false})).at(there).expect(200);
                });
                admin.edits(home.door.path(world), json!({"enabled": true})).expect(200);
                took
            });
        });
    }
}
