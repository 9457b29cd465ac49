//! An identity provider that says whatever a story wants: an attacker's tool, which signs any claim with keys of its own.
//! That honest providers are understood is shown with real ones.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::manners::Manner;
use super::providers::{Es256, base64url};
use super::world::World;

type Lie = Box<dyn Fn(&mut Value, &mut Value) + Send>;

/// Such a provider; it ends when this is dropped.
pub struct Impostor {
    /// Its issuer.
    pub issuer: String,
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct State {
    issuer: String,
    key: Es256,
    subject: String,
    groups: Value,
    now: i64,
    /// What a code was given for: the nonce and the challenge.
    codes: BTreeMap<String, (String, String)>,
    lie: Option<Lie>,
    description: Value,
    key_fetches: usize,
    /// The forms that it was sent, by where to.
    forms: Vec<(String, BTreeMap<String, String>)>,
    down: bool,
    /// The connections that it never answers, where it answers none.
    held: Option<Vec<TcpStream>>,
    knows_us: bool,
    keys: Option<String>,
    refresh: (u16, String),
    asked_with: Vec<String>,
    /// What it answers to every code, where that is nothing sensible.
    redeemed: Option<(u16, String)>,
    active: Value,
    heard: Vec<Heard>,
    manners: BTreeMap<&'static str, Manner>,
}

/// What it was asked.
#[derive(Debug, Clone)]
pub struct Heard {
    /// At which path.
    pub path: String,
    /// With which credentials; empty without any.
    pub authorization: String,
    /// What was sent.
    pub body: String,
    /// What it answered; empty where it behaved as no provider should.
    pub told: String,
}

/// What a browser is sent back with.
#[derive(Debug, Clone)]
pub struct Back {
    /// What the sign-in was begun with.
    pub state: String,
    /// What the tokens are got with.
    pub code: String,
}

impl Back {
    /// The query that the browser comes back with.
    pub fn query(&self) -> String {
        format!("?state={}&code={}", self.state, self.code)
    }
}

impl Impostor {
    /// Opens for business.
    pub fn opens(world: &World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let issuer = format!("http://{address}");
        let state = State {
            description: json!({
                "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/jwks"),
                "introspection_endpoint": format!("{issuer}/introspect"),
                "end_session_endpoint": format!("{issuer}/end"),
            }),
            issuer: issuer.clone(),
            key: Es256::called("key-1"),
            subject: "officer-1".to_owned(),
            groups: json!(["officers"]),
            now: world.now().seconds(),
            codes: BTreeMap::new(),
            lie: None,
            key_fetches: 0,
            forms: Vec::new(),
            down: false,
            held: None,
            knows_us: true,
            keys: None,
            refresh: renewed(),
            asked_with: Vec::new(),
            redeemed: None,
            active: json!(true),
            heard: Vec::new(),
            manners: BTreeMap::new(),
        };
        let (state, ends) = (Arc::new(Mutex::new(state)), Arc::new(AtomicBool::new(false)));
        let (inner, over) = (state.clone(), ends.clone());
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(stream) = stream {
                    serve(stream, &inner);
                }
            }
        });
        Self { issuer, address, state, ends, thread: Some(thread) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signs in as that subject with these groups from now on.
    pub fn is(&self, subject: &str, groups: Value) {
        let mut state = self.state();
        subject.clone_into(&mut state.subject);
        state.groups = groups;
    }

    /// Changes the head and the claims of every ID token from now on.
    pub fn lies(&self, lie: impl Fn(&mut Value, &mut Value) + Send + 'static) {
        self.state().lie = Some(Box::new(lie));
    }

    /// Describes itself otherwise.
    pub fn describes(&self, name: &str, value: Value) {
        self.state().description[name] = value;
    }

    /// Has another key from now on; with the same name, or a new one.
    pub fn changes_key(&self, kid: &str) {
        self.state().key = Es256::called(kid);
    }

    /// How often its keys were asked for.
    pub fn key_fetches(&self) -> usize {
        self.state().key_fetches
    }

    /// The forms that were sent to `path`, the first first.
    pub fn forms(&self, path: &str) -> Vec<BTreeMap<String, String>> {
        let sent = self.state().forms.clone();
        sent.into_iter().filter(|(to, _)| to == path).map(|(_, form)| form).collect()
    }

    /// Answers nothing but 500, or is well again.
    pub fn is_down(&self, down: bool) {
        self.state().down = down;
    }

    /// Takes every connection and never answers, or does so again.
    pub fn is_mute(&self, mute: bool) {
        self.state().held = mute.then(Vec::new);
    }

    /// Whether it takes the proof of who this server is.
    pub fn knows_us(&self, knows: bool) {
        self.state().knows_us = knows;
    }

    /// What it shows in the place of its keys.
    pub fn shows_for_keys(&self, page: Option<&str>) {
        self.state().keys = page.map(str::to_owned);
    }

    /// What it answers to refresh tokens.
    pub fn answers_refreshes(&self, status: u16, body: &str) {
        self.state().refresh = (status, body.to_owned());
    }

    /// Renews what it gave out, as it did in the beginning.
    pub fn is_itself(&self) {
        self.state().refresh = renewed();
    }

    /// With which refresh tokens it was asked.
    pub fn asked_with(&self) -> Vec<String> {
        self.state().asked_with.clone()
    }

    /// What it answers to every code from now on; as it should, where that is nothing.
    pub fn answers_codes(&self, answer: Option<(u16, &str)>) {
        self.state().redeemed = answer.map(|(status, body)| (status, body.to_owned()));
    }

    /// What it was asked since it last forgot.
    pub fn heard(&self) -> Vec<Heard> {
        self.state().heard.clone()
    }

    /// Forgets what it was asked.
    pub fn forgets(&self) {
        self.state().heard.clear();
    }

    /// Answers like that at `path` from now on.
    pub fn behaves(&self, path: &'static str, manner: Manner) {
        self.state().manners.insert(path, manner);
    }

    /// Answers as it should from now on.
    pub fn behaves_well(&self) {
        self.state().manners.clear();
    }

    /// What it says of tokens that it is asked about.
    pub fn says_active(&self, active: bool) {
        self.state().active = json!(active);
    }

    /// The user signs in at the address that the browser was sent to.
    pub fn authorizes(&self, world: &World, location: &str) -> Back {
        let (address, query) = location.split_once('?').unwrap();
        assert_eq!(address, format!("{}/authorize", self.issuer));
        let sent: BTreeMap<String, String> = serde_urlencoded::from_str(query).unwrap();
        assert_eq!(sent["response_type"], "code");
        assert_eq!(sent["code_challenge_method"], "S256");
        assert!(sent["scope"].split(' ').any(|scope| scope == "openid"));
        let mut state = self.state();
        let code = format!("code-{}", state.codes.len());
        state.now = world.now().seconds();
        let of = (sent["nonce"].clone(), sent["code_challenge"].clone());
        state.codes.insert(code.clone(), of);
        Back { state: sent["state"].clone(), code }
    }

    /// A token with this head and these claims, signed with the present key.
    pub fn signs(&self, head: &Value, claims: &Value) -> String {
        self.state().key.signs(head, claims)
    }

    /// The head that its tokens usually have.
    pub fn head(&self) -> Value {
        self.state().head()
    }
}

impl Drop for Impostor {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What it usually answers to refresh tokens.
fn renewed() -> (u16, String) {
    (200, json!({"access_token": "at-2", "refresh_token": "rt-2"}).to_string())
}

impl State {
    fn head(&self) -> Value {
        json!({"alg": "ES256", "typ": "JWT", "kid": self.key.kid})
    }

    fn id_token(&self, nonce: Option<&str>) -> String {
        let mut head = self.head();
        let mut claims = json!({
            "iss": self.issuer, "sub": self.subject, "aud": "passage", "iat": self.now, "exp": self.now + 300,
            "groups": self.groups, "email": "officer@home.example", "name": "An officer", "sid": "session-1",
            "auth_time": self.now,
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        if let Some(lie) = &self.lie {
            lie(&mut head, &mut claims);
        }
        self.key.signs(&head, &claims)
    }

    fn answer(&mut self, path: &str, body: &str) -> (u16, String) {
        if self.down {
            return (500, String::new());
        }
        let form: BTreeMap<String, String> = serde_urlencoded::from_str(body).unwrap_or_default();
        if !form.is_empty() {
            self.forms.push((path.to_owned(), form.clone()));
        }
        match path {
            "/.well-known/openid-configuration" => (200, self.description.to_string()),
            "/jwks" => {
                self.key_fetches += 1;
                let keys = || json!({"keys": [self.key.public_jwk()]}).to_string();
                (200, self.keys.clone().unwrap_or_else(keys))
            }
            "/token" | "/introspect" if !self.knows_us => {
                (401, json!({"error": "invalid_client"}).to_string())
            }
            "/introspect" => {
                // Its access tokens have run out by then.
                let known = form["token"] == "a-refresh-token-of-the-provider";
                (200, json!({"active": known && self.active == json!(true)}).to_string())
            }
            "/token" if form["grant_type"] == "refresh_token" => {
                self.asked_with.push(form["refresh_token"].clone());
                self.refresh.clone()
            }
            "/token" => self.redeems(&form),
            _ => (404, String::new()),
        }
    }

    fn redeems(&mut self, form: &BTreeMap<String, String>) -> (u16, String) {
        if let Some(answer) = &self.redeemed {
            return answer.clone();
        }
        let Some((nonce, challenge)) = self.codes.get(&form["code"]).cloned() else {
            return (400, json!({"error": "invalid_grant"}).to_string());
        };
        let verifier = base64url(&Sha256::digest(form["code_verifier"].as_bytes()));
        if verifier != challenge {
            return (400, json!({"error": "invalid_grant"}).to_string());
        }
        let answer = json!({
            "access_token": "at-1", "token_type": "Bearer", "refresh_token": "a-refresh-token-of-the-provider",
            "id_token": self.id_token(Some(&nonce)),
        });
        (200, answer.to_string())
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let Some(heard) = hear(&mut stream) else { return };
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(held) = &mut state.held {
        held.push(stream);
        state.heard.push(heard);
        return;
    }
    if let Some(manner) = state.manners.get(heard.path.as_str()) {
        manner.clone().answers(stream);
        state.heard.push(heard);
        return;
    }
    let (status, body) = state.answer(&heard.path, &heard.body);
    state.heard.push(Heard { told: body.clone(), ..heard });
    drop(state);
    let answer = format!(
        "HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(answer.as_bytes());
}

/// A whole request.
fn hear(stream: &mut TcpStream) -> Option<Heard> {
    let _ = stream.set_read_timeout(Some(std::time::Duration::from_secs(5)));
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let header = |wanted: &str| {
                head.lines().find_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    name.eq_ignore_ascii_case(wanted).then(|| value.trim().to_owned())
                })
            };
            let length = header("content-length").map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Some(Heard {
                    path: head.split(' ').nth(1).unwrap_or_default().to_owned(),
                    authorization: header("authorization").unwrap_or_default(),
                    body: body.to_owned(),
                    told: String::new(),
                });
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(read) => request.extend_from_slice(&buffer[..read]),
        }
    }
}
