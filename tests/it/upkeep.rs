//! What the server does beside its answers: it lets go of what is kept for a while, and looks at who asks once more.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use passage::access::{Caller, Context, Role};
use passage::answer::Answer;
use passage::config::Config;
use passage::error::{Error, codes};
use passage::http::{App, Call, Holder};
use passage::identity::federation::recheck;
use passage::journal::event::Change;
use passage::upkeep;
use serde_json::{Value, json};

use crate::federation::{Invented, never_too_many};
use crate::harness::{Actor, Authenticator, Case, House, PASSWORD, World, block_on, both};
use crate::stories::mail::mails;

fn round(world: &World) -> usize {
    block_on(upkeep::round(&world.app().db, &world.app().clock)).expect("upkeep goes through")
}

/// What surrounds a request of `actor` as he or she is now.
fn context(actor: &Actor) -> Context {
    let world = actor.world();
    let app = world.app();
    let claims = app.tokens.verify(&actor.token(), world.now()).unwrap();
    let (resolve, holder) = (app.resolve, Holder::from(&claims));
    let mut context = Context::of_command("tests", world.now());
    let found = app.db.read(&context, move |view| resolve(view, holder, 600));
    let resolved = block_on(found).unwrap().expect("the officer is known");
    context.caller = Caller::Officer(resolved.officer);
    context
}

/// What a write answers that arrived while `actor` was still as now.
fn waiting_write(actor: &Actor, meanwhile: impl FnOnce()) -> Result<Answer, Error> {
    let world = actor.world();
    let call = Call::inside(context(actor), &[], None);
    meanwhile();
    let app = world.app();
    block_on(app.write(call, |_, _| Ok(Change::Unchanged(Answer::empty()))))
}

/// The consignments of a case, as `app` reads them for `actor`.
fn consignments(app: &App, actor: &Actor, case: &Case) -> String {
    asked(app, actor, "list_consignments", &[("case_id", case.id.clone())])
}

/// What `app` answers `actor`.
fn asked(app: &App, actor: &Actor, operation: &str, path: &[(&str, String)]) -> String {
    given(app, context(actor), operation, path, None)
}

/// What `app` answers to a request in that context, which sends `body`.
fn given(
    app: &App,
    context: Context,
    operation: &str,
    path: &[(&str, String)],
    body: Option<&Value>,
) -> String {
    let routes = passage::routes::routes(&Arc::new(passage::routes::contract()));
    let route = routes.iter().find(|route| route.operation == operation).unwrap();
    let call = Call::inside(context, path, body);
    block_on(route.perform(app.clone(), call)).expect("it can be read").body.unwrap()
}

/// How many identifiers stand under a key.
fn under(world: &World, key: i32) -> usize {
    let query = format!("SELECT kind AS line FROM identifiers WHERE mark_key = {key}");
    world.probe().lines(&query).len()
}

/// The statement by which docs/operations.md has an operator look whether a former key may go, for the new key `number`.
fn left_under_former_keys(number: i32) -> String {
    let page = include_str!("../../docs/operations.md");
    let from = page.find("SELECT 'identifiers'").expect("the page says what to look at");
    let query = &page[from..];
    let query = query[..query.find(';').unwrap()].replace("< N", &format!("< {number}"));
    format!(
        "WITH found (what, many) AS ({query}) SELECT what || ': ' || many AS line FROM found ORDER BY what"
    )
}

/// The tables of which a row says under which key it stands.
fn tables_under_keys() -> Vec<&'static str> {
    let schema = include_str!("../../src/db/schema.rs");
    let tables = schema
        .split("diesel::table! {")
        .filter(|table| table.contains(" seal_key ->") || table.contains(" mark_key ->"));
    tables.filter_map(|table| table.split_once(" (")?.0.split_whitespace().last()).collect()
}

/// Keeps one of everything that stands sealed in the database.
struct Sealed {
    aida: Actor,
    case: Case,
    consignments: String,
    watch: Value,
    officer: Actor,
    device: Authenticator,
    home: Invented,
    invitation: (String, String),
}

/// Letters are written, and nobody waits for anything.
fn mailed(config: &mut Config) {
    mails(config);
    never_too_many(config);
}

/// What the provider is asked with.
const SHARED: &str = "what-kg-shares-with-its-provider";

impl Sealed {
    fn new(world: &World) -> Self {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        let consignments = consignments(world.app(), &aida, &case);
        assert!(consignments.contains("CSQU3054383"));
        let phone =
            json!({"kind": "phone", "value": "+996700123456", "note": "Seen at the warehouse"});
        let watch = aida.post("/deconfliction/watches").json(phone).expect(201).json;
        let secret = json!({"token_auth": "client_secret_basic", "client_secret": SHARED});
        let home = Invented::new(world, House::Kg, &secret);
        home.officer(world, "officer-1");
        let officer = world.officer(House::Kg, Role::CaseOfficer);
        let device = Authenticator::of(&officer);
        let account =
            json!({"email": "late@kg.example", "full_name": "Late", "roles": ["case_officer"]});
        let made = world.agency(House::Kg).admin.post("/users").json(account).expect(201);
        let invitation = ("late@kg.example".to_owned(), made.text("invitation_token"));
        Self { aida, case, consignments, watch, officer, device, home, invitation }
    }

    /// All of it is there for `app`, but for what only the provider is shown.
    fn opens(&self, world: &World, app: &App, steps: i64) {
        assert_eq!(consignments(app, &self.aida, &self.case), self.consignments);
        let watch = [("watch_id", self.watch["id"].as_str().unwrap().to_owned())];
        let watch: Value =
            serde_json::from_str(&asked(app, &self.aida, "get_watch", &watch)).unwrap();
        assert_eq!(watch, self.watch);
        let login = json!({"email": self.officer.email, "password": PASSWORD, "otp": self.device.shows(steps)});
        let mut nobody = Context::of_command("tests", world.now());
        nobody.caller = Caller::Nobody;
        given(app, nobody, "login", &[], Some(&login));
    }

    /// `app` asks the provider with what both of them share, and with what the provider gave. What the provider gives in
    /// turn is sealed under the newest key, whatever stood there.
    fn asks_the_provider(&self, world: &World, app: &App) {
        self.home.impostor.forgets();
        world.advance_minutes(11);
        assert_eq!(block_on(recheck::pass(app)).expect("the provider is asked"), 0);
        let asked = self.home.impostor.heard();
        let pair = STANDARD.encode(format!("passage:{SHARED}"));
        let refresh = asked.iter().find(|asked| asked.path == "/token").expect("it was asked");
        assert_eq!(refresh.authorization, format!("Basic {pair}"));
        assert!(refresh.body.contains("refresh_token="), "{}", refresh.body);
    }
}

both! {
    /// A new key takes over: what stood under the former one is read on, and sealed anew; then the former one may go. What
    /// the manual has an operator look at shows it, of every table.
    fn keys_are_changed_without_losing_anything(world) tuned mailed {
        let sealed = Sealed::new(world);
        assert_eq!((under(world, 1), under(world, 2)), (1, 0));
        let left = left_under_former_keys(2);
        let mut tables = tables_under_keys();
        tables.sort_unstable();
        assert_eq!(tables, ["federated_sessions", "identifiers", "identity_providers", "letters", "totp_factors", "watches"]);
        for table in &tables {
            assert!(left.contains(&format!("FROM {table}")), "the manual forgets {table}");
        }
        let found = world.probe().lines(&left);
        assert!(found.len() == tables.len() && found.iter().all(|line| !line.ends_with(" 0")), "{found:?}");

        let config = (*world.app().config).clone();
        let keys = config.identifier_keys_file();
        let former = std::fs::read_to_string(&keys).unwrap();
        let line = format!("2 {}\n", "A".repeat(43));
        std::fs::write(&keys, format!("{former}{line}")).unwrap();
        let restarted = passage::app::build(config.clone(), world.app().clock.clone()).unwrap();
        sealed.opens(world, &restarted, 1);
        assert!(block_on(upkeep::change_keys(&restarted.db, &restarted.clock)).expect("keys are changed") > 0);
        assert_eq!((under(world, 1), under(world, 2)), (0, 1));
        let found = world.probe().lines(&left);
        assert!(found.iter().all(|line| line.ends_with(" 0")), "{found:?}");
        let again = block_on(upkeep::change_keys(&restarted.db, &restarted.clock));
        assert_eq!(again.expect("nothing is left"), 0);
        drop(restarted);

        std::fs::write(&keys, line).unwrap();
        let without = passage::app::build(config, world.app().clock.clone()).unwrap();
        world.advance_seconds(60);
        sealed.opens(world, &without, 0);
        sealed.asks_the_provider(world, &without);
        let (address, token) = &sealed.invitation;
        assert_eq!(&world.mailed_token_by(&without, address), token);
    }

    /// Answers under keys go after a day, refresh tokens with their session; nothing goes before its time.
    fn what_is_kept_for_a_while_is_let_go(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        let body = json!({"kind": "stopped", "occurred_at": world.minutes_from_now(-5)});
        aida.post(case.at("/milestones")).key("night-7").json(&body).expect(201);
        let (keys, tokens) = {
            let mut probe = world.probe();
            (probe.count("idempotency_keys"), probe.count("refresh_tokens"))
        };
        assert!(keys >= 1 && tokens >= 1, "{keys} answers and {tokens} tokens are kept");
        assert_eq!(round(world), 0);

        world.advance_minutes(24 * 60 + 1);
        assert_eq!(round(world), usize::try_from(keys).unwrap());
        assert_eq!(world.probe().count("idempotency_keys"), 0);
        assert_eq!(world.probe().count("refresh_tokens"), tokens);

        world.advance_minutes(365 * 24 * 60);
        assert!(round(world) > 0);
        assert_eq!(world.probe().count("refresh_tokens"), 0);
        assert_eq!(round(world), 0);
    }

    /// A write that waits for its turn does nothing for a session that has ended meanwhile.
    fn a_write_that_waited_is_not_done_for_an_ended_session(world) {
        let aida = world.speaker(House::Kg);
        waiting_write(&aida, || ()).expect("nothing has happened meanwhile");
        let refused = waiting_write(&aida, || {
            aida.post("/auth/logout").expect(204);
        });
        assert_eq!(refused.expect_err("the session has ended").code(), &codes::UNAUTHENTICATED);
    }

    /// Nor for an account that may less, or no longer anything.
    fn a_write_that_waited_is_judged_by_the_account_as_it_is(world) {
        let admin = world.agency(House::Kg).admin;
        let officer = world.another_officer(House::Kg, Role::CaseOfficer);
        let path = format!("/users/{}", officer.id);
        let changed = waiting_write(&officer, || {
            let etag = admin.get(&path).expect(200).etag();
            let body = json!({"roles": ["liaison_officer", "case_officer"]});
            admin.patch(&path).if_match(&etag).json(&body).expect(200);
            world.speaker(House::Kg).post(format!("{path}/confirm")).expect(200);
        });
        assert_eq!(changed.expect_err("the roles have changed").code(), &codes::UNAVAILABLE);
        let refused = waiting_write(&officer, || {
            admin.post(format!("{path}/deactivate")).expect(200);
        });
        assert_eq!(refused.expect_err("the account is closed").code(), &codes::UNAUTHENTICATED);
    }
}
