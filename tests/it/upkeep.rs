//! What the server does beside its answers: it lets go of what is kept for a while, and looks at who asks once more.

use std::io::Write as _;
use std::sync::Arc;

use passage::access::{Caller, Context, Role};
use passage::answer::Answer;
use passage::error::{Error, codes};
use passage::http::{App, Call, Holder};
use passage::journal::event::Change;
use passage::upkeep;
use serde_json::{Value, json};

use crate::harness::{Actor, Authenticator, Case, House, PASSWORD, World, block_on, both};

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
    given(app, actor, operation, path, None)
}

/// What `app` answers `actor`, who sends `body`.
fn given(
    app: &App,
    actor: &Actor,
    operation: &str,
    path: &[(&str, String)],
    body: Option<&Value>,
) -> String {
    let routes = passage::routes::routes(&Arc::new(passage::routes::contract()));
    let route = routes.iter().find(|route| route.operation == operation).unwrap();
    let call = Call::inside(context(actor), path, body);
    block_on(route.perform(app.clone(), call)).expect("it can be read").body.unwrap()
}

/// How many identifiers stand under a key.
fn under(world: &World, key: i32) -> usize {
    let query = format!("SELECT kind AS line FROM identifiers WHERE mark_key = {key}");
    world.probe().lines(&query).len()
}

both! {
    /// A new key takes over: what stood under the former one is read on, and sealed anew.
    fn keys_are_changed_without_losing_anything(world) {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        let before = consignments(world.app(), &aida, &case);
        assert!(before.contains("CSQU3054383"));
        assert_eq!((under(world, 1), under(world, 2)), (1, 0));
        let phone = json!({"kind": "phone", "value": "+996700123456", "note": "Seen at the warehouse"});
        let watch = aida.post("/deconfliction/watches").json(phone).expect(201);

        let device = Authenticator::of(&aida);

        let config = (*world.app().config).clone();
        let keys = config.identifier_keys_file();
        let line = format!("2 {}\n", "A".repeat(43));
        std::fs::OpenOptions::new().append(true).open(keys).unwrap().write_all(line.as_bytes()).unwrap();
        let restarted = passage::app::build(config, world.app().clock.clone()).unwrap();
        assert_eq!(consignments(&restarted, &aida, &case), before, "the former key still opens");
        let sealed = block_on(upkeep::change_keys(&restarted.db, &restarted.clock));
        assert_eq!(sealed.expect("keys are changed"), 3);
        let login = json!({"email": aida.email, "password": PASSWORD, "otp": device.shows(1)});
        given(&restarted, &aida, "login", &[], Some(&login));
        assert_eq!(asked(&restarted, &aida, "get_watch", &[("watch_id", watch.id())]), String::from_utf8(watch.body.clone()).unwrap());
        assert_eq!((under(world, 1), under(world, 2)), (0, 1));
        assert_eq!(consignments(&restarted, &aida, &case), before, "and so does the new one");
        let again = block_on(upkeep::change_keys(&restarted.db, &restarted.clock));
        assert_eq!(again.expect("nothing is left"), 0);
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
