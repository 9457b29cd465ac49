//! Stories of people who come from an agency's own identity provider. What honest providers do is told with real ones;
//! what a provider could say with an invented one, and with somebody who stands before a real one and changes its words.

mod anew;
mod asker;
mod beginning;
mod closed;
mod door;
mod forged;
mod homes;
mod invented;
mod leaving;
mod lies;
mod linking;
mod machines;
mod outage;
mod partner;
mod proving;
mod reached;
mod roles;
mod sessions;
mod staff;
mod tokens;
mod unclear;
mod visits;

use std::time::Duration;

use passage::identity::federation::recheck;
use serde_json::Value;

use crate::harness::{Reply, Request, World, block_on};

pub use invented::Invented;
pub use linking::linked;
pub use machines::one_stands_still_and_goes_on;

/// The word that the newest entry about a refused word has, in whichever chain.
fn why(world: &World) -> String {
    let lines = world.probe().lines(
        "SELECT details AS line FROM journal_entries WHERE action = 'identity_provider.word_refused' \
         ORDER BY recorded_at DESC, sequence DESC LIMIT 1",
    );
    let details: Value = serde_json::from_str(lines.first().map_or("{}", String::as_str)).unwrap();
    details["failure"].as_str().unwrap_or_default().to_owned()
}

/// Refused with that word, which is told to the client and to the agency.
#[track_caller]
fn refused(world: &World, request: Request, reason: &str) -> Reply {
    let reply = request.refused(401, "federation-failed");
    assert!(reply.text("detail").ends_with(&format!(": {reason}.")), "{reason}: {reply}");
    assert_eq!(why(world), reason);
    reply
}

/// An ID token about `subject`, as an invented provider sends one with a renewal.
fn renewal(world: &World, home: &Invented, subject: &str) -> String {
    let now = world.now().seconds();
    let claims = serde_json::json!({
        "iss": home.impostor.issuer, "aud": "passage", "sub": subject, "iat": now, "exp": now + 300,
        "groups": ["officers"],
    });
    let id_token = home.impostor.signs(&home.impostor.head(), &claims);
    serde_json::json!({"access_token": "at-3", "id_token": id_token}).to_string()
}

/// Why sessions were ended by what providers said, each once.
fn ends(world: &World) -> Vec<String> {
    world.probe().lines(
        "SELECT end_reason AS line FROM sessions WHERE end_reason LIKE 'provider%' ORDER BY end_reason",
    )
}

/// Has the providers asked whether they still vouch, and tells how many sessions ended by that.
fn asks_providers(world: &World) -> usize {
    block_on(recheck::pass(world.app())).expect("providers are asked")
}

/// An hour is not what a story waits for.
pub fn never_too_many(config: &mut passage::config::Config) {
    config.identity.sign_in_failures_per_address_per_minute = 10_000;
    config.identity.session_idle = Duration::from_secs(12 * 3600);
}
