//! Machine accounts: who lets them in, what they may ask for, how they prove themselves, and how they end.

use std::sync::Arc;

use aws_lc_rs::hmac;
use passage::http::{Access, Method, Route};
use passage::machine_scope::MachineScope;
use passage::text_enum::TextEnum as _;
use serde_json::{Value, json};

use super::{account_of, refresh};
use crate::harness::{
    Estate, House, JWT_BEARER, Machine, MachineKey, World, both, jwt, token_request, unknown_id,
};

/// Why the last token was refused, as the journal says.
fn last_failure(world: &World) -> Value {
    let refused = "SELECT details AS line FROM journal_entries WHERE action = 'machine.token_refused' \
                   ORDER BY recorded_at DESC, sequence DESC LIMIT 1";
    let line = world.probe().lines(refused).pop().expect("a refusal is told");
    serde_json::from_str::<Value>(&line).unwrap()["failure"].clone()
}

/// That an assertion gets no token, and the journal says why.
#[track_caller]
fn refused(machine: &Machine, world: &World, assertion: &str, failure: &str) {
    let reply = machine.asks(assertion, None).expect(401);
    assert_eq!(reply.json["error"], "invalid_client", "{failure}: {reply}");
    assert_eq!(last_failure(world), failure);
    // Nobody learns from outside which of them it was.
    let words = "The client did not prove itself; the journal of its agency says why.";
    assert_eq!(reply.json["error_description"], words);
}

/// A machine of the drug control service that reads cases as a liaison officer.
fn reader(world: &World) -> Machine {
    Machine::new(world, House::Kg, &["liaison_officer"], &["cases.read"])
}

fn routes() -> Vec<Route> {
    passage::routes::routes(&Arc::new(passage::routes::contract()))
}

fn method(route: &Route) -> &'static str {
    match route.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

/// The scope that a route needs, by its path: written from the documentation and not from the list of routes.
fn needed(route: &Route) -> Option<String> {
    let path = route.path.strip_prefix("/api/v1/").unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let control = "take-control end-control report-loss report-recovery balance report-quantity";
    let parts_of_a_case = "milestones evidence messages reports authorisations journal";
    let area = match (parts[0], parts.get(2).copied(), parts.get(4).copied()) {
        ("cases", Some("consignments"), Some(last)) if control.contains(last) => "control",
        ("cases", Some("control" | "handovers"), _) => "control",
        ("cases", Some("legs" | "route-check"), _) => "route",
        ("cases", Some(area), _) if parts_of_a_case.contains(area) => area,
        ("cases", _, _) => "cases",
        ("deconfliction" | "alerts" | "feed", _, _) => parts[0],
        ("countries", _, _) | ("agencies", None, _) => "directory",
        _ => return None,
    };
    let reads = route.method == Method::Get;
    let read_only = ["directory", "journal", "feed"].contains(&area);
    match (reads, read_only) {
        (true, _) => Some(format!("{area}.read")),
        (false, false) => Some(format!("{area}.write")),
        (false, true) => None,
    }
}

both! {
    /// An admin makes it, somebody who speaks for the agency lets it in, and what it does is told as its own.
    fn it_is_let_in_and_works(world) {
        let (admin, aida) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
        let scopes = ["cases.read", "cases.write"];
        let machine = Machine::waiting(world, House::Kg, &["liaison_officer"], &scopes);
        let shown = aida.get(&machine.path).expect(200);
        assert_eq!((&shown.json["status"], &shown.json["last_used_at"]), (&json!("waiting"), &Value::Null));
        refused(&machine, world, &machine.assertion(), "unknown_key");
        let confirm = format!("{}/confirm", machine.path);
        admin.post(&confirm).refused(403, "forbidden");
        world.speaker(House::Kz).post(&confirm).refused(404, "not-found");
        aida.post(&confirm).if_match("\"7\"").refused(412, "stale-version");
        assert_eq!(aida.post(&confirm).expect(200).json["status"], "active");
        aida.post(&confirm).changing_nothing().expect(200);

        let given = machine.asks(&machine.assertion(), None).expect(200);
        assert_eq!(given.json["expires_in"], 300);
        assert_eq!(given.json["scope"], "cases.read cases.write");
        assert!(given.json.get("refresh_token").is_none());
        let token = given.text("access_token");
        let with = |method: &str, path: &str| world.nobody().request(method, path).token(&token);
        let case = json!({"code_name": "Juniper", "summary": "Heroin in a container", "priority": "urgent",
            "handling_codes": ["H0"], "modality": "live", "consignments": [crate::harness::consignment()]});
        let made = with("POST", "/cases").json(case).expect(201);
        assert_eq!(aida.get("/cases").expect(200).items()[0]["id"], made.id());
        let told = world.probe().lines("SELECT actor AS line FROM journal_entries WHERE action = 'case.created'");
        assert_eq!(told, [format!("machine:{}", machine.id)]);
        let shown = admin.get(&machine.path).expect(200);
        assert_eq!(shown.json["last_address"], "127.0.0.1");
        assert!(shown.json["last_used_at"].is_string());
        world.advance_seconds(304);
        with("GET", "/cases").refused(401, "unauthenticated");
        machine.get("/cases").expect(200);
    }

    /// Nobody makes, changes or reads one of another agency; in one's own, everybody sees them and admins keep them.
    fn they_are_kept_inside_of_the_agency(world) {
        let machine = reader(world);
        let body = || Machine::description(world, House::Kg, &["case_officer"], &["cases.read"], &MachineKey::edwards());
        let (aida, admin) = (world.speaker(House::Kg), world.agency(House::Kg).admin);
        aida.post("/machine-accounts").json(body()).refused(403, "forbidden");
        world.system_admin().post("/machine-accounts").json(body()).refused(403, "forbidden");
        // Somebody of another agency answers for nothing here.
        let refused = world.agency(House::Kz).admin.post("/machine-accounts").json(body()).expect(422);
        assert_eq!(refused.pointers(), ["/owner_user_id"]);
        let key = admin.get(&machine.path).expect(200).text("/keys/0/id");
        for stranger in [world.agency(House::Kz).admin, world.speaker(House::Kz), world.system_admin()] {
            assert!(stranger.get("/machine-accounts").expect(200).items().is_empty());
            let nothing = format!("/machine-accounts/{}", unknown_id());
            for (method, below) in [
                ("GET", String::new()),
                ("PATCH", String::new()),
                ("POST", "/confirm".to_owned()),
                ("POST", "/deactivate".to_owned()),
                ("POST", "/keys".to_owned()),
                ("DELETE", format!("/keys/{key}")),
            ] {
                for path in [&machine.path, &nothing] {
                    let request = stranger.request(method, format!("{path}{below}"));
                    request.json(json!({})).refused(404, "not-found");
                }
            }
        }
        assert_eq!(aida.get("/machine-accounts").expect(200).items().len(), 1);
        // No person's account: neither listed among them nor found there.
        assert_eq!(aida.get("/users").expect(200).items().len(), 2);
        for (actor, below) in [(&admin, ""), (&admin, "/deactivate"), (&aida, "/confirm")] {
            let method = if below.is_empty() { "GET" } else { "POST" };
            actor.request(method, format!("/users/{}{below}", machine.id)).refused(404, "not-found");
        }
    }

    /// What is wrong with a machine account is named at once, and a private key is not taken.
    fn faults_are_named_at_once(world) {
        let (admin, aida) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
        let make = |body: Value| admin.post("/machine-accounts").json(body);
        let key = MachineKey::edwards().jwk();
        let missing = make(json!({})).expect(422);
        assert_eq!(missing.pointers(), ["/name", "/owner_user_id", "/roles", "/scopes", "/expires_at", "/keys", "/keys"]);
        let mut private = key.clone();
        private["d"] = private["x"].clone();
        let wrong = json!({
            "name": " ", "owner_user_id": admin.world().system_admin().id, "roles": ["authority", "case_officer"],
            "scopes": ["cases.read", "cases.delete"], "expires_at": world.minutes_from_now(367 * 24 * 60),
            "keys": [private, {"kty": "RSA"}],
        });
        let wrong = make(wrong).refused(422, "validation-failed");
        let faults = ["/name", "/owner_user_id", "/roles", "/scopes/1", "/expires_at", "/keys/0", "/keys/1"];
        assert_eq!(wrong.pointers(), faults);
        for roles in [json!([]), json!(["agency_admin"]), json!(["auditor"]), json!(["coordinator"]), json!(["king"])] {
            let mut body = Machine::description(world, House::Kg, &[], &["cases.read"], &MachineKey::edwards());
            body["roles"] = roles;
            let refused = make(body).expect(422);
            assert!(refused.pointers().iter().all(|fault| fault.starts_with("/roles")), "{refused}");
        }
        let mut body = Machine::description(world, House::Kg, &["case_officer"], &["cases.read"], &MachineKey::edwards());
        body["keys"] = json!([key, key]);
        assert_eq!(make(body.clone()).expect(422).pointers(), ["/keys/1"]);
        body["keys"] = json!([key, MachineKey::elliptic().jwk(), MachineKey::elliptic().jwk()]);
        assert_eq!(make(body).expect(422).pointers(), ["/keys"]);
        assert!(aida.get("/machine-accounts").expect(200).items().is_empty());
    }

    /// One change to a valid assertion at a time: none gets a token, and the journal says what it was.
    fn every_field_of_an_assertion_counts(world)
        with [("PASSAGE_IDENTITY__SIGN_IN_FAILURES_PER_ADDRESS_PER_MINUTE", "1000")]
    {
        let machine = reader(world);
        let (other, now) = (Machine::new(world, House::Kz, &["case_officer"], &["cases.read"]), world.now().seconds());
        let issuer = world.app().config.issuer();
        let claim = |name: &str, value: Value| {
            let mut claims = machine.claims();
            claims[name] = value;
            machine.key.signs(&machine.head(), &claims)
        };
        let head = |name: &str, value: &str| {
            let mut head = machine.head();
            head[name] = json!(value);
            machine.key.signs(&head, &machine.claims())
        };
        let with_secret = |algorithm: &str, secret: &[u8]| {
            let head = json!({"alg": algorithm, "typ": "client-authentication+jwt"});
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            jwt(&head, &machine.claims(), |message| hmac::sign(&key, message).as_ref().to_vec())
        };
        let unsigned = jwt(&json!({"alg": "none", "typ": "client-authentication+jwt"}), &machine.claims(), |_| Vec::new());
        for (assertion, failure) in [
            (claim("aud", json!([issuer])), "audience"),
            (claim("aud", json!(format!("{issuer}/"))), "audience"),
            (claim("aud", json!(format!("{issuer}/api/v1/auth/token"))), "audience"),
            (claim("exp", json!(now + 63)), "lasts_too_long"),
            (claim("exp", json!(now - 10)), "expired"),
            (claim("exp", json!((now + 30).to_string())), "claims"),
            (claim("iat", json!(now + 30)), "not_yet_valid"),
            (claim("jti", json!("")), "claims"),
            (claim("iss", json!(other.id)), "issuer"),
            (claim("sub", json!(other.id)), "signature"),
            (claim("sub", json!(unknown_id())), "unknown_client"),
            (claim("sub", json!("nobody")), "unknown_client"),
            (head("typ", "JWT"), "type"),
            (head("typ", "at+jwt"), "type"),
            (head("kid", "another"), "unknown_key"),
            (head("alg", "ES256"), "algorithm"),
            (unsigned, "algorithm"),
            (with_secret("HS256", &machine.key.public()), "algorithm"),
            (with_secret("EdDSA", &machine.key.public()), "signature"),
            (other.key.signs(&machine.head(), &machine.claims()), "signature"),
            (MachineKey::elliptic().signs(&machine.head(), &machine.claims()), "signature"),
            ("a.b.c".to_owned(), "malformed"),
            ("x".repeat(5000), "too_long"),
        ] {
            refused(&machine, world, &assertion, failure);
        }
        let named = [
            ("grant_type", "client_credentials"), ("client_assertion_type", JWT_BEARER),
            ("client_id", &other.id), ("client_assertion", &machine.assertion()),
        ];
        token_request(world, &named).expect(401);
        assert_eq!(last_failure(world), "other_client");
        machine.asks(&machine.assertion(), None).expect(200);
    }

    /// An assertion gets one token, also of twenty that ask with it at once.
    fn an_assertion_is_good_for_once(world) {
        let machine = reader(world);
        let assertion = machine.assertion();
        machine.asks(&assertion, None).expect(200);
        refused(&machine, world, &assertion, "replayed");
        let assertion = machine.assertion();
        let ask = || machine.asks(&assertion, None).beside_others().send().status == 200;
        let given = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..20).map(|_| scope.spawn(ask)).collect();
            tries.into_iter().map(|one| one.join().unwrap()).filter(|given| *given).count()
        });
        assert_eq!(given, 1);
        // What nobody could use again is let go of.
        assert_eq!(world.probe().count("machine_assertions"), 2);
        world.advance_seconds(54);
        crate::harness::block_on(passage::upkeep::round(&world.app().db, &world.app().clock)).unwrap();
        assert_eq!(world.probe().count("machine_assertions"), 2);
        world.advance_seconds(2);
        crate::harness::block_on(passage::upkeep::round(&world.app().db, &world.app().clock)).unwrap();
        assert_eq!(world.probe().count("machine_assertions"), 0);
    }

    /// What is no request for a token is answered in the words of OAuth, and failures are limited by address.
    fn the_endpoint_speaks_oauth(world)
        with [("PASSAGE_IDENTITY__SIGN_IN_FAILURES_PER_ADDRESS_PER_MINUTE", "3")]
    {
        let machine = reader(world);
        let assertion = machine.assertion();
        let whole = [
            ("grant_type", "client_credentials"), ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion.as_str()),
        ];
        let without = |name: &str| {
            let form: Vec<_> = whole.into_iter().filter(|(known, _)| *known != name).collect();
            token_request(world, &form).expect(400).json["error"].clone()
        };
        for name in ["grant_type", "client_assertion_type", "client_assertion"] {
            assert_eq!(without(name), "invalid_request", "{name}");
        }
        let twice = [&whole[..], &whole[..1]].concat();
        assert_eq!(token_request(world, &twice).expect(400).json["error"], "invalid_request");
        let other = [("grant_type", "password"), ("username", "a"), ("password", "b")];
        assert_eq!(token_request(world, &other).expect(400).json["error"], "unsupported_grant_type");
        let as_json = world.nobody().post("/auth/token").json(json!({"grant_type": "client_credentials"}));
        assert_eq!(as_json.expect(400).json["error"], "invalid_request");
        for scope in ["cases.write", "cases.read feed.read", "everything", "cases.read  cases.read"] {
            let reply = machine.asks(&machine.assertion(), Some(scope)).expect(400);
            assert_eq!(reply.json["error"], "invalid_scope", "{scope}");
        }
        for _ in 0..3 {
            machine.asks("no assertion", None).expect(401);
        }
        let slowed = token_request(world, &whole).refused(429, "too-many-requests");
        assert!(slowed.header("retry-after").is_some());
        world.advance_seconds(61);
        token_request(world, &whole).expect(401);
        machine.token();
    }

    /// What is added waits, and what is taken away counts with the next request.
    fn what_is_added_waits(world) {
        let (admin, aida) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
        let machine = reader(world);
        let wider = json!({"scopes": ["cases.read", "alerts.read"], "roles": ["liaison_officer", "case_officer"]});
        let changed = admin.edits(&machine.path, wider).expect(200);
        assert_eq!(changed.json["scopes"], json!(["cases.read"]));
        assert_eq!(changed.json["roles"], json!(["liaison_officer"]));
        assert_eq!(changed.json["proposed"]["scopes"], json!(["cases.read", "alerts.read"]));
        machine.asks(&machine.assertion(), Some("alerts.read")).expect(400);
        machine.get("/alerts").refused(403, "insufficient-scope");
        let confirm = format!("{}/confirm", machine.path);
        let confirmed = aida.post(&confirm).if_match(changed.etag()).expect(200);
        assert_eq!(confirmed.json["proposed"], Value::Null);
        let token = machine.token_for("alerts.read");
        let alerts = || world.nobody().get("/alerts").token(&token);
        alerts().expect(200);
        world.nobody().get("/cases").token(&token).refused(403, "insufficient-scope");
        let less = admin.edits(&machine.path, json!({"scopes": ["cases.read"]})).expect(200);
        assert_eq!(less.json["proposed"], Value::Null);
        alerts().refused(403, "insufficient-scope");
        let longer = json!({"expires_at": world.minutes_from_now(60 * 24 * 60)});
        let longer = admin.edits(&machine.path, longer).expect(200);
        assert_ne!(longer.json["proposed"]["expires_at"], longer.json["expires_at"]);
        admin.edits(&machine.path, json!({"name": "Another name"})).expect(200);
        admin.edits(&machine.path, json!({"name": "Another name"})).changing_nothing().expect(200);
    }

    /// A key that is added waits too; two are the most; one that was taken away is refused with the next request, and for good.
    fn keys_are_changed_one_by_one(world) {
        let (admin, aida) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
        let machine = reader(world);
        let keys = format!("{}/keys", machine.path);
        let next = machine.with_key(MachineKey::elliptic());
        let mut jwk = next.key.jwk();
        jwk["kid"] = json!("2026-04");
        aida.post(&keys).json(json!({"jwk": jwk})).refused(403, "forbidden");
        let made = admin.post(&keys).json(json!({"jwk": jwk})).expect(201);
        assert_eq!(made.json["keys"][1]["confirmed"], false);
        admin.post(&keys).json(json!({"jwk": MachineKey::edwards().jwk()})).refused(409, "state-refused");
        // The one key that counts signs with another algorithm.
        refused(&next, world, &next.assertion(), "algorithm");
        aida.post(format!("{}/confirm", machine.path)).expect(200);
        let mut head = next.head();
        head["kid"] = json!("2026-04");
        next.asks(&next.key.signs(&head, &next.claims()), None).expect(200);
        let token = machine.token();
        let read = || world.nobody().get("/cases").token(&token);
        read().expect(200);
        let first = made.text("/keys/0/id");
        admin.delete(format!("{keys}/{first}")).expect(204);
        read().refused(401, "unauthenticated");
        refused(&machine, world, &machine.assertion(), "algorithm");
        next.get("/cases").expect(200);
        admin.delete(format!("{keys}/{first}")).refused(404, "not-found");
        admin.post(&keys).json(json!({"jwk": machine.key.jwk()})).refused(409, "duplicate");
        let mut same_name = MachineKey::edwards().jwk();
        same_name["kid"] = json!("2026-04");
        admin.post(&keys).json(json!({"jwk": same_name})).refused(409, "duplicate");
        let mut private = MachineKey::edwards().jwk();
        private["d"] = json!("AAAA");
        assert_eq!(admin.post(&keys).json(json!({"jwk": private})).expect(422).pointers(), ["/jwk"]);
    }

    /// With its owner's account a machine stops at once, with its date it ends, and one that was ended is ended for good.
    fn it_stops_with_its_owner_and_ends_by_its_date(world) {
        let (admin, aida) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
        let owner = world.another_officer(House::Kg, passage::access::Role::CaseOfficer);
        let works = |machine: &Machine, token: &str| {
            world.nobody().get("/cases").token(token).expect(200);
            assert_eq!(aida.get(&machine.path).expect(200).json["status"], "active");
        };
        let stopped = |machine: &Machine, token: &str, status: &str| {
            world.nobody().get("/cases").token(token).refused(401, "unauthenticated");
            assert_eq!(aida.get(&machine.path).expect(200).json["status"], status);
            refused(machine, world, &machine.assertion(), "not_in_effect");
        };
        let (of_owner, dated, ended) = (reader(world), reader(world), reader(world));
        admin.edits(&of_owner.path, json!({"owner_user_id": owner.id})).expect(200);
        aida.post(format!("{}/confirm", of_owner.path)).expect(200);
        let soon = json!({"expires_at": world.minutes_from_now(2)});
        admin.edits(&dated.path, soon).expect(200);
        let tokens = [&of_owner, &dated, &ended].map(|machine| machine.token());
        for (machine, token) in [&of_owner, &dated, &ended].into_iter().zip(&tokens) {
            works(machine, token);
        }
        admin.post(format!("{}/deactivate", account_of(&owner))).expect(200);
        let told = "SELECT details AS line FROM journal_entries WHERE action = 'user.deactivated'";
        assert!(world.probe().lines(told)[0].contains(r#""machines_suspended":1"#));
        stopped(&of_owner, &tokens[0], "suspended");
        aida.post(format!("{}/deactivate", ended.path)).expect(200);
        aida.post(format!("{}/deactivate", ended.path)).changing_nothing().expect(200);
        stopped(&ended, &tokens[2], "deactivated");
        aida.post(format!("{}/confirm", ended.path)).refused(409, "state-refused");
        admin.edits(&ended.path, json!({"name": "Again"})).refused(409, "state-refused");
        works(&dated, &tokens[1]);
        world.advance_minutes(2);
        stopped(&dated, &tokens[1], "expired");
    }

    /// A stream of a machine is told what its roles may read of cases, and ends with the key.
    fn its_stream_ends_with_its_key(world) {
        let (admin, aida) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
        let machine = Machine::new(world, House::Kg, &["liaison_officer"], &["feed.read"]);
        world.settles();
        let mut stream = machine.follows();
        let _ = aida.opens_case().create();
        // What the agency's own journal says, the token of this stream among it, is not for machines.
        assert_eq!(stream.event().action(), "case.created");
        let key = admin.get(&machine.path).expect(200).text("/keys/0/id");
        admin.delete(format!("{}/keys/{key}", machine.path)).expect(204);
        stream.ends();
    }

    /// A key for idempotency is the machine's own: an officer of the same agency with the same key gets another answer.
    fn its_idempotency_keys_are_its_own(world) {
        let aida = world.speaker(House::Kg);
        let machine = Machine::new(world, House::Kg, &["liaison_officer"], &["cases.write"]);
        let case = json!({"code_name": "Juniper", "summary": "Heroin in a container", "priority": "urgent",
            "handling_codes": ["H0"], "modality": "live", "consignments": [crate::harness::consignment()]});
        let one = machine.request("POST", "/cases").key("same").json(&case).expect(201);
        let again = machine.request("POST", "/cases").key("same").json(&case).changing_nothing().expect(201);
        let other = aida.post("/cases").key("same").json(&case).expect(201);
        assert_eq!(one.id(), again.id());
        assert_ne!(one.id(), other.id());
    }

    /// What a machine may ask for is settled for every route: one scope opens it, and all others together do not.
    fn every_route_asks_for_its_scope(world) {
        let all: Vec<&str> = MachineScope::ALL.iter().map(|scope| scope.as_str()).collect();
        let machine = Machine::new(world, House::Kg, &["liaison_officer"], &all);
        let estate = Estate::new(world, House::Kg, House::Kz);
        let routes: Vec<Route> = routes().into_iter().filter(|route| route.access == Access::SignedIn).collect();
        let closed = |route: &Route, token: &str| {
            let path = estate.path(route.path, |_| Some(unknown_id()));
            let request = world.nobody().request(method(route), &path).token(token);
            let request = if route.takes_body() { request.json(json!({"no_such_field": 1})) } else { request };
            let reply = request.beside_others().send();
            (reply.status, reply.json["code"].as_str()) == (403, Some("insufficient-scope"))
        };
        let everything = machine.token();
        let for_people: Vec<&Route> = routes.iter().filter(|route| needed(route).is_none()).collect();
        for route in &for_people {
            assert!(closed(route, &everything), "{} is open to machines", route.operation);
        }
        let mut opened = 0;
        for scope in &all {
            let others: Vec<&str> = all.iter().copied().filter(|other| other != scope).collect();
            let (alone, others) = (machine.token_for(scope), machine.token_for(&others.join(" ")));
            for route in routes.iter().filter(|route| needed(route).as_deref() == Some(*scope)) {
                assert!(closed(route, &others), "{} needs no {scope}", route.operation);
                assert!(route.tells_events() || !closed(route, &alone), "{} with {scope}", route.operation);
                opened += 1;
            }
        }
        assert_eq!(opened + for_people.len(), routes.len());
        assert!(opened > 80, "only {opened} routes are open to machines");
    }

    /// A machine of another agency gets for a case what its officers get: what does not exist.
    fn another_agencys_machine_sees_nothing(world) {
        let all: Vec<&str> = MachineScope::ALL.iter().map(|scope| scope.as_str()).collect();
        let estate = Estate::new(world, House::Kg, House::Kz);
        let machine = Machine::new(world, House::Ru, &["liaison_officer", "case_officer"], &all);
        let own = Machine::new(world, House::Kg, &["liaison_officer"], &all);
        let (token, own_token) = (machine.token(), own.token());
        for route in routes().iter().filter(|route| route.path.contains("{case_id}")) {
            let path = estate.path(route.path, |_| None);
            let ask = |token: &str, path: &str| {
                let request = world.nobody().request(method(route), path).token(token);
                if route.takes_body() { request.json(json!({"no_such_field": 1})) } else { request }
            };
            ask(&token, &path).refused(404, "not-found");
            if route.method == Method::Get {
                ask(&own_token, &path).expect(200);
            }
        }
    }

    /// What is dangerous needs a sign-in of the last quarter of an hour; to stop a machine does not.
    fn letting_one_in_needs_a_recent_sign_in(world) {
        let machine = reader(world);
        let admin = world.agency(House::Kg).admin;
        let session = admin.signs_in();
        world.advance_minutes(14);
        let refreshed = refresh(world, &session.refresh).expect(200).text("access_token");
        world.advance_minutes(1);
        let with = |method: &str, path: &str| world.nobody().request(method, path).token(&refreshed);
        let late = |request: crate::harness::Request| {
            request.json(json!({})).refused(403, "reauthentication-required");
        };
        late(with("POST", "/machine-accounts"));
        late(with("PATCH", &machine.path));
        late(with("POST", &format!("{}/keys", machine.path)));
        with("POST", &format!("{}/deactivate", machine.path)).expect(200);
    }
}
