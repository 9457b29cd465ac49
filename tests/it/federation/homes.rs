//! What the two providers do, whoever asks them: on this rests what the other stories and docs/federation.md say of them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::harness::providers::{
    Browser, Glewlwyd, Home, Lemonldap, Page, Person, Signs, Site, base64url, decoded,
};

/// A server that asks as simply as possible.
struct Asker<'a> {
    home: &'a dyn Home,
    site: Site,
    metadata: Value,
}

impl<'a> Asker<'a> {
    fn site() -> Site {
        Site {
            client_id: "passage".to_owned(),
            secret: "a secret between the two".to_owned(),
            callback: "http://127.0.0.1:9/callback".to_owned(),
            signed_out: "http://127.0.0.1:9/goodbye".to_owned(),
            logout: None,
        }
    }

    /// Registers with `home`, and asks there.
    #[track_caller]
    fn of(home: &'a dyn Home) -> Self {
        home.registers(&Self::site());
        Self::to(home, Self::site())
    }

    /// Asks where `site` is registered.
    #[track_caller]
    fn to(home: &'a dyn Home, site: Site) -> Self {
        let issuer = home.issuer();
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let metadata = Browser::new().get(&url).expect(200).json();
        assert_eq!(metadata["issuer"], issuer);
        Self { home, site, metadata }
    }

    fn endpoint(&self, name: &str) -> &str {
        self.metadata[name].as_str().unwrap_or_else(|| panic!("{name} is not in {}", self.metadata))
    }

    /// The person signs in; gives where the browser is sent back to, as the fields of its query.
    #[track_caller]
    fn admits(&self, browser: &mut Browser, person: &Person) -> Vec<(String, String)> {
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

    #[track_caller]
    fn posts(&self, endpoint: &str, fields: &[(&str, &str)]) -> Page {
        let proof = STANDARD.encode(format!("{}:{}", self.site.client_id, self.site.secret));
        let basic = format!("Basic {proof}");
        Browser::new().form_as(self.endpoint(endpoint), fields, &[("authorization", &basic)])
    }

    #[track_caller]
    fn redeems(&self, code: &str) -> Value {
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
    fn tokens(&self, person: &Person) -> Value {
        let back = self.admits(&mut Browser::new(), person);
        self.redeems(field(&back, "code").expect("a code"))
    }

    #[track_caller]
    fn renews(&self, token: &Value) -> Page {
        let token = token.as_str().expect("a refresh token");
        self.posts("token_endpoint", &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    #[track_caller]
    fn kids(&self) -> Vec<Value> {
        let keys = Browser::new().get(self.endpoint("jwks_uri")).expect(200).json();
        keys["keys"].as_array().expect("keys").iter().map(|key| key["kid"].clone()).collect()
    }
}

/// What proves that the code comes back to who asked for it (RFC 7636).
const VERIFIER: &str = "forty-three-characters-at-the-least-are-needed";

fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[track_caller]
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

#[test]
fn glewlwyd_renews_until_the_account_is_dismissed() {
    let Some(home) = Glewlwyd::start(module_path!()) else { return };
    let first = home.opens("first");
    let aida = Person::new("aida", &["liaison", "chief"]);
    first.employs(&aida);
    let asker = Asker::of(&first);
    let back = asker.admits(&mut Browser::new(), &aida);
    assert_eq!(field(&back, "iss"), Some(first.issuer().as_str()));
    let tokens = asker.redeems(field(&back, "code").unwrap());
    let (head, claims) = decoded(text(&tokens["id_token"]));
    assert_eq!(head["alg"], "ES256");
    assert_eq!(claims["role"], json!(["liaison", "chief"]));
    assert_eq!((&claims["nonce"], &claims["email"]), (&json!("once"), &json!(aida.email)));

    // Renewing gives no ID token; whose roles have changed is found out from what it says of the user.
    first.employs(&Person::new("aida", &["clerk"]));
    let renewed = asker.renews(&tokens["refresh_token"]).expect(200).json();
    assert_eq!(renewed["id_token"], Value::Null);
    let bearer = format!("Bearer {}", text(&renewed["access_token"]));
    let userinfo = asker.endpoint("userinfo_endpoint");
    let said = Browser::new().sends("GET", userinfo, &[("authorization", &bearer)], Vec::new());
    assert_eq!(said.expect(200).json()["role"], json!(["clerk"]));

    // A refresh token is good for once, and what followed from it ends with the second use.
    asker.renews(&tokens["refresh_token"]).expect(400);
    asker.renews(&renewed["refresh_token"]).expect(400);

    let tokens = asker.tokens(&aida);
    first.dismisses(&aida);
    let refused = asker.renews(&tokens["refresh_token"]).expect(400);
    assert_eq!(refused.body, "", "glewlwyd gives no reason");
    let hint = [("token", text(&tokens["refresh_token"])), ("token_type_hint", "refresh_token")];
    let looked = asker.posts("introspection_endpoint", &hint);
    assert_eq!(looked.expect(200).json(), json!({"active": false}));
}

#[test]
fn glewlwyd_has_issuers_that_know_the_same_people_by_other_names() {
    let Some(home) = Glewlwyd::start(module_path!()) else { return };
    let (first, second) = (home.opens("first"), home.opens("second"));
    let aida = Person::new("aida", &["liaison"]);
    first.employs(&aida);
    let asker = Asker::of(&first);
    let elsewhere = Asker::to(&second, asker.site.clone());
    let (_, here) = decoded(text(&asker.tokens(&aida)["id_token"]));
    let (_, there) = decoded(text(&elsewhere.tokens(&aida)["id_token"]));
    assert_ne!(here["iss"], there["iss"]);
    assert_ne!(here["sub"], there["sub"]);
    assert_eq!(here["email"], there["email"]);
    assert_ne!(asker.kids(), elsewhere.kids());
}

#[test]
fn glewlwyd_tells_who_took_part_that_a_session_has_ended() {
    let Some(home) = Glewlwyd::start(module_path!()) else { return };
    let issuer = home.opens("only");
    let told = TcpListener::bind("127.0.0.1:0").unwrap();
    let site = Site {
        logout: Some(format!("http://{}/ended", told.local_addr().unwrap())),
        ..Asker::site()
    };
    issuer.registers(&site);
    let asker = Asker::to(&issuer, site);
    let aida = Person::new("aida", &["liaison"]);
    issuer.employs(&aida);
    let mut browser = Browser::new();
    let back = asker.admits(&mut browser, &aida);
    let tokens = asker.redeems(field(&back, "code").unwrap());
    let listening = std::thread::spawn(move || {
        let (mut line, _) = told.accept().unwrap();
        let body = form(&line);
        line.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        body
    });
    let query = serde_urlencoded::to_string([
        ("id_token_hint", text(&tokens["id_token"])),
        ("post_logout_redirect_uri", &asker.site.signed_out),
    ]);
    let request = format!("{}?{}", asker.endpoint("end_session_endpoint"), query.unwrap());
    issuer.ends_session(&mut browser, &request);
    let sent = listening.join().unwrap();
    let (head, claims) = decoded(field(&sent, "logout_token").expect("a logout token"));
    // As the old draft has it: a type that every token has, and no end.
    assert_eq!((&head["typ"], &claims["exp"]), (&json!("JWT"), &Value::Null));
    assert_eq!(claims["sid"], decoded(text(&tokens["id_token"])).1["sid"]);
    assert!(claims["events"]["http://schemas.openid.net/event/backchannel-logout"].is_object());
}

/// The fields of the form that comes over `line`.
fn form(line: &TcpStream) -> Vec<(String, String)> {
    let mut reader = BufReader::new(line);
    let mut length = 0;
    loop {
        let mut head = String::new();
        reader.read_line(&mut head).unwrap();
        match head.trim().to_ascii_lowercase().strip_prefix("content-length:") {
            Some(number) => length = number.trim().parse().unwrap(),
            None if head.trim().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    serde_urlencoded::from_bytes(&body).unwrap()
}

#[test]
fn glewlwyd_changes_its_key_at_once() {
    let Some(home) = Glewlwyd::start(module_path!()) else { return };
    let issuer = home.opens("only");
    let asker = Asker::of(&issuer);
    let aida = Person::new("aida", &["liaison"]);
    issuer.employs(&aida);
    let before = asker.kids();
    issuer.changes_key();
    let after = asker.kids();
    assert_eq!((before.len(), after.len()), (1, 1));
    assert_ne!(before, after);
    let (head, _) = decoded(text(&asker.tokens(&aida)["id_token"]));
    assert_eq!(head["kid"], after[0]);
}

#[test]
fn lemonldap_renews_with_the_roles_of_today() {
    let Some(home) = Lemonldap::start(module_path!()) else { return };
    let asker = Asker::of(&home);
    let aida = Person::new("aida", &["liaison", "chief"]);
    home.employs(&aida);
    let back = asker.admits(&mut Browser::new(), &aida);
    assert_eq!(field(&back, "iss"), None, "it does not announce its issuer");
    let tokens = asker.redeems(field(&back, "code").unwrap());
    let (_, claims) = decoded(text(&tokens["id_token"]));
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!("aida"), &json!(["passage"])));
    assert_eq!(claims["role"], json!(["liaison", "chief"]));

    home.employs(&Person::new("aida", &["clerk"]));
    let renewed = asker.renews(&tokens["refresh_token"]).expect(200).json();
    assert_eq!(renewed["refresh_token"], Value::Null, "the same one is good again");
    assert_eq!(decoded(text(&renewed["id_token"])).1["role"], json!(["clerk"]));

    home.dismisses(&aida);
    let refused = asker.renews(&tokens["refresh_token"]).expect(400);
    assert_eq!(refused.json()["error"], "invalid_grant");
}

#[test]
fn lemonldap_signs_with_what_it_is_told_to() {
    let Some(home) = Lemonldap::start(module_path!()) else { return };
    let asker = Asker::of(&home);
    let aida = Person::new("aida", &["liaison"]);
    home.employs(&aida);
    let before = asker.kids();
    home.changes_key();
    assert_ne!(asker.kids(), before);
    for (signs, algorithm) in
        [(Signs::Rs256, "RS256"), (Signs::Hs256, "HS256"), (Signs::None, "none")]
    {
        home.signs_with(signs);
        let (head, _) = decoded(text(&asker.tokens(&aida)["id_token"]));
        assert_eq!(head["alg"], algorithm);
    }
}
