//! Agencies, accounts and sessions over HTTP, on a server of each test's own: on `SQLite`, and on `PostgreSQL` where
//! `PASSAGE_TEST_POSTGRES_URL` names a server on which databases can be made.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use diesel::{Connection, QueryDsl, RunQueryDsl};
use passage::access::Context;
use passage::clock::{Clock, Instant, ManualClock};
use passage::config::Config;
use passage::db::schema::journal_entries;
use passage::http::App;
use passage::identity::bootstrap::create_system_admin;
use serde_json::{Value, json};
use tempfile::TempDir;

const PASSWORD: &str = "a long and quiet password";
const NOBODYS_ID: &str = "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11";

struct Server {
    url: String,
    app: App,
    clock: Arc<ManualClock>,
    agent: ureq::Agent,
    _files: TempDir,
}

struct Said {
    status: u16,
    body: Value,
    etag: String,
    location: String,
    retry_after: String,
}

impl Server {
    fn start(database: &str, change: impl FnOnce(&mut Config)) -> Self {
        let files = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.server.listen = "127.0.0.1:0".parse().unwrap();
        config.server.workers = 2;
        files.path().clone_into(&mut config.server.data_dir);
        config.database.url = match database {
            "sqlite" => format!("sqlite:{}/passage.db", files.path().display()).parse().unwrap(),
            url => url.parse().unwrap(),
        };
        config.identity.argon2.memory_kib = 64;
        config.identity.argon2.iterations = 1;
        change(&mut config);
        let start = "2026-11-23T12:00:00Z".parse::<Instant>().unwrap();
        let clock = Arc::new(ManualClock::new(start));
        let (tell, told) = channel();
        let shared = clock.clone();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let bound = passage::app::bind(config, shared).unwrap();
                tell.send((bound.address, bound.app.clone())).unwrap();
                bound.run().await.unwrap();
            });
        });
        let (address, app) = told.recv().unwrap();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .into();
        Self { url: format!("http://{address}/api/v1"), app, clock, agent, _files: files }
    }

    fn send(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> Said {
        self.send_with(method, path, token, body, &[])
    }

    fn send_with(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Said {
        let mut request =
            ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let text = body.map(|body| body.to_string()).unwrap_or_default();
        if !text.is_empty() {
            request = request.header("content-type", "application/json");
        }
        let mut response = self.agent.run(request.body(text).unwrap()).unwrap();
        let header = |name: &str| {
            response.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        let (etag, location) = (header("etag"), header("location"));
        let retry_after = header("retry-after");
        let text = response.body_mut().read_to_string().unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Said { status: response.status().as_u16(), body, etag, location, retry_after }
    }

    fn get(&self, path: &str, token: &str) -> Said {
        self.send("GET", path, token, None)
    }

    fn post(&self, path: &str, token: &str, body: Value) -> Said {
        self.send("POST", path, token, Some(body))
    }

    fn act(&self, path: &str, token: &str) -> Said {
        self.send("POST", path, token, None)
    }

    /// Changes what stands at `path`, in the version that stands there.
    fn patch(&self, path: &str, token: &str, body: Value) -> Said {
        let etag = self.get(path, token).etag;
        self.send_with("PATCH", path, token, Some(body), &[("if-match", &etag)])
    }

    fn login(&self, email: &str, password: &str) -> Said {
        self.post("/auth/login", "", json!({"email": email, "password": password}))
    }

    fn tokens(&self, email: &str) -> (String, String) {
        let said = self.login(email, PASSWORD);
        assert_eq!(said.status, 200, "{}", said.body);
        assert_eq!(said.body["token_type"], "Bearer");
        assert_eq!(said.body["expires_in"], 600);
        (text(&said, "access_token"), text(&said, "refresh_token"))
    }

    fn token(&self, email: &str) -> String {
        self.tokens(email).0
    }

    fn refresh(&self, token: &str) -> Said {
        self.post("/auth/refresh", "", json!({"refresh_token": token}))
    }

    /// The first system admin's access token.
    fn root(&self) -> String {
        let (app, now) = (self.app.clone(), self.clock.now());
        actix_web::rt::System::new().block_on(async move {
            let make = |email| {
                create_system_admin(&app.db, &app.passwords, now, email, "Root", PASSWORD.into())
            };
            make("root@operator.example").await.unwrap();
            let again = make("Root@operator.example").await.unwrap_err();
            assert_eq!(again.code().name, "duplicate");
        });
        self.token("root@operator.example")
    }

    fn agency(&self, root: &str, short: &str, country: &str) -> String {
        let said = self.post("/agencies", root, agency(short, country));
        assert_eq!(said.status, 201, "{}", said.body);
        text(&said, "id")
    }

    /// Makes an account and sets its password.
    fn user(&self, by: &str, email: &str, role: &str, agency: Option<&str>) -> String {
        let mut body = account(email, &[role]);
        if let Some(agency) = agency {
            body["agency_id"] = json!(agency);
        }
        let said = self.post("/users", by, body);
        assert_eq!(said.status, 201, "{}", said.body);
        let accept = json!({"token": said.body["invitation_token"], "password": PASSWORD});
        assert_eq!(self.post("/auth/invitations/accept", "", accept).status, 204);
        text(&said, "id")
    }

    /// An agency with an admin and a liaison officer: its id and their tokens.
    fn staffed(&self, root: &str, short: &str, country: &str) -> (String, String, String) {
        let agency = self.agency(root, short, country);
        let admin = format!("admin@{short}.example");
        let liaison = format!("liaison@{short}.example");
        self.user(root, &admin, "agency_admin", Some(&agency));
        let admin = self.token(&admin);
        self.user(&admin, &liaison, "liaison_officer", None);
        (agency, admin, self.token(&liaison))
    }
}

fn agency(short: &str, country: &str) -> Value {
    json!({
        "name": format!("The {short}"), "short_name": short, "kind": "national", "branch": "customs",
        "country": country, "time_zone": "Asia/Bishkek", "languages": ["ky", "ru"],
        "contact_point": {"phone": "+996 312 123456", "email": "duty@example.kg", "hours": "24/7"}
    })
}

fn account(email: &str, roles: &[&str]) -> Value {
    json!({"email": email, "full_name": "Somebody", "roles": roles})
}

fn text(said: &Said, name: &str) -> String {
    said.body[name].as_str().unwrap_or_else(|| panic!("{}", said.body)).to_owned()
}

fn code(said: &Said) -> (u16, &str) {
    (said.status, said.body["code"].as_str().unwrap_or_default())
}

fn pointers(said: &Said) -> Vec<&str> {
    said.body["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect()
}

/// Runs a story on each database that there is.
fn on_each_database(story: impl Fn(Server)) {
    story(Server::start("sqlite", |_| ()));
    let Ok(server) = std::env::var("PASSAGE_TEST_POSTGRES_URL") else { return };
    let mut conn = diesel::PgConnection::establish(&server).unwrap();
    let name = format!(
        "identity_{}",
        passage::ids::UserId::new(passage::clock::SystemClock.now()).uuid().simple()
    );
    diesel::sql_query(format!("CREATE DATABASE {name}")).execute(&mut conn).unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    story(Server::start(&format!("{base}/{name}"), |_| ()));
}

#[test]
fn agencies_are_made_by_system_admins_and_named_faults_are_all() {
    on_each_database(|server| {
        let root = server.root();
        let wrong = server.post(
            "/agencies",
            &root,
            json!({"name": "", "short_name": "X", "kind": "national", "time_zone": "Nowhere",
                   "languages": [], "contact_point": {"phone": "1"}}),
        );
        assert_eq!(code(&wrong), (422, "validation-failed"));
        assert_eq!(
            pointers(&wrong),
            ["/name", "/country", "/time_zone", "/languages", "/contact_point/phone"]
        );
        let operator = json!({"name": "O", "short_name": "O", "kind": "operator",
                              "time_zone": "UTC", "languages": ["en"]});
        assert_eq!(pointers(&server.post("/agencies", &root, operator)), ["/kind"]);
        let made = server.post("/agencies", &root, agency("CUS", "KG"));
        assert_eq!((made.status, made.etag.as_str()), (201, "\"1\""));
        assert_eq!(made.body["authority"], "none");
        assert_eq!(made.location, format!("/api/v1/agencies/{}", text(&made, "id")));
        server.clock.advance(1);
        let other = server.agency(&root, "POL", "KG");
        let first = server.get("/agencies?limit=2", &root);
        assert_eq!(first.body["items"].as_array().unwrap().len(), 2);
        let next = text(&first, "next_cursor");
        let second = server.get(&format!("/agencies?limit=2&cursor={next}"), &root);
        assert_eq!(second.body["items"][0]["id"], other);
        assert_eq!(second.body["next_cursor"], Value::Null);
        assert_eq!(server.get("/agencies", "").status, 401);
        assert_eq!(server.get(&format!("/agencies/{NOBODYS_ID}"), &root).status, 404);
    });
}

#[test]
fn an_agencys_admin_keeps_its_contact_point_and_nothing_else() {
    on_each_database(|server| {
        let root = server.root();
        let (id, admin, liaison) = server.staffed(&root, "cus", "KG");
        let path = format!("/agencies/{id}");
        assert_eq!(server.post("/agencies", &admin, agency("Y", "KG")).status, 403);
        assert_eq!(server.patch(&path, &admin, json!({"name": "Mine"})).status, 403);
        let phone = json!({"contact_point": {"phone": "+996 312 654321"}});
        assert_eq!(server.patch(&path, &liaison, phone.clone()).status, 403);
        let changed = server.patch(&path, &admin, phone);
        assert_eq!((changed.status, changed.etag.as_str()), (200, "\"2\""));
        assert_eq!(changed.body["contact_point"]["phone"], "+996 312 654321");
        assert_eq!(changed.body["contact_point"]["hours"], "24/7");
        let bare = Some(json!({"name": "New"}));
        assert_eq!(server.send("PATCH", &path, &root, bare.clone()).status, 428);
        let stale = [("if-match", "\"1\"")];
        assert_eq!(server.send_with("PATCH", &path, &root, bare, &stale).status, 412);
        let same = server.patch(&path, &root, json!({"country": "KG", "kind": "national"}));
        assert_eq!((same.status, same.etag.as_str()), (200, "\"2\""));
        let moved = server.patch(&path, &root, json!({"country": "KZ", "kind": "regional"}));
        assert_eq!((moved.status, pointers(&moved)), (422, vec!["/kind", "/country"]));
        assert_eq!(server.patch(&path, &root, json!({"name": null})).status, 422);
        let other = format!("/agencies/{}", server.agency(&root, "POL", "KG"));
        assert_eq!(server.patch(&other, &admin, json!({"contact_point": null})).status, 403);
    });
}

#[test]
fn nobody_makes_room_for_an_unconfirmed_account_by_demoting_those_who_confirm() {
    on_each_database(|server| {
        let root = server.root();
        let (_, admin, liaison) = server.staffed(&root, "kg", "KG");
        let me = text(&server.get("/auth/me", &liaison), "id");
        for demoted in ["agency_admin", "case_officer"] {
            server.patch(&format!("/users/{me}"), &admin, json!({"roles": [demoted]}));
            let email = format!("{demoted}@inside.example");
            let made = server.post("/users", &admin, account(&email, &["liaison_officer"]));
            assert_eq!((made.status, &made.body["confirmed"]), (201, &json!(false)));
        }
    });
}

#[test]
fn a_mark_that_was_taken_away_does_not_make_the_next_agency_the_first() {
    on_each_database(|server| {
        let root = server.root();
        let (one, _, _) = server.staffed(&root, "one", "KG");
        let (two, _, _) = server.staffed(&root, "two", "KG");
        let mark = |id: &str| format!("/agencies/{id}/authority");
        assert_eq!(server.act(&mark(&one), &root).body["authority"], "held");
        assert_eq!(server.send("DELETE", &mark(&one), &root, None).status, 204);
        assert_eq!(server.act(&mark(&two), &root).body["authority"], "proposed");
        assert_eq!(server.act(&mark(&one), &root).body["authority"], "held");
    });
}

#[test]
fn the_first_authority_of_a_country_holds_it_at_once_and_the_next_is_confirmed() {
    on_each_database(|server| {
        let root = server.root();
        let (one, admin, liaison) = server.staffed(&root, "one", "KG");
        let (two, _, other) = server.staffed(&root, "two", "KG");
        let (_, _, abroad) = server.staffed(&root, "abroad", "KZ");
        let mark = |id: &str| format!("/agencies/{id}/authority");
        assert_eq!(server.act(&mark(&one), &admin).status, 403);
        assert_eq!(server.act(&mark(&one), &root).body["authority"], "held");
        assert_eq!(server.act(&mark(&two), &root).body["authority"], "proposed");
        let confirm = format!("{}/confirm", mark(&two));
        for nobody in [&other, &abroad, &root] {
            assert_eq!(server.act(&confirm, nobody).status, 403);
        }
        assert_eq!(server.act(&confirm, &liaison).body["authority"], "held");
        assert_eq!(server.send("DELETE", &mark(&one), &root, None).status, 204);
        let shown = server.get(&format!("/agencies/{one}"), &root);
        assert_eq!(shown.body["authority"], "none");
        let nothing = server.act(&format!("{}/confirm", mark(&one)), &other);
        assert_eq!(code(&nothing), (409, "state-refused"));
        let regional = json!({"name": "Centre", "short_name": "RC", "kind": "regional",
                              "time_zone": "Asia/Almaty", "languages": ["ru"]});
        let regional = text(&server.post("/agencies", &root, regional), "id");
        assert_eq!(server.act(&mark(&regional), &root).status, 409);
    });
}

#[test]
fn a_system_admin_makes_the_first_admin_of_an_agency_and_nobody_else_there() {
    on_each_database(|server| {
        let root = server.root();
        let (staffed, admin, _) = server.staffed(&root, "kg", "KG");
        let bare = server.agency(&root, "bare", "KZ");
        let try_in = |by: &str, agency: &str, role: &str| {
            let mut body = account("x@y.example", &[role]);
            body["agency_id"] = json!(agency);
            server.post("/users", by, body).status
        };
        assert_eq!(try_in(&root, &staffed, "agency_admin"), 403);
        assert_eq!(try_in(&root, NOBODYS_ID, "agency_admin"), 404);
        assert_eq!(try_in(&root, &bare, "liaison_officer"), 403);
        assert_eq!(try_in(&admin, &bare, "agency_admin"), 403);
        assert_eq!(try_in(&root, &bare, "agency_admin"), 201);
    });
}

#[test]
fn an_operational_account_waits_for_its_confirmation() {
    on_each_database(|server| {
        let root = server.root();
        let (_, admin, liaison) = server.staffed(&root, "kg", "KG");
        let officer = server.user(&admin, "officer@kg.example", "case_officer", None);
        let path = format!("/users/{officer}");
        let confirm = format!("{path}/confirm");
        assert_eq!(server.get(&path, &admin).body["confirmed"], false);
        let refused = server.login("officer@kg.example", PASSWORD);
        assert_eq!(code(&refused), (401, "sign-in-failed"));
        assert_eq!(server.act(&confirm, &admin).status, 403);
        assert_eq!(server.act(&confirm, &root).status, 404);
        assert_eq!(server.act(&confirm, &liaison).body["status"], "active");
        let token = server.token("officer@kg.example");

        let changed = server.patch(&path, &admin, json!({"roles": ["authority"]}));
        assert_eq!(changed.body["roles"], json!([]));
        assert_eq!(changed.body["proposed_roles"], json!(["authority"]));
        assert_eq!(server.get("/auth/me", &token).body["roles"], json!([]));
        assert_eq!(server.act(&confirm, &liaison).body["roles"], json!(["authority"]));
        assert_eq!(server.get("/auth/me", &token).body["roles"], json!(["authority"]));

        for _ in 0..2 {
            let ended = server.act(&format!("{path}/deactivate"), &admin);
            assert_eq!(ended.body["status"], "deactivated");
        }
        assert_eq!(server.get("/auth/me", &token).status, 401);
        assert_eq!(server.login("officer@kg.example", PASSWORD).status, 401);
    });
}

#[test]
fn what_is_wrong_with_an_account_is_named_at_once() {
    on_each_database(|server| {
        let root = server.root();
        let (_, admin, liaison) = server.staffed(&root, "kg", "KG");
        let refused =
            server.post("/users", &admin, account("a@b.example", &["auditor", "coordinator"]));
        assert_eq!(code(&refused), (422, "separation-of-duties"));
        assert_eq!(pointers(&refused), ["/roles", "/roles"]);
        let worse = json!({"email": "no", "full_name": "", "roles": ["auditor", "king", "authority"],
                           "locale": "xx"});
        let refused = server.post("/users", &admin, worse);
        assert_eq!(code(&refused), (422, "validation-failed"));
        assert_eq!(pointers(&refused), ["/email", "/full_name", "/locale", "/roles/1", "/roles"]);
        let refused = server.post("/users", &admin, account("LIAISON@kg.example", &["authority"]));
        assert_eq!(code(&refused), (409, "duplicate"));
        assert_eq!(
            server.post("/users", &liaison, account("a@b.example", &["authority"])).status,
            403
        );
        let own = format!("/users/{}", text(&server.get("/auth/me", &admin), "id"));
        assert_eq!(server.patch(&own, &admin, json!({"locale": "ru"})).status, 403);
        assert_eq!(server.get(&own, &root).status, 404);
        assert_eq!(server.get("/users", &liaison).body["items"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn an_invitation_is_told_once_and_redeemed_once() {
    on_each_database(|server| {
        let root = server.root();
        let body = account("b@operator.example", &["system_admin"]);
        let key = [("idempotency-key", "one")];
        let made = server.send_with("POST", "/users", &root, Some(body.clone()), &key);
        let again = server.send_with("POST", "/users", &root, Some(body), &key);
        assert_eq!((made.status, again.status), (201, 201));
        assert_eq!(made.body["id"], again.body["id"]);
        assert_eq!(again.body["invitation_token"], Value::Null);
        let token = text(&made, "invitation_token");
        let accept = |token: &str, password: &str| {
            let body = json!({"token": token, "password": password});
            server.post("/auth/invitations/accept", "", body)
        };
        assert_eq!(code(&accept("psi_x", PASSWORD)), (401, "invalid-invitation"));
        let weak = accept(&token, "short");
        assert_eq!((weak.status, pointers(&weak)), (422, vec!["/password"]));
        server.clock.advance(72 * 3600);
        assert_eq!(accept(&token, PASSWORD).status, 401);
        server.clock.advance(-1);
        assert_eq!(accept(&token, PASSWORD).status, 204);
        assert_eq!(accept(&token, PASSWORD).status, 401);
        assert!(!server.token("b@operator.example").is_empty());
    });
}

#[test]
fn of_two_system_admins_who_end_each_other_one_stays() {
    on_each_database(|server| {
        let root = server.root();
        let second = server.user(&root, "b@operator.example", "system_admin", None);
        let first = text(&server.get("/auth/me", &root), "id");
        let b = server.token("b@operator.example");
        assert_eq!(server.act(&format!("/users/{first}/deactivate"), &root).status, 403);
        let end = |id: &str, by: &str| server.act(&format!("/users/{id}/deactivate"), by).status;
        let (one, other) = std::thread::scope(|scope| {
            let one = scope.spawn(|| end(&second, &root));
            let other = scope.spawn(|| end(&first, &b));
            (one.join().unwrap(), other.join().unwrap())
        });
        assert!((one == 200) != (other == 200), "{one} {other}");
    });
}

#[test]
fn every_failure_to_sign_in_looks_the_same_and_only_failures_are_limited() {
    let server = Server::start("sqlite", |config| {
        config.identity.sign_in_failures_per_address_per_minute = 5;
    });
    server.root();
    for _ in 0..10 {
        server.token("root@operator.example");
    }
    let long = server.login(&"a".repeat(255), &"ы".repeat(257));
    assert_eq!((long.status, pointers(&long)), (422, vec!["/email", "/password"]));
    let mut answers = Vec::new();
    for (email, password) in [
        ("root@operator.example", "wrong"),
        ("nobody@operator.example", PASSWORD),
        ("no address", PASSWORD),
        ("root@operator.example", ""),
        ("", ""),
    ] {
        let said = server.login(email, password);
        assert_eq!(said.status, 401, "{email}");
        answers.push(said.body);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    let slowed = server.login("root@operator.example", PASSWORD);
    assert_eq!(code(&slowed), (429, "too-many-requests"));
    assert!((1..=60).contains(&slowed.retry_after.parse::<u32>().unwrap()));
    server.clock.advance(60);
    server.token("root@operator.example");
}

#[test]
fn a_refresh_token_works_once_but_for_a_lost_answer() {
    on_each_database(|server| {
        server.root();
        let (access, first) = server.tokens("root@operator.example");
        let next = |token: &str| text(&server.refresh(token), "refresh_token");
        let lost = next(&first);
        let second = next(&first);
        assert_eq!(code(&server.refresh(&lost)), (401, "invalid-refresh-token"));
        let third = next(&second);
        assert_eq!(server.get("/auth/me", &access).status, 200);
        // Its successor was used: somebody else holds tokens of this session.
        assert_eq!(server.refresh(&first).status, 401);
        assert_eq!(server.refresh(&third).status, 401);
        assert_eq!(server.get("/auth/me", &access).status, 401);
    });
}

#[test]
fn twenty_at_once_leave_one_branch() {
    on_each_database(|server| {
        server.root();
        let (_, first) = server.tokens("root@operator.example");
        let tokens: Vec<String> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..20).map(|_| scope.spawn(|| server.refresh(&first))).collect();
            tries.into_iter().map(|one| text(&one.join().unwrap(), "refresh_token")).collect()
        });
        let live = tokens.iter().filter(|token| server.refresh(token).status == 200).count();
        assert_eq!(live, 1);
    });
}

#[test]
fn sessions_are_listed_and_ended() {
    on_each_database(|server| {
        let root = server.root();
        server.clock.advance(1);
        let other = server.token("root@operator.example");
        let listed = server.get("/auth/sessions", &root);
        let items = listed.body["items"].as_array().unwrap();
        let current: Vec<_> = items.iter().map(|item| item["current"].as_bool().unwrap()).collect();
        assert_eq!(current, [false, true]);
        let path = format!("/auth/sessions/{}", items[0]["id"].as_str().unwrap());
        server.user(&root, "b@operator.example", "system_admin", None);
        let stranger = server.token("b@operator.example");
        assert_eq!(server.send("DELETE", &path, &stranger, None).status, 404);
        assert_eq!(server.send("DELETE", &path, &root, None).status, 204);
        assert_eq!(server.send("DELETE", &path, &root, None).status, 204);
        assert_eq!(server.get("/auth/me", &other).status, 401);
        assert_eq!(server.act("/auth/logout", &stranger).status, 204);
        assert_eq!(server.get("/auth/me", &stranger).status, 401);
    });
}

#[test]
fn a_session_ends_when_it_is_idle_and_in_any_case() {
    on_each_database(|server| {
        server.root();
        let (_, mut refresh) = server.tokens("root@operator.example");
        for _ in 0..3 {
            server.clock.advance(8 * 3600);
            let said = server.refresh(&refresh);
            refresh = text(&said, "refresh_token");
            assert_eq!(server.get("/auth/me", &text(&said, "access_token")).status, 200);
        }
        server.clock.advance(12 * 3600);
        assert_eq!(server.refresh(&refresh).status, 401);
        let (_, mut refresh) = server.tokens("root@operator.example");
        let mut hours = 0;
        while hours < 7 * 24 {
            let said = server.refresh(&refresh);
            assert_eq!(said.status, 200, "after {hours} hours");
            refresh = text(&said, "refresh_token");
            server.clock.advance(8 * 3600);
            hours += 8;
        }
        assert_eq!(server.refresh(&refresh).status, 401);
    });
}

#[test]
fn reading_keeps_a_session_in_use() {
    let server = Server::start("sqlite", |config| {
        config.identity.session_idle = Duration::from_secs(300);
    });
    let root = server.root();
    for _ in 0..2 {
        server.clock.advance(200);
        assert_eq!(server.get("/auth/me", &root).status, 200);
    }
    server.clock.advance(199);
    assert_eq!(server.get("/auth/me", &root).status, 200);
    server.clock.advance(300);
    assert_eq!(server.get("/auth/me", &root).status, 401);
}

#[test]
fn every_outcome_of_a_sign_in_is_told_with_ids_only() {
    on_each_database(|server| {
        let root = server.root();
        let user = text(&server.get("/auth/me", &root), "id");
        server.login("root@operator.example", "wrong");
        server.login("nobody@operator.example", "wrong");
        assert_eq!(server.act("/auth/logout", &root).status, 204);
        let context = Context::of_command("test", server.clock.now());
        let told = server.app.db.read(&context, |view| {
            let rows = journal_entries::table.order(journal_entries::sequence).select((
                journal_entries::action,
                journal_entries::actor,
                journal_entries::details,
            ));
            passage::db::Run::all(rows, view)
        });
        let told: Vec<(String, String, String)> =
            actix_web::rt::System::new().block_on(told).unwrap();
        let (by_user, by_nobody) = (format!("user:{user}"), "nobody".to_owned());
        let of = |more: Value| {
            let mut details = json!({"user": user});
            details.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            details
        };
        let expected = [
            ("session.signed_in", &by_nobody, of(json!({}))),
            ("session.sign_in_failed", &by_nobody, of(json!({"failure": "wrong_password"}))),
            ("session.sign_in_failed", &by_nobody, json!({"failure": "unknown_account"})),
            ("session.ended", &by_user, of(json!({"end": "signed_out"}))),
        ];
        assert_eq!(told[0].0, "system_admin.created");
        assert_eq!(told.len(), expected.len() + 1);
        for ((action, actor, details), expected) in told[1..].iter().zip(&expected) {
            let details: Value = serde_json::from_str(details).unwrap();
            assert_eq!((action.as_str(), actor, &details), (expected.0, expected.1, &expected.2));
        }
    });
}
