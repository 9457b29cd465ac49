//! A server that asks a provider as simply as possible, to see what it answers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::harness::providers::{Browser, Home, Page, Person, Site, base64url};

/// A server that asks as simply as possible.
pub struct Asker<'a> {
    home: &'a dyn Home,
    /// What it is registered as.
    pub site: Site,
    metadata: Value,
}

impl<'a> Asker<'a> {
    /// What a server is registered as.
    pub fn site() -> Site {
        Site {
            client_id: "passage".to_owned(),
            method: "client_secret_basic".to_owned(),
            keys: "http://127.0.0.1:9/jwks".to_owned(),
            secret: "a-secret-between-the-two".to_owned(),
            callback: "http://127.0.0.1:9/callback".to_owned(),
            signed_out: "http://127.0.0.1:9/goodbye".to_owned(),
            logout: None,
        }
    }

    /// Registers with `home`, and asks there.
    #[track_caller]
    pub fn of(home: &'a dyn Home) -> Self {
        home.registers(&Self::site());
        Self::to(home, Self::site())
    }

    /// Asks where `site` is registered.
    #[track_caller]
    pub fn to(home: &'a dyn Home, site: Site) -> Self {
        let issuer = home.issuer();
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let metadata = Browser::new().get(&url).expect(200).json();
        assert_eq!(metadata["issuer"], issuer);
        Self { home, site, metadata }
    }

    /// Where the provider takes that kind of request.
    #[track_caller]
    pub fn endpoint(&self, name: &str) -> &str {
        self.metadata[name].as_str().unwrap_or_else(|| panic!("{name} is not in {}", self.metadata))
    }

    /// The person signs in; gives where the browser is sent back to, as the fields of its query.
    #[track_caller]
    pub fn admits(&self, browser: &mut Browser, person: &Person) -> Vec<(String, String)> {
        let challenge = base64url(&Sha256::digest(VERIFIER));
        let query = serde_urlencoded::to_string([
            ("response_type", "code"),
            ("client_id", &self.site.client_id),
            ("redirect_uri", &self.site.callback),
            ("scope", &self.home.scopes().join(" ")),
            ("state", "here"),
            ("nonce", "once"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let request = format!("{}?{}", self.endpoint("authorization_endpoint"), query.unwrap());
        let back = self.home.signs_in(browser, person, &request);
        let (callback, query) = back.split_once('?').expect("a query");
        assert_eq!(callback, self.site.callback);
        serde_urlencoded::from_str(query).unwrap()
    }

    /// Asks `endpoint` with the secret.
    #[track_caller]
    pub fn posts(&self, endpoint: &str, fields: &[(&str, &str)]) -> Page {
        let proof = STANDARD.encode(format!("{}:{}", self.site.client_id, self.site.secret));
        let basic = format!("Basic {proof}");
        Browser::new().form_as(self.endpoint(endpoint), fields, &[("authorization", &basic)])
    }

    /// The tokens for a code.
    #[track_caller]
    pub fn redeems(&self, code: &str) -> Value {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.site.callback),
            ("code_verifier", VERIFIER),
        ];
        self.posts("token_endpoint", &fields).expect(200).json()
    }

    /// The person signs in with a new browser; gives the tokens.
    #[track_caller]
    pub fn tokens(&self, person: &Person) -> Value {
        let back = self.admits(&mut Browser::new(), person);
        self.redeems(field(&back, "code").expect("a code"))
    }

    /// Asks for new tokens.
    #[track_caller]
    pub fn renews(&self, token: &Value) -> Page {
        let token = token.as_str().expect("a refresh token");
        self.posts("token_endpoint", &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// The names of the keys that the provider shows.
    #[track_caller]
    pub fn kids(&self) -> Vec<Value> {
        let keys = Browser::new().get(self.endpoint("jwks_uri")).expect(200).json();
        keys["keys"].as_array().expect("keys").iter().map(|key| key["kid"].clone()).collect()
    }
}

/// What proves that the code comes back to who asked for it (RFC 7636).
pub const VERIFIER: &str = "forty-three-characters-at-the-least-are-needed";

/// A field of a form.
pub fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// A text in JSON.
#[track_caller]
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}
