//! Whoever is let go is gone at once: on every node, and from every stream that is open.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use passage::access::Role;
use serde_json::json;

use super::{account_of, at_once, me, refresh};
use crate::harness::{Actor, House, Listener, Node, Tokens, World, both};

/// The nodes of a world: two where the database can be shared.
pub fn on_every_node(world: &World, story: impl FnOnce([SocketAddr; 2])) {
    let other = world.another_node();
    let here = world.address();
    story([here, other.as_ref().map_or(here, Node::address)]);
}

/// Follows on every node, behind everything that was committed before.
#[track_caller]
fn follows(actor: &Actor, nodes: [SocketAddr; 2], path: &str) -> [Listener; 2] {
    actor.token();
    actor.world().settles();
    nodes.map(|node| actor.follows_at(node, path, None))
}

/// Does something to `actor`, who follows `path` and then is refused it everywhere, and whose streams end. Gives how long
/// they went on.
#[track_caller]
fn is_let_go(
    actor: &Actor,
    nodes: [SocketAddr; 2],
    path: &str,
    deed: impl FnOnce(),
    (status, code): (u16, &str),
) -> Duration {
    let streams = follows(actor, nodes, path);
    let client = actor.client();
    deed();
    let begun = Instant::now();
    for node in nodes {
        client.get(path).at(node).refused(status, code);
    }
    for stream in streams {
        stream.ends();
    }
    begun.elapsed()
}

/// Ends the session of `access`, by which somebody follows on every node, and is refused everywhere. Gives how long the
/// streams went on.
#[track_caller]
pub fn is_signed_out(
    world: &World,
    nodes: [SocketAddr; 2],
    access: &str,
    end: impl FnOnce(),
) -> Duration {
    world.settles();
    let streams = nodes.map(|node| Listener::open(&world.nobody(), node, "/feed", access, None));
    for node in nodes {
        me(world, access).at(node).expect(200);
    }
    end();
    let begun = Instant::now();
    for node in nodes {
        me(world, access).at(node).refused(401, "unauthenticated");
    }
    for stream in streams {
        stream.ends();
    }
    begun.elapsed()
}

/// The session that the actor's own requests are made in.
fn present(actor: &Actor) -> String {
    actor.get("/auth/me").expect(200).text("session_id")
}

const SIGNED_OUT: (u16, &str) = (401, "unauthenticated");

both! {
    /// However a session ends, it has ended on every node, and so have its streams.
    fn an_ended_session_is_over_everywhere(world) with [("PASSAGE_FEED__HEARTBEAT_SECONDS", "60")] {
        let admin = world.agency(House::Kg).admin;
        on_every_node(world, |nodes| {
            let elsewhere = |officer: &Actor, method: &str, path: String| {
                let other = officer.signs_in().access;
                world.nobody().request(method, path).token(&other).at(nodes[1]).expect(204);
            };
            let sessions = |officer: &Actor| format!("{}/sessions", account_of(officer));
            let ways: [&dyn Fn(&Actor); 6] = [
                &|officer| elsewhere(officer, "DELETE", format!("/auth/sessions/{}", present(officer))),
                &|officer| elsewhere(officer, "DELETE", "/auth/sessions".to_owned()),
                &|officer| { officer.post("/auth/logout").at(nodes[1]).expect(204); },
                &|officer| {
                    admin.delete(format!("{}/{}", sessions(officer), present(officer))).at(nodes[1]).expect(204);
                },
                &|officer| { admin.delete(sessions(officer)).at(nodes[1]).expect(204); },
                &|officer| { admin.post(format!("{}/deactivate", account_of(officer))).at(nodes[1]).expect(200); },
            ];
            for end in ways {
                at_once(|| {
                    let officer = world.another_officer(House::Kg, Role::CaseOfficer);
                    is_let_go(&officer, nodes, "/feed", || end(&officer), SIGNED_OUT)
                });
            }
        });
    }

    /// A refresh token that is used behind its successor ends the session on every node.
    fn a_stolen_session_is_over_everywhere(world) with [("PASSAGE_FEED__HEARTBEAT_SECONDS", "60")] {
        let officer = world.officer(House::Kg, Role::CaseOfficer);
        on_every_node(world, |nodes| {
            at_once(|| {
                let Tokens { access, refresh: first, .. } = officer.signs_in();
                let second = Tokens::of(&refresh(world, &first).at(nodes[1]).expect(200)).refresh;
                refresh(world, &second).expect(200);
                is_signed_out(world, nodes, &access, || {
                    refresh(world, &first).at(nodes[1]).refused(401, "invalid-refresh-token");
                })
            });
        });
    }

    /// What a role allowed is over with the role, everywhere.
    fn a_lost_role_is_lost_everywhere(world) with [("PASSAGE_FEED__HEARTBEAT_SECONDS", "60")] {
        let admin = world.agency(House::Kg).admin;
        on_every_node(world, |nodes| at_once(|| {
            let officer = world.another_officer(House::Kg, Role::CaseOfficer);
            is_let_go(&officer, nodes, "/feed", || {
                admin.edits(account_of(&officer), json!({"roles": ["agency_admin"]})).at(nodes[1]).expect(200);
            }, (403, "forbidden"))
        }));
    }

    /// A member that was removed sees nothing of the case any more, on whichever node.
    fn a_removed_member_is_gone_everywhere(world) with [("PASSAGE_FEED__HEARTBEAT_SECONDS", "60")] {
        let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
        on_every_node(world, |nodes| at_once(|| {
            let case = aida.opens_case().create();
            aida.admits(&case, &yerlan, "partner");
            let path = format!("/feed?case={}", case.id);
            let took = is_let_go(&yerlan, nodes, &path, || { aida.removes(&case, &yerlan); }, (404, "not-found"));
            for node in nodes {
                yerlan.get(&case.path).at(node).refused(404, "not-found");
                aida.get(&case.path).at(node).expect(200);
            }
            took
        }));
    }
}
