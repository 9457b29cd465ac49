//! A provider that says whatever a story wants, and the agency that has connected it.

use serde_json::{Value, json};

use super::door::Door;
use super::lies::Lie;
use super::refused;
use crate::harness::{Back, House, Impostor, Request, Tokens, World};

/// An invented provider of an agency, confirmed; every officer there is a case officer.
pub struct Invented {
    /// What it says.
    pub impostor: Impostor,
    /// The way in through it.
    pub door: Door,
}

/// A sign-in that was begun: the cookie, and what the browser comes back with.
pub struct Begun {
    /// What the browser keeps.
    pub cookie: String,
    /// What it comes back with.
    pub back: Back,
}

impl Invented {
    /// The provider of that agency, with `changes` to what it usually is.
    pub fn new(world: &World, house: House, changes: &Value) -> Self {
        let impostor = Impostor::opens(world);
        let mut wanted = json!({"issuer": impostor.issuer});
        for (name, value) in changes.as_object().unwrap() {
            wanted[name] = value.clone();
        }
        let id = world.agency(house).admin.connects_provider(&wanted).id();
        let door = Door { id, house };
        door.is_confirmed(world);
        Self { impostor, door }
    }

    /// A browser begins to sign in, and whoever the provider says it is has signed in there.
    #[track_caller]
    pub fn starts(&self, world: &World) -> Begun {
        let begun = self.door.starts(world);
        let back = self.impostor.authorizes(world, &begun.location);
        Begun { cookie: begun.cookie, back }
    }

    /// The browser comes back.
    pub fn completes(&self, world: &World, begun: &Begun) -> Request {
        self.door.comes_back(world, &begun.cookie, &begun.back.query())
    }

    /// Whoever the provider says it is signs in.
    #[track_caller]
    pub fn signs_in(&self, world: &World) -> Request {
        let begun = self.starts(world);
        self.completes(world, &begun)
    }

    /// Somebody signs in for the first time and is confirmed, and signs in again.
    #[track_caller]
    pub fn officer(&self, world: &World, subject: &str) -> Tokens {
        self.impostor.is(subject, json!(["officers"]));
        refused(world, self.signs_in(world), "account_waits");
        self.door.lets_in_who_waits(world);
        Tokens::of(&self.signs_in(world).expect(200))
    }

    /// A logout token of the standard's form about the first officer, with that change.
    pub fn logout_token(&self, world: &World, jti: &str, change: Lie) -> String {
        self.logout_token_with(world, jti, &change)
    }

    /// The same with any change.
    pub fn logout_token_with(
        &self,
        world: &World,
        jti: &str,
        change: &dyn Fn(&mut Value, &mut Value),
    ) -> String {
        let now = world.now().seconds();
        let mut head = self.impostor.head();
        head["typ"] = json!("logout+jwt");
        let mut claims = json!({
            "iss": self.impostor.issuer, "aud": "passage", "iat": now, "exp": now + 120, "jti": jti,
            "sub": "officer-1", "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        });
        change(&mut head, &mut claims);
        self.impostor.signs(&head, &claims)
    }
}
