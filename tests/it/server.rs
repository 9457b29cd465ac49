//! The server itself: whether it is up, its keys, its contract, and what it says to nonsense.

use serde_json::json;

use crate::harness::{World, both};

both! {
    /// Up and able to serve.
    fn health(world) {
        let nobody = world.nobody();
        assert_eq!(nobody.get("/health/live").expect(200).text("status"), "live");
        assert_eq!(nobody.get("/health/ready").expect(200).text("status"), "ready");
        nobody.request("HEAD", "/health/ready").expect(200);
    }

    /// The keys are published in the form of RFC 7517, and the private half is not.
    fn keys(world) {
        let reply = world.nobody().get("/.well-known/jwks.json").expect(200);
        let keys = reply.json["keys"].as_array().unwrap();
        assert!(!keys.is_empty());
        for key in keys {
            assert!(key["kid"].is_string() && key["alg"].is_string(), "{reply}");
            assert!(key.get("d").is_none(), "{reply}");
        }
    }

    /// What does not exist is a problem like any other, and so is a wrong method.
    fn nowhere(world) {
        let nobody = world.nobody();
        nobody.get("/nothing/here").off_contract().refused(404, "not-found");
        nobody.get("/api/v2/cases").off_contract().refused(404, "not-found");
        nobody.delete("/health/live").off_contract().refused(405, "method-not-allowed");
    }

    /// A client's own request id is echoed where it is valid, and replaced where it is not.
    fn request_ids(world) {
        let nobody = world.nobody();
        let echoed = nobody.get("/health/live").header("x-request-id", "night-shift-7").expect(200);
        assert_eq!(echoed.header("x-request-id"), Some("night-shift-7"));
        let replaced = nobody.get("/health/live").header("x-request-id", "no spaces").expect(200);
        assert_ne!(replaced.header("x-request-id"), Some("no spaces"));
    }

    /// Whatever is answered, nothing keeps it, renders it as something else or frames it.
    fn every_answer_carries_what_protects_it(world) {
        let (root, nobody) = (world.system_admin(), world.nobody());
        for reply in [
            nobody.get("/health/live").expect(200),
            nobody.get("/.well-known/jwks.json").expect(200),
            root.get("/users").expect(200),
            nobody.get("/users").refused(401, "unauthenticated"),
            nobody.get("/nothing/here").off_contract().refused(404, "not-found"),
            nobody.delete("/health/live").off_contract().refused(405, "method-not-allowed"),
            root.post("/agencies").json(json!({})).refused(422, "validation-failed"),
        ] {
            for (name, value) in [
                ("cache-control", "no-store"),
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("x-frame-options", "DENY"),
                ("cross-origin-resource-policy", "same-origin"),
                (
                    "content-security-policy",
                    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                ),
            ] {
                assert_eq!(reply.header(name), Some(value), "{name} of {reply}");
            }
            assert_eq!(reply.header("access-control-allow-origin"), None, "{reply}");
        }
    }
}
