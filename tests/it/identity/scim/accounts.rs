//! Accounts that a provider brings in: who is seen, who is not, and what is not understood.

use serde_json::{Value, json};

use super::{account, names, told, users};
use crate::harness::{Directory, House, World, both, unknown_id};

both! {
    /// Whoever is brought in waits for a confirmation, and is shown to the provider as it said.
    fn whoever_is_brought_in_waits(world) {
        let directory = Directory::new(world, House::Kg);
        let made = directory.brings("A.Asanova", "7", &json!({
            "name": {"givenName": "Aigul", "familyName": "Asanova"}, "locale": "ky-KG", "password": "secret-of-okta",
        })).expect(201);
        let id = made.id();
        assert_eq!(made.header("content-type"), Some("application/scim+json"));
        assert!(made.header("location").unwrap().ends_with(&format!("/api/v1/scim/v2/Users/{id}")));
        assert_eq!(made.json["meta"]["location"], made.header("location").unwrap());
        assert_eq!(made.json["meta"]["version"], made.etag());
        assert_eq!(made.json["active"], true);
        let got = directory.get(&format!("/Users/{id}")).expect(200);
        assert_eq!((&got.json, got.etag()), (&made.json, made.etag()));
        directory.get(&format!("/Users/{id}")).header("if-none-match", made.etag()).expect(304);
        let here = account(world, House::Kg, &id);
        for (field, wanted) in [
            ("email", json!("a.asanova@home.example")), ("full_name", json!("Officer A.Asanova")), ("locale", json!("ky")),
            ("roles", json!([])), ("status", json!("invited")), ("confirmed", json!(false)),
            ("provider_id", json!(directory.provider)),
        ] {
            assert_eq!(here[field], wanted, "{field}");
        }
        // It is told as the token's own doing, without a name in the open.
        let mut probe = world.probe();
        let line = "SELECT actor || details AS line FROM journal_entries WHERE action = 'user.provisioned'";
        let entry = probe.lines(line).pop().unwrap();
        assert!(entry.starts_with(&format!("provisioning:{}", directory.path.rsplit('/').next().unwrap())), "{entry}");
        for name in ["Asanova", "asanova", "Aigul", "home.example"] {
            assert!(!entry.contains(name), "{entry}");
        }
        assert!(!probe.reveals("secret-of-okta"));
        let agency = "SELECT DISTINCT CASE WHEN agency_id IS NULL THEN 'none' ELSE 'one' END AS line \
                      FROM journal_entries WHERE action = 'user.provisioned'";
        assert_eq!(probe.lines(agency), ["one"]);
    }

    /// The same name and the same id at two agencies are two people, and neither provider sees the other's.
    fn two_agencies_know_nothing_of_each_other(world) {
        let (kg, kz) = (Directory::new(world, House::Kg), Directory::new(world, House::Kz));
        let one = kg.brings("aida", "7", &json!({})).expect(201).id();
        let other = kz.brings("aida", "7", &json!({})).expect(201).id();
        kz.brings("berik", "8", &json!({})).expect(201);
        assert_ne!(one, other);
        assert_eq!((names(&kg, ""), names(&kz, "")), (vec!["aida".to_owned()], vec!["aida".to_owned(), "berik".to_owned()]));
        assert_eq!(kg.get(&format!("/Users?filter={}", filter("id", &other))).expect(200).json["totalResults"], 0);
        assert_eq!(account(world, House::Kz, &other)["agency_id"], world.agency(House::Kz).id.as_str());
        // A second provider of the same agency is another one, too.
        let beside = Directory::new(world, House::Kg);
        let before = kz.get(&format!("/Users/{other}")).expect(200).json;
        for stranger in [&kg, &beside] {
            let mut answers = Vec::new();
            for id in [other.clone(), unknown_id(), "not-an-id".to_owned()] {
                let path = format!("/Users/{id}");
                for request in [
                    stranger.get(&path),
                    stranger.sends("PUT", &path, &json!({"userName": "x"})),
                    stranger.lets(&id, false),
                    stranger.sends("PATCH", &path, &json!("no change")),
                    stranger.request("DELETE", &path),
                ] {
                    answers.push(request.scim_refused(404, "").body);
                }
            }
            answers.dedup();
            assert_eq!(answers.len(), 1, "one answer tells from another");
        }
        beside.get(&format!("/Users/{one}")).scim_refused(404, "");
        assert_eq!(kz.get(&format!("/Users/{other}")).expect(200).json, before);
    }

    /// People with a password here and admins are not there for a provider, whatever it asks.
    fn nobody_else_is_seen(world) {
        let directory = Directory::new(world, House::Kg);
        let (admin, aida) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
        let mine = directory.brings("bek", "7", &json!({})).expect(201).id();
        for id in [&admin.id, &aida.id, &world.system_admin().id] {
            directory.get(&format!("/Users/{id}")).scim_refused(404, "");
            directory.lets(id, false).scim_refused(404, "");
            directory.request("DELETE", &format!("/Users/{id}")).scim_refused(404, "");
        }
        assert_eq!(names(&directory, ""), ["bek"]);
        // The address of somebody here is nobody's whom the provider could take.
        let same = json!({"emails": [{"value": admin.email}], "roles": [{"value": "agency_admin"}]});
        let twin = directory.brings(&admin.email, "8", &same).expect(201).id();
        assert_ne!(twin, admin.id);
        admin.forgets_token();
        admin.get("/auth/me").expect(200);
        // Whom people have made an admin since is not the provider's any more.
        admin.edits(format!("/users/{mine}"), json!({"roles": ["agency_admin"]})).expect(200);
        directory.get(&format!("/Users/{mine}")).scim_refused(404, "");
        directory.lets(&mine, false).scim_refused(404, "");
        assert_eq!(names(&directory, ""), [admin.email.as_str()]);
        directory.brings("bek", "9", &json!({})).scim_refused(409, "uniqueness");
        directory.brings("bek2", "7", &json!({})).scim_refused(409, "uniqueness");
    }

    /// One name and one id are one account, whatever the capitals, also of twenty that come at once.
    fn nobody_is_brought_in_twice(world) {
        let directory = Directory::new(world, House::Kg);
        let statuses = std::thread::scope(|scope| {
            let ask = || directory.brings("aida", "7", &json!({})).beside_others().send();
            let tries: Vec<_> = (0..20).map(|_| scope.spawn(ask)).collect();
            tries.into_iter().map(|one| one.join().unwrap().status).collect::<Vec<_>>()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 201 | 409)), "{statuses:?}");
        assert_eq!(world.probe().count("provisioned_users"), 1);
        directory.brings("AIDA", "8", &json!({})).scim_refused(409, "uniqueness");
        directory.brings("bek", "7", &json!({})).scim_refused(409, "uniqueness");
        let other = directory.brings("bek", "8", &json!({})).expect(201).id();
        let rename = json!([{"op": "replace", "path": "userName", "value": "Aida"}]);
        directory.changes(&other, &rename).scim_refused(409, "uniqueness");
        let whole = json!({"userName": "aida", "externalId": "8"});
        directory.sends("PUT", &format!("/Users/{other}"), &whole).scim_refused(409, "uniqueness");
    }

    /// Lists are cut and counted by place; one attribute that equals one value is understood, and nothing else.
    fn users_are_listed_and_looked_for(world) {
        let directory = Directory::new(world, House::Kg);
        let ids: Vec<String> = (1..=5).map(|number| {
            directory.brings(&format!("user-{number}"), &format!("id-{number}"), &json!({})).expect(201).id()
        }).collect();
        let page = directory.get("/Users?startIndex=2&count=2").expect(200);
        assert_eq!(users(&page), ["user-2", "user-3"]);
        let counts = ["totalResults", "startIndex", "itemsPerPage"].map(|name| page.json[name].as_i64().unwrap());
        assert_eq!(counts, [5, 2, 2]);
        assert_eq!(names(&directory, "?startIndex=-3&count=1&attributes=id&sortBy=id"), ["user-1"]);
        assert_eq!(names(&directory, "?startIndex=9"), Vec::<String>::new());
        for count in ["0", "-1"] {
            let none = directory.get(&format!("/Users?count={count}")).expect(200);
            assert_eq!((users(&none).len(), &none.json["totalResults"]), (0, &json!(5)));
        }
        assert_eq!(names(&directory, "?count=99999999999").len(), 5);
        for query in ["?startIndex=x", "?count=1.5", "?count=99999999999999999999"] {
            directory.get(&format!("/Users{query}")).scim_refused(400, "invalidValue");
        }
        for (attribute, value) in [
            ("userName", "USER-3"), ("externalId", "id-3"), ("id", ids[2].as_str()),
            ("urn:ietf:params:scim:schemas:core:2.0:User:userName", "user-3"),
        ] {
            assert_eq!(names(&directory, &format!("?filter={}", filter(attribute, value))), ["user-3"], "{attribute}");
        }
        let nobody = ["' OR '1'='1", "%", "user-3\"", "user-_", "\\"];
        for value in nobody.into_iter().flat_map(|value| [("userName", value), ("externalId", value), ("id", value)]) {
            let found = directory.get(&format!("/Users?filter={}", filter(value.0, value.1))).expect(200);
            assert_eq!(found.json["totalResults"], 0, "{value:?}");
        }
        let injected = "userName eq \"x\" or userName eq \"user-3\"";
        for wrong in ["userName", "userName co \"user\"", injected, "emails eq \"x\"", "active eq true", "userName eq 7", "'; --"] {
            let query = serde_urlencoded::to_string([("filter", wrong)]).unwrap();
            directory.get(&format!("/Users?{query}")).scim_refused(400, "invalidFilter");
        }
        directory.get("/Users?filter=%00").scim_refused(400, "invalidValue");
        directory.get("/Users?count=1&count=2").scim_refused(400, "invalidValue");
    }

    /// What cannot be read, and what is not right, changes nothing and is told in words of SCIM.
    fn what_is_not_right_is_refused(world) {
        let directory = Directory::new(world, House::Kg);
        let path = format!("/Users/{}", directory.brings("aida", "7", &json!({})).expect(201).id());
        let before = directory.get(&path).expect(200).json;
        for (method, path) in [("POST", "/Users"), ("PUT", path.as_str()), ("PATCH", path.as_str())] {
            let send = |kind: &str, body: &[u8]| directory.request(method, path).body(kind, body);
            send("text/plain", b"{}").scim_refused(415, "");
            send("application/merge-patch+json", b"{}").scim_refused(415, "");
            for malformed in [&b"{"[..], b"", b"\xff", b"\"\\ud800\"x", b"{\"a\":1}}"] {
                send("application/scim+json", malformed).scim_refused(400, "invalidSyntax");
            }
            for wrong in [&b"[]"[..], b"null", b"7", b"{}", b"{\"userName\":\"a\\u0000b\"}", b"{\"userName\":[]}"] {
                send("application/json; charset=utf-8", wrong).scim_refused(400, "invalidValue");
            }
            let deep = format!("{{\"userName\":{}", "[".repeat(10_000));
            send("application/scim+json", deep.as_bytes()).scim_refused(400, "invalidSyntax");
            let huge = format!("{{\"userName\":\"{}\"}}", "x".repeat(1 << 20));
            send("application/scim+json", huge.as_bytes()).scim_refused(413, "");
        }
        let refused = directory.sends("POST", "/Users", &json!({
            "userName": "x".repeat(256), "active": "yes", "emails": [{"value": "nobody"}], "name": 7,
        })).scim_refused(400, "invalidValue");
        for pointer in ["/userName", "/externalId", "/active", "/emails", "/name"] {
            assert!(refused.text("detail").contains(&format!("{pointer}: ")), "{refused}");
        }
        for steps in [
            json!([{"op": "explode", "path": "active", "value": false}]),
            json!([{"op": "replace", "path": "active", "value": 0}]),
            json!([{"op": "replace", "path": "active", "value": false}, {"op": "replace", "path": "active", "value": "x"}]),
        ] {
            directory.changes(&id_of(&path), &steps).scim_refused(400, "invalidValue");
        }
        let wrong_path = json!([{"op": "replace", "path": "active'; --", "value": false}]);
        directory.changes(&id_of(&path), &wrong_path).scim_refused(400, "invalidPath");
        directory.changes(&id_of(&path), &json!([{"op": "remove"}])).scim_refused(400, "noTarget");
        let other_id = json!([{"op": "replace", "value": {"externalId": "8"}}]);
        directory.changes(&id_of(&path), &other_id).scim_refused(400, "mutability");
        directory.sends("PUT", &path, &json!({"userName": "aida", "externalId": "8"})).scim_refused(400, "mutability");
        assert_eq!(directory.get(&path).expect(200).json, before);
        assert_eq!(world.probe().count("provisioned_users"), 1);
        assert_eq!(told(world, &id_of(&path)).len(), 1);
    }

    /// Who names a version changes no other.
    fn a_named_version_counts(world) {
        let directory = Directory::new(world, House::Kg);
        let made = directory.brings("aida", "7", &json!({})).expect(201);
        let path = format!("/Users/{}", made.id());
        let rename = json!({"userName": "aida", "displayName": "Aida B."});
        let after = directory.sends("PUT", &path, &rename).if_match(made.etag()).expect(200);
        assert_ne!(after.etag(), made.etag());
        directory.sends("PUT", &path, &rename).if_match(made.etag()).scim_refused(412, "");
        directory.lets(&made.id(), false).if_match(made.etag()).scim_refused(412, "");
        directory.request("DELETE", &path).if_match(made.etag()).scim_refused(412, "");
        directory.sends("PUT", &path, &rename).changing_nothing().expect(200);
        directory.request("DELETE", &path).if_match(after.etag()).expect(204);
    }

    /// The provider can read what is supported, and what is not is nowhere.
    fn what_is_supported_is_said(world) {
        let directory = Directory::new(world, House::Kg);
        let config = directory.get("/ServiceProviderConfig").expect(200).json;
        let supported = ["patch", "filter", "etag", "bulk", "sort", "changePassword"].map(|name| config[name]["supported"].clone());
        assert_eq!(supported, [true, true, true, false, false, false].map(Value::from));
        assert_eq!(config["authenticationSchemes"][0]["type"], "oauthbearertoken");
        let kinds = directory.get("/ResourceTypes").expect(200).json;
        assert_eq!(kinds["Resources"][0], directory.get("/ResourceTypes/User").expect(200).json);
        assert_eq!(kinds["totalResults"], 1);
        let schemas = directory.get("/Schemas").expect(200).json;
        let schema = directory.get("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User").expect(200).json;
        assert_eq!(schemas["Resources"][0], schema);
        // Whatever a user is shown with stands in the schema.
        let all = json!({"name": {"formatted": "A. B."}, "locale": "en", "roles": ["officers"]});
        let user = directory.brings("aida", "7", &all).expect(201).json;
        let known: Vec<&str> = schema["attributes"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        for name in user.as_object().unwrap().keys() {
            assert!(known.contains(&name.as_str()) || ["schemas", "id", "meta"].contains(&name.as_str()), "{name}");
        }
        for (method, path) in [("GET", "/Groups"), ("POST", "/Groups"), ("POST", "/Bulk"), ("GET", "/Me")] {
            directory.request(method, path).off_contract().scim_refused(404, "");
        }
        directory.request("DELETE", "/Users").off_contract().scim_refused(405, "");
    }
}

fn filter(attribute: &str, value: &str) -> String {
    let text = format!("{attribute} eq {}", Value::from(value));
    let encoded = serde_urlencoded::to_string([("f", text)]).unwrap();
    encoded.strip_prefix("f=").unwrap().to_owned()
}

fn id_of(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}
