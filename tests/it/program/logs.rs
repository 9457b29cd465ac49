//! No secret is in the log, whatever happens and however much is logged.

use passage::access::Role;
use serde_json::{Value, json};

use crate::federation::Invented;
use crate::harness::{
    Actor, Authenticator, Backend, Directory, House, Machine, PASSWORD, PasskeyDevice, Postbox,
    Program, Reply, Tokens, World,
};
use crate::identity::{login, me, opened_by, refresh};

/// What no honest answer holds, and what a log would tell of it.
const LEAKED: &str = "a-token-that-the-provider-gave-away-by-mistake";
/// What the server shares with the provider.
const SHARED: &str = "a-secret-that-is-shared-with-the-provider";

fn add(world: &World, secrets: &[&str]) {
    for secret in secrets {
        world.secrets().add(secret);
    }
}

/// Somebody signs in by password, goes on, and does so with a token of before; guesses at others come to nothing.
fn by_password(world: &World, officer: &Actor) {
    let tokens = officer.signs_in();
    let next = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
    refresh(world, &next.refresh).expect(200);
    refresh(world, &tokens.refresh).refused(401, "invalid-refresh-token");
    me(world, &tokens.access).refused(401, "unauthenticated");
    login(world, &officer.email, "nearly correct horse battery").refused(401, "sign-in-failed");
    login(world, "nobody.at.all@kg.example", "a password of nobody").refused(401, "sign-in-failed");
    me(world, &format!("{}tampered", tokens.access)).refused(401, "unauthenticated");
    let basic = world
        .nobody()
        .get("/auth/me")
        .header("authorization", "Basic b2ZmaWNlcjpzZWNyZXQtb2Ytb2ZmaWNlcg==");
    basic.refused(401, "unauthenticated");
    // Bodies and addresses that are none, with something in them.
    let broken = r#"{"email": "officer@kg.example", "password": "a-password-in-a-broken-body"#;
    add(
        world,
        &["a-password-in-a-broken-body", "a-token-in-an-address", "a-field-that-nobody-knows"],
    );
    world.nobody().post("/auth/login").body("application/json", broken).send();
    world
        .nobody()
        .post("/auth/login")
        .json(json!({"email": 5, "password": ["a-field-that-nobody-knows"]}))
        .send();
    world.nobody().get("/auth/me?access_token=a-token-in-an-address").send();
    world.nobody().get("/a-token-in-an-address/nowhere").off_contract().send();
}

/// Somebody signs in with a device, and with a recovery code.
fn by_device(world: &World, officer: &Actor) {
    let device = Authenticator::of(officer);
    add(world, &[&device.secret]);
    let with = |otp: &str| {
        let body = json!({"email": officer.email, "password": PASSWORD, "otp": otp});
        world.nobody().post("/auth/login").json(body).send().status
    };
    assert_eq!(with(&device.shows(1)), 200);
    assert_eq!(with(&device.codes[0]), 200);
    assert!(with("000000") >= 400 && with("aaaaa-aaaaa-aaaaa") >= 400);
}

/// Somebody signs in with a passkey.
fn by_passkey(world: &World, officer: &Actor) {
    let passkey = PasskeyDevice::of(officer);
    let challenge = world.nobody().get("/auth/passkeys/challenges/request").expect(200);
    let credential = passkey.answers(&challenge.json["options"], |_| ());
    let body = json!({"challenge": challenge.text("challenge"), "credential": credential});
    world.nobody().post("/auth/passkeys/sign-in").json(&body).expect(200);
    world.nobody().post("/auth/passkeys/sign-in").json(&body).expect(401);
}

/// Somebody asks for a letter that opens the account, and follows it.
fn by_letter(world: &World, officer: &Actor, postbox: &Postbox) {
    world.nobody().post("/auth/password-resets").json(json!({"email": officer.email})).expect(202);
    let begun = std::time::Instant::now();
    let token = loop {
        let mails = postbox.empty();
        if let Some(mail) =
            mails.iter().find(|mail| mail.to == officer.email && mail.whole.contains("/reset"))
        {
            break opened_by(mail, "/reset-password");
        }
        assert!(begun.elapsed().as_secs() < 60, "no letter came");
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    let body = json!({"token": token, "password": "seven otters cross the river"});
    world.nobody().post("/auth/password-resets/accept").json(&body).expect(204);
    world.nobody().post("/auth/password-resets/accept").json(&body).send();
}

/// Somebody signs in through a provider, which then says one thing after the other that cannot be read.
fn by_provider(world: &World) {
    let home = Invented::new(
        world,
        House::Kg,
        &json!({
            "token_auth": "client_secret_basic", "client_secret": SHARED, "recheck": "refresh",
        }),
    );
    home.impostor.answers_refreshes(200, &json!({
        "access_token": "the-second-access-token-of-the-provider", "refresh_token": "the-second-refresh-token-there",
    }).to_string());
    home.officer(world, "officer-1");
    add(
        world,
        &[
            "a-refresh-token-of-the-provider",
            "the-second-access-token-of-the-provider",
            "the-second-refresh-token-there",
            LEAKED,
        ],
    );
    let refused = |reply: Reply| assert!([401, 503].contains(&reply.status), "{reply}");
    for (status, body) in [
        (200, format!(r#"{{"access_token": "{LEAKED}", "id_token": "#)),
        (
            200,
            format!(
                r#"{{"access_token": "{LEAKED}", "id_token": 7, "refresh_token": ["{LEAKED}"]}}"#
            ),
        ),
        (
            200,
            format!(r#"{{"access_token": "{LEAKED}", "id_token": "{LEAKED}.{LEAKED}.{LEAKED}"}}"#),
        ),
        (200, format!("<html>{LEAKED}</html>")),
        (200, format!(r#""{LEAKED}""#)),
        (400, format!(r#"{{"error": "{LEAKED}", "error_description": "{LEAKED}"}}"#)),
        (500, LEAKED.to_owned()),
    ] {
        home.impostor.answers_codes(None);
        let tokens = Tokens::of(&home.signs_in(world).expect(200));
        home.impostor.answers_codes(Some((status, &body)));
        refused(home.signs_in(world).send());
        // And when a session goes on: as if it had not been asked about for a while.
        home.impostor.answers_refreshes(status, &body);
        let earlier = world.probe().earlier("checked_at", 6 * 60);
        let changed = format!(
            "UPDATE federated_sessions SET checked_at = {earlier}, claimed_until = {earlier}"
        );
        world.probe().execute(&changed).unwrap();
        refresh(world, &tokens.refresh).send();
    }
    home.impostor.answers_codes(None);
    home.impostor.lies(|head, claims| {
        head["kid"] = json!(LEAKED);
        claims["aud"] = json!(LEAKED);
    });
    let begun = home.starts(world);
    refused(home.completes(world, &begun).send());
    refused(
        home.door
            .comes_back(world, &begun.cookie, &format!("?state={LEAKED}&code={LEAKED}"))
            .send(),
    );
    home.door.logs_out(world, &home.logout_token(world, "1", |_, _| {})).send();
    home.door.logs_out(world, LEAKED).refused(400, "logout-token-refused");
    let unknown = Invented::new(world, House::Kg, &json!({}));
    unknown.impostor.describes("issuer", json!(LEAKED));
    refused(unknown.door.asks_to_start(world, "").send());
    for heard in home.impostor.heard() {
        let sent = [("authorization", heard.authorization.as_str())];
        world.secrets().saw("", sent.into_iter(), heard.body.as_bytes());
        world.secrets().saw("", std::iter::empty(), heard.told.as_bytes());
    }
}

/// A directory brings somebody in, and another ministry's system asks for a token.
fn by_others(world: &World) {
    let directory = Directory::new(world, House::Kz);
    let id = directory
        .brings("marat.of.astana", "a-subject-of-the-provider", &json!({}))
        .expect(201)
        .id();
    directory.lets(&id, false).expect(200);
    directory.get("/Users").token(&format!("{}x", directory.token)).expect(401);
    directory.sends("POST", "/Users", &Value::from(LEAKED)).send();
    let machine = Machine::new(world, House::Kz, &["case_officer"], &["cases.read"]);
    let assertion = machine.assertion();
    let token = machine.asks(&assertion, None).expect(200).text("access_token");
    world.nobody().get("/cases").token(&token).expect(200);
    machine.asks(&assertion, None).expect(401);
    machine.asks(LEAKED, Some(LEAKED)).send();
}

/// The whole log of a day, by `format`, is searched for everything that was in play.
fn nothing_is_in_the_log(backend: Backend, format: &str) {
    let Some(postbox) = Postbox::start(module_path!()) else { return };
    let server = format!("127.0.0.1:{}", postbox.port);
    let settings = [
        ("PASSAGE_LOG__FILTER", "trace"),
        ("PASSAGE_LOG__FORMAT", format),
        ("PASSAGE_MAIL__SERVER", server.as_str()),
        ("PASSAGE_MAIL__SECURITY", "none"),
        ("PASSAGE_MAIL__INTERVAL_SECONDS", "1"),
        ("PASSAGE_IDENTITY__SIGN_IN_FAILURES_PER_ADDRESS_PER_MINUTE", "10000"),
    ];
    World::play_by_program(
        backend,
        module_path!(),
        &settings,
        |world: &World, program: &Program| {
            let officer = || world.another_officer(House::Kg, Role::CaseOfficer);
            by_password(world, &officer());
            by_device(world, &officer());
            by_passkey(world, &officer());
            by_letter(world, &officer(), &postbox);
            by_provider(world);
            by_others(world);
            let asked = world
                .nobody()
                .get("/health/ready")
                .header("x-request-id", "what-the-log-does-tell")
                .expect(200);
            assert_eq!(asked.header("x-request-id"), Some("what-the-log-does-tell"));
            program.ends();
            let log = program.log();
            let mut secrets = world.secrets();
            assert!(secrets.count() > 150, "{} secrets were in play", secrets.count());
            let found = secrets.in_log(&log);
            assert!(
                found.is_empty(),
                "{} secrets are in the log:\n{}",
                found.len(),
                found.join("\n")
            );
            // What is there is found.
            secrets.add("what-the-log-does-tell");
            assert_eq!(secrets.in_log(&log).len(), 1);
            for told in [
                "starting new connection",
                "answered",
                "access token refused",
                "nobody can sign in there now",
            ] {
                assert!(log.contains(told), "the log does not tell {told:?}");
            }
            assert!(!log.contains("TRACE"), "what libraries say in a whisper is not for a log");
        },
    );
}

#[test]
fn in_text_on_sqlite() {
    nothing_is_in_the_log(Backend::Sqlite, "text");
}

#[test]
fn in_json_on_sqlite() {
    nothing_is_in_the_log(Backend::Sqlite, "json");
}

#[test]
fn in_text_on_postgres() {
    nothing_is_in_the_log(Backend::Postgres, "text");
}

#[test]
fn in_json_on_postgres() {
    nothing_is_in_the_log(Backend::Postgres, "json");
}
