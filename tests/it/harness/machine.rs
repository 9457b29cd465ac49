//! Another ministry's system: keys of its own, assertions signed with them, and the tokens that it gets.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::client::{Reply, Request};
use super::house::House;
use super::listener::Listener;
use super::world::World;

/// The type of an assertion of a client, as OAuth names it.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A key pair of a machine.
pub enum MachineKey {
    /// Ed25519.
    Edwards(Ed25519KeyPair),
    /// ECDSA on P-256.
    Elliptic(EcdsaKeyPair),
}

impl MachineKey {
    /// A new Ed25519 key.
    pub fn edwards() -> Self {
        Self::Edwards(Ed25519KeyPair::generate().unwrap())
    }

    /// A new key on P-256.
    pub fn elliptic() -> Self {
        Self::Elliptic(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    /// The public half.
    pub fn public(&self) -> Vec<u8> {
        match self {
            Self::Edwards(pair) => pair.public_key().as_ref().to_vec(),
            Self::Elliptic(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    /// The public half as a JSON Web Key, without a name.
    pub fn jwk(&self) -> Value {
        let public = self.public();
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Edwards(_) => json!({"kty": "OKP", "crv": "Ed25519", "x": text(&public)}),
            Self::Elliptic(_) => {
                json!({"kty": "EC", "crv": "P-256", "x": text(&public[1..33]), "y": text(&public[33..])})
            }
        }
    }

    /// What it signs with.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Edwards(_) => "EdDSA",
            Self::Elliptic(_) => "ES256",
        }
    }

    /// The JWT of `head` and `claims`, signed.
    pub fn signs(&self, head: &Value, claims: &Value) -> String {
        jwt(head, claims, |message| match self {
            Self::Edwards(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Elliptic(pair) => {
                pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
            }
        })
    }
}

/// A JWT whose signature `sign` makes.
pub fn jwt(head: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let message = format!("{}.{}", part(head), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// A machine account, and the key that its system holds.
pub struct Machine {
    world: World,
    /// The account, and the client.
    pub id: String,
    /// The path of the account.
    pub path: String,
    /// What it signs with.
    pub key: MachineKey,
}

impl Machine {
    /// A machine account that the admin of `house` makes, with its speaker as the owner; nobody has confirmed it.
    #[track_caller]
    pub fn waiting(world: &World, house: House, roles: &[&str], scopes: &[&str]) -> Self {
        let key = MachineKey::edwards();
        let body = Self::description(world, house, roles, scopes, &key);
        let made = world.agency(house).admin.post("/machine-accounts").json(body).expect(201);
        let path = format!("/machine-accounts/{}", made.id());
        Self { world: world.clone(), id: made.id(), path, key }
    }

    /// The same, confirmed by the agency's speaker.
    #[track_caller]
    pub fn new(world: &World, house: House, roles: &[&str], scopes: &[&str]) -> Self {
        let machine = Self::waiting(world, house, roles, scopes);
        world.speaker(house).post(format!("{}/confirm", machine.path)).expect(200);
        machine
    }

    /// The same of an agency's case officers, with `owner` to answer for it.
    #[track_caller]
    pub fn of_owner(world: &World, house: House, owner: &str) -> Self {
        let machine = Self::new(world, house, &["case_officer"], &["cases.read", "feed.read"]);
        machine.is_given_to(house, owner);
        machine
    }

    /// An admin has `owner` answer for it from now on, and somebody confirms it.
    #[track_caller]
    pub fn is_given_to(&self, house: House, owner: &str) {
        let admin = self.world.agency(house).admin;
        admin.edits(&self.path, json!({"owner_user_id": owner})).expect(200);
        self.world.speaker(house).post(format!("{}/confirm", self.path)).expect(200);
    }

    /// It works: what it got opens, and it gets more.
    #[track_caller]
    pub fn works(&self, house: House, token: &str) {
        self.world.nobody().get("/cases").token(token).expect(200);
        assert_eq!(self.world.speaker(house).get(&self.path).expect(200).json["status"], "active");
        self.get("/cases").expect(200);
    }

    /// It stands still: what it got opens nothing, and it gets no more.
    #[track_caller]
    pub fn stands_still(&self, house: House, token: &str) {
        self.world.nobody().get("/cases").token(token).refused(401, "unauthenticated");
        let shown = self.world.speaker(house).get(&self.path).expect(200);
        assert_eq!(shown.json["status"], "suspended");
        let refused = self.asks(&self.assertion(), None).expect(401);
        assert_eq!(refused.json["error"], "invalid_client");
    }

    /// The same account, whose system holds another key.
    pub fn with_key(&self, key: MachineKey) -> Self {
        Self { world: self.world.clone(), id: self.id.clone(), path: self.path.clone(), key }
    }

    /// What an admin enters for a machine account that lasts for a month.
    pub fn description(
        world: &World,
        house: House,
        roles: &[&str],
        scopes: &[&str],
        key: &MachineKey,
    ) -> Value {
        json!({
            "name": "Case system of a ministry", "owner_user_id": world.speaker(house).id, "roles": roles,
            "scopes": scopes, "expires_at": world.minutes_from_now(30 * 24 * 60), "keys": [key.jwk()],
        })
    }

    /// The head of its assertions.
    pub fn head(&self) -> Value {
        json!({"alg": self.key.algorithm(), "typ": "client-authentication+jwt"})
    }

    /// The claims of a new assertion.
    pub fn claims(&self) -> Value {
        static MADE: AtomicU64 = AtomicU64::new(1);
        let now = self.world.now().seconds();
        json!({
            "iss": self.id, "sub": self.id, "aud": self.world.issuer(), "iat": now, "exp": now + 50,
            "jti": MADE.fetch_add(1, Ordering::Relaxed).to_string(),
        })
    }

    /// A new assertion.
    pub fn assertion(&self) -> String {
        self.key.signs(&self.head(), &self.claims())
    }

    /// Asks for a token with `assertion`, and for `scope` where one is named.
    pub fn asks(&self, assertion: &str, scope: Option<&str>) -> Request {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion),
        ];
        form.extend(scope.map(|scope| ("scope", scope)));
        token_request(&self.world, &form)
    }

    /// A new token for all that the account may ask for.
    #[track_caller]
    pub fn token(&self) -> String {
        self.asks(&self.assertion(), None).beside_others().expect(200).text("access_token")
    }

    /// A new token for `scope`.
    #[track_caller]
    pub fn token_for(&self, scope: &str) -> String {
        let reply = self.asks(&self.assertion(), Some(scope)).beside_others().expect(200);
        assert_eq!(reply.json["scope"], scope);
        reply.text("access_token")
    }

    /// A request with a new token.
    #[track_caller]
    pub fn request(&self, method: &str, path: &str) -> Request {
        let token = self.token();
        self.world.nobody().request(method, path).token(&token)
    }

    /// A `GET` with a new token.
    #[track_caller]
    pub fn get(&self, path: &str) -> Request {
        self.request("GET", path)
    }

    /// Follows the feed with a new token.
    #[track_caller]
    pub fn follows(&self) -> Listener {
        let token = self.token();
        Listener::open(&self.world.nobody(), self.world.address(), "/feed", &token, None)
    }
}

/// A request for a token with the parameters of `form`.
pub fn token_request(world: &World, form: &[(&str, &str)]) -> Request {
    let form = serde_urlencoded::to_string(form).unwrap();
    world.nobody().post("/auth/token").body("application/x-www-form-urlencoded", form)
}

/// Holds a refusal to the words of OAuth (RFC 6749, section 5.2).
///
/// # Panics
/// When it does not keep to them.
pub fn check_oauth_refusal(reply: &Reply) {
    let words = ["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"];
    let error = reply.json["error"].as_str().unwrap_or_default();
    assert!(words.contains(&error), "{reply}");
    assert!(reply.json["error_description"].is_string(), "{reply}");
    assert_eq!(reply.json.as_object().map(serde_json::Map::len), Some(2), "{reply}");
    assert_eq!(reply.status, if error == "invalid_client" { 401 } else { 400 }, "{reply}");
    assert_eq!(reply.header("cache-control"), Some("no-store"), "{reply}");
}
