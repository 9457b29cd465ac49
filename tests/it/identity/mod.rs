//! Agencies, their authority, accounts, invitations and sessions.

mod accounts;
mod addresses;
mod agencies;
mod authority;
mod factors;
mod invitations;
mod lockout;
mod machines;
mod passkeys;
mod passwords;
mod providers;
mod reauthentication;
mod recovery;
mod required_factor;
pub mod revocation;
mod scim;
mod sessions;
mod sign_in;
mod signing_keys;

use std::time::Duration;

pub use passwords::opened_by;
use serde_json::{Value, json};

use crate::harness::{Actor, Request, World};

/// A national agency as a system admin enters it.
fn agency(short_name: &str, country: &str) -> Value {
    json!({
        "name": format!("The {short_name}"), "short_name": short_name, "kind": "national", "branch": "customs",
        "country": country, "time_zone": "Asia/Bishkek", "languages": ["ky", "ru"],
        "contact_point": {"phone": "+996 312 123456", "email": "duty@example.kg", "hours": "24/7"}
    })
}

/// An account as an admin enters it.
fn account(email: &str, roles: &[&str]) -> Value {
    json!({"email": email, "full_name": "Somebody", "roles": roles})
}

/// The path of an actor's account.
fn account_of(actor: &Actor) -> String {
    format!("/users/{}", actor.id)
}

/// Holds what is let go to the promise that it is gone within a second. A machine that has much else to do may be late, but
/// not each time: `tries` does it and tells how long the streams went on.
#[track_caller]
pub fn at_once(mut tries: impl FnMut() -> Duration) {
    let mut took = Vec::new();
    while took.len() < 5 {
        took.push(tries());
        if took.last().is_some_and(|took| *took < Duration::from_secs(1)) {
            return;
        }
    }
    panic!("the streams went on for {took:?}");
}

/// An attempt to sign in.
pub fn login(world: &World, email: &str, password: &str) -> Request {
    world.nobody().post("/auth/login").json(json!({"email": email, "password": password}))
}

/// An attempt to go on with a session.
pub fn refresh(world: &World, token: &str) -> Request {
    world.nobody().post("/auth/refresh").json(json!({"refresh_token": token}))
}

/// Who one is with that access token.
pub fn me(world: &World, access: &str) -> Request {
    world.nobody().get("/auth/me").token(access)
}
