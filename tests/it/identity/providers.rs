//! Identity providers: kept by the agency's own admin, confirmed by one who speaks for it, and nobody else's to know of.

use passage::access::Role;
use serde_json::json;

use super::refresh;
use crate::harness::{Actor, House, World, both};

/// The path of a provider of the actor's agency.
fn path_of(actor: &Actor, id: &str) -> String {
    format!("/agencies/{}/identity-providers/{id}", actor.agency)
}

both! {
    /// A provider gives nothing before a liaison officer has confirmed it; then what is taken away counts at once, and
    /// what is added waits again.
    fn nothing_is_given_before_it_is_confirmed(world) {
        let (admin, liaison) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
        let made = admin.connects_provider(&json!({}));
        assert_eq!(made.json["waits_for_confirmation"], true);
        assert_eq!(made.json["role_mappings_in_effect"], json!([]));
        let path = path_of(&admin, &made.id());
        let preview = |groups: serde_json::Value| {
            admin.post(format!("{path}/preview")).json(json!({"claims": {"groups": groups}})).expect(200).json
        };
        let before = preview(json!(["officers", "staff"]));
        assert_eq!((&before["roles"], &before["roles_now"]), (&json!(["case_officer"]), &json!([])));
        assert_eq!((&before["matched"], &before["ignored"]), (&json!(["officers"]), &json!(["staff"])));
        assert_eq!(before["denied_now"], "roles_none");
        admin.post(format!("{path}/confirm")).refused(403, "forbidden");
        world.officer(House::Kg, Role::CaseOfficer).post(format!("{path}/confirm")).refused(403, "forbidden");
        liaison.post(format!("{path}/confirm")).if_match("\"9\"").refused(412, "stale-version");
        let confirmed = liaison.post(format!("{path}/confirm")).if_match(made.etag()).expect(200);
        assert_eq!(confirmed.json["waits_for_confirmation"], false);
        assert_eq!(confirmed.json["confirmed_by"], liaison.id.as_str());
        liaison.post(format!("{path}/confirm")).changing_nothing().expect(200);
        assert_eq!(preview(json!(["officers"]))["roles_now"], json!(["case_officer"]));

        let other = json!({"role_mappings": [
            {"value": "officers", "roles": ["case_officer", "authority"]}, {"value": "chiefs", "roles": ["liaison_officer"]},
        ]});
        let edited = admin.edits(&path, other).expect(200);
        assert_eq!(edited.json["waits_for_confirmation"], true);
        assert_eq!(edited.json["role_mappings_in_effect"], json!([{"value": "officers", "roles": ["case_officer"]}]));
        assert_eq!(preview(json!(["officers", "liaison", "chiefs"]))["roles_now"], json!(["case_officer"]));
        // Whoever confirms what was read before the change confirms nothing.
        liaison.post(format!("{path}/confirm")).if_match(confirmed.etag()).refused(412, "stale-version");
        let narrower = json!({"role_mappings": [{"value": "officers", "roles": ["case_officer"]}]});
        assert_eq!(admin.edits(&path, narrower).expect(200).json["waits_for_confirmation"], false);
        let renamed = admin.edits(&path, json!({"role_claim": "roles"})).expect(200);
        assert_eq!(renamed.json["role_mappings_in_effect"], json!([]));
    }

    /// Everything that is wrong is named at once, and no claim makes an admin.
    fn every_fault_is_named_at_once(world) {
        let admin = world.agency(House::Kg).admin;
        let path = format!("/agencies/{}/identity-providers", admin.agency);
        let refused = admin.post(&path).json(json!({})).refused(422, "validation-failed");
        let missing = ["/issuer", "/name", "/client_id", "/token_auth", "/algorithms", "/role_claim", "/role_mappings"];
        assert_eq!(refused.pointers(), missing);
        let wrong = json!({
            "name": "x", "issuer": "http://login.example.kg", "client_id": "", "token_auth": "none",
            "client_secret": "secret", "algorithms": ["ES256", "ES256"], "scopes": ["openid"], "role_claim": "groups",
            "role_mappings": [
                {"value": "", "roles": ["agency_admin"]}, {"value": "b", "roles": ["auditor", "liaison_officer"]},
                {"value": "c", "roles": ["coordinator"]}, {"value": "d", "roles": []},
            ],
        });
        let refused = admin.post(&path).json(wrong).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), [
            "/issuer", "/client_id", "/algorithms", "/scopes", "/role_mappings/0/value", "/role_mappings/0/roles",
            "/role_mappings/1/roles", "/role_mappings/2/roles", "/role_mappings/3/roles", "/client_secret",
        ]);
        for algorithms in [json!([]), json!(["none"]), json!(["HS256"]), json!("ES256")] {
            let body = json!({"algorithms": algorithms});
            let at = admin.connects_provider(&json!({})).id();
            admin.edits(path_of(&admin, &at), body).refused(422, "validation-failed");
            admin.delete(path_of(&admin, &at)).expect(204);
        }
        for issuer in ["https://10.0.0.7/", "https://169.254.169.254", "https://a.example/?b", "https://u:p@a.example", ""] {
            let body = json!({"name": "x", "issuer": issuer});
            let refused = admin.post(&path).json(body).refused(422, "validation-failed");
            assert!(refused.pointers().contains(&"/issuer"), "{issuer}: {refused}");
        }
    }

    /// An issuer belongs to one agency on the whole server, for good, and never changes; whose it is is not told.
    fn an_issuer_belongs_to_one_agency(world) {
        let (one, other) = (world.agency(House::Kg).admin, world.agency(House::Kz).admin);
        let made = one.connects_provider(&json!({"issuer": "https://login.example.kg"}));
        for admin in [&one, &other] {
            let body = json!({
                "name": "x", "issuer": "https://login.example.kg", "client_id": "x", "token_auth": "none",
                "algorithms": ["ES256"], "role_claim": "groups", "role_mappings": [],
            });
            let path = format!("/agencies/{}/identity-providers", admin.agency);
            admin.post(path).json(body).refused(409, "duplicate");
        }
        let path = path_of(&one, &made.id());
        one.edits(&path, json!({"issuer": "https://other.example.kg"})).refused(422, "validation-failed");
        other.connects_provider(&json!({"issuer": "https://login.example.kg/"}));
        one.delete(&path).expect(204);
        one.get(&path).refused(404, "not-found");
        // Nor does it become somebody else's, for it names people of the one that had it.
        let body = json!({
            "name": "x", "issuer": "https://login.example.kg", "client_id": "x", "token_auth": "none",
            "algorithms": ["ES256"], "role_claim": "groups", "role_mappings": [],
        });
        let list = format!("/agencies/{}/identity-providers", other.agency);
        other.post(list).json(body).refused(409, "duplicate");
        let again = one.connects_provider(&json!({"issuer": "https://login.example.kg", "name": "Again"}));
        assert_eq!((again.id(), &again.json["waits_for_confirmation"]), (made.id(), &json!(true)));
        assert_eq!(again.json["role_mappings_in_effect"], json!([]));
        assert_eq!(one.get(&path).expect(200).json["name"], "Again");
    }

    /// Another agency's providers are not there, for its admin neither; the own agency's are kept by its admin only.
    fn nobody_else_knows_of_them(world) {
        let admin = world.agency(House::Kg).admin;
        let made = admin.connects_provider(&json!({}));
        let (list, path) = (format!("/agencies/{}/identity-providers", admin.agency), path_of(&admin, &made.id()));
        for stranger in [world.agency(House::Kz).admin, world.speaker(House::Kz), world.system_admin()] {
            for request in [stranger.get(&list), stranger.get(&path), stranger.delete(&path), stranger.post(&list)] {
                request.refused(404, "not-found");
            }
            stranger.post(format!("{path}/confirm")).refused(404, "not-found");
            // The provider stands under its own agency only.
            stranger.get(path_of(&stranger, &made.id())).refused(404, "not-found");
        }
        for colleague in [world.speaker(House::Kg), world.officer(House::Kg, Role::Auditor)] {
            assert_eq!(colleague.get(&list).expect(200).items().len(), 1);
            colleague.get(&path).expect(200);
            colleague.delete(&path).refused(403, "forbidden");
            colleague.post(&list).json(json!({})).refused(403, "forbidden");
        }
        world.officer(House::Kg, Role::CaseOfficer).get(&list).refused(403, "forbidden");
        admin.get(&path).expect(200);
    }

    /// A shared secret is sealed, shown to nobody, and sealed anew under a new key.
    fn a_shared_secret_is_sealed(world) {
        let admin = world.agency(House::Kg).admin;
        let secret = "a-secret-that-is-shared";
        let made = admin.connects_provider(&json!({"token_auth": "client_secret_basic", "client_secret": secret}));
        assert_eq!(made.json["has_client_secret"], true);
        let path = path_of(&admin, &made.id());
        let listed = admin.get(format!("/agencies/{}/identity-providers", admin.agency)).expect(200);
        for reply in [&made, &admin.get(&path).expect(200), &listed] {
            assert!(!reply.to_string().contains(secret), "{reply}");
        }
        assert!(!world.probe().reveals(secret));
        admin.edits(&path, json!({"client_secret": "another-one"})).expect(200);
        admin.edits(&path, json!({"client_secret": null})).refused(422, "validation-failed");
        let public = admin.edits(&path, json!({"token_auth": "none"})).expect(200);
        assert_eq!(public.json["has_client_secret"], false);
        let refused = admin.edits(&path, json!({"token_auth": "client_secret_post"})).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/client_secret"]);
    }

    /// Keeping providers needs a sign-in of the last quarter of an hour.
    fn keeping_them_needs_a_recent_sign_in(world) {
        let admin = world.agency(House::Kg).admin;
        let made = admin.connects_provider(&json!({}));
        let first = admin.signs_in().refresh;
        world.advance_minutes(14);
        let refreshed = refresh(world, &first).expect(200).text("refresh_token");
        world.advance_minutes(2);
        let access = refresh(world, &refreshed).expect(200).text("access_token");
        let (list, path) = (format!("/agencies/{}/identity-providers", admin.agency), path_of(&admin, &made.id()));
        let with = |method: &str, path: &str| world.nobody().request(method, path).token(&access);
        with("POST", &list).json(json!({})).refused(403, "reauthentication-required");
        with("PATCH", &path).json(json!({})).refused(403, "reauthentication-required");
        with("DELETE", &path).refused(403, "reauthentication-required");
        with("GET", &path).expect(200);
    }
}

/// Where accounts wait for nobody, providers do not either.
#[test]
fn where_accounts_do_not_wait_providers_do_not_either() {
    let settings = [("PASSAGE_IDENTITY__CONFIRM_ACCOUNTS", "false")];
    World::play_with(crate::harness::Backend::Sqlite, module_path!(), &settings, &[], |world| {
        let made = world.agency(House::Kg).admin.connects_provider(&json!({}));
        assert_eq!(made.json["waits_for_confirmation"], false);
    });
}
