//! Roles that need a second factor: until it is there, a session opens what sets one up, and nothing else.

use std::collections::BTreeSet;
use std::sync::Arc;

use passage::access::Role;
use passage::http::{Access, Method};
use passage::routes;
use serde_json::json;

use super::{account_of, me};
use crate::harness::{Authenticator, House, World, both, unknown_id};

/// What is open to a session that lacks a second factor, by hand.
const OPEN: [&str; 17] = [
    "change_password",
    "confirm_totp",
    "create_passkey",
    "create_recovery_codes",
    "create_totp",
    "edit_passkey",
    "end_session",
    "get_creation_challenge",
    "get_factors",
    "get_me",
    "get_passkey",
    "list_passkeys",
    "list_sessions",
    "logout",
    "reauthenticate",
    "remove_factors",
    "remove_passkey",
];

both! {
    /// Every route but those of the list is closed, whatever its path stands for, before anything is looked at.
    fn nothing_else_is_open(world) with [("PASSAGE_IDENTITY__SECOND_FACTOR_FOR", "auditor, system_admin")] {
        let root = world.system_admin();
        let mut open = BTreeSet::new();
        for route in routes::routes(&Arc::new(routes::contract())) {
            if route.access != Access::SignedIn {
                continue;
            }
            if route.before_second_factor {
                open.insert(route.operation);
                continue;
            }
            let method = match route.method {
                Method::Get => "GET",
                Method::Post => "POST",
                Method::Put => "PUT",
                Method::Patch => "PATCH",
                Method::Delete => "DELETE",
            };
            let part = |part: &str| if part.starts_with('{') { unknown_id() } else { part.to_owned() };
            let path = route.path.split('/').map(part).collect::<Vec<_>>().join("/");
            root.request(method, path).refused(403, "second-factor-setup-required");
        }
        assert_eq!(open, BTreeSet::from(OPEN));
        root.get("/auth/me").expect(200);
        root.get("/auth/sessions").expect(200);
        Authenticator::of(&root);
        root.get("/agencies").expect(200);
    }

    /// A device that has proved itself opens the session at once, and only this one; taken away, it is closed again.
    fn a_device_opens_the_session_at_once(world) with [("PASSAGE_IDENTITY__SECOND_FACTOR_FOR", "system_admin")] {
        let root = world.system_admin();
        let other = root.signs_in().access;
        let with = |method: &str, path: &str| world.nobody().request(method, path).token(&other);
        let device = Authenticator::of(&root);
        root.get("/agencies").expect(200);
        // Whoever holds the password alone neither gets in nor puts a device of his own in the place of this one.
        with("GET", "/agencies").refused(403, "second-factor-setup-required");
        with("POST", "/auth/factors/totp").refused(403, "reauthentication-required");
        with("DELETE", "/auth/factors").refused(403, "reauthentication-required");
        with("POST", "/auth/factors/totp/confirm").json(json!({"otp": device.shows(0)}))
            .refused(403, "reauthentication-required");
        root.delete("/auth/factors").expect(204);
        root.get("/agencies").refused(403, "second-factor-setup-required");
        me(world, &other).expect(200);
        Authenticator::of(&root);
        root.get("/agencies").expect(200);
    }

    /// A role that is added counts in sessions and streams that are open.
    fn a_role_that_is_added_counts_at_once(world) with [("PASSAGE_IDENTITY__SECOND_FACTOR_FOR", "authority")] {
        let (admin, liaison) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
        let officer = world.officer(House::Kg, Role::CaseOfficer);
        let stream = officer.follows("/feed", None);
        let path = account_of(&officer);
        admin.edits(&path, json!({"roles": ["case_officer", "authority"]})).expect(200);
        officer.get("/cases").expect(200);
        liaison.post(format!("{path}/confirm")).expect(200);
        officer.get("/cases").refused(403, "second-factor-setup-required");
        stream.ends();
        liaison.get("/cases").expect(200);
        Authenticator::of(&officer);
        officer.get("/cases").expect(200);
        // Nor does it stay open when the second factor goes.
        let stream = officer.follows("/feed", None);
        admin.delete(format!("{path}/factors")).expect(204);
        stream.ends();
        officer.get("/cases").refused(403, "second-factor-setup-required");
    }
}
