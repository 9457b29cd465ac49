//! Provisioning: an agency's identity provider brings accounts in, changes and ends them.

mod accounts;
mod dialects;
mod leaving;
mod roles;
mod signing_in;
mod tokens;

use std::sync::Arc;

use passage::http::{Access, Method, Route};
use serde_json::Value;

use crate::harness::{Directory, House, Reply, World};

/// Every route that speaks SCIM.
fn spoken() -> Vec<Route> {
    let all = passage::routes::routes(&Arc::new(passage::routes::contract()));
    all.into_iter().filter(|route| route.access == Access::Provisioning).collect()
}

fn method(route: &Route) -> &'static str {
    match route.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

/// The names of all whom a directory sees.
fn names(directory: &Directory, query: &str) -> Vec<String> {
    users(&directory.get(&format!("/Users{query}")).expect(200))
}

fn users(reply: &Reply) -> Vec<String> {
    let resources = reply.json["Resources"].as_array().unwrap();
    resources.iter().map(|user| user["userName"].as_str().unwrap().to_owned()).collect()
}

/// The account as the agency sees it.
fn account(world: &World, house: House, id: &str) -> Value {
    world.speaker(house).get(format!("/users/{id}")).expect(200).json
}

/// Somebody who speaks for the agency lets an account take effect.
#[track_caller]
fn confirms(world: &World, house: House, id: &str) {
    world.speaker(house).post(format!("/users/{id}/confirm")).expect(200);
}

/// What the journal says of an account, the oldest first: what was done, and by whom.
fn told(world: &World, id: &str) -> Vec<String> {
    let mut probe = world.probe();
    let id = probe.id(id);
    probe.lines(&format!(
        "SELECT action || ' ' || actor AS line FROM journal_entries WHERE subject_id = {id} \
         ORDER BY recorded_at, sequence"
    ))
}
