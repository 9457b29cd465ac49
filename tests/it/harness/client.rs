//! A client that takes no answer on trust: each is held to the contract and to the journal on the spot.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde_json::Value;
use ureq::http::{HeaderMap, Method, Request as HttpRequest};

use super::world::Inner;
use super::{elsewhere, slow};

/// Operations whose refusal is itself something to tell: the journal grows although the answer is an error.
const REFUSALS_TOLD: [&str; 7] = [
    "login",
    "login_with_passkey",
    "refresh_session",
    "reauthenticate",
    "change_password",
    "create_token",
    "end_federated_sessions",
];

/// Operations that succeed without a journal entry of their own, each with its reason.
const TOLD_ELSEWHERE: [(&str, &str); 2] = [
    ("create_consultation", "a consultation, kept in the log of consultations"),
    ("preview_identity_provider", "tries something and keeps nothing"),
];

/// Sends requests, with an access token or without one.
#[derive(Clone)]
pub struct Client {
    world: Arc<Inner>,
    token: Option<String>,
}

impl Client {
    pub(super) fn new(world: Arc<Inner>, token: Option<String>) -> Self {
        Self { world, token }
    }

    /// A request. A path that is not rooted at `/api`, `/health` or `/.well-known` is one below `/api/v1`.
    pub fn request(&self, method: &str, path: impl AsRef<str>) -> Request {
        let path = path.as_ref();
        let rooted =
            ["/api/", "/health/", "/.well-known/"].iter().any(|root| path.starts_with(root));
        let path = if rooted { path.to_owned() } else { format!("/api/v1{path}") };
        Request {
            world: self.world.clone(),
            method: method.to_owned(),
            path,
            at: self.world.address(),
            headers: self.token.iter().map(|token| bearer(token)).collect(),
            body: None,
            journal: Journal::Told,
            in_contract: true,
            meanwhile: None,
            elsewhere: None,
        }
    }

    /// Notes that an operation gave a status to one who asked by other means.
    pub fn saw(&self, operation: &str, status: u16) {
        self.world.saw(operation, status);
    }

    /// A `GET`.
    pub fn get(&self, path: impl AsRef<str>) -> Request {
        self.request("GET", path)
    }

    /// A `POST`.
    pub fn post(&self, path: impl AsRef<str>) -> Request {
        self.request("POST", path)
    }

    /// A `PATCH`.
    pub fn patch(&self, path: impl AsRef<str>) -> Request {
        self.request("PATCH", path)
    }

    /// A `PUT`.
    pub fn put(&self, path: impl AsRef<str>) -> Request {
        self.request("PUT", path)
    }

    /// A `DELETE`.
    pub fn delete(&self, path: impl AsRef<str>) -> Request {
        self.request("DELETE", path)
    }
}

fn bearer(token: &str) -> (String, String) {
    ("authorization".to_owned(), format!("Bearer {token}"))
}

/// What a request that succeeds does to the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Journal {
    /// A write appends at least one entry.
    Told,
    /// A write finds nothing to change, or is a replay.
    Untouched,
    /// Another thread writes meanwhile: nothing can be said.
    Shared,
}

/// A request that is being put together.
pub struct Request {
    world: Arc<Inner>,
    method: String,
    path: String,
    at: SocketAddr,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    journal: Journal,
    in_contract: bool,
    meanwhile: Option<Box<dyn FnOnce()>>,
    elsewhere: Option<IpAddr>,
}

impl Request {
    /// Sent to another node.
    #[must_use]
    pub fn at(mut self, node: SocketAddr) -> Self {
        self.at = node;
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With one more line of a header.
    #[must_use]
    pub fn another_line(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With another access token.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        let (name, value) = bearer(token);
        self.header(&name, value)
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: impl serde::Serialize) -> Self {
        let body = serde_json::to_vec(&body).unwrap();
        self.body("application/json", body)
    }

    /// With a body of any kind.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("content-type", content_type)
    }

    /// Changing the version that `etag` names.
    #[must_use]
    pub fn if_match(self, etag: impl Into<String>) -> Self {
        self.header("if-match", etag)
    }

    /// Under an idempotency key.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        self.header("idempotency-key", key)
    }

    /// A write that is expected to change nothing: a replay, or what is already so. The journal must not grow.
    #[must_use]
    pub fn changing_nothing(mut self) -> Self {
        self.journal = Journal::Untouched;
        self
    }

    /// Sent while others write: what the journal says meanwhile is not held against this request.
    #[must_use]
    pub fn beside_others(mut self) -> Self {
        self.journal = Journal::Shared;
        self
    }

    /// With a body that takes its time: `meanwhile` happens when the server has got the head and half of the body.
    #[must_use]
    pub fn slowly(mut self, meanwhile: impl FnOnce() + 'static) -> Self {
        self.meanwhile = Some(Box::new(meanwhile));
        // The body is begun when the server says that it waits for it.
        self.header("expect", "100-continue").beside_others()
    }

    /// From another address of this machine, `127.0.0.number` or, beyond 255, what follows it.
    #[must_use]
    pub fn coming_from(mut self, number: u32) -> Self {
        let address = Ipv4Addr::from_bits(Ipv4Addr::new(127, 0, 0, 0).to_bits() + number);
        self.elsewhere = Some(address.into());
        self
    }

    /// Something that the contract does not know, on purpose.
    #[must_use]
    pub fn off_contract(mut self) -> Self {
        self.in_contract = false;
        self
    }

    /// Sends the request and holds the answer to the contract and to the journal.
    ///
    /// # Panics
    /// When the answer does not keep to either, or none comes.
    #[track_caller]
    pub fn send(mut self) -> Reply {
        self.world.tick();
        let writes = !matches!(self.method.as_str(), "GET" | "HEAD");
        let before = writes.then(|| self.world.entries());
        let reply = self.exchange();
        self.world.notes_secrets(|secrets| {
            let sent = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            secrets.saw(&self.path, sent, self.body.as_deref().unwrap_or_default());
            let told = reply.headers.iter();
            let told = told.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
            secrets.saw("", told, &reply.body);
        });
        assert!(reply.header("x-request-id").is_some(), "X-Request-Id is missing in {reply}");
        if self.in_contract {
            let operation = self.world.contract().check(&reply);
            self.world.saw(&operation.id, reply.status);
        } else if reply.header("content-type") == Some("application/scim+json") {
            super::directory::check_scim_refusal(&reply);
        } else if reply.status >= 400 {
            super::contract::check_problem(&reply);
        }
        if let Some(before) = before {
            self.check_journal(&reply, self.world.entries() - before);
        }
        reply
    }

    /// Sends a request whose path may be none of the contract, such as one with a broken id in it.
    #[track_caller]
    pub fn send_unmatched(mut self) -> Reply {
        self.in_contract = self.world.contract().operation(&self.method, &self.path).is_some();
        self.send()
    }

    /// Sends the request and expects `status`.
    ///
    /// # Panics
    /// When the status is another, or as [`Request::send`].
    #[track_caller]
    pub fn expect(self, status: u16) -> Reply {
        let reply = self.send();
        assert_eq!(
            reply.status, status,
            "expected {status}: {} {} gave {reply}",
            reply.method, reply.path
        );
        reply
    }

    /// Sends the request and expects to be refused with `status` and the problem's `code`.
    ///
    /// # Panics
    /// When the answer is another, or as [`Request::send`].
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Reply {
        let reply = self.expect(status);
        assert_eq!(reply.json["code"], code, "{reply}");
        reply
    }

    fn exchange(&mut self) -> Reply {
        if let Some(from) = self.elsewhere {
            let sent = self.body.clone().unwrap_or_default();
            let (method, path) = (&self.method, &self.path);
            let (status, headers, body) =
                elsewhere::exchange(from, self.at, method, path, &self.headers, &sent);
            return self.reply(status, headers, body);
        }
        let url = format!("http://{}{}", self.at, self.path);
        let method: Method = self.method.parse().unwrap();
        let mut request = HttpRequest::builder().method(method.clone()).uri(url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let takes_body = matches!(method, Method::POST | Method::PUT | Method::PATCH);
        let agent = self.world.agent();
        let response = if let Some(meanwhile) = self.meanwhile.take() {
            let body = slow::body(self.body.clone().unwrap_or_default(), meanwhile);
            agent.run(request.body(body).unwrap())
        } else if takes_body || self.body.is_some() {
            agent.run(request.body(self.body.clone().unwrap_or_default()).unwrap())
        } else {
            agent.run(request.body(()).unwrap())
        };
        let mut response =
            response.unwrap_or_else(|error| panic!("{} {}: {error}", self.method, self.path));
        let body = response.body_mut().read_to_vec().unwrap();
        self.reply(response.status().as_u16(), response.headers().clone(), body)
    }

    fn reply(&self, status: u16, headers: HeaderMap, body: Vec<u8>) -> Reply {
        let is_json =
            headers.get("content-type").is_some_and(|kind| kind.as_bytes().ends_with(b"json"));
        Reply {
            method: self.method.clone(),
            path: self.path.clone(),
            status,
            headers,
            json: if is_json && !body.is_empty() {
                serde_json::from_slice(&body).expect("what says that it is JSON is JSON")
            } else {
                Value::Null
            },
            body,
        }
    }

    /// Every change is told, and nothing else is.
    #[track_caller]
    fn check_journal(&self, reply: &Reply, grown: i64) {
        let operation = self.world.contract().operation(&self.method, &self.path);
        let id = operation.map_or("", |operation| operation.id.as_str());
        if self.journal == Journal::Shared || self.world.is_at_once() {
            return;
        }
        let elsewhere = TOLD_ELSEWHERE.iter().any(|(name, _)| *name == id);
        let told = reply.status < 300 && self.journal == Journal::Told && !elsewhere;
        if told {
            assert!(
                grown > 0,
                "{id} changed something and the journal does not tell of it: {reply}"
            );
        } else if !REFUSALS_TOLD.contains(&id) {
            assert_eq!(grown, 0, "{id} changed nothing and the journal grew: {reply}");
        }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The method that was asked with.
    pub method: String,
    /// The path that was asked for, with its query.
    pub path: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON, null where it is none.
    pub json: Value,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl Reply {
    /// A header, where there is one.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The entity tag.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn etag(&self) -> String {
        self.header("etag").unwrap_or_else(|| panic!("an ETag is missing in {self}")).to_owned()
    }

    /// A text of the body, by JSON pointer or by the name of a field.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        let found = if pointer.starts_with('/') {
            self.json.pointer(pointer)
        } else {
            self.json.get(pointer)
        };
        found
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{pointer} is missing in {self}"))
            .to_owned()
    }

    /// The id of what the body shows.
    #[track_caller]
    pub fn id(&self) -> String {
        self.text("id")
    }

    /// The items of a list.
    ///
    /// # Panics
    /// When the body is no list.
    #[track_caller]
    pub fn items(&self) -> &[Value] {
        self.json["items"].as_array().unwrap_or_else(|| panic!("items are missing in {self}"))
    }

    /// The same answer, which is expected to be a refusal with `status` and the problem's `code`.
    ///
    /// # Panics
    /// When it is another.
    #[track_caller]
    pub fn expect_code(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, &self.json["code"]), (status, &Value::from(code)), "{self}");
        self
    }

    /// The pointers of the faults that a 422 names.
    pub fn pointers(&self) -> Vec<&str> {
        let faults = self.json["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        faults.iter().filter_map(|fault| fault["pointer"].as_str()).collect()
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.status, String::from_utf8_lossy(&self.body))
    }
}
