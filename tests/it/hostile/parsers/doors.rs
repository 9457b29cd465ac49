//! The parsers that are reached by a request to a server that stands: of headers, paths, queries and bodies.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passage::access::Role;
use passage::http::Route;
use passage::routes;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::{Value, json};

use super::Parser;
use crate::endpoints;
use crate::harness::{Directory, Estate, House, Machine, PasskeyDevice, World};

/// A line to the server, over which one request goes after the other.
struct Line {
    server: SocketAddr,
    open: Mutex<Option<TcpStream>>,
}

impl Line {
    /// Sends a request and gives the status of its answer.
    ///
    /// # Panics
    /// When no answer comes, or one that says that the server failed. That it is not ready, or that an identity provider
    /// is not, is no failure.
    fn ask(&self, request: &[u8]) -> u16 {
        let mut open = self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let again = open.is_some();
        let mut line = open.take().unwrap_or_else(|| self.connect());
        let mut answer = Answer::of(&mut line, request);
        if answer.is_none() && again {
            // The server has ended the line after an answer to something that was no request at all.
            line = self.connect();
            answer = Answer::of(&mut line, request);
        }
        let answer = answer.unwrap_or_else(|| panic!("no answer to {}", request.escape_ascii()));
        answer.is_no_failure(request);
        if answer.goes_on {
            *open = Some(line);
        }
        answer.status
    }

    /// Sends what may be no request on a line of its own, and gives the status of its answer; none where the server ends
    /// the line, as it does when it has waited for the rest.
    fn ask_alone(&self, request: &[u8]) -> Option<u16> {
        let answer = Answer::of(&mut self.connect(), request)?;
        answer.is_no_failure(request);
        Some(answer.status)
    }

    fn connect(&self) -> TcpStream {
        let line = TcpStream::connect(self.server).unwrap();
        line.set_nodelay(true).unwrap();
        line.set_read_timeout(Some(super::PATIENCE)).unwrap();
        line
    }
}

struct Answer {
    status: u16,
    head: Vec<u8>,
    /// Whether another request may go over the same line.
    goes_on: bool,
}

impl Answer {
    #[track_caller]
    fn is_no_failure(&self, request: &[u8]) {
        let fine = matches!(self.status, 100..500 | 503);
        assert!(fine, "{} to {}", self.head.escape_ascii(), request.escape_ascii());
    }

    /// What comes back; nothing where the line ends.
    fn of(line: &mut TcpStream, request: &[u8]) -> Option<Self> {
        line.write_all(request).ok()?;
        let mut read = Vec::new();
        let end = loop {
            if let Some(at) = read.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            more(line, &mut read)?;
        };
        let mut body = read.split_off(end);
        let head = String::from_utf8_lossy(&read).to_ascii_lowercase();
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.find(|(known, _)| *known == name).map(|(_, value)| value.trim().to_owned())
        };
        let length = header("content-length").and_then(|length| length.parse::<usize>().ok());
        let bare = head.contains(" 204 ") || head.contains(" 304 ");
        let goes_on =
            (bare || length.is_some()) && header("connection").as_deref() != Some("close");
        while goes_on && body.len() < length.unwrap_or_default() {
            more(line, &mut body)?;
        }
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head: read, goes_on })
    }
}

fn more(line: &mut TcpStream, read: &mut Vec<u8>) -> Option<()> {
    let mut piece = [0; 4096];
    let bytes = line.read(&mut piece).unwrap_or_default();
    read.extend_from_slice(&piece[..bytes]);
    (bytes > 0).then_some(())
}

/// A request that is being put together.
struct Asked {
    bytes: Vec<u8>,
}

impl Asked {
    fn new(method: &str, path: &[u8]) -> Self {
        Self { bytes: [method.as_bytes(), b" ", path, b" HTTP/1.1\r\nhost: passage\r\n"].concat() }
    }

    fn header(mut self, name: &str, value: &[u8]) -> Self {
        self.bytes.extend([name.as_bytes(), b": ", &inline(value), b"\r\n"].concat());
        self
    }

    fn token(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}").as_bytes())
    }

    fn body(self, kind: &str, body: &[u8]) -> Vec<u8> {
        let mut asked = self
            .header("content-type", kind.as_bytes())
            .header("content-length", body.len().to_string().as_bytes());
        asked.bytes.extend(b"\r\n");
        asked.bytes.extend(body);
        asked.bytes
    }

    fn bare(mut self) -> Vec<u8> {
        self.bytes.extend(b"\r\n");
        self.bytes
    }
}

/// The same without what would end the line: what stands behind it would be another header, or another request.
fn inline(value: &[u8]) -> Vec<u8> {
    value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect()
}

/// What stands in a path or a query; as long as no blank ends it.
fn in_target(value: &[u8]) -> Vec<u8> {
    inline(value).into_iter().filter(|byte| *byte != b' ').collect()
}

/// Puts doors together.
struct Doors {
    line: Arc<Line>,
    parsers: Vec<Parser>,
}

impl Doors {
    /// A door where `ask` makes a request of an input; it is understood where the answer is none of `refusals`.
    fn add(
        &mut self,
        name: impl Into<String>,
        seeds: &[&[u8]],
        refusals: &'static [u16],
        ask: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
    ) {
        let line = self.line.clone();
        let read = Box::new(move |input: &[u8]| !refusals.contains(&line.ask(&ask(input))));
        let seeds = seeds.iter().map(|seed| seed.to_vec()).collect();
        self.parsers.push(Parser { name: name.into(), seeds, read });
    }
}

/// Every door of the world's server.
pub fn parsers(world: &World) -> Vec<Parser> {
    let open = Mutex::default();
    let mut doors =
        Doors { line: Arc::new(Line { server: world.address(), open }), parsers: Vec::new() };
    let estate = Estate::new(world, House::Kg, House::Kz);
    headers(&mut doors, &estate);
    targets(&mut doors, &estate);
    signing_in(&mut doors, world, &estate);
    coming_from_providers(&mut doors, world, &estate);
    provisioning(&mut doors, world);
    bodies(&mut doors, world, &estate);
    doors.parsers
}

fn headers(doors: &mut Doors, estate: &Estate) {
    let (token, case) = (estate.lead.token(), format!("/api/v1{}", estate.case.path));
    let bearer = format!("Bearer {token}").into_bytes();
    let again = [&b"bearer "[..], token.as_bytes()].concat();
    doors.add("authorization", &[&bearer, &again], &[400, 401], |input| {
        Asked::new("GET", b"/api/v1/auth/me").header("authorization", input).bare()
    });
    let with = |name: &'static str, method: &'static str, path: String| {
        let token = token.clone();
        move |input: &[u8]| {
            let asked = Asked::new(method, path.as_bytes()).token(&token).header(name, input);
            if method == "GET" { asked.bare() } else { asked.body("application/json", b"{}") }
        }
    };
    let etag = estate.lead.get(&estate.case.path).expect(200).etag();
    let seeds: [&[u8]; 2] = [etag.as_bytes(), b"\"77\""];
    doors.add("if-match", &seeds, &[400, 428], with("if-match", "PATCH", case.clone()));
    let own = format!("{case}/members/{}/accept", estate.lead.agency);
    let key = with("idempotency-key", "POST", own);
    doors.add("idempotency-key", &[b"4711", b"\"019b2f3e-6d1c\""], &[400], key);
    let reason = with("x-consultation-reason", "GET", case.clone());
    doors.add(
        "x-consultation-reason",
        &[b"Search", b"%D0%9E%D0%B1%D1%8B%D1%81%D0%BA"],
        &[400],
        reason,
    );
    let known = with("if-none-match", "GET", case.clone());
    doors.add("if-none-match", &[etag.as_bytes(), b"W/\"1\", \"2\""], &[400], known);
    let name = with("x-request-id", "GET", case);
    doors.add(
        "x-request-id",
        &[b"request-1", b"019ca7a9-0d80-72c5-ba6e-0642160dfe48"],
        &[400],
        name,
    );
    let ids = [(); 2].map(|()| estate.lead.follows("/feed", None).last_id.clone());
    let last = with("last-event-id", "GET", "/api/v1/feed".to_owned());
    doors.add("last-event-id", &ids.each_ref().map(String::as_bytes), &[400, 422], last);
    let token = token.clone();
    let kind = move |input: &[u8]| {
        let asked =
            Asked::new("POST", b"/api/v1/cases").token(&token).header("content-type", input);
        let mut bytes = asked.header("content-length", b"2").bare();
        bytes.extend(b"{}");
        bytes
    };
    let kinds: [&[u8]; 2] = [b"application/json", b"Application/JSON; charset=utf-8"];
    doors.add("content-type", &kinds, &[400, 415], kind);
}

fn targets(doors: &mut Doors, estate: &Estate) {
    let token = estate.lead.token();
    let with = |before: &'static str| {
        let token = token.clone();
        move |input: &[u8]| {
            let target = [before.as_bytes(), &in_target(input)].concat();
            Asked::new("GET", &target).token(&token).bare()
        }
    };
    let id = estate.case.id.as_bytes();
    doors.add("id in a path", &[id, &id.to_ascii_uppercase()], &[400, 404], with("/api/v1/cases/"));
    doors.add("code in a path", &[b"KG", b"KZ"], &[400, 404], with("/api/v1/countries/"));
    let queries: [&[u8]; 3] = [
        b"status=draft&q=Silk&country=KG&limit=10",
        b"updated_since=2026-03-01T04%3A30%3A00Z&member=019ca7a9-0d80-7d9c-acdb-ca6671cc75a7",
        b"q=%D0%9E%D1%88+%F0%9F%9A%9A",
    ];
    doors.add("query of cases", &queries, &[400, 404, 422], with("/api/v1/cases?"));
    let queries: [&[u8]; 2] = [b"limit=5", b"limit=200"];
    doors.add("query of a journal", &queries, &[400, 404, 422], with("/api/v1/journal?"));
    let whole = |path: &str| {
        Asked::new("GET", path.as_bytes()).token(&token).header("connection", b"close").bare()
    };
    let (cases, ready) = (whole("/api/v1/cases?limit=1"), whole("/health/ready"));
    let line = doors.line.clone();
    let read = Box::new(move |input: &[u8]| line.ask_alone(input) == Some(200));
    doors.parsers.push(Parser { name: "request".to_owned(), seeds: vec![cases, ready], read });
}

fn signing_in(doors: &mut Doors, world: &World, estate: &Estate) {
    let post = |path: &str, kind: &'static str| {
        let path = format!("/api/v1/auth{path}").into_bytes();
        move |input: &[u8]| Asked::new("POST", &path).body(kind, input)
    };
    let (json_body, form) = ("application/json", "application/x-www-form-urlencoded");
    let login = |email: &str| json!({"email": email, "password": "a guess"}).to_string();
    let (one, other) = (login(&estate.lead.email), login("nobody@operator.example"));
    doors.add(
        "sign-in",
        &[one.as_bytes(), other.as_bytes()],
        &[400, 422],
        post("/login", json_body),
    );
    let refresh = |token: &str| json!({"refresh_token": token}).to_string();
    let (one, other) = (
        refresh(&world.officer(House::Kg, Role::CaseOfficer).signs_in().refresh),
        refresh("psg_refresh_none"),
    );
    doors.add(
        "refresh",
        &[one.as_bytes(), other.as_bytes()],
        &[400, 422],
        post("/refresh", json_body),
    );

    // The device answers a challenge; the first to answer is let in.
    let device = PasskeyDevice::of(&estate.lead);
    let answer = || {
        let begun = world.nobody().get("/auth/passkeys/challenges/request").expect(200);
        let shown = device.answers(&begun.json["options"], |_| ());
        json!({"challenge": begun.text("challenge"), "credential": shown}).to_string()
    };
    let (one, other) = (answer(), answer());
    let seeds = [one.as_bytes(), other.as_bytes()];
    doors.add("passkey that is shown", &seeds, &[400, 422], post("/passkeys/sign-in", json_body));
    let made = || {
        let begun = estate.lead.get("/auth/passkeys/challenges/creation").expect(200);
        let device = PasskeyDevice::unknown(world, &[]);
        let made = device.made(&begun.json["options"], |_| ());
        json!({"challenge": begun.text("challenge"), "name": "Phone", "credential": made})
            .to_string()
    };
    let (one, other, token) = (made(), made(), estate.lead.token());
    let create = move |input: &[u8]| {
        Asked::new("POST", b"/api/v1/auth/passkeys").token(&token).body("application/json", input)
    };
    doors.add("passkey that is made", &[one.as_bytes(), other.as_bytes()], &[400], create);

    let machine = Machine::new(world, House::Kg, &["case_officer"], &["cases.read"]);
    let asked = || {
        let asked = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", crate::harness::JWT_BEARER),
            ("client_assertion", &machine.assertion()),
        ];
        serde_urlencoded::to_string(asked).unwrap()
    };
    let (one, other) = (asked(), asked());
    doors.add(
        "token of a machine",
        &[one.as_bytes(), other.as_bytes()],
        &[400],
        post("/token", form),
    );
}

/// What identity providers and browsers that come from them send.
fn coming_from_providers(doors: &mut Doors, world: &World, estate: &Estate) {
    // Nobody answers there: what is a token at all is found out before anybody is asked.
    let nowhere = json!({"issuer": "http://127.0.0.1:9", "algorithms": ["ES256", "RS256"]});
    let admin = world.agency(House::Kg).admin;
    let provider = admin.connects_provider(&nowhere).id();
    let path = format!("/agencies/{}/identity-providers/{provider}/confirm", admin.agency);
    estate.lead.post(path).expect(200);
    let token = |algorithm: &str| {
        let part = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let head = part(json!({"alg": algorithm, "typ": "logout+jwt", "kid": "1"}));
        let claims = part(
            json!({"iss": "http://127.0.0.1:9", "sub": "officer-1", "jti": "1", "iat": 1_772_339_400}),
        );
        format!("logout_token={head}.{claims}.{}", URL_SAFE_NO_PAD.encode([7; 64]))
    };
    let (one, other) = (token("ES256"), token("RS256"));
    let seeds = [one.as_bytes(), other.as_bytes()];
    let path = format!("/api/v1/auth/oidc/{provider}/backchannel-logout");
    doors.add("logout token", &seeds, &[400], move |input| {
        Asked::new("POST", path.as_bytes()).body("application/x-www-form-urlencoded", input)
    });
    let back = format!("/api/v1/auth/oidc/{provider}/callback?");
    let queries: [&[u8]; 2] = [
        b"code=4711&state=c3RhdGU&iss=http%3A%2F%2F127.0.0.1%3A9",
        b"error=access_denied&state=c3RhdGU",
    ];
    let path = back.clone();
    doors.add("query of a callback", &queries, &[400, 422], move |input| {
        let target = [path.as_bytes(), &in_target(input)].concat();
        Asked::new("GET", &target).header("cookie", b"passage-sign-in=c2VhbGVk").bare()
    });
    let cookies: [&[u8]; 2] = [b"passage-sign-in=c2VhbGVk", b"theme=dark; passage-sign-in=\"YQ\""];
    doors.add("cookie", &cookies, &[400], move |input| {
        let target = format!("{back}code=4711&state=c3RhdGU");
        Asked::new("GET", target.as_bytes()).header("cookie", input).bare()
    });
}

fn provisioning(doors: &mut Doors, world: &World) {
    let directory = Directory::new(world, House::Kg);
    let id = directory.brings("aida", "e-1", &json!({})).expect(201).id();
    let token = directory.token.clone();
    let filters: [&[u8]; 3] = [
        b"userName eq \"aida\"",
        b"externalId eq \"e-1\"",
        b"urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"a\"",
    ];
    doors.add("filter", &filters, &[400], move |input| {
        let filter = percent_encode(input, NON_ALPHANUMERIC).to_string();
        let target = format!("/api/v1/scim/v2/Users?filter={filter}");
        Asked::new("GET", target.as_bytes()).token(&token).bare()
    });
    let (token, path) = (directory.token.clone(), format!("/api/v1/scim/v2/Users/{id}"));
    let paths: [&[u8]; 3] = [b"displayName", b"emails[type eq \"work\"].value", b"name.familyName"];
    doors.add("path of a change", &paths, &[400], move |input| {
        let text = String::from_utf8_lossy(input);
        let steps = json!([{"op": "replace", "path": text, "value": "aida@home.example"}]);
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": steps});
        Asked::new("PATCH", path.as_bytes()).token(&token).body("application/scim+json", body.to_string().as_bytes())
    });
    let (token, users) = (directory.token.clone(), b"/api/v1/scim/v2/Users");
    let user = |name: &str| json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "externalId": name, "emails": [{"value": "a@home.example"}], "active": true});
    let (one, other) = (user("aida").to_string(), user("bakyt").to_string());
    doors.add("user", &[one.as_bytes(), other.as_bytes()], &[400], move |input| {
        Asked::new("POST", users).token(&token).body("application/scim+json", input)
    });
    let (token, path) = (directory.token, format!("/api/v1/scim/v2/Users/{id}"));
    let change = |step: Value| {
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [step]})
            .to_string()
    };
    let one = change(json!({"op": "Replace", "path": "displayName", "value": "Aida"}));
    let other = change(json!({"op": "add", "value": {"name.givenName": "Aida"}}));
    doors.add("change of a user", &[one.as_bytes(), other.as_bytes()], &[400], move |input| {
        Asked::new("PATCH", path.as_bytes()).token(&token).body("application/scim+json", input)
    });
}

/// The bodies of all operations, each sent by somebody who may, with the contract's own example as the seed.
fn bodies(doors: &mut Doors, world: &World, estate: &Estate) {
    let guest = world.speaker(House::Uz);
    estate.lead.invites(&estate.case, &guest, "observer");
    let request = format!("/authorisations/{}/submit", estate.ids["authorisation_id"]);
    estate.lead.post(estate.case.at(request)).expect(200);
    let document = &world.contract().document;
    let routes = routes::routes(&Arc::new(routes::contract()));
    for route in routes.iter().filter(|route| route.takes_body() && !route.speaks_scim()) {
        let path = endpoints::path_for_body(estate, &guest, route);
        let actor = endpoints::whoever_may(world, estate, &guest, route, &path);
        let etag = actor.as_ref().filter(|_| route.guarded);
        let etag = etag.map(|actor| endpoints::etag_above(actor, &path));
        let (token, method) = (actor.map(|actor| actor.token()), endpoints::method(route));
        let target = format!("/api/v1{}", path.trim_start_matches("/api/v1"));
        let example = example(document, route).to_string().into_bytes();
        let name = format!("body of {}", route.operation);
        doors.add(name, &[&example, b"{}"], &[400], move |input| {
            let asked = Asked::new(method, target.as_bytes());
            let asked = token.iter().fold(asked, |asked, token| asked.token(token));
            let asked =
                etag.iter().fold(asked, |asked, etag| asked.header("if-match", etag.as_bytes()));
            asked.body("application/json", input)
        });
    }
}

/// The example that the contract gives of a body.
fn example(document: &Value, route: &Route) -> Value {
    let operation = &document["paths"][route.path][endpoints::method(route).to_lowercase()];
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
    let schema = document.pointer(schema.as_str().unwrap().trim_start_matches('#')).unwrap();
    if !schema["example"].is_null() {
        return schema["example"].clone();
    }
    let fields = schema["properties"].as_object().cloned().unwrap_or_default();
    fields.into_iter().map(|(name, field)| (name, field["example"].clone())).collect()
}
