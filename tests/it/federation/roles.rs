//! Roles from what real providers say.

use serde_json::{Value, json};

use super::asker::Asker;
use crate::harness::providers::{Glewlwyd, Home, Lemonldap, Person, decoded};
use crate::harness::{Actor, House, World, both};

/// Settings that let a server call providers on this machine.
pub const NEARBY: [(&str, &str); 1] = [("PASSAGE_IDENTITY__FEDERATION_LOOPBACK_HTTP", "true")];

/// An agency that has connected its provider.
struct Connected<'a> {
    admin: Actor,
    asker: Asker<'a>,
    path: String,
    etag: String,
}

impl<'a> Connected<'a> {
    #[track_caller]
    fn of(admin: Actor, home: &'a dyn Home, algorithm: &str) -> Self {
        let mut site = Asker::site();
        let made = admin.connects_provider(&json!({
            "issuer": home.issuer(), "client_id": site.client_id, "client_secret": site.secret,
            "token_auth": "client_secret_basic", "algorithms": [algorithm],
            "scopes": home.scopes().iter().filter(|scope| **scope != "openid").collect::<Vec<_>>(),
            "role_claim": "role",
            "role_mappings": [
                {"value": "liaison", "roles": ["liaison_officer"]},
                {"value": "clerk", "roles": ["case_officer"]},
            ],
        }));
        site.callback = made.text("redirect_uri");
        home.registers(&site);
        let path = format!("/agencies/{}/identity-providers/{}", admin.agency, made.id());
        Self { admin, asker: Asker::to(home, site), path, etag: made.etag() }
    }

    /// What the provider says of the person would give.
    #[track_caller]
    fn previews(&self, person: &Person) -> Value {
        let tokens = self.asker.tokens(person);
        let (_, claims) = decoded(tokens["id_token"].as_str().expect("an ID token"));
        let body = json!({"claims": claims});
        self.admin.post(format!("{}/preview", self.path)).json(body).expect(200).json
    }
}

fn what_is_confirmed_counts(world: &World, house: House, home: &dyn Home, algorithm: &str) {
    let connected = Connected::of(world.agency(house).admin, home, algorithm);
    home.employs(&Person::new("aida", &["liaison", "chief"]));
    let aida = Person::new("aida", &[]);
    let before = connected.previews(&aida);
    assert_eq!((&before["roles"], &before["denied"]), (&json!(["liaison_officer"]), &Value::Null));
    assert_eq!((&before["matched"], &before["ignored"]), (&json!(["liaison"]), &json!(["chief"])));
    assert_eq!((&before["roles_now"], &before["denied_now"]), (&json!([]), &json!("roles_none")));

    let confirm = world.speaker(house).post(format!("{}/confirm", connected.path));
    confirm.if_match(connected.etag.clone()).expect(200);
    assert_eq!(connected.previews(&aida)["roles_now"], json!(["liaison_officer"]));

    // One role is a list as well, and who has lost the one that counted has none left.
    home.employs(&Person::new("aida", &["clerk"]));
    assert_eq!(connected.previews(&aida)["roles_now"], json!(["case_officer"]));
    home.employs(&Person::new("aida", &["chief"]));
    let lost = connected.previews(&aida);
    assert_eq!((&lost["roles_now"], &lost["denied_now"]), (&json!([]), &json!("roles_none")));
}

both! {
    /// What glewlwyd says of somebody gives what was mapped and confirmed, and nothing else.
    fn glewlwyd_gives_what_was_confirmed(world) with NEARBY {
        let Some(home) = Glewlwyd::start(module_path!()) else { return };
        what_is_confirmed_counts(world, House::Kz, &home.opens("kz"), "ES256");
    }

    /// So does what lemonldap-ng says.
    fn lemonldap_gives_what_was_confirmed(world) with NEARBY {
        let Some(home) = Lemonldap::start(module_path!()) else { return };
        what_is_confirmed_counts(world, House::Az, &home, "RS256");
    }
}
