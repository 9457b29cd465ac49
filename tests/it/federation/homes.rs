//! What the two providers do, whoever asks them: on this rests what the other stories and docs/federation.md say of them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use super::asker::{Asker, field, text};
use crate::harness::providers::{
    Between, Browser, Glewlwyd, Home as _, Lemonldap, Person, Signs, Site, decoded,
};

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
    issuer.signs_out(&mut browser, &request);
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

#[test]
fn who_stands_in_between_can_change_every_word_of_a_provider() {
    let between = Between::new();
    let Some(home) = Glewlwyd::start_behind(module_path!(), Some(between.port)) else { return };
    between.stands_before(home.port);
    let issuer = home.opens("only");
    let aida = Person::new("aida", &["clerk"]);
    issuer.employs(&aida);
    let asker = Asker::of(&issuer);
    let shown = asker.kids();
    between.forges(|head, claims| {
        head["typ"] = json!("JOSE");
        claims["role"] = json!(["liaison"]);
    });
    let tokens = asker.tokens(&aida);
    let (head, claims) = decoded(text(&tokens["id_token"]));
    assert_eq!((&head["typ"], &claims["role"]), (&json!("JOSE"), &json!(["liaison"])));
    assert_eq!(claims["iss"], issuer.issuer());
    // The key is the only one that is shown, so that what is forged is well signed.
    let forged = asker.kids();
    assert_ne!(forged, shown);
    assert_eq!(forged, [head["kid"].clone()]);
    assert_eq!(between.asked_for("/jwks"), 2);
}
