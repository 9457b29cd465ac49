//! How this server proves to a provider who it is, and that such a proof counts nowhere else.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::asker::{Asker, VERIFIER, field};
use super::invented::Invented;
use super::staff::Staff;
use super::{asks_providers, never_too_many};
use crate::harness::providers::{Browser, Glewlwyd, Home as _, Person, decoded};
use crate::harness::{House, Tokens, World, both};
use crate::identity::{me, refresh};

/// Somebody comes in at glewlwyd, which takes no other proof than this one, and is asked about again.
fn comes_in_and_goes_on(world: &World, token_auth: &str) {
    let Some(glewlwyd) = Glewlwyd::start(module_path!()) else { return };
    let issuer = glewlwyd.opens("kg");
    let staff = Staff::with(world, House::Kg, &issuer, &json!({"token_auth": token_auth}));
    let aida = Person::new("aida", &["clerk"]);
    let tokens = staff.officer(world, &aida);
    me(world, &tokens.access).expect(200);
    issuer.employs(&Person::new("aida", &["liaison", "clerk"]));
    world.advance_minutes(6);
    let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
    issuer.dismisses(&aida);
    world.lives_today();
    world.advance_minutes(12);
    refresh(world, &tokens.refresh).refused(401, "invalid-refresh-token");
}

/// The assertion in a form: its head and its claims.
fn assertion(form: &BTreeMap<String, String>) -> (Value, Value) {
    assert_eq!(
        form["client_assertion_type"],
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    assert!(!form.contains_key("client_secret"), "{form:?}");
    decoded(&form["client_assertion"])
}

both! {
    /// A secret in the body.
    fn by_a_secret_in_the_body(world) tuned never_too_many {
        comes_in_and_goes_on(world, "client_secret_post");
    }

    /// An assertion for the address that it is sent to: glewlwyd takes no other.
    fn by_an_assertion_for_its_address(world) tuned never_too_many {
        comes_in_and_goes_on(world, "private_key_jwt_for_address");
    }

    /// An assertion is for the issuer that the agency has connected, wherever the provider says that it is to be sent, and is no
    /// token of this server's own.
    fn by_an_assertion_for_the_issuer(world) tuned never_too_many {
        let home = Invented::new(world, House::Kg, &json!({"token_auth": "private_key_jwt", "recheck": "introspection"}));
        home.officer(world, "officer-1");
        world.advance_minutes(11);
        home.impostor.describes("token_endpoint", json!("https://login.example.kz/token"));
        assert_eq!(asks_providers(world), 0);
        let forms = [home.impostor.forms("/token"), home.impostor.forms("/introspect")].concat();
        assert_eq!(forms.len(), 3);
        for form in &forms {
            let (head, claims) = assertion(form);
            assert_eq!((&head["alg"], &head["typ"]), (&json!("EdDSA"), &json!("client-authentication+jwt")));
            assert_eq!(claims["aud"], json!(home.impostor.issuer), "{claims}");
            assert_eq!((&claims["iss"], &claims["sub"]), (&json!("passage"), &json!("passage")));
            let lasts = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
            assert!(lasts <= 60, "{claims}");
            me(world, &form["client_assertion"]).refused(401, "unauthenticated");
        }
        let once: std::collections::BTreeSet<String> =
            forms.iter().map(|form| assertion(form).1["jti"].to_string()).collect();
        assert_eq!(once.len(), forms.len());
    }

    /// A provider that says that its addresses are another one's gets nothing that counts there.
    fn what_one_provider_gets_counts_at_no_other(world) tuned never_too_many {
        let Some(glewlwyd) = Glewlwyd::start(module_path!()) else { return };
        let issuer = glewlwyd.opens("kg");
        let kg = Staff::with(world, House::Kg, &issuer, &json!({"token_auth": "private_key_jwt_for_address"}));
        let aida = Person::new("aida", &["clerk"]);
        kg.officer(world, &aida);
        let there = Asker::to(&issuer, kg.site.clone());
        for token_auth in ["private_key_jwt", "private_key_jwt_for_address"] {
            let wanted = json!({"token_auth": token_auth, "recheck": "introspection", "client_id": kg.site.client_id});
            let impostor = Invented::new(world, House::Kz, &wanted);
            let audience = kg.site.client_id.clone();
            impostor.impostor.lies(move |_, claims| claims["aud"] = json!(audience));
            impostor.officer(world, "officer-1");
            world.advance_minutes(11);
            impostor.impostor.describes("token_endpoint", json!(there.endpoint("token_endpoint")));
            assert_eq!(asks_providers(world), 0);
            let form = impostor.impostor.forms("/introspect").pop().expect("it was asked");
            world.lives_today();
            let code = there.admits(&mut Browser::new(), &aida);
            let code = field(&code, "code").unwrap().to_owned();
            let fields = [
                ("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &kg.site.callback),
                ("code_verifier", VERIFIER), ("client_id", &form["client_id"]),
                ("client_assertion_type", &form["client_assertion_type"]),
                ("client_assertion", &form["client_assertion"]),
            ];
            let refused = Browser::new().form_as(there.endpoint("token_endpoint"), &fields, &[]);
            assert_eq!((refused.status, refused.body.as_str()), (403, ""), "{token_auth}");
        }
    }
}
