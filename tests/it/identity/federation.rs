//! Signing in through an agency's identity provider: what is believed of it, and what follows.

use std::time::Duration;

use passage::access::Role;
use passage::identity::federation::recheck;
use serde_json::{Value, json};

use super::{login, me, refresh};
use crate::harness::{
    Back, House, Impostor, PASSWORD, Reply, Request, Tokens, World, block_on, both,
};

/// A change of one thing in the head or the claims of a token.
type Lie = fn(&mut Value, &mut Value);

/// A provider of an agency, confirmed; every officer there is a case officer.
pub struct Home {
    /// What it says.
    pub impostor: Impostor,
    /// The provider here.
    id: String,
    house: House,
}

/// A sign-in that was begun: the cookie, and what the browser comes back with.
struct Begun {
    cookie: String,
    back: Back,
}

impl Home {
    /// The provider of that agency, with `changes` to what it usually is.
    pub fn new(world: &World, house: House, changes: &Value) -> Self {
        let impostor = Impostor::opens(world);
        let mut wanted = json!({"issuer": impostor.issuer});
        for (name, value) in changes.as_object().unwrap() {
            wanted[name] = value.clone();
        }
        let id = world.agency(house).admin.connects_provider(&wanted).id();
        let home = Self { impostor, id, house };
        world.speaker(house).post(format!("{}/confirm", home.path(world))).expect(200);
        home
    }

    fn path(&self, world: &World) -> String {
        format!("/agencies/{}/identity-providers/{}", world.agency(self.house).id, self.id)
    }

    #[track_caller]
    fn starts(&self, world: &World) -> Begun {
        let started = world.nobody().get(format!("/auth/oidc/{}/start", self.id)).expect(302);
        let set = started.header("set-cookie").unwrap().to_owned();
        for wanted in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
            assert!(set.contains(wanted), "{set}");
        }
        let cookie = set.split(';').next().unwrap().to_owned();
        let back = self.impostor.authorizes(world, started.header("location").unwrap());
        Begun { cookie, back }
    }

    fn comes_back(&self, world: &World, cookie: &str, query: &str) -> Request {
        let path = format!("/auth/oidc/{}/callback{query}", self.id);
        world.nobody().get(path).header("cookie", cookie)
    }

    fn completes(&self, world: &World, begun: &Begun) -> Request {
        self.comes_back(world, &begun.cookie, &begun.back.query())
    }

    /// Whoever the provider says it is signs in.
    #[track_caller]
    pub fn signs_in(&self, world: &World) -> Request {
        let begun = self.starts(world);
        self.completes(world, &begun)
    }

    /// Somebody signs in for the first time and is confirmed, and signs in again.
    #[track_caller]
    pub fn officer(&self, world: &World, subject: &str) -> Tokens {
        self.impostor.is(subject, json!(["officers"]));
        self.signs_in(world).refused(401, "federation-failed");
        let speaker = world.speaker(self.house);
        let users = speaker.get("/users?limit=200").expect(200);
        let waits = |user: &&Value| user["confirmed"] == false && user["provider_id"].is_string();
        let waiting = users.items().iter().rev().find(waits).unwrap();
        let path = format!("/users/{}/confirm", waiting["id"].as_str().unwrap());
        speaker.post(path).expect(200);
        Tokens::of(&self.signs_in(world).expect(200))
    }

    /// A logout token of the standard's form about the first officer, with that change.
    pub fn logout_token(&self, world: &World, jti: &str, change: Lie) -> String {
        let now = world.now().seconds();
        let mut head = self.impostor.head();
        head["typ"] = json!("logout+jwt");
        let mut claims = json!({
            "iss": self.impostor.issuer, "aud": "passage", "iat": now, "exp": now + 120, "jti": jti,
            "sub": "officer-1", "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        });
        change(&mut head, &mut claims);
        self.impostor.signs(&head, &claims)
    }

    /// The provider sends a logout token.
    pub fn logs_out(&self, world: &World, token: &str) -> Request {
        let body = format!("logout_token={token}");
        let path = format!("/auth/oidc/{}/backchannel-logout", self.id);
        world.nobody().post(path).body("application/x-www-form-urlencoded", body)
    }
}

/// The word that the newest entry about a refused word has, in whichever chain.
fn why(world: &World) -> String {
    let lines = world.probe().lines(
        "SELECT details AS line FROM journal_entries WHERE action = 'identity_provider.word_refused' \
         ORDER BY recorded_at DESC, sequence DESC LIMIT 1",
    );
    let details: Value = serde_json::from_str(lines.first().map_or("{}", String::as_str)).unwrap();
    details["failure"].as_str().unwrap_or_default().to_owned()
}

/// Refused with that word, which is told to the client and to the agency.
#[track_caller]
fn refused(world: &World, request: Request, reason: &str) -> Reply {
    let reply = request.refused(401, "federation-failed");
    assert!(reply.text("detail").ends_with(&format!(": {reason}.")), "{reason}: {reply}");
    assert_eq!(why(world), reason);
    reply
}

fn asks_providers(world: &World) -> usize {
    block_on(recheck::pass(world.app())).expect("providers are asked")
}

/// An hour is not what a story waits for.
fn never_too_many(config: &mut passage::config::Config) {
    config.identity.sign_in_failures_per_address_per_minute = 10_000;
    config.identity.session_idle = Duration::from_secs(12 * 3600);
}

both! {
    /// Requirements 1, 3, 23: somebody signs in for the first time, waits for a confirmation like everybody, and comes in.
    /// The same address and the same subject elsewhere are somebody else.
    fn who_signs_in_first_waits_and_comes_in(world) tuned never_too_many {
        let (kg, kz) = (Home::new(world, House::Kg, &json!({})), Home::new(world, House::Kz, &json!({})));
        let local = world.agency(House::Kg).admin.post("/users").json(json!({
            "email": "officer@home.example", "full_name": "Local", "roles": ["case_officer"],
        })).expect(201);
        refused(world, kg.signs_in(world), "account_waits");
        refused(world, kg.signs_in(world), "account_waits");
        let one = me(world, &kg.officer(world, "officer-2").access).expect(200);
        assert_eq!(one.json["provider_id"], kg.id.as_str());
        assert_eq!(one.json["roles"], json!(["case_officer"]));
        assert_eq!(one.json["email"], "officer@home.example");
        assert_eq!(one.json["agency"]["id"], world.agency(House::Kg).id.as_str());
        assert_ne!(one.json["id"], local.json["id"]);
        let other = me(world, &kz.officer(world, "officer-2").access).expect(200);
        assert_ne!(other.json["id"], one.json["id"]);
        assert_eq!(other.json["agency"]["id"], world.agency(House::Kz).id.as_str());
        // The address opens nothing.
        login(world, "officer@home.example", PASSWORD).refused(401, "sign-in-failed");
        // An agency in a claim is nobody's agency.
        let kz_id = world.agency(House::Kz).id;
        kg.impostor.lies(move |_, claims| claims["agency"] = json!(kz_id));
        kg.impostor.is("officer-2", json!(["officers"]));
        let again = me(world, &Tokens::of(&kg.signs_in(world).expect(200)).access).expect(200);
        assert_eq!(again.json["id"], one.json["id"]);
        assert!(!world.probe().reveals("a-refresh-token-of-the-provider"));
    }

    /// Requirement 23: many at once are one account.
    fn many_first_sign_ins_at_once_are_one_account(world) tuned never_too_many {
        let home = Home::new(world, House::Kg, &json!({}));
        let begun: Vec<Begun> = (0..20).map(|_| home.starts(world)).collect();
        std::thread::scope(|scope| {
            for begun in &begun {
                scope.spawn(|| home.completes(world, begun).beside_others().expect(401));
            }
        });
        assert_eq!(world.probe().count("federated_identities"), 1);
        assert_eq!(world.probe().count("users WHERE provider_id IS NOT NULL"), 1);
    }

    /// Requirements 4, 5: a sign-in is completed once, by the browser that began it, at the provider where it was begun.
    fn a_sign_in_belongs_to_its_browser_and_counts_once(world) tuned never_too_many {
        let (kg, kz) = (Home::new(world, House::Kg, &json!({})), Home::new(world, House::Kz, &json!({})));
        kg.officer(world, "officer-1");
        let (one, two) = (kg.starts(world), kg.starts(world));
        refused(world, kg.comes_back(world, &one.cookie, &two.back.query()), "browser_mismatch");
        refused(world, kg.comes_back(world, "passage-sign-in=x", &one.back.query()), "state_unknown");
        refused(world, kg.comes_back(world, "other=1", &one.back.query()), "state_unknown");
        refused(world, kg.comes_back(world, &one.cookie, "?code=x"), "browser_mismatch");
        refused(world, kz.comes_back(world, &one.cookie, &one.back.query()), "browser_mismatch");
        kg.completes(world, &one).expect(200);
        refused(world, kg.completes(world, &one), "state_used");
        let swapped = format!("?state={}&code={}", two.back.state, one.back.code);
        refused(world, kg.comes_back(world, &two.cookie, &swapped), "code_refused");
        let late = kg.starts(world);
        world.advance_minutes(10);
        refused(world, kg.completes(world, &late), "state_expired");
        for (query, word) in [
            ("&error=access_denied", "refused_by_provider"), ("", "code_missing"), ("&code=other", "code_refused"),
            ("&code=code-0&iss=https://evil.example", "iss_mismatch"),
        ] {
            let begun = kg.starts(world);
            refused(world, kg.comes_back(world, &begun.cookie, &format!("?state={}{query}", begun.back.state)), word);
        }
        let unknown = crate::harness::unknown_id();
        world.nobody().get(format!("/auth/oidc/{unknown}/start")).refused(404, "not-found");
        world.nobody().get(format!("/auth/oidc/{unknown}/callback")).refused(404, "not-found");
    }

    /// Requirement 4: where a provider says that it names itself, it does.
    fn a_provider_that_names_itself_is_held_to_it(world) tuned never_too_many {
        let home = Home::new(world, House::Kg, &json!({}));
        home.impostor.describes("authorization_response_iss_parameter_supported", json!(true));
        let begun = home.starts(world);
        refused(world, home.completes(world, &begun), "iss_missing");
        let begun = home.starts(world);
        let query = format!("{}&iss={}", begun.back.query(), home.impostor.issuer);
        refused(world, home.comes_back(world, &begun.cookie, &query), "account_waits");
    }

    /// Requirements 7, 8, 10, 11, 22: one thing of the ID token is not right, and that word is told.
    fn one_thing_of_the_id_token_is_not_right(world) tuned never_too_many {
        let home = Home::new(world, House::Kg, &json!({}));
        home.officer(world, "officer-1");
        let lies: &[(&str, Lie)] = &[
            ("alg_not_allowed", |head, _| head["alg"] = json!("none")),
            ("alg_not_allowed", |head, _| head["alg"] = json!("HS256")),
            ("alg_not_allowed", |head, _| head["alg"] = json!("RS256")),
            ("type_wrong", |head, _| head["typ"] = json!("at+jwt")),
            ("type_wrong", |head, _| head["typ"] = json!("logout+jwt")),
            ("token_malformed", |head, _| head["crit"] = json!(["exp"])),
            ("key_unknown", |head, _| head["kid"] = json!("../../etc/passwd")),
            ("key_unknown", |head, _| head["kid"] = json!("' OR 1=1 --")),
            ("key_unknown", |head, _| head["kid"] = json!("k".repeat(10_000))),
            ("issuer_wrong", |_, claims| claims["iss"] = json!("https://evil.example")),
            ("issuer_wrong", |_, claims| claims["iss"] = json!(format!("{}/", claims["iss"].as_str().unwrap()))),
            ("issuer_wrong", |_, claims| claims["iss"] = json!([claims["iss"]])),
            ("aud_wrong", |_, claims| claims["aud"] = json!("other")),
            ("aud_wrong", |_, claims| claims["aud"] = json!([])),
            ("aud_wrong", |_, claims| claims["aud"] = json!(["other"])),
            ("azp_wrong", |_, claims| claims["aud"] = json!(["passage", "other"])),
            ("azp_wrong", |_, claims| claims["azp"] = json!("other")),
            ("nonce_wrong", |_, claims| claims["nonce"] = json!("other")),
            ("nonce_wrong", |_, claims| drop(claims.as_object_mut().unwrap().remove("nonce"))),
            ("expired", |_, claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 61)),
            ("claims_malformed", |_, claims| claims["exp"] = json!(claims["exp"].to_string())),
            ("claims_malformed", |_, claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
            ("claims_malformed", |_, claims| drop(claims.as_object_mut().unwrap().remove("iat"))),
            ("claims_malformed", |_, claims| claims["iat"] = json!(-1)),
            ("issued_in_future", |_, claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() + 75)),
            ("at_hash_wrong", |_, claims| claims["at_hash"] = json!("AAAA")),
            ("claims_malformed", |_, claims| claims["sub"] = json!(7)),
            ("claims_malformed", |_, claims| claims["sub"] = json!("")),
            ("claims_malformed", |_, claims| claims["sub"] = json!("s".repeat(256))),
        ];
        for (word, lie) in lies {
            home.impostor.lies(lie);
            refused(world, home.signs_in(world), word);
        }
        home.impostor.lies(|_, claims| {
            claims["aud"] = json!(["passage", "other"]);
            claims["azp"] = json!("passage");
            claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 40);
        });
        home.signs_in(world).expect(200);
        // The sender of a key is not its owner.
        home.impostor.lies(|head, _| {
            head["jku"] = json!("https://evil.example/jwks");
            head["jwk"] = json!({"kty": "oct", "k": "AAAA"});
        });
        home.signs_in(world).expect(200);
    }

    /// Requirement 22: roles come from the allow-list alone, anew at each sign-in; what is gone is gone at once.
    fn roles_are_what_the_claims_say_now(world) tuned never_too_many {
        let home = Home::new(world, House::Kg, &json!({}));
        let first = home.officer(world, "officer-1");
        for (groups, word) in [
            (json!("officers"), "claims_malformed"), (json!({"officers": true}), "claims_malformed"),
            (json!((0..500).map(|number| number.to_string()).collect::<Vec<_>>()), "groups_too_many"),
        ] {
            home.impostor.is("officer-3", groups);
            refused(world, home.signs_in(world), word);
        }
        for groups in [json!([]), json!(["admins", "agency_admin", "system_admin", "Officers"])] {
            home.impostor.is("officer-3", groups);
            refused(world, home.signs_in(world), "roles_none");
        }
        assert_eq!(world.probe().count("federated_identities"), 1);
        // A role that is added waits, the other stays.
        home.impostor.is("officer-1", json!(["officers", "liaison"]));
        let more = me(world, &Tokens::of(&home.signs_in(world).expect(200)).access).expect(200);
        assert_eq!(more.json["roles"], json!(["case_officer"]));
        assert_eq!(more.json["proposed_roles"], json!(["liaison_officer", "case_officer"]));
        me(world, &first.access).expect(200);
        // Nothing of it is left: the sessions end with it.
        home.impostor.is("officer-1", json!(["staff"]));
        refused(world, home.signs_in(world), "roles_none");
        me(world, &first.access).refused(401, "unauthenticated");
        let path = format!("/users/{}", more.text("id"));
        let row = world.agency(House::Kg).admin.get(&path).expect(200);
        assert_eq!((&row.json["roles"], &row.json["proposed_roles"]), (&json!([]), &Value::Null));
        world.agency(House::Kg).admin.post(format!("{path}/deactivate")).expect(200);
        home.impostor.is("officer-1", json!(["officers"]));
        refused(world, home.signs_in(world), "account_deactivated");
    }

    /// Requirement 9: keys that were changed are found at once, and whoever sends names of keys has them asked for once a
    /// minute.
    fn changed_keys_are_found_and_unknown_ones_cost_little(world) tuned never_too_many {
        let home = Home::new(world, House::Kg, &json!({}));
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
        assert!(home.impostor.key_fetches() - before <= 1, "{} fetches", home.impostor.key_fetches() - before);
    }

    /// Requirements 6, 13: a description of another issuer does not count, nor do addresses that lead elsewhere; a provider
    /// that is down is said to be.
    fn a_description_is_the_issuers_own(world) tuned never_too_many {
        for (house, name, value) in [
            (House::Kg, "issuer", json!("https://login.example.kg")),
            (House::Kz, "token_endpoint", json!("https://169.254.169.254/token")),
            (House::Uz, "jwks_uri", json!("http://10.0.0.1/keys")),
        ] {
            let home = Home::new(world, house, &json!({}));
            home.impostor.describes(name, value);
            world.nobody().get(format!("/auth/oidc/{}/start", home.id)).refused(401, "federation-failed");
        }
        let home = Home::new(world, House::Tj, &json!({}));
        home.impostor.is_down(true);
        world.nobody().get(format!("/auth/oidc/{}/start", home.id)).refused(503, "provider-unavailable");
        home.impostor.is_down(false);
        let begun = home.starts(world);
        home.impostor.is_down(true);
        home.completes(world, &begun).refused(503, "provider-unavailable");
        assert_eq!(why(world), "provider_down");
    }

    /// Requirements 19, 20: disabled there is out here, also by an empty 400; a provider that is down deactivates nobody.
    fn disabled_there_is_out_here(world) tuned never_too_many {
        let home = Home::new(world, House::Kg, &json!({}));
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
        let ended = world.probe().lines("SELECT end_reason AS line FROM sessions WHERE end_reason LIKE 'provider%'");
        assert_eq!(ended, ["provider_refused", "provider_refused"]);
    }

    /// Requirement 20: while a provider is silent, sessions go on for an hour; then they get no new tokens until it is back.
    fn a_silent_provider_is_waited_for(world) tuned never_too_many {
        let home = Home::new(world, House::Kg, &json!({}));
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
        let home = Home::new(world, House::Kg, &json!({"recheck": "introspection"}));
        let tokens = home.officer(world, "officer-1");
        world.advance_minutes(11);
        assert_eq!(asks_providers(world), 0);
        home.impostor.says_active(false);
        world.advance_minutes(11);
        assert_eq!(asks_providers(world), 1);
        refresh(world, &tokens.refresh).refused(401, "invalid-refresh-token");
        let blind = Home::new(world, House::Kz, &json!({"recheck": "none"}));
        let tokens = blind.officer(world, "officer-1");
        world.advance_minutes(14);
        let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
        world.advance_minutes(1);
        me(world, &tokens.access).refused(401, "unauthenticated");
    }

    /// Requirement 19: no such session is longer than ten hours.
    fn it_ends_after_ten_hours(world) tuned never_too_many {
        let home = Home::new(world, House::Kg, &json!({}));
        let mut tokens = home.officer(world, "officer-1");
        for _ in 0..9 {
            world.advance_minutes(60);
            tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
        }
        world.advance_minutes(60);
        refresh(world, &tokens.refresh).refused(401, "invalid-refresh-token");
    }

    /// Requirement 21: a logout token ends the sessions it names, of its own issuer, once.
    fn a_logout_token_ends_what_it_names(world) tuned never_too_many {
        let (kg, kz) = (Home::new(world, House::Kg, &json!({})), Home::new(world, House::Kz, &json!({})));
        let (here, there) = (kg.officer(world, "officer-1"), kz.officer(world, "officer-1"));
        let token = |home: &Home, jti: &str, change: Lie| home.logout_token(world, jti, change);
        let wrong: &[(&str, Lie)] = &[
            ("type_wrong", |head, _| head["typ"] = json!("JWT")),
            ("lifetime_wrong", |_, claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() + 121)),
            ("lifetime_wrong", |_, claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
            ("logout_event_missing", |_, claims| claims["events"] = json!({})),
            ("nonce_present", |_, claims| claims["nonce"] = json!("x")),
            ("jti_missing", |_, claims| drop(claims.as_object_mut().unwrap().remove("jti"))),
            ("nobody_named", |_, claims| drop(claims.as_object_mut().unwrap().remove("sub"))),
            ("aud_wrong", |_, claims| claims["aud"] = json!("other")),
            ("issuer_wrong", |_, claims| claims["iss"] = json!("https://evil.example")),
            ("alg_not_allowed", |head, _| head["alg"] = json!("none")),
        ];
        for (word, change) in wrong {
            kg.logs_out(world, &token(&kg, word, *change)).refused(400, "logout-token-refused");
            assert_eq!(why(world), *word);
        }
        // Another issuer's token about the same subject does nothing here.
        kg.logs_out(world, &token(&kz, "1", |_, _| {})).refused(400, "logout-token-refused");
        kg.logs_out(world, &token(&kg, "2", |_, claims| claims["sid"] = json!("session-9"))).expect(200);
        me(world, &here.access).expect(200);
        let right = token(&kg, "3", |_, claims| claims["sid"] = json!("session-1"));
        kg.logs_out(world, &right).expect(200);
        me(world, &here.access).refused(401, "unauthenticated");
        me(world, &there.access).expect(200);
        kg.logs_out(world, &right).refused(400, "logout-token-refused");
        assert_eq!(why(world), "jti_used");
        world.nobody().post(format!("/auth/oidc/{}/backchannel-logout", kg.id)).json(json!({"logout_token": right}))
            .refused(415, "unsupported-media-type");
        kg.logs_out(world, "").refused(400, "logout-token-refused");
        // A provider of the old drafts, which says so.
        let old = json!({"logout_profile": "old_draft"});
        world.agency(House::Kz).admin.edits(kz.path(world), old).expect(200);
        let draft = token(&kz, "4", |head, claims| {
            head["typ"] = json!("JWT");
            claims.as_object_mut().unwrap().remove("exp");
        });
        kz.logs_out(world, &draft).expect(200);
        me(world, &there.access).refused(401, "unauthenticated");
    }

    /// Requirement 12: no token of a provider opens anything here.
    fn no_token_crosses(world) tuned never_too_many {
        let home = Home::new(world, House::Kg, &json!({}));
        home.officer(world, "officer-1");
        let now = world.now().seconds();
        let claims = json!({"iss": home.impostor.issuer, "aud": "passage", "sub": "officer-1", "iat": now, "exp": now + 300});
        let token = home.impostor.signs(&home.impostor.head(), &claims);
        me(world, &token).refused(401, "unauthenticated");
        me(world, "a-refresh-token-of-the-provider").refused(401, "unauthenticated");
        refresh(world, "a-refresh-token-of-the-provider").refused(401, "invalid-refresh-token");
    }

    /// One signs out here, and is told where to sign out there.
    fn signing_out_here_tells_where_to_sign_out_there(world) tuned never_too_many {
        let home = Home::new(world, House::Kg, &json!({}));
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

    /// Where an agency asks for it, its officers sign in through the provider only, and its admin as ever; what is turned off
    /// ends at once.
    fn officers_may_have_to_sign_in_there_only(world) tuned never_too_many {
        let home = Home::new(world, House::Kg, &json!({}));
        let (admin, officer) = (world.agency(House::Kg).admin, world.officer(House::Kg, Role::CaseOfficer));
        login(world, &officer.email, PASSWORD).expect(200);
        admin.edits(home.path(world), json!({"required": true})).expect(200);
        login(world, &officer.email, PASSWORD).refused(401, "federation-required");
        login(world, &officer.email, "wrong").refused(401, "sign-in-failed");
        login(world, &admin.email, PASSWORD).expect(200);
        login(world, &world.speaker(House::Kz).email, PASSWORD).expect(200);
        home.impostor.is("officer-1", json!(["officers"]));
        let begun = home.starts(world);
        admin.edits(home.path(world), json!({"required": false, "enabled": false})).expect(200);
        home.completes(world, &begun).refused(404, "not-found");
        login(world, &officer.email, PASSWORD).expect(200);
    }

    /// Turning a provider off ends every session that it vouches for.
    fn turning_it_off_ends_its_sessions(world) tuned never_too_many {
        let home = Home::new(world, House::Kg, &json!({}));
        let tokens = home.officer(world, "officer-1");
        world.agency(House::Kg).admin.edits(home.path(world), json!({"enabled": false})).expect(200);
        me(world, &tokens.access).refused(401, "unauthenticated");
        refresh(world, &tokens.refresh).refused(401, "invalid-refresh-token");
    }
}
