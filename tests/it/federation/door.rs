//! The way in through a provider, whichever it is.

use serde_json::{Value, json};

use crate::harness::{House, Reply, Request, World};

/// The way in through a provider of an agency.
pub struct Door {
    /// The provider here.
    pub id: String,
    /// The agency.
    pub house: House,
}

/// A sign-in that was begun.
pub struct Begun {
    /// What the browser keeps.
    pub cookie: String,
    /// Where it is sent.
    pub location: String,
}

impl Begun {
    /// What came of beginning.
    #[track_caller]
    pub fn of(started: &Reply) -> Self {
        let set = started.header("set-cookie").unwrap().to_owned();
        for wanted in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
            assert!(set.contains(wanted), "{set}");
        }
        Self {
            cookie: set.split(';').next().unwrap().to_owned(),
            location: started.header("location").unwrap().to_owned(),
        }
    }
}

impl Door {
    /// The path of the provider.
    pub fn path(&self, world: &World) -> String {
        format!("/agencies/{}/identity-providers/{}", world.agency(self.house).id, self.id)
    }

    /// One who speaks for the agency confirms what the provider gives.
    #[track_caller]
    pub fn is_confirmed(&self, world: &World) {
        world.speaker(self.house).post(format!("{}/confirm", self.path(world))).expect(200);
    }

    /// A browser begins to sign in.
    #[track_caller]
    pub fn starts(&self, world: &World) -> Begun {
        Begun::of(&self.asks_to_start(world, "").expect(302))
    }

    /// The same as a request, with `query`.
    pub fn asks_to_start(&self, world: &World, query: &str) -> Request {
        world.nobody().get(format!("/auth/oidc/{}/start{query}", self.id))
    }

    /// A browser that keeps `cookie` comes back with `query`.
    pub fn comes_back(&self, world: &World, cookie: &str, query: &str) -> Request {
        let path = format!("/auth/oidc/{}/callback{query}", self.id);
        world.nobody().get(path).header("cookie", cookie)
    }

    /// Lets the last account take effect that the provider vouched for and that waits.
    #[track_caller]
    pub fn lets_in_who_waits(&self, world: &World) {
        let speaker = world.speaker(self.house);
        let users = speaker.get("/users?limit=200").expect(200);
        let waits = |user: &&Value| {
            let fresh = user["confirmed"] == json!(false) || !user["proposed_roles"].is_null();
            fresh && user["provider_id"].is_string()
        };
        let waiting = users.items().iter().rev().find(waits).expect("somebody waits");
        let path = format!("/users/{}/confirm", waiting["id"].as_str().unwrap());
        speaker.post(path).expect(200);
    }

    /// The provider sends a logout token.
    pub fn logs_out(&self, world: &World, token: &str) -> Request {
        let body = format!("logout_token={token}");
        let path = format!("/auth/oidc/{}/backchannel-logout", self.id);
        world.nobody().post(path).body("application/x-www-form-urlencoded", body)
    }
}
