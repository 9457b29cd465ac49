//! Invitations: what a newcomer sets the first password with.

use serde_json::Value;

use super::{account, login};
use crate::harness::{PASSWORD, Request, World, both};

fn accepts(world: &World, token: &str, password: &str) -> Request {
    let body = serde_json::json!({"token": token, "password": password});
    world.nobody().post("/auth/invitations/accept").json(body)
}

both! {
    /// An invitation is told once, redeemed once, and runs out after three days.
    fn told_once_and_redeemed_once(world) {
        let root = world.system_admin();
        let body = account("b@operator.example", &["system_admin"]);
        let made = root.post("/users").key("one").json(&body).expect(201);
        let again = root.post("/users").key("one").json(&body).changing_nothing().expect(201);
        assert_eq!(made.id(), again.id());
        assert_eq!(again.json["invitation_token"], Value::Null);
        let token = made.text("invitation_token");
        accepts(world, "psi_x", PASSWORD).refused(401, "invalid-invitation");
        let weak = accepts(world, &token, "short").refused(422, "validation-failed");
        assert_eq!(weak.pointers(), ["/password"]);
        world.advance_seconds(72 * 3600);
        accepts(world, &token, PASSWORD).refused(401, "invalid-invitation");
        world.advance_seconds(-1);
        accepts(world, &token, PASSWORD).expect(204);
        accepts(world, &token, PASSWORD).refused(401, "invalid-invitation");
        login(world, "b@operator.example", PASSWORD).expect(200);
    }
}
