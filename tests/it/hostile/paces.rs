//! Whoever asks too often waits, and nobody else does; and whose request it is behind a proxy.

use passage::access::Role;

use crate::harness::{Actor, House, World, both};

/// Asks until it is refused, and holds the refusal to the contract.
#[track_caller]
fn asks_too_often(actor: &Actor) {
    let refused = (0..500).find_map(|_| {
        let reply = actor.get("/auth/me").send();
        (reply.status != 200).then_some(reply)
    });
    let refused = refused.expect("there is no limit").expect_code(429, "too-many-requests");
    let seconds: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
}

/// The address of the newest session of `actor`.
fn address_of(actor: &Actor) -> String {
    let sessions = actor.get("/auth/sessions").expect(200);
    sessions.items()[0]["address"].as_str().unwrap().to_owned()
}

both! {
    /// An account that asks too often waits; its colleagues do not, and health is asked as often as one likes.
    fn an_account(world)
        with [("PASSAGE_LIMITS__ACCOUNT_PER_SECOND", "1"), ("PASSAGE_LIMITS__ACCOUNT_BURST", "40")]
    {
        let (aida, bakyt) = (world.speaker(House::Kg), world.officer(House::Kg, Role::CaseOfficer));
        asks_too_often(&aida);
        bakyt.get("/auth/me").expect(200);
        for _ in 0..100 {
            world.nobody().get("/health/ready").expect(200);
        }
    }

    /// So does an agency, whoever of it asks; another agency does not.
    fn an_agency(world)
        with [("PASSAGE_LIMITS__AGENCY_PER_SECOND", "1"), ("PASSAGE_LIMITS__AGENCY_BURST", "40")]
    {
        let (aida, bakyt) = (world.speaker(House::Kg), world.officer(House::Kg, Role::CaseOfficer));
        let yerlan = world.speaker(House::Kz);
        asks_too_often(&aida);
        asks_too_often(&bakyt);
        yerlan.get("/auth/me").expect(200);
    }

    /// Behind a trusted proxy a session shows the client's address, and what the client itself claims does not count.
    fn behind_a_proxy(world) with [("PASSAGE_SERVER__TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.0/8")] {
        let aida = world.speaker(House::Kg);
        assert_eq!(address_of(&aida), "127.0.0.1");
        let login = |claimed: &str| {
            let body = serde_json::json!({"email": aida.email, "password": crate::harness::PASSWORD});
            world.nobody().post("/auth/login").json(body).header("x-forwarded-for", claimed).expect(200);
        };
        world.advance_seconds(1);
        login("192.0.2.7, 198.51.100.1, 10.1.2.3");
        assert_eq!(address_of(&aida), "198.51.100.1");
    }

    /// Without a trusted proxy nobody is believed; failures are counted by the address that one has.
    fn without_a_proxy(world) with [("PASSAGE_IDENTITY__SIGN_IN_FAILURES_PER_ADDRESS_PER_MINUTE", "3")] {
        let aida = world.speaker(House::Kg);
        assert_eq!(address_of(&aida), "127.0.0.1");
        for number in 0..3 {
            let body = serde_json::json!({"email": aida.email, "password": "wrong"});
            let claimed = format!("198.51.100.{number}");
            let request = world.nobody().post("/auth/login").json(body);
            request.header("x-forwarded-for", &claimed).header("forwarded", format!("for={claimed}"))
                .refused(401, "sign-in-failed");
        }
        let body = serde_json::json!({"email": aida.email, "password": "wrong"});
        let request = world.nobody().post("/auth/login").json(body);
        request.header("x-forwarded-for", "198.51.100.9").refused(429, "too-many-requests");
    }
}
