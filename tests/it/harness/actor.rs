//! People: made, confirmed and signed in through the real API.

use std::sync::{Arc, Mutex, PoisonError};

use passage::access::Role;
use passage::clock::Instant;
use passage::identity::agencies::model::OPERATOR;
use passage::identity::bootstrap::create_system_admin;
use passage::text_enum::TextEnum;
use serde_json::{Value, json};

use super::client::{Client, Reply, Request};
use super::house::House;
use super::world::{Inner, World};

/// What everybody's password is; long enough for the rules.
pub const PASSWORD: &str = "correct horse battery staple";

/// Somebody with an account, who signs in again by himself when the access token has run out.
#[derive(Clone)]
pub struct Actor {
    world: Arc<Inner>,
    /// The user's id.
    pub id: String,
    /// The id of the agency.
    pub agency: String,
    /// The e-mail address.
    pub email: String,
    session: Arc<Mutex<Option<Session>>>,
}

struct Session {
    access_token: String,
    runs_out: Instant,
}

/// What a session goes on with.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// How long the access token lasts, in seconds.
    pub expires_in: i64,
}

impl Tokens {
    /// The tokens of the answer to a sign-in or a refresh.
    #[track_caller]
    pub fn of(reply: &Reply) -> Self {
        assert_eq!(reply.json["token_type"], "Bearer", "{reply}");
        Self {
            access: reply.text("access_token"),
            refresh: reply.text("refresh_token"),
            expires_in: reply.json["expires_in"].as_i64().expect("expires_in is a number"),
        }
    }
}

impl Actor {
    fn new(world: &World, id: String, agency: String, email: String) -> Self {
        Self { world: world.inner(), id, agency, email, session: Arc::default() }
    }

    /// The actor's world.
    pub fn world(&self) -> World {
        World::of(&self.world)
    }

    /// A good access token; signs in where there is none.
    #[track_caller]
    pub fn token(&self) -> String {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let good = session.as_ref().filter(|session| session.runs_out > self.world.now());
        if let Some(good) = good {
            return good.access_token.clone();
        }
        let Tokens { access, expires_in, .. } = self.signs_in();
        // Half a minute before the end, so that no request is overtaken by it.
        let runs_out = self.world.now().plus_seconds(expires_in - 30);
        *session = Some(Session { access_token: access.clone(), runs_out });
        access
    }

    /// Begins one more session, beside the one that the actor's own requests are made in.
    #[track_caller]
    pub fn signs_in(&self) -> Tokens {
        let reply = self
            .world()
            .nobody()
            .post("/auth/login")
            .json(json!({"email": self.email, "password": PASSWORD}))
            .beside_others()
            .expect(200);
        Tokens::of(&reply)
    }

    /// An agency admin connects an identity provider: what it usually is, with `changes`.
    #[track_caller]
    pub fn connects_provider(&self, changes: &Value) -> Reply {
        let mut body = json!({
            "name": "Ministry sign-in",
            "issuer": format!("https://login.example/{}", super::unknown_id()),
            "client_id": "passage",
            "token_auth": "none",
            "algorithms": ["ES256"],
            "role_claim": "groups",
            "role_mappings": [
                {"value": "liaison", "roles": ["liaison_officer"]},
                {"value": "officers", "roles": ["case_officer"]},
            ],
        });
        for (name, value) in changes.as_object().expect("changes are an object") {
            body[name] = value.clone();
        }
        let path = format!("/agencies/{}/identity-providers", self.agency);
        self.post(path).json(body).expect(201)
    }

    /// Forgets the access token, so that the next request begins a new session.
    pub fn forgets_token(&self) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// A client with the present token.
    #[track_caller]
    pub fn client(&self) -> Client {
        Client::new(self.world.clone(), Some(self.token()))
    }

    /// A request.
    #[track_caller]
    pub fn request(&self, method: &str, path: impl AsRef<str>) -> Request {
        self.client().request(method, path)
    }

    /// A `GET`.
    #[track_caller]
    pub fn get(&self, path: impl AsRef<str>) -> Request {
        self.client().get(path)
    }

    /// A `POST`.
    #[track_caller]
    pub fn post(&self, path: impl AsRef<str>) -> Request {
        self.client().post(path)
    }

    /// A `PATCH`.
    #[track_caller]
    pub fn patch(&self, path: impl AsRef<str>) -> Request {
        self.client().patch(path)
    }

    /// A `PUT`.
    #[track_caller]
    pub fn put(&self, path: impl AsRef<str>) -> Request {
        self.client().put(path)
    }

    /// A `DELETE`.
    #[track_caller]
    pub fn delete(&self, path: impl AsRef<str>) -> Request {
        self.client().delete(path)
    }

    /// Changes what stands at `path`, in the version that stands there.
    #[track_caller]
    pub fn edits(&self, path: impl AsRef<str>, body: Value) -> Request {
        let etag = self.get(&path).expect(200).etag();
        self.patch(path).if_match(etag).json(body)
    }

    /// A system admin makes the first admin of another agency, who then has a password.
    #[track_caller]
    pub(super) fn hires_first_admin(&self, house: House, agency: &str) -> Self {
        self.makes_account(Some(house), agency, &[Role::AgencyAdmin.as_str()])
    }

    /// A system admin makes another one.
    #[track_caller]
    pub(super) fn hires_system_admin(&self) -> Self {
        self.makes_account(None, &self.agency, &[Role::SystemAdmin.as_str()])
    }

    /// An agency admin makes an account, the newcomer redeems the invitation, and `confirms` lets the account take
    /// effect where somebody has to.
    #[track_caller]
    pub fn hires(&self, house: House, roles: &[&str], confirms: Option<&Self>) -> Self {
        let newcomer = self.makes_account(Some(house), &self.agency, roles);
        if let Some(confirms) = confirms {
            confirms.post(format!("/users/{}/confirm", newcomer.id)).expect(200);
        }
        newcomer
    }

    #[track_caller]
    fn makes_account(&self, house: Option<House>, agency: &str, roles: &[&str]) -> Self {
        let world = self.world();
        let email = world.new_address(house);
        let place = house.map_or_else(|| "the operator".to_owned(), |house| format!("{house:?}"));
        let mut body = json!({
            "email": email,
            "full_name": format!("{} of {place}", roles.join(" and ")),
            "roles": roles,
            "locale": "en",
        });
        if agency != self.agency {
            body["agency_id"] = json!(agency);
        }
        let made = self.post("/users").json(body).expect(201);
        let newcomer = Self::new(&world, made.id(), agency.to_owned(), email);
        redeems_invitation(&world, &made.text("invitation_token"));
        newcomer
    }
}

/// Redeems an invitation with the password that everybody has.
#[track_caller]
fn redeems_invitation(world: &World, token: &str) {
    world
        .nobody()
        .post("/auth/invitations/accept")
        .json(json!({"token": token, "password": PASSWORD}))
        .expect(204);
}

/// Makes the first account of the server, on its own machine.
pub(super) fn first_system_admin(world: &World) -> Actor {
    let email = world.new_address(None);
    if let Some(program) = world.program() {
        program.runs(&["admin", "create-system-admin", "--email", &email], PASSWORD);
        let unknown = Actor::new(world, String::new(), OPERATOR.to_string(), email.clone());
        let id = unknown.get("/auth/me").expect(200).text("id");
        return Actor::new(world, id, OPERATOR.to_string(), email);
    }
    let app = world.app();
    let made = create_system_admin(
        &app.db,
        &app.passwords,
        world.now(),
        &email,
        "First of all",
        PASSWORD.to_owned().into(),
    );
    let id = super::block_on(made).expect("the first account is made").to_string();
    Actor::new(world, id, OPERATOR.to_string(), email)
}
