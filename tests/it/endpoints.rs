//! Every route of the list: who is not signed in, what does not exist, what is another's, what is not well said.

use std::sync::Arc;

use passage::http::{Access, Method, Route};
use passage::routes;
use serde_json::{Value, json};

use crate::harness::{Actor, Estate, House, Reply, Request, World, both, consignment, unknown_id};

fn all_routes() -> Vec<Route> {
    routes::routes(&Arc::new(routes::contract()))
}

/// The route's method as it is sent.
pub fn method(route: &Route) -> &'static str {
    match route.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

/// Two cases of which neither side knows the other's.
fn estates(world: &World) -> (Estate, Estate) {
    (Estate::new(world, House::Kg, House::Kz), Estate::new(world, House::Ru, House::Az))
}

/// What a route is asked with before anybody looks at the body.
fn ask(actor: &Actor, route: &Route, path: &str) -> Request {
    let request = actor.request(method(route), path);
    if route.takes_body() { request.json(json!({"no_such_field": 1})) } else { request }
}

both! {
    /// Nobody comes in without a token, with one that is none, or with one that has run out.
    fn a_route_for_officers_needs_a_token(world) {
        let estate = Estate::new(world, House::Kg, House::Kz);
        let nobody = world.nobody();
        let once_good = estate.lead.token();
        world.advance_minutes(11);
        let mut asked = 0;
        for route in all_routes().iter().filter(|route| route.access == Access::SignedIn) {
            let path = estate.path(route.path, |name| (!estate.ids.contains_key(name)).then(unknown_id));
            let request = || nobody.request(method(route), &path);
            request().refused(401, "unauthenticated");
            request().token("not.a.token").refused(401, "unauthenticated");
            request().token("").refused(401, "unauthenticated");
            request().header("authorization", "Basic dXNlcjpwYXNz").refused(401, "unauthenticated");
            request().token(&once_good).refused(401, "unauthenticated");
            asked += 1;
        }
        assert!(asked > 20, "only {asked} routes were asked");
    }

    /// An id that stands for nothing is not found, wherever it stands in the path, before the body is looked at.
    fn what_does_not_exist_is_not_found(world) {
        let estate = Estate::new(world, House::Kg, House::Kz);
        for route in all_routes().iter().filter(|route| route.access == Access::SignedIn) {
            let names: Vec<&str> = route.parameters().collect();
            for (at, unknown) in names.iter().enumerate() {
                for id in [unknown_id(), "not-an-id".to_owned(), "%00".to_owned()] {
                    let path = estate.path(route.path, |name| {
                        let place = names.iter().position(|known| *known == name).unwrap();
                        // Behind an id that is unknown there is nothing.
                        (name == *unknown || place > at).then(|| id.clone())
                    });
                    let reply = ask(&estate.lead, route, &path).send_unmatched();
                    assert_eq!(reply.status, 404, "{}: {path} gave {reply}", route.operation);
                }
            }
        }
    }

    /// What another agency works on is answered like what does not exist: byte for byte.
    fn invariant_21_refused_and_allowed_what_is_anothers_is_not_told_from_nothing(world) {
        let (own, foreign) = estates(world);
        let mut asked = 0;
        for route in all_routes().iter().filter(|route| route.path.contains("{case_id}")) {
            let theirs = foreign.path(route.path, |_| None);
            let nothing = foreign.path(route.path, |_| Some(unknown_id()));
            foreign_owner_sees(&foreign, route, &theirs);
            same_answer(route, &ask(&own.lead, route, &theirs).send(), &ask(&own.lead, route, &nothing).send());
            asked += 1;
            // Through the own case into another's: the ids below must be of the same case.
            let below = |name: &str| name != "case_id" && name != "agency_id" && name != "user_id";
            if !route.parameters().any(below) {
                continue;
            }
            let theirs = own.path(route.path, |name| below(name).then(|| foreign.ids[name].clone()));
            let nothing = own.path(route.path, |name| below(name).then(unknown_id));
            same_answer(route, &ask(&own.lead, route, &theirs).send(), &ask(&own.lead, route, &nothing).send());
        }
        assert!(asked > 15, "only {asked} routes were asked");
    }

    /// A body is judged in the order of the contract: its type, its syntax, the version, its shape.
    fn bodies_are_judged_in_order(world) {
        let estate = Estate::new(world, House::Kg, House::Kz);
        let guest = world.speaker(House::Uz);
        estate.lead.invites(&estate.case, &guest, "observer");
        let request = format!("/authorisations/{}/submit", estate.ids["authorisation_id"]);
        estate.lead.post(estate.case.at(request)).expect(200);
        let mut asked = 0;
        // What is said in SCIM has an order of its own.
        let judged = |route: &&Route| route.takes_body() && !route.form && !route.speaks_scim();
        for route in all_routes().iter().filter(judged) {
            let path = path_for_body(&estate, &guest, route);
            let Some(actor) = whoever_may(world, &estate, &guest, route, &path) else {
                assert_eq!(route.access, Access::Public, "nobody may {}", route.operation);
                judge_body(route, &|| world.nobody().request(method(route), &path), None);
                continue;
            };
            let etag = route.guarded.then(|| etag_above(&actor, &path));
            judge_body(route, &|| actor.request(method(route), &path), etag);
            asked += 1;
        }
        assert!(asked > 5, "only {asked} routes were asked");
    }

    /// Text that is none is a fault of the request, and no failure of the server: bytes that are no UTF-8, and halves of
    /// a pair that stand for no character alone.
    fn text_that_is_none(world) {
        let aida = world.speaker(House::Kg);
        let send = |path: &str, body: Vec<u8>| aida.post(path).body("application/json", body);
        for bytes in [&b"\xff"[..], b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"] {
            send("/cases", case_called(bytes)).refused(400, "malformed-request");
        }
        for escape in [r"\ud800", r"\udc00", r"\ud83dx", r"\ude9a\ud83d", r"\ud83d\u0041", r"\ud83d\ud83d"] {
            let refused = send("/cases", case_called(escape.as_bytes())).refused(422, "validation-failed");
            assert_eq!(refused.pointers(), ["/code_name"], "{escape}");
            let name = format!("{{\"{escape}\": 1}}");
            send("/cases", name.into_bytes()).refused(422, "validation-failed");
            let login = format!("{{\"email\": \"a@b.example\", \"password\": \"{escape}\"}}");
            send("/auth/login", login.into_bytes()).refused(422, "validation-failed");
        }
        assert!(aida.get("/cases").expect(200).items().is_empty());
        let whole = send("/cases", case_called(br"\ud83d\ude9a")).expect(201);
        assert_eq!(whole.text("code_name"), "\u{1f69a}");
    }

    /// A body beyond the limit is too large, whatever it says.
    fn a_body_beyond_the_limit(world) {
        let aida = world.speaker(House::Kg);
        let large = format!("{{\"code_name\":\"{}\"}}", "x".repeat(1 << 20));
        aida.post("/cases").body("application/json", large).refused(413, "too-large");
    }
}

/// A case as it is opened, with a code name that may be no text.
fn case_called(code_name: &[u8]) -> Vec<u8> {
    let rest = json!({
        "summary": "Heroin in a container", "priority": "urgent", "handling_codes": ["H0"],
        "modality": "live", "consignments": [consignment()],
    });
    let rest = rest.to_string();
    [b"{\"code_name\": \"", code_name, b"\", ", rest.trim_start_matches('{').as_bytes()].concat()
}

/// Not vacuous: whoever owns the other case sees what the answer hides.
fn foreign_owner_sees(foreign: &Estate, route: &Route, path: &str) {
    if route.method == Method::Get {
        foreign.lead.get(path).expect(200);
    }
}

/// The same answer but for what says to whom it was given.
#[track_caller]
fn same_answer(route: &Route, one: &Reply, other: &Reply) {
    assert_eq!(one.status, 404, "{}: {one}", route.operation);
    assert_eq!(neutral(one), neutral(other), "{}: {one} is not {other}", route.operation);
}

fn neutral(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<(String, String)> = reply
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"))
        .map(|(name, value)| (name.to_string(), format!("{value:?}")))
        .collect();
    headers.sort();
    let body = String::from_utf8(reply.body.clone()).unwrap();
    (reply.status, headers, body.replace(&reply.path, "(path)"))
}

/// The path that a body goes to: each agency answers for itself.
pub fn path_for_body(estate: &Estate, guest: &Actor, route: &Route) -> String {
    let own = |name: &str| match (name, route.operation) {
        ("agency_id", "create_identity_provider") => Some(estate.lead.agency.clone()),
        ("agency_id", "decline_membership") => Some(guest.agency.clone()),
        (name, _) if !estate.ids.contains_key(name) => Some(unknown_id()),
        _ => None,
    };
    estate.path(route.path, own)
}

/// Somebody who gets past the judgement of access.
pub fn whoever_may(
    world: &World,
    estate: &Estate,
    guest: &Actor,
    route: &Route,
    path: &str,
) -> Option<Actor> {
    if route.access == Access::Public {
        return None;
    }
    let admin = world.agency(House::Kg).admin;
    let candidates = [
        estate.lead.clone(),
        estate.partner.clone(),
        guest.clone(),
        admin,
        world.system_admin(),
        world.speaker(House::KzProsecutor),
        world.authority(House::KzProsecutor),
    ];
    let found = candidates.into_iter().find(|actor| {
        let reply = actor.request(method(route), path).body("text/plain", "x").send();
        !matches!(reply.status, 403 | 404)
    });
    assert!(found.is_some(), "nobody may {}", route.operation);
    found
}

/// The version of the nearest thing above `path` that has one.
pub fn etag_above(actor: &Actor, path: &str) -> String {
    let mut path = path;
    loop {
        let known = actor.world().contract().operation("GET", path).is_some();
        if known && let Some(etag) = actor.get(path).send().header("etag") {
            return etag.to_owned();
        }
        path = path.rsplit_once('/').unwrap_or_else(|| panic!("nothing has a version")).0;
    }
}

#[track_caller]
fn judge_body(route: &Route, request: &dyn Fn() -> Request, etag: Option<String>) {
    let unknown: Value = json!({"no_such_field": 1});
    request().body("text/plain", "{").refused(415, "unsupported-media-type");
    request().body("application/json", "{").refused(400, "malformed-request");
    request().body("application/json", "\u{feff}{}").refused(400, "malformed-request");
    request().body("application/json", b"{\"x\":\"\xff\"}").refused(400, "malformed-request");
    let Some(etag) = etag else {
        request().json(&unknown).refused(422, "validation-failed");
        request().body("application/json", "[]").refused(422, "validation-failed");
        return;
    };
    request().json(&unknown).refused(428, "if-match-required");
    request().if_match("*").json(&unknown).refused(412, "stale-version");
    request().if_match("\"0\"").json(&unknown).refused(412, "stale-version");
    let said = request().if_match(&etag).json(&unknown).refused(422, "validation-failed");
    assert_eq!(said.pointers().len(), 1, "{}: {said}", route.operation);
}
