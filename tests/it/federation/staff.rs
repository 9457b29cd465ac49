//! An agency whose people sign in at home: a real provider, connected and confirmed.

use serde_json::{Value, json};

use super::asker::Asker;
use super::door::{Begun, Door};
use super::refused;
use crate::harness::providers::{Browser, Home, Person, Site};
use crate::harness::{House, Request, Tokens, World};

/// An agency that has connected its provider.
pub struct Staff<'a> {
    /// The way in through it.
    pub door: Door,
    /// The provider.
    pub home: &'a dyn Home,
    /// As what this server is registered there.
    pub site: Site,
}

impl<'a> Staff<'a> {
    /// Connects the provider, registers this server there, and has confirmed what it gives. The story lives today.
    #[track_caller]
    pub fn of(world: &World, house: House, home: &'a dyn Home) -> Self {
        Self::with(world, house, home, &json!({}))
    }

    /// The same with `changes` to what is said of the provider.
    #[track_caller]
    pub fn with(world: &World, house: House, home: &'a dyn Home, changes: &Value) -> Self {
        let staff = Self::unconfirmed(world, house, home, changes);
        staff.door.is_confirmed(world);
        staff
    }

    /// The same before anybody has confirmed it.
    #[track_caller]
    pub fn unconfirmed(world: &World, house: House, home: &'a dyn Home, changes: &Value) -> Self {
        world.lives_today();
        let client_id = format!("passage-of-{house:?}").to_lowercase();
        let mut site = Site { client_id, ..Asker::site() };
        let mut said = json!({
            "issuer": home.issuer(), "client_id": site.client_id, "client_secret": site.secret,
            "token_auth": "client_secret_basic", "algorithms": [home.algorithm()],
            "scopes": home.scopes().iter().filter(|scope| **scope != "openid").collect::<Vec<_>>(),
            "role_claim": "role", "logout_profile": "old_draft",
            "role_mappings": [
                {"value": "liaison", "roles": ["liaison_officer"]},
                {"value": "clerk", "roles": ["case_officer"]},
            ],
        });
        for (name, value) in changes.as_object().unwrap() {
            said[name] = value.clone();
        }
        let method = said["token_auth"].as_str().unwrap();
        if let Some(method) = method.strip_suffix("_for_address") {
            method.clone_into(&mut site.method);
            site.keys = format!("http://{}/.well-known/jwks.json", world.address());
            said.as_object_mut().unwrap().remove("client_secret");
        } else {
            method.clone_into(&mut site.method);
        }
        let made = world.agency(house).admin.connects_provider(&said);
        site.callback = made.text("redirect_uri");
        site.logout = Some(made.text("backchannel_logout_uri"));
        home.registers(&site);
        Self { door: Door { id: made.id(), house }, home, site }
    }

    /// Follows the browser home, where the person signs in; gives the query that it comes back with.
    #[track_caller]
    pub fn goes_home(&self, browser: &mut Browser, person: &Person, begun: &Begun) -> String {
        let back = self.home.signs_in(browser, person, &begun.location);
        let (callback, query) = back.split_once('?').expect("a query");
        assert_eq!(callback, self.site.callback);
        format!("?{query}")
    }

    /// The person signs in with that browser.
    #[track_caller]
    pub fn signs_in_with(&self, world: &World, browser: &mut Browser, person: &Person) -> Request {
        world.lives_today();
        let begun = self.door.starts(world);
        let query = self.goes_home(browser, person, &begun);
        world.lives_today();
        self.door.comes_back(world, &begun.cookie, &query)
    }

    /// The person signs in with a new browser.
    #[track_caller]
    pub fn signs_in(&self, world: &World, person: &Person) -> Request {
        self.signs_in_with(world, &mut Browser::new(), person)
    }

    /// Somebody new at home signs in for the first time, waits, is confirmed, and signs in again.
    #[track_caller]
    pub fn officer(&self, world: &World, person: &Person) -> Tokens {
        self.home.employs(person);
        refused(world, self.signs_in(world, person), "account_waits");
        self.door.lets_in_who_waits(world);
        Tokens::of(&self.signs_in(world, person).expect(200))
    }
}
