//! An agency's directory that brings accounts in: the token of its identity provider, and SCIM spoken with it.

use serde_json::{Value, json};

use super::client::{Reply, Request};
use super::house::House;
use super::world::World;

/// The media type of SCIM.
const SCIM: &str = "application/scim+json";

/// A provider with a token of provisioning.
pub struct Directory {
    world: World,
    /// The provider.
    pub provider: String,
    /// The path of the token.
    pub path: String,
    /// What it sends.
    pub token: String,
}

impl Directory {
    /// A provider of that agency, confirmed, with a token that is confirmed.
    #[track_caller]
    pub fn new(world: &World, house: House) -> Self {
        let admin = world.agency(house).admin;
        let provider = admin.connects_provider(&json!({})).id();
        let path = format!("/agencies/{}/identity-providers/{provider}/confirm", admin.agency);
        world.speaker(house).post(path).expect(200);
        Self::of(world, house, &provider, &json!({}))
    }

    /// The same for a provider that is there.
    #[track_caller]
    pub fn of(world: &World, house: House, provider: &str, changes: &Value) -> Self {
        let directory = Self::waiting(world, house, provider, changes);
        world.speaker(house).post(format!("{}/confirm", directory.path)).expect(200);
        directory
    }

    /// The same with a token that nobody has confirmed.
    #[track_caller]
    pub fn waiting(world: &World, house: House, provider: &str, changes: &Value) -> Self {
        let admin = world.agency(house).admin;
        let path = Self::tokens(world, house, provider);
        let mut body =
            json!({"name": "Directory", "expires_at": world.minutes_from_now(30 * 24 * 60)});
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        let made = admin.post(&path).json(body).expect(201);
        Self {
            world: world.clone(),
            provider: provider.to_owned(),
            path: format!("{path}/{}", made.id()),
            token: made.text("token"),
        }
    }

    /// The path of a provider's tokens.
    pub fn tokens(world: &World, house: House, provider: &str) -> String {
        let agency = world.agency(house).id;
        format!("/agencies/{agency}/identity-providers/{provider}/provisioning-tokens")
    }

    /// A request below the base of SCIM.
    pub fn request(&self, method: &str, path: &str) -> Request {
        self.world.nobody().request(method, format!("/scim/v2{path}")).token(&self.token)
    }

    /// A request with a body.
    pub fn sends(&self, method: &str, path: &str, body: &Value) -> Request {
        self.request(method, path).body(SCIM, body.to_string())
    }

    /// A `GET`.
    pub fn get(&self, path: &str) -> Request {
        self.request("GET", path)
    }

    /// Brings in somebody who is called so, and whom the provider's tokens name so.
    pub fn brings(&self, name: &str, external_id: &str, changes: &Value) -> Request {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "externalId": external_id,
            "displayName": format!("Officer {name}"), "active": true,
            "emails": [{"value": format!("{name}@home.example"), "type": "work", "primary": true}],
        });
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.sends("POST", "/Users", &body)
    }

    /// Changes somebody in steps.
    pub fn changes(&self, id: &str, steps: &Value) -> Request {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
        let body = json!({"schemas": schemas, "Operations": steps});
        self.sends("PATCH", &format!("/Users/{id}"), &body)
    }

    /// Says that somebody may come in, or no more.
    pub fn lets(&self, id: &str, active: bool) -> Request {
        self.changes(id, &json!([{"op": "replace", "path": "active", "value": active}]))
    }
}

impl Request {
    /// Sends the request and expects to be refused with `status` and that word of SCIM; with none where it is empty.
    ///
    /// # Panics
    /// When the answer is another, or as [`Request::send`].
    #[track_caller]
    pub fn scim_refused(self, status: u16, word: &str) -> Reply {
        let reply = self.expect(status);
        assert_eq!(reply.json["scimType"].as_str().unwrap_or_default(), word, "{reply}");
        reply
    }
}

/// Holds a refusal to the words of SCIM (RFC 7644, section 3.12).
///
/// # Panics
/// When it does not keep to them.
pub fn check_scim_refusal(reply: &Reply) {
    let error = &reply.json;
    assert_eq!(reply.header("content-type"), Some(SCIM), "{reply}");
    assert_eq!(error["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{reply}");
    assert_eq!(error["status"], reply.status.to_string(), "{reply}");
    assert!(error["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{reply}");
    for name in error.as_object().expect("an error is an object").keys() {
        let known = ["schemas", "status", "scimType", "detail"];
        assert!(known.contains(&name.as_str()), "{name} is not of SCIM in {reply}");
    }
    let types = [
        "invalidFilter",
        "invalidPath",
        "noTarget",
        "mutability",
        "uniqueness",
        "invalidSyntax",
        "invalidValue",
    ];
    match &error["scimType"] {
        Value::Null => assert_ne!(reply.status, 400, "{reply}"),
        word => assert!(types.iter().any(|known| word == known), "{reply}"),
    }
    match reply.status {
        401 => assert!(reply.header("www-authenticate").is_some(), "{reply}"),
        429 | 503 => assert!(reply.header("retry-after").is_some(), "{reply}"),
        _ => {}
    }
}
