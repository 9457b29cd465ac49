//! What identity providers send, as their makers document it.

use serde_json::{Value, json};

use super::{account, names, users};
use crate::harness::{Directory, House, World, both};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

both! {
    /// Entra ID: looks whether somebody is there, brings them in, changes them by path, ends and removes them.
    fn entra_id(world) {
        let directory = Directory::new(world, House::Kg);
        directory.get("/ServiceProviderConfig").expect(200);
        let probe = directory.get("/Users?filter=userName+eq+%22non-existent%22").expect(200);
        assert_eq!((&probe.json["totalResults"], &probe.json["Resources"]), (&json!(0), &json!([])));
        assert_eq!(probe.json["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));
        let made = directory.sends("POST", "/Users", &json!({
            "schemas": [
                "urn:ietf:params:scim:schemas:core:2.0:User",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
            ],
            "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
            "userName": "Test_User_ab6490ee-1e48-479e-a20b-2d77186b5dd1",
            "active": true,
            "emails": [{"primary": true, "type": "work", "value": "Test_User_fd0ea19b-0777-472c-9f96-4f70d2226f2e@testuser.com"}],
            "meta": {"resourceType": "User"},
            "name": {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName"},
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "9"},
            "roles": []
        })).expect(201);
        let id = made.id();
        assert_eq!(account(world, House::Kg, &id)["full_name"], "givenName familyName");
        let query = "/Users?filter=userName%20eq%20%22test_user_ab6490ee-1e48-479e-a20b-2d77186b5dd1%22";
        assert_eq!(users(&directory.get(query).expect(200)).len(), 1);
        let path = format!("/Users/{id}");
        let changed = directory.sends("PATCH", &path, &json!({
            "schemas": [PATCH],
            "Operations": [
                {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "updatedEmail@microsoft.com"},
                {"op": "Replace", "path": "name.familyName", "value": "updatedFamilyName"},
                {"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "value": "x"}
            ]
        })).expect(200);
        assert_eq!(changed.json["emails"][0]["value"], "updatedemail@microsoft.com");
        assert_eq!(changed.json["name"]["familyName"], "updatedFamilyName");
        assert_eq!(account(world, House::Kg, &id)["email"], "updatedemail@microsoft.com");
        let renamed = directory.sends("PATCH", &path, &json!({
            "schemas": [PATCH],
            "Operations": [{"op": "Replace", "path": "userName", "value": "5b50642d-79fc-4410-9e90-4c077cdd1a59@testuser.com"}]
        })).expect(200);
        assert_eq!(renamed.json["userName"], "5b50642d-79fc-4410-9e90-4c077cdd1a59@testuser.com");
        for off in [json!(false), json!("False")] {
            let step = json!({"schemas": [PATCH], "Operations": [{"op": "Replace", "path": "active", "value": off}]});
            let ended = directory.sends("PATCH", &path, &step).expect(200);
            assert_eq!(ended.json["active"], false);
            assert_eq!(account(world, House::Kg, &id)["status"], "deactivated");
            let step = json!({"schemas": [PATCH], "Operations": [{"op": "Replace", "path": "active", "value": "True"}]});
            assert_eq!(directory.sends("PATCH", &path, &step).expect(200).json["active"], true);
        }
        directory.request("DELETE", &path).expect(204);
        directory.get(&path).scim_refused(404, "");
        assert_eq!(names(&directory, ""), Vec::<String>::new());
    }

    /// Okta: brings somebody in with a password that is none of ours, replaces them whole, ends them with an object.
    fn okta(world) {
        let directory = Directory::new(world, House::Kg);
        let query = "/Users?filter=userName%20eq%20%22test.user%40okta.local%22&startIndex=1&count=100";
        assert_eq!(directory.get(query).expect(200).json["totalResults"], 0);
        let made = directory.sends("POST", "/Users", &json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "test.user@okta.local",
            "name": {"givenName": "Test", "familyName": "User"},
            "emails": [{"primary": true, "value": "test.user@okta.local", "type": "work"}],
            "displayName": "Test User",
            "locale": "en-US",
            "externalId": "00ujl29u0le5T6Aj10h7",
            "groups": [],
            "password": "1mz050nq",
            "active": true
        })).expect(201);
        let (id, path) = (made.id(), format!("/Users/{}", made.id()));
        assert_eq!(directory.get(query).expect(200).json["totalResults"], 1);
        let replaced = directory.sends("PUT", &path, &json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": id,
            "userName": "test.user@okta.local",
            "name": {"givenName": "Another", "middleName": "Excited", "familyName": "User"},
            "emails": [{"primary": true, "value": "test.user@okta.local", "type": "work", "display": "test.user@okta.local"}],
            "active": true,
            "groups": [],
            "meta": {"resourceType": "User"}
        })).expect(200);
        assert_eq!((&replaced.json["externalId"], &replaced.json["name"]["givenName"]), (&json!("00ujl29u0le5T6Aj10h7"), &json!("Another")));
        assert_eq!(account(world, House::Kg, &id)["full_name"], "Another User");
        let off = |active: bool| json!({"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": active}}]});
        assert_eq!(directory.sends("PATCH", &path, &off(false)).expect(200).json["active"], false);
        directory.sends("PATCH", &path, &off(false)).changing_nothing().expect(200);
        assert_eq!(account(world, House::Kg, &id)["status"], "deactivated");
        let sign = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "test.user@okta.local", "active": true});
        assert_eq!(directory.sends("PUT", &path, &sign).expect(200).json["active"], true);
        assert_eq!(account(world, House::Kg, &id)["status"], "invited");
        let put_off = json!({"schemas": [], "userName": "test.user@okta.local", "active": false});
        assert_eq!(directory.sends("PUT", &path, &put_off).expect(200).json["active"], false);
        assert!(!world.probe().reveals("1mz050nq"));
    }

    /// Plug-ins of Keycloak: plain JSON, a user who is switched off from the beginning, null for what is not there.
    fn keycloak(world) {
        let directory = Directory::new(world, House::Kg);
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "externalId": "f7a1c9d2-1f7e-4c55-9b0a-1de3c9d7a001",
            "userName": "jyldyz", "displayName": null, "name": null, "emails": null, "roles": null, "active": false,
        });
        let made = directory.request("POST", "/Users").json(&body).expect(201);
        assert_eq!(made.json["active"], false);
        let shown: Vec<&String> = made.json.as_object().unwrap().keys().collect();
        assert!(!shown.iter().any(|name| ["emails", "name", "displayName"].contains(&name.as_str())), "{shown:?}");
        assert_eq!(account(world, House::Kg, &made.id())["status"], "deactivated");
        assert!(account(world, House::Kg, &made.id())["email"].as_str().unwrap().ends_with("@no-address.invalid"));
        let on: Value = directory.lets(&made.id(), true).expect(200).json;
        assert_eq!(on["active"], true);
        assert_eq!(account(world, House::Kg, &made.id())["status"], "invited");
    }
}
