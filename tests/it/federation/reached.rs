//! What a provider may do to the server that calls it, wherever it is called: nothing but answer, briefly.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::door::Door;
use super::invented::Invented;
use super::{asks_providers, ends, never_too_many, why};
use crate::harness::{House, Manner, Reply, Tokens, World, both};
use crate::identity::{me, refresh};

/// Where a provider is called while somebody signs in.
const AT_SIGN_IN: [&str; 4] = ["/.well-known/openid-configuration", "/jwks", "/token", "/userinfo"];
/// An answer is read up to 256 KiB; what is under way in the system's own buffers comes on top.
const MOST_TAKEN: usize = 16 << 20;
/// The server gives a provider five seconds; a busy machine may take longer over it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A provider of an agency whose officer has a session, and which is called at each of its addresses.
fn home(world: &World, house: House, changes: &Value) -> (Invented, Tokens) {
    let home = Invented::new(world, house, changes);
    home.impostor
        .describes("userinfo_endpoint", json!(format!("{}/userinfo", home.impostor.issuer)));
    let tokens = home.officer(world, "officer-1");
    // From now on the roles are not in the ID token: the provider is asked for them.
    home.impostor.lies(|_, claims| {
        claims.as_object_mut().unwrap().remove("groups");
    });
    // Nothing that it said is kept any longer.
    world.advance_minutes(11);
    (home, tokens)
}

/// Somebody signs in while the provider behaves like that at `path`.
fn signs_in(world: &World, home: &Invented, path: &'static str, manner: Manner) -> Reply {
    home.impostor.forgets();
    let reply = if path == AT_SIGN_IN[0] {
        home.impostor.behaves(path, manner);
        home.door.asks_to_start(world, "").beside_others().send()
    } else {
        let begun = home.starts(world);
        home.impostor.behaves(path, manner);
        home.completes(world, &begun).beside_others().send()
    };
    let asked: Vec<String> = home.impostor.heard().into_iter().map(|heard| heard.path).collect();
    assert!(asked.iter().any(|asked| asked == path), "{path} is not among {asked:?}");
    assert_ne!(reply.status, 200, "{path}: {reply}");
    reply
}

/// Said clearly: try again later.
fn is_away(reply: Reply) {
    let reply = reply.expect_code(503, "provider-unavailable");
    assert!(reply.header("retry-after").is_some(), "{reply}");
    assert!(reply.text("detail").contains("does not answer"), "{reply}");
}

/// The session goes on, and nobody's account is touched.
fn nothing_has_happened(world: &World, home: &Invented, tokens: &Tokens) -> Tokens {
    let tokens = Tokens::of(&refresh(world, &tokens.refresh).beside_others().expect(200));
    let id = me(world, &tokens.access).expect(200).text("id");
    let row = world.agency(home.door.house).admin.get(format!("/users/{id}")).expect(200);
    assert_eq!(
        (&row.json["status"], &row.json["roles"]),
        (&json!("active"), &json!(["case_officer"]))
    );
    assert!(ends(world).is_empty(), "{:?}", ends(world));
    tokens
}

both! {
    /// Requirement 13: nobody is followed elsewhere, from no address of a provider.
    fn a_redirect_is_not_followed(world) tuned never_too_many {
        let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
        let to = format!("http://{}/latest/meta-data/", elsewhere.local_addr().unwrap());
        for path in AT_SIGN_IN {
            let (home, tokens) = home(world, House::Kg, &json!({}));
            signs_in(world, &home, path, Manner::Redirects(to.clone()));
            nothing_has_happened(world, &home, &tokens);
        }
        for (recheck, path) in [("refresh", "/token"), ("introspection", "/introspect")] {
            let (home, tokens) = home(world, House::Kg, &json!({"recheck": recheck}));
            home.impostor.behaves(path, Manner::Redirects(to.clone()));
            assert_eq!(asks_providers(world), 0);
            nothing_has_happened(world, &home, &tokens);
        }
        elsewhere.set_nonblocking(true).unwrap();
        assert!(elsewhere.accept().is_err(), "somebody was sent there");
    }

    /// Requirement 13: no more is read than an answer may have, of a body or a head.
    fn what_never_ends_is_given_up(world) tuned never_too_many {
        type Endless = fn(Arc<AtomicUsize>) -> Manner;
        for endless in [Manner::NeverEnds as Endless, Manner::HeadNeverEnds] {
            for path in AT_SIGN_IN {
                let (home, tokens) = home(world, House::Kg, &json!({}));
                let taken = Arc::new(AtomicUsize::new(0));
                signs_in(world, &home, path, endless(taken.clone()));
                let taken = taken.load(Ordering::SeqCst);
                assert!(taken < MOST_TAKEN, "{taken} bytes of {path} were taken");
                nothing_has_happened(world, &home, &tokens);
            }
            for (recheck, path) in [("refresh", "/token"), ("introspection", "/introspect")] {
                let (home, tokens) = home(world, House::Kg, &json!({"recheck": recheck}));
                let taken = Arc::new(AtomicUsize::new(0));
                home.impostor.behaves(path, endless(taken.clone()));
                assert_eq!(asks_providers(world), 0);
                let taken = taken.load(Ordering::SeqCst);
                assert!(taken > 0 && taken < MOST_TAKEN, "{taken} bytes of {path} were taken");
                nothing_has_happened(world, &home, &tokens);
            }
        }
    }

    /// Requirements 13, 20: a provider that takes what it is asked and never answers is given up after a while, and is said
    /// to be away; nobody is deactivated, no session ends. Everything goes on when it is back.
    fn who_says_nothing_is_away(world) tuned never_too_many {
        let homes: Vec<_> = AT_SIGN_IN.map(|path| (path, home(world, House::Kg, &json!({})))).into();
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for (path, (home, _)) in &homes {
                scope.spawn(|| is_away(signs_in(world, home, path, Manner::SaysNothing)));
            }
        });
        assert_eq!(why(world), "provider_down");
        let asked = home(world, House::Kg, &json!({"recheck": "introspection"}));
        asked.0.impostor.behaves("/introspect", Manner::SaysNothing);
        assert_eq!(asks_providers(world), 0);
        assert!(begun.elapsed() < PATIENCE, "it took {:?}", begun.elapsed());
        let (_, (home, tokens)) = &homes[2];
        let tokens = nothing_has_happened(world, home, tokens);
        nothing_has_happened(world, &asked.0, &asked.1);
        // Silent for an hour: no new tokens until it is back, and that is said.
        world.advance_minutes(50);
        is_away(refresh(world, &tokens.refresh).send());
        assert!(ends(world).is_empty(), "{:?}", ends(world));
        home.impostor.behaves_well();
        nothing_has_happened(world, home, &tokens);
    }

    /// Requirement 13: where providers on this machine are not allowed, a name that stands for this machine is not called,
    /// nor anything that is no public address or goes without TLS; where the operator lists hosts, no others are.
    fn only_public_addresses_are_called(world)
        with [("PASSAGE_IDENTITY__FEDERATION_LOOPBACK_HTTP", "false")] tuned never_too_many
    {
        let inner = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = inner.local_addr().unwrap().port();
        let home = |issuer: String| world.agency(House::Kg).admin.connects_provider(&json!({"issuer": issuer})).id();
        let id = home(format!("https://localhost:{port}"));
        let door = Door { id, house: House::Kg };
        door.is_confirmed(world);
        is_away(door.asks_to_start(world, "").send());
        for issuer in [
            format!("http://127.0.0.1:{port}"), format!("https://127.0.0.1:{port}"), format!("https://[::1]:{port}"),
            "http://login.example.kg".to_owned(), "https://10.0.0.1".to_owned(), "https://169.254.169.254".to_owned(),
        ] {
            let admin = world.agency(House::Kg).admin;
            let body = json!({"name": "x", "issuer": issuer, "client_id": "passage"});
            let refused = admin.post(format!("/agencies/{}/identity-providers", admin.agency)).json(body);
            let refused = refused.refused(422, "validation-failed");
            assert!(refused.pointers().contains(&"/issuer"), "{refused}");
        }
        inner.set_nonblocking(true).unwrap();
        assert!(inner.accept().is_err(), "somebody called an address of this machine");
    }

    /// Requirement 13: a host that the operator lists is called, also inside of the own network; others are not.
    fn where_hosts_are_listed_no_others_are_called(world)
        with [("PASSAGE_IDENTITY__FEDERATION_LOOPBACK_HTTP", "false"), ("PASSAGE_IDENTITY__FEDERATION_HOSTS", "localhost")]
        tuned never_too_many
    {
        let inner = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = inner.local_addr().unwrap().port();
        let admin = world.agency(House::Kg).admin;
        let id = admin.connects_provider(&json!({"issuer": format!("https://localhost:{port}")})).id();
        let door = Door { id, house: House::Kg };
        door.is_confirmed(world);
        // It speaks no TLS.
        let caller = std::thread::spawn(move || inner.accept().map(drop));
        is_away(door.asks_to_start(world, "").beside_others().send());
        caller.join().unwrap().expect("somebody called");
        let body = json!({"name": "x", "issuer": "https://login.example.kg", "client_id": "passage"});
        let refused = admin.post(format!("/agencies/{}/identity-providers", admin.agency)).json(body);
        let refused = refused.refused(422, "validation-failed");
        assert!(refused.pointers().contains(&"/issuer"), "{refused}");
    }
}
